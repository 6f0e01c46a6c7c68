//! Every route, grouped by context. One file per resource or action holds its DTOs, its part of the document and its
//! handlers.

mod health;
mod identity;
mod metrics;
mod not_found;
mod platform;

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::docs_page;
use crate::openapi::openapi_json;

pub(crate) use metrics::MetricsDoor;
pub(crate) use not_found::not_found;

/// Adds every route to a server, and to the document.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config.configure(health::at_root).configure(metrics::routes).service(scope("/api/v1").configure(version_1));
}

fn version_1(config: &mut ServiceConfig) {
    config
        .service(openapi_json)
        .configure(docs_page::routes)
        .configure(health::under_api)
        .configure(identity::routes)
        .configure(platform::routes);
}
