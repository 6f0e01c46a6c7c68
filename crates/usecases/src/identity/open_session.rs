//! Opening a session: what registering and logging in have in common.

use std::time::Duration;

use hos_domain::identity::{AccessClaims, AccessTokens, RefreshToken, Session, Unit, User};
use hos_domain::kernel::{IdSource, Stored, Timestamp};

/// How long an access token lasts. Short, because it is believed without asking where its user is now.
pub const ACCESS_TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// What a client needs to act for a user.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// For the `Authorization` header, until it expires.
    pub access: String,
    /// To get the next pair, once.
    pub refresh: RefreshToken,
}

/// A user who has just proved who they are.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Their new session's tokens.
    pub tokens: TokenPair,
    /// The new session itself.
    pub session: Session,
}

/// Opens a session for `user` inside the caller's unit.
pub(crate) async fn open_session(
    tx: &dyn Unit,
    ids: &dyn IdSource,
    tokens: &dyn AccessTokens,
    user: User,
    user_agent: Option<String>,
    now: Timestamp,
) -> Stored<SignedIn> {
    let session = Session {
        id: ids.id(),
        user: user.id,
        created_at: now,
        refreshed_at: now,
        expires_at: now + Session::ABSOLUTE,
        revoked_at: None,
        user_agent: user_agent.map(|agent| agent.chars().take(200).collect()),
    };
    let refresh = RefreshToken::from_secret(ids.secret());
    tx.sessions().open(&session, &refresh.hash()).await?;
    let access = tokens.issue(&claims(&user, &session, now));
    Ok(SignedIn { user, tokens: TokenPair { access, refresh }, session })
}

/// What an access token of this session says from now on.
pub(crate) fn claims(user: &User, session: &Session, now: Timestamp) -> AccessClaims {
    AccessClaims {
        user: user.id,
        session: session.id,
        role: user.role,
        issued_at: now,
        expires_at: now + ACCESS_TOKEN_LIFE,
    }
}
