//! What the document says of browsers: wherever the token of a user is taken, their cookie is too; wherever tokens are
//! given, a browser may ask for cookies. Derived from what the routes say of tokens, so that no route can be forgotten.

use actix_web::http::StatusCode;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, ObjectBuilder, PathItem, Ref, RefOr, Required, Response, Type};
use utoipa::{PartialSchema, ToSchema};

use super::failure;
use crate::http::browser::{ACCESS_COOKIE, REFRESH_COOKIE};
use crate::routes::{BROWSER_JSON, BrowserSessionBody};

/// The bodies that hold tokens.
const WITH_TOKENS: [&str; 3] = ["SessionBody", "RefreshedBody", "VerifiedBody"];

const COOKIE: &str = "cookie";
const CSRF: &str = "csrf";

/// Adds the schemes and the body.
pub(super) fn add_components(components: &mut Components) {
    let words =
        "The access token of a browser that logged in with `X-Auth-Mode: cookie`. Not together with a bearer token.";
    let in_cookie = ApiKey::Cookie(ApiKeyValue::with_description(ACCESS_COOKIE, words));
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(in_cookie));
    let words = "The CSRF token of the session whose cookie is sent: from the login, or from `/api/v1/auth/csrf`.";
    let in_header = ApiKey::Header(ApiKeyValue::with_description("X-CSRF-Token", words));
    components.add_security_scheme(CSRF, SecurityScheme::ApiKey(in_header));
    components.schemas.insert(BrowserSessionBody::name().into_owned(), BrowserSessionBody::schema());
}

/// Completes the operations of a path.
pub(super) fn describe(item: &mut PathItem) {
    item.get.iter_mut().for_each(|operation| take_cookies(operation, &[COOKIE]));
    let changing = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    for operation in changing.into_iter().filter_map(Option::as_mut) {
        take_cookies(operation, &[COOKIE, CSRF]);
        give_cookies(operation);
    }
}

fn take_cookies(operation: &mut Operation, schemes: &[&str]) {
    let Some(requirements) = &mut operation.security else { return };
    let bearer = SecurityRequirement::new("bearer", [""; 0]);
    if requirements.contains(&bearer) {
        let none = SecurityRequirement::default();
        requirements.push(schemes.iter().fold(none, |all, scheme| all.add(*scheme, [""; 0])));
    }
}

fn give_cookies(operation: &mut Operation) {
    let responses = operation.responses.responses.values_mut();
    let giving = responses.filter_map(|response| match response {
        RefOr::T(response) if has_tokens(response) => Some(response),
        _ => None,
    });
    let mut gives = false;
    for response in giving {
        add_browser_answer(response);
        gives = true;
    }
    if gives {
        operation.parameters.get_or_insert_default().push(RefOr::T(auth_mode().build()));
        let refused = || RefOr::T(failure(StatusCode::FORBIDDEN));
        operation.responses.responses.entry("403".to_owned()).or_insert_with(refused);
    }
}

fn has_tokens(response: &Response) -> bool {
    let Some(RefOr::T(content)) = response.content.get("application/json") else { return false };
    let Some(RefOr::Ref(Ref { ref_location, .. })) = &content.schema else { return false };
    WITH_TOKENS.iter().any(|name| ref_location.ends_with(&format!("/{name}")))
}

fn add_browser_answer(response: &mut Response) {
    let body = RefOr::Ref(Ref::from_schema_name(BrowserSessionBody::name()));
    let content = ContentBuilder::new().schema(Some(body)).build();
    response.content.insert(BROWSER_JSON.to_owned(), RefOr::T(content));
    let words =
        format!("For `X-Auth-Mode: cookie` only: `{ACCESS_COOKIE}` and `{REFRESH_COOKIE}`, with the tokens in them.");
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let header = HeaderBuilder::new().schema(Some(text)).description(Some(words)).build();
    response.headers.insert("Set-Cookie".to_owned(), RefOr::T(header));
}

fn auth_mode() -> ParameterBuilder {
    let values =
        ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(["bearer", "cookie"]));
    let words = "`cookie`: give the tokens as cookies that no script can read, and a CSRF token in the body. From pages of \
        `PUBLIC_URL` and `CORS_ORIGINS` only (403 `ORIGIN_REFUSED`).";
    ParameterBuilder::new()
        .name("X-Auth-Mode")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(words))
        .schema(Some(values))
}
