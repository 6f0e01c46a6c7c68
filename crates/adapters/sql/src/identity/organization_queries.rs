//! Reading `organizations`, `memberships` and `invitations`. No query shows anything to who is no member: it begins with
//! the user, or with an organization that the user was found in.

use async_trait::async_trait;
use hos_domain::identity::{
    Affiliation, Invitation, InvitationId, Member, Membership, OrganizationId, OrganizationQueries, User, UserId,
};
use hos_domain::kernel::{Page, PageRequest, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, SelectTwoRequired};

use super::{invitations, memberships, organizations, users};
use crate::reader::SqlReader;

/// A user's memberships with their living organizations.
fn affiliations(user: UserId) -> SelectTwoRequired<memberships::Entity, organizations::Entity> {
    memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.uuid()))
        .find_both_related(organizations::Entity)
        .filter(organizations::Column::DeletedAt.is_null())
}

/// An organization's memberships with their living users.
fn members(organization: OrganizationId) -> SelectTwoRequired<memberships::Entity, users::Entity> {
    memberships::Entity::find()
        .filter(memberships::Column::OrganizationId.eq(organization.uuid()))
        .find_both_related(users::Entity)
        .filter(users::Column::DeletedAt.is_null())
}

fn affiliation((membership, organization): (memberships::Model, organizations::Model)) -> Stored<Affiliation> {
    let role = Membership::try_from(membership)?.role;
    Ok(Affiliation { organization: organization.try_into()?, role })
}

fn member((membership, user): (memberships::Model, users::Model)) -> Stored<Member> {
    Ok(Member { membership: membership.try_into()?, name: User::try_from(user)?.name })
}

#[async_trait]
impl OrganizationQueries for SqlReader {
    async fn find(&self, user: UserId, id: OrganizationId) -> Stored<Option<Affiliation>> {
        let mine = affiliations(user).filter(memberships::Column::OrganizationId.eq(id.uuid()));
        self.run(mine.one(self.pool())).await?.map(affiliation).transpose()
    }

    async fn list(&self, user: UserId, page: PageRequest) -> Stored<Page<Affiliation>> {
        let newest = affiliations(user).order_by_desc(memberships::Column::OrganizationId);
        let mut query = newest.limit(u64::from(page.limit.get()) + 1);
        if let Some(after) = page.after {
            query = query.filter(memberships::Column::OrganizationId.lt(after.id()));
        }
        let rows = self.run(query.all(self.pool())).await?;
        let affiliations = rows.into_iter().map(affiliation).collect::<Stored<Vec<_>>>()?;
        Ok(Page::from_probe(affiliations, page.limit, |affiliation| affiliation.organization.id.uuid()))
    }

    async fn member(&self, organization: OrganizationId, user: UserId) -> Stored<Option<Member>> {
        let one = members(organization).filter(memberships::Column::UserId.eq(user.uuid()));
        self.run(one.one(self.pool())).await?.map(member).transpose()
    }

    async fn members(&self, organization: OrganizationId, page: PageRequest) -> Stored<Page<Member>> {
        let newest = members(organization).order_by_desc(memberships::Column::Id);
        let mut query = newest.limit(u64::from(page.limit.get()) + 1);
        if let Some(after) = page.after {
            query = query.filter(memberships::Column::Id.lt(after.id()));
        }
        let rows = self.run(query.all(self.pool())).await?;
        let members = rows.into_iter().map(member).collect::<Stored<Vec<_>>>()?;
        Ok(Page::from_probe(members, page.limit, |member| member.membership.id.uuid()))
    }

    async fn invitations(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        page: PageRequest,
    ) -> Stored<Page<Invitation>> {
        let newest = invitations::open(organization, now).order_by_desc(invitations::Column::Id);
        let mut query = newest.limit(u64::from(page.limit.get()) + 1);
        if let Some(after) = page.after {
            query = query.filter(invitations::Column::Id.lt(after.id()));
        }
        let rows = self.run(query.all(self.pool())).await?;
        let invitations = rows.into_iter().map(Invitation::try_from).collect::<Stored<Vec<_>>>()?;
        Ok(Page::from_probe(invitations, page.limit, |invitation| invitation.id.uuid()))
    }

    async fn invitation(
        &self,
        organization: OrganizationId,
        id: InvitationId,
        now: Timestamp,
    ) -> Stored<Option<Invitation>> {
        let one = invitations::open(organization, now).filter(invitations::Column::Id.eq(id.uuid()));
        self.run(one.one(self.pool())).await?.map(Invitation::try_from).transpose()
    }
}
