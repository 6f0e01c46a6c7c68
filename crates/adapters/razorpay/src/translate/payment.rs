//! Payments and what becomes of them. A refund and a dispute name only their payment; the payment, which comes with
//! them, names the invoice.

use hos_domain::billing::{
    ChargeFacts, DisputeFacts, DisputeStatus, Facts, InvoiceFacts, InvoiceStatus, Observation, RefundFacts,
    RefundStatus, Translated,
};

use super::{Frame, Read, Unread, ids, instant, money, one};
use crate::wire;
use crate::wire::{Payment, PaymentStatus};

pub(super) fn payment(frame: &Frame, payment: Payment) -> Read {
    let customer = payment.customer_id.clone();
    match &payment.status {
        PaymentStatus::Captured | PaymentStatus::Refunded => one(charge(frame, &payment, customer)?),
        // The money is promised and not yet ours.
        PaymentStatus::Created | PaymentStatus::Authorized => {
            let refers_to = ids([payment.invoice_id.as_ref(), payment.order_id.as_ref()]);
            if refers_to.is_empty() {
                return Ok(Translated::Ignored("a payment that is for nothing we know"));
            }
            one(Observation { refers_to, ..frame.observation(payment.id, customer, Facts::Link) })
        }
        PaymentStatus::Failed => failed(frame, payment),
        PaymentStatus::Unknown(word) => Err(Unread::Unknown(format!("the payment status {word}"))),
    }
}

/// The invoice stands open after a try that failed; a later try, which is another payment, may pay it.
fn failed(frame: &Frame, payment: Payment) -> Read {
    let Some(invoice) = payment.invoice_id else {
        return Ok(Translated::Ignored("a try that failed takes nothing from anybody"));
    };
    let total = money(payment.amount, &payment.currency)?;
    let facts = InvoiceFacts {
        subscription: None,
        status: InvoiceStatus::Open,
        total,
        paid: money(0, &payment.currency)?,
        lines: Vec::new(),
        attempt_failed: true,
    };
    let refers_to = std::iter::once(payment.id).chain(payment.order_id).collect();
    one(Observation { refers_to, ..frame.observation(invoice, payment.customer_id, Facts::Invoice(facts)) })
}

/// A payment that we have.
pub(super) fn charge(frame: &Frame, payment: &Payment, customer: Option<String>) -> Result<Observation, Unread> {
    let facts = ChargeFacts {
        amount: money(payment.amount, &payment.currency)?,
        refunded: money(payment.amount_refunded, &payment.currency)?,
        pays_no_invoice: payment.invoice_id.is_none(),
    };
    let refers_to = ids([payment.invoice_id.as_ref(), payment.order_id.as_ref()]);
    Ok(Observation { refers_to, ..frame.observation(payment.id.clone(), customer, Facts::Charge(facts)) })
}

/// An order ties its payment to itself.
pub(super) fn order(frame: &Frame, order: wire::Order, payment: Option<Payment>) -> Read {
    let Some(payment) = payment else {
        return Ok(Translated::Ignored("an order without its payment ties nothing together"));
    };
    let refers_to = ids([Some(&payment.id), payment.invoice_id.as_ref()]);
    one(Observation { refers_to, ..frame.observation(order.id, payment.customer_id, Facts::Link) })
}

pub(super) fn refund(frame: &Frame, refund: wire::Refund, payment: Option<&Payment>) -> Read {
    one(refunded(frame, refund, payment)?)
}

pub(super) fn refunded(frame: &Frame, refund: wire::Refund, payment: Option<&Payment>) -> Result<Observation, Unread> {
    let status = match refund.status {
        Some(wire::RefundStatus::Pending) | None => RefundStatus::Pending,
        Some(wire::RefundStatus::Processed) => RefundStatus::Succeeded,
        Some(wire::RefundStatus::Failed) => RefundStatus::Failed,
        Some(wire::RefundStatus::Unknown(word)) => return Err(Unread::Unknown(format!("the refund status {word}"))),
    };
    let created_at = refund.created_at.map(instant).transpose()?.unwrap_or(frame.as_of);
    let facts = RefundFacts { amount: money(refund.amount, &refund.currency)?, status, created_at };
    Ok(correction(frame, (refund.id, refund.payment_id), payment, Facts::Refund(facts)))
}

pub(super) fn dispute(frame: &Frame, dispute: wire::Dispute, payment: Option<&Payment>) -> Read {
    let status = match dispute.status {
        wire::DisputeStatus::Open | wire::DisputeStatus::ActionRequired | wire::DisputeStatus::UnderReview => {
            DisputeStatus::Open
        }
        // Closed without a loss: it was dropped, or was an inquiry.
        wire::DisputeStatus::Won | wire::DisputeStatus::Closed => DisputeStatus::Won,
        wire::DisputeStatus::Lost => DisputeStatus::Lost,
        wire::DisputeStatus::Unknown(word) => return Err(Unread::Unknown(format!("the dispute status {word}"))),
    };
    let facts = DisputeFacts { amount: money(dispute.amount, &dispute.currency)?, status };
    one(correction(frame, (dispute.id, dispute.payment_id), payment, Facts::Dispute(facts)))
}

/// What takes a payment away again. Of the payment only its links are read: its own snapshots come by themselves.
fn correction(frame: &Frame, (id, of): (String, String), payment: Option<&Payment>, facts: Facts) -> Observation {
    let (invoice, order, customer) = payment.filter(|payment| payment.id == of).map_or((None, None, None), |payment| {
        (payment.invoice_id.clone(), payment.order_id.clone(), payment.customer_id.clone())
    });
    let refers_to = [Some(of), invoice, order].into_iter().flatten().collect();
    Observation { refers_to, ..frame.observation(id, customer, facts) }
}
