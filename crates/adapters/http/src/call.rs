//! A call and its answer, without a word of the client's own types.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hos_domain::kernel::{GatewayError, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// What to ask.
#[derive(Debug, Clone)]
pub struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) repeatable: bool,
    pub(crate) largest_answer: usize,
}

/// An answer larger than this is not what we asked for.
const LARGEST_ANSWER: usize = 12 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Empty,
    Bytes { content_type: &'static str, bytes: Vec<u8> },
    Form(Vec<(String, String)>),
}

impl Call {
    /// GET; may be repeated.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { repeatable: true, ..Self::new(Method::Get, path) }
    }

    /// HEAD; may be repeated.
    #[must_use]
    pub fn head(path: impl Into<String>) -> Self {
        Self { repeatable: true, ..Self::new(Method::Head, path) }
    }

    /// DELETE; may be repeated.
    #[must_use]
    pub fn delete(path: impl Into<String>) -> Self {
        Self { repeatable: true, ..Self::new(Method::Delete, path) }
    }

    /// PUT; may be repeated.
    #[must_use]
    pub fn put(path: impl Into<String>) -> Self {
        Self { repeatable: true, ..Self::new(Method::Put, path) }
    }

    /// PATCH; is not repeated unless it has an idempotency key.
    #[must_use]
    pub fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::Patch, path)
    }

    /// POST; is not repeated unless it has an idempotency key.
    #[must_use]
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path)
    }

    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
            repeatable: false,
            largest_answer: LARGEST_ANSWER,
        }
    }

    /// With a query.
    #[must_use]
    pub fn query(mut self, fields: Vec<(String, String)>) -> Self {
        self.query = fields;
        self
    }

    /// That changes nothing, whatever its method says: it may be repeated without a key.
    #[must_use]
    pub const fn harmless(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Of which an answer with more bytes than this is given up, rather than read to its end.
    #[must_use]
    pub fn answered_within(mut self, bytes: usize) -> Self {
        self.largest_answer = bytes;
        self
    }

    /// With an `Idempotency-Key`, which makes it repeatable.
    #[must_use]
    pub fn once(mut self, key: &str) -> Self {
        self.repeatable = true;
        self.header("idempotency-key", key)
    }

    /// With an idempotency key in a header of the party's own, which makes it repeatable.
    #[must_use]
    pub fn once_by(mut self, header: &'static str, key: &str) -> Self {
        self.repeatable = true;
        self.header(header, key)
    }

    /// With a name and a password.
    #[must_use]
    pub fn basic(self, name: &str, password: &str) -> Self {
        self.header("authorization", format!("Basic {}", BASE64.encode(format!("{name}:{password}"))))
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        self.bytes("application/json", bytes)
    }

    /// With exact bytes.
    #[must_use]
    pub fn bytes(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Body::Bytes { content_type, bytes };
        self
    }

    /// With a form.
    #[must_use]
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long it took, from the start of the try that was answered.
    pub elapsed: Duration,
}

impl Answer {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// As of when what it says is true, by the party's own clock: no later than the party began to make the answer. The
    /// second is for what the header leaves out.
    ///
    /// # Errors
    /// `Malformed` when the party does not say what time it is.
    pub fn as_of(&self) -> Result<Timestamp, GatewayError> {
        let date = self.header("date").and_then(Timestamp::parse_http_date);
        let date = date.ok_or_else(|| GatewayError::Malformed("the answer has no date".to_owned()))?;
        Ok(date - self.elapsed - Duration::from_secs(1))
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// `Malformed` when it is not what was expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, GatewayError> {
        serde_json::from_slice(&self.body).map_err(|error| GatewayError::Malformed(error.to_string()))
    }

    /// The answer if it is a success, else what its status means everywhere. `reason` finds the party's own words in
    /// the body of a refused request.
    ///
    /// # Errors
    /// The [`GatewayError`] of the status.
    pub fn success(self, reason: impl FnOnce(&Self) -> Option<String>) -> Result<Self, GatewayError> {
        match self.status {
            200..=299 => Ok(self),
            401 | 403 => Err(GatewayError::Unauthorized),
            404 => Err(GatewayError::NotFound),
            408 | 504 => Err(GatewayError::Timeout),
            429 => Err(GatewayError::RateLimited { retry_after: self.retry_after() }),
            500..=599 => Err(GatewayError::Unavailable),
            status => Err(GatewayError::InvalidRequest(reason(&self).unwrap_or_else(|| format!("status {status}")))),
        }
    }

    /// How long the party asks us to wait, in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(date: Option<&str>, elapsed: Duration) -> Answer {
        let headers = date.map(|date| ("date".to_owned(), date.to_owned())).into_iter().collect();
        Answer { status: 200, headers, body: Vec::new(), elapsed }
    }

    #[test]
    fn an_answer_is_true_as_of_no_later_than_it_was_asked_for() {
        let as_of = answered(Some("Sat, 21 Nov 2026 09:07:11 GMT"), Duration::from_millis(2_500)).as_of().unwrap();
        assert_eq!(as_of.to_string(), "2026-11-21T09:07:07.500Z");
        for date in [None, Some("yesterday")] {
            assert!(matches!(answered(date, Duration::ZERO).as_of(), Err(GatewayError::Malformed(_))));
        }
    }
}
