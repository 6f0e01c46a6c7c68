//! A browser from outside: it keeps cookies as browsers do, names the origin of its page with whatever changes something,
//! and its page sends the CSRF token that it was given.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Api, PASSWORD, Reply};

/// A browser that shows one page.
#[derive(Debug, Clone)]
pub struct Browser {
    api: Api,
    /// Its cookies.
    pub cookies: BTreeMap<String, String>,
    /// What the page knows.
    pub csrf: Option<String>,
    /// Headers that the browser or the page adds to what changes something.
    pub headers: Vec<(&'static str, String)>,
}

impl Browser {
    /// One that shows a page of the server itself.
    pub fn on(api: &Api) -> Self {
        let port = api.url.rsplit(':').next().unwrap();
        let origin = ("origin", format!("http://localhost:{port}"));
        Self { api: api.clone(), cookies: BTreeMap::new(), csrf: None, headers: vec![origin] }
    }

    /// The same browser with these headers instead.
    pub fn with(&self, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { headers, ..self.clone() }
    }

    /// The same browser showing a page that knows this CSRF token, or none.
    pub fn knowing(&self, csrf: Option<&str>) -> Self {
        Self { csrf: csrf.map(str::to_owned), ..self.clone() }
    }

    /// Logs in, or whatever else the path does, and asks for cookies.
    pub async fn enter(&mut self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(&body), &[("x-auth-mode", "cookie")]).await
    }

    /// Registers `{name}@example.com`.
    pub async fn register(&mut self, name: &str) -> Reply {
        let form = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name });
        self.enter("/api/v1/auth/register", form).await.expect(201)
    }

    /// Carries the session on, as a page does: without a body.
    pub async fn refresh(&mut self) -> Reply {
        self.send(Method::POST, "/api/v1/auth/refresh", None, &[]).await
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    /// POST with a JSON body.
    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(&body), &[]).await
    }

    /// Any request, with more headers.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<&Value>, more: &[(&str, &str)]) -> Reply {
        let changes = method != Method::GET;
        let reply = self.api.send(method, path, None, |request| {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = if pairs.is_empty() { request } else { request.header("cookie", pairs.join("; ")) };
            let request = body.iter().fold(request, |request, body| request.json(body));
            let request = more.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            if !changes {
                return request;
            }
            let request = self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
            self.csrf.iter().fold(request, |request, csrf| request.header("x-csrf-token", csrf))
        });
        let reply = reply.await;
        self.keep(&reply);
        reply
    }

    fn keep(&mut self, reply: &Reply) {
        for line in set_cookies(reply) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(csrf) = reply.body["csrf_token"].as_str() {
            self.csrf = Some(csrf.to_owned());
        }
    }
}

/// The lines of `Set-Cookie` of an answer.
pub fn set_cookies(reply: &Reply) -> Vec<&str> {
    reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect()
}
