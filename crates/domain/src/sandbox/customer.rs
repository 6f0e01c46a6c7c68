//! A pretended customer with everything that belongs to them. The serde form is how the sandbox remembers them.

use serde::{Deserialize, Serialize};

use crate::billing::{Interval, Period};
use crate::identity::UserId;
use crate::kernel::{Money, Timestamp};

/// A pretended customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxCustomer {
    /// The sandbox's id, e.g. `scus_…`.
    pub id: String,
    /// Which user of ours it is.
    pub user: UserId,
    /// How their card behaves from now on.
    pub card: Card,
    /// All their subscriptions, ended ones too.
    pub subscriptions: Vec<SandboxSubscription>,
    /// Numbers the objects that are made for them.
    pub next_number: u32,
    /// When something last happened; nothing happens twice in one second, so that times order events.
    pub last_change_at: Timestamp,
}

/// How a card behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Card {
    /// Pays.
    Pays,
    /// Is declined.
    Declines,
}

/// A pretended subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxSubscription {
    /// The sandbox's id, e.g. `ssub_…`.
    pub id: String,
    /// The sandbox's id of the price.
    pub price: String,
    /// What it costs each time.
    pub amount: Money,
    /// How often.
    pub interval: Interval,
    /// Where it stands.
    pub state: SandboxState,
    /// When it began.
    pub started_at: Timestamp,
    /// The instant from which periods are counted.
    pub anchor: Timestamp,
    /// How many periods have begun since the anchor.
    pub cycle: u32,
    /// The period it is in.
    pub period: Period,
    /// When its trial ends or ended.
    pub trial_end: Option<Timestamp>,
    /// It ends with the period.
    pub cancel_at_period_end: bool,
    /// When it ended, and why.
    pub ended: Option<(Timestamp, SandboxEnd)>,
    /// What a change to a lower price left over, in minor units: taken off the next payments.
    #[serde(default)]
    pub credit_minor: i64,
    /// When a failed payment is tried next, and how often it has failed.
    pub retry: Option<(Timestamp, u32)>,
    /// Every invoice, in order.
    pub invoices: Vec<SandboxInvoice>,
}

/// Where a pretended subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxState {
    /// Waits for its first payment.
    Incomplete,
    /// In its free trial.
    Trialing,
    /// Runs.
    Active,
    /// A renewal failed and is tried again.
    PastDue,
    /// The tries are used up and it was left open.
    Unpaid,
    /// Collection is paused.
    Paused,
    /// Over.
    Ended,
}

/// Why a pretended subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxEnd {
    /// Cancelled, with its period.
    AtPeriodEnd,
    /// Cancelled at once.
    Now,
    /// The tries to collect were used up.
    PaymentFailed,
    /// The first payment never came.
    NeverPaid,
}

/// A pretended invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxInvoice {
    /// The sandbox's id, e.g. `sin_…`.
    pub id: String,
    /// The id of its payment, e.g. `spay_…`.
    pub payment: String,
    /// When it was made.
    #[serde(default = "long_ago")]
    pub created_at: Timestamp,
    /// The time it is for.
    pub period: Period,
    /// What it asks for.
    pub amount: Money,
    /// It was paid.
    pub paid: bool,
    /// How often paying it failed.
    pub failures: u32,
    /// It settles a change of plan in the middle of a period.
    pub proration: bool,
    /// What was given back of it.
    pub refunds: Vec<SandboxRefund>,
    /// The dispute over it.
    pub dispute: Option<SandboxDispute>,
}

/// When an invoice was made that was kept before anybody noted it.
const fn long_ago() -> Timestamp {
    Timestamp::EPOCH
}

/// A pretended refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxRefund {
    /// The sandbox's id, e.g. `sre_…`.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// It came back.
    pub failed: bool,
    /// The key under which it was asked for, so that it is given once.
    #[serde(default)]
    pub key: Option<String>,
}

/// A pretended dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxDispute {
    /// The sandbox's id, e.g. `sdp_…`.
    pub id: String,
    /// When it was decided and whether for us; `None` while it is open.
    pub closed: Option<(Timestamp, bool)>,
}
