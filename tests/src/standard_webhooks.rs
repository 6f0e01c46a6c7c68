//! Messages signed in the manner of Standard Webhooks, as Clerk (by Svix) and Supabase send them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hos_domain::kernel::{Clock, Timestamp};
use hos_local::SystemClock;
use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::Method;
use serde_json::Value;

use crate::{Api, Reply};

/// A secret of the scheme.
pub const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

impl Api {
    /// Sends a message signed with [`WEBHOOK_SECRET`] just now.
    pub async fn send_signed(&self, path: &str, id: &str, body: &Value) -> Reply {
        self.send_signed_with(path, (WEBHOOK_SECRET, SystemClock.now()), id, body).await
    }

    /// The same with any secret, at any time.
    pub async fn send_signed_with(&self, path: &str, (secret, at): (&str, Timestamp), id: &str, body: &Value) -> Reply {
        let (body, time) = (body.to_string(), at.unix_seconds());
        let key = EncodingKey::from_secret(&STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap());
        let signature = jsonwebtoken::crypto::sign(format!("{id}.{time}.{body}").as_bytes(), &key, Algorithm::HS256);
        let signature = STANDARD.encode(URL_SAFE_NO_PAD.decode(signature.unwrap()).unwrap());
        let headers = [("svix-id", id.to_owned()), ("svix-timestamp", time.to_string())];
        let headers = headers.into_iter().chain([("svix-signature", format!("v1,{signature}"))]);
        let prepare = |request: reqwest::RequestBuilder| {
            let request = request.header("content-type", "application/json").body(body);
            headers.fold(request, |request, (name, value)| request.header(name, value))
        };
        self.send(Method::POST, path, None, prepare).await
    }
}
