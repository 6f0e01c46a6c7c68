//! Why something was not done in an organization.

use std::time::Duration;

use hos_domain::identity::{Invitation, MembershipRefusal, Organization};
use hos_domain::kernel::{Detail, ErrorKind, Failure, RepositoryError};

use crate::identity::ProofError;
use crate::platform::OnceError;

/// The window in which mails to one address are counted.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why something was not done in an organization.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// There is none with this id, or the caller does not belong to it: the answer is the same.
    #[error("there is no such organization")]
    NotFound,
    /// Nobody with this id belongs to it.
    #[error("there is no such member")]
    NoSuchMember,
    /// Another one's, used, taken back, too old, or for another address: the answer is the same.
    #[error("there is no such invitation, or it no longer counts")]
    NoSuchInvitation,
    /// The caller's role, or the other one's, forbids it.
    #[error(transparent)]
    Refused(#[from] MembershipRefusal),
    /// The caller has not shown that their address is theirs.
    #[error("verify your e-mail address first")]
    EmailNotVerified,
    /// Nobody knows who the caller is.
    #[error("say who you are first, at /auth/upgrade")]
    Anonymous,
    /// The user owns as many as may be.
    #[error("one user owns at most {} organizations", Organization::MOST_OWNED)]
    TooManyOwned,
    /// As many invitations are open as may be.
    #[error("at most {} invitations may be open at a time", Invitation::MOST_OPEN)]
    TooManyInvitations,
    /// An invitation to this address is open.
    #[error("an invitation to this address is open already")]
    InvitedAlready,
    /// The organization has written to this address often enough for now.
    #[error("an address gets at most {} mails a day from one organization", Invitation::MOST_MAILS_A_DAY)]
    MailedOften,
    /// Who accepts belongs to the organization already.
    #[error("you are a member of this organization already")]
    MemberAlready,
    /// The caller's account is gone.
    #[error("this account no longer exists")]
    UserGone,
    /// The caller's last proof is too old.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// It could not be done once.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for OrganizationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::NoSuchMember | Self::NoSuchInvitation => ErrorKind::NotFound,
            Self::EmailNotVerified | Self::Anonymous => ErrorKind::Forbidden,
            Self::TooManyOwned | Self::TooManyInvitations | Self::InvitedAlready | Self::MemberAlready => {
                ErrorKind::Conflict
            }
            Self::MailedOften => ErrorKind::RateLimited { retry_after: DAY },
            Self::UserGone => ErrorKind::Unauthenticated,
            Self::Refused(error) => error.kind(),
            Self::Proof(error) => error.kind(),
            Self::Once(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::EmailNotVerified => Some("EMAIL_NOT_VERIFIED"),
            Self::Anonymous => Some("ANONYMOUS"),
            Self::TooManyOwned => Some("TOO_MANY_ORGANIZATIONS"),
            Self::TooManyInvitations => Some("TOO_MANY_INVITATIONS"),
            Self::InvitedAlready => Some("ALREADY_INVITED"),
            Self::MemberAlready => Some("ALREADY_MEMBER"),
            Self::Refused(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Once(error) => error.code(),
            _ => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Proof(error) => error.details(),
            _ => Vec::new(),
        }
    }
}
