//! `projects`. Every query names the owner.

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Id, Page, PageLimit, PageRequest, RepositoryError, Stored, Timestamp};
use hos_domain::platform::{
    NumberedPage, PageNumber, Project, ProjectDescription, ProjectFilter, ProjectId, ProjectName, ProjectQueries,
    ProjectRepository,
};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, IntoActiveModel, QueryOrder, QuerySelect};

use crate::error::corrupt;
use crate::pattern::containing;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    owner_id: Uuid,
    name: String,
    /// The name in lower case: SQLite's own `lower` knows ASCII only, and both databases must find the same.
    name_folded: String,
    description: Option<String>,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    deleted_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn owned(owner: UserId) -> Select<Entity> {
    Entity::find().filter(Column::OwnerId.eq(owner.uuid()))
}

fn filtered(owner: UserId, filter: &ProjectFilter) -> Select<Entity> {
    let deleted = if filter.deleted { Column::DeletedAt.is_not_null() } else { Column::DeletedAt.is_null() };
    let query = owned(owner).filter(deleted);
    match &filter.name_contains {
        None => query,
        Some(part) => query.filter(Column::NameFolded.like(containing(&part.to_lowercase()))),
    }
}

#[async_trait]
impl ProjectRepository for SqlUnit {
    async fn find(&self, owner: UserId, id: ProjectId) -> Stored<Option<Project>> {
        let row = self.run(owned(owner).filter(Column::Id.eq(id.uuid())).lock_exclusive().one(&self.tx)).await?;
        row.map(Project::try_from).transpose()
    }

    async fn insert(&self, project: &Project) -> Stored<()> {
        self.run(Entity::insert(row_of(project).into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn save(&self, project: &Project) -> Stored<()> {
        let mut row = row_of(project).into_active_model().reset_all();
        row.id = ActiveValue::Unchanged(project.id.uuid());
        let update = Entity::update_many().set(row).filter(Column::Id.eq(project.id.uuid()));
        match self.run(update.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl ProjectQueries for SqlReader {
    async fn find(&self, owner: UserId, id: ProjectId) -> Stored<Option<Project>> {
        let living = owned(owner).filter(Column::Id.eq(id.uuid())).filter(Column::DeletedAt.is_null());
        self.run(living.one(self.pool())).await?.map(Project::try_from).transpose()
    }

    async fn list(&self, owner: UserId, filter: &ProjectFilter, page: PageRequest) -> Stored<Page<Project>> {
        let mut query = filtered(owner, filter).order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1);
        if let Some(after) = page.after {
            query = query.filter(Column::Id.lt(after.id()));
        }
        let rows = self.run(query.all(self.pool())).await?;
        let projects = rows.into_iter().map(Project::try_from).collect::<Stored<Vec<_>>>()?;
        Ok(Page::from_probe(projects, page.limit, |project| project.id.uuid()))
    }

    async fn numbered(
        &self,
        owner: UserId,
        filter: &ProjectFilter,
        size: PageLimit,
        number: PageNumber,
    ) -> Stored<NumberedPage<Project>> {
        let query = filtered(owner, filter).order_by_desc(Column::Id);
        let pages = query.paginate(self.pool(), u64::from(size.get()));
        let total = self.run(pages.num_items()).await?;
        let rows = self.run(pages.fetch_page(u64::from(number.get()) - 1)).await?;
        Ok(NumberedPage { items: rows.into_iter().map(Project::try_from).collect::<Stored<Vec<_>>>()?, total })
    }
}

fn row_of(project: &Project) -> Model {
    Model {
        id: project.id.uuid(),
        owner_id: project.owner.uuid(),
        name: project.name.as_str().to_owned(),
        name_folded: project.name.as_str().to_lowercase(),
        description: project.description.as_ref().map(|text| text.as_str().to_owned()),
        created_at: project.created_at.to_chrono(),
        updated_at: project.updated_at.to_chrono(),
        deleted_at: project.deleted_at.map(Timestamp::to_chrono),
    }
}

impl TryFrom<Model> for Project {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("projects", column);
        Ok(Self {
            id: Id::new(row.id),
            owner: Id::new(row.owner_id),
            name: ProjectName::parse(&row.name).map_err(|_| wrong("name"))?,
            description: row
                .description
                .map(|text| ProjectDescription::parse(&text))
                .transpose()
                .map_err(|_| wrong("description"))?,
            created_at: Timestamp::new(row.created_at),
            updated_at: Timestamp::new(row.updated_at),
            deleted_at: row.deleted_at.map(Timestamp::new),
        })
    }
}
