//! What can go wrong with an outside party.

use std::time::Duration;

use super::{ErrorKind, Failure};

/// Why an outside party did not do what it was asked. Few, and each says what can be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The payment was refused.
    #[error("the payment was declined ({code})")]
    Declined {
        /// The provider's code.
        code: String,
    },
    /// We asked for something that can't be: a fault of ours or of the settings.
    #[error("the provider refused the request: {0}")]
    InvalidRequest(String),
    /// It has no such verb, whatever the state.
    #[error("the provider can not do this: {0}")]
    Unsupported(&'static str),
    /// Our key is not accepted.
    #[error("the provider does not accept our key")]
    Unauthorized,
    /// There is no such object.
    #[error("the provider knows no such object")]
    NotFound,
    /// Too many requests.
    #[error("the provider asks us to wait")]
    RateLimited {
        /// How long, if it said so.
        retry_after: Option<Duration>,
    },
    /// It can't be reached, or says it is not well.
    #[error("the provider is not available")]
    Unavailable,
    /// It did not answer in time; whether it did the thing is not known.
    #[error("the provider did not answer in time")]
    Timeout,
    /// Its answer can't be read.
    #[error("the provider's answer can't be read: {0}")]
    Malformed(String),
}

impl Failure for GatewayError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Timeout => ErrorKind::ProviderTimeout,
            Self::Declined { .. } | Self::Unsupported(_) => ErrorKind::Unprocessable,
            Self::InvalidRequest(_)
            | Self::Unauthorized
            | Self::NotFound
            | Self::RateLimited { .. }
            | Self::Unavailable
            | Self::Malformed(_) => ErrorKind::ProviderFailed,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Declined { .. } => Some("PAYMENT_DECLINED"),
            Self::Unsupported(_) => Some("PROVIDER_UNSUPPORTED"),
            _ => None,
        }
    }
}
