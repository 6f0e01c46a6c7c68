//! Why a subscription was not steered.

use hos_domain::kernel::{ErrorKind, Failure, GatewayError, RepositoryError};

use crate::platform::OnceError;

/// Why nothing was done. Nothing was written either.
#[derive(Debug, thiserror::Error)]
pub enum SteerError {
    /// The user has no subscription that is not over.
    #[error("there is no subscription to do this to")]
    NoSubscription,
    /// The provider has no such verb.
    #[error("the provider of this subscription can not do this")]
    NotSupported,
    /// No such plan, or none that costs anything.
    #[error("there is no such plan to change to")]
    UnknownPlan,
    /// The plan has no such price for this user.
    #[error("the plan has no such price")]
    UnknownPrice,
    /// It has this price already.
    #[error("the subscription has this plan and price already")]
    SamePrice,
    /// Its state forbids it.
    #[error("the subscription is {0}; this needs one that runs")]
    NotRunning(&'static str),
    /// Nothing is cancelled or paused.
    #[error("the subscription is neither cancelled nor paused")]
    NothingToResume,
    /// What was previewed is too old, or not of this time.
    #[error("the preview is too old; ask for another one")]
    StalePreview,
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

impl Failure for SteerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSubscription | Self::UnknownPlan | Self::UnknownPrice => ErrorKind::NotFound,
            Self::NotSupported => ErrorKind::Unprocessable,
            Self::SamePrice | Self::NotRunning(_) | Self::NothingToResume | Self::StalePreview => ErrorKind::Conflict,
            Self::Once(error) => error.kind(),
            Self::Gateway(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NoSubscription => Some("NO_SUBSCRIPTION"),
            Self::UnknownPlan => Some("PLAN_NOT_FOUND"),
            Self::UnknownPrice => Some("PRICE_NOT_FOUND"),
            Self::NotSupported => Some("PROVIDER_UNSUPPORTED"),
            Self::SamePrice => Some("SAME_PRICE"),
            Self::NotRunning(_) => Some("SUBSCRIPTION_NOT_RUNNING"),
            Self::NothingToResume => Some("NOTHING_TO_RESUME"),
            Self::StalePreview => Some("PREVIEW_STALE"),
            Self::Once(error) => error.code(),
            Self::Gateway(error) => error.code(),
            Self::Storage(_) => None,
        }
    }
}
