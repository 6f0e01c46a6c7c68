//! The API from outside: a client that holds every answer against the OpenAPI document.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Document, Reply};

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::of_this_version);

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Api {
    /// Where it listens.
    pub url: String,
    client: Client,
}

/// A logged-in user.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub user_id: String,
    /// Their address.
    pub email: String,
    /// For the `Authorization` header.
    pub access: String,
    /// For the next pair.
    pub refresh: String,
}

impl Session {
    /// The session that an answer of register, login or refresh holds; the address is empty where there is none.
    pub fn of(reply: &Reply) -> Self {
        Self {
            user_id: reply.text("/user/id"),
            email: reply.body["user"]["email"].as_str().unwrap_or_default().to_owned(),
            access: reply.text("/access_token"),
            refresh: reply.text("/refresh_token"),
        }
    }
}

impl Api {
    /// A client of the server at `url`.
    pub fn at(url: String) -> Self {
        Self { url, client: client() }
    }

    /// The client itself, for what no judge should see.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// GET.
    pub async fn get(&self, path: &str, session: Option<&Session>) -> Reply {
        self.send(Method::GET, path, session, |request| request).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, session: Option<&Session>, body: Value) -> Reply {
        self.send(Method::POST, path, session, |request| request.json(&body)).await
    }

    /// POST with an idempotency key.
    pub async fn post_once(&self, path: &str, session: &Session, key: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(session), |request| request.header("idempotency-key", key).json(&body)).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, session: Option<&Session>, body: Value) -> Reply {
        self.send(Method::PATCH, path, session, |request| request.json(&body)).await
    }

    /// DELETE with a JSON body.
    pub async fn delete_with(&self, path: &str, session: &Session, body: Value) -> Reply {
        self.send(Method::DELETE, path, Some(session), |request| request.json(&body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str, session: Option<&Session>) -> Reply {
        self.send(Method::DELETE, path, session, |request| request).await
    }

    /// Any request at all; the answer is held against the document.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        session: Option<&Session>,
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Reply {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.url));
        if let Some(session) = session {
            request = request.bearer_auth(&session.access);
        }
        let response = prepare(request).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        let reply = Reply { status, headers, body };
        DOCUMENT.judge(method.as_str(), path, status, reply.header("content-type"), &reply.body);
        reply
    }

    /// GET until what comes back is as wanted; panics with the last answer when it takes too long.
    pub async fn get_until(&self, path: &str, session: &Session, wanted: impl Fn(&Value) -> bool) -> Reply {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let reply = self.get(path, Some(session)).await;
            if wanted(&reply.body) {
                return reply;
            }
            assert!(Instant::now() < deadline, "waited in vain on {path}: {:#}", reply.body);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Opens a checkout for a plan and gives back its path on this server.
    pub async fn subscribe(&self, session: &Session, plan: &str) -> String {
        let reply = self.post("/api/v1/payments/subscribe", Some(session), json!({ "plan": plan })).await.expect(201);
        let url = reqwest::Url::parse(&reply.text("/checkout_url")).unwrap();
        url.path().to_owned()
    }

    /// Does on the checkout page what a payer would.
    pub async fn decide(&self, checkout: &str, outcome: &str) -> Reply {
        self.send(Method::POST, checkout, None, |request| request.form(&[("outcome", outcome)])).await
    }

    /// Subscribes, pays, and waits for access.
    pub async fn buy(&self, session: &Session, plan: &str) -> Reply {
        let checkout = self.subscribe(session, plan).await;
        self.decide(&checkout, "pay").await.expect(200);
        self.until_access(session).await
    }

    /// Waits until a subscription gives access. That it is active is known a moment before its payment is.
    pub async fn until_access(&self, session: &Session) -> Reply {
        let has_access = |body: &Value| body["subscription"]["has_access"] == true;
        self.get_until("/api/v1/billing/subscription", session, has_access).await
    }

    /// Winds the business clock.
    pub async fn advance(&self, days: u32) -> Reply {
        self.post("/sandbox/clock/advance", None, json!({ "days": days })).await.expect(200)
    }

    /// The mails and pushes that were written so far, latest first.
    pub async fn outbox(&self) -> Vec<Value> {
        self.get("/dev/outbox", None).await.expect(200).body["items"].as_array().unwrap().clone()
    }

    /// The mails and pushes about anything but the account itself.
    pub async fn outbox_beyond_codes(&self) -> Vec<Value> {
        let is_code = |item: &Value| item["title"].as_str().unwrap().starts_with("Your code is");
        self.outbox().await.into_iter().filter(|item| !is_code(item)).collect()
    }

    /// Waits for the newest mail to an address with this beginning of a subject, and gives back its text.
    pub async fn mail(&self, to: &str, subject: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let outbox = self.outbox().await;
            let wanted = |item: &&Value| {
                item["to"].as_str().unwrap().contains(to) && item["title"].as_str().unwrap().starts_with(subject)
            };
            if let Some(item) = outbox.iter().find(wanted) {
                return item["text"].as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "no mail {subject:?} to {to}: {outbox:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The six digits in the newest mail to an address with this beginning of a subject.
    pub async fn mailed_code(&self, to: &str, subject: &str) -> String {
        let text = self.mail(to, subject).await;
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        text.split(|c: char| !c.is_ascii_alphanumeric()).find(is_code).unwrap().to_owned()
    }

    /// Registers `{name}@example.com`.
    pub async fn register(&self, name: &str) -> Session {
        let form = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name });
        Session::of(&self.post("/api/v1/auth/register", None, form).await.expect(201))
    }

    /// Makes an API key with these scopes; what comes back sends it in place of an access token.
    pub async fn make_key(&self, session: &Session, scopes: &[&str]) -> Session {
        let form = json!({ "name": "Script", "scopes": scopes });
        let made = self.post("/api/v1/api-keys", Some(session), form).await.expect(201);
        session.with_access(&made.text("/key"))
    }

    /// Logs `{name}@example.com` in.
    pub async fn log_in(&self, name: &str) -> Session {
        let form = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        Session::of(&self.post("/api/v1/auth/login", None, form).await.expect(200))
    }
}

impl Session {
    /// Somebody of whom nothing is known but what they send in the `Authorization` header.
    pub fn bearer(access: &str) -> Self {
        Self { user_id: String::new(), email: String::new(), access: access.to_owned(), refresh: String::new() }
    }

    /// The same user with another text in the `Authorization` header.
    pub fn with_access(&self, access: &str) -> Self {
        Self { access: access.to_owned(), ..self.clone() }
    }
}

#[expect(clippy::disallowed_methods, reason = "a client from outside shares nothing with the product")]
fn client() -> Client {
    hos_http::set_up_tls();
    let accept = (HeaderName::from_static("accept"), HeaderValue::from_static("application/json"));
    // A redirect is an answer to be judged, not a wish.
    let builder = Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.no_gzip().default_headers([accept].into_iter().collect()).no_proxy().build().unwrap()
}
