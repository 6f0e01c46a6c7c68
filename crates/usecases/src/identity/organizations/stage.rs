//! Organizations on a stage, for tests.

use std::ops::Deref;
use std::sync::Arc;

use hos_domain::identity::{
    Client, InvitationId, OrganizationId, OrganizationKind, OrganizationName, OrganizationRole, User, UserId,
};
use hos_testing::{Stage, StageUser};

use super::super::stage::open_session;
use super::{
    AnswerInvitation, ChangeMembership, ChangeOrganization, Invite, MakeOrganization, NewOrganization,
    OrganizationError, TransferOrganization,
};
use crate::identity::{Caller, DeleteAccount, Login, ProveAgain};

/// A stage on which organizations are made.
pub(super) struct Scene(Stage);

impl Deref for Scene {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self(Stage::new().await)
    }

    /// An organization of a new user of this name.
    pub(super) async fn gym(&self, owner: &str) -> (OrganizationId, UserId) {
        let owner = self.user(StageUser::named(owner)).await.id;
        let name = OrganizationName::parse("Iron Hall").unwrap();
        let make = MakeOrganization { storage: self.storage(), ids: self.ids(), clock: self.clock() };
        let new = NewOrganization { name, kind: OrganizationKind::Gym };
        (make.run(owner, new, None).await.unwrap().organization.id, owner)
    }

    pub(super) fn invite(&self) -> Invite {
        Invite { storage: self.storage(), ids: self.ids(), clock: self.clock() }
    }

    pub(super) fn answer(&self) -> AnswerInvitation {
        let (storage, ids, clock) = (self.storage(), self.ids(), self.clock());
        AnswerInvitation { tokens: self.invitation_tokens(), storage, ids, clock }
    }

    pub(super) fn change(&self) -> ChangeMembership {
        ChangeMembership { storage: self.storage(), clock: self.clock() }
    }

    pub(super) fn transfer(&self) -> TransferOrganization {
        TransferOrganization { prove_again: self.prove_again(), storage: self.storage(), clock: self.clock() }
    }

    pub(super) fn organization(&self) -> ChangeOrganization {
        ChangeOrganization { prove_again: self.prove_again(), storage: self.storage(), clock: self.clock() }
    }

    pub(super) fn delete_account(&self) -> DeleteAccount {
        let (storage, sessions, ids, clock) = (self.storage(), self.sessions(), self.ids(), self.clock());
        let (keys, sealer) = (self.keys(), self.sealer());
        DeleteAccount { prove_again: self.prove_again(), storage, sessions, keys, sealer, ids, clock }
    }

    fn prove_again(&self) -> ProveAgain {
        ProveAgain {
            users: self.users(),
            sessions: Arc::new(self.reader()),
            hasher: self.hasher(),
            storage: self.storage(),
            clock: self.clock(),
        }
    }

    /// A user who has just logged in.
    pub(super) async fn caller(&self, user: UserId) -> Caller {
        let user = self.users().find(user).await.unwrap().unwrap();
        let tx = self.storage().begin().await.unwrap();
        let signed_in = open_session(self).run(&*tx, user, &Client::default(), "password").await.unwrap();
        tx.commit().await.unwrap();
        Caller { user: signed_in.user.id, login: Login::Session(signed_in.session.id), role: signed_in.user.role }
    }

    /// Forgets that a user has shown whose their address is.
    pub(super) async fn doubt(&self, user: &User) {
        let tx = self.storage().begin().await.unwrap();
        tx.users().save(&User { email_verified: false, ..user.clone() }).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) fn token(&self, invitation: InvitationId) -> String {
        self.invitation_tokens().invitation_token(invitation)
    }

    /// Has `by` invite a user, who accepts.
    pub(super) async fn join(
        &self,
        by: UserId,
        id: OrganizationId,
        user: &User,
        role: OrganizationRole,
    ) -> Result<(), OrganizationError> {
        let invitation = self.invite().run(by, id, (user.email.clone(), role), None).await?;
        self.answer().accept(user.id, &self.token(invitation.id), None).await?;
        Ok(())
    }
}
