//! Support sees an account as its user does: for a quarter of an hour, for a reason that can be looked up, and without what
//! is nobody else's business.

use std::time::Duration;

use super::{Permission, Role, Scope, Scopes};
use crate::kernel::{Invalid, single_line};

/// How long one impersonation lasts; it can't be prolonged.
pub const IMPERSONATION_LIFE: Duration = Duration::from_secs(15 * 60);

/// The request of the member that support works on: one line, 1 to 64 characters. The member is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket(String);

impl Ticket {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 64).map(Self)
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Role {
    /// What somebody with this role may do in a member's place: read what there is to see, and if they may do everything
    /// elsewhere, also correct it. What has no scope (credentials, keys, export, payments) nobody does in another's place.
    #[must_use]
    pub fn impersonation_scopes(self) -> Scopes {
        let reach = |scope: &Scope| match scope {
            Scope::ReadProfile | Scope::ReadProjects | Scope::ReadBilling | Scope::ReadMessaging => true,
            Scope::WriteProfile | Scope::WriteProjects => self == Self::SuperAdmin,
            // Pictures of a body are for whom their owner shows them to; devices get what is told to their owner.
            Scope::ReadMedia | Scope::WriteMedia | Scope::WriteMessaging => false,
        };
        Scope::ALL.into_iter().filter(reach).collect()
    }

    /// Whether accounts with this role may be impersonated: never of those who administer.
    #[must_use]
    pub fn can_be_impersonated(self) -> bool {
        !Permission::ALL.into_iter().any(|permission| self.may(permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_super_admin_changes_anything_and_nobody_sees_pictures() {
        for role in Role::ALL {
            let scopes = role.impersonation_scopes();
            let writes = scopes.iter().any(|scope| scope.name().ends_with(":write"));
            assert_eq!(writes, role == Role::SuperAdmin);
            assert!(scopes.iter().all(|scope| !scope.name().starts_with("media")), "{scopes}");
        }
    }

    #[test]
    fn those_who_administer_are_not_impersonated() {
        let members = Role::ALL.into_iter().filter(|role| role.can_be_impersonated());
        assert_eq!(members.collect::<Vec<_>>(), [Role::User, Role::Companion]);
    }
}
