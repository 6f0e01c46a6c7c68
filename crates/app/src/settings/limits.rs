//! How much one client may ask for.

use conf::Conf;
use secrecy::SecretString;

use super::values::{secret, switch};

/// How much one client may ask for, and where nodes share their counts.
#[derive(Conf, Debug, Clone)]
pub struct LimitSettings {
    /// Redis, e.g. `redis://localhost:6379`: several nodes share their rate limits and hear of ended sessions at once. One
    /// node needs none.
    #[conf(env = "REDIS_URL", secret, value_parser = secret)]
    pub redis_url: Option<SecretString>,
    /// Whether requests are limited at all.
    #[conf(parameter, env = "RATE_LIMITS", value_parser = switch, default_value = "true")]
    pub rate_limits: bool,
    /// Requests a minute from an address without a login. Twice as many in a single minute are taken, if the five minutes
    /// around it keep to this.
    #[conf(env = "RATE_LIMIT_ANONYMOUS", default_value = "20")]
    pub anonymous: u32,
    /// Requests a minute by a user; twice as many in a single minute, as above.
    #[conf(env = "RATE_LIMIT_USER", default_value = "100")]
    pub user: u32,
    /// Requests an hour by a user, over all.
    #[conf(env = "RATE_LIMIT_USER_HOURLY", default_value = "1000")]
    pub user_hourly: u32,
    /// Logins a minute to one account from one address.
    #[conf(env = "RATE_LIMIT_LOGIN", default_value = "5")]
    pub login: u32,
    /// Logins a minute from one address, to whatever accounts: gyms and carriers share addresses.
    #[conf(env = "RATE_LIMIT_LOGIN_ADDRESS", default_value = "60")]
    pub login_address: u32,
    /// Registrations a minute from one address.
    #[conf(env = "RATE_LIMIT_REGISTER", default_value = "3")]
    pub register: u32,
    /// Forgotten passwords a minute from one address.
    #[conf(env = "RATE_LIMIT_FORGOT_PASSWORD", default_value = "3")]
    pub forgot_password: u32,
    /// Payments a minute by a user.
    #[conf(env = "RATE_LIMIT_PAYMENTS", default_value = "10")]
    pub payments: u32,
    /// Uploads an hour by a user.
    #[conf(env = "RATE_LIMIT_UPLOADS", default_value = "20")]
    pub uploads: u32,
    /// Webhooks with a wrong signature a minute from one address. Those with a right one are always taken.
    #[conf(env = "RATE_LIMIT_WEBHOOK_FAILURES", default_value = "20")]
    pub webhook_failures: u32,
    /// Open connections from one address; proxies that are trusted are not counted.
    #[conf(env = "CONNECTIONS_PER_ADDRESS", default_value = "100")]
    pub connections: u32,
}
