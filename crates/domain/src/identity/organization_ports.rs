//! What organizations need from the outside. A deleted organization is found by nobody, nor is the membership of a user
//! whose account is deleted: it comes back with the account.

use async_trait::async_trait;

use super::{
    Affiliation, Invitation, InvitationId, Member, Membership, MembershipId, Organization, OrganizationId, UserId,
};
use crate::kernel::{Email, Page, PageRequest, Stored, Timestamp};

/// Organizations inside a unit of work.
#[async_trait]
pub trait OrganizationRepository: Send + Sync {
    /// The living organization with this id. Whoever changes anything about it, its members or its invitations begins
    /// here: the row stays locked until the unit ends, so that deeds in one organization come one after the other.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn lock(&self, id: OrganizationId) -> Stored<Option<Organization>>;

    /// The living organizations of which a user is the owner.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn owned(&self, user: UserId) -> Stored<Vec<Organization>>;

    /// Adds an organization.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, organization: &Organization) -> Stored<()>;

    /// Writes a changed organization back.
    ///
    /// # Errors
    /// `Stale` when it is gone.
    async fn save(&self, organization: &Organization) -> Stored<()>;
}

/// Memberships inside a unit of work.
#[async_trait]
pub trait MembershipRepository: Send + Sync {
    /// What a user is in an organization.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, organization: OrganizationId, user: UserId) -> Stored<Option<Membership>>;

    /// Adds a member.
    ///
    /// # Errors
    /// `Conflict` when the user is a member already, or the organization would have two owners.
    async fn insert(&self, membership: &Membership) -> Stored<()>;

    /// Writes a changed role back.
    ///
    /// # Errors
    /// `Conflict` when the organization would have two owners, `Stale` when the membership is gone.
    async fn save(&self, membership: &Membership) -> Stored<()>;

    /// Ends a membership.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, id: MembershipId) -> Stored<()>;
}

/// Invitations inside a unit of work.
#[async_trait]
pub trait InvitationRepository: Send + Sync {
    /// One invitation, whatever its state.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, id: InvitationId) -> Stored<Option<Invitation>>;

    /// The open ones of an organization; never more than [`Invitation::MOST_OPEN`].
    ///
    /// # Errors
    /// Whatever the database says.
    async fn open(&self, organization: OrganizationId, now: Timestamp) -> Stored<Vec<Invitation>>;

    /// How often an organization has written to an address: all mails of the invitations that were mailed since an
    /// instant.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn mails_since(&self, organization: OrganizationId, email: &Email, since: Timestamp) -> Stored<u32>;

    /// Adds an invitation.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, invitation: &Invitation) -> Stored<()>;

    /// Writes state, mails and life of an invitation back.
    ///
    /// # Errors
    /// `Stale` when it is gone.
    async fn save(&self, invitation: &Invitation) -> Stored<()>;

    /// Removes every invitation that has ended before an instant and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_expired_before(&self, instant: Timestamp) -> Stored<u64>;
}

/// Reading organizations, beside any writer. Lists come the newest first.
#[async_trait]
pub trait OrganizationQueries: Send + Sync {
    /// An organization as this user sees it; `None` for who is no member.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, user: UserId, id: OrganizationId) -> Stored<Option<Affiliation>>;

    /// The organizations that a user belongs to.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn list(&self, user: UserId, page: PageRequest) -> Stored<Page<Affiliation>>;

    /// One member.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn member(&self, organization: OrganizationId, user: UserId) -> Stored<Option<Member>>;

    /// The members, in the order of joining, the last one first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn members(&self, organization: OrganizationId, page: PageRequest) -> Stored<Page<Member>>;

    /// The open invitations.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn invitations(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        page: PageRequest,
    ) -> Stored<Page<Invitation>>;

    /// An open invitation.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn invitation(
        &self,
        organization: OrganizationId,
        id: InvitationId,
        now: Timestamp,
    ) -> Stored<Option<Invitation>>;
}
