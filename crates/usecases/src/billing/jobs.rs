//! Billing's jobs.

use std::time::Duration;

use hos_domain::billing::{NoticeKind, WebhookEventId};
use hos_domain::identity::UserId;
use hos_domain::kernel::Money;
use hos_domain::platform::Queue;
use serde::{Deserialize, Serialize};

use crate::platform::JobPayload;

/// Reads a stored webhook and records what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessWebhookJob {
    /// The stored event.
    pub event: WebhookEventId,
}

impl JobPayload for ProcessWebhookJob {
    const NAME: &'static str = "billing.process_webhook";
    const QUEUE: Queue = Queue::Webhooks;
    /// Five tries over about an hour: 4, 8, 16 and 32 minutes apart.
    const MAX_TRIES: u16 = 5;
    const FIRST_BACKOFF: Duration = Duration::from_secs(4 * 60);
}

/// Derives anew what was derived by other rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeriveAnewJob {}

impl JobPayload for DeriveAnewJob {
    const NAME: &'static str = "billing.derive_anew";
    const QUEUE: Queue = Queue::Normal;
    const MAX_TRIES: u16 = 10;

    /// One is enough for everybody.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// Tells a member of a fact about their billing, unless it is old news by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellMemberJob {
    /// Whom.
    pub user: UserId,
    /// The fact.
    pub key: String,
    /// What kind of fact, by its name.
    pub kind: String,
    /// About how much money.
    pub money: Option<Money>,
}

impl TellMemberJob {
    /// What kind of fact; `None` for one that this version no longer knows.
    #[must_use]
    pub fn notice_kind(&self) -> Option<NoticeKind> {
        NoticeKind::from_name(&self.kind)
    }
}

impl JobPayload for TellMemberJob {
    const NAME: &'static str = "billing.tell_member";
    const QUEUE: Queue = Queue::Notifications;
}
