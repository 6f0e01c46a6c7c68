//! Why nobody was signed in with what another party has signed.

use hos_domain::identity::ForeignTokenError;
use hos_domain::kernel::{Detail, ErrorKind, Failure, RepositoryError};

use super::prove_again::ProofError;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// This installation does not take tokens of that provider.
    #[error("signing in with this provider is not set up here")]
    NotOffered,
    /// The token does not count.
    #[error(transparent)]
    Token(#[from] ForeignTokenError),
    /// The nonce is not ours, was used, is too old, or is not the token's.
    #[error("the nonce is wrong or no longer counts; ask for another one")]
    Nonce,
    /// An account has the address, and the provider is not the authority for it.
    #[error("an account with this e-mail address exists; log in to it, then link this identity")]
    LinkNeeded,
    /// There is no account yet, and without an address there can't be one.
    #[error("the provider gave no e-mail address; allow it to be shared")]
    EmailNeeded,
    /// The account was deleted and is not erased yet.
    #[error("this account is deleted; send restore: true to take it back")]
    Deleted,
    /// The account can't be taken back: another one has its address by now.
    #[error("another account with this e-mail address exists")]
    EmailTaken,
    /// The account is closed by us.
    #[error("this account is suspended; contact support")]
    Suspended,
    /// The identity opens another account.
    #[error("this identity is linked to another account")]
    LinkedElsewhere,
    /// Without it the account could not be logged in to any more.
    #[error("this is the only way to log in; set a password or add a passkey first")]
    OnlyWay,
    /// There is no such link.
    #[error("no such identity is linked")]
    NotLinked,
    /// Whoever asks has not proved who they are.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for SignInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotOffered | Self::NotLinked => ErrorKind::NotFound,
            Self::Token(error) => error.kind(),
            Self::Nonce => ErrorKind::Unauthenticated,
            Self::LinkNeeded | Self::LinkedElsewhere | Self::OnlyWay | Self::EmailTaken => ErrorKind::Conflict,
            Self::EmailNeeded => ErrorKind::Unprocessable,
            Self::Deleted | Self::Suspended => ErrorKind::Forbidden,
            Self::Proof(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Nonce => Some("NONCE_INVALID"),
            Self::LinkNeeded => Some("LINK_REQUIRED"),
            Self::LinkedElsewhere => Some("LINKED_ELSEWHERE"),
            Self::OnlyWay => Some("ONLY_LOGIN_METHOD"),
            Self::EmailNeeded => Some("EMAIL_REQUIRED"),
            Self::Deleted => Some("ACCOUNT_DELETED"),
            Self::EmailTaken => Some("EMAIL_TAKEN"),
            Self::Suspended => Some("ACCOUNT_SUSPENDED"),
            Self::Proof(error) => error.code(),
            _ => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        if let Self::Proof(error) = self { error.details() } else { Vec::new() }
    }
}
