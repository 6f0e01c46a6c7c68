//! What takes a payment away again.

use super::life::Life;
use super::subscriber::{Payment, Refund};

impl Life {
    /// Some payment that was for a period, the newest first.
    fn payment(&mut self, nth: usize, fits: impl Fn(&Payment) -> bool) -> Option<&mut Payment> {
        let payments = self.subscribers.iter_mut().flat_map(|one| &mut one.payments).rev();
        let mut fitting: Vec<_> = payments.filter(|payment| fits(payment)).collect();
        let count = fitting.len();
        (count > 0).then(|| fitting.swap_remove(nth % count))
    }

    pub(super) fn refund(&mut self, nth: usize, percent: i64) {
        let (id, at, words) = (self.number("rfnd"), self.last, self.words());
        let Some(payment) = self.payment(nth, |one| one.dispute.is_none() && one.given_back() < one.amount) else {
            return;
        };
        let amount = (payment.amount * percent / 100).clamp(1, payment.amount - payment.given_back());
        let refund = Refund { id, amount, at, failed: false };
        payment.refunds.push(refund.clone());
        let told = ["refund.created", "refund.processed"].map(|kind| words.refund(kind, &refund, payment));
        self.told.extend(told);
    }

    pub(super) fn fail_refund(&mut self, nth: usize) {
        let words = self.words();
        let Some(payment) = self.payment(nth, |one| one.given_back() > 0) else { return };
        let refund = payment.refunds.iter_mut().find(|refund| !refund.failed).unwrap();
        refund.failed = true;
        let refund = refund.clone();
        let told = words.refund("refund.failed", &refund, payment);
        self.told.push(told);
    }

    pub(super) fn dispute(&mut self, nth: usize) {
        let (id, words) = (self.number("disp"), self.words());
        let Some(payment) = self.payment(nth, |one| one.dispute.is_none() && one.refunds.is_empty()) else { return };
        payment.dispute = Some((id, None));
        let told = words.dispute("payment.dispute.created", payment);
        self.told.push(told);
    }

    pub(super) fn close_dispute(&mut self, nth: usize, won: bool) {
        let (at, words) = (self.last, self.words());
        let open = |one: &Payment| matches!(one.dispute, Some((_, None)));
        let Some(payment) = self.payment(nth, open) else { return };
        payment.dispute.as_mut().unwrap().1 = Some((at, won));
        let told = words.dispute(if won { "payment.dispute.won" } else { "payment.dispute.lost" }, payment);
        self.told.push(told);
    }
}
