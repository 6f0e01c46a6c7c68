//! Every type of event that the product asks Stripe for, as API versions since and before "basil" send it, one event per
//! line of `fixtures/`. Hand-made from Stripe's documentation; whichever version sends it, it says the same.

use std::collections::BTreeMap;

use hos_domain::billing::{
    DisputeStatus, EndReason, Facts, InvoiceStatus, Observation, Phase, Provider, RefundStatus, StoredWebhook,
    Translated,
};
use hos_domain::kernel::{Id, Timestamp};
use rstest::rstest;
use serde_json::Value;
use uuid::Uuid;

use super::*;

const SINCE: &str = include_str!("../../fixtures/since_basil.jsonl");
const BEFORE: &str = include_str!("../../fixtures/before_basil.jsonl");

fn events(lines: &str) -> BTreeMap<String, Translated> {
    let event = |line: &str| {
        let kind = serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned();
        let stored = StoredWebhook {
            id: Id::new(Uuid::nil()),
            provider: Provider::Stripe,
            account: String::new(),
            event_id: "evt_1".into(),
            kind: kind.clone(),
            headers: Vec::new(),
            body: line.as_bytes().to_vec(),
            received_at: Timestamp::EPOCH,
        };
        let translated = StripeTranslator.translate(&stored).unwrap_or_else(|error| panic!("{kind}: {error}"));
        (kind, translated)
    };
    lines.lines().map(event).collect()
}

/// What an event comes to, in a few words; of the first observation where there are more.
fn words(translated: &Translated) -> String {
    match translated {
        Translated::Observations(observations) => said(&observations[0]),
        Translated::Ignored(_) => "ignored".to_owned(),
        Translated::Unknown(what) => panic!("{what}"),
    }
}

fn said(observation: &Observation) -> String {
    match &observation.facts {
        Facts::Checkout(facts) => format!("checkout completed={} paid={}", facts.completed, facts.paid),
        Facts::Subscription(facts) => {
            let ends = if facts.cancel_at.is_some() { ", ends" } else { "" };
            let phase = match facts.phase {
                Phase::Ended(EndReason::Early) => "ended early".to_owned(),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("subscription {phase}{ends}")
        }
        Facts::Invoice(facts) => {
            let status = match facts.status {
                InvoiceStatus::Paid => "paid",
                InvoiceStatus::Open => "open",
                InvoiceStatus::Void => "void",
                InvoiceStatus::Uncollectible => "uncollectible",
                InvoiceStatus::Draft => "draft",
            };
            format!("invoice {status}{}", if facts.attempt_failed { ", a try failed" } else { "" })
        }
        Facts::CancelIntent(_) => "our own decision".to_owned(),
        Facts::Charge(facts) => format!("charge, {} given back", facts.refunded.amount_minor),
        Facts::Refund(facts) => match facts.status {
            RefundStatus::Pending => "refund pending".to_owned(),
            RefundStatus::Succeeded => "refund succeeded".to_owned(),
            RefundStatus::Failed => "refund failed".to_owned(),
        },
        Facts::Dispute(facts) => match facts.status {
            DisputeStatus::Open => "dispute open".to_owned(),
            DisputeStatus::Won => "dispute won".to_owned(),
            DisputeStatus::Lost => "dispute lost".to_owned(),
        },
        Facts::Link => "link".to_owned(),
    }
}

#[rstest]
#[case("checkout.session.completed", "checkout completed=true paid=true")]
#[case("checkout.session.expired", "checkout completed=false paid=false")]
#[case("checkout.session.async_payment_succeeded", "checkout completed=true paid=true")]
#[case("checkout.session.async_payment_failed", "checkout completed=true paid=false")]
#[case("customer.subscription.created", "subscription pending")]
#[case("customer.subscription.updated", "subscription active, ends")]
#[case("customer.subscription.deleted", "subscription ended early")]
#[case("customer.subscription.paused", "subscription paused")]
#[case("customer.subscription.resumed", "subscription active")]
#[case("customer.subscription.trial_will_end", "subscription trialing")]
#[case("customer.deleted", "link")]
#[case("invoice.paid", "invoice paid")]
#[case("invoice.payment_failed", "invoice open, a try failed")]
#[case("invoice.finalized", "invoice open")]
#[case("invoice.upcoming", "ignored")]
#[case("invoice.voided", "invoice void")]
#[case("invoice.marked_uncollectible", "invoice uncollectible")]
#[case("invoice.payment_action_required", "invoice open, a try failed")]
#[case("invoice_payment.paid", "link")]
#[case("payment_intent.succeeded", "link")]
#[case("payment_intent.payment_failed", "link")]
#[case("payment_intent.canceled", "link")]
#[case("payment_intent.amount_capturable_updated", "link")]
#[case("charge.captured", "charge, 0 given back")]
#[case("charge.refunded", "charge, 999 given back")]
#[case("charge.dispute.created", "dispute open")]
#[case("charge.dispute.updated", "dispute open")]
#[case("charge.dispute.closed", "dispute lost")]
#[case("charge.dispute.funds_withdrawn", "dispute open")]
#[case("charge.dispute.funds_reinstated", "dispute won")]
#[case("refund.created", "refund pending")]
#[case("refund.updated", "refund succeeded")]
#[case("refund.failed", "refund failed")]
#[case("account.updated", "ignored")]
#[case("payout.paid", "ignored")]
#[case("payout.failed", "ignored")]
#[case("entitlements.active_entitlement_summary.updated", "ignored")]
fn each_type_says_what_it_says(#[case] kind: &str, #[case] meaning: &str) {
    assert_eq!(words(&events(SINCE)[kind]), meaning);
    if let Some(older) = events(BEFORE).get(kind) {
        assert_eq!(words(older), meaning);
    }
}

/// The fields moved; what they say did not. Only what belongs together is told in other events since.
#[test]
fn an_event_says_the_same_in_both_shapes() {
    let since = events(SINCE);
    for (kind, older) in events(BEFORE) {
        let (Translated::Observations(older), Translated::Observations(newer)) = (older, &since[&kind]) else {
            continue;
        };
        let (older, newer) = (&older[0], &newer[0]);
        assert_eq!(older.facts, newer.facts, "{kind}");
        assert_eq!(
            (&older.object, &older.customer, older.as_of),
            (&newer.object, &newer.customer, newer.as_of),
            "{kind}"
        );
    }
}

/// Since basil an invoice does not name its payment and a charge not its invoice: the links between them do.
#[test]
fn in_both_shapes_a_refund_leads_to_its_invoice() {
    for lines in [SINCE, BEFORE] {
        let mut reached = vec!["re_1".to_owned()];
        for _ in 0..4 {
            for translated in events(lines).into_values() {
                let Translated::Observations(observations) = translated else { continue };
                for one in observations.iter().filter(|one| !matches!(one.facts, Facts::Checkout(_))) {
                    let names: Vec<&String> = std::iter::once(&one.object).chain(&one.refers_to).collect();
                    if names.iter().any(|name| reached.contains(name)) {
                        reached.extend(names.into_iter().cloned());
                    }
                }
            }
        }
        assert!(reached.contains(&"in_1".to_owned()), "{reached:?}");
    }
}
