//! An identity provider over real HTTP: it publishes keys as Google, Apple and others do, takes and revokes Apple's grants,
//! and can be unwell in every way.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::ForeignKey;

/// The team, as Apple knows it.
pub const APPLE_TEAM: &str = "TEAM123456";

/// The id of the team's key; [`APPLE_KEY`] is the key itself.
pub const APPLE_KEY_ID: &str = "KEY1234567";

/// The team's key.
pub const APPLE_KEY: ForeignKey = ForeignKey::P256B;

/// How it feels.
#[derive(Debug, Clone)]
pub enum Mood {
    /// It answers.
    Well,
    /// It ends every connection.
    Away,
    /// It answers after a while.
    Slow(Duration),
    /// It answers with this status and nothing else.
    Status(u16),
    /// It answers every question with this.
    Saying(String),
}

/// A running identity provider; it ends with this value.
pub struct IdentityProvider {
    /// Its base URL, whichever provider it stands for.
    pub url: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

struct State {
    keys: Vec<Value>,
    cache_control: Option<String>,
    mood: Mood,
    fetches: usize,
    /// Codes that were not exchanged yet, and for which client they are.
    codes: HashMap<String, String>,
    revoked: Vec<String>,
}

impl IdentityProvider {
    /// Starts one that publishes [`ForeignKey::RsaA`] and [`ForeignKey::P256A`] for an hour.
    pub async fn start() -> Self {
        let state = State {
            keys: vec![ForeignKey::RsaA.jwk(), ForeignKey::P256A.jwk()],
            cache_control: Some("public, max-age=3600, must-revalidate".to_owned()),
            mood: Mood::Well,
            fetches: 0,
            codes: HashMap::new(),
            revoked: Vec::new(),
        };
        let (state, listener) = (Arc::new(Mutex::new(state)), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = state.clone();
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let state = shared.clone();
                let service = service_fn(move |request| answer(state.clone(), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        Self { url, state, serving }
    }

    /// Where the keys are when it stands for neither Google nor Apple.
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.url)
    }

    /// Publishes these keys and no others.
    pub fn publish(&self, keys: &[ForeignKey]) {
        self.publish_raw(keys.iter().map(|key| key.jwk()).collect());
    }

    /// Publishes any JSON as keys.
    pub fn publish_raw(&self, keys: Vec<Value>) {
        self.lock().keys = keys;
    }

    /// Changes how long its keys may be kept.
    pub fn cache_control(&self, value: Option<&str>) {
        self.lock().cache_control = value.map(str::to_owned);
    }

    /// Changes how it feels.
    pub fn be(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// How often it was asked for its keys, whatever it answered.
    pub fn fetches(&self) -> usize {
        self.lock().fetches
    }

    /// Lets somebody sign in to `client`, and gives their authorization code.
    pub fn give_code(&self, code: &str, client: &str) {
        self.lock().codes.insert(code.to_owned(), client.to_owned());
    }

    /// The refresh tokens that were revoked.
    pub fn revoked(&self) -> Vec<String> {
        self.lock().revoked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An error ends the connection without an answer.
async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> io::Result<Response<String>> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let is_for_keys = matches!(path.as_str(), "/oauth2/v3/certs" | "/auth/keys" | "/.well-known/jwks.json");
    let mood = {
        let mut state = state.lock().unwrap();
        state.fetches += usize::from(is_for_keys);
        state.mood.clone()
    };
    match mood {
        Mood::Well => {}
        Mood::Away => return Err(io::ErrorKind::ConnectionAborted.into()),
        Mood::Slow(wait) => tokio::time::sleep(wait).await,
        Mood::Status(status) => return Ok(response(status, String::new())),
        Mood::Saying(words) => return Ok(response(200, words)),
    }
    let state = &mut *state.lock().unwrap();
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    Ok(match (method, path.as_str()) {
        (Method::GET, _) if is_for_keys => state.key_set(),
        (Method::POST, "/auth/token") => state.exchange(&form),
        (Method::POST, "/auth/revoke") => state.revoke(&form),
        _ => response(404, String::new()),
    })
}

impl State {
    fn key_set(&self) -> Response<String> {
        let mut answer = response(200, json!({ "keys": self.keys }).to_string());
        if let Some(value) = &self.cache_control {
            answer.headers_mut().insert("cache-control", value.parse().unwrap());
        }
        answer
    }

    /// Codes count once, and only for the client that they were given to.
    fn exchange(&mut self, form: &HashMap<String, String>) -> Response<String> {
        let Some(client) = known_client(form) else { return problem("invalid_client") };
        let code = form.get("code").cloned().unwrap_or_default();
        if form.get("grant_type").is_none_or(|kind| kind != "authorization_code") {
            return problem("unsupported_grant_type");
        }
        if self.codes.get(&code) != Some(&client) {
            return problem("invalid_grant");
        }
        self.codes.remove(&code);
        let tokens = json!({
            "access_token": format!("access of {code}"), "token_type": "Bearer", "expires_in": 3600,
            "refresh_token": format!("refresh of {code}"), "id_token": "a.b.c",
        });
        response(200, tokens.to_string())
    }

    fn revoke(&mut self, form: &HashMap<String, String>) -> Response<String> {
        if known_client(form).is_none() {
            return problem("invalid_client");
        }
        if form.get("token_type_hint").is_none_or(|hint| hint != "refresh_token") {
            return problem("invalid_request");
        }
        self.revoked.extend(form.get("token").cloned());
        response(200, String::new())
    }
}

/// The client that the form's secret is for, if our team has signed it as Apple demands.
fn known_client(form: &HashMap<String, String>) -> Option<String> {
    let (client, secret) = (form.get("client_id")?, form.get("client_secret")?);
    let key = DecodingKey::from_jwk(&serde_json::from_value(APPLE_KEY.jwk()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_issuer(&[APPLE_TEAM]);
    rules.set_audience(&["https://appleid.apple.com"]);
    rules.sub = Some(client.clone());
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // Tests have clocks of their own.
    rules.validate_exp = false;
    let secret = jsonwebtoken::decode::<Value>(secret, &key, &rules).ok()?;
    let life = secret.claims["exp"].as_i64()? - secret.claims["iat"].as_i64()?;
    let is_ours = secret.header.kid.as_deref() == Some(APPLE_KEY_ID) && (1..=15_777_000).contains(&life);
    is_ours.then(|| client.clone())
}

fn problem(word: &str) -> Response<String> {
    response(400, json!({ "error": word }).to_string())
}

fn response(status: u16, body: String) -> Response<String> {
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}
