//! What is answered when no route matches: 405 when another method would, else 404.

use std::sync::LazyLock;

use actix_web::dev::{Path, ResourceDef};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use utoipa::openapi::{OpenApi, PathItem};

use crate::error::ApiError;

/// Read from the document when a request first goes astray.
static ROUTES: LazyLock<RouteTable> = LazyLock::new(|| RouteTable::of(&crate::document()));

/// Which methods each path knows.
struct RouteTable(Vec<(ResourceDef, Vec<&'static str>)>);

impl RouteTable {
    fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(paths.map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect())
    }

    fn allowed(&self, path: &str) -> Vec<&'static str> {
        let matching = self.0.iter().filter(|(route, _)| route.capture_match_info(&mut Path::new(path)));
        matching.flat_map(|(_, methods)| methods.iter().copied()).collect()
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let known = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    known.into_iter().filter(|(_, there)| *there).map(|(method, _)| method).collect()
}

/// The handler of last resort.
pub(crate) async fn not_found(request: HttpRequest) -> HttpResponse {
    let allowed = ROUTES.allowed(request.path());
    if allowed.is_empty() {
        return ApiError::http(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing here.").error_response();
    }
    let message = format!("This path knows {} only.", allowed.join(", "));
    let error = ApiError::http(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
    let mut response = error.error_response();
    if let Ok(value) = header::HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}
