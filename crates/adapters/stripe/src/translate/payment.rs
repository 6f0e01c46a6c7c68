//! Payments and what becomes of them. Most of these objects name no customer; links lead to one.

use hos_domain::billing::{
    ChargeFacts, DisputeFacts, DisputeStatus, Facts, Observation, RefundFacts, RefundStatus, Translated,
};

use super::money::money;
use super::{Frame, Read, Unread, ids, instant, one};
use crate::wire;

pub(super) fn invoice_payment(frame: &Frame, payment: wire::InvoicePayment) -> Read {
    let of = &payment.payment;
    let refers_to = ids([Some(&payment.invoice), of.payment_intent.as_ref(), of.charge.as_ref()]);
    let observation = frame.observation(payment.id, None, Facts::Link);
    one(Observation { refers_to, ..observation })
}

pub(super) fn payment_intent(frame: &Frame, intent: wire::PaymentIntent) -> Read {
    let refers_to = ids([intent.latest_charge.as_ref(), intent.invoice.as_ref()]);
    let observation = frame.observation(intent.id, intent.customer.as_ref(), Facts::Link);
    one(Observation { refers_to, ..observation })
}

/// Old API versions put the refunds into the charge; newer ones send them apart.
pub(super) fn charge(frame: &Frame, charge: wire::Charge) -> Read {
    let facts = ChargeFacts {
        amount: money(charge.amount, &charge.currency)?,
        refunded: money(charge.amount_refunded, &charge.currency)?,
        pays_no_invoice: false,
    };
    let refers_to = ids([charge.payment_intent.as_ref(), charge.invoice.as_ref()]);
    let observation = frame.observation(charge.id.clone(), charge.customer.as_ref(), Facts::Charge(facts));
    let mut observations = vec![Observation { refers_to, ..observation }];
    for refund in charge.refunds.unwrap_or_default().data {
        observations.push(refund_observation(frame, refund)?);
    }
    Ok(Translated::Observations(observations))
}

pub(super) fn refund(frame: &Frame, refund: wire::Refund) -> Read {
    one(refund_observation(frame, refund)?)
}

fn refund_observation(frame: &Frame, refund: wire::Refund) -> Result<Observation, Unread> {
    let status = match refund.status {
        Some(wire::RefundStatus::Pending | wire::RefundStatus::RequiresAction) | None => RefundStatus::Pending,
        Some(wire::RefundStatus::Succeeded) => RefundStatus::Succeeded,
        Some(wire::RefundStatus::Failed | wire::RefundStatus::Canceled) => RefundStatus::Failed,
        Some(wire::RefundStatus::Unknown(word)) => return Err(Unread::Unknown(format!("the refund status {word}"))),
    };
    let amount = money(refund.amount, &refund.currency)?;
    let facts = RefundFacts { amount, status, created_at: instant(refund.created)? };
    let refers_to = ids([refund.payment_intent.as_ref(), refund.charge.as_ref()]);
    Ok(Observation { refers_to, ..frame.observation(refund.id, None, Facts::Refund(facts)) })
}

pub(super) fn dispute(frame: &Frame, dispute: wire::Dispute) -> Read {
    let status = match dispute.status {
        // An inquiry takes no money; it may become a dispute, which is another object's news.
        wire::DisputeStatus::WarningNeedsResponse | wire::DisputeStatus::WarningUnderReview => {
            return Ok(Translated::Ignored("an inquiry is not a dispute"));
        }
        wire::DisputeStatus::NeedsResponse | wire::DisputeStatus::UnderReview => DisputeStatus::Open,
        wire::DisputeStatus::Won | wire::DisputeStatus::WarningClosed | wire::DisputeStatus::Prevented => {
            DisputeStatus::Won
        }
        wire::DisputeStatus::Lost => DisputeStatus::Lost,
        wire::DisputeStatus::Unknown(word) => return Err(Unread::Unknown(format!("the dispute status {word}"))),
    };
    let facts = DisputeFacts { amount: money(dispute.amount, &dispute.currency)?, status };
    let refers_to = ids([dispute.payment_intent.as_ref(), dispute.charge.as_ref()]);
    one(Observation { refers_to, ..frame.observation(dispute.id, None, Facts::Dispute(facts)) })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::super::tests::{observe, translated};
    use super::*;

    #[test]
    fn links_tie_a_payment_to_its_invoice_and_its_charge() {
        let payment = json!({ "id": "inpay_1", "invoice": "in_1", "payment": { "type": "payment_intent", "payment_intent": "pi_1" } });
        assert_eq!(observe("invoice_payment.paid", &payment).refers_to, ["in_1", "pi_1"]);
        let intent = json!({ "id": "pi_1", "customer": "cus_1", "latest_charge": { "id": "ch_1" } });
        let intent = observe("payment_intent.succeeded", &intent);
        assert_eq!((intent.customer.as_deref(), intent.refers_to), (Some("cus_1"), vec!["ch_1".to_owned()]));
    }

    #[test]
    fn an_old_charge_brings_its_refunds_along() {
        let charge = json!({
            "id": "ch_1", "customer": "cus_1", "payment_intent": "pi_1", "invoice": "in_1", "amount": 999, "currency": "usd",
            "amount_refunded": 300,
            "refunds": { "data": [{ "id": "re_1", "charge": "ch_1", "amount": 300, "currency": "usd", "created": 1_790_000_000, "status": "succeeded" }] },
        });
        let Ok(Translated::Observations(observations)) = translated("charge.refunded", &charge) else { panic!() };
        assert_eq!(observations.iter().map(|o| o.object.as_str()).collect::<Vec<_>>(), ["ch_1", "re_1"]);
        assert_eq!(observations[0].refers_to, ["pi_1", "in_1"]);
    }

    #[rstest]
    #[case("pending", RefundStatus::Pending)]
    #[case("requires_action", RefundStatus::Pending)]
    #[case("succeeded", RefundStatus::Succeeded)]
    #[case("failed", RefundStatus::Failed)]
    #[case("canceled", RefundStatus::Failed)]
    fn each_refund_status_has_its_meaning(#[case] word: &str, #[case] status: RefundStatus) {
        let refund = json!({ "id": "re_1", "payment_intent": "pi_1", "amount": 300, "currency": "usd", "created": 1_790_000_000, "status": word });
        let Facts::Refund(facts) = observe("refund.updated", &refund).facts else { panic!() };
        assert_eq!((facts.status, facts.amount.amount_minor), (status, 300));
    }

    #[rstest]
    #[case("needs_response", Some(DisputeStatus::Open))]
    #[case("under_review", Some(DisputeStatus::Open))]
    #[case("won", Some(DisputeStatus::Won))]
    #[case("warning_closed", Some(DisputeStatus::Won))]
    #[case("prevented", Some(DisputeStatus::Won))]
    #[case("lost", Some(DisputeStatus::Lost))]
    #[case("warning_needs_response", None)]
    #[case("warning_under_review", None)]
    #[case("added_lately", None)]
    fn each_dispute_status_has_its_meaning(#[case] word: &str, #[case] status: Option<DisputeStatus>) {
        let dispute = json!({ "id": "dp_1", "charge": "ch_1", "amount": 999, "currency": "usd", "status": word });
        let found = match translated("charge.dispute.created", &dispute) {
            Ok(Translated::Observations(observations)) => match &observations[0].facts {
                Facts::Dispute(facts) => Some(facts.status),
                other => panic!("{other:?}"),
            },
            _ => None,
        };
        assert_eq!(found, status);
    }
}
