//! The sandbox's own API beyond checkouts: the verbs of a subscription, refunds, invoices, the page for customers.

use actix_web::HttpRequest;
use actix_web::web::{Json, Path, Query};
use hos_domain::kernel::{ErrorKind, Invalid, Timestamp};
use hos_domain::sandbox::{SandboxDeed, SandboxQueries};
use hos_sandbox::{InvoicesBody, OpenPortalBody, OpenedBody, PageBody, PreviewBody, SaidBody};
use hos_usecases::sandbox::PerformInSandbox;
use serde::Deserialize;

use super::api::SandboxKey;
use crate::error::ApiError;
use crate::http::{Check, Offered, Parse, Parsed, idempotency_key};

/// How many customers a page tells of.
const PAGE: u64 = 100;

impl Parse for SandboxDeed {
    type Command = Self;

    fn parse(self, _: &mut Check) -> Option<Self> {
        Some(self)
    }
}

impl Parse for OpenPortalBody {
    type Command = Self;

    fn parse(self, _: &mut Check) -> Option<Self> {
        Some(self)
    }
}

pub(super) async fn perform(
    request: HttpRequest,
    key: Offered<SandboxKey>,
    use_case: Offered<PerformInSandbox>,
    body: Parsed<SandboxDeed>,
) -> Result<Json<SaidBody>, ApiError> {
    key.admit(&request)?;
    let missing = || ApiError::invalid_field("Idempotency-Key", Invalid::new("required", "This header is required."));
    let once = idempotency_key(&request)?.ok_or_else(missing)?;
    Ok(Json(use_case.run(&once, &body.command).await?.into()))
}

pub(super) async fn look(
    request: HttpRequest,
    key: Offered<SandboxKey>,
    use_case: Offered<PerformInSandbox>,
    id: Path<String>,
) -> Result<Json<SaidBody>, ApiError> {
    key.admit(&request)?;
    Ok(Json(use_case.look(&id).await?.into()))
}

/// A change that is only asked about.
#[derive(Deserialize)]
pub(super) struct PreviewQuery {
    subscription: String,
    price: String,
}

pub(super) async fn preview(
    request: HttpRequest,
    key: Offered<SandboxKey>,
    use_case: Offered<PerformInSandbox>,
    query: Query<PreviewQuery>,
) -> Result<Json<PreviewBody>, ApiError> {
    key.admit(&request)?;
    Ok(Json(use_case.preview(&query.subscription, &query.price).await?.into()))
}

/// Whose invoices.
#[derive(Deserialize)]
pub(super) struct CustomerQuery {
    customer: String,
}

pub(super) async fn list_invoices(
    request: HttpRequest,
    key: Offered<SandboxKey>,
    sandbox: Offered<dyn SandboxQueries>,
    query: Query<CustomerQuery>,
) -> Result<Json<InvoicesBody>, ApiError> {
    key.admit(&request)?;
    let customer = sandbox.customer(&query.customer).await?.ok_or_else(unknown)?;
    Ok(Json(InvoicesBody::of(&customer, &key.pages_url)))
}

/// Which subscriptions.
#[derive(Deserialize)]
pub(super) struct RecentQuery {
    since: String,
    after: Option<String>,
}

pub(super) async fn list_subscriptions(
    request: HttpRequest,
    (key, sandbox): (Offered<SandboxKey>, Offered<dyn SandboxQueries>),
    use_case: Offered<PerformInSandbox>,
    query: Query<RecentQuery>,
) -> Result<Json<PageBody>, ApiError> {
    key.admit(&request)?;
    let since = Timestamp::parse(&query.since).map_err(|invalid| ApiError::invalid_field("since", invalid))?;
    let customers = sandbox.customers(query.after.as_deref(), PAGE).await?;
    let next = customers.last().filter(|_| customers.len() as u64 == PAGE).map(|last| last.id.clone());
    let events = customers.iter().flat_map(|customer| use_case.subscriptions_since(customer, since));
    Ok(Json(PageBody { events: events.map(|event| event.body).collect(), next }))
}

pub(super) async fn visit_portal(
    request: HttpRequest,
    (key, sandbox): (Offered<SandboxKey>, Offered<dyn SandboxQueries>),
    body: Parsed<OpenPortalBody>,
) -> Result<Json<OpenedBody>, ApiError> {
    key.admit(&request)?;
    let customer = sandbox.customer(&body.command.customer).await?.ok_or_else(unknown)?;
    let back = form_urlencoded::Serializer::new(String::new()).append_pair("back", &body.command.return_url).finish();
    let url = format!("{}/sandbox/portal/{}?{back}", key.pages_url, customer.id);
    Ok(Json(OpenedBody { id: customer.id, url }))
}

fn unknown() -> ApiError {
    ApiError::new(ErrorKind::NotFound, "There is no such customer.")
}
