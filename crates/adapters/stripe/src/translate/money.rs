//! Stripe's amounts. Its minor unit is ISO's, but for two rules of its own (docs.stripe.com/currencies): the Icelandic
//! króna and the Ugandan shilling, which have no decimals, are written in hundredths all the same.

use hos_domain::kernel::{Currency, GatewayError, Money};

use super::Unread;

/// Reads an amount. What is no whole minor unit of the currency can't be an amount of ours.
pub(super) fn money(amount: i64, currency: &str) -> Result<Money, Unread> {
    let known = Currency::parse(currency).map_err(|_| Unread::Unknown(format!("the currency {currency}")))?;
    match known.as_str() {
        "ISK" | "UGX" if amount % 100 == 0 => Ok(Money::new(amount / 100, known)),
        "ISK" | "UGX" => Err(Unread::Broken(format!("{amount} is no whole amount of {known}"))),
        _ => Ok(Money::new(amount, known)),
    }
}

/// The same for an answer.
pub(crate) fn amount(minor: i64, currency: &str) -> Result<Money, GatewayError> {
    money(minor, currency).map_err(GatewayError::from)
}

/// Writes an amount in Stripe's minor unit.
pub(crate) fn stripe_minor(money: Money) -> i64 {
    match money.currency.as_str() {
        "ISK" | "UGX" => money.amount_minor.saturating_mul(100),
        _ => money.amount_minor,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("usd", 999, Some(999))]
    #[case("jpy", 500, Some(500))]
    #[case("isk", 50_000, Some(500))]
    #[case("isk", 50_001, None)]
    #[case("kwd", 1_230, Some(1_230))]
    #[case("xxx", 1, None)]
    fn amounts_become_isos_minor_units(#[case] currency: &str, #[case] amount: i64, #[case] minor: Option<i64>) {
        let read = money(amount, currency).ok();
        assert_eq!(read.map(|money| money.amount_minor), minor);
        assert!(read.is_none_or(|money| stripe_minor(money) == amount));
    }
}
