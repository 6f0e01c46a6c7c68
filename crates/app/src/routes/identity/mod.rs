//! Identity's routes.

mod change_password;
mod log_in;
mod log_out;
mod me;
mod refresh;
mod register;
mod session_body;
mod sessions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(register::register)
        .service(log_in::log_in)
        .service(refresh::refresh)
        .service(log_out::log_out)
        .service(sessions::log_out_everywhere)
        .service(sessions::list_sessions)
        .service(sessions::end_session)
        .service(change_password::change_password)
        .service(me::me)
        .service(me::change_me);
}
