//! Who belongs to an organization, and what each role may do there. Exactly one member owns it, always: nothing here
//! makes a second owner, and the first one stays until somebody else takes over.

use serde::{Deserialize, Serialize};

use super::{OrganizationId, OrganizationPermission, OrganizationRole, UserId};
use crate::kernel::{ErrorKind, Failure, Id, Timestamp};

/// The id of one membership.
pub type MembershipId = Id<Membership>;

/// That a user belongs to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Its id; sorts by joining.
    pub id: MembershipId,
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: OrganizationRole,
    /// Since when.
    pub joined_at: Timestamp,
}

/// Why a member may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MembershipRefusal {
    /// The role does not allow it.
    #[error("your role in this organization does not have the permission {}", .0.name())]
    NotAllowed(OrganizationPermission),
    /// The other one is an equal, or above.
    #[error("this member's role is not below yours")]
    NotBelow,
    /// Nobody gives a role that is as high as their own.
    #[error("only a role below your own can be given")]
    RoleNotBelow,
    /// An organization is never without its owner.
    #[error("the owner can't leave: transfer the organization first, or delete it")]
    OwnerStays,
    /// The owner would be the same.
    #[error("this member owns the organization already")]
    OwnsAlready,
}

impl Failure for MembershipRefusal {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAllowed(_) | Self::NotBelow | Self::RoleNotBelow => ErrorKind::Forbidden,
            Self::OwnerStays | Self::OwnsAlready => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::OwnerStays).then_some("OWNER_MUST_TRANSFER")
    }
}

impl OrganizationRole {
    /// Refuses who may not do it.
    ///
    /// # Errors
    /// [`MembershipRefusal::NotAllowed`]
    pub const fn require(self, permission: OrganizationPermission) -> Result<(), MembershipRefusal> {
        if self.may(permission) { Ok(()) } else { Err(MembershipRefusal::NotAllowed(permission)) }
    }
}

impl Membership {
    /// Whether this member may invite somebody as `role`, or take back such an invitation.
    ///
    /// # Errors
    /// [`MembershipRefusal`]
    pub fn invite(&self, role: OrganizationRole) -> Result<(), MembershipRefusal> {
        self.role.require(OrganizationPermission::Invite)?;
        self.require_to_give(role)
    }

    /// The other member with another role.
    ///
    /// # Errors
    /// [`MembershipRefusal`]
    pub fn change_role(&self, other: Self, role: OrganizationRole) -> Result<Self, MembershipRefusal> {
        self.role.require(OrganizationPermission::ChangeRoles)?;
        self.require_above(&other)?;
        self.require_to_give(role)?;
        Ok(Self { role, ..other })
    }

    /// Whether this member may end the other membership, which may be their own.
    ///
    /// # Errors
    /// [`MembershipRefusal`]
    pub fn end(&self, other: &Self) -> Result<(), MembershipRefusal> {
        if self.user == other.user {
            let leave = self.role.require(OrganizationPermission::Leave);
            return leave.map_err(|_| MembershipRefusal::OwnerStays);
        }
        self.role.require(OrganizationPermission::RemoveMembers)?;
        self.require_above(other)
    }

    /// Makes the other member the owner and this one an admin: first who goes, then who comes.
    ///
    /// # Errors
    /// [`MembershipRefusal`]
    pub fn hand_over(&self, to: Self) -> Result<[Self; 2], MembershipRefusal> {
        self.role.require(OrganizationPermission::Transfer)?;
        if self.user == to.user {
            return Err(MembershipRefusal::OwnsAlready);
        }
        let before = Self { role: OrganizationRole::Admin, ..*self };
        Ok([before, Self { role: OrganizationRole::Owner, ..to }])
    }

    /// Admins can do nothing to each other, nor name others: only the owner decides who runs the organization. Else one
    /// stolen account of an admin could put out all others, and fill their places, before the owner looks.
    fn require_above(&self, other: &Self) -> Result<(), MembershipRefusal> {
        if other.role < self.role { Ok(()) } else { Err(MembershipRefusal::NotBelow) }
    }

    fn require_to_give(&self, role: OrganizationRole) -> Result<(), MembershipRefusal> {
        if role < self.role { Ok(()) } else { Err(MembershipRefusal::RoleNotBelow) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn membership(user: u8, role: OrganizationRole) -> Membership {
        let id = Uuid::from_u128(u128::from(user));
        let (id, organization, user) = (Id::new(id), Id::new(Uuid::nil()), Id::new(id));
        Membership { id, organization, user, role, joined_at: Timestamp::EPOCH }
    }

    /// Something that somebody tries to do to somebody.
    #[derive(Debug, Clone)]
    enum Deed {
        Join(u8, OrganizationRole),
        ChangeRole(u8, u8, OrganizationRole),
        End(u8, u8),
        HandOver(u8, u8),
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let (user, role) = (|| 0_u8..6, || prop::sample::select(OrganizationRole::ALL.to_vec()));
        prop_oneof![
            (user(), role()).prop_map(|(user, role)| Deed::Join(user, role)),
            (user(), user(), role()).prop_map(|(by, user, role)| Deed::ChangeRole(by, user, role)),
            (user(), user()).prop_map(|(by, user)| Deed::End(by, user)),
            (user(), user()).prop_map(|(by, user)| Deed::HandOver(by, user)),
        ]
    }

    fn find(members: &[Membership], user: u8) -> Option<Membership> {
        members.iter().find(|member| member.user == membership(user, member.role).user).copied()
    }

    fn put(members: &mut Vec<Membership>, changed: Membership) {
        members.retain(|member| member.user != changed.user);
        members.push(changed);
    }

    /// Carries a deed out if it is allowed, as the verbs do; the owner invites whoever joins.
    fn attempt(members: &mut Vec<Membership>, deed: &Deed) {
        match *deed {
            Deed::Join(user, role) => {
                let owner = members.iter().find(|member| member.role == OrganizationRole::Owner).unwrap();
                if owner.invite(role).is_ok() && find(members, user).is_none() {
                    members.push(membership(user, role));
                }
            }
            Deed::ChangeRole(by, user, role) => {
                let Some((by, other)) = find(members, by).zip(find(members, user)) else { return };
                if let Ok(changed) = by.change_role(other, role) {
                    put(members, changed);
                }
            }
            Deed::End(by, user) => {
                let Some((by, other)) = find(members, by).zip(find(members, user)) else { return };
                if by.end(&other).is_ok() {
                    members.retain(|member| member.user != other.user);
                }
            }
            Deed::HandOver(by, user) => {
                let Some((by, other)) = find(members, by).zip(find(members, user)) else { return };
                if let Ok(changed) = by.hand_over(other) {
                    changed.into_iter().for_each(|member| put(members, member));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_members_do_to_each_other_one_of_them_is_the_owner(deeds in prop::collection::vec(deed(), 1..80)) {
            let mut members = vec![membership(0, OrganizationRole::Owner)];
            for deed in deeds {
                attempt(&mut members, &deed);
                let owners = members.iter().filter(|member| member.role == OrganizationRole::Owner).count();
                prop_assert_eq!(owners, 1, "{:?}", deed);
                let users: BTreeSet<_> = members.iter().map(|member| member.user).collect();
                prop_assert_eq!(users.len(), members.len(), "{:?}", deed);
            }
        }
    }

    #[test]
    fn nobody_touches_an_equal_or_one_above_nor_lifts_anybody_to_their_own_height() {
        for by in OrganizationRole::ALL {
            for other in OrganizationRole::ALL {
                let (by, other) = (membership(1, by), membership(2, other));
                let below = other.role < by.role;
                let runs = by.role >= OrganizationRole::Admin;
                assert_eq!(by.end(&other).is_ok(), runs && below, "{by:?} {other:?}");
                for role in OrganizationRole::ALL {
                    let lifted = by.change_role(other, role).is_ok();
                    assert_eq!(lifted, runs && below && role < by.role, "{by:?} {other:?} {role:?}");
                }
                assert_eq!(by.invite(other.role).is_ok(), runs && below);
            }
        }
    }

    #[test]
    fn everybody_may_go_but_the_owner_who_hands_over_first() {
        let [owner, coach] = [OrganizationRole::Owner, OrganizationRole::Coach].map(|role| membership(1, role));
        assert_eq!(owner.end(&owner), Err(MembershipRefusal::OwnerStays));
        assert_eq!(coach.end(&coach), Ok(()));
        assert_eq!(owner.hand_over(owner), Err(MembershipRefusal::OwnsAlready));
        let [before, after] = owner.hand_over(membership(2, OrganizationRole::Member)).unwrap();
        assert_eq!((before.role, after.role), (OrganizationRole::Admin, OrganizationRole::Owner));
        assert_eq!(before.end(&before), Ok(()));
    }
}
