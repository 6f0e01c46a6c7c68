//! Every route, grouped by context. One file per resource or action holds its DTOs, its part of the document and its
//! handlers.

mod aliases;
mod billing;
mod deprecations;
mod health;
mod home;
mod identity;
mod media;
mod messaging;
mod metrics;
mod not_found;
mod platform;
mod sandbox;
mod versions;

pub(crate) use aliases::{document_aliases, follow_aliases};
pub(crate) use billing::PublishedKeys;
pub(crate) use deprecations::{announce_end, document_deprecations};
pub(crate) use identity::{BROWSER_JSON, BrowserSessionBody, DEVICE_PAGE, INVITATION_PAGE, PASSWORD_PAGE};
pub(crate) use metrics::MetricsDoor;
pub(crate) use not_found::not_found;
pub(crate) use sandbox::SandboxKey;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;
pub(crate) use versions::choose_version;

use crate::docs_page;
use crate::openapi::openapi_json;

/// Adds every route to a server, and to the document.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .configure(home::routes)
        .configure(health::routes)
        .configure(metrics::routes)
        .configure(identity::at_root)
        .configure(billing::at_root)
        .configure(media::at_root)
        .configure(messaging::at_root)
        .configure(sandbox::at_root)
        .service(scope("/api/v1").configure(version_1))
        .service(scope("/api/v2").configure(identity::version_2));
}

fn version_1(config: &mut ServiceConfig) {
    config
        .service(openapi_json)
        .configure(docs_page::routes)
        .configure(identity::routes)
        .configure(billing::routes)
        .configure(messaging::routes)
        .configure(media::routes)
        .configure(platform::routes);
}
