//! What happened to a pretended object, before anybody writes it down in some format.

use hos_domain::kernel::Timestamp;
use hos_domain::sandbox::{
    SandboxCheckout, SandboxCustomer, SandboxDispute, SandboxInvoice, SandboxRefund, SandboxSubscription,
};

/// Something happened to an object, which then looked like this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When, in whole seconds.
    pub at: Timestamp,
    /// It was made just now.
    pub created: bool,
    /// The object, whole.
    pub snapshot: Snapshot,
}

/// An object as it looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snapshot {
    /// A checkout.
    Checkout(SandboxCheckout),
    /// A subscription.
    Subscription(SandboxSubscription),
    /// An invoice and the subscription it is for.
    Invoice(SandboxInvoice, String),
    /// A refund of the invoice's payment.
    Refund(SandboxRefund, SandboxInvoice),
    /// A dispute over the invoice's payment.
    Dispute(SandboxDispute, SandboxInvoice),
}

impl Happening {
    /// A checkout was decided.
    pub(crate) fn checkout(customer: &SandboxCustomer, checkout: &SandboxCheckout) -> Self {
        let snapshot = Snapshot::Checkout(checkout.clone());
        Self { at: customer.last_change_at, created: false, snapshot }
    }

    /// A subscription changed.
    pub(crate) fn subscription(at: Timestamp, created: bool, subscription: &SandboxSubscription) -> Self {
        Self { at, created, snapshot: Snapshot::Subscription(subscription.clone()) }
    }

    /// An invoice changed.
    pub(crate) fn invoice(at: Timestamp, created: bool, invoice: &SandboxInvoice, subscription: &str) -> Self {
        Self { at, created, snapshot: Snapshot::Invoice(invoice.clone(), subscription.to_owned()) }
    }

    /// A refund changed.
    pub(crate) fn refund(at: Timestamp, created: bool, refund: &SandboxRefund, invoice: &SandboxInvoice) -> Self {
        Self { at, created, snapshot: Snapshot::Refund(refund.clone(), invoice.clone()) }
    }

    /// A dispute changed.
    pub(crate) fn dispute(at: Timestamp, created: bool, dispute: &SandboxDispute, invoice: &SandboxInvoice) -> Self {
        Self { at, created, snapshot: Snapshot::Dispute(dispute.clone(), invoice.clone()) }
    }
}
