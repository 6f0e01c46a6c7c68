//! What must be known to talk to Razorpay.

use hos_domain::billing::Environment;
use secrecy::SecretString;

/// What must be known to talk to Razorpay.
#[derive(Debug, Clone)]
pub struct RazorpayConfig {
    /// `rzp_test_…` or `rzp_live_…`.
    pub key_id: String,
    /// Its secret.
    pub key_secret: SecretString,
    /// `https://api.razorpay.com`, or a double of it.
    pub base_url: String,
}

/// Whether money moves under this key. Razorpay's events don't say it of themselves, and what can't prove to be real
/// money is a test.
#[must_use]
pub fn environment_of(key_id: &str) -> Environment {
    if key_id.starts_with("rzp_live_") { Environment::Production } else { Environment::Sandbox }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("rzp_live_1", Environment::Production)]
    #[case("rzp_test_1", Environment::Sandbox)]
    #[case("", Environment::Sandbox)]
    #[case("not_rzp_live_", Environment::Sandbox)]
    fn only_a_live_key_moves_money(#[case] key: &str, #[case] environment: Environment) {
        assert_eq!(environment_of(key), environment);
    }
}
