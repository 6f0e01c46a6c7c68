//! What can be asked of Razorpay, a port a file.

mod checkout;
mod invoices;
mod plan;
mod refunds;
mod subscriptions;

#[cfg(test)]
mod checkout_tests;
#[cfg(test)]
mod money_tests;
#[cfg(test)]
mod tests;
