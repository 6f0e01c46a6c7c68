//! The few kinds of failure. A use case's error says its kind and its code; only the edge (HTTP, CLI, worker) decides
//! what that means there.

use std::borrow::Cow;
use std::time::Duration;

use super::{Invalid, Timestamp};

/// What sort of failure this is, and thereby what the caller may do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request breaks a rule of its own form; [`Failure::details`] names each field.
    Invalid,
    /// No, bad, expired or revoked credentials.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing, or it is another user's.
    NotFound,
    /// The present state forbids it.
    Conflict,
    /// Well-formed but impossible.
    Unprocessable,
    /// The account is closed to logins.
    Locked {
        /// When it opens again, if time alone opens it.
        until: Option<Timestamp>,
    },
    /// Too many requests.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The plan doesn't include it.
    EntitlementRequired,
    /// An outside party answered with an error.
    ProviderFailed,
    /// An outside party did not answer in time.
    ProviderTimeout,
    /// Others were in the way; trying again at once is right.
    Contended,
    /// There is no space left to write; a person has to make some.
    Full,
    /// A dependency of ours is away; trying again later is right.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// One thing that is wrong with a request, or one fact that helps to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Which field, as the client wrote it; nested ones joined by dots.
    pub field: Cow<'static, str>,
    /// The broken rule as a machine reads it.
    pub constraint: Cow<'static, str>,
    /// The same for a person.
    pub message: Cow<'static, str>,
}

impl Detail {
    /// A field and the rule its value breaks.
    pub fn new(field: impl Into<Cow<'static, str>>, invalid: Invalid) -> Self {
        Self { field: field.into(), constraint: Cow::Borrowed(invalid.constraint), message: invalid.message }
    }
}

/// An error that a caller can act upon. `Display` is the message for people and must hold no secret, SQL or stack.
pub trait Failure: std::error::Error + Send + Sync + 'static {
    /// What sort of failure.
    fn kind(&self) -> ErrorKind;

    /// A code more specific than the kind's own, in `SCREAMING_SNAKE_CASE`; `None` for the kind's.
    fn code(&self) -> Option<&'static str> {
        None
    }

    /// The fields at fault, or the facts that help.
    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }
}

/// The message of an error and those of all its causes, for operators and logs. Never for clients.
#[must_use]
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let message = cause.to_string();
        // Transparent wrappers repeat what they wrap.
        if !text.ends_with(&message) {
            text = format!("{text}: {message}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::RepositoryError;

    #[test]
    fn causes_follow_the_error_and_nothing_is_said_twice() {
        let error = RepositoryError::Unavailable("connection refused".into());
        assert_eq!(with_causes(&error), "the database is not available: connection refused");
    }
}
