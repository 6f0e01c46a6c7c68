//! The interactive page over the OpenAPI document. Everything it loads is in the binary.

use std::sync::{Arc, LazyLock};

use actix_web::http::header;
use actix_web::web::{self, Path};
use actix_web::{HttpResponse, ResponseError};
use hos_domain::kernel::ErrorKind;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::Config;

use crate::error::ApiError;

/// Swagger UI styles its elements inline; scripts come from us alone.
const POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/api/v1/openapi.json").try_it_out_enabled(true).persist_authorization(true);
    Arc::new(config.use_base_layout())
});

/// Serves the page at `docs/` below the API's own path.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.route("/docs", web::get().to(to_the_page)).route("/docs/{file:.*}", web::get().to(docs_page));
}

async fn to_the_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/api/v1/docs/")).finish()
}

async fn docs_page(file: Path<String>) -> HttpResponse {
    match utoipa_swagger_ui::serve(&file, Arc::clone(&CONFIG)) {
        Ok(Some(file)) => {
            let mut response = HttpResponse::Ok();
            if file.gzpipped {
                response.insert_header((header::CONTENT_ENCODING, "gzip"));
            }
            response.insert_header((header::CONTENT_SECURITY_POLICY, POLICY)).content_type(file.content_type);
            response.body(file.bytes.into_owned())
        }
        Ok(None) => ApiError::new(ErrorKind::NotFound, "There is nothing here.").error_response(),
        Err(_) => ApiError::new(ErrorKind::Internal, "The page can't be shown.").error_response(),
    }
}
