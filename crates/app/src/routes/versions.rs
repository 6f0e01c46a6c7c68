//! Versions of the API. A path without a version is answered by the version that `API-Version` names, v1 unless it says
//! more. v2 is only where the shape of an answer changed; whatever did not is answered by v1 to those who ask for v2 too.

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use hos_domain::kernel::Invalid;

use crate::error::ApiError;

/// What a client asks with, and is told which version answered.
static API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// What v2 answers otherwise than v1.
const VERSION_2: [(Method, &str); 2] = [(Method::GET, "/users/me"), (Method::PATCH, "/users/me")];

/// A version that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ApiVersion {
    V1,
    V2,
}

impl ApiVersion {
    const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The version that a client asks for; v1 if it names none, nothing if there is no such version.
    fn asked(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(&API_VERSION);
        let Some(value) = values.next() else { return Some(Self::V1) };
        let version = [Self::V1, Self::V2].into_iter().find(|version| value.as_bytes() == version.name().as_bytes());
        version.filter(|_| values.next().is_none())
    }

    /// The newest version up to this one that has the route.
    fn of(self, method: &Method, route: &str) -> Self {
        let changed = VERSION_2.iter().any(|(known, path)| known == method && *path == route);
        if self == Self::V2 && changed { Self::V2 } else { Self::V1 }
    }
}

/// Sends a request whose path names no version on to the version that its header names, before routing; and tells which
/// version answered.
pub(crate) async fn choose_version<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let version = match Route::of(request.path()) {
        Route::Elsewhere => return Ok(next.call(request).await?.map_into_left_body()),
        Route::Versioned(version) => version,
        Route::Open(route) => {
            let Some(asked) = ApiVersion::asked(request.headers()) else {
                let unknown = Invalid::new("one_of", "This is v1 or v2.");
                let refusal = ApiError::invalid_field("API-Version", unknown);
                return Ok(request.error_response(refusal).map_into_right_body());
            };
            let version = asked.of(request.method(), route);
            if let Some(uri) = target(request.uri(), version, route) {
                request.match_info_mut().get_mut().update(&uri);
                request.head_mut().uri = uri;
            }
            let mut response = told(next.call(request).await?, version);
            // Another header, another answer: caches must know.
            response.headers_mut().append(header::VARY, HeaderValue::from_static("api-version"));
            return Ok(response.map_into_left_body());
        }
    };
    Ok(told(next.call(request).await?, version).map_into_left_body())
}

fn told<B>(mut response: ServiceResponse<B>, version: ApiVersion) -> ServiceResponse<B> {
    response.headers_mut().insert(API_VERSION.clone(), HeaderValue::from_static(version.name()));
    response
}

/// Where a path leads.
#[derive(Debug, PartialEq)]
enum Route<'a> {
    /// Out of the API.
    Elsewhere,
    /// Into a version that the path names; one that there is not is answered by the first, which says so.
    Versioned(ApiVersion),
    /// To a route, in whatever version.
    Open(&'a str),
}

impl<'a> Route<'a> {
    fn of(path: &'a str) -> Self {
        let Some(route) = path.strip_prefix("/api").filter(|route| route.starts_with('/')) else {
            return Self::Elsewhere;
        };
        let first = route.split('/').nth(1).unwrap_or_default();
        let number = first.strip_prefix('v').unwrap_or_default();
        match (number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()), first) {
            (true, _) => Self::Open(route),
            (false, "v2") => Self::Versioned(ApiVersion::V2),
            (false, _) => Self::Versioned(ApiVersion::V1),
        }
    }
}

fn target(uri: &Uri, version: ApiVersion, route: &str) -> Option<Uri> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/api/{}{route}{query}", version.name()).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/api/users/me", Route::Open("/users/me"))]
    #[case("/api/videos", Route::Open("/videos"))]
    #[case("/api/v", Route::Open("/v"))]
    #[case("/api/v1/users/me", Route::Versioned(ApiVersion::V1))]
    #[case("/api/v2/users/me", Route::Versioned(ApiVersion::V2))]
    #[case("/api/v3/users/me", Route::Versioned(ApiVersion::V1))]
    #[case("/api", Route::Elsewhere)]
    #[case("/apiary", Route::Elsewhere)]
    #[case("/health", Route::Elsewhere)]
    fn a_path_names_its_version_or_leaves_it_to_the_header(#[case] path: &str, #[case] route: Route<'_>) {
        assert_eq!(Route::of(path), route);
    }

    #[rstest]
    #[case("GET", "/users/me", ApiVersion::V2)]
    #[case("DELETE", "/users/me", ApiVersion::V1)]
    #[case("GET", "/projects", ApiVersion::V1)]
    fn who_asks_for_v2_gets_it_where_there_is_one(
        #[case] method: Method,
        #[case] route: &str,
        #[case] version: ApiVersion,
    ) {
        assert_eq!(ApiVersion::V2.of(&method, route), version);
        assert_eq!(ApiVersion::V1.of(&method, route), ApiVersion::V1);
    }

    #[test]
    fn the_table_holds_what_the_document_has_of_v2() {
        let document = serde_json::to_value(crate::document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let served = paths.iter().filter_map(|(path, item)| Some((path.strip_prefix("/api/v2")?, item)));
        let served: BTreeSet<(String, &str)> = served
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path)))
            .collect();
        let known: BTreeSet<(String, &str)> =
            VERSION_2.iter().map(|(method, path)| (method.to_string(), *path)).collect();
        assert_eq!(served, known);
    }
}
