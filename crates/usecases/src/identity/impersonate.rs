//! Support acts in a member's place, to see what the member sees. The member is told, and the audit log names the ticket.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::identity::{
    AccessClaims, AccessTokens, Client, IMPERSONATION_LIFE, Rights, Scopes, SessionKind, Ticket, User, UserId,
};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, IdSource, RepositoryError, Storage};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::prove_again::{ProofError, ProveAgain};
use super::{Caller, Reason};
use crate::messaging::notify;

/// Gives out tokens for acting in a member's place.
pub struct Impersonate {
    /// Takes the proof of who asks.
    pub prove_again: ProveAgain,
    /// Signs.
    pub tokens: Arc<dyn AccessTokens>,
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What one impersonation is for.
#[derive(Debug, Clone)]
pub struct ImpersonationOrder {
    /// The member's request.
    pub ticket: Ticket,
    /// What is to be looked at.
    pub reason: Reason,
}

/// An impersonation that has begun.
#[derive(Debug)]
pub struct Impersonation {
    /// Whose place it is.
    pub user: User,
    /// Counts as long as the session of who asked, and [`IMPERSONATION_LIFE`] at most. There is no way to renew it.
    pub token: String,
    /// What it allows.
    pub scopes: Scopes,
}

/// Why nobody is impersonated.
#[derive(Debug, thiserror::Error)]
pub enum ImpersonateError {
    /// Who asks has not proved again who they are.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// There is no living account with this id.
    #[error("there is no such user")]
    NotFound,
    /// The account is of somebody who administers.
    #[error("nobody acts in the place of those who administer")]
    Administrates,
    /// Who asks is logged in elsewhere; with a session that is not ours an impersonation would not end.
    #[error("log in here, not at your identity provider, to act in a member's place")]
    AtIssuer,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ImpersonateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Administrates | Self::AtIssuer => ErrorKind::Forbidden,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Proof(error) => error.code(),
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

impl Impersonate {
    /// Tells the member, notes it, and signs the token.
    ///
    /// # Errors
    /// [`ImpersonateError`]
    pub async fn run(
        &self,
        by: Caller,
        user: UserId,
        order: ImpersonationOrder,
        client: Client,
    ) -> Result<Impersonation, ImpersonateError> {
        let session = by.session().ok_or(ImpersonateError::AtIssuer)?;
        self.prove_again.password_or_fresh(by, None).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let user = tx.users().find(user).await?.ok_or(ImpersonateError::NotFound)?;
        if !user.role.can_be_impersonated() {
            return Err(ImpersonateError::Administrates);
        }
        let scopes = by.role.impersonation_scopes();
        let ticket = order.ticket.as_str();
        let args = BTreeMap::from([("ticket".to_owned(), ticket.to_owned())]);
        notify(&*tx, &*self.ids, user.id, Message { template: Template::Impersonated, args }, now).await?;
        let event = AuditEvent { actor: Some(by.user), ..AuditEvent::own(AuditAction::Impersonated, user.id, now) };
        let event =
            event.with("ticket", ticket).with("reason", order.reason.as_str()).with("scopes", scopes.to_string());
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        let token = self.tokens.issue(&AccessClaims {
            user: user.id,
            session,
            role: user.role,
            rights: Rights::Only(scopes),
            actor: Some(by.user),
            kind: SessionKind::Native,
            issued_at: now,
            expires_at: now + IMPERSONATION_LIFE,
        });
        Ok(Impersonation { user, token, scopes })
    }
}
