//! What the merchant's side asks the sandbox to do, in the form in which it travels.

use serde::{Deserialize, Serialize};

use super::Card;
use crate::billing::Interval;
use crate::kernel::{Money, Timestamp};

/// Something that is asked of the sandbox. Objects are named as they are in its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
pub enum SandboxDeed {
    /// A subscription is cancelled.
    Cancel {
        /// Which.
        subscription: String,
        /// With its period, or now.
        at_period_end: bool,
    },
    /// A cancel that is scheduled is taken back.
    Renew {
        /// Of which subscription.
        subscription: String,
    },
    /// Collection is paused.
    Pause {
        /// For which subscription.
        subscription: String,
    },
    /// A pause ends.
    Resume {
        /// Of which subscription.
        subscription: String,
    },
    /// A subscription moves to another price; the difference is settled at once.
    Change {
        /// Which.
        subscription: String,
        /// The sandbox's id of the price.
        price: String,
        /// From when the difference is reckoned; now unless given.
        prorated_at: Option<Timestamp>,
    },
    /// So much of a payment is given back.
    Refund {
        /// Which payment.
        payment: String,
        /// How much.
        amount: Money,
    },
    /// A customer puts in another card.
    UseCard {
        /// Who.
        customer: String,
        /// How it behaves.
        card: Card,
    },
}

impl SandboxDeed {
    /// What it is done to.
    #[must_use]
    pub fn object(&self) -> &str {
        match self {
            Self::Cancel { subscription, .. }
            | Self::Renew { subscription }
            | Self::Pause { subscription }
            | Self::Resume { subscription }
            | Self::Change { subscription, .. } => subscription,
            Self::Refund { payment, .. } => payment,
            Self::UseCard { customer, .. } => customer,
        }
    }

    /// The price that it speaks of.
    #[must_use]
    pub fn price(&self) -> Option<&str> {
        match self {
            Self::Change { price, .. } => Some(price),
            _ => None,
        }
    }
}

/// A price as the sandbox knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxPrice {
    /// The sandbox's id.
    pub id: String,
    /// What it costs each time.
    pub amount: Money,
    /// How often.
    pub interval: Interval,
}

/// What the sandbox does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SandboxRefusal {
    /// It knows no such object.
    #[error("there is no such object")]
    Unknown,
    /// The object is in no state for it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The card does not pay.
    #[error("the card was declined")]
    Declined,
    /// The key was used for something else.
    #[error("the idempotency key was used for another request")]
    OtherRequest,
}

/// The id of the customer that an object of the sandbox belongs to: every id begins with it.
#[must_use]
pub fn customer_of(object: &str) -> Option<&str> {
    let (prefix, rest) = object.split_once('_')?;
    let number = rest.split('_').next()?;
    object.get(..prefix.len() + 1 + number.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_begins_with_its_customers() {
        assert_eq!(customer_of("scus_1f_ssub_1"), Some("scus_1f"));
        assert_eq!(customer_of("scus_1f"), Some("scus_1f"));
        assert_eq!((customer_of(""), customer_of("nobody")), (None, None));
    }

    #[test]
    fn a_deed_travels_with_its_name() {
        let deed = SandboxDeed::Cancel { subscription: "scus_1_ssub_1".into(), at_period_end: true };
        let text = r#"{"deed":"cancel","subscription":"scus_1_ssub_1","at_period_end":true}"#;
        assert_eq!(serde_json::to_string(&deed).unwrap(), text);
        assert_eq!(serde_json::from_str::<SandboxDeed>(text).unwrap(), deed);
        assert!(serde_json::from_str::<SandboxDeed>(r#"{"deed":"pause","subscription":"s","steal":1}"#).is_err());
    }
}
