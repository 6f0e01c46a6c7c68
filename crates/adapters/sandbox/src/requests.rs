//! What the merchant's side asks for over the sandbox's API: a wish becomes a deed, and is held against what came of it. A
//! wish that is fulfilled already does nothing, so a repetition is harmless.

use hos_domain::billing::ChangePreview;
use hos_domain::kernel::{Money, Timestamp};
use hos_domain::sandbox::{
    Card, SandboxCustomer, SandboxDeed, SandboxInvoice, SandboxPrice, SandboxRefund, SandboxRefusal, SandboxState,
    SandboxSubscription,
};

use crate::simulator::{Deed, Difference, Happening, LifeSimulator, PriceChange, difference};

/// Ids on the wire begin with the customer's.
fn local<'a>(customer: &SandboxCustomer, id: &'a str) -> Option<&'a str> {
    id.strip_prefix(customer.id.as_str())?.strip_prefix('_')
}

fn subscription<'a>(customer: &'a SandboxCustomer, id: &str) -> Option<&'a SandboxSubscription> {
    let id = local(customer, id)?;
    customer.subscriptions.iter().find(|subscription| subscription.id == id)
}

/// The invoice that a payment has paid, and its subscription.
fn payment<'a>(customer: &'a SandboxCustomer, id: &str) -> Option<(&'a SandboxInvoice, &'a SandboxSubscription)> {
    let id = local(customer, id)?;
    let all = customer.subscriptions.iter();
    let mut all = all.flat_map(|subscription| subscription.invoices.iter().map(move |invoice| (invoice, subscription)));
    all.find(|(invoice, _)| invoice.payment == id && invoice.paid)
}

/// Fulfils a wish, and tells what happened; nothing when it was fulfilled before.
pub(crate) fn perform(
    simulator: LifeSimulator,
    customer: &mut SandboxCustomer,
    wish: &SandboxDeed,
    price: Option<&SandboxPrice>,
    key: &str,
    at: Timestamp,
) -> Result<Vec<Happening>, SandboxRefusal> {
    let mut happenings = simulator.live(customer, at);
    if is_fulfilled(customer, wish, key)? {
        return Ok(happenings);
    }
    let deed = deed(customer, wish, price, key)?;
    happenings.extend(simulator.act(customer, &deed, at));
    // A pause may have outlasted its period; what is cancelled with that ends now.
    happenings.extend(simulator.live(customer, at));
    match is_fulfilled(customer, wish, key)? {
        true => Ok(happenings),
        false if matches!(wish, SandboxDeed::Change { .. }) && customer.card == Card::Declines => {
            Err(SandboxRefusal::Declined)
        }
        false => Err(SandboxRefusal::Forbidden("it is in no state for this")),
    }
}

fn is_fulfilled(customer: &SandboxCustomer, wish: &SandboxDeed, key: &str) -> Result<bool, SandboxRefusal> {
    let state = |id: &str| subscription(customer, id).ok_or(SandboxRefusal::Unknown);
    Ok(match wish {
        SandboxDeed::Cancel { subscription, at_period_end } => {
            let now = state(subscription)?;
            now.state == SandboxState::Ended || *at_period_end && now.cancel_at_period_end
        }
        SandboxDeed::Renew { subscription } => {
            let now = state(subscription)?;
            now.state != SandboxState::Ended && !now.cancel_at_period_end
        }
        SandboxDeed::Pause { subscription } => state(subscription)?.state == SandboxState::Paused,
        SandboxDeed::Resume { subscription } => {
            !matches!(state(subscription)?.state, SandboxState::Paused | SandboxState::Ended)
        }
        SandboxDeed::Change { subscription, price, .. } => {
            let now = state(subscription)?;
            now.state != SandboxState::Ended && now.price == *price
        }
        SandboxDeed::Refund { payment: id, amount } => {
            let (invoice, _) = payment(customer, id).ok_or(SandboxRefusal::Unknown)?;
            match invoice.refunds.iter().find(|refund| refund.key.as_deref() == Some(key)) {
                Some(refund) if refund.amount != *amount => return Err(SandboxRefusal::OtherRequest),
                known => known.is_some(),
            }
        }
        SandboxDeed::UseCard { card, .. } => customer.card == *card,
    })
}

fn deed(
    customer: &SandboxCustomer,
    wish: &SandboxDeed,
    price: Option<&SandboxPrice>,
    key: &str,
) -> Result<Deed, SandboxRefusal> {
    let id = |id: &str| local(customer, id).map(str::to_owned).ok_or(SandboxRefusal::Unknown);
    Ok(match wish {
        SandboxDeed::Cancel { subscription, at_period_end: true } => Deed::CancelAtPeriodEnd(id(subscription)?, true),
        SandboxDeed::Cancel { subscription, .. } => Deed::CancelNow(id(subscription)?),
        SandboxDeed::Renew { subscription } => Deed::CancelAtPeriodEnd(id(subscription)?, false),
        SandboxDeed::Pause { subscription } => Deed::Pause(id(subscription)?),
        SandboxDeed::Resume { subscription } => Deed::Resume(id(subscription)?),
        SandboxDeed::Change { subscription, prorated_at, .. } => {
            let price = price.ok_or(SandboxRefusal::Unknown)?;
            Deed::ChangePrice(id(subscription)?, price_change(price, *prorated_at))
        }
        SandboxDeed::Refund { payment: paid, amount } => {
            let (invoice, _) = payment(customer, paid).ok_or(SandboxRefusal::Unknown)?;
            let left = invoice.amount.amount_minor - given_back(invoice);
            if amount.amount_minor > left || amount.currency != invoice.amount.currency {
                return Err(SandboxRefusal::Forbidden("so much is not left of the payment"));
            }
            Deed::Refund(invoice.id.clone(), *amount, Some(key.to_owned()))
        }
        SandboxDeed::UseCard { card, .. } => Deed::UseCard(*card),
    })
}

fn given_back(invoice: &SandboxInvoice) -> i64 {
    let standing = |refund: &&SandboxRefund| !refund.failed;
    invoice.refunds.iter().filter(standing).map(|refund| refund.amount.amount_minor).sum()
}

fn price_change(price: &SandboxPrice, prorated_at: Option<Timestamp>) -> PriceChange {
    PriceChange { price: price.id.clone(), amount: price.amount, interval: price.interval, prorated_at }
}

/// How an object is: as if everything about it had just been told again.
pub(crate) fn look(customer: &SandboxCustomer, object: &str) -> Option<Vec<Happening>> {
    let at = customer.last_change_at;
    if let Some(found) = subscription(customer, object) {
        let invoice = found.invoices.last().map(|invoice| Happening::invoice(at, false, invoice, &found.id));
        return Some(std::iter::once(Happening::subscription(at, false, found)).chain(invoice).collect());
    }
    if let Some((invoice, of)) = payment(customer, object) {
        let refunds = invoice.refunds.iter().map(|refund| Happening::refund(at, false, refund, invoice));
        return Some(std::iter::once(Happening::invoice(at, false, invoice, &of.id)).chain(refunds).collect());
    }
    if object == customer.id {
        let all = customer.subscriptions.iter().map(|found| Happening::subscription(at, false, found));
        return Some(all.collect());
    }
    let id = local(customer, object)?;
    let invoices = customer.subscriptions.iter().flat_map(|subscription| &subscription.invoices);
    let mut refunds = invoices.flat_map(|invoice| invoice.refunds.iter().map(move |refund| (refund, invoice)));
    let (refund, invoice) = refunds.find(|(refund, _)| refund.id == id)?;
    Some(vec![Happening::refund(at, false, refund, invoice)])
}

/// What a move to another price would cost.
pub(crate) fn preview(
    customer: &SandboxCustomer,
    id: &str,
    price: &SandboxPrice,
    at: Timestamp,
) -> Option<ChangePreview> {
    let at = at.truncated_to_seconds();
    let Difference { charge_minor, unused_minor, due_minor, period, .. } =
        difference(subscription(customer, id)?, &price_change(price, Some(at)), at)?;
    let money = |minor| Money::new(minor, price.amount.currency);
    Some(ChangePreview {
        charge: money(charge_minor),
        credit: money(unused_minor),
        due_now: money(due_minor),
        prorated_at: at,
        renews_at: Some(period.end),
    })
}
