//! The OpenAPI document: collected from the routes themselves, then completed with what all of them have in common.

mod browsers;

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, get};
use hos_domain::identity::Scope;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, License, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder,
    ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;

use crate::error::ErrorBody;
use crate::routes;

const ABOUT: &str = "The self-hosted backend for paid training and coaching apps: three ledgers — what a member is \
entitled to, what they trained, and who showed up.

Ids are UUIDv7. Instants are RFC 3339 in UTC. Money is `{\"amount_minor\": 999, \"currency\": \"USD\"}`. Lists are paged \
by cursor. Unknown request fields are refused. Every answer that is not a success has the body `ErrorBody`, and every \
answer carries `X-Request-ID`.

A browser may keep its tokens in cookies: it logs in with `X-Auth-Mode: cookie`, and its page sends the `csrf_token` of the \
answer as `X-CSRF-Token` with whatever changes something. 403 `CSRF_TOKEN_INVALID` and `ORIGIN_REFUSED` say that the request \
may be another page's.

Below `/api/v2` is what is answered in another shape than in v1. A path without a version, such as `/api/users/me`, is \
answered by the version that the header `API-Version` names (`v1` unless it is sent), or by v1 where v2 has no such route; \
`API-Version` in the answer tells which. What is deprecated says since when (`Deprecation`), until when (`Sunset`) and \
what replaces it (`Link`).";

/// The scheme of API keys and devices.
const SCOPED: &str = "scoped";

/// The document of this version.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut document) = App::new().into_utoipa_app().configure(routes::configure).split_for_parts();
    document.info = InfoBuilder::new()
        .title("Hypertrophy OS")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(License::new("Apache-2.0")))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url("/").build()]);
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let bearer = bearer.description(Some("The access token of a user who has logged in."));
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    let scoped = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("hos_…").description(Some(scopes()));
    components.add_security_scheme(SCOPED, SecurityScheme::Http(scoped.build()));
    browsers::add_components(components);
    let mut schemas = vec![(ErrorBody::name().into_owned(), ErrorBody::schema())];
    ErrorBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for (path, item) in &mut document.paths.paths {
        browsers::describe(item);
        for operation in operations(item) {
            complete(path, operation);
        }
    }
    routes::document_aliases(&mut document);
    routes::document_deprecations(&mut document);
    document
}

/// What scopes there are.
fn scopes() -> String {
    let list: Vec<String> = Scope::ALL.map(|scope| format!("- `{scope}`: {}.", scope.words())).to_vec();
    format!(
        "An API key (`hos_[0-9a-f]{{72}}`, made at `/api/v1/api-keys`) or the access token of a device (made at \
        `/api/v1/auth/device/token`). Each operation that takes one names the scope that it asks for; all others answer \
        403 `SCOPE_REQUIRED`. The scopes are:\n\n{}",
        list.join("\n")
    )
}

/// The operations of a path, whatever their methods.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    all.into_iter().filter_map(Option::as_mut)
}

/// The scope that an operation asks of keys and devices, if they may use it.
fn scope_of(operation: &Operation) -> Option<String> {
    let requirements = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let scope = requirements.as_array()?.iter().find_map(|requirement| requirement.get(SCOPED)?.get(0)?.as_str());
    scope.map(ToOwned::to_owned)
}

/// Says it in words too, because not every page shows it.
fn describe_scope(operation: &mut Operation) {
    if let Some(scope) = scope_of(operation) {
        let words = format!("An API key or a device needs the scope `{scope}`.");
        let description = operation.description.take().filter(|description| !description.is_empty());
        operation.description = Some(description.map_or(words.clone(), |before| format!("{before}\n\n{words}")));
    }
}

/// Adds the answers that every operation can give because of what it takes.
fn complete(path: &str, operation: &mut Operation) {
    let takes_input =
        operation.request_body.is_some() || operation.parameters.as_ref().is_some_and(|all| !all.is_empty());
    let takes_token = operation.security.as_ref().is_some_and(|all| !all.is_empty());
    let mut can_answer = Vec::new();
    if !path.starts_with("/health") {
        can_answer.extend([StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE]);
    }
    if takes_input || takes_token {
        can_answer.push(StatusCode::BAD_REQUEST);
    }
    if operation.request_body.is_some() {
        can_answer.extend([StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNSUPPORTED_MEDIA_TYPE]);
    }
    if takes_token {
        can_answer.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
    }
    if path.starts_with("/api/") {
        can_answer.push(StatusCode::TOO_MANY_REQUESTS);
    }
    describe_scope(operation);
    for status in can_answer {
        operation.responses.responses.entry(status.as_str().to_owned()).or_insert_with(|| RefOr::T(failure(status)));
    }
    // An error named by a route says what it means; its body is always the same.
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && (status.starts_with('4') || status.starts_with('5'))
            && response.content.is_empty()
        {
            response.content = failure(StatusCode::BAD_REQUEST).content;
        }
    }
}

fn failure(status: StatusCode) -> Response {
    let body = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name(ErrorBody::name())))).build();
    let words = status.canonical_reason().unwrap_or_default();
    ResponseBuilder::new().description(words).content("application/json", body).build()
}

/// The document as JSON, made when it is first asked for.
static JSON: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(document().to_json().unwrap_or_default()));

/// This document
#[utoipa::path(tag = "platform", responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
#[get("/openapi.json")]
pub(crate) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(JSON.clone())
}
