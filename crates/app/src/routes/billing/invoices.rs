//! GET `/billing/invoices` and their PDFs, POST `/billing/portal`.

use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hos_domain::billing::{InvoiceStatus, ProviderInvoice};
use hos_domain::kernel::{Invalid, PageLimit};
use hos_usecases::billing::{InvoiceCursor, VisitProvider};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plans::MoneyBody;
use super::subscribe::return_url;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, ListBody, Parse, Parsed, Queried, ReadBilling, Scoped};

/// Which page of invoices.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InvoicesQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

impl Parse for InvoicesQuery {
    type Command = (PageLimit, Option<InvoiceCursor>);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let cursor = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        Some((limit?.unwrap_or_default(), cursor?))
    }
}

/// A provider's ids are no UUIDs, so its cursors are written in another way than ours.
fn cursor_of(text: &str) -> Result<InvoiceCursor, Invalid> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (customer, after) = text.split_once(':')?;
        let sane = after.len() <= 255 && after.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let after = (!after.is_empty()).then(|| after.to_owned());
        sane.then_some(InvoiceCursor { customer: customer.parse().ok()?, after })
    };
    read().ok_or_else(|| Invalid::new("cursor", "This is not a cursor that this API gave out."))
}

fn cursor_text(cursor: &InvoiceCursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", cursor.customer, cursor.after.as_deref().unwrap_or_default()))
}

/// An invoice.
#[derive(Serialize, ToSchema)]
pub(super) struct InvoiceBody {
    /// The provider's id.
    #[schema(example = "in_1")]
    id: String,
    /// The number printed on it.
    number: Option<String>,
    /// `draft`, `open`, `uncollectible`, `void` or `paid`.
    #[schema(example = "paid")]
    status: &'static str,
    /// What it asks for.
    total: MoneyBody,
    /// How much of that is tax.
    tax: Option<MoneyBody>,
    /// What was paid.
    paid: MoneyBody,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// The time it is for.
    #[schema(format = DateTime)]
    period_start: Option<String>,
    /// Its end.
    #[schema(format = DateTime)]
    period_end: Option<String>,
    /// The payment that paid it; a refund names it.
    payment_id: Option<String>,
    /// The provider's page of it.
    hosted_url: Option<String>,
    /// The provider's PDF of it.
    pdf_url: Option<String>,
}

impl From<ProviderInvoice> for InvoiceBody {
    fn from(invoice: ProviderInvoice) -> Self {
        Self {
            id: invoice.id,
            number: invoice.number,
            status: word(invoice.status),
            total: invoice.total.into(),
            tax: invoice.tax.map(Into::into),
            paid: invoice.paid.into(),
            created_at: invoice.created_at.to_string(),
            period_start: invoice.period.map(|period| period.start.to_string()),
            period_end: invoice.period.map(|period| period.end.to_string()),
            payment_id: invoice.payment,
            hosted_url: invoice.hosted_url,
            pdf_url: invoice.pdf_url,
        }
    }
}

const fn word(status: InvoiceStatus) -> &'static str {
    match status {
        InvoiceStatus::Draft => "draft",
        InvoiceStatus::Open => "open",
        InvoiceStatus::Uncollectible => "uncollectible",
        InvoiceStatus::Void => "void",
        InvoiceStatus::Paid => "paid",
    }
}

/// List my invoices
///
/// As the provider has them, newest first. Nothing of them is kept here.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = []), ("scoped" = ["billing:read"])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100; 20 unless given.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses(
        (status = 200, body = ListBody<InvoiceBody>),
        (status = 502, description = "The provider failed."),
        (status = 504, description = "The provider did not answer."),
    ),
)]
#[get("/billing/invoices")]
pub(super) async fn list_invoices(
    user: Scoped<ReadBilling>,
    query: Queried<InvoicesQuery>,
    use_case: Data<VisitProvider>,
) -> Result<Json<ListBody<InvoiceBody>>, ApiError> {
    let (limit, cursor) = query.0;
    let most = u8::try_from(limit.get()).unwrap_or(u8::MAX);
    let (invoices, next) = use_case.invoices(user.user, cursor, most).await?;
    let items = invoices.into_iter().map(Into::into).collect();
    Ok(Json(ListBody { items, next_cursor: next.as_ref().map(cursor_text) }))
}

/// Get the PDF of an invoice
///
/// Leads to where the provider keeps it.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = []), ("scoped" = ["billing:read"])),
    params(("id" = String, Path, description = "The provider's id.")),
    responses(
        (status = 303, description = "`Location` is the PDF."),
        (status = 404, description = "There is no such invoice of mine, or no PDF of it (`INVOICE_HAS_NO_PDF`)."),
        (status = 502, description = "The provider failed."),
        (status = 504, description = "The provider did not answer."),
    ),
)]
#[get("/billing/invoices/{id}/pdf")]
pub(super) async fn get_invoice_pdf(
    user: Scoped<ReadBilling>,
    id: Path<String>,
    use_case: Data<VisitProvider>,
) -> Result<HttpResponse, ApiError> {
    let url = use_case.pdf(user.user, &id).await?;
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, url)).finish())
}

/// A visit to the provider's page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PortalBody {
    /// Where to come back to.
    #[schema(example = "https://app.example.com/settings")]
    return_url: Option<String>,
}

impl Parse for PortalBody {
    type Command = Option<String>;

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        check.optional("return_url", self.return_url, return_url)
    }
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub(super) struct PortalLinkBody {
    /// For me only, and for minutes.
    url: String,
}

/// Visit the provider's page for my cards and addresses
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body open the same visit.")),
    request_body = PortalBody,
    responses(
        (status = 200, body = PortalLinkBody),
        (status = 404, description = "I have never paid anywhere: `NO_CUSTOMER`."),
        (status = 422, description = "The provider has no such page: `PROVIDER_UNSUPPORTED`."),
        (status = 502, description = "The provider failed."),
        (status = 504, description = "The provider did not answer."),
    )
)]
#[post("/billing/portal")]
pub(super) async fn visit_portal(
    user: CurrentUser,
    body: Parsed<PortalBody>,
    use_case: Data<VisitProvider>,
) -> Result<Json<PortalLinkBody>, ApiError> {
    let once = body.once(user.user)?;
    let url = use_case.portal(user.user, body.command, once.as_ref()).await?;
    Ok(Json(PortalLinkBody { url }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_trip_and_a_tampered_one_is_refused() {
        for after in [None, Some("in_1".to_owned())] {
            let cursor = InvoiceCursor { customer: 1, after };
            assert_eq!(cursor_of(&cursor_text(&cursor)), Ok(cursor));
        }
        for tampered in ["", "AAAA", "x", "MDppbl8xJmE", "OmluXzE"] {
            assert_eq!(cursor_of(tampered).unwrap_err().constraint, "cursor", "{tampered}");
        }
    }
}
