//! One account becomes part of another: every column that names a user, and what becomes of its rows. A column that has no
//! rule here fails a test, so that whoever adds a table has to decide.

use async_trait::async_trait;
use hos_domain::identity::{MergeRepository, UserId};
use hos_domain::kernel::{Id, RepositoryError, Stored};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, QuerySelect};

use crate::unit::SqlUnit;

/// The part of `users` that only merges write: whoever saves a profile must not undo one.
mod tombstone {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        merged_into: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What becomes of rows that name the account that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeRule {
    /// They name the other account from now on.
    Moves,
    /// They do, unless the other account has its own; then those count and these go.
    MovesUnlessThere,
    /// They are removed: a way in, or half of something that nobody can finish.
    Goes,
    /// They say what the account was, or are someone else's record of it.
    Stays,
    /// An anonymous account can't have any; one that has is not merged.
    Refused,
}

/// Every column that names a user. Subjects come first: what is derived for one is written while it is locked.
pub const MERGE_RULES: [(&str, &str, MergeRule); 26] = [
    ("billing_subjects", "user_id", MergeRule::Moves),
    ("subscriptions", "user_id", MergeRule::Moves),
    ("entitlements", "user_id", MergeRule::Moves),
    ("checkouts", "user_id", MergeRule::Moves),
    ("projects", "owner_id", MergeRule::Moves),
    ("devices", "user_id", MergeRule::Moves),
    ("uploads", "user_id", MergeRule::Moves),
    ("photos", "user_id", MergeRule::Moves),
    ("foreign_identities", "user_id", MergeRule::Moves),
    ("preferences", "user_id", MergeRule::MovesUnlessThere),
    // The keys of the account that goes open nothing of the one that stays.
    ("user_passwords", "user_id", MergeRule::Goes),
    ("user_totp", "user_id", MergeRule::Goes),
    ("recovery_codes", "user_id", MergeRule::Goes),
    ("passkeys", "user_id", MergeRule::Goes),
    ("api_keys", "user_id", MergeRule::Goes),
    ("device_grants", "user_id", MergeRule::Goes),
    ("ceremonies", "user_id", MergeRule::Goes),
    ("codes", "user_id", MergeRule::Goes),
    // What somebody agreed to, they agreed to there; ended sessions are history.
    ("consents", "user_id", MergeRule::Stays),
    ("sessions", "user_id", MergeRule::Stays),
    ("users", "merged_into", MergeRule::Stays),
    ("audit_log", "actor", MergeRule::Stays),
    ("audit_log", "subject", MergeRule::Stays),
    ("sandbox_customers", "user_id", MergeRule::Stays),
    ("memberships", "user_id", MergeRule::Refused),
    ("invitations", "inviter_id", MergeRule::Refused),
];

#[async_trait]
impl MergeRepository for SqlUnit {
    async fn merge(&self, from: UserId, into: UserId) -> Stored<()> {
        let heir = tombstone::Entity::update_many()
            .col_expr(tombstone::Column::MergedInto, Expr::value(into.uuid()))
            .filter(tombstone::Column::Id.eq(from.uuid()));
        self.run(heir.exec(&self.tx)).await?;
        for (table, column, rule) in MERGE_RULES {
            match rule {
                MergeRule::Moves => self.move_rows((table, column), from, into).await?,
                MergeRule::MovesUnlessThere => {
                    if !self.has_rows((table, column), into).await? {
                        self.move_rows((table, column), from, into).await?;
                    }
                    self.remove_rows((table, column), from).await?;
                }
                MergeRule::Goes => self.remove_rows((table, column), from).await?,
                MergeRule::Stays => {}
                MergeRule::Refused => {
                    if self.has_rows((table, column), from).await? {
                        return Err(RepositoryError::Conflict);
                    }
                }
            }
        }
        Ok(())
    }

    async fn holder(&self, user: UserId) -> Stored<UserId> {
        let merged = tombstone::Entity::find_by_id(user.uuid()).select_only().column(tombstone::Column::MergedInto);
        let merged = merged.into_tuple::<Option<Uuid>>().one(&self.tx);
        Ok(self.run(merged).await?.flatten().map_or(user, Id::new))
    }
}

impl SqlUnit {
    async fn move_rows(&self, (table, column): (&str, &str), from: UserId, into: UserId) -> Stored<()> {
        let mut update = Query::update();
        update.table(Alias::new(table)).value(Alias::new(column), into.uuid());
        update.and_where(Expr::col(Alias::new(column)).eq(from.uuid()));
        self.run(self.tx.execute(&update)).await?;
        Ok(())
    }

    async fn remove_rows(&self, (table, column): (&str, &str), of: UserId) -> Stored<()> {
        let mut delete = Query::delete();
        delete.from_table(Alias::new(table)).and_where(Expr::col(Alias::new(column)).eq(of.uuid()));
        self.run(self.tx.execute(&delete)).await?;
        Ok(())
    }

    async fn has_rows(&self, (table, column): (&str, &str), of: UserId) -> Stored<bool> {
        let mut select = Query::select();
        select.expr(Expr::val(1)).from(Alias::new(table)).limit(1);
        select.and_where(Expr::col(Alias::new(column)).eq(of.uuid()));
        Ok(self.run(self.tx.query_one(&select)).await?.is_some())
    }
}
