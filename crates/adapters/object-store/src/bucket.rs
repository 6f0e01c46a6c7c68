//! An R2 or S3 bucket. Clients send and get bytes with presigned URLs; the server's own calls are presigned too, for a
//! minute.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_domain::media::{ImageType, ObjectFacts, ObjectKey, ObjectStore, SignedUpload};
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The server's own calls are made at once.
const SOON: Duration = Duration::from_secs(60);

/// What must be known to use a bucket.
#[derive(Debug, Clone)]
pub struct BucketConfig {
    /// `https://ACCOUNT.r2.cloudflarestorage.com`, or another S3 endpoint.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// `auto` for R2.
    pub region: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: SecretString,
}

/// Keeps objects in a bucket.
pub struct BucketStore {
    bucket: Bucket,
    credentials: Credentials,
    outbound: Outbound,
}

impl BucketStore {
    /// Uses the bucket of `config`.
    ///
    /// # Errors
    /// When the endpoint is no URL.
    pub fn new(http: HttpClient, config: &BucketConfig) -> Result<Self, String> {
        let endpoint: Url = config.endpoint.parse().map_err(|error| format!("R2_ENDPOINT_URL: {error}"))?;
        let origin = endpoint.origin().ascii_serialization();
        let bucket = Bucket::new(endpoint, UrlStyle::Path, config.bucket.clone(), config.region.clone());
        Ok(Self {
            bucket: bucket.map_err(|error| format!("R2_ENDPOINT_URL: {error}"))?,
            credentials: Credentials::new(config.access_key.clone(), config.secret_key.expose_secret().to_owned()),
            outbound: Outbound::new(http, "object-store", origin, Patience::default()),
        })
    }

    async fn send(&self, call: Call) -> Result<Answer, GatewayError> {
        self.outbound.send(call).await?.success(code)
    }
}

/// The store's own word for a refusal, out of `<Error><Code>…</Code></Error>`.
fn code(answer: &Answer) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body);
    let (_, rest) = text.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.to_owned())
}

/// What of a presigned URL comes after its origin.
fn path_and_query(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

fn instant(at: Timestamp) -> Result<jiff::Timestamp, GatewayError> {
    jiff::Timestamp::from_second(at.unix_seconds()).map_err(|error| GatewayError::InvalidRequest(error.to_string()))
}

#[async_trait]
impl ObjectStore for BucketStore {
    fn sign_upload(
        &self,
        key: &ObjectKey,
        content_type: ImageType,
        bytes: Option<u64>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<SignedUpload, GatewayError> {
        let mut action = self.bucket.put_object(Some(&self.credentials), key.as_str());
        let mut headers = vec![
            ("content-type".to_owned(), content_type.name().to_owned()),
            ("if-none-match".to_owned(), "*".to_owned()),
        ];
        headers.extend(bytes.map(|bytes| ("content-length".to_owned(), bytes.to_string())));
        for (name, value) in &headers {
            action.headers_mut().insert(name.clone(), value.clone());
        }
        let url = action.sign_with_time(expires_at.since(now), &instant(now)?).to_string();
        Ok(SignedUpload { url, headers })
    }

    fn sign_read(&self, key: &ObjectKey, now: Timestamp, expires_at: Timestamp) -> Result<String, GatewayError> {
        let action = self.bucket.get_object(Some(&self.credentials), key.as_str());
        Ok(action.sign_with_time(expires_at.since(now), &instant(now)?).to_string())
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, GatewayError> {
        let url = self.bucket.head_object(Some(&self.credentials), key.as_str()).sign(SOON);
        let answer = match self.send(Call::head(path_and_query(&url))).await {
            Ok(answer) => answer,
            Err(GatewayError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = answer.header("content-length").and_then(|length| length.parse().ok());
        let bytes = bytes.ok_or_else(|| GatewayError::Malformed("no content-length".to_owned()))?;
        Ok(Some(ObjectFacts { bytes, content_type: answer.header("content-type").unwrap_or_default().to_owned() }))
    }

    async fn read(&self, key: &ObjectKey) -> Result<Vec<u8>, GatewayError> {
        let url = self.bucket.get_object(Some(&self.credentials), key.as_str()).sign(SOON);
        Ok(self.send(Call::get(path_and_query(&url))).await?.body)
    }

    async fn write(&self, key: &ObjectKey, content_type: ImageType, bytes: Vec<u8>) -> Result<(), GatewayError> {
        let mut action = self.bucket.put_object(Some(&self.credentials), key.as_str());
        action.headers_mut().insert("content-type", content_type.name());
        let url = action.sign(SOON);
        self.send(Call::put(path_and_query(&url)).bytes(content_type.name(), bytes)).await.map(drop)
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), GatewayError> {
        let url = self.bucket.delete_object(Some(&self.credentials), key.as_str()).sign(SOON);
        match self.send(Call::delete(path_and_query(&url))).await {
            Ok(_) | Err(GatewayError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
