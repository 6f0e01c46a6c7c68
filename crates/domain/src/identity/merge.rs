//! Two accounts of one person become one: whoever began without saying who they are signs in to the account they have.

use async_trait::async_trait;

use super::UserId;
use crate::kernel::Stored;

/// Moves what an account has to another, inside a unit of work.
#[async_trait]
pub trait MergeRepository: Send + Sync {
    /// Moves everything that `from` has to `into`, once and for all; done again, it moves what has come since. What `from`
    /// agreed to, was allowed, and could sign in with does not move.
    ///
    /// # Errors
    /// `Conflict` when `from` has what an anonymous account can't have; whatever the database says.
    async fn merge(&self, from: UserId, into: UserId) -> Stored<()>;

    /// The account that a user's things belong to now: the user's own unless it was merged. Nobody waits for anybody here:
    /// what this unit still gives to an account that is being merged moves when the merge is done again.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn holder(&self, user: UserId) -> Stored<UserId>;
}
