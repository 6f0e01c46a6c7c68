//! Routes that are on their way out: every answer of theirs says since when (RFC 9745), until when (RFC 8594) and what
//! replaces them, and so does the document.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use utoipa::openapi::{Deprecated, OpenApi};

use crate::openapi::operations;

static DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
static SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A route that is on its way out.
struct Ending {
    route: &'static str,
    /// What to use instead.
    successor: &'static str,
    /// From this day on nobody should begin to use it: `YYYY-MM-DD`.
    since: &'static str,
    /// Until this day it is there, at least six months after `since`.
    until: &'static str,
}

/// Older clients' names for routes that have one name now.
const ENDINGS: [Ending; 2] = [
    Ending {
        route: "/api/v1/subscriptions",
        successor: "/api/v1/payments/subscribe",
        since: "2026-12-01",
        until: "2027-12-01",
    },
    Ending {
        route: "/api/v1/payments/subscription",
        successor: "/api/v1/billing/subscription",
        since: "2026-12-01",
        until: "2027-12-01",
    },
];

impl Ending {
    fn of(path: &str) -> Option<&'static Self> {
        ENDINGS.iter().find(|ending| ending.route == path)
    }

    fn headers(&self) -> Option<[(HeaderName, HeaderValue); 3]> {
        let since = format!("@{}", midnight(self.since)?.timestamp());
        let until = midnight(self.until)?.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let link = format!("<{}>; rel=\"successor-version\"", self.successor);
        let value = |text: String| HeaderValue::from_str(&text).ok();
        Some([(DEPRECATION.clone(), value(since)?), (SUNSET.clone(), value(until)?), (header::LINK, value(link)?)])
    }
}

fn midnight(day: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = day.parse().ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

/// Says in the answer that the route it was asked of is on its way out.
pub(crate) async fn announce_end<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    // An alias is no longer known by its name once it was followed.
    let headers = Ending::of(request.path()).and_then(Ending::headers);
    let mut response = next.call(request).await?;
    for (name, value) in headers.into_iter().flatten() {
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

/// Marks the routes in the document.
pub(crate) fn document_deprecations(document: &mut OpenApi) {
    for Ending { route, successor, since, until } in &ENDINGS {
        let Some(item) = document.paths.paths.get_mut(*route) else { continue };
        for operation in operations(item) {
            operation.deprecated = Some(Deprecated::True);
            operation.description = Some(format!(
                "Deprecated since {since} and there until {until}: use `{successor}`, which is the same."
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Months;

    use super::*;

    #[test]
    fn every_end_is_announced_six_months_before_it_comes() {
        for ending in &ENDINGS {
            let (since, until) = (midnight(ending.since).unwrap(), midnight(ending.until).unwrap());
            assert!(since + Months::new(6) <= until, "{} ends too soon", ending.route);
            assert!(ending.headers().is_some(), "{}", ending.route);
        }
    }

    #[test]
    fn the_document_marks_what_the_table_holds_and_has_what_replaces_it() {
        let document = serde_json::to_value(crate::document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        for (path, item) in paths {
            for operation in item.as_object().unwrap().values() {
                assert_eq!(operation["deprecated"] == true, Ending::of(path).is_some(), "{path}");
            }
        }
        for ending in &ENDINGS {
            let methods = |path: &str| paths[path].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(methods(ending.route), methods(ending.successor));
        }
    }
}
