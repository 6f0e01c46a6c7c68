//! Why no money was given back.

use hos_domain::kernel::{Detail, ErrorKind, Failure, GatewayError, Money, RepositoryError};

use crate::platform::OnceError;

/// Why no money was given back.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// The user has made no such payment.
    #[error("there is no such payment")]
    UnknownPayment,
    /// All of it was given back.
    #[error("this payment was given back already")]
    NothingLeft,
    /// Its holder disputes it: the bank gives it back, or does not.
    #[error("this payment is disputed with the bank; it can't be refunded as well")]
    Disputed,
    /// Only an administrator can give it back by now.
    #[error("it is too late for a refund by yourself; ask support")]
    TooLate,
    /// More than there is, or than the policy allows, or nothing.
    #[error("between the smallest unit and {0} can be given back")]
    TooMuch(Money),
    /// The provider gives nothing back by itself.
    #[error("the provider of this payment gives no refunds through us")]
    NotSupported,
    /// It could not be done once.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The provider did not do it.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl RefundError {
    /// The provider did something and did not say what.
    pub(super) fn unsaid() -> Self {
        Self::Gateway(GatewayError::Malformed("the answer does not speak of the refund".to_owned()))
    }
}

impl Failure for RefundError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownPayment => ErrorKind::NotFound,
            Self::NothingLeft | Self::Disputed => ErrorKind::Conflict,
            Self::TooLate => ErrorKind::Forbidden,
            Self::TooMuch(_) | Self::NotSupported => ErrorKind::Unprocessable,
            Self::Once(error) => error.kind(),
            Self::Gateway(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::UnknownPayment => Some("PAYMENT_NOT_FOUND"),
            Self::NothingLeft => Some("ALREADY_REFUNDED"),
            Self::Disputed => Some("PAYMENT_DISPUTED"),
            Self::TooLate => Some("REFUND_WINDOW_OVER"),
            Self::TooMuch(_) => Some("REFUND_TOO_LARGE"),
            Self::NotSupported => Some("PROVIDER_UNSUPPORTED"),
            Self::Once(error) => error.code(),
            Self::Gateway(error) => error.code(),
            Self::Storage(_) => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::TooMuch(most) => vec![Detail {
                field: "amount".into(),
                constraint: "range".into(),
                message: format!("At most {most} can be given back.").into(),
            }],
            _ => Vec::new(),
        }
    }
}
