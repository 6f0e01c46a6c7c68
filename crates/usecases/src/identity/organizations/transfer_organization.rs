//! An owner makes another member the owner.

use std::sync::Arc;

use hos_domain::identity::{Affiliation, Organization, OrganizationId, OrganizationPermission, UserId};
use hos_domain::kernel::{Clock, Storage};
use hos_domain::platform::AuditAction;

use super::enter::{enter, member, noted};
use super::error::OrganizationError;
use crate::identity::{Caller, ProveAgain};

/// Transfers organizations.
pub struct TransferOrganization {
    /// Takes the proof.
    pub prove_again: ProveAgain,
    /// Where organizations are kept.
    pub storage: Arc<dyn Storage>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl TransferOrganization {
    /// Makes the other member the owner and the caller an admin. Asks for a proof that is not old.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn run(&self, by: Caller, id: OrganizationId, to: UserId) -> Result<Affiliation, OrganizationError> {
        self.prove_again.password_or_fresh(by, None).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let (organization, me) = enter(&*tx, id, by.user).await?;
        me.role.require(OrganizationPermission::Transfer)?;
        // This locks the account: whoever takes over can't delete it meanwhile, because that asks what they own.
        tx.users().find(to).await?.ok_or(OrganizationError::NoSuchMember)?;
        let [before, after] = me.hand_over(member(&*tx, id, to).await?)?;
        if tx.organizations().owned(to).await?.len() >= Organization::MOST_OWNED {
            return Err(OrganizationError::TooManyOwned);
        }
        // In this order, because the database takes no second owner even for a moment.
        tx.memberships().save(&before).await?;
        tx.memberships().save(&after).await?;
        tx.audit().note(noted(AuditAction::OrganizationTransferred, id, (by.user, to), now));
        tx.commit().await?;
        Ok(Affiliation { organization, role: before.role })
    }
}
