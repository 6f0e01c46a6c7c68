//! A user makes an organization and is its owner.

use std::sync::Arc;

use hos_domain::identity::{
    Affiliation, Membership, Organization, OrganizationKind, OrganizationName, OrganizationRole, UserId,
};
use hos_domain::kernel::{Clock, IdSource, Storage};
use hos_domain::platform::{AnswerKey, AuditAction};

use super::enter::noted;
use super::error::OrganizationError;
use crate::identity::be_anonymous::is_anonymous;
use crate::platform::{Begun, begin_once};

/// Makes organizations.
pub struct MakeOrganization {
    /// Where organizations are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What a new organization is to be.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// What it is called.
    pub name: OrganizationName,
    /// What it is.
    pub kind: OrganizationKind,
}

impl MakeOrganization {
    /// Adds the organization with its owner, once per key.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn run(
        &self,
        owner: UserId,
        new: NewOrganization,
        key: Option<AnswerKey>,
    ) -> Result<Affiliation, OrganizationError> {
        let now = self.clock.now();
        let (id, NewOrganization { name, kind }) = (self.ids.id(), new);
        let organization = Organization { id, name, kind, created_at: now, deleted_at: None };
        let role = OrganizationRole::Owner;
        let membership = Membership { id: self.ids.id(), organization: id, user: owner, role, joined_at: now };
        let tx = match begin_once(&*self.storage, &*self.clock, key.as_ref()).await? {
            Begun::Fresh(tx) => tx,
            Begun::Answered(affiliation) => return Ok(affiliation),
        };
        // This locks the account: two requests at once are counted one after the other, and one that is being deleted owns
        // nothing new.
        let user = tx.users().find(owner).await?.ok_or(OrganizationError::UserGone)?;
        if is_anonymous(&*tx, &user).await? {
            return Err(OrganizationError::Anonymous);
        }
        if tx.organizations().owned(owner).await?.len() >= Organization::MOST_OWNED {
            return Err(OrganizationError::TooManyOwned);
        }
        tx.organizations().insert(&organization).await?;
        tx.memberships().insert(&membership).await?;
        tx.audit().note(noted(AuditAction::OrganizationMade, id, (owner, owner), now));
        Ok(tx.commit(Affiliation { organization, role }).await?)
    }
}

#[cfg(test)]
mod tests {
    use hos_testing::{Stage, StageUser};

    use super::*;

    #[tokio::test]
    async fn one_user_owns_no_more_than_twenty() {
        let stage = Stage::new().await;
        let ada = stage.user(StageUser::named("ada")).await.id;
        let make = MakeOrganization { storage: stage.storage(), ids: stage.ids(), clock: stage.clock() };
        let new =
            || NewOrganization { name: OrganizationName::parse("Iron Hall").unwrap(), kind: OrganizationKind::Team };
        for _ in 0..Organization::MOST_OWNED {
            make.run(ada, new(), None).await.unwrap();
        }
        assert!(matches!(make.run(ada, new(), None).await, Err(OrganizationError::TooManyOwned)));
    }
}
