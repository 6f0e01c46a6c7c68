//! The page behind the link of a forgotten password, for apps that have none of their own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Query};
use askama::Template;
use hos_domain::identity::Password;
use hos_domain::kernel::Failure;
use hos_usecases::identity::{PasswordReset, ResetPassword};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{ApiError, sentence};
use crate::http::{FromClient, page};

/// Where the page is; the token follows.
pub(crate) const PASSWORD_PAGE: &str = "/reset-password?token=";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/reset-password", web::get().to(show)).route("/reset-password", web::post().to(submit));
}

#[derive(Template)]
#[template(path = "reset_password.html")]
struct ResetPasswordPage<'a> {
    token: &'a str,
    fault: Option<String>,
    done: bool,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
struct Choice {
    token: String,
    new_password: String,
}

async fn show(link: Query<Link>) -> HttpResponse {
    page(StatusCode::OK, &ResetPasswordPage { token: &link.token, fault: None, done: false })
}

async fn submit(
    client: FromClient,
    form: Form<Choice>,
    use_case: Data<ResetPassword>,
) -> Result<HttpResponse, ApiError> {
    let again = |fault: String| {
        let page_again = ResetPasswordPage { token: &form.token, fault: Some(fault), done: false };
        page(StatusCode::UNPROCESSABLE_ENTITY, &page_again)
    };
    let new = match Password::parse(&form.new_password) {
        Ok(new) => new,
        Err(invalid) => return Ok(again(invalid.message.into_owned())),
    };
    match use_case.run(PasswordReset { token: form.token.clone(), new }, client.0).await {
        Ok(()) => Ok(page(StatusCode::OK, &ResetPasswordPage { token: "", fault: None, done: true })),
        Err(error) if error.code().is_some() => Ok(again(sentence(&error.to_string()))),
        Err(error) => Err(error.into()),
    }
}
