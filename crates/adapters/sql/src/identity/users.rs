//! `users`. Every query hides deleted rows.

use async_trait::async_trait;
use hos_domain::identity::{
    BirthDate, DisplayName, PasswordHash, ReferralCode, Role, Sex, Units, User, UserId, UserQueries, UserRepository,
    UserStatus,
};
use hos_domain::kernel::{
    CountryCode, Email, Id, Locale, Page, PageRequest, RepositoryError, Stored, TimeZone, Timestamp,
};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue, IntoActiveModel, QueryOrder, QuerySelect};

use super::passwords;
use crate::error::corrupt;
use crate::pattern::beginning;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: Uuid,
    email: String,
    name: String,
    email_verified: bool,
    pub(super) role: String,
    country: Option<String>,
    timezone: String,
    locale: String,
    units: String,
    pub(super) status: String,
    created_at: DateTimeUtc,
    deleted_at: Option<DateTimeUtc>,
    birth_date: Option<Date>,
    sex: Option<String>,
    referral_code: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(has_one = "passwords::Entity")]
    Password,
}

impl Related<passwords::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Password.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

fn living() -> Select<Entity> {
    Entity::find().filter(Column::DeletedAt.is_null())
}

fn deleted_since(since: Timestamp) -> Select<Entity> {
    Entity::find().filter(Column::DeletedAt.gt(since.to_chrono())).filter(Column::Status.eq(UserStatus::Deleted.name()))
}

#[async_trait]
impl UserRepository for SqlUnit {
    async fn find(&self, id: UserId) -> Stored<Option<User>> {
        let row = self.run(living().filter(Column::Id.eq(id.uuid())).lock_exclusive().one(&self.tx)).await?;
        row.map(User::try_from).transpose()
    }

    async fn find_by_email(&self, email: &Email) -> Stored<Option<User>> {
        let row = self.run(living().filter(Column::Email.eq(email.as_str())).lock_exclusive().one(&self.tx)).await?;
        row.map(User::try_from).transpose()
    }

    async fn find_deleted(&self, id: UserId, since: Timestamp) -> Stored<Option<User>> {
        let row = deleted_since(since).filter(Column::Id.eq(id.uuid())).lock_exclusive();
        self.run(row.one(&self.tx)).await?.map(User::try_from).transpose()
    }

    async fn insert(&self, user: &User) -> Stored<()> {
        self.run(Entity::insert(row_of(user).into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn save(&self, user: &User) -> Stored<()> {
        let mut row = row_of(user).into_active_model().reset_all();
        row.id = ActiveValue::Unchanged(user.id.uuid());
        let updated =
            self.run(Entity::update_many().set(row).filter(Column::Id.eq(user.id.uuid())).exec(&self.tx)).await?;
        if updated.rows_affected == 0 { Err(RepositoryError::Stale) } else { Ok(()) }
    }
}

#[async_trait]
impl UserQueries for SqlReader {
    async fn find(&self, id: UserId) -> Stored<Option<User>> {
        let row = self.run(living().filter(Column::Id.eq(id.uuid())).one(self.pool())).await?;
        row.map(User::try_from).transpose()
    }

    async fn find_login(&self, email: &Email) -> Stored<Option<(User, Option<PasswordHash>)>> {
        self.login(living().filter(Column::Email.eq(email.as_str()))).await
    }

    async fn find_deleted_login(
        &self,
        email: &Email,
        since: Timestamp,
    ) -> Stored<Option<(User, Option<PasswordHash>)>> {
        let deleted = deleted_since(since).filter(Column::Email.eq(email.as_str()));
        self.login(deleted.order_by_desc(Column::DeletedAt)).await
    }

    async fn list(&self, email_prefix: Option<&str>, page: PageRequest) -> Stored<Page<User>> {
        let mut query = living().order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1);
        if let Some(prefix) = email_prefix {
            query = query.filter(Column::Email.like(beginning(prefix)));
        }
        if let Some(after) = page.after {
            query = query.filter(Column::Id.lt(after.id()));
        }
        let rows = self.run(query.all(self.pool())).await?;
        let users = rows.into_iter().map(User::try_from).collect::<Stored<Vec<_>>>()?;
        Ok(Page::from_probe(users, page.limit, |user| user.id.uuid()))
    }

    async fn find_password(&self, user: UserId) -> Stored<Option<PasswordHash>> {
        let row = self.run(passwords::Entity::find_by_id(user.uuid()).one(self.pool())).await?;
        Ok(row.map(|row| PasswordHash::new(row.hash)))
    }
}

impl SqlReader {
    async fn login(&self, users: Select<Entity>) -> Stored<Option<(User, Option<PasswordHash>)>> {
        let query = users.find_also_related(passwords::Entity);
        let Some((user, password)) = self.run(query.one(self.pool())).await? else {
            return Ok(None);
        };
        Ok(Some((user.try_into()?, password.map(|row| PasswordHash::new(row.hash)))))
    }
}

fn row_of(user: &User) -> Model {
    Model {
        id: user.id.uuid(),
        email: user.email.as_str().to_owned(),
        name: user.name.as_str().to_owned(),
        email_verified: user.email_verified,
        role: user.role.name().to_owned(),
        country: user.country.map(|country| country.as_str().to_owned()),
        timezone: user.timezone.name().to_owned(),
        locale: user.locale.as_str().to_owned(),
        units: user.units.name().to_owned(),
        status: user.status.name().to_owned(),
        created_at: user.created_at.to_chrono(),
        deleted_at: user.deleted_at.map(Timestamp::to_chrono),
        birth_date: user.birth_date.map(BirthDate::day),
        sex: user.sex.map(|sex| sex.name().to_owned()),
        referral_code: user.referral_code.as_ref().map(|code| code.as_str().to_owned()),
    }
}

impl TryFrom<Model> for User {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("users", column);
        Ok(Self {
            id: Id::new(row.id),
            email: Email::parse(&row.email).map_err(|_| wrong("email"))?,
            name: DisplayName::parse(&row.name).map_err(|_| wrong("name"))?,
            email_verified: row.email_verified,
            role: Role::from_name(&row.role).ok_or_else(|| wrong("role"))?,
            country: row.country.map(|code| CountryCode::parse(&code)).transpose().map_err(|_| wrong("country"))?,
            timezone: TimeZone::parse(&row.timezone).map_err(|_| wrong("timezone"))?,
            locale: Locale::parse(&row.locale).map_err(|_| wrong("locale"))?,
            units: Units::from_name(&row.units).ok_or_else(|| wrong("units"))?,
            status: UserStatus::from_name(&row.status).ok_or_else(|| wrong("status"))?,
            created_at: Timestamp::new(row.created_at),
            deleted_at: row.deleted_at.map(Timestamp::new),
            birth_date: row.birth_date.map(BirthDate::new).transpose().map_err(|_| wrong("birth_date"))?,
            sex: row.sex.map(|sex| Sex::from_name(&sex).ok_or_else(|| wrong("sex"))).transpose()?,
            referral_code: row
                .referral_code
                .map(|code| ReferralCode::parse(&code))
                .transpose()
                .map_err(|_| wrong("referral_code"))?,
        })
    }
}
