//! Messaging's routes.

mod devices;
mod outbox_page;
mod preferences;

pub(in crate::routes) use outbox_page::wants_html;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(devices::register_device)
        .service(devices::remove_device)
        .service(devices::list_devices)
        .service(preferences::read_preferences)
        .service(preferences::change_preferences);
}

pub(super) fn at_root(config: &mut ServiceConfig) {
    config.service(outbox_page::show_outbox);
}
