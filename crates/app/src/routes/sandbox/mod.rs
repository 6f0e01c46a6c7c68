//! The sandbox's routes: its little API, its pages, its clock. Only with `DEBUG`.

mod api;
mod checkout_page;
mod clock;
mod customer_pages;
mod provider;

pub(crate) use api::SandboxKey;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn at_root(config: &mut ServiceConfig) {
    config
        .service(checkout_page::show_checkout)
        .service(checkout_page::decide_checkout)
        .service(clock::read_clock)
        .service(clock::advance_clock)
        .configure(api::routes);
}
