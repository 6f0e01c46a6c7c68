//! What members see of an organization beyond its name, each as far as their role goes.

use std::sync::Arc;

use hos_domain::identity::{
    Invitation, InvitationId, Member, OrganizationId, OrganizationPermission, OrganizationQueries, UserId,
};
use hos_domain::kernel::{Clock, Page, PageRequest};

use super::error::OrganizationError;

/// Shows members and invitations.
pub struct BrowseOrganization {
    /// Reads.
    pub organizations: Arc<dyn OrganizationQueries>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl BrowseOrganization {
    /// Who belongs to it.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn members(
        &self,
        by: UserId,
        id: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Member>, OrganizationError> {
        self.enter(by, id, OrganizationPermission::ListMembers).await?;
        Ok(self.organizations.members(id, page).await?)
    }

    /// One member; everybody may see themselves.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn member(&self, by: UserId, id: OrganizationId, user: UserId) -> Result<Member, OrganizationError> {
        let own = by == user;
        self.enter(by, id, if own { OrganizationPermission::Read } else { OrganizationPermission::ListMembers })
            .await?;
        self.organizations.member(id, user).await?.ok_or(OrganizationError::NoSuchMember)
    }

    /// Who is invited to it.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn invitations(
        &self,
        by: UserId,
        id: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Invitation>, OrganizationError> {
        self.enter(by, id, OrganizationPermission::Invite).await?;
        Ok(self.organizations.invitations(id, self.clock.now(), page).await?)
    }

    /// One open invitation.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn invitation(
        &self,
        by: UserId,
        id: OrganizationId,
        invitation: InvitationId,
    ) -> Result<Invitation, OrganizationError> {
        self.enter(by, id, OrganizationPermission::Invite).await?;
        let found = self.organizations.invitation(id, invitation, self.clock.now()).await?;
        found.ok_or(OrganizationError::NoSuchInvitation)
    }

    async fn enter(
        &self,
        by: UserId,
        id: OrganizationId,
        permission: OrganizationPermission,
    ) -> Result<(), OrganizationError> {
        let found = self.organizations.find(by, id).await?.ok_or(OrganizationError::NotFound)?;
        Ok(found.role.require(permission)?)
    }
}
