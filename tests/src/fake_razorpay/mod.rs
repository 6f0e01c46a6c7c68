//! What stands for Razorpay: a server over real HTTP that keeps plans, subscriptions, invoices, payments and refunds, says
//! what happened in events, and can be unwell in every way. Written from Razorpay's documentation and not from our adapter,
//! so that the one can be held against the other; it refuses parameters that Razorpay does not have.

mod cycles;
mod params;
mod payments;
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

/// The id of the key that it takes.
pub const RAZORPAY_KEY_ID: &str = "rzp_test_good";

/// The secret of that key.
pub const RAZORPAY_KEY_SECRET: &str = "a secret of the good key";

/// An event as Razorpay sends it.
#[derive(Debug, Clone)]
pub struct RazorpayEvent {
    /// What stands in the header; the body has no id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// The exact bytes.
    pub body: String,
}

/// A running server; it ends with this value.
pub struct FakeRazorpay {
    /// Its base URL.
    pub url: String,
    shared: Arc<Mutex<Shared>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    state: State,
    faults: VecDeque<(&'static str, Fault)>,
    asked: Vec<String>,
}

impl FakeRazorpay {
    /// Starts one that knows the plans of the shipped catalogue.
    pub async fn start() -> Self {
        let (shared, listener) = (Arc::<Mutex<Shared>>::default(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        shared.lock().unwrap().state.know_shipped_plans();
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

    /// Knows one more plan, which is charged each month.
    pub fn know_plan(&self, id: &str, amount: i64, currency: &str) {
        self.lock().state.know_plan(id, "monthly", amount, currency);
    }

    /// Lets the next requests with this method go wrong, one after the other.
    pub fn fail(&self, method: &'static str, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.extend(faults.into_iter().map(|fault| (method, fault)));
    }

    /// The payer gives the mandate on the hosted page. Without a trial the first charge follows.
    pub fn give_mandate(&self, subscription: &str) {
        self.lock().state.give_mandate(subscription);
    }

    /// The end of the cycle: it is charged for the next one, or ends. Time goes on to it.
    pub fn end_cycle(&self, subscription: &str) {
        self.lock().state.end_cycle(subscription);
    }

    /// The next try of a charge that failed.
    pub fn retry(&self, subscription: &str) {
        self.lock().state.charge(subscription);
    }

    /// The bank refuses every charge from now on, or no longer.
    pub fn decline(&self, declines: bool) {
        self.lock().state.declines = declines;
    }

    /// The customer's bank takes a payment back.
    pub fn dispute(&self, payment: &str, status: &str) {
        self.lock().state.dispute(payment, status);
    }

    /// Lets so many seconds pass.
    pub fn wait(&self, seconds: i64) {
        self.lock().state.ahead += seconds;
    }

    /// The events since the last time, oldest first.
    pub fn events(&self) -> Vec<RazorpayEvent> {
        std::mem::take(&mut self.lock().state.events)
    }

    /// What it was asked to do, oldest first: `POST /v1/subscriptions`. Looking is not counted.
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    /// An object as it is, by its id.
    pub fn object(&self, id: &str) -> Value {
        self.lock().state.objects.get(id).cloned().unwrap_or_default()
    }

    /// The ids of all objects of a kind, oldest first.
    pub fn ids(&self, kind: &str) -> Vec<String> {
        let shared = self.lock();
        let mut ids: Vec<_> = shared.state.of_kind(kind).map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        ids.reverse();
        ids
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Drop for FakeRazorpay {
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
        refund_key: header("x-refund-idempotency"),
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
        match shared.faults.front() {
            Some((method, _)) if *method == asked.method => shared.faults.pop_front().map(|(_, fault)| fault),
            _ => None,
        }
    };
    let mut response = answer_with(fault, || shared.lock().unwrap().state.answer(&asked)).await?;
    // Its own time, which may be ahead of ours.
    let date = shared.lock().unwrap().state.date();
    response.headers_mut().insert("date", date.parse().unwrap());
    Ok(response)
}
