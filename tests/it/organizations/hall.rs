//! An organization with somebody of every role in it, set up beside the API so that a test of one thing stands on nothing
//! else.

use std::sync::Arc;

use hos_domain::identity::{
    Invitation, InvitationId, Membership, Organization, OrganizationId, OrganizationKind, OrganizationName,
    OrganizationRole, UserId,
};
use hos_domain::kernel::{Clock, Email, Id, IdSource, Storage};
use hos_local::{OsIds, SystemClock, XChaChaSealer};
use hos_sql::{Engine, SqlStorage};
use hos_tests::{Session, TestApp};
use sea_orm::ConnectionTrait;

pub(super) const ORGANIZATIONS: &str = "/api/v1/organizations";

/// An application and the storage beneath it.
pub(super) struct Hall {
    pub(super) app: TestApp,
    storage: SqlStorage,
}

impl Hall {
    pub(super) async fn on(engine: Engine) -> Self {
        let app = TestApp::start(engine).await;
        let storage = SqlStorage::new(app.database.open().await, Arc::new(XChaChaSealer::new(&[7; 32], &[])));
        Self { app, storage }
    }

    /// Registers somebody who has shown whose their address is.
    pub(super) async fn verified(&self, name: &str) -> Session {
        let session = self.app.register(name).await;
        let verify = format!("UPDATE users SET email_verified = TRUE WHERE email = '{}'", session.email);
        self.app.database.raw().await.execute_unprepared(&verify).await.unwrap();
        session
    }

    /// Adds an organization with these members.
    pub(super) async fn organization(&self, members: &[(&Session, OrganizationRole)]) -> OrganizationId {
        let now = SystemClock.now();
        let organization = Organization {
            id: id(),
            name: OrganizationName::parse("Iron Hall").unwrap(),
            kind: OrganizationKind::Gym,
            created_at: now,
            deleted_at: None,
        };
        let tx = self.storage.begin().await.unwrap();
        tx.organizations().insert(&organization).await.unwrap();
        for (session, role) in members {
            let (id, user, role) = (id(), user(session), *role);
            let membership = Membership { id, organization: organization.id, user, role, joined_at: now };
            tx.memberships().insert(&membership).await.unwrap();
        }
        tx.commit().await.unwrap();
        organization.id
    }

    /// Adds an open invitation.
    pub(super) async fn invitation(&self, organization: OrganizationId, by: &Session, email: &str) -> InvitationId {
        let offer = (Email::parse(email).unwrap(), OrganizationRole::Member);
        let invitation = Invitation::new(id(), organization, offer, user(by), SystemClock.now());
        let tx = self.storage.begin().await.unwrap();
        tx.invitations().insert(&invitation).await.unwrap();
        tx.commit().await.unwrap();
        invitation.id
    }

    /// The token in the newest mail that invites an address.
    pub(super) async fn mailed_token(&self, to: &str, inviter: &str) -> String {
        let mail = self.app.mail(to, &format!("{inviter} invites you to ")).await;
        let link = mail.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        link.split_once("/invitation?token=").unwrap().1.to_owned()
    }

    /// How many owners an organization has; deleted accounts don't count.
    pub(super) async fn owners(&self, organization: OrganizationId) -> i64 {
        let organization = match self.app.database.options.url.starts_with("sqlite") {
            true => format!("X'{}'", organization.uuid().simple()),
            false => format!("'{organization}'"),
        };
        let sql = format!(
            "SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.role = 'owner' AND u.deleted_at IS NULL AND m.organization_id = {organization}"
        );
        self.app.database.count(&sql).await
    }
}

pub(super) fn id<T>() -> Id<T> {
    Id::new(OsIds.uuid())
}

fn user(session: &Session) -> UserId {
    UserId::parse(&session.user_id).unwrap()
}
