//! Billing's routes.

mod books;
mod change;
mod explain;
mod invoices;
mod offline_token;
mod plans;
mod refunds;
mod steering;
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
        .service(change::preview_change)
        .service(change::change_plan)
        .service(steering::cancel_subscription)
        .service(steering::resume_subscription)
        .service(steering::pause_subscription)
        .service(invoices::visit_portal)
        .service(invoices::list_invoices)
        .service(invoices::get_invoice_pdf)
        .service(refunds::get_refund)
        .service(refunds::give_refund)
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
