//! May this user do this? Asked by every feature that is paid for.

use std::borrow::Cow;
use std::sync::Arc;

use hos_domain::billing::{BillingQueries, Catalog, EntitlementId, EntitlementSpan};
use hos_domain::identity::UserId;
use hos_domain::kernel::{BusinessClock, Detail, ErrorKind, Failure, RepositoryError};

/// Checks entitlements.
pub struct RequireEntitlement {
    /// Where they are kept.
    pub billing: Arc<dyn BillingQueries>,
    /// Which plans would give them.
    pub catalog: Arc<Catalog>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum RequireEntitlementError {
    /// The user's plan doesn't include it.
    #[error("your plan does not include this")]
    Missing {
        /// What is missing.
        entitlement: EntitlementId,
        /// The plans that have it.
        plans: Vec<String>,
    },
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RequireEntitlementError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } => ErrorKind::EntitlementRequired,
            Self::Storage(error) => error.kind(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let Self::Missing { entitlement, plans } = self else { return Vec::new() };
        let fact = |field: &'static str, value: &str| Detail {
            field: Cow::Borrowed(field),
            constraint: Cow::Owned(value.to_owned()),
            message: Cow::Owned(format!("{field}: {value}")),
        };
        std::iter::once(fact("entitlement", entitlement.as_str()))
            .chain(plans.iter().map(|plan| fact("plan", plan)))
            .collect()
    }
}

impl RequireEntitlement {
    /// The span by which the user holds the entitlement now, the one that lasts longest.
    ///
    /// # Errors
    /// [`RequireEntitlementError`]
    pub async fn run(&self, user: UserId, wanted: &EntitlementId) -> Result<EntitlementSpan, RequireEntitlementError> {
        let now = self.business_clock.now();
        let spans = self.billing.entitlement(user, wanted).await?;
        let active = spans.into_iter().filter(|span| span.is_active(now));
        active.max_by_key(|span| span.ends_at).ok_or_else(|| RequireEntitlementError::Missing {
            entitlement: wanted.clone(),
            plans: self.catalog.plans_with(wanted).map(|plan| plan.id.to_string()).collect(),
        })
    }
}
