//! What each role may do beyond its own data. Routes ask for a permission, never for a role.

use super::Role;

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look members up.
    ReadUsers,
    /// Act in a member's place.
    Impersonates,
    /// Close accounts and open them again.
    SuspendUsers,
    /// Give roles.
    GiveRoles,
    /// Read the audit log.
    ReadAuditLog,
    /// Read the books.
    ReadBooks,
    /// Give members money back.
    GiveRefunds,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 7] = [
        Self::ReadUsers,
        Self::Impersonates,
        Self::SuspendUsers,
        Self::GiveRoles,
        Self::ReadAuditLog,
        Self::ReadBooks,
        Self::GiveRefunds,
    ];

    /// Its name, for who is refused.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadUsers => "users.read",
            Self::Impersonates => "users.impersonate",
            Self::SuspendUsers => "users.suspend",
            Self::GiveRoles => "roles.give",
            Self::ReadAuditLog => "audit.read",
            Self::ReadBooks => "books.read",
            Self::GiveRefunds => "billing.refund",
        }
    }
}

impl Role {
    /// Whether this role may do it.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::ReadUsers | Permission::Impersonates => {
                matches!(self, Self::Support | Self::Admin | Self::SuperAdmin)
            }
            Permission::SuspendUsers | Permission::ReadAuditLog | Permission::ReadBooks | Permission::GiveRefunds => {
                matches!(self, Self::Admin | Self::SuperAdmin)
            }
            Permission::GiveRoles => matches!(self, Self::SuperAdmin),
        }
    }

    /// Whether somebody with this role may act on an account with the other one: never on an equal or a higher one, but a
    /// super admin on everybody.
    #[must_use]
    pub fn may_act_on(self, other: Self) -> bool {
        self == Self::SuperAdmin || other < self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_higher_role_may_do_what_the_lower_one_may() {
        for permission in Permission::ALL {
            let allowed: Vec<bool> = Role::ALL.map(|role| role.may(permission)).to_vec();
            assert!(allowed.is_sorted(), "{permission:?}: {allowed:?}");
            assert!(!Role::User.may(permission) && Role::SuperAdmin.may(permission));
        }
    }

    #[test]
    fn nobody_closes_the_account_of_an_equal() {
        assert!(Role::Admin.may_act_on(Role::Support) && !Role::Admin.may_act_on(Role::Admin));
        assert!(!Role::Support.may_act_on(Role::SuperAdmin) && Role::SuperAdmin.may_act_on(Role::SuperAdmin));
    }
}
