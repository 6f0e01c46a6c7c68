//! Identity's routes.

mod admin_users;
mod api_keys;
mod be_anonymous;
mod change_email;
mod change_password;
mod csrf;
mod delete_account;
mod device_answer;
mod device_code;
mod device_page;
mod impersonate;
mod log_in;
mod log_out;
mod me;
mod me_v2;
mod merge;
mod organizations;
mod passkeys;
mod password_page;
mod refresh;
mod register;
mod reset_password;
mod second_factor;
mod session_answer;
mod session_body;
mod sessions;
mod sign_in_with;
mod verify_email;

pub(crate) use device_page::DEVICE_PAGE;
pub(crate) use organizations::INVITATION_PAGE;
pub(crate) use password_page::PASSWORD_PAGE;
pub(crate) use session_answer::{BROWSER_JSON, BrowserSessionBody};
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(register::register)
        .service(verify_email::verify_email)
        .service(verify_email::resend_code)
        .service(reset_password::forgot_password)
        .service(reset_password::reset_password)
        .service(log_in::log_in)
        .service(refresh::refresh)
        .service(csrf::show_csrf_token)
        .service(log_out::log_out)
        .service(sessions::log_out_everywhere)
        .service(sessions::list_sessions)
        .service(sessions::end_session)
        .service(change_password::change_password)
        .service(be_anonymous::be_anonymous)
        .service(be_anonymous::upgrade)
        .service(merge::merge)
        .service(sign_in_with::make_nonce)
        .service(sign_in_with::sign_in_with)
        .service(sign_in_with::link_identity)
        .service(sign_in_with::unlink_identity)
        .service(sign_in_with::take_apple_notice)
        .service(second_factor::read_totp)
        .service(second_factor::begin_totp)
        .service(second_factor::confirm_totp)
        .service(second_factor::draw_recovery_codes)
        .service(second_factor::remove_totp)
        .service(passkeys::list_passkeys)
        .service(passkeys::begin_passkey)
        .service(passkeys::finish_passkey)
        .service(passkeys::remove_passkey)
        .service(passkeys::begin_passkey_login)
        .service(passkeys::finish_passkey_login)
        .service(change_email::step_up)
        .service(change_email::change_email)
        .service(change_email::confirm_email)
        .service(delete_account::delete_me)
        .service(delete_account::restore_account)
        .service(api_keys::make_api_key)
        .service(api_keys::list_api_keys)
        .service(api_keys::read_api_key)
        .service(api_keys::revoke_api_key)
        .service(device_code::ask_for_device)
        .service(device_code::redeem_device_code)
        .service(device_answer::look_up_device)
        .service(device_answer::approve_device)
        .service(device_answer::deny_device)
        .service(admin_users::list_users)
        .service(admin_users::read_user)
        .service(admin_users::suspend_user)
        .service(admin_users::reactivate_user)
        .service(admin_users::edit_user)
        .service(impersonate::impersonate)
        .service(me::me)
        .service(me::change_me)
        .configure(organizations::routes);
}

/// What version 2 answers in another shape.
pub(super) fn version_2(config: &mut ServiceConfig) {
    config.service(me_v2::me_v2).service(me_v2::change_me_v2);
}

/// Pages for people that are no part of the API.
pub(super) fn at_root(config: &mut ServiceConfig) {
    password_page::routes(config);
    device_page::routes(config);
    organizations::at_root(config);
}
