//! Everything that the server knows, who may ask, and what is asked.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use serde_json::{Value, json};

use super::params::{body, page, query};
use super::{RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RazorpayEvent};

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authorization: Option<String>,
    pub(super) refund_key: Option<String>,
    pub(super) body: String,
}

pub(super) type Refused = (u16, Value);
pub(super) type Answered = Result<Value, Refused>;

#[derive(Default)]
pub(super) struct State {
    /// Every object by its id; the numbers in ids count up, so they are in order of age.
    pub(super) objects: BTreeMap<String, Value>,
    pub(super) events: Vec<RazorpayEvent>,
    /// Subscriptions that end with their cycle. Nothing that anybody can ask for shows it.
    pub(super) ending: Vec<String>,
    pub(super) declines: bool,
    /// Seconds ahead of real time.
    pub(super) ahead: i64,
    /// Refunds that were made, by their keys, with what was asked.
    pub(super) refund_keys: HashMap<String, (String, Value)>,
    last_number: u32,
}

pub(super) fn refused(description: &str) -> Refused {
    let error = json!({ "code": "BAD_REQUEST_ERROR", "description": description, "field": null, "source": "business",
        "step": "payment_initiation", "reason": "input_validation_failed", "metadata": {} });
    (400, json!({ "error": error }))
}

impl State {
    pub(super) fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        let good = BASE64.encode(format!("{RAZORPAY_KEY_ID}:{RAZORPAY_KEY_SECRET}"));
        if asked.authorization.as_deref() != Some(&format!("Basic {good}")) {
            return (401, refused("Authentication failed").1);
        }
        match self.route(asked) {
            Ok(answer) => (200, answer),
            Err(refused) => refused,
        }
    }

    fn route(&mut self, asked: &Asked) -> Answered {
        let parts: Vec<&str> = asked.path.trim_start_matches("/v1/").split('/').collect();
        let body = |what: &str| body(&format!("{} {what}", asked.method), &asked.body);
        let query = |what: &str| query(&format!("GET {what}"), &asked.query);
        match (asked.method.as_str(), parts.as_slice()) {
            ("POST", ["plans"]) => self.new_plan(body("plans")?),
            ("POST", ["subscriptions"]) => self.new_subscription(body("subscriptions")?),
            ("GET", ["subscriptions"]) => {
                let query = query("subscriptions")?;
                page(&query, self.matching("subscription", &[("plan_id", query.get("plan_id"))]))
            }
            ("PATCH", ["subscriptions", id]) => self.update(id, &body("subscriptions")?),
            ("POST", ["subscriptions", id, "cancel"]) => self.cancel(id, &body("cancel")?),
            ("POST", ["subscriptions", id, "pause"]) => body("pause").and_then(|_| self.pause(id)),
            ("POST", ["subscriptions", id, "resume"]) => body("resume").and_then(|_| self.resume(id)),
            ("GET", ["invoices"]) => {
                let query = query("invoices")?;
                let fields = ["subscription_id", "customer_id", "payment_id"];
                page(&query, self.matching("invoice", &fields.map(|field| (field, query.get(field)))))
            }
            ("POST", ["payments", id, "refund"]) => {
                self.refund(id, &body("refund")?, asked.refund_key.as_deref(), &asked.body)
            }
            ("GET", ["payments", id, "refunds"]) => {
                let query = query("refunds")?;
                page(&query, self.matching("refund", &[("payment_id", Some(&json!(id)))]))
            }
            ("GET", ["plans" | "subscriptions" | "invoices" | "payments" | "refunds", id]) => self.known(id),
            _ => Err((404, refused("The requested URL was not found on the server.").1)),
        }
    }

    /// The objects of a kind, the newest first, whose fields are as asked for.
    fn matching(&self, kind: &str, wanted: &[(&str, Option<&Value>)]) -> Vec<Value> {
        let fits = |one: &&Value| wanted.iter().all(|(field, value)| value.is_none_or(|value| one[*field] == *value));
        self.of_kind(kind).filter(fits).cloned().collect()
    }

    pub(super) fn now(&self) -> i64 {
        SystemClock.now().unix_seconds() + self.ahead
    }

    /// The time as an HTTP header says it.
    pub(super) fn date(&self) -> String {
        let now = chrono::DateTime::from_timestamp(self.now(), 0).unwrap();
        now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.last_number += 1;
        format!("{prefix}_{:06}", self.last_number)
    }

    pub(super) fn known(&self, id: &str) -> Answered {
        self.objects.get(id).cloned().ok_or_else(|| refused("The id provided does not exist"))
    }

    pub(super) fn keep(&mut self, object: Value) -> Value {
        self.objects.insert(object["id"].as_str().unwrap().to_owned(), object.clone());
        object
    }

    /// All objects of a kind, the newest first.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.objects.values().rev().filter(move |object| object["entity"] == kind)
    }

    /// Says what happened, with the objects as they are.
    pub(super) fn tell(&mut self, kind: &str, objects: &[(&str, &Value)]) {
        let contains: Vec<&str> = objects.iter().map(|(name, _)| *name).collect();
        let payload: serde_json::Map<_, _> =
            objects.iter().map(|(name, entity)| ((*name).to_owned(), json!({ "entity": entity }))).collect();
        let body = json!({
            "entity": "event", "account_id": "acc_000001", "event": kind, "contains": contains, "payload": payload,
            "created_at": self.now(),
        });
        let id = self.fresh("evt");
        self.events.push(RazorpayEvent { id, kind: kind.to_owned(), body: body.to_string() });
    }
}
