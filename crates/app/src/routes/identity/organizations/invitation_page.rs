//! The page behind the link of an invitation, for apps that have none of their own. Accepting takes a login, which is the
//! app's; declining can be done here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Query};
use askama::Template;
use hos_usecases::identity::{AnswerInvitation, OrganizationError};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{ApiError, sentence};
use crate::http::page;

/// Where the page is; the token follows.
pub(crate) const INVITATION_PAGE: &str = "/invitation?token=";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/invitation", web::get().to(show)).route("/invitation", web::post().to(decline));
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    token: &'a str,
    fault: Option<String>,
    declined: bool,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

async fn show(link: Query<Link>) -> HttpResponse {
    page(StatusCode::OK, &InvitationPage { token: &link.token, fault: None, declined: false })
}

async fn decline(link: Form<Link>, use_case: Data<AnswerInvitation>) -> Result<HttpResponse, ApiError> {
    match use_case.decline(&link.token).await {
        Ok(()) => Ok(page(StatusCode::OK, &InvitationPage { token: "", fault: None, declined: true })),
        Err(error @ OrganizationError::NoSuchInvitation) => {
            let fault = Some(sentence(&error.to_string()));
            Ok(page(StatusCode::NOT_FOUND, &InvitationPage { token: "", fault, declined: false }))
        }
        Err(error) => Err(error.into()),
    }
}
