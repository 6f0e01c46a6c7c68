//! The catalogue and the payment providers.

use std::path::PathBuf;

use conf::Conf;
use secrecy::SecretString;

use super::values::{base_url, secret};

/// The catalogue and the payment providers.
#[derive(Conf, Debug, Clone)]
pub struct BillingSettings {
    /// The catalogue of plans, prices and entitlements (TOML). The shipped `config/plans.toml` unless set.
    #[conf(env = "PLANS_FILE")]
    pub plans_file: Option<PathBuf>,
    /// Which provider serves which country. `IN=razorpay,*=stripe` unless set; with `DEBUG` the sandbox stands in for each
    /// of the two that has no key.
    #[conf(env = "BILLING_REGIONS")]
    pub regions: Option<String>,
    /// Stripe's secret key (`sk_…`).
    #[conf(env = "STRIPE_API_KEY", secret, value_parser = secret)]
    pub stripe_api_key: Option<SecretString>,
    /// The signing secrets of the Stripe webhook endpoint (`whsec_…`), separated by commas while rotating. Without one
    /// the endpoint refuses everything.
    #[conf(repeat, env = "STRIPE_WEBHOOK_SECRET", secret, value_parser = secret)]
    pub stripe_webhook_secret: Vec<SecretString>,
    /// Where Stripe's API is. For tests.
    #[conf(env = "STRIPE_BASE_URL", value_parser = base_url, default_value = "https://api.stripe.com")]
    pub stripe_base_url: String,
    /// The id of Razorpay's key (`rzp_live_…` or `rzp_test_…`). Razorpay's events don't say whether money moved; this does.
    #[conf(env = "RAZORPAY_KEY_ID")]
    pub razorpay_key_id: Option<String>,
    /// The secret of Razorpay's key.
    #[conf(env = "RAZORPAY_KEY_SECRET", secret, value_parser = secret)]
    pub razorpay_key_secret: Option<SecretString>,
    /// The secrets of the Razorpay webhook, separated by commas while rotating. Without one the endpoint refuses
    /// everything.
    #[conf(repeat, env = "RAZORPAY_WEBHOOK_SECRET", secret, value_parser = secret)]
    pub razorpay_webhook_secret: Vec<SecretString>,
    /// Where Razorpay's API is. For tests.
    #[conf(env = "RAZORPAY_BASE_URL", value_parser = base_url, default_value = "https://api.razorpay.com")]
    pub razorpay_base_url: String,
    /// Where the payment sandbox is; this server itself unless set.
    #[conf(env = "SANDBOX_BASE_URL", value_parser = base_url)]
    pub sandbox_base_url: Option<String>,
}
