//! Access tokens: what they claim, and why one is refused.

use super::{Rights, Role, SessionId, SessionKind, UserId};
use crate::kernel::Timestamp;

/// What an access token says about its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// Who (`sub`).
    pub user: UserId,
    /// Through which session (`sid`): when it is revoked, so is the token.
    pub session: SessionId,
    /// With which permissions (`role`).
    pub role: Role,
    /// To which scopes it is limited (`scope`), if it is.
    pub rights: Rights,
    /// Who acts in the user's place (`act`), if somebody does.
    pub actor: Option<UserId>,
    /// Where it is kept (`kind`): what was given as a cookie counts as a cookie only.
    pub kind: SessionKind,
    /// Since when (`iat`).
    pub issued_at: Timestamp,
    /// Until when (`exp`).
    pub expires_at: Timestamp,
}

/// Why a token does not count. Callers get the same answer for all of them; logs may tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// It is no token of ours: wrong form, algorithm, key, issuer or audience.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}
