//! Identity's routes.

mod log_in;
mod log_out;
mod me;
mod refresh;
mod register;
mod session_body;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(register::register)
        .service(log_in::log_in)
        .service(refresh::refresh)
        .service(log_out::log_out)
        .service(me::me);
}
