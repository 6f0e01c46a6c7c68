//! Identity's jobs.

use hos_domain::identity::CodeId;
use hos_domain::platform::Queue;
use serde::{Deserialize, Serialize};

use crate::platform::JobPayload;

/// Mails a code to who asked for it, or something else, or nothing: who asks must not learn which, so it is decided here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailCodeJob {
    /// Which.
    pub code: CodeId,
}

impl JobPayload for MailCodeJob {
    const NAME: &'static str = "identity.mail_code";
    const QUEUE: Queue = Queue::Notifications;
    const MAX_TRIES: u16 = 5;
}
