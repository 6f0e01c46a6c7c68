//! Whose account an external identity opens, asked for every request that carries a token of an external identity system.

use async_trait::async_trait;

use super::{Role, UserId, UserStatus};
use crate::kernel::Stored;

/// The account behind an external identity, as far as a request needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignAccount {
    /// Whose it is.
    pub user: UserId,
    /// With which permissions.
    pub role: Role,
    /// Whether it may be used. A deleted one is found here until it is erased, so that nobody gets another in its place.
    pub status: UserStatus,
}

/// Reading them, beside any writer.
#[async_trait]
pub trait ForeignAccountQueries: Send + Sync {
    /// The account of an identity; one query.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn account_of(&self, issuer: &str, subject: &str) -> Stored<Option<ForeignAccount>>;
}

/// Which accounts external identities open. Knows recent ones without a query, and forgets them when
/// [`super::ApiKeyDirectory::changed`] is told of their users.
#[async_trait]
pub trait ForeignAccountDirectory: Send + Sync {
    /// The account of an identity.
    ///
    /// # Errors
    /// Whatever the database says, for an identity it does not know.
    async fn find(&self, issuer: &str, subject: &str) -> Stored<Option<ForeignAccount>>;
}
