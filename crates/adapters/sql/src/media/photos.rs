//! `photos`.

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Id, Page, PageRequest, RepositoryError, Stored, Timestamp};
use hos_domain::media::{
    ObjectKey, Photo, PhotoId, PhotoNote, PhotoQueries, PhotoRepository, PhotoState, Pose, Weight, WeightUnit,
};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, IntoActiveModel, QueryOrder, QuerySelect};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "photos")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    original_key: String,
    state: String,
    copy_key: Option<String>,
    copy_bytes: Option<i64>,
    taken_on: Date,
    pose: String,
    weight_grams: Option<i32>,
    weight_unit: Option<String>,
    note: Option<String>,
    created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl PhotoRepository for SqlUnit {
    async fn insert(&self, photo: &Photo) -> Stored<()> {
        self.run(Entity::insert(row_of(photo).into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn find(&self, id: PhotoId) -> Stored<Option<Photo>> {
        let row = self.run(Entity::find_by_id(id.uuid()).one(&self.tx)).await?;
        row.map(TryInto::try_into).transpose()
    }

    async fn save(&self, photo: &Photo) -> Stored<()> {
        let mut row = row_of(photo).into_active_model().reset_all();
        row.id = ActiveValue::Unchanged(photo.id.uuid());
        let update = Entity::update_many().set(row).filter(Column::Id.eq(photo.id.uuid()));
        match self.run(update.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }

    async fn remove(&self, user: UserId, id: PhotoId) -> Stored<Option<Photo>> {
        let mine = Entity::find_by_id(id.uuid()).filter(Column::UserId.eq(user.uuid()));
        let Some(row) = self.run(mine.one(&self.tx)).await? else { return Ok(None) };
        self.run(Entity::delete_by_id(id.uuid()).exec(&self.tx)).await?;
        row.try_into().map(Some)
    }
}

#[async_trait]
impl PhotoQueries for SqlReader {
    async fn find(&self, user: UserId, id: PhotoId) -> Stored<Option<Photo>> {
        let mine = Entity::find_by_id(id.uuid()).filter(Column::UserId.eq(user.uuid()));
        self.run(mine.one(self.pool())).await?.map(TryInto::try_into).transpose()
    }

    async fn list(&self, user: UserId, page: PageRequest) -> Stored<Page<Photo>> {
        let mine = Entity::find().filter(Column::UserId.eq(user.uuid()));
        let mut query = mine.order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1);
        if let Some(after) = page.after {
            query = query.filter(Column::Id.lt(after.id()));
        }
        let rows = self.run(query.all(self.pool())).await?;
        let photos = rows.into_iter().map(TryInto::try_into).collect::<Stored<Vec<Photo>>>()?;
        Ok(Page::from_probe(photos, page.limit, |photo| photo.id.uuid()))
    }
}

fn row_of(photo: &Photo) -> Model {
    let (state, copy) = match &photo.state {
        PhotoState::Processing => ("processing", None),
        PhotoState::Ready { key, bytes } => ("ready", Some((key, *bytes))),
        PhotoState::Refused => ("refused", None),
    };
    Model {
        id: photo.id.uuid(),
        user_id: photo.user.uuid(),
        original_key: photo.original.as_str().to_owned(),
        state: state.to_owned(),
        copy_key: copy.map(|(key, _)| key.as_str().to_owned()),
        copy_bytes: copy.and_then(|(_, bytes)| i64::try_from(bytes).ok()),
        taken_on: photo.taken_on,
        pose: photo.pose.name().to_owned(),
        weight_grams: photo.weight.and_then(|weight| i32::try_from(weight.grams).ok()),
        weight_unit: photo.weight.map(|weight| weight.unit.name().to_owned()),
        note: photo.note.as_ref().map(|note| note.as_str().to_owned()),
        created_at: photo.created_at.to_chrono(),
    }
}

impl TryFrom<Model> for Photo {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("photos", column);
        let key = |text: &str, column| ObjectKey::parse(text).map_err(|_| wrong(column));
        let state = match (row.state.as_str(), row.copy_key.as_deref(), row.copy_bytes) {
            ("processing", ..) => PhotoState::Processing,
            ("refused", ..) => PhotoState::Refused,
            ("ready", Some(copy), Some(bytes)) => {
                PhotoState::Ready { key: key(copy, "copy_key")?, bytes: bytes.unsigned_abs() }
            }
            _ => return Err(wrong("state")),
        };
        let weight = match row.weight_grams.zip(row.weight_unit.as_deref()) {
            None => None,
            Some((grams, unit)) => Some(Weight {
                grams: u32::try_from(grams).map_err(|_| wrong("weight_grams"))?,
                unit: WeightUnit::parse(unit).map_err(|_| wrong("weight_unit"))?,
            }),
        };
        Ok(Self {
            id: Id::new(row.id),
            user: Id::new(row.user_id),
            original: key(&row.original_key, "original_key")?,
            state,
            taken_on: row.taken_on,
            pose: Pose::parse(&row.pose).map_err(|_| wrong("pose"))?,
            weight,
            note: row.note.map(|note| PhotoNote::parse(&note)).transpose().map_err(|_| wrong("note"))?,
            created_at: Timestamp::new(row.created_at),
        })
    }
}
