//! Logs, metrics and error reports.

use std::str::FromStr;

use conf::Conf;
use secrecy::SecretString;

use super::values::{fraction, log_directives, secret};

/// Logs, metrics and error reports.
#[derive(Conf, Debug, Clone)]
pub struct ObservabilitySettings {
    /// `json` (one object a line) or `pretty`; pretty with `DEBUG`, else json.
    #[conf(env = "LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What is logged, in the syntax of tracing's EnvFilter, e.g. `info,hos_sql=debug`.
    #[conf(env = "LOG_LEVEL", value_parser = log_directives, default_value = "info")]
    pub log_level: String,
    /// How users are named in logs: `plain` ids or `hashed` ones.
    #[conf(env = "LOG_USER_ID", default_value = "plain")]
    pub log_user_id: LogUserId,
    /// Whoever reads `/metrics` must send this bearer token. Without one only loopback may, and with `DEBUG` everybody.
    #[conf(env = "METRICS_TOKEN", secret, value_parser = secret)]
    pub metrics_token: Option<SecretString>,
    /// Where errors are reported. Nothing is sent without it.
    #[conf(env = "SENTRY_DSN", secret, value_parser = secret)]
    pub sentry_dsn: Option<SecretString>,
    /// The environment named in error reports.
    #[conf(env = "SENTRY_ENVIRONMENT", default_value = "production")]
    pub sentry_environment: String,
    /// The share of requests whose trace is reported, 0 to 1.
    #[conf(env = "SENTRY_TRACES_SAMPLE_RATE", value_parser = fraction, default_value = "0.1")]
    pub sentry_traces_sample_rate: f32,
}

/// What log lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Short and coloured, for people.
    Pretty,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err("this is neither json nor pretty"),
        }
    }
}

/// How users are named in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogUserId {
    /// Their id.
    Plain,
    /// A keyed hash of it.
    Hashed,
}

impl FromStr for LogUserId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "plain" => Ok(Self::Plain),
            "hashed" => Ok(Self::Hashed),
            _ => Err("this is neither plain nor hashed"),
        }
    }
}
