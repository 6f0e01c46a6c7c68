//! The page on which a user types the code that a device shows, reads who asks for what, and says yes or no.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Query};
use askama::Template;
use hos_domain::identity::{Client, DeviceGrant, Password, Scopes, UserCode};
use hos_domain::kernel::{Email, ErrorKind, Failure};
use hos_usecases::identity::{
    AnswerDevice, AnswerDeviceError, ApproveDeviceError, ApproveWithPassword, Guesser, LogInError, LoginAttempt,
    SecondFactor,
};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{ApiError, sentence};
use crate::http::{FromClient, page};

/// Where the page is.
pub(crate) const DEVICE_PAGE: &str = "/device";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route(DEVICE_PAGE, web::get().to(show)).route(DEVICE_PAGE, web::post().to(submit));
}

/// What the page shows: a field for the code, the question, or what came of it.
#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'a> {
    fault: Option<String>,
    asks: Option<Question<'a>>,
    outcome: Option<bool>,
    client_name: &'a str,
}

/// What a user is asked.
struct Question<'a> {
    /// As the device shows it, however it was typed.
    user_code: String,
    scopes: Scopes,
    email: &'a str,
    /// Whether the login wants the code that was mailed.
    mailed_code: bool,
    /// Whether it wants one of the authenticator app.
    totp: bool,
}

#[derive(Deserialize)]
struct Link {
    user_code: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    user_code: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    totp: String,
    decision: Decision,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Deny,
}

async fn show(client: FromClient, link: Query<Link>, devices: Data<AnswerDevice>) -> Result<HttpResponse, ApiError> {
    let Some(user_code) = &link.user_code else {
        return Ok(page(StatusCode::OK, &code_field(None)));
    };
    match devices.look_up(user_code, Guesser::visitor(&client.0)).await {
        Ok(grant) => Ok(page(StatusCode::OK, &question(&grant, (user_code, ""), None, None))),
        Err(error) => refused(error),
    }
}

async fn submit(
    client: FromClient,
    form: Form<Answer>,
    devices: Data<AnswerDevice>,
    approve: Data<ApproveWithPassword>,
) -> Result<HttpResponse, ApiError> {
    let guesser = Guesser::visitor(&client.0);
    if form.decision == Decision::Deny {
        return match devices.deny(&form.user_code, guesser).await {
            Ok(grant) => Ok(page(StatusCode::OK, &outcome(&grant, false))),
            Err(error) => refused(error),
        };
    }
    match attempt(&form, &approve, client.0).await {
        Ok(grant) => Ok(page(StatusCode::OK, &outcome(&grant, true))),
        Err(ApproveDeviceError::Device(error)) => refused(error),
        Err(ApproveDeviceError::LogIn(error)) => ask_again(&form, &error, &devices, guesser).await,
        Err(ApproveDeviceError::Storage(error)) => Err(error.into()),
    }
}

/// An address that is none is a wrong login like any other.
async fn attempt(
    form: &Answer,
    approve: &ApproveWithPassword,
    client: Client,
) -> Result<DeviceGrant, ApproveDeviceError> {
    let email = Email::parse(&form.email).map_err(|_| LogInError::WrongCredentials)?;
    let filled = |field: &str| Some(field.trim().to_owned()).filter(|text| !text.is_empty());
    let second_factor = SecondFactor { totp: filled(&form.totp), recovery_code: None };
    let (password, code) = (Password::attempt(&form.password), filled(&form.code));
    let attempt = LoginAttempt { email, password, code, second_factor, device_token: None };
    approve.run(&form.user_code, attempt, client).await
}

/// The question once more, with what the login says.
async fn ask_again(
    form: &Answer,
    error: &LogInError,
    devices: &AnswerDevice,
    guesser: Guesser,
) -> Result<HttpResponse, ApiError> {
    match devices.look_up(&form.user_code, guesser).await {
        Ok(grant) => {
            let fault = Some(sentence(&error.to_string()));
            let again = question(&grant, (&form.user_code, &form.email), fault, Some(error));
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => refused(error),
    }
}

/// The field for the code once more, unless the fault is ours.
fn refused(error: AnswerDeviceError) -> Result<HttpResponse, ApiError> {
    let status = match error.kind() {
        ErrorKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => return Err(error.into()),
    };
    Ok(page(status, &code_field(Some(sentence(&error.to_string())))))
}

fn code_field(fault: Option<String>) -> DevicePage<'static> {
    DevicePage { fault, asks: None, outcome: None, client_name: "" }
}

fn question<'a>(
    grant: &'a DeviceGrant,
    (typed, email): (&str, &'a str),
    fault: Option<String>,
    refusal: Option<&LogInError>,
) -> DevicePage<'a> {
    let user_code = UserCode::parse(typed).map(|code| code.shown()).unwrap_or_default();
    let mailed_code = matches!(refusal, Some(LogInError::CodeNeeded));
    let totp = matches!(refusal, Some(LogInError::FactorNeeded));
    let asks = Question { user_code, scopes: grant.scopes, email, mailed_code, totp };
    DevicePage { fault, asks: Some(asks), outcome: None, client_name: grant.client_name.as_str() }
}

fn outcome(grant: &DeviceGrant, let_in: bool) -> DevicePage<'_> {
    DevicePage { fault: None, asks: None, outcome: Some(let_in), client_name: grant.client_name.as_str() }
}
