//! `organizations`. Every query hides deleted rows.

use async_trait::async_trait;
use hos_domain::identity::{
    Organization, OrganizationId, OrganizationKind, OrganizationName, OrganizationRepository, OrganizationRole, UserId,
};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, IntoActiveModel, QuerySelect};

use super::memberships;
use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
    kind: String,
    created_at: DateTimeUtc,
    deleted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(has_many = "memberships::Entity")]
    Membership,
}

impl Related<memberships::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Membership.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

fn living() -> Select<Entity> {
    Entity::find().filter(Column::DeletedAt.is_null())
}

#[async_trait]
impl OrganizationRepository for SqlUnit {
    async fn lock(&self, id: OrganizationId) -> Stored<Option<Organization>> {
        let row = self.run(living().filter(Column::Id.eq(id.uuid())).lock_exclusive().one(&self.tx)).await?;
        row.map(Organization::try_from).transpose()
    }

    async fn owned(&self, user: UserId) -> Stored<Vec<Organization>> {
        let owned = living()
            .inner_join(memberships::Entity)
            .filter(memberships::Column::UserId.eq(user.uuid()))
            .filter(memberships::Column::Role.eq(OrganizationRole::Owner.name()));
        self.run(owned.all(&self.tx)).await?.into_iter().map(Organization::try_from).collect()
    }

    async fn insert(&self, organization: &Organization) -> Stored<()> {
        self.run(Entity::insert(row_of(organization).into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn save(&self, organization: &Organization) -> Stored<()> {
        let mut row = row_of(organization).into_active_model().reset_all();
        row.id = ActiveValue::Unchanged(organization.id.uuid());
        let update = Entity::update_many().set(row).filter(Column::Id.eq(organization.id.uuid()));
        match self.run(update.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }
}

fn row_of(organization: &Organization) -> Model {
    Model {
        id: organization.id.uuid(),
        name: organization.name.as_str().to_owned(),
        kind: organization.kind.name().to_owned(),
        created_at: organization.created_at.to_chrono(),
        deleted_at: organization.deleted_at.map(Timestamp::to_chrono),
    }
}

impl TryFrom<Model> for Organization {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("organizations", column);
        Ok(Self {
            id: Id::new(row.id),
            name: OrganizationName::parse(&row.name).map_err(|_| wrong("name"))?,
            kind: OrganizationKind::parse(&row.kind).map_err(|_| wrong("kind"))?,
            created_at: Timestamp::new(row.created_at),
            deleted_at: row.deleted_at.map(Timestamp::new),
        })
    }
}
