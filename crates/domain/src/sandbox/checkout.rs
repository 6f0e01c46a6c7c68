//! A hosted checkout of the sandbox.

use serde::{Deserialize, Serialize};

use crate::billing::Interval;
use crate::identity::UserId;
use crate::kernel::{Money, Timestamp};

/// A page on which a pretended payer decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxCheckout {
    /// The sandbox's id, e.g. `scs_…`.
    pub id: String,
    /// Which user of ours it is for.
    pub user: UserId,
    /// What the page says is bought.
    pub title: String,
    /// The sandbox's id of the price.
    pub price: String,
    /// What it costs each time.
    pub amount: Money,
    /// How often.
    pub interval: Interval,
    /// Days of free trial.
    pub trial_days: u32,
    /// Where the payer goes afterwards.
    pub success_url: String,
    /// Where the payer goes who turns back.
    pub cancel_url: String,
    /// How far it came.
    pub state: SandboxCheckoutState,
    /// The subscription it has made, once there is one.
    pub subscription: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// How far a checkout came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxCheckoutState {
    /// The payer has not decided.
    Open,
    /// The bank asks the payer to prove who they are.
    Challenged,
    /// Paid.
    Paid,
    /// The payer turned back.
    Abandoned,
}

/// What a pretended payer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutOutcome {
    /// Pays; after a challenge, passes it.
    Pay,
    /// Pays with a card that is declined; after a challenge, fails it.
    Decline,
    /// Pays with a card whose bank asks for 3-D Secure.
    Challenge,
    /// Turns back.
    Abandon,
}

impl CheckoutOutcome {
    /// The outcome of a form's word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "pay" => Some(Self::Pay),
            "decline" => Some(Self::Decline),
            "challenge" => Some(Self::Challenge),
            "abandon" => Some(Self::Abandon),
            _ => None,
        }
    }
}

impl SandboxCheckout {
    /// Whether the payer can still do something.
    #[must_use]
    pub const fn is_undecided(&self) -> bool {
        matches!(self.state, SandboxCheckoutState::Open | SandboxCheckoutState::Challenged)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::{Currency, Id};

    #[rstest]
    #[case("pay", Some(CheckoutOutcome::Pay))]
    #[case("decline", Some(CheckoutOutcome::Decline))]
    #[case("challenge", Some(CheckoutOutcome::Challenge))]
    #[case("abandon", Some(CheckoutOutcome::Abandon))]
    #[case("Pay", None)]
    #[case("steal", None)]
    #[case("", None)]
    fn a_form_has_four_words(#[case] word: &str, #[case] outcome: Option<CheckoutOutcome>) {
        assert_eq!(CheckoutOutcome::from_word(word), outcome);
    }

    #[rstest]
    #[case(SandboxCheckoutState::Open, true)]
    #[case(SandboxCheckoutState::Challenged, true)]
    #[case(SandboxCheckoutState::Paid, false)]
    #[case(SandboxCheckoutState::Abandoned, false)]
    fn a_payer_can_decide_until_they_have(#[case] state: SandboxCheckoutState, #[case] undecided: bool) {
        let checkout = SandboxCheckout {
            id: "scs_1".into(),
            user: Id::new(Uuid::nil()),
            title: "Premium".into(),
            price: "premium/monthly/USD".into(),
            amount: Money::new(999, Currency::parse("USD").unwrap()),
            interval: Interval::Month,
            trial_days: 0,
            success_url: "https://app.example.com/thanks".into(),
            cancel_url: "https://app.example.com".into(),
            state,
            subscription: None,
            created_at: Timestamp::EPOCH,
        };
        assert_eq!(checkout.is_undecided(), undecided);
    }
}
