//! A JSON body that has become a command.

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use hos_domain::kernel::ErrorKind;
use hos_domain::platform::{AnswerKey, Fingerprint};

use super::check::{Check, Parse};
use super::object::Object;
use super::{idempotency, serde_error};
use crate::error::ApiError;

/// No JSON body of ours is larger.
const JSON_LIMIT: usize = 256 * 1024;

/// A body that was read, understood and parsed; the handler never sees a raw one.
pub(crate) struct Parsed<B: Parse> {
    /// What the use case takes.
    pub(crate) command: B::Command,
    request: HttpRequest,
    fingerprint: Fingerprint,
}

impl<B: Parse> Parsed<B> {
    /// The idempotency key of this request for `principal`, if the client sent one.
    ///
    /// # Errors
    /// 400 when the header is malformed.
    pub(crate) fn once(&self, principal: impl std::fmt::Display) -> Result<Option<AnswerKey>, ApiError> {
        idempotency::key(&self.request, principal, self.fingerprint)
    }
}

impl<B: Parse + 'static> FromRequest for Parsed<B> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if !B::MAY_BE_MISSING {
                is_json(&request)?;
            }
            let mut bytes = read(&request, &mut payload, JSON_LIMIT).await?;
            if B::MAY_BE_MISSING && matches!(bytes.trim_ascii(), b"" | b"null") {
                bytes = Bytes::from_static(b"{}");
            } else {
                is_json(&request)?;
            }
            let command = parse::<B>(&bytes)?;
            let fingerprint = fingerprint(&request, &bytes);
            Ok(Self { command, request, fingerprint })
        })
    }
}

fn parse<B: Parse>(bytes: &[u8]) -> Result<B::Command, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Object(body): Object<B> = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        ApiError::invalid(vec![serde_error::detail(&error.path().to_string(), &error.inner().to_string())])
    })?;
    json.end().map_err(|error| ApiError::invalid(vec![serde_error::detail(".", &error.to_string())]))?;
    let mut check = Check::default();
    let command = body.parse(&mut check);
    check.finish(command).map_err(ApiError::invalid)
}

/// Only a request with a key needs one. Two spellings of the same JSON are the same request.
fn fingerprint(request: &HttpRequest, bytes: &[u8]) -> Fingerprint {
    if !request.headers().contains_key(idempotency::HEADER) {
        return Fingerprint::of(&[]);
    }
    let canonical = serde_json::from_slice::<serde_json::Value>(bytes).and_then(|value| serde_json::to_vec(&value));
    Fingerprint::of(canonical.as_deref().unwrap_or(bytes))
}

fn is_json(request: &HttpRequest) -> Result<(), ApiError> {
    let content_type = request.content_type();
    if content_type.eq_ignore_ascii_case("application/json") || content_type.ends_with("+json") {
        return Ok(());
    }
    let message = "The body must be JSON; send Content-Type: application/json.";
    Err(ApiError::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message))
}

/// Reads a whole body, and not a byte more than `limit`.
pub(crate) async fn read(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("The body is larger than {} KiB.", limit / 1024);
        ApiError::http(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    };
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(declared.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::new(ErrorKind::Invalid, "The body did not arrive whole."))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    fn fingerprint_of(body: &str) -> Fingerprint {
        let request = TestRequest::default().insert_header((idempotency::HEADER, "1")).to_http_request();
        fingerprint(&request, body.as_bytes())
    }

    #[rstest]
    #[case::space(r#"{"a":1,"b":[2]}"#, "{ \"a\": 1,\n\"b\": [ 2 ] }", true)]
    #[case::order(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true)]
    #[case::escapes(r#"{"a":"é"}"#, r#"{"a":"\u00e9"}"#, true)]
    #[case::another_value(r#"{"a":1}"#, r#"{"a":2}"#, false)]
    #[case::another_type(r#"{"a":1}"#, r#"{"a":"1"}"#, false)]
    #[case::order_in_a_list("[1,2]", "[2,1]", false)]
    #[case::null_is_not_missing(r#"{"a":null}"#, "{}", false)]
    fn two_spellings_of_one_request_are_one(#[case] one: &str, #[case] other: &str, #[case] same: bool) {
        assert_eq!(fingerprint_of(one) == fingerprint_of(other), same);
    }

    #[test]
    fn without_a_key_nothing_is_digested() {
        let request = TestRequest::default().to_http_request();
        assert_eq!(fingerprint(&request, b"1"), fingerprint(&request, b"2"));
    }

    #[rstest]
    #[case("application/json", true)]
    #[case("Application/JSON", true)]
    #[case("application/json; charset=utf-8", true)]
    #[case("application/merge-patch+json", true)]
    #[case("text/json", false)]
    #[case("application/jsonl", false)]
    #[case("multipart/form-data; boundary=+json", false)]
    #[case("", false)]
    fn a_body_says_that_it_is_json(#[case] content_type: &str, #[case] taken: bool) {
        let request = TestRequest::default().insert_header((header::CONTENT_TYPE, content_type)).to_http_request();
        assert_eq!(
            is_json(&request).map_err(|error| error.status_code()).err(),
            (!taken).then_some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        );
    }

    /// Reads a body of some bytes with a limit of 8, whatever length the client declares.
    async fn read_eight(body: &'static str, declared: Option<&str>) -> Result<Bytes, StatusCode> {
        let mut request = TestRequest::default().set_payload(body);
        if let Some(length) = declared {
            request = request.insert_header((header::CONTENT_LENGTH, length));
        }
        let (request, mut payload) = request.to_http_parts();
        read(&request, &mut payload, 8).await.map_err(|error| error.status_code())
    }

    #[rstest]
    #[case::empty("", None, true)]
    #[case::as_large_as_allowed("12345678", None, true)]
    #[case::one_byte_more("123456789", None, false)]
    #[case::declared_as_large_as_allowed("12345678", Some("8"), true)]
    #[case::declared_larger("1", Some("9"), false)]
    #[case::larger_than_declared("123456789", Some("1"), false)]
    #[case::declared_as_nonsense("12345678", Some("many"), true)]
    #[tokio::test]
    async fn not_a_byte_more_than_the_limit_is_read(
        #[case] body: &'static str,
        #[case] declared: Option<&str>,
        #[case] read: bool,
    ) {
        let expected = if read { Ok(Bytes::from_static(body.as_bytes())) } else { Err(StatusCode::PAYLOAD_TOO_LARGE) };
        assert_eq!(read_eight(body, declared).await, expected);
    }
}
