//! `foreign_identities` and `sign_in_nonces`.

use async_trait::async_trait;
use hos_domain::identity::{
    ForeignAccount, ForeignAccountQueries, ForeignGrant, ForeignLink, ForeignLinkRepository, ForeignProvider, Role,
    UserId, UserStatus,
};
use hos_domain::kernel::{Email, Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder};

use super::users;
use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "foreign_identities")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    subject: String,
    user_id: Uuid,
    provider: String,
    email: Option<String>,
    email_is_private: bool,
    email_arrives: bool,
    linked_at: DateTimeUtc,
    sealed_grant: Option<Vec<u8>>,
    as_of: Option<DateTimeUtc>,
    is_banned: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(belongs_to = "users::Entity", from = "Column::UserId", to = "users::Column::Id")]
    User,
}

impl Related<users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

mod nonce {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_nonces")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) hash: Vec<u8>,
        pub(super) expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[async_trait]
impl ForeignLinkRepository for SqlUnit {
    async fn find(&self, issuer: &str, subject: &str) -> Stored<Option<ForeignLink>> {
        // Of two first sign-ins at once the second waits for what the first has made.
        self.take_name("foreign identity", &format!("{issuer} {subject}")).await?;
        let row = self.run(Entity::find_by_id((issuer.to_owned(), subject.to_owned())).one(&self.tx)).await?;
        row.map(TryInto::try_into).transpose()
    }

    async fn insert(&self, link: &ForeignLink) -> Stored<()> {
        let row = Model {
            issuer: link.issuer.clone(),
            subject: link.subject.clone(),
            user_id: link.user.uuid(),
            provider: link.provider.name().to_owned(),
            email: link.email.as_ref().map(|email| email.as_str().to_owned()),
            email_is_private: link.email_is_private,
            email_arrives: link.email_arrives,
            linked_at: link.linked_at.to_chrono(),
            sealed_grant: None,
            as_of: link.as_of.map(Timestamp::to_chrono),
            is_banned: link.is_banned,
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn save(&self, link: &ForeignLink) -> Stored<()> {
        let change = Entity::update_many()
            .col_expr(Column::Email, Expr::value(link.email.as_ref().map(|email| email.as_str().to_owned())))
            .col_expr(Column::EmailArrives, Expr::value(link.email_arrives))
            .col_expr(Column::AsOf, Expr::value(link.as_of.map(Timestamp::to_chrono)))
            .col_expr(Column::IsBanned, Expr::value(link.is_banned))
            .filter(Column::Issuer.eq(&link.issuer))
            .filter(Column::Subject.eq(&link.subject));
        self.run(change.exec(&self.tx)).await?;
        Ok(())
    }

    async fn of(&self, user: UserId) -> Stored<Vec<ForeignLink>> {
        let newest = Entity::find().filter(Column::UserId.eq(user.uuid())).order_by_desc(Column::LinkedAt);
        self.run(newest.all(&self.tx)).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn remove(&self, issuer: &str, subject: &str) -> Stored<()> {
        self.run(Entity::delete_by_id((issuer.to_owned(), subject.to_owned())).exec(&self.tx)).await?;
        Ok(())
    }

    async fn keep_grant(&self, issuer: &str, subject: &str, grant: &ForeignGrant) -> Stored<bool> {
        let change = Entity::update_many()
            .col_expr(Column::SealedGrant, Expr::value(self.sealer.seal(grant.expose().as_bytes())))
            .filter(Column::Issuer.eq(issuer))
            .filter(Column::Subject.eq(subject));
        Ok(self.run(change.exec(&self.tx)).await?.rows_affected > 0)
    }

    async fn take_grants(&self, user: UserId, provider: Option<ForeignProvider>) -> Stored<Vec<ForeignGrant>> {
        let mut theirs = Condition::all().add(Column::UserId.eq(user.uuid())).add(Column::SealedGrant.is_not_null());
        if let Some(provider) = provider {
            theirs = theirs.add(Column::Provider.eq(provider.name()));
        }
        let rows = self.run(Entity::find().filter(theirs.clone()).all(&self.tx)).await?;
        let forget = Entity::update_many().col_expr(Column::SealedGrant, Expr::value(None::<Vec<u8>>)).filter(theirs);
        self.run(forget.exec(&self.tx)).await?;
        let broken = || corrupt("foreign_identities", "sealed_grant");
        let open = |sealed: Vec<u8>| {
            let plain = self.sealer.open(&sealed).map_err(|_| broken())?;
            ForeignGrant::read(&plain).ok_or_else(broken)
        };
        rows.into_iter().filter_map(|row| row.sealed_grant).map(open).collect()
    }

    async fn keep_nonce(&self, hash: &[u8; 32], expires_at: Timestamp) -> Stored<()> {
        let row = nonce::Model { hash: hash.to_vec(), expires_at: expires_at.to_chrono() };
        self.run(nonce::Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn take_nonce(&self, hash: &[u8; 32], now: Timestamp) -> Stored<bool> {
        let live = nonce::Entity::delete_by_id(hash.to_vec()).filter(nonce::Column::ExpiresAt.gt(now.to_chrono()));
        Ok(self.run(live.exec(&self.tx)).await?.rows_affected > 0)
    }

    async fn forget_nonces(&self, now: Timestamp) -> Stored<u64> {
        let lapsed = nonce::Entity::delete_many().filter(nonce::Column::ExpiresAt.lte(now.to_chrono()));
        Ok(self.run(lapsed.exec(&self.tx)).await?.rows_affected)
    }
}

#[async_trait]
impl ForeignAccountQueries for SqlReader {
    async fn account_of(&self, issuer: &str, subject: &str) -> Stored<Option<ForeignAccount>> {
        let query = Entity::find_by_id((issuer.to_owned(), subject.to_owned())).find_also_related(users::Entity);
        let user = self.run(query.one(self.pool())).await?.and_then(|(_, user)| user);
        user.map(|row| row.foreign_account()).transpose()
    }
}

impl users::Model {
    fn foreign_account(&self) -> Stored<ForeignAccount> {
        let wrong = |column| corrupt("users", column);
        Ok(ForeignAccount {
            user: Id::new(self.id),
            role: Role::from_name(&self.role).ok_or_else(|| wrong("role"))?,
            status: UserStatus::from_name(&self.status).ok_or_else(|| wrong("status"))?,
        })
    }
}

impl TryFrom<Model> for ForeignLink {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("foreign_identities", column);
        Ok(Self {
            issuer: row.issuer,
            subject: row.subject,
            user: Id::new(row.user_id),
            provider: ForeignProvider::from_name(&row.provider).ok_or_else(|| wrong("provider"))?,
            email: row.email.map(|email| Email::parse(&email)).transpose().map_err(|_| wrong("email"))?,
            email_is_private: row.email_is_private,
            email_arrives: row.email_arrives,
            linked_at: Timestamp::new(row.linked_at),
            as_of: row.as_of.map(Timestamp::new),
            is_banned: row.is_banned,
        })
    }
}
