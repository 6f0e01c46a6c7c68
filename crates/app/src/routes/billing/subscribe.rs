//! POST `/payments/subscribe`.

use actix_web::post;
use actix_web::web::Data;
use hos_domain::billing::{PlanId, PriceId};
use hos_domain::kernel::Invalid;
use hos_usecases::billing::{Subscribe, Subscribed, SubscriptionOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{Check, Created, CurrentUser, Parse, Parsed};

/// What a user wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscribeBody {
    /// A plan's id.
    #[schema(example = "premium")]
    plan: String,
    /// A price's id; the plan's first unless given.
    #[schema(example = "monthly")]
    price: Option<String>,
    /// What I was given to pay less.
    #[schema(example = "SUMMER26", max_length = 100)]
    promotion_code: Option<String>,
    /// Where to go after paying.
    #[schema(example = "https://app.example.com/welcome")]
    success_url: Option<String>,
    /// Where to go after turning back.
    #[schema(example = "https://app.example.com/plans")]
    cancel_url: Option<String>,
}

impl Parse for SubscribeBody {
    type Command = SubscriptionOrder;

    fn parse(self, check: &mut Check) -> Option<SubscriptionOrder> {
        let plan = check.field("plan", PlanId::parse(&self.plan));
        let price = check.optional("price", self.price, |text| PriceId::parse(&text));
        let success_url = check.optional("success_url", self.success_url, return_url);
        let cancel_url = check.optional("cancel_url", self.cancel_url, return_url);
        let promotion_code = check.optional("promotion_code", self.promotion_code, |text| promotion_code(&text));
        Some(SubscriptionOrder {
            plan: plan?,
            price: price?,
            promotion_code: promotion_code?,
            success_url: success_url?,
            cancel_url: cancel_url?,
        })
    }
}

/// Codes are written on paper and read aloud, so nothing in them needs more than ASCII.
fn promotion_code(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let sane = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if sane { Ok(text.to_owned()) } else { Err(Invalid::new("promotion_code", "This is no promotion code.")) }
}

/// A web page or an app's deep link. What a browser would run instead of visit is refused.
pub(super) fn return_url(text: String) -> Result<String, Invalid> {
    let wrong = || Invalid::new("url", "This is not an absolute URL.");
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let sane_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let dangerous = ["javascript", "data", "vbscript", "file", "blob"].contains(&scheme.to_ascii_lowercase().as_str());
    let sane = !scheme.is_empty() && sane_scheme && !dangerous && !rest.is_empty() && text.len() <= 2_000;
    if sane && text.chars().all(|c| !c.is_control() && !c.is_whitespace()) { Ok(text) } else { Err(wrong()) }
}

/// A checkout that waits for its payer.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscribedBody {
    /// What is about to be.
    subscription: PendingSubscription,
    /// Where to send the payer.
    checkout_url: String,
    /// Which provider shows it.
    #[schema(example = "stripe")]
    provider: &'static str,
}

/// A subscription that nobody has paid for yet.
#[derive(Serialize, ToSchema)]
struct PendingSubscription {
    /// The checkout's id.
    id: Uuid,
    /// Always `pending`.
    #[schema(example = "pending")]
    status: &'static str,
    /// Which plan.
    #[schema(example = "premium")]
    plan: String,
    /// At which price.
    #[schema(example = "monthly")]
    price: String,
    /// When it was asked for.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<Subscribed> for SubscribedBody {
    fn from(subscribed: Subscribed) -> Self {
        Self {
            subscription: PendingSubscription {
                id: subscribed.checkout.uuid(),
                status: "pending",
                plan: subscribed.plan.into(),
                price: subscribed.price.into(),
                created_at: subscribed.created_at.to_string(),
            },
            checkout_url: subscribed.checkout_url,
            provider: subscribed.provider.name(),
        }
    }
}

/// Subscribe to a plan
///
/// Opens a checkout at the provider that serves the user's country. Nothing is granted before the provider's webhook says
/// that it was paid. Who has a subscription already is answered 409 `ALREADY_SUBSCRIBED`.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same checkout for 24 hours.")),
    request_body = SubscribeBody,
    responses(
        (status = 201, description = "Send the payer to `checkout_url`.", body = SubscribedBody),
        (status = 404, description = "There is no such plan or price."),
        (status = 409, description = "There is a subscription already, or the key was used for another body."),
        (status = 422, description = "Nobody serves the user's country: `UNSUPPORTED_REGION`; or there is no such promotion code: `PROMOTION_CODE_UNKNOWN`."),
        (status = 502, description = "The provider failed."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/payments/subscribe")]
pub(super) async fn subscribe(
    user: CurrentUser,
    body: Parsed<SubscribeBody>,
    use_case: Data<Subscribe>,
) -> Result<Created<SubscribedBody>, ApiError> {
    let once = body.once(user.user)?;
    let subscribed = use_case.run(user.user, body.command, once).await?;
    Ok(Created(subscribed.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_url_leads_somewhere_and_runs_nothing() {
        for good in ["https://app.example.com/x?y=1", "hos://done", "http://localhost:3000/"] {
            assert!(return_url(good.into()).is_ok(), "{good}");
        }
        for bad in ["", "/relative", "javascript://x%0aalert(1)", "data://x", "https://", "https://a b", "https://a\nb"]
        {
            assert!(return_url(bad.into()).is_err(), "{bad}");
        }
    }
}
