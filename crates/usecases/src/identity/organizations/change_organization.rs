//! An organization gets another name, or is deleted.

use std::sync::Arc;

use hos_domain::identity::{
    Affiliation, Organization, OrganizationId, OrganizationName, OrganizationPermission, Unit, UserId,
};
use hos_domain::kernel::{Clock, RepositoryError, Storage, Stored, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::enter::{enter, noted};
use super::error::OrganizationError;
use crate::identity::{Caller, ProveAgain};

/// Changes organizations.
pub struct ChangeOrganization {
    /// Takes the proof before one is deleted.
    pub prove_again: ProveAgain,
    /// Where organizations are kept.
    pub storage: Arc<dyn Storage>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl ChangeOrganization {
    /// Gives the organization another name, or leaves it as it is, if it is still what the client has seen.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn rename(
        &self,
        by: UserId,
        id: OrganizationId,
        name: Option<OrganizationName>,
        may_change: impl FnOnce(&Affiliation) -> bool + Send,
    ) -> Result<Affiliation, OrganizationError> {
        let tx = self.storage.begin().await?;
        let (organization, me) = enter(&*tx, id, by).await?;
        me.role.require(OrganizationPermission::Rename)?;
        let mut affiliation = Affiliation { organization, role: me.role };
        if !may_change(&affiliation) {
            return Err(RepositoryError::Stale.into());
        }
        let organization = &mut affiliation.organization;
        organization.name = name.unwrap_or_else(|| organization.name.clone());
        tx.organizations().save(organization).await?;
        tx.commit().await?;
        Ok(affiliation)
    }

    /// Hides the organization from everybody, at once. Asks for a proof that is not old.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn delete(&self, by: Caller, id: OrganizationId) -> Result<(), OrganizationError> {
        self.prove_again.password_or_fresh(by, None).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let (organization, me) = enter(&*tx, id, by.user).await?;
        me.role.require(OrganizationPermission::Delete)?;
        tx.organizations().save(&Organization { deleted_at: Some(now), ..organization }).await?;
        tx.audit().note(noted(AuditAction::OrganizationDeleted, id, (by.user, by.user), now));
        tx.commit().await?;
        Ok(())
    }
}

/// Deletes what an account owned that is cleared away. Nobody is left behind: an address that was never verified invites
/// nobody.
pub(crate) async fn disband(tx: &dyn Unit, owner: UserId, now: Timestamp) -> Stored<()> {
    for organization in tx.organizations().owned(owner).await? {
        let event =
            AuditEvent { actor: None, ..noted(AuditAction::OrganizationDeleted, organization.id, (owner, owner), now) };
        tx.organizations().save(&Organization { deleted_at: Some(now), ..organization }).await?;
        tx.audit().note(event);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::OrganizationQueries;

    use super::super::stage::Scene;
    use super::*;

    #[tokio::test]
    async fn what_a_cleared_account_owned_goes_with_it() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let tx = scene.storage().begin().await.unwrap();
        disband(&*tx, owner, scene.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(OrganizationQueries::find(&scene.reader(), owner, id).await.unwrap().is_none());
        let line = scene.audit_log().newest(&Default::default(), 1).await.unwrap().remove(0);
        assert_eq!((line.action.as_str(), line.actor), ("organization.deleted", None));
    }
}
