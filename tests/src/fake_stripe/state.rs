//! Everything that the server knows, who may ask, and what is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use serde_json::{Value, json};

use super::form::{number, text, tree};

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authorization: Option<String>,
    pub(super) version: Option<String>,
    pub(super) account: Option<String>,
    pub(super) key: Option<String>,
    pub(super) body: String,
}

pub(super) type Refused = (u16, Value);
pub(super) type Answered = Result<Value, Refused>;

#[derive(Default)]
pub(super) struct State {
    /// Every object by its id; ids count up, so they are in order of age.
    pub(super) objects: BTreeMap<String, Value>,
    pub(super) declining: BTreeSet<String>,
    pub(super) promotion_codes: Vec<String>,
    pub(super) meter_events: BTreeSet<String>,
    /// Seconds ahead of real time.
    pub(super) ahead: i64,
    answers: HashMap<String, (String, u16, Value)>,
    last_number: u32,
}

pub(super) fn invalid(code: &str, message: &str) -> Refused {
    (400, json!({ "error": { "type": "invalid_request_error", "code": code, "message": message } }))
}

pub(super) fn missing(id: &str) -> Refused {
    let message = format!("No such object: '{id}'");
    (404, json!({ "error": { "type": "invalid_request_error", "code": "resource_missing", "message": message } }))
}

pub(super) fn declined() -> Refused {
    let error = json!({ "type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card has insufficient funds." });
    (402, json!({ "error": error }))
}

impl State {
    pub(super) fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        if asked.authorization.as_deref() != Some(&format!("Bearer {}", super::STRIPE_KEY)) {
            return (
                401,
                json!({ "error": { "type": "invalid_request_error", "message": "Invalid API Key provided" } }),
            );
        }
        if asked.version.as_deref() != Some("2026-10-28.endive") {
            return invalid("invalid_version", "This server speaks one version only.");
        }
        let key = asked.key.as_deref().filter(|_| asked.method == "POST");
        let fingerprint = format!("{} {}", asked.path, asked.body);
        if let Some((known, status, answer)) = key.and_then(|key| self.answers.get(key)) {
            if *known != fingerprint {
                let message =
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.";
                return (400, json!({ "error": { "type": "idempotency_error", "message": message } }));
            }
            return (*status, answer.clone());
        }
        let before = self.objects.clone();
        let (status, answer) = match self.route(asked) {
            Ok(answer) => (200, answer),
            Err((status, error)) => {
                self.objects = before;
                (status, error)
            }
        };
        // What was refused before it began is not kept.
        if let Some(key) = key.filter(|_| status != 400 && status != 404) {
            self.answers.insert(key.to_owned(), (fingerprint, status, answer.clone()));
        }
        (status, answer)
    }

    fn route(&mut self, asked: &Asked) -> Answered {
        let parts: Vec<&str> = asked.path.trim_start_matches("/v1/").split('/').collect();
        let endpoint = |path: &str| format!("{} /v1/{path}", asked.method);
        let form = |path: &str| tree(&endpoint(path), if asked.method == "GET" { &asked.query } else { &asked.body });
        match (asked.method.as_str(), parts.as_slice()) {
            ("POST", ["checkout", "sessions"]) => self.open_checkout(&form("checkout/sessions")?),
            ("GET", ["promotion_codes"]) => {
                let query = form("promotion_codes")?;
                let known = self.promotion_codes.iter().filter(|code| text(&query, &["code"]) == Some(code));
                Ok(
                    json!({ "object": "list", "data": known.map(|code| json!({ "id": format!("promo_{code}") })).collect::<Vec<_>>() }),
                )
            }
            ("POST", ["billing_portal", "sessions"]) => {
                let form = form("billing_portal/sessions")?;
                let customer = text(&form, &["customer"]).unwrap_or_default();
                self.known(customer).map_err(|(_, error)| (400, error))?;
                Ok(
                    json!({ "object": "billing_portal.session", "url": format!("https://billing.stripe.com/p/session/{customer}") }),
                )
            }
            ("POST", ["customers"]) => Ok(self.new_customer(&form("customers")?)),
            ("DELETE", ["customers", id]) => self.delete_customer(id),
            ("GET", ["subscriptions"]) => self.list_subscriptions(&form("subscriptions")?),
            ("GET", ["subscriptions", id]) => self.show_subscription(id),
            ("POST", ["subscriptions", id]) => self.update_subscription(id, &form("subscriptions/{id}")?),
            ("DELETE", ["subscriptions", id]) => self.end_subscription(id),
            ("POST", ["subscriptions", id, "pause"]) => self.pause(id, &form("subscriptions/{id}/pause")?),
            ("POST", ["subscriptions", id, "resume"]) => self.resume(id, &form("subscriptions/{id}/resume")?),
            ("POST", ["invoices", "create_preview"]) => self.preview(&form("invoices/create_preview")?),
            ("GET", ["invoices"]) => self.list_invoices(&form("invoices")?),
            ("GET", ["invoices", id]) => self.known(id).map(|invoice| self.with_payments(invoice)),
            ("GET", ["invoice_payments"]) => self.invoice_payments(&form("invoice_payments")?),
            ("POST", ["refunds"]) => self.refund(&form("refunds")?),
            ("GET", ["refunds"]) => self.refunds_of(&form("refunds")?),
            ("GET", ["refunds" | "charges", id]) => self.known(id),
            ("GET", ["payment_intents", id]) => self.known(id),
            ("POST", ["payment_intents"]) => self.authorize(&form("payment_intents")?),
            ("POST", ["payment_intents", id, "capture"]) => self.capture(id, &form("payment_intents/{id}/capture")?),
            ("POST", ["payment_intents", id, "cancel"]) => self.release(id),
            ("POST", ["billing", "meter_events"]) => self.meter(&form("billing/meter_events")?),
            ("POST", ["accounts"]) => Ok(self.open_account(&form("accounts")?)),
            ("GET", ["accounts", id]) => self.known(id),
            ("POST", ["account_links"]) => self.account_link(&form("account_links")?),
            ("GET", ["payouts"]) => Ok(self.payouts(asked.account.as_deref().unwrap_or_default())),
            _ => Err(missing(&asked.path)),
        }
    }

    pub(super) fn now(&self) -> i64 {
        SystemClock.now().unix_seconds() + self.ahead
    }

    /// The time by its own clock, as HTTP writes it.
    pub(super) fn date(&self) -> String {
        let now = chrono::DateTime::from_timestamp(self.now(), 0).unwrap();
        now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.last_number += 1;
        format!("{prefix}_{:04}", self.last_number)
    }

    pub(super) fn known(&self, id: &str) -> Answered {
        self.objects.get(id).cloned().ok_or_else(|| missing(id))
    }

    pub(super) fn keep(&mut self, object: Value) -> Value {
        self.objects.insert(object["id"].as_str().unwrap().to_owned(), object.clone());
        object
    }

    /// All objects of a kind, the newest first.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.objects.values().rev().filter(move |object| object["object"] == kind)
    }

    fn new_customer(&mut self, form: &Value) -> Value {
        let id = self.fresh("cus");
        let metadata = form.get("metadata").cloned().unwrap_or_else(|| json!({}));
        self.keep(json!({ "id": id, "object": "customer", "email": form.get("email"), "metadata": metadata }))
    }

    fn delete_customer(&mut self, id: &str) -> Answered {
        self.known(id)?;
        let theirs: Vec<String> = self
            .of_kind("subscription")
            .filter(|one| one["customer"] == *id)
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        for subscription in theirs {
            self.end_subscription(&subscription).ok();
        }
        self.objects.remove(id);
        Ok(json!({ "id": id, "object": "customer", "deleted": true }))
    }

    fn open_checkout(&mut self, form: &Value) -> Answered {
        let price = text(form, &["line_items", "0", "price"]).unwrap_or_default();
        super::subscriptions::price(price).ok_or_else(|| invalid("resource_missing", "No such price"))?;
        if let Some(customer) = text(form, &["customer"]) {
            self.known(customer).map_err(|(_, error)| (400, error))?;
            if form.get("customer_email").is_some() {
                return Err(invalid(
                    "parameter_conflict",
                    "You may only specify one of these parameters: customer, customer_email.",
                ));
            }
        }
        let id = self.fresh("cs_test");
        let url = format!("https://checkout.stripe.com/c/pay/{id}");
        Ok(self.keep(json!({ "id": id, "object": "checkout.session", "status": "open", "payment_status": "unpaid", "url": url, "asked": form })))
    }

    /// One page of a list, the newest first.
    pub(super) fn page(form: &Value, all: Vec<Value>) -> Answered {
        let limit = usize::try_from(number(form, &["limit"])?.unwrap_or(10)).unwrap_or(10);
        let after = text(form, &["starting_after"]);
        let skip =
            after.map_or(0, |after| all.iter().position(|one| one["id"] == after).map_or(all.len(), |at| at + 1));
        let has_more = all.len() > skip + limit;
        let data: Vec<Value> = all.into_iter().skip(skip).take(limit).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": has_more }))
    }
}
