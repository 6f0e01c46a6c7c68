//! A checkout: a user on the way to pay.

use serde::{Deserialize, Serialize};

use super::{PlanId, PriceId, Provider};
use crate::identity::UserId;
use crate::kernel::{Email, Id, Timestamp};

/// The id of one checkout.
pub type CheckoutId = Id<Checkout>;

/// A user on the way to pay, as we remember it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Ours.
    pub id: CheckoutId,
    /// Who.
    pub user: UserId,
    /// For which plan.
    pub plan: PlanId,
    /// At which price.
    pub price: PriceId,
    /// Where.
    pub provider: Provider,
    /// The provider's id, once it has answered.
    pub provider_id: Option<String>,
    /// The page on which the user pays, once the provider has answered.
    pub url: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
}

/// What a provider is asked to open. Everything in it is the same when a client repeats its request: providers refuse
/// another request under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRequest {
    /// Who pays; comes back in the provider's events.
    pub user: UserId,
    /// Prefilled for the payer.
    pub email: Email,
    /// The provider's id of the customer that the user is already; without one it makes one.
    pub customer: Option<String>,
    /// The provider's id of the price.
    pub provider_price: String,
    /// Days of free trial; 0 for none.
    pub trial_days: u32,
    /// What the payer was given to pay less, as they write it.
    pub promotion_code: Option<String>,
    /// Where the payer is sent afterwards.
    pub success_url: String,
    /// Where the payer is sent who turns back.
    pub cancel_url: String,
    /// The same for every repetition of this request.
    pub idempotency_key: String,
}

/// A page on which the user can pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedCheckout {
    /// The provider's id of it.
    pub provider_id: String,
    /// Where to send the user.
    pub url: String,
}
