//! Each kind of event, from a body written after Razorpay's documentation: here subscriptions and what is in no event's
//! nature, beside it what became of payments.

mod payments;

use std::collections::BTreeSet;

use hos_domain::billing::{EndReason, InvoiceFacts, InvoiceStatus, Phase, SubscriptionFacts};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const USER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const START: i64 = 1_790_000_000;
const END: i64 = 1_792_592_000;

/// A body from the folder of fixtures.
macro_rules! fixture {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../fixtures/", $name, ".json"))).unwrap()
    };
}

use fixture;

fn translated(event: &Value) -> Result<Translated, TranslationError> {
    RazorpayTranslator::new(Environment::Production).translate(&StoredWebhook {
        id: Id::new(Uuid::nil()),
        provider: Provider::Razorpay,
        account: String::new(),
        event_id: "evt_1".into(),
        kind: event["event"].as_str().unwrap_or_default().into(),
        headers: Vec::new(),
        body: event.to_string().into_bytes(),
        received_at: Timestamp::EPOCH,
    })
}

fn observed(event: &Value) -> Vec<Observation> {
    match translated(event).unwrap() {
        Translated::Observations(observations) => observations,
        other => panic!("{other:?}"),
    }
}

fn single(event: &Value) -> Observation {
    let [observation] = <[_; 1]>::try_from(observed(event)).unwrap();
    observation
}

fn subscription(observation: &Observation) -> &SubscriptionFacts {
    match &observation.facts {
        Facts::Subscription(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn invoice(observation: &Observation) -> &InvoiceFacts {
    match &observation.facts {
        Facts::Invoice(facts) => facts,
        other => panic!("{other:?}"),
    }
}

/// The charged event's subscription in another state.
fn changed(changes: &Value) -> Value {
    let mut event = fixture!("subscription.charged");
    event["event"] = json!("subscription.updated");
    for (name, value) in changes.as_object().unwrap() {
        event["payload"]["subscription"]["entity"][name] = value.clone();
    }
    event
}

#[test]
fn a_charge_pays_for_the_period_that_the_subscription_has_moved_on_to() {
    let [snapshot, paid, charge] = <[_; 3]>::try_from(observed(&fixture!("subscription.charged"))).unwrap();
    let facts = subscription(&snapshot);
    assert_eq!((facts.phase, facts.paid_count, facts.quantity), (Phase::Active, 1, 1));
    assert_eq!(facts.price.as_deref(), Some("plan_premium_monthly_inr"));
    assert_eq!(facts.started_at.unix_seconds(), 1_789_999_000);
    assert_eq!(snapshot.as_of.unix_seconds(), 1_790_000_005, "the event's own time");
    assert_eq!((paid.object.as_str(), invoice(&paid).status), ("inv_1", InvoiceStatus::Paid));
    assert_eq!(invoice(&paid).covers_until().unwrap().unix_seconds(), END);
    assert_eq!((invoice(&paid).paid.amount_minor, invoice(&paid).subscription.as_deref()), (49_900, Some("sub_1")));
    assert_eq!(paid.refers_to, ["sub_1", "pay_1", "order_1"]);
    assert_eq!((charge.object.as_str(), charge.refers_to), ("pay_1", vec!["inv_1".to_owned(), "order_1".into()]));
    for observation in [&snapshot, &paid] {
        assert_eq!(observation.user.unwrap().to_string(), USER);
        assert_eq!(observation.customer.as_deref(), Some("cust_1"));
        assert_eq!(observation.environment, Environment::Production);
    }
}

/// Observations are kept for good.
#[test]
fn nothing_personal_is_observed() {
    let bodies = [
        fixture!("subscription.charged"),
        fixture!("payment.captured"),
        fixture!("payment.failed"),
        fixture!("refund.processed"),
        fixture!("payment.dispute.lost"),
        fixture!("invoice.paid"),
        fixture!("order.paid"),
    ];
    for body in bodies {
        let told = serde_json::to_string(&observed(&body)).unwrap();
        assert!(!told.contains("ada@") && !told.contains("+91") && !told.contains("Ada"), "{told}");
    }
}

#[test]
fn a_charge_without_its_payment_or_its_period_is_broken() {
    for part in ["subscription", "payment"] {
        let mut event = fixture!("subscription.charged");
        event["payload"].as_object_mut().unwrap().remove(part);
        assert!(translated(&event).is_err(), "{part}");
    }
    let mut event = fixture!("subscription.charged");
    event["payload"]["subscription"]["entity"]["current_end"] = json!(null);
    assert!(translated(&event).is_err());
}

#[test]
fn a_charge_whose_payment_names_no_invoice_has_one_of_its_own() {
    let mut event = fixture!("subscription.charged");
    event["payload"]["payment"]["entity"]["invoice_id"] = json!(null);
    assert_eq!(observed(&event)[1].object, "pay_1/invoice");
}

/// Razorpay's column of the table of states. Without a charge none of them is paid for, whatever its period says.
#[rstest]
#[case("created", Phase::Pending)]
#[case("authenticated", Phase::Pending)]
#[case("active", Phase::Active)]
#[case("pending", Phase::Dunning)]
#[case("halted", Phase::Unpaid)]
#[case("paused", Phase::Paused)]
#[case("cancelled", Phase::Ended(EndReason::Canceled))]
#[case("completed", Phase::Completed)]
#[case("expired", Phase::Ended(EndReason::NeverStarted))]
fn each_status_has_its_phase(#[case] status: &str, #[case] phase: Phase) {
    let observation = single(&changed(&json!({ "status": status })));
    assert_eq!(
        (subscription(&observation).phase, subscription(&observation).provider_status.as_str()),
        (phase, status)
    );
}

#[test]
fn a_mandate_is_a_trial_only_where_we_gave_one() {
    let trial = fixture!("subscription.authenticated");
    let facts = single(&trial);
    assert_eq!(subscription(&facts).phase, Phase::Trialing);
    assert_eq!(subscription(&facts).trial_end.unwrap().unix_seconds(), 1_790_604_800);
    for notes in [json!([]), json!({ "user_id": USER }), json!({ "trial_days": "0" }), json!({ "trial_days": "many" })]
    {
        let mut put_off = trial.clone();
        put_off["payload"]["subscription"]["entity"]["notes"] = notes;
        let observation = single(&put_off);
        assert_eq!((subscription(&observation).phase, subscription(&observation).trial_end), (Phase::Pending, None));
    }
}

#[rstest]
#[case::before_its_end(json!(END - 1), EndReason::Early)]
#[case::at_its_end(json!(END), EndReason::Canceled)]
#[case::nobody_says(json!(null), EndReason::Canceled)]
fn what_is_cancelled_before_its_paid_end_says_so(#[case] ended_at: Value, #[case] reason: EndReason) {
    let observation = single(&changed(&json!({ "status": "cancelled", "ended_at": ended_at })));
    assert_eq!(subscription(&observation).phase, Phase::Ended(reason));
}

#[test]
fn what_is_completed_ends_with_the_period_that_was_paid_last() {
    let event = changed(&json!({ "status": "completed", "ended_at": START + 9, "remaining_count": 0 }));
    let observation = single(&event);
    assert_eq!(subscription(&observation).ended_at.unwrap().unix_seconds(), END);
    assert_eq!(subscription(&observation).cancel_at, None, "it needs no scheduling any more");
}

#[rstest]
#[case::more_to_come(11, None)]
#[case::the_last(0, Some(END))]
fn after_the_last_cycle_nothing_renews(#[case] remaining: i64, #[case] ends_at: Option<i64>) {
    let observation = single(&changed(&json!({ "remaining_count": remaining })));
    assert_eq!(subscription(&observation).cancel_at.map(Timestamp::unix_seconds), ends_at);
}

#[test]
fn a_word_that_was_added_lately_is_recorded_and_changes_nothing() {
    let unknown = translated(&changed(&json!({ "status": "hibernating" })));
    assert_eq!(unknown, Ok(Translated::Unknown("the subscription status hibernating".into())));
    let mut payment = fixture!("payment.captured");
    payment["payload"]["payment"]["entity"]["status"] = json!("floating");
    assert_eq!(translated(&payment), Ok(Translated::Unknown("the payment status floating".into())));
    payment["payload"]["payment"]["entity"]["status"] = json!("captured");
    payment["payload"]["payment"]["entity"]["currency"] = json!("XXX");
    assert_eq!(translated(&payment), Ok(Translated::Unknown("the currency XXX".into())));
}

#[test]
fn what_is_no_id_of_ours_names_nobody() {
    let event = changed(&json!({ "notes": { "user_id": "'; DROP TABLE users" } }));
    assert_eq!(single(&event).user, None);
}

#[test]
fn what_decides_nothing_is_ignored_and_never_an_error() {
    assert!(matches!(translated(&fixture!("settlement.processed")), Ok(Translated::Ignored(_))));
    for kind in ["virtual_account.credited", "payment_link.paid", "ping", ""] {
        let event = json!({ "entity": "event", "event": kind, "created_at": START, "payload": {} });
        assert!(matches!(translated(&event), Ok(Translated::Ignored(_))), "{kind}");
    }
}

#[test]
fn an_event_that_lacks_its_object_or_its_time_is_an_error() {
    let kinds = [
        "subscription.paused",
        "payment.captured",
        "payment.dispute.won",
        "refund.failed",
        "order.paid",
        "invoice.paid",
    ];
    for kind in kinds {
        assert!(translated(&json!({ "event": kind, "created_at": START, "payload": {} })).is_err(), "{kind}");
    }
    assert!(translated(&json!({ "event": "settlement.processed" })).is_err());
    let mut event = fixture!("subscription.pending");
    event["created_at"] = json!(i64::MAX);
    assert!(translated(&event).is_err());
}

/// Events of one account under a test key fold apart, and grant nothing in production.
#[test]
fn under_a_test_key_everything_is_a_test() {
    let environments: BTreeSet<_> = [Environment::Production, Environment::Sandbox]
        .map(|environment| {
            let event: Event = serde_json::from_value(fixture!("subscription.pending")).unwrap();
            match RazorpayTranslator::new(environment).read(&event) {
                Ok(Translated::Observations(observations)) => observations[0].environment,
                other => panic!("{other:?}"),
            }
        })
        .into();
    assert_eq!(environments.len(), 2);
}
