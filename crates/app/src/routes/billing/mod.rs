//! Billing's routes.

mod books;
mod explain;
mod offline_token;
mod plans;
mod subscribe;
mod subscription;
mod timeline;
mod webhooks;

pub(crate) use offline_token::PublishedKeys;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(plans::list_plans)
        .service(subscribe::subscribe)
        .service(subscription::read_subscription)
        .service(offline_token::issue_offline_token)
        .service(explain::explain_entitlement)
        .service(timeline::read_timeline)
        .service(webhooks::receive_webhook)
        .service(books::read_balances)
        .service(books::list_journal);
}

pub(super) fn at_root(config: &mut ServiceConfig) {
    config.service(offline_token::read_jwks);
}
