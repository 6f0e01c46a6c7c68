//! Which parameters each endpoint takes, by Razorpay's documentation. It refuses all others.

use serde_json::{Map, Value};

use super::state::{Refused, refused};

const LISTS: [&str; 4] = ["count", "skip", "from", "to"];

const PARAMS: [(&str, &[&str], &[&str]); 9] = [
    ("POST plans", &["period", "interval", "item"], &["notes"]),
    (
        "POST subscriptions",
        &["plan_id", "total_count"],
        &["quantity", "start_at", "expire_by", "customer_notify", "addons", "offer_id", "notes"],
    ),
    (
        "PATCH subscriptions",
        &[],
        &["plan_id", "quantity", "remaining_count", "start_at", "offer_id", "schedule_change_at", "customer_notify"],
    ),
    ("POST cancel", &[], &["cancel_at_cycle_end"]),
    ("POST pause", &["pause_at"], &[]),
    ("POST resume", &["resume_at"], &[]),
    ("POST refund", &[], &["amount", "speed", "notes", "receipt"]),
    ("GET subscriptions", &[], &["plan_id"]),
    ("GET invoices", &[], &["subscription_id", "customer_id", "payment_id"]),
];

/// The body, all of whose parameters the endpoint takes.
pub(super) fn body(endpoint: &str, text: &str) -> Result<Map<String, Value>, Refused> {
    let body: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| refused("The request body is not valid JSON"))?;
    check(endpoint, body.keys().map(String::as_str), &[])?;
    Ok(body)
}

/// The query of a list.
pub(super) fn query(endpoint: &str, text: &str) -> Result<Map<String, Value>, Refused> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    check(endpoint, fields.iter().map(|(name, _)| name.as_str()), &LISTS)?;
    Ok(fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

fn check<'a>(endpoint: &str, names: impl Iterator<Item = &'a str>, more: &[&str]) -> Result<(), Refused> {
    let Some((_, required, optional)) = PARAMS.iter().find(|(known, _, _)| *known == endpoint) else { return Ok(()) };
    let names: Vec<&str> = names.collect();
    if let Some(strange) = names.iter().find(|name| ![required, optional, more].iter().any(|list| list.contains(name)))
    {
        return Err(refused(&format!("{strange} is/are not required and should not be sent")));
    }
    match required.iter().find(|name| !names.contains(name)) {
        Some(missing) => Err(refused(&format!("The {missing} field is required."))),
        None => Ok(()),
    }
}

/// One page of a list, the newest first.
pub(super) fn page(query: &Map<String, Value>, all: Vec<Value>) -> Result<Value, Refused> {
    let number = |name: &str, default: i64| match query.get(name).and_then(Value::as_str) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| refused(&format!("The {name} must be an integer."))),
    };
    let (count, skip) = (number("count", 10)?, number("skip", 0)?);
    if !(1..=100).contains(&count) {
        return Err(refused("The count must be between 1 and 100."));
    }
    let (from, to) = (number("from", 0)?, number("to", i64::MAX)?);
    let within = |one: &Value| (from..=to).contains(&one["created_at"].as_i64().unwrap());
    let (skip, count) = (usize::try_from(skip).unwrap(), usize::try_from(count).unwrap());
    let items: Vec<Value> = all.into_iter().filter(within).skip(skip).take(count).collect();
    Ok(serde_json::json!({ "entity": "collection", "count": items.len(), "items": items }))
}
