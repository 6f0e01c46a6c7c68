//! No request takes for ever.

use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use hos_domain::kernel::ErrorKind;

use crate::error::ApiError;

const REQUEST: Duration = Duration::from_secs(30);
const UPLOAD: Duration = Duration::from_secs(60);

/// Gives up on a request after 30 seconds, on an upload after 60.
pub(crate) async fn timeout<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let most = if request.path().starts_with("/media/") { UPLOAD } else { REQUEST };
    match tokio::time::timeout(most, next.call(request)).await {
        Ok(answer) => answer,
        Err(_) => Err(ApiError::new(ErrorKind::Unavailable, "The request took too long.").into()),
    }
}
