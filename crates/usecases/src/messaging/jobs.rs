//! Messaging's jobs: one message becomes one job per way it goes, so that a way that fails repeats no other.

use hos_domain::identity::{DisplayName, UserId};
use hos_domain::kernel::{Email, Locale};
use hos_domain::messaging::{DeviceId, Message};
use hos_domain::platform::Queue;
use serde::{Deserialize, Serialize};

use crate::platform::JobPayload;

/// Decides on which ways a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyJob {
    /// Whom.
    pub user: UserId,
    /// What.
    pub message: Message,
}

impl JobPayload for NotifyJob {
    const NAME: &'static str = "messaging.notify";
    const QUEUE: Queue = Queue::Notifications;
}

/// Pushes a message to one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverPushJob {
    /// Whom.
    pub user: UserId,
    /// To which of their devices.
    pub device: DeviceId,
    /// What.
    pub message: Message,
}

impl JobPayload for DeliverPushJob {
    const NAME: &'static str = "messaging.deliver_push";
    const QUEUE: Queue = Queue::Notifications;
    const MAX_TRIES: u16 = 5;
}

/// Who gets a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A user, at the address they have when the mail goes out.
    User(UserId),
    /// Somebody who has no account yet, or not with this address.
    Stranger {
        /// The address.
        email: Email,
        /// What they want to be called.
        name: DisplayName,
        /// The language they are written to in.
        locale: Locale,
    },
}

/// Mails a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverMailJob {
    /// Whom.
    pub to: Recipient,
    /// What.
    pub message: Message,
}

impl JobPayload for DeliverMailJob {
    const NAME: &'static str = "messaging.deliver_mail";
    const QUEUE: Queue = Queue::Notifications;
    const MAX_TRIES: u16 = 5;
}
