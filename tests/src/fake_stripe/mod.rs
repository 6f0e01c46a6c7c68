//! What stands for Stripe: a server over real HTTP that keeps customers, subscriptions, invoices, refunds, and can be
//! unwell in every way. Written from Stripe's documentation and not from our adapter, so that the one can be held against
//! the other; it refuses parameters that Stripe does not have.

mod connect;
mod form;
mod invoices;
mod state;
mod subscriptions;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::unwell::{Fault, answer_with};
use state::{Asked, State};

/// The key that it takes.
pub const STRIPE_KEY: &str = "sk_test_good";

/// A running server; it ends with this value.
pub struct FakeStripe {
    /// Its base URL.
    pub url: String,
    shared: Arc<Mutex<Shared>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    state: State,
    faults: VecDeque<Fault>,
    asked: Vec<String>,
}

impl FakeStripe {
    /// Starts one that knows the prices of the shipped catalogue.
    pub async fn start() -> Self {
        let (shared, listener) = (Arc::<Mutex<Shared>>::default(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = shared.clone();
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = kept.clone();
                let service = service_fn(move |request| answer(shared.clone(), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        Self { url, shared, serving }
    }

    /// Lets the next requests go wrong, one after the other.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.extend(faults);
    }

    /// A customer who has paid for a subscription, in a checkout that named our user: the ids of the customer, of the
    /// subscription, and of its first payment.
    pub fn subscribed(&self, user: &str, price: &str) -> (String, String, String) {
        self.lock().state.subscribed(user, price)
    }

    /// The card of a customer is declined from now on.
    pub fn decline(&self, customer: &str) {
        self.lock().state.declining.insert(customer.to_owned());
    }

    /// Knows a promotion code from now on.
    pub fn promote(&self, code: &str) {
        self.lock().state.promotion_codes.push(code.to_owned());
    }

    /// Lets so many days pass, without any renewal.
    pub fn wait_days(&self, days: i64) {
        self.lock().state.ahead += days * 86_400;
    }

    /// A payee has told who they are, and was paid out once.
    pub fn onboarded(&self, account: &str) {
        self.lock().state.onboarded(account);
    }

    /// What it was asked to do, oldest first: `POST /v1/refunds`. Looking is not counted.
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    /// An object as it is, by its id.
    pub fn object(&self, id: &str) -> Value {
        self.lock().state.objects.get(id).cloned().unwrap_or_default()
    }

    /// The id of the link between a payment and its invoice.
    pub fn invoice_payment_of(&self, payment: &str) -> String {
        let of_it = |link: &&Value| link["payment"]["payment_intent"] == payment;
        self.lock().state.of_kind("invoice_payment").find(of_it).unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An error ends the connection without an answer.
async fn answer(shared: Arc<Mutex<Shared>>, request: Request<Incoming>) -> io::Result<Response<String>> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut asked = Asked {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization: header("authorization"),
        version: header("stripe-version"),
        account: header("stripe-account"),
        key: header("idempotency-key"),
        body: String::new(),
    };
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    asked.body = String::from_utf8(body.to_vec()).unwrap_or_default();
    let fault = {
        let mut shared = shared.lock().unwrap();
        if asked.method != "GET" {
            let deed = format!("{} {}", asked.method, asked.path);
            shared.asked.push(deed);
        }
        shared.faults.pop_front()
    };
    let act = || shared.lock().unwrap().state.answer(&asked);
    let mut response = answer_with(fault, act).await?;
    let date = shared.lock().unwrap().state.date();
    response.headers_mut().insert("date", date.parse().unwrap());
    Ok(response)
}
