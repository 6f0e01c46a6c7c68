//! A provider tells us unasked what became of somebody's identity there (Apple's server-to-server notifications).

use std::sync::Arc;

use hos_domain::identity::{ForeignLink, ForeignNoticeKind, ForeignNotices, ForeignTokenError, SessionDirectory};
use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError, Storage};
use hos_domain::platform::{AuditAction, AuditEvent};

/// Takes notices. Each says how things are, so one that comes twice changes nothing more.
pub struct TakeNotice {
    /// Believes them or not.
    pub notices: Arc<dyn ForeignNotices>,
    /// Where links are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why a notice was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// It is not believed.
    #[error("the notice is not believed: {0}")]
    Refused(#[source] ForeignTokenError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for NoticeError {
    fn kind(&self) -> ErrorKind {
        match self {
            // Who sends no login is told that the notice is at fault, not that they should log in.
            Self::Refused(ForeignTokenError::Keys(error)) => error.kind(),
            Self::Refused(_) => ErrorKind::Unprocessable,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl TakeNotice {
    /// Verifies the notice and does what it says.
    ///
    /// # Errors
    /// [`NoticeError`]
    pub async fn run(&self, body: &[u8]) -> Result<(), NoticeError> {
        let now = self.clock.now();
        let notice = self.notices.verify(body, now).await.map_err(NoticeError::Refused)?;
        let tx = self.storage.begin().await?;
        let Some(link) = tx.foreign_links().find(&notice.issuer, &notice.subject).await? else { return Ok(()) };
        let mut ended = Vec::new();
        match notice.kind {
            ForeignNoticeKind::EmailDisabled | ForeignNoticeKind::EmailEnabled => {
                let email_arrives = notice.kind == ForeignNoticeKind::EmailEnabled;
                tx.foreign_links().save(&ForeignLink { email_arrives, ..link }).await?;
            }
            ForeignNoticeKind::ConsentRevoked | ForeignNoticeKind::AccountDeleted => {
                tx.foreign_links().remove(&link.issuer, &link.subject).await?;
                ended = tx.sessions().revoke_all(link.user, None, now).await?;
                let event =
                    AuditEvent { actor: None, ..AuditEvent::own(AuditAction::IdentityUnlinked, link.user, now) };
                tx.audit().note(event.with("provider", link.provider.name()).with("notice", notice.id));
            }
            ForeignNoticeKind::Unknown(kind) => tracing::warn!(kind, "a notice of an unknown kind changes nothing"),
        }
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        Ok(())
    }
}
