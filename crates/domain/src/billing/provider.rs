//! Who tells us about payments.

use serde::{Deserialize, Serialize};

/// A source of payments: a payment provider, a store, or our own sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// stripe.com
    Stripe,
    /// razorpay.com
    Razorpay,
    /// Ours, in development mode only.
    Sandbox,
}

impl Provider {
    /// Every provider this version knows.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Razorpay, Self::Sandbox];

    /// The name in settings, paths and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Razorpay => "razorpay",
            Self::Sandbox => "sandbox",
        }
    }

    /// The provider of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }
}

/// Whether money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// It did.
    Production,
    /// It was a test: grants something only in development mode, and never counts in metrics.
    Sandbox,
}

impl Environment {
    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }

    /// The environment of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Production, Self::Sandbox].into_iter().find(|environment| environment.name() == name)
    }
}
