//! Organizations: gyms and teams. Who belongs to one, and what they may do there, is in `membership`.

use serde::{Deserialize, Serialize};

use super::{DisplayName, Membership, OrganizationRole};
use crate::kernel::{Id, Invalid, Timestamp, single_line};

/// The id of one organization.
pub type OrganizationId = Id<Organization>;

/// A gym or a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id; sorts by creation.
    pub id: OrganizationId,
    /// What it is called.
    pub name: OrganizationName,
    /// What it is.
    pub kind: OrganizationKind,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted; from then on nobody sees it.
    pub deleted_at: Option<Timestamp>,
}

impl Organization {
    /// So many one user may own. Each may have [`Invitation::MOST_OPEN`](super::Invitation::MOST_OPEN) invitations
    /// open, and each of these is a mail to a stranger.
    pub const MOST_OWNED: usize = 20;
}

/// One line, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 100).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an organization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationKind {
    /// A place with members.
    Gym,
    /// People who train together.
    Team,
}

impl OrganizationKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Gym, Self::Team];

    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gym => "gym",
            Self::Team => "team",
        }
    }

    /// Reads what a user has chosen.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| Invalid::new("one_of", "This is gym or team."))
    }
}

/// An organization as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affiliation {
    /// Which.
    pub organization: Organization,
    /// What the member is there.
    pub role: OrganizationRole,
}

/// A member as others in the organization see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What they are there.
    pub membership: Membership,
    /// What they want to be called.
    pub name: DisplayName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_a_kind_one_of_two() {
        assert_eq!(OrganizationName::parse("  Iron Hall ").unwrap().as_str(), "Iron Hall");
        assert_eq!(OrganizationName::parse("Iron\nHall").unwrap_err().constraint, "characters");
        assert_eq!(OrganizationName::parse(&"x".repeat(101)).unwrap_err().constraint, "length");
        for kind in OrganizationKind::ALL {
            assert_eq!(OrganizationKind::parse(kind.name()), Ok(kind));
        }
        assert_eq!(OrganizationKind::parse("club").unwrap_err().constraint, "one_of");
    }
}
