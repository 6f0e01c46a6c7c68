//! What tells the sessions of browsers from those of apps: where their tokens are kept, for how long they count, and how
//! a page shows that a request is its own.

use std::time::Duration;

use super::SessionId;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the tokens of a session are kept. A session is of one kind from its login to its end: what was given in one way
/// does not count in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionKind {
    /// By an app, which got them in a body and sends them in a header or a body.
    #[default]
    Native,
    /// By a browser, in cookies that its pages' scripts can't read.
    Browser,
}

impl SessionKind {
    /// How it is written down.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Browser => "browser",
        }
    }

    /// Reads what was written down. What an older version does not know is given less time, and no body.
    #[must_use]
    pub fn from_stored(name: &str) -> Self {
        if name == Self::Native.name() { Self::Native } else { Self::Browser }
    }

    /// How long an unused session can still be carried on. A browser is used by more people than a phone.
    #[must_use]
    pub const fn sliding(self) -> Duration {
        match self {
            Self::Native => DAY.saturating_mul(60),
            Self::Browser => DAY.saturating_mul(7),
        }
    }
}

/// Tokens against forged requests. A browser sends its cookies whoever has made it send the request; such a token only a
/// page knows that could read an answer. It belongs to one session, and gives no access by itself.
pub trait CsrfTokens: Send + Sync {
    /// The token of a session; the same each time.
    fn csrf_token(&self, session: SessionId) -> String;

    /// Whether a text is the token of this session.
    fn is_csrf_token(&self, session: SessionId, text: &str) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_as_it_was_written_and_an_unknown_one_has_the_shorter_life() {
        for kind in [SessionKind::Native, SessionKind::Browser] {
            assert_eq!(SessionKind::from_stored(kind.name()), kind);
        }
        assert_eq!(SessionKind::from_stored("kiosk").sliding(), 7 * DAY);
        assert_eq!(SessionKind::Native.sliding(), 60 * DAY);
    }
}
