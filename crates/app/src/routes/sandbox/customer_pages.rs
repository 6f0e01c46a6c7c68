//! The sandbox's pages for customers: their card, and their invoices. A provider's pages, not ours: they are not part of
//! our document.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use hos_domain::kernel::{ErrorKind, IdSource, Invalid, Timestamp};
use hos_domain::sandbox::{Card, SandboxDeed, SandboxQueries, customer_of};
use hos_sandbox::{InvoiceBody, InvoicesBody, pdf};
use hos_usecases::sandbox::PerformInSandbox;
use serde::Deserialize;

use crate::error::ApiError;
use crate::http::{Offered, page};

/// The page on which a customer sees to their card.
#[derive(Template)]
#[template(path = "portal.html")]
struct PortalPage {
    id: String,
    pays: bool,
    back: Option<String>,
    invoices: Vec<InvoiceBody>,
}

/// One invoice.
#[derive(Template)]
#[template(path = "invoice.html")]
struct InvoicePage {
    invoice: InvoiceBody,
    status: &'static str,
    from: String,
    to: String,
}

/// Where the customer came from.
#[derive(Deserialize)]
pub(super) struct BackQuery {
    back: Option<String>,
}

/// Which card.
#[derive(Deserialize)]
pub(super) struct CardForm {
    card: Card,
}

fn unknown() -> ApiError {
    ApiError::new(ErrorKind::NotFound, "There is no such page in the sandbox.")
}

pub(super) async fn show_portal(
    id: Path<String>,
    sandbox: Offered<dyn SandboxQueries>,
    query: Query<BackQuery>,
) -> Result<HttpResponse, ApiError> {
    let customer = sandbox.customer(&id).await?.ok_or_else(unknown)?;
    // Anybody may write a link to this page, so it leads to web pages only.
    let leads_to_a_page = |back: &String| back.starts_with("https://") || back.starts_with("http://");
    let back = query.into_inner().back.filter(leads_to_a_page);
    let invoices = InvoicesBody::of(&customer, "").invoices;
    Ok(page(StatusCode::OK, &PortalPage { id: customer.id, pays: customer.card == Card::Pays, back, invoices }))
}

pub(super) async fn use_card(
    request: HttpRequest,
    id: Path<String>,
    (use_case, ids): (Offered<PerformInSandbox>, Offered<dyn IdSource>),
    form: Result<Form<CardForm>, actix_web::Error>,
) -> Result<HttpResponse, ApiError> {
    let invalid = |_| ApiError::invalid_field("card", Invalid::new("one_of", "This is pays or declines."));
    let card = form.map_err(invalid)?.card;
    let deed = SandboxDeed::UseCard { customer: id.into_inner(), card };
    use_case.run(&ids.uuid().to_string(), &deed).await?;
    let back = (header::LOCATION, request.uri().to_string());
    Ok(HttpResponse::SeeOther().insert_header(back).finish())
}

async fn invoice_page(sandbox: &dyn SandboxQueries, id: &str) -> Result<InvoicePage, ApiError> {
    let customer = sandbox.customer(customer_of(id).ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
    let mut invoices = InvoicesBody::of(&customer, "").invoices.into_iter();
    let invoice = invoices.find(|invoice| invoice.id == id).ok_or_else(unknown)?;
    let day = |at: Timestamp| at.to_chrono().date_naive().to_string();
    let (from, to) = (day(invoice.period.start), day(invoice.period.end));
    let status = if invoice.paid == invoice.total { "Paid" } else { "Open" };
    Ok(InvoicePage { invoice, status, from, to })
}

pub(super) async fn show_invoice(
    id: Path<String>,
    sandbox: Offered<dyn SandboxQueries>,
) -> Result<HttpResponse, ApiError> {
    Ok(page(StatusCode::OK, &invoice_page(&*sandbox, &id).await?))
}

pub(super) async fn get_invoice_pdf(
    id: Path<String>,
    sandbox: Offered<dyn SandboxQueries>,
) -> Result<HttpResponse, ApiError> {
    let InvoicePage { invoice, status, from, to } = invoice_page(&*sandbox, &id).await?;
    let lines = [
        "Sandbox - no money moves".to_owned(),
        format!("Invoice {}", invoice.id),
        format!("{} for {from} to {to}", invoice.total),
        status.to_owned(),
    ];
    Ok(HttpResponse::Ok().content_type("application/pdf").body(pdf(&lines)))
}
