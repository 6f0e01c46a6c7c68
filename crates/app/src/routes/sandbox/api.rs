//! The sandbox's own API, as a provider's: our gateway calls it over HTTP.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{self, Json};
use hos_domain::kernel::{ErrorKind, Invalid};
use hos_sandbox::{OpenCheckoutBody, OpenedBody};
use hos_usecases::sandbox::{OpenSandboxCheckout, SandboxOrder};
use secrecy::{ExposeSecret, SecretString};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{customer_pages, provider};
use crate::error::ApiError;
use crate::http::{Check, Offered, Parse, Parsed, idempotency_key};

/// The key of the sandbox's API, and where its pages are.
pub(crate) struct SandboxKey {
    pub(crate) key: SecretString,
    pub(crate) pages_url: String,
}

/// This is a provider's API, not ours: it is not part of our document.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/sandbox/v1/checkouts", web::post().to(open_checkout))
        .route("/sandbox/v1/deeds", web::post().to(provider::perform))
        .route("/sandbox/v1/objects/{id}", web::get().to(provider::look))
        .route("/sandbox/v1/previews", web::get().to(provider::preview))
        .route("/sandbox/v1/invoices", web::get().to(provider::list_invoices))
        .route("/sandbox/v1/subscriptions", web::get().to(provider::list_subscriptions))
        .route("/sandbox/v1/portal-visits", web::post().to(provider::visit_portal))
        .route("/sandbox/portal/{id}", web::get().to(customer_pages::show_portal))
        .route("/sandbox/portal/{id}", web::post().to(customer_pages::use_card))
        .route("/sandbox/invoices/{id}", web::get().to(customer_pages::show_invoice))
        .route("/sandbox/invoices/{id}/pdf", web::get().to(customer_pages::get_invoice_pdf));
}

impl Parse for OpenCheckoutBody {
    type Command = SandboxOrder;

    fn parse(self, _: &mut Check) -> Option<SandboxOrder> {
        let Self { user, price, trial_days, success_url, cancel_url } = self;
        Some(SandboxOrder { user, price, trial_days, success_url, cancel_url })
    }
}

async fn open_checkout(
    request: HttpRequest,
    key: Offered<SandboxKey>,
    use_case: Offered<OpenSandboxCheckout>,
    body: Parsed<OpenCheckoutBody>,
) -> Result<Json<OpenedBody>, ApiError> {
    key.admit(&request)?;
    let missing = || ApiError::invalid_field("Idempotency-Key", Invalid::new("required", "This header is required."));
    let once = idempotency_key(&request)?.ok_or_else(missing)?;
    let checkout = use_case.run(&once, body.command).await?;
    let url = format!("{}/sandbox/checkout/{}", key.pages_url, checkout.id);
    Ok(Json(OpenedBody { id: checkout.id, url }))
}

impl SandboxKey {
    pub(super) fn admit(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let expected = format!("Bearer {}", self.key.expose_secret());
        if sent.is_some_and(|sent| hos_local::same_secret(sent, &expected)) {
            return Ok(());
        }
        Err(ApiError::new(ErrorKind::Unauthenticated, "This is not the sandbox's key."))
    }
}
