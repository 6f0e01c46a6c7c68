//! The one place that knows what a failure means in HTTP.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use hos_domain::kernel::{Detail, ErrorKind, Failure, Invalid, with_causes};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::request_context::{self, RequestContext};

/// An answer that says what went wrong.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    retry_after: Option<Duration>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Nothing more is taken on this connection.
    closes: bool,
    body: Box<ErrorBody>,
    /// For the log only.
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ApiError {
    /// An answer of the given class.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let (status, code, retry_after) = class_of(kind);
        Self { retry_after, ..Self::http(status, code, message) }
    }

    /// 400 that names each field; 415 when one of them is a media type that we don't take.
    pub(crate) fn invalid(details: Vec<Detail>) -> Self {
        let unsupported = details.iter().find(|detail| detail.constraint == "unsupported_type");
        let mut error = match unsupported {
            Some(detail) => {
                Self::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail.message.clone())
            }
            None => Self::new(ErrorKind::Invalid, "The request is not valid."),
        };
        error.body.error.details = details.into_iter().map(Into::into).collect();
        error
    }

    /// 400 for one field.
    pub(crate) fn invalid_field(field: &'static str, invalid: Invalid) -> Self {
        Self::invalid(vec![Detail::new(field, invalid)])
    }

    /// An answer that no use case gives: what HTTP itself demands.
    pub(crate) fn http(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        // Of which request is known here, not always where the answer is written.
        let RequestContext { request_id, now } = request_context::current();
        let facts = ErrorFacts {
            code: code.into(),
            message: message.into(),
            details: Vec::new(),
            timestamp: now.to_string(),
            request_id,
        };
        Self {
            status,
            retry_after: None,
            headers: Vec::new(),
            closes: false,
            body: Box::new(ErrorBody { error: facts }),
            cause: None,
        }
    }

    /// The same with another header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same, and the connection is closed.
    pub(crate) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// What the log should know besides the answer: the causes of a fault, never shown to the client.
    pub(crate) fn causes(&self) -> Option<String> {
        self.cause.as_ref().map(|cause| with_causes(&**cause))
    }
}

impl<F: Failure> From<F> for ApiError {
    fn from(failure: F) -> Self {
        let kind = failure.kind();
        let message: Cow<'static, str> = match kind {
            ErrorKind::Internal => "Something went wrong on our side; it has been recorded.".into(),
            ErrorKind::Full => "There is no space left to write; reading still works.".into(),
            ErrorKind::Contended | ErrorKind::Unavailable => {
                "The service is not available right now; try again in a moment.".into()
            }
            _ => sentence(&failure.to_string()).into(),
        };
        let mut error = Self::new(kind, message);
        let facts = &mut error.body.error;
        facts.details = failure.details().into_iter().map(Into::into).collect();
        if let Some(code) = failure.code() {
            facts.code = code.into();
        }
        error.cause = Some(Box::new(failure));
        error
    }
}

/// Errors read as clauses; answers as sentences.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if clause.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Status, code and waiting time of each kind (the table of the API's conventions).
fn class_of(kind: ErrorKind) -> (StatusCode, &'static str, Option<Duration>) {
    let soon = Some(Duration::from_secs(1));
    match kind {
        ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", None),
        ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "AUTHENTICATION_ERROR", None),
        ErrorKind::EntitlementRequired => (StatusCode::PAYMENT_REQUIRED, "ENTITLEMENT_REQUIRED", None),
        ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "AUTHORIZATION_ERROR", None),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND", None),
        ErrorKind::Conflict => (StatusCode::CONFLICT, "CONFLICT", None),
        ErrorKind::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "UNPROCESSABLE", None),
        ErrorKind::Locked { until } => {
            let now = request_context::current().now;
            (StatusCode::LOCKED, "ACCOUNT_LOCKED", until.map(|until| until.since(now)))
        }
        ErrorKind::RateLimited { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_ERROR", Some(retry_after))
        }
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", None),
        ErrorKind::ProviderFailed => (StatusCode::BAD_GATEWAY, "PROVIDER_ERROR", None),
        ErrorKind::Contended | ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", soon),
        ErrorKind::Full => (StatusCode::SERVICE_UNAVAILABLE, "STORAGE_FULL", Some(Duration::from_secs(60))),
        ErrorKind::ProviderTimeout => (StatusCode::GATEWAY_TIMEOUT, "PROVIDER_TIMEOUT", soon),
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorFacts { code, message, .. } = &self.body.error;
        write!(f, "{code} {message}")
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(wait) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        if self.closes {
            response.force_close();
        }
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response.json(&self.body)
    }
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    error: ErrorFacts,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorFacts {
    /// For machines; the class of the failure or a more specific code.
    #[schema(example = "VALIDATION_ERROR", value_type = String)]
    code: Cow<'static, str>,
    /// For people.
    #[schema(value_type = String)]
    message: Cow<'static, str>,
    /// Each field at fault, or facts that help; empty when there are none.
    details: Vec<ErrorDetail>,
    /// When it happened.
    #[schema(format = DateTime)]
    timestamp: String,
    /// The id under which our log knows this request.
    request_id: String,
}

/// One field at fault, or one fact that helps.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorDetail {
    /// Which field, as the client wrote it; nested ones joined by dots.
    #[schema(example = "email", value_type = String)]
    field: Cow<'static, str>,
    /// The broken rule as a machine reads it.
    #[schema(example = "email", value_type = String)]
    constraint: Cow<'static, str>,
    /// The same for a person.
    #[schema(value_type = String)]
    message: Cow<'static, str>,
}

impl From<Detail> for ErrorDetail {
    fn from(detail: Detail) -> Self {
        Self { field: detail.field, constraint: detail.constraint, message: detail.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_becomes_a_sentence() {
        assert_eq!(sentence("there is no such project"), "There is no such project.");
        assert_eq!(sentence("Done!"), "Done!");
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn an_inner_fault_tells_the_client_nothing_and_the_log_everything() {
        let fault = hos_domain::kernel::RepositoryError::Other("relation \"users\" does not exist".into());
        let answer = ApiError::from(fault);
        assert_eq!(answer.status_code(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answer.to_string().contains("users"));
        assert!(answer.causes().unwrap().contains("relation \"users\" does not exist"));
    }
}
