//! `sessions` and `refresh_tokens`.

use async_trait::async_trait;
use hos_domain::identity::{
    RefreshTokenHash, RefreshUse, Rights, Session, SessionId, SessionKind, SessionQueries, SessionRepository,
    StoredRefreshToken, UserId,
};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect, UpdateMany};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

/// Nobody has so many devices.
const MOST_LISTED: u64 = 100;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    created_at: DateTimeUtc,
    refreshed_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    revoked_at: Option<DateTimeUtc>,
    user_agent: Option<String>,
    proved_at: Option<DateTimeUtc>,
    /// Nothing for a session that may do everything.
    scopes: Option<String>,
    kind: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod refresh_token {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refresh_tokens")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) hash: Vec<u8>,
        pub(super) session_id: Uuid,
        pub(super) issued_at: DateTimeUtc,
        pub(super) expires_at: DateTimeUtc,
        pub(super) used_at: Option<DateTimeUtc>,
        pub(super) used_key: Option<String>,
        pub(super) successor: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[async_trait]
impl SessionRepository for SqlUnit {
    async fn open(&self, session: &Session, first: &RefreshTokenHash) -> Stored<()> {
        self.run(Entity::insert(row_of(session).into_active_model()).exec_without_returning(&self.tx)).await?;
        self.insert_token(session, first, session.created_at).await
    }

    async fn find_token(&self, hash: &RefreshTokenHash) -> Stored<Option<StoredRefreshToken>> {
        let locked = refresh_token::Entity::find_by_id(hash.as_bytes().to_vec()).lock_exclusive();
        let Some(token) = self.run(locked.one(&self.tx)).await? else {
            return Ok(None);
        };
        let session = self.run(Entity::find_by_id(token.session_id).one(&self.tx)).await?;
        let session = session.ok_or_else(|| corrupt("refresh_tokens", "session_id"))?;
        let used = match token.used_at {
            None => None,
            Some(at) => Some(RefreshUse {
                at: Timestamp::new(at),
                key: token.used_key,
                successor_used: self.is_used(token.successor).await?,
            }),
        };
        Ok(Some(StoredRefreshToken { session: session.into(), expires_at: Timestamp::new(token.expires_at), used }))
    }

    async fn rotate(
        &self,
        used: &RefreshTokenHash,
        key: Option<&str>,
        session: &Session,
        successor: &RefreshTokenHash,
        now: Timestamp,
    ) -> Stored<()> {
        use refresh_token::{Column as TokenColumn, Entity as Token};
        let mark_used = Token::update_many()
            .col_expr(TokenColumn::UsedAt, Expr::value(now.to_chrono()))
            .col_expr(TokenColumn::UsedKey, Expr::value(key.map(str::to_owned)))
            .col_expr(TokenColumn::Successor, Expr::value(successor.as_bytes().to_vec()))
            .filter(TokenColumn::Hash.eq(used.as_bytes().to_vec()))
            .filter(TokenColumn::UsedAt.is_null());
        if self.run(mark_used.exec(&self.tx)).await?.rows_affected == 0 {
            return Err(RepositoryError::Stale);
        }
        self.insert_token(session, successor, now).await?;
        let carry_on = Entity::update_many()
            .col_expr(Column::RefreshedAt, Expr::value(now.to_chrono()))
            .filter(Column::Id.eq(session.id.uuid()));
        self.run(carry_on.exec(&self.tx)).await?;
        Ok(())
    }

    async fn note_proof(&self, session: SessionId, now: Timestamp) -> Stored<()> {
        let note = Entity::update_many()
            .col_expr(Column::ProvedAt, Expr::value(now.to_chrono()))
            .filter(Column::Id.eq(session.uuid()));
        self.run(note.exec(&self.tx)).await?;
        Ok(())
    }

    async fn revoke(&self, session: SessionId, now: Timestamp) -> Stored<()> {
        let end = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.to_chrono()))
            .filter(Column::Id.eq(session.uuid()))
            .filter(Column::RevokedAt.is_null());
        self.run(end.exec(&self.tx)).await?;
        Ok(())
    }

    async fn revoke_of(&self, user: UserId, session: SessionId, now: Timestamp) -> Stored<bool> {
        let end = ending(now).filter(live(user, now)).filter(Column::Id.eq(session.uuid()));
        Ok(self.run(end.exec(&self.tx)).await?.rows_affected > 0)
    }

    async fn revoke_all(&self, user: UserId, spared: Option<SessionId>, now: Timestamp) -> Stored<Vec<SessionId>> {
        let others = live(user, now).add_option(spared.map(|spared| Column::Id.ne(spared.uuid())));
        let rows = self.run(Entity::find().filter(others.clone()).lock_exclusive().all(&self.tx)).await?;
        self.run(ending(now).filter(others).exec(&self.tx)).await?;
        Ok(rows.into_iter().map(|row| Id::new(row.id)).collect())
    }
}

fn ending(now: Timestamp) -> UpdateMany<Entity> {
    Entity::update_many().col_expr(Column::RevokedAt, Expr::value(now.to_chrono()))
}

fn live(user: UserId, now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::UserId.eq(user.uuid()))
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now.to_chrono()))
}

impl SqlUnit {
    async fn insert_token(&self, session: &Session, hash: &RefreshTokenHash, now: Timestamp) -> Stored<()> {
        let row = refresh_token::Model {
            hash: hash.as_bytes().to_vec(),
            session_id: session.id.uuid(),
            issued_at: now.to_chrono(),
            expires_at: session.next_token_expires_at(now).to_chrono(),
            used_at: None,
            used_key: None,
            successor: None,
        };
        self.run(refresh_token::Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn is_used(&self, token: Option<Vec<u8>>) -> Stored<bool> {
        let Some(hash) = token else { return Ok(false) };
        let token = self.run(refresh_token::Entity::find_by_id(hash).one(&self.tx)).await?;
        Ok(token.is_some_and(|token| token.used_at.is_some()))
    }
}

#[async_trait]
impl SessionQueries for SqlReader {
    async fn is_live(&self, session: SessionId, now: Timestamp) -> Stored<bool> {
        let row = self.run(Entity::find_by_id(session.uuid()).one(self.pool())).await?;
        Ok(row.is_some_and(|row| Session::from(row).is_live(now)))
    }

    async fn ended_since(&self, since: Timestamp) -> Stored<Vec<SessionId>> {
        let ended = Entity::find().select_only().column(Column::Id).filter(Column::RevokedAt.gte(since.to_chrono()));
        let ids = self.run(ended.into_tuple::<Uuid>().all(self.pool())).await?;
        Ok(ids.into_iter().map(Id::new).collect())
    }

    async fn proved_at(&self, session: SessionId) -> Stored<Option<Timestamp>> {
        let row = self.run(Entity::find_by_id(session.uuid()).one(self.pool())).await?;
        Ok(row.map(|row| Session::from(row).proved_at))
    }

    async fn carried_by(&self, token: &RefreshTokenHash) -> Stored<Option<(Session, Timestamp)>> {
        let token = refresh_token::Entity::find_by_id(token.as_bytes().to_vec());
        let Some(token) = self.run(token.one(self.pool())).await? else {
            return Ok(None);
        };
        let session = self.run(Entity::find_by_id(token.session_id).one(self.pool())).await?;
        Ok(session.map(|session| (session.into(), Timestamp::new(token.expires_at))))
    }

    async fn live(&self, user: UserId, now: Timestamp) -> Stored<Vec<Session>> {
        let newest = Entity::find().filter(live(user, now)).order_by_desc(Column::RefreshedAt).limit(MOST_LISTED);
        Ok(self.run(newest.all(self.pool())).await?.into_iter().map(Into::into).collect())
    }
}

fn row_of(session: &Session) -> Model {
    Model {
        id: session.id.uuid(),
        user_id: session.user.uuid(),
        created_at: session.created_at.to_chrono(),
        refreshed_at: session.refreshed_at.to_chrono(),
        expires_at: session.expires_at.to_chrono(),
        revoked_at: session.revoked_at.map(Timestamp::to_chrono),
        user_agent: session.user_agent.clone(),
        proved_at: Some(session.proved_at.to_chrono()),
        scopes: session.rights.scopes().map(|scopes| scopes.to_string()),
        kind: session.kind.name().to_owned(),
    }
}

impl From<Model> for Session {
    fn from(row: Model) -> Self {
        Self {
            id: Id::new(row.id),
            user: Id::new(row.user_id),
            created_at: Timestamp::new(row.created_at),
            refreshed_at: Timestamp::new(row.refreshed_at),
            expires_at: Timestamp::new(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp::new),
            user_agent: row.user_agent,
            proved_at: Timestamp::new(row.proved_at.unwrap_or(row.created_at)),
            rights: Rights::from_stored(row.scopes.as_deref()),
            kind: SessionKind::from_stored(&row.kind),
        }
    }
}
