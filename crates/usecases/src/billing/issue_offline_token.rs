//! An app that goes offline takes along what its user may do.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{BillingQueries, EntitlementId, EntitlementTokens, Holdings, Status, held};
use hos_domain::identity::UserId;
use hos_domain::kernel::{BusinessClock, Clock, ErrorKind, Failure, RepositoryError, Timestamp};

/// An offline token lasts no longer than this, whatever was paid for.
const LONGEST: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// While a payment is in doubt, no longer than this.
const IN_DOUBT: Duration = Duration::from_secs(24 * 60 * 60);

/// Issues offline tokens.
pub struct IssueOfflineToken {
    /// What the user holds.
    pub billing: Arc<dyn BillingQueries>,
    /// Signs.
    pub tokens: Arc<dyn EntitlementTokens>,
    /// Real time: the token is judged by devices, which know no other.
    pub clock: Arc<dyn Clock>,
    /// Business time: what is held is.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// What an app may believe while it is offline.
#[derive(Debug, Clone)]
pub struct OfflineToken {
    /// The signed token.
    pub token: String,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// What it says.
    pub entitlements: Vec<EntitlementId>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum OfflineTokenError {
    /// The user holds nothing that was paid for.
    #[error("there is no active entitlement to take along")]
    NothingHeld,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for OfflineTokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NothingHeld => ErrorKind::EntitlementRequired,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl IssueOfflineToken {
    /// Signs what the user holds now, for at most three days and never past what was paid for.
    ///
    /// # Errors
    /// [`OfflineTokenError`]
    pub async fn run(&self, user: UserId) -> Result<OfflineToken, OfflineTokenError> {
        let (now, business_now) = (self.clock.now(), self.business_clock.now());
        let Holdings { subscriptions, entitlements } = self.billing.holdings(user).await?;
        let held = held(&entitlements, business_now);
        let active: Vec<_> = held.into_iter().filter(|entitlement| entitlement.active).collect();
        let first_end = active.iter().map(|entitlement| entitlement.expires_at).min();
        let first_end = first_end.ok_or(OfflineTokenError::NothingHeld)?;
        let in_doubt = subscriptions.iter().any(|subscription| {
            subscription.has_access(business_now) && subscription.status(business_now) == Status::GracePeriod
        });
        let longest = if in_doubt { IN_DOUBT } else { LONGEST };
        let expires_at = now + first_end.since(business_now).min(longest);
        let entitlements: Vec<_> = active.into_iter().map(|held| held.entitlement).collect();
        let token = self.tokens.issue(user, &entitlements, now, expires_at);
        Ok(OfflineToken { token, expires_at, entitlements })
    }
}
