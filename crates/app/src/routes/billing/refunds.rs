//! POST `/billing/refunds`, and the same for who administers.

use actix_web::post;
use actix_web::web::Data;
use hos_domain::billing::{RefundReason, RefundStatus};
use hos_domain::identity::User;
use hos_domain::kernel::{Currency, Invalid, Money};
use hos_usecases::billing::{GiveRefund, GivenRefund, RefundWish, RefundedBy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plans::MoneyBody;
use super::steering::note;
use crate::error::ApiError;
use crate::http::{Admin, Check, Created, CurrentUser, GiveRefunds, Parse, Parsed, PathId};

/// What is to be given back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundBody {
    /// The `payment_id` of an invoice.
    #[schema(example = "pi_1", max_length = 255)]
    payment_id: String,
    /// How much; as much as may be unless given.
    amount: Option<AmountBody>,
    /// `requested_by_customer`, `duplicate`, `fraudulent`, or one's own words.
    #[schema(example = "requested_by_customer", min_length = 1, max_length = 500)]
    reason: String,
}

/// An amount of money.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AmountBody {
    /// Whole minor units of the currency.
    #[schema(example = 999, minimum = 1)]
    amount_minor: i64,
    /// ISO 4217; the payment's.
    #[schema(example = "USD")]
    currency: String,
}

impl AmountBody {
    fn parse(self) -> Result<Money, Invalid> {
        if self.amount_minor < 1 {
            return Err(Invalid::new("range", "This is at least one minor unit."));
        }
        Ok(Money::new(self.amount_minor, Currency::parse(&self.currency)?))
    }
}

fn payment_id(text: &str) -> Result<String, Invalid> {
    let sane = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if sane { Ok(text.to_owned()) } else { Err(Invalid::new("payment_id", "This is no id of a payment.")) }
}

impl Parse for RefundBody {
    type Command = RefundWish;

    fn parse(self, check: &mut Check) -> Option<RefundWish> {
        let payment = check.field("payment_id", payment_id(&self.payment_id));
        let amount = check.optional("amount", self.amount, AmountBody::parse);
        let known = RefundReason::from_name(&self.reason);
        let note = check.field("reason", note(&self.reason));
        let reason = known.unwrap_or(RefundReason::RequestedByCustomer);
        Some(RefundWish { payment: payment?, amount: amount?, reason, note: note? })
    }
}

/// Money that was given back.
#[derive(Serialize, ToSchema)]
pub(super) struct RefundedBody {
    /// The provider's id of it.
    #[schema(example = "re_1")]
    id: String,
    /// Of which payment.
    payment_id: String,
    /// How much.
    amount: MoneyBody,
    /// `pending` or `succeeded`; may come back later.
    #[schema(example = "succeeded")]
    status: &'static str,
    /// It was the rest of the payment, so the subscription will not renew.
    in_full: bool,
    /// When it was asked for.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<GivenRefund> for RefundedBody {
    fn from(given: GivenRefund) -> Self {
        let status = match given.status {
            RefundStatus::Pending => "pending",
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
        };
        Self {
            id: given.id,
            payment_id: given.payment,
            amount: given.amount.into(),
            status,
            in_full: given.in_full,
            created_at: given.created_at.to_string(),
        }
    }
}

/// Get money back
///
/// As much as the operator's policy allows, for as long as it allows: unless it is changed, all of a payment within 14
/// days. What was given back in full will not renew. The key never expires.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give money back once, for ever.")),
    request_body = RefundBody,
    responses(
        (status = 201, body = RefundedBody),
        (status = 403, description = "It is too late to do it oneself: `REFUND_WINDOW_OVER`."),
        (status = 404, description = "I have made no such payment: `PAYMENT_NOT_FOUND`."),
        (status = 409, description = "It was given back (`ALREADY_REFUNDED`), is disputed (`PAYMENT_DISPUTED`), or another refund of it is under way."),
        (status = 422, description = "That is too much, or in another currency: `REFUND_TOO_LARGE`."),
        (status = 502, description = "The provider failed; send the same key again."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/billing/refunds")]
pub(super) async fn get_refund(
    user: CurrentUser,
    body: Parsed<RefundBody>,
    use_case: Data<GiveRefund>,
) -> Result<Created<RefundedBody>, ApiError> {
    let once = body.once(user.user)?;
    let given = use_case.run(user.user, &body.command, RefundedBy::Payer, once).await?;
    Ok(Created(given.into()))
}

/// Give a member money back
///
/// Whatever is left of the payment, whenever it was made. The key never expires.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_refund",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path, description = "The member."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body give money back once, for ever."),
    ),
    request_body = RefundBody,
    responses(
        (status = 201, body = RefundedBody),
        (status = 404, description = "The member has made no such payment: `PAYMENT_NOT_FOUND`."),
        (status = 409, description = "It was given back (`ALREADY_REFUNDED`), is disputed (`PAYMENT_DISPUTED`), or another refund of it is under way."),
        (status = 422, description = "That is more than is left, or in another currency: `REFUND_TOO_LARGE`."),
        (status = 502, description = "The provider failed; send the same key again."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/admin/users/{id}/refunds")]
pub(super) async fn give_refund(
    admin: Admin<GiveRefunds>,
    id: PathId<User>,
    body: Parsed<RefundBody>,
    use_case: Data<GiveRefund>,
) -> Result<Created<RefundedBody>, ApiError> {
    let by = admin.administrator.user;
    let once = body.once(by.map_or_else(String::new, |by| by.to_string()))?;
    let given = use_case.run(id.0, &body.command, RefundedBy::Administrator(by), once).await?;
    Ok(Created(given.into()))
}
