//! `invitations`.

use async_trait::async_trait;
use hos_domain::identity::{
    Invitation, InvitationId, InvitationRepository, InvitationState, OrganizationId, OrganizationRole,
};
use hos_domain::kernel::{Email, Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    organization_id: Uuid,
    email: String,
    role: String,
    inviter_id: Uuid,
    state: String,
    mails: i32,
    created_at: DateTimeUtc,
    mailed_at: DateTimeUtc,
    expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The open ones of an organization. The state is no argument of the statement: a planner uses an index of open ones
/// only where it can see that these are wanted.
pub(super) fn open(organization: OrganizationId, now: Timestamp) -> Select<Entity> {
    Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Expr::cust("state = 'open'"))
        .filter(Column::ExpiresAt.gt(now.to_chrono()))
}

#[async_trait]
impl InvitationRepository for SqlUnit {
    async fn find(&self, id: InvitationId) -> Stored<Option<Invitation>> {
        self.run(Entity::find_by_id(id.uuid()).one(&self.tx)).await?.map(Invitation::try_from).transpose()
    }

    async fn open(&self, organization: OrganizationId, now: Timestamp) -> Stored<Vec<Invitation>> {
        let rows = self.run(open(organization, now).all(&self.tx)).await?;
        rows.into_iter().map(Invitation::try_from).collect()
    }

    async fn mails_since(&self, organization: OrganizationId, email: &Email, since: Timestamp) -> Stored<u32> {
        let mails = Entity::find()
            .filter(Column::OrganizationId.eq(organization.uuid()))
            .filter(Column::Email.eq(email.as_str()))
            .filter(Column::MailedAt.gte(since.to_chrono()));
        let mails = mails.select_only().column(Column::Mails).into_tuple::<i32>();
        let mails = self.run(mails.all(&self.tx)).await?;
        Ok(mails.into_iter().filter_map(|mails| u32::try_from(mails).ok()).sum())
    }

    async fn insert(&self, invitation: &Invitation) -> Stored<()> {
        let row = Model {
            id: invitation.id.uuid(),
            organization_id: invitation.organization.uuid(),
            email: invitation.email.as_str().to_owned(),
            role: invitation.role.name().to_owned(),
            inviter_id: invitation.inviter.uuid(),
            state: invitation.state.name().to_owned(),
            mails: i32::try_from(invitation.mails).unwrap_or(i32::MAX),
            created_at: invitation.created_at.to_chrono(),
            mailed_at: invitation.mailed_at.to_chrono(),
            expires_at: invitation.expires_at.to_chrono(),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn save(&self, invitation: &Invitation) -> Stored<()> {
        let change = Entity::update_many()
            .col_expr(Column::State, Expr::value(invitation.state.name()))
            .col_expr(Column::Mails, Expr::value(i32::try_from(invitation.mails).unwrap_or(i32::MAX)))
            .col_expr(Column::MailedAt, Expr::value(invitation.mailed_at.to_chrono()))
            .col_expr(Column::ExpiresAt, Expr::value(invitation.expires_at.to_chrono()))
            .filter(Column::Id.eq(invitation.id.uuid()));
        match self.run(change.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }

    async fn forget_expired_before(&self, instant: Timestamp) -> Stored<u64> {
        let delete = Entity::delete_many().filter(Column::ExpiresAt.lt(instant.to_chrono()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected)
    }
}

impl TryFrom<Model> for Invitation {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("invitations", column);
        Ok(Self {
            id: Id::new(row.id),
            organization: Id::new(row.organization_id),
            email: Email::parse(&row.email).map_err(|_| wrong("email"))?,
            role: OrganizationRole::from_name(&row.role).ok_or_else(|| wrong("role"))?,
            inviter: Id::new(row.inviter_id),
            state: InvitationState::from_name(&row.state).ok_or_else(|| wrong("state"))?,
            mails: u32::try_from(row.mails).map_err(|_| wrong("mails"))?,
            created_at: Timestamp::new(row.created_at),
            mailed_at: Timestamp::new(row.mailed_at),
            expires_at: Timestamp::new(row.expires_at),
        })
    }
}
