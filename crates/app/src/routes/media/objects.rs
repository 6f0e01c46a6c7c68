//! `/media/…`: the signed URLs of files on disk. With a bucket they lead there instead, and these routes are not there.

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use hos_domain::kernel::{Clock, ErrorKind};
use hos_domain::media::{LARGEST_IMAGE, ObjectKey};
use hos_object_store::{DiskStore, Refused};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::ApiError;
use crate::http::{Offered, read};

/// Clients never build these URLs, so they are not part of the API's document.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/media/{key:.*}", web::put().to(put_object)).route("/media/{key:.*}", web::get().to(get_object));
}

#[derive(Deserialize)]
struct Signed {
    expires: i64,
    signature: String,
    bytes: Option<u64>,
}

impl Signed {
    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        serde_urlencoded::from_str(request.query_string()).map_err(|_| refused(Refused::Signature))
    }
}

fn key_of(path: &str) -> Result<ObjectKey, ApiError> {
    ObjectKey::parse(path).map_err(|_| refused(Refused::NotFound))
}

fn refused(why: Refused) -> ApiError {
    let message = crate::error::sentence(&why.to_string());
    match why {
        Refused::Signature | Refused::Expired => ApiError::new(ErrorKind::Forbidden, message),
        Refused::Size => ApiError::new(ErrorKind::Invalid, message),
        Refused::Exists => ApiError::http(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", message),
        Refused::NotFound => ApiError::new(ErrorKind::NotFound, message),
        Refused::Failed => ApiError::new(ErrorKind::Unavailable, message),
    }
}

/// Nothing is read before the signature is right.
async fn put_object(
    request: HttpRequest,
    payload: web::Payload,
    path: Path<String>,
    store: Offered<DiskStore>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, ApiError> {
    let (key, signed) = (key_of(&path)?, Signed::of(&request)?);
    let content_type = request.content_type().to_owned();
    let permit = (signed.expires, signed.signature.as_str());
    store.admit_upload(&key, &content_type, signed.bytes, permit, clock.now()).await.map_err(refused)?;
    let most = usize::try_from(LARGEST_IMAGE).unwrap_or(usize::MAX);
    let bytes = read(&request, &mut payload.into_inner(), most).await?;
    store.accept_upload(&key, &content_type, signed.bytes, bytes.to_vec()).await.map_err(refused)?;
    Ok(HttpResponse::Ok().finish())
}

/// Photos are private: nobody on the way may keep them, and no browser may take them for anything else.
async fn get_object(
    request: HttpRequest,
    path: Path<String>,
    store: Offered<DiskStore>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, ApiError> {
    let (key, signed) = (key_of(&path)?, Signed::of(&request)?);
    let permit = (signed.expires, signed.signature.as_str());
    let (bytes, content_type) = store.open_read(&key, permit, clock.now()).await.map_err(refused)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, max-age=900"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .content_type(content_type)
        .body(bytes))
}
