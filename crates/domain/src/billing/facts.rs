//! What an observation says, in our words. Adapters translate a provider's snapshot into one of these; nothing here names
//! a vendor's status, and nothing here is personal data. The serde form is how observations are stored.

use serde::{Deserialize, Serialize};

use crate::kernel::{Money, Timestamp};

/// The whole snapshot of one provider object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Facts {
    /// A hosted checkout.
    Checkout(CheckoutFacts),
    /// A subscription.
    Subscription(SubscriptionFacts),
    /// An invoice.
    Invoice(InvoiceFacts),
    /// A charge that paid for something.
    Charge(ChargeFacts),
    /// A refund of a payment.
    Refund(RefundFacts),
    /// A dispute over a payment.
    Dispute(DisputeFacts),
    /// Our own decision to end a subscription, where the provider's snapshots don't show it.
    CancelIntent(CancelIntentFacts),
    /// Only that objects belong together: a payment and its invoice, a customer and a user.
    Link,
}

/// A half-open span `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First instant inside.
    pub start: Timestamp,
    /// First instant outside.
    pub end: Timestamp,
}

/// What a hosted checkout says. It grants nothing by itself: the invoice does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutFacts {
    /// The customer went through it.
    pub completed: bool,
    /// The provider has the money, or asks for none.
    pub paid: bool,
    /// The subscription it made.
    pub subscription: Option<String>,
}

/// What a subscription says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionFacts {
    /// Where it stands in its life.
    pub phase: Phase,
    /// The provider's own word for it, for people.
    pub provider_status: String,
    /// The provider's id of the price, which the catalogue maps to a plan.
    pub price: Option<String>,
    /// How many seats.
    pub quantity: u32,
    /// The period the provider is in. It may move before the provider charges, so it grants nothing.
    pub period: Option<Period>,
    /// When it began.
    pub started_at: Timestamp,
    /// When the free trial ends or ended.
    pub trial_end: Option<Timestamp>,
    /// When it is scheduled to end; set also when it simply won't renew.
    pub cancel_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The provider's own end of a grace period, where it has one.
    pub grace_until: Option<Timestamp>,
    /// How many periods were paid, where the provider counts them.
    pub paid_count: u32,
}

/// Where a subscription stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Made, not yet paid.
    Pending,
    /// In its free trial.
    Trialing,
    /// Paid and running.
    Active,
    /// A payment failed and the provider tries again.
    Dunning,
    /// The provider has given up trying and has not ended it.
    Unpaid,
    /// Collection is paused.
    Paused,
    /// All the periods it was made for are paid: nothing can follow, and it ends with the last of them.
    Completed,
    /// Over for good.
    Ended(EndReason),
}

impl Phase {
    /// Nothing can follow.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Ended(_))
    }

    /// How much the member has in this phase. Of two snapshots that can't be told apart otherwise the one with more
    /// wins: access is never lost because of us.
    #[must_use]
    pub const fn access_rank(self) -> u8 {
        match self {
            Self::Ended(_) | Self::Pending => 0,
            Self::Unpaid => 1,
            Self::Paused => 2,
            Self::Dunning => 3,
            Self::Trialing => 4,
            Self::Active | Self::Completed => 5,
        }
    }
}

/// Why a subscription is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// It was cancelled and ran to its paid end.
    AtPeriodEnd,
    /// It was cancelled before its paid end.
    Early,
    /// It was cancelled, by a provider that makes no difference between the two.
    Canceled,
    /// Its payments failed for too long.
    PaymentFailed,
    /// It was never paid.
    NeverStarted,
}

impl EndReason {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtPeriodEnd => "at_period_end",
            Self::Early => "early",
            Self::Canceled => "canceled",
            Self::PaymentFailed => "payment_failed",
            Self::NeverStarted => "never_started",
        }
    }
}

/// What an invoice says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFacts {
    /// The subscription it is for; `None` for anything else.
    pub subscription: Option<String>,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// What it asks for.
    pub total: Money,
    /// What was paid.
    pub paid: Money,
    /// The periods it covers.
    pub lines: Vec<InvoiceLine>,
    /// The last try to collect it failed.
    pub attempt_failed: bool,
}

impl InvoiceFacts {
    /// The end of the time it pays for. Prorations correct what was paid before and extend nothing.
    #[must_use]
    pub fn covers_until(&self) -> Option<Timestamp> {
        self.lines.iter().filter(|line| !line.proration).map(|line| line.period.end).max()
    }
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The time it is for.
    pub period: Period,
    /// It settles a change of plan in the middle of a period.
    pub proration: bool,
}

/// Where an invoice stands; later ones follow earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Being written.
    Draft,
    /// To be paid.
    Open,
    /// Given up, though it may still be paid.
    Uncollectible,
    /// Taken back.
    Void,
    /// Paid.
    Paid,
}

/// What a charge says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeFacts {
    /// What was charged.
    pub amount: Money,
    /// How much of it was given back, according to the charge; refunds of their own are more exact.
    pub refunded: Money,
    /// It is known to pay for no invoice, so that nobody looks for the one that its refunds and disputes correct. Left
    /// out of the stored form where it is not: what was observed before this was said keeps its identity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pays_no_invoice: bool,
}

/// What a refund says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundFacts {
    /// How much is given back.
    pub amount: Money,
    /// Where it stands.
    pub status: RefundStatus,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// On its way; counts as given back.
    Pending,
    /// Given back.
    Succeeded,
    /// It came back to us, or was called off.
    Failed,
}

/// What a dispute says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeFacts {
    /// How much is disputed.
    pub amount: Money,
    /// Where it stands.
    pub status: DisputeStatus,
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// Undecided.
    Open,
    /// For us, or dropped.
    Won,
    /// For the cardholder.
    Lost,
}

/// Our own decision about the end of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelIntentFacts {
    /// Which.
    pub subscription: String,
    /// When it is to end; `None` once the decision is taken back. Time that is paid beyond it shows that the provider
    /// went on regardless, and voids it.
    pub ends_at: Option<Timestamp>,
}
