//! Opening a session: what every way of proving who one is ends with.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::{
    AccessClaims, AccessTokens, Client, RefreshToken, Rights, Session, SessionDirectory, Unit, User,
};
use hos_domain::kernel::{Clock, IdSource, Stored, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

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

/// Opens sessions.
#[derive(Clone)]
pub struct OpenSession {
    /// Signs the access token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Learns of the session.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl OpenSession {
    /// Opens a session for `user` inside the caller's unit. `way` says how they proved who they are.
    pub(crate) async fn run(&self, tx: &dyn Unit, user: User, client: &Client, way: &str) -> Stored<SignedIn> {
        self.with_rights(tx, user, client, way, Rights::Full).await
    }

    /// The same for a session that may not do everything.
    pub(crate) async fn with_rights(
        &self,
        tx: &dyn Unit,
        user: User,
        client: &Client,
        way: &str,
        rights: Rights,
    ) -> Stored<SignedIn> {
        let now = self.clock.now();
        let session = Session {
            id: self.ids.id(),
            user: user.id,
            created_at: now,
            refreshed_at: now,
            proved_at: now,
            expires_at: now + Session::ABSOLUTE,
            revoked_at: None,
            user_agent: client.user_agent.clone(),
            rights,
            kind: client.kind,
        };
        let refresh = RefreshToken::from_secret(self.ids.secret());
        tx.sessions().open(&session, &refresh.hash()).await?;
        let event =
            AuditEvent::own(AuditAction::LoggedIn, user.id, now).with("way", way).with("kind", session.kind.name());
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        let access = self.tokens.issue(&claims(&user, &session, now));
        Ok(SignedIn { user, tokens: TokenPair { access, refresh }, session })
    }

    /// To be told after the commit, so that the session's first request costs no query.
    pub(crate) fn opened(&self, signed_in: &SignedIn) {
        self.sessions.opened(signed_in.session.id);
    }
}

/// What an access token of this session says from now on.
pub(crate) fn claims(user: &User, session: &Session, now: Timestamp) -> AccessClaims {
    AccessClaims {
        user: user.id,
        session: session.id,
        role: user.role,
        rights: session.rights,
        actor: None,
        kind: session.kind,
        issued_at: now,
        expires_at: now + ACCESS_TOKEN_LIFE,
    }
}
