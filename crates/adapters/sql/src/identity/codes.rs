//! `codes`. What waits for a proof is sealed.

use async_trait::async_trait;
use hos_domain::identity::{Code, CodeId, CodePurpose, CodeRepository, CodesSpent, UserId};
use hos_domain::kernel::{Email, Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "codes")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    purpose: String,
    email: String,
    user_id: Option<Uuid>,
    form: Option<Vec<u8>>,
    tries: i32,
    issued_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The codes of one address for one purpose that are no older than `since`.
fn of(email: &Email, purpose: CodePurpose, since: Timestamp) -> Select<Entity> {
    Entity::find()
        .filter(Column::Email.eq(email.as_str()))
        .filter(Column::Purpose.eq(purpose.name()))
        .filter(Column::IssuedAt.gte(since.to_chrono()))
}

#[async_trait]
impl CodeRepository for SqlUnit {
    async fn issue(&self, code: &Code) -> Stored<()> {
        let row = Model {
            id: code.id.uuid(),
            purpose: code.purpose.name().to_owned(),
            email: code.email.as_str().to_owned(),
            user_id: code.user.map(UserId::uuid),
            form: code.form.as_ref().map(|form| self.sealer.seal(form)),
            tries: i32::try_from(code.tries).unwrap_or(i32::MAX),
            issued_at: code.issued_at.to_chrono(),
            expires_at: code.expires_at.to_chrono(),
            used_at: code.used_at.map(Timestamp::to_chrono),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn find(&self, id: CodeId) -> Stored<Option<Code>> {
        let row = self.run(Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.tx)).await?;
        row.map(|row| self.code(row)).transpose()
    }

    async fn open(&self, email: &Email, purpose: CodePurpose, now: Timestamp) -> Stored<Vec<Code>> {
        let newest = of(email, purpose, now - purpose.life()).order_by_desc(Column::IssuedAt).lock_exclusive();
        let rows = self.run(newest.all(&self.tx)).await?;
        let codes: Vec<Code> = rows.into_iter().map(|row| self.code(row)).collect::<Stored<_>>()?;
        Ok(codes.into_iter().filter(|code| code.is_open(now)).collect())
    }

    async fn save(&self, code: &Code) -> Stored<()> {
        let change = Entity::update_many()
            .col_expr(Column::Tries, Expr::value(i32::try_from(code.tries).unwrap_or(i32::MAX)))
            .col_expr(Column::UsedAt, Expr::value(code.used_at.map(Timestamp::to_chrono)))
            .filter(Column::Id.eq(code.id.uuid()));
        self.run(change.exec(&self.tx)).await?;
        Ok(())
    }

    async fn spent(&self, email: &Email, purpose: CodePurpose, since: Timestamp) -> Stored<CodesSpent> {
        let tries = of(email, purpose, since).select_only().column(Column::Tries).into_tuple::<i32>();
        let tries = self.run(tries.all(&self.tx)).await?;
        Ok(CodesSpent {
            issued: u32::try_from(tries.len()).unwrap_or(u32::MAX),
            tries: tries.into_iter().filter_map(|tries| u32::try_from(tries).ok()).sum(),
        })
    }

    async fn forget_issued_before(&self, instant: Timestamp) -> Stored<u64> {
        let delete = Entity::delete_many().filter(Column::IssuedAt.lt(instant.to_chrono()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected)
    }
}

impl SqlUnit {
    fn code(&self, row: Model) -> Stored<Code> {
        let wrong = |column| corrupt("codes", column);
        let open = |form: Vec<u8>| self.sealer.open(&form).map_err(|error| RepositoryError::Corrupt(error.to_string()));
        Ok(Code {
            id: Id::new(row.id),
            purpose: CodePurpose::from_name(&row.purpose).ok_or_else(|| wrong("purpose"))?,
            email: Email::parse(&row.email).map_err(|_| wrong("email"))?,
            user: row.user_id.map(Id::new),
            form: row.form.map(open).transpose()?,
            tries: u32::try_from(row.tries).map_err(|_| wrong("tries"))?,
            issued_at: Timestamp::new(row.issued_at),
            expires_at: Timestamp::new(row.expires_at),
            used_at: row.used_at.map(Timestamp::new),
        })
    }
}
