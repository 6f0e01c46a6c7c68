//! `/sandbox/checkout/{id}`: the page on which a pretended payer decides.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Form, Json, Path};
use actix_web::{Either, HttpRequest, HttpResponse, get, post};
use askama::Template;
use hos_domain::billing::Interval;
use hos_domain::kernel::{ErrorKind, Invalid};
use hos_domain::sandbox::{CheckoutOutcome, SandboxCheckout, SandboxCheckoutState, SandboxQueries};
use hos_usecases::sandbox::DecideCheckout;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Offered, page};
use crate::routes::messaging::wants_html;

/// The page itself; also what it says to scripts.
#[derive(Template)]
#[template(path = "checkout.html")]
struct CheckoutPage {
    id: String,
    title: String,
    amount: String,
    interval: &'static str,
    trial_days: u32,
    state: &'static str,
    declined: bool,
    success_url: String,
    cancel_url: String,
}

impl CheckoutPage {
    fn of(checkout: SandboxCheckout, declined: bool) -> Self {
        Self {
            id: checkout.id,
            title: checkout.title,
            amount: checkout.amount.to_string(),
            interval: match checkout.interval {
                Interval::Month => "per month",
                Interval::Year => "per year",
            },
            trial_days: checkout.trial_days,
            state: word(checkout.state),
            declined,
            success_url: checkout.success_url,
            cancel_url: checkout.cancel_url,
        }
    }
}

const fn word(state: SandboxCheckoutState) -> &'static str {
    match state {
        SandboxCheckoutState::Open => "open",
        SandboxCheckoutState::Challenged => "challenged",
        SandboxCheckoutState::Paid => "paid",
        SandboxCheckoutState::Abandoned => "abandoned",
    }
}

/// Pay in the sandbox
///
/// Exists only with `DEBUG=true`. A page whose form posts to its own address.
#[utoipa::path(
    tag = "sandbox",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 404, description = "There is no such checkout, or development mode is off."),
    ),
)]
#[get("/sandbox/checkout/{id}")]
pub(super) async fn show_checkout(
    id: Path<String>,
    sandbox: Offered<dyn SandboxQueries>,
) -> Result<HttpResponse, ApiError> {
    let checkout = sandbox.checkout(&id).await?;
    let checkout = checkout.ok_or_else(|| ApiError::new(ErrorKind::NotFound, "There is no such checkout."))?;
    Ok(page(StatusCode::OK, &CheckoutPage::of(checkout, false)))
}

/// What the payer does.
#[derive(Deserialize, ToSchema)]
pub(super) struct OutcomeForm {
    /// `pay`, `decline`, `challenge` (3-D Secure; then `pay` passes it and `decline` fails it) or `abandon`.
    #[schema(example = "pay")]
    outcome: String,
}

/// How it came out.
#[derive(Serialize, ToSchema)]
pub(super) struct DecidedBody {
    /// `open`, `challenged`, `paid` or `abandoned`.
    #[schema(example = "paid")]
    state: &'static str,
    /// The card was declined; the payer may try again.
    declined: bool,
}

/// Decide a checkout in the sandbox
///
/// Exists only with `DEBUG=true`. What follows is sent as webhooks, over real HTTP.
#[utoipa::path(
    tag = "sandbox",
    params(("id" = String, Path)),
    request_body(content = OutcomeForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Where it stands.", content((DecidedBody = "application/json"), (String = "text/html"))),
        (status = 303, description = "To the same page, for a browser."),
        (status = 404, description = "There is no such checkout, or development mode is off."),
        (status = 409, description = "It is decided already."),
    )
)]
#[post("/sandbox/checkout/{id}")]
pub(super) async fn decide_checkout(
    request: HttpRequest,
    id: Path<String>,
    use_case: Offered<DecideCheckout>,
    form: Result<Form<OutcomeForm>, actix_web::Error>,
) -> Result<Either<HttpResponse, Json<DecidedBody>>, ApiError> {
    let invalid = || Invalid::new("one_of", "This is pay, decline, challenge or abandon.");
    let outcome = form.ok().and_then(|form| CheckoutOutcome::from_word(&form.outcome));
    let outcome = outcome.ok_or_else(|| ApiError::invalid_field("outcome", invalid()))?;
    let decided = use_case.run(&id, outcome).await?;
    if !wants_html(&request) {
        let body = DecidedBody { state: word(decided.checkout.state), declined: decided.declined };
        return Ok(Either::Right(Json(body)));
    }
    if decided.declined {
        return Ok(Either::Left(page(StatusCode::OK, &CheckoutPage::of(decided.checkout, true))));
    }
    // Loading the page again must not decide again.
    let back = (header::LOCATION, request.path().to_owned());
    Ok(Either::Left(HttpResponse::SeeOther().insert_header(back).finish()))
}
