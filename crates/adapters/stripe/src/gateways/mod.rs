//! All that can be asked of Stripe, a file per port.

mod checkout;
mod customers;
mod invoices;
mod payouts;
mod portal;
mod previews;
mod refunds;
mod subscriptions;
mod usage;
