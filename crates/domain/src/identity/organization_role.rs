//! What somebody is in an organization, and what each role may do there.

use serde::{Deserialize, Serialize};

use crate::kernel::Invalid;

/// What somebody is in an organization. Each role stands above the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationRole {
    /// Trains there.
    Member,
    /// Trains others there.
    Coach,
    /// Runs it.
    Admin,
    /// Whose it is.
    Owner,
}

impl OrganizationRole {
    /// Every role, least first.
    pub const ALL: [Self; 4] = [Self::Member, Self::Coach, Self::Admin, Self::Owner];

    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Coach => "coach",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Reads a role that is to be given: any but the owner's, which is only ever handed over.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse_given(name: &str) -> Result<Self, Invalid> {
        let known = Self::from_name(name).filter(|role| *role != Self::Owner);
        known.ok_or_else(|| Invalid::new("one_of", "This is admin, coach or member."))
    }

    /// Whether this role may do it.
    #[must_use]
    pub const fn may(self, permission: OrganizationPermission) -> bool {
        match permission {
            OrganizationPermission::Read => true,
            // In a gym most members are strangers to each other: only who works there sees who trains there.
            OrganizationPermission::ListMembers => matches!(self, Self::Owner | Self::Admin | Self::Coach),
            OrganizationPermission::Rename
            | OrganizationPermission::Invite
            | OrganizationPermission::ChangeRoles
            | OrganizationPermission::RemoveMembers => matches!(self, Self::Owner | Self::Admin),
            OrganizationPermission::Leave => !matches!(self, Self::Owner),
            OrganizationPermission::Transfer | OrganizationPermission::Delete => matches!(self, Self::Owner),
        }
    }
}

/// Something that not every member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganizationPermission {
    /// See the organization itself, and one's own place in it.
    Read,
    /// Give it another name.
    Rename,
    /// Invite people, and see, repeat and take back invitations.
    Invite,
    /// See who else belongs to it.
    ListMembers,
    /// Give members other roles.
    ChangeRoles,
    /// Send members away.
    RemoveMembers,
    /// Go.
    Leave,
    /// Make somebody else the owner.
    Transfer,
    /// Delete it.
    Delete,
}

impl OrganizationPermission {
    /// Every permission.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Rename,
        Self::Invite,
        Self::ListMembers,
        Self::ChangeRoles,
        Self::RemoveMembers,
        Self::Leave,
        Self::Transfer,
        Self::Delete,
    ];

    /// Its name, for who is refused.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "organization.read",
            Self::Rename => "organization.rename",
            Self::Invite => "members.invite",
            Self::ListMembers => "members.list",
            Self::ChangeRoles => "members.change_roles",
            Self::RemoveMembers => "members.remove",
            Self::Leave => "organization.leave",
            Self::Transfer => "organization.transfer",
            Self::Delete => "organization.delete",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OrganizationPermission as Deed;
    use super::*;

    /// Owner, admin, coach, member.
    const TABLE: [(Deed, [bool; 4]); 9] = [
        (Deed::Read, [true, true, true, true]),
        (Deed::Rename, [true, true, false, false]),
        (Deed::Invite, [true, true, false, false]),
        (Deed::ListMembers, [true, true, true, false]),
        (Deed::ChangeRoles, [true, true, false, false]),
        (Deed::RemoveMembers, [true, true, false, false]),
        (Deed::Leave, [false, true, true, true]),
        (Deed::Transfer, [true, false, false, false]),
        (Deed::Delete, [true, false, false, false]),
    ];

    #[test]
    fn each_role_may_do_what_the_table_says() {
        assert_eq!(TABLE.map(|(deed, _)| deed), Deed::ALL);
        for (deed, expected) in TABLE {
            let mut roles = OrganizationRole::ALL;
            roles.reverse();
            assert_eq!(roles.map(|role| role.may(deed)), expected, "{deed:?}");
        }
    }

    #[test]
    fn a_role_has_a_name_and_ownership_is_not_given() {
        for role in OrganizationRole::ALL {
            assert_eq!(OrganizationRole::from_name(role.name()), Some(role));
            assert_eq!(
                OrganizationRole::parse_given(role.name()).ok(),
                Some(role).filter(|role| role.name() != "owner")
            );
        }
        assert_eq!(OrganizationRole::parse_given("boss").unwrap_err().constraint, "one_of");
    }
}
