//! Payments, refunds, disputes, invoices, orders.

use hos_domain::billing::{Change, ChargeFacts, DisputeStatus, Facts, InvoiceStatus, RefundStatus, Translated};
use rstest::rstest;
use serde_json::{Value, json};

use super::{fixture, invoice, single, translated};

#[test]
fn a_payment_for_no_invoice_is_known_to_be_for_none() {
    let observation = single(&fixture!("payment.captured"));
    let Facts::Charge(ChargeFacts { amount, pays_no_invoice, .. }) = &observation.facts else { panic!() };
    assert_eq!((amount.amount_minor, *pays_no_invoice), (49_900, true));
    assert_eq!(observation.refers_to, ["order_9"]);
}

#[test]
fn a_try_that_failed_leaves_its_invoice_open_and_takes_nothing_where_there_is_none() {
    let mut event = fixture!("payment.failed");
    let observation = single(&event);
    assert_eq!(
        (observation.object.as_str(), observation.refers_to.as_slice()),
        ("inv_2", &["pay_2".to_owned(), "order_2".into()][..])
    );
    assert!(invoice(&observation).attempt_failed && invoice(&observation).status == InvoiceStatus::Open);
    assert_eq!(invoice(&observation).covers_until(), None);
    event["payload"]["payment"]["entity"]["invoice_id"] = json!(null);
    assert!(matches!(translated(&event), Ok(Translated::Ignored(_))));
}

/// Authorized and captured within one second are no tie.
#[test]
fn what_is_promised_is_only_a_link_and_comes_before_what_is_paid() {
    let mut event = fixture!("payment.captured");
    (event["event"], event["payload"]["payment"]["entity"]["status"]) =
        (json!("payment.authorized"), json!("authorized"));
    let promised = single(&event);
    assert_eq!((&promised.facts, promised.change), (&Facts::Link, Change::Created));
    let paid = single(&fixture!("payment.captured"));
    assert!(paid.supersedes(&promised).is_gt() && !paid.is_tied_with(&promised));
}

#[rstest]
#[case(json!("pending"), RefundStatus::Pending)]
#[case(json!(null), RefundStatus::Pending)]
#[case(json!("processed"), RefundStatus::Succeeded)]
#[case(json!("failed"), RefundStatus::Failed)]
fn each_refund_status_has_its_meaning(#[case] word: Value, #[case] status: RefundStatus) {
    let mut event = fixture!("refund.processed");
    event["payload"]["refund"]["entity"]["status"] = word;
    let observation = single(&event);
    let Facts::Refund(facts) = &observation.facts else { panic!() };
    assert_eq!((facts.status, facts.amount.amount_minor), (status, 49_900));
    assert_eq!(facts.created_at.unix_seconds(), 1_790_099_990, "when it was asked for");
    assert_eq!(observation.refers_to, ["pay_1", "inv_1", "order_1"]);
    assert_eq!(observation.customer.as_deref(), Some("cust_1"));
}

#[test]
fn a_refund_that_comes_without_its_payment_still_names_it() {
    let mut event = fixture!("refund.processed");
    event["payload"].as_object_mut().unwrap().remove("payment");
    let observation = single(&event);
    assert_eq!((observation.refers_to, observation.customer), (vec!["pay_1".to_owned()], None));
    let mut foreign = fixture!("refund.processed");
    foreign["payload"]["payment"]["entity"]["id"] = json!("pay_of_another");
    assert_eq!(single(&foreign).refers_to, ["pay_1"], "another payment's invoice is not ours");
}

#[rstest]
#[case("open", Some(DisputeStatus::Open))]
#[case("action_required", Some(DisputeStatus::Open))]
#[case("under_review", Some(DisputeStatus::Open))]
#[case("won", Some(DisputeStatus::Won))]
#[case("closed", Some(DisputeStatus::Won))]
#[case("lost", Some(DisputeStatus::Lost))]
#[case("added_lately", None)]
fn each_dispute_status_has_its_meaning(#[case] word: &str, #[case] status: Option<DisputeStatus>) {
    let mut event = fixture!("payment.dispute.lost");
    event["payload"]["dispute"]["entity"]["status"] = json!(word);
    let found = match translated(&event) {
        Ok(Translated::Observations(observations)) => match &observations[0].facts {
            Facts::Dispute(facts) => Some(facts.status),
            other => panic!("{other:?}"),
        },
        Ok(Translated::Unknown(_)) => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(found, status);
}

#[test]
fn a_subscriptions_invoice_is_a_link_and_another_stands_for_itself() {
    let mut event = fixture!("invoice.paid");
    let link = single(&event);
    assert_eq!((&link.facts, link.object.as_str()), (&Facts::Link, "inv_1/payment"));
    assert_eq!(link.refers_to, ["inv_1", "pay_1", "order_1"]);
    event["payload"]["invoice"]["entity"]["subscription_id"] = json!(null);
    for (word, status) in [
        ("draft", InvoiceStatus::Draft),
        ("issued", InvoiceStatus::Open),
        ("partially_paid", InvoiceStatus::Open),
        ("paid", InvoiceStatus::Paid),
        ("expired", InvoiceStatus::Void),
        ("cancelled", InvoiceStatus::Void),
        ("deleted", InvoiceStatus::Void),
    ] {
        event["payload"]["invoice"]["entity"]["status"] = json!(word);
        assert_eq!(invoice(&single(&event)).status, status, "{word}");
    }
    event["payload"]["invoice"]["entity"]["status"] = json!("added_lately");
    assert!(matches!(translated(&event), Ok(Translated::Unknown(_))));
}

#[test]
fn an_order_ties_its_payment_to_its_invoice() {
    let link = single(&fixture!("order.paid"));
    assert_eq!(
        (&link.facts, link.object.as_str(), link.refers_to),
        (&Facts::Link, "order_1", vec!["pay_1".to_owned(), "inv_1".into()])
    );
}
