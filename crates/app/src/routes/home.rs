//! The front door: a page that says what this is and where to go, and the style sheet of all pages.

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use hos_local::ConsoleOutbox;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::page;

const STYLE: &str = include_str!("../../assets/pages.css");

/// These are pages for people, not part of the API's document.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/", web::get().to(home)).route("/assets/pages.css", web::get().to(style));
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    version: &'static str,
    debug: bool,
}

async fn home(request: HttpRequest) -> HttpResponse {
    let debug = request.app_data::<Data<ConsoleOutbox>>().is_some();
    page(StatusCode::OK, &HomePage { version: env!("CARGO_PKG_VERSION"), debug })
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("text/css; charset=utf-8")
        .body(STYLE)
}
