//! POST `/webhooks/{provider}`.

use actix_web::dev::Payload;
use actix_web::web::{Data, Json, Path};
use actix_web::{FromRequest, HttpRequest, post};
use futures_util::future::LocalBoxFuture;
use hos_domain::billing::{IncomingWebhook, Provider};
use hos_domain::identity::IdentitySystem;
use hos_domain::kernel::ErrorKind;
use hos_usecases::billing::ReceiveWebhook;
use hos_usecases::identity::ReceiveNews;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{FromClient, RateGate, read};

/// No event of any provider is larger.
const WEBHOOK_LIMIT: usize = 1024 * 1024;

/// A webhook as it came.
pub(super) struct Raw(IncomingWebhook);

impl FromRequest for Raw {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, &mut payload, WEBHOOK_LIMIT).await?.to_vec();
            let headers = request.headers().iter();
            // A header that is no text can't be a signature of anybody.
            let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
            Ok(Self(IncomingWebhook { headers: headers.collect(), body }))
        })
    }
}

/// The event is kept.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceivedBody {
    /// Always true.
    received: bool,
}

/// Receive a provider's webhook
///
/// The signature is checked over the exact bytes, the event stored, then answered; everything else is a job's. A duplicate
/// is answered as the first was.
#[utoipa::path(
    tag = "billing",
    params((
        "provider" = String, Path, description = "`stripe`, `razorpay` or `sandbox`; `clerk` or `supabase` about users.",
        example = "stripe"
    )),
    request_body(content = Object, description = "What the provider sends."),
    responses(
        (status = 200, body = ReceivedBody),
        (status = 404, description = "There is no such endpoint."),
        (status = 422, description = "The signature is missing, wrong or old, or the body is no event."),
        (status = 503, description = "No secret is configured for this provider, or the database is away."),
    )
)]
#[post("/webhooks/{provider}")]
pub(super) async fn receive_webhook(
    provider: Path<String>,
    (webhook, client): (Raw, FromClient),
    gate: Data<RateGate>,
    (payments, users): (Data<ReceiveWebhook>, Data<ReceiveNews>),
) -> Result<Json<ReceivedBody>, ApiError> {
    let (name, outcome) = match (Provider::from_name(&provider), IdentitySystem::from_name(&provider)) {
        (Some(provider), _) => (provider.name(), payments.run(provider, webhook.0).await.map_err(ApiError::from)),
        (_, Some(system)) => (system.name(), users.run(system, webhook.0).await.map_err(ApiError::from)),
        _ => return Err(ApiError::new(ErrorKind::NotFound, "There is no webhook endpoint of this name.")),
    };
    let word = if outcome.is_ok() { "received" } else { "refused" };
    metrics::counter!("webhooks_total", "provider" => name, "outcome" => word).increment(1);
    if let Err(refused) = outcome {
        gate.admit_webhook_failure(&client.0).await?;
        return Err(refused);
    }
    Ok(Json(ReceivedBody { received: true }))
}
