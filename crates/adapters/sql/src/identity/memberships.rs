//! `memberships`. Every query hides those whose user is deleted.

use async_trait::async_trait;
use hos_domain::identity::{Membership, MembershipId, MembershipRepository, OrganizationId, OrganizationRole, UserId};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use super::{organizations, users};
use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    role: String,
    joined_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(belongs_to = "organizations::Entity", from = "Column::OrganizationId", to = "organizations::Column::Id")]
    Organization,
    #[sea_orm(belongs_to = "users::Entity", from = "Column::UserId", to = "users::Column::Id")]
    User,
}

impl Related<organizations::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organization.def()
    }
}

impl Related<users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl MembershipRepository for SqlUnit {
    async fn find(&self, organization: OrganizationId, user: UserId) -> Stored<Option<Membership>> {
        let membership = Entity::find()
            .inner_join(users::Entity)
            .filter(users::Column::DeletedAt.is_null())
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::OrganizationId.eq(organization.uuid()));
        self.run(membership.one(&self.tx)).await?.map(Membership::try_from).transpose()
    }

    async fn insert(&self, membership: &Membership) -> Stored<()> {
        let row = Model {
            id: membership.id.uuid(),
            organization_id: membership.organization.uuid(),
            user_id: membership.user.uuid(),
            role: membership.role.name().to_owned(),
            joined_at: membership.joined_at.to_chrono(),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn save(&self, membership: &Membership) -> Stored<()> {
        let change = Entity::update_many()
            .col_expr(Column::Role, Expr::value(membership.role.name()))
            .filter(Column::Id.eq(membership.id.uuid()));
        match self.run(change.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }

    async fn remove(&self, id: MembershipId) -> Stored<()> {
        self.run(Entity::delete_by_id(id.uuid()).exec(&self.tx)).await?;
        Ok(())
    }
}

impl TryFrom<Model> for Membership {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        Ok(Self {
            id: Id::new(row.id),
            organization: Id::new(row.organization_id),
            user: Id::new(row.user_id),
            role: OrganizationRole::from_name(&row.role).ok_or_else(|| corrupt("memberships", "role"))?,
            joined_at: Timestamp::new(row.joined_at),
        })
    }
}
