//! One thing a provider told us: immutable, free of personal data, kept for ever.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Environment, Facts, InvoiceStatus, Provider, RefundStatus};
use crate::identity::UserId;
use crate::kernel::Timestamp;

/// A whole snapshot of one provider object at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Who told us.
    pub provider: Provider,
    /// Whether it is about real money.
    pub environment: Environment,
    /// The provider's account it happened in; empty for the only one.
    pub account: String,
    /// The provider's customer, if the snapshot names it.
    pub customer: Option<String>,
    /// The provider's id of the object.
    pub object: String,
    /// Ids of objects this one belongs together with.
    pub refers_to: Vec<String>,
    /// The user of ours that it names.
    pub user: Option<UserId>,
    /// As of when the snapshot is true.
    pub as_of: Timestamp,
    /// What happened to the object.
    pub change: Change,
    /// The snapshot.
    pub facts: Facts,
}

/// What happened to an object; orders snapshots of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It came into being.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// How an observation reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The provider sent it.
    Webhook,
    /// We asked.
    Fetch,
}

impl Source {
    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Fetch => "fetch",
        }
    }

    /// The source of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Webhook, Self::Fetch].into_iter().find(|source| source.name() == name)
    }
}

/// What an observation says, as 32 bytes. It is the observation's identity: the same content under another event id
/// changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Reads a stored digest back; `None` when it is not 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Observation {
    /// The identity of what it says.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // A struct of strings, numbers and enums has no way to fail in JSON, and its form is the same every time.
        let form = serde_json::to_vec(self);
        debug_assert!(form.is_ok());
        Digest(Sha256::digest(form.unwrap_or_default()).into())
    }

    /// Which of two snapshots of one object is the later: a terminal one beats all, then time, then the kind of change,
    /// then how many periods were paid, then more access, then the digest, so that there is always exactly one answer.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> Ordering {
        self.certain_rank()
            .cmp(&other.certain_rank())
            .then_with(|| self.tie_breaker().cmp(&other.tie_breaker()))
            .then_with(|| self.digest().cmp(&other.digest()))
    }

    /// Whether the order of two different snapshots of one object is only a guess: the provider's own times don't tell.
    #[must_use]
    pub fn is_tied_with(&self, other: &Self) -> bool {
        self.certain_rank() == other.certain_rank() && self.facts != other.facts
    }

    /// What really orders snapshots.
    fn certain_rank(&self) -> (u8, Timestamp, Change) {
        (self.finality(), self.as_of, self.change)
    }

    /// How final the facts are. An invoice only moves forward through its states, whatever the clock says.
    fn finality(&self) -> u8 {
        match &self.facts {
            Facts::Subscription(facts) => u8::from(facts.phase.is_terminal()),
            Facts::Invoice(facts) => match facts.status {
                InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Uncollectible => 0,
                InvoiceStatus::Void => 1,
                InvoiceStatus::Paid => 2,
            },
            Facts::Checkout(facts) => u8::from(facts.completed) + u8::from(facts.paid),
            Facts::Charge(_) | Facts::Refund(_) | Facts::Dispute(_) | Facts::Link => 0,
        }
    }

    fn tie_breaker(&self) -> (u32, u8) {
        match &self.facts {
            Facts::Subscription(facts) => (facts.paid_count, facts.phase.access_rank()),
            Facts::Invoice(facts) => {
                (0, u8::from(!facts.attempt_failed) + u8::from(facts.status == InvoiceStatus::Open))
            }
            Facts::Refund(facts) => (0, u8::from(facts.status == RefundStatus::Failed)),
            Facts::Checkout(_) | Facts::Charge(_) | Facts::Dispute(_) | Facts::Link => (0, 0),
        }
    }
}
