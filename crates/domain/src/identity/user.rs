//! A user of the product.

use serde::{Deserialize, Serialize};

use super::BirthDate;
use crate::kernel::{CountryCode, Email, Id, Invalid, Locale, TimeZone, Timestamp, single_line};

/// The id of one user.
pub type UserId = Id<User>;

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Stable for the life of the account.
    pub id: UserId,
    /// The key of the account; unique among the living ones.
    pub email: Email,
    /// What the user wants to be called.
    pub name: DisplayName,
    /// Whether the user has shown that mail to the address arrives.
    pub email_verified: bool,
    /// What the user may do beyond their own data.
    pub role: Role,
    /// Where the user pays from; decides the payment provider.
    pub country: Option<CountryCode>,
    /// Where the user's days begin.
    pub timezone: TimeZone,
    /// The language we write to them in.
    pub locale: Locale,
    /// How weights and lengths are shown.
    pub units: Units,
    /// When they were born, if they say; formulas and the least age ask for it.
    pub birth_date: Option<BirthDate>,
    /// Their sex, if they say; formulas ask for it.
    pub sex: Option<Sex>,
    /// Who or what brought them here.
    pub referral_code: Option<ReferralCode>,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the user asked to be deleted; from then on the account is hidden everywhere.
    pub deleted_at: Option<Timestamp>,
}

impl User {
    /// Whether somebody uses the product without having said who they are.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.email.is_placeholder()
    }

    /// The same account, hidden from now on. One that was suspended stays so, and is never taken back: else whoever we have
    /// closed out would delete their account to have it opened again.
    #[must_use]
    pub fn deleted(self, now: Timestamp) -> Self {
        let status = match self.status {
            UserStatus::Suspended => UserStatus::Suspended,
            UserStatus::Active | UserStatus::Deleted => UserStatus::Deleted,
        };
        Self { status, deleted_at: Some(now), ..self }
    }
}

/// A named set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A member: their own data only.
    User,
    /// Leads live sessions.
    Companion,
    /// Helps members.
    Support,
    /// Runs the product.
    Admin,
    /// Names admins.
    SuperAdmin,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 5] = [Self::User, Self::Companion, Self::Support, Self::Admin, Self::SuperAdmin];

    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Companion => "companion",
            Self::Support => "support",
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
        }
    }

    /// The role of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// How weights and lengths are shown; they are stored in SI units either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Units {
    /// Kilograms and centimetres.
    #[default]
    Metric,
    /// Pounds and inches.
    Imperial,
}

impl Units {
    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Imperial => "imperial",
        }
    }

    /// Reads what a user has chosen.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `units`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        Self::from_name(name).ok_or_else(|| Invalid::new("units", "This is metric or imperial."))
    }

    /// The units of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Metric, Self::Imperial].into_iter().find(|units| units.name() == name)
    }
}

/// What the training formulas distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }

    /// Reads what a user has chosen.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        Self::from_name(name).ok_or_else(|| Invalid::new("one_of", "This is female or male, or left out."))
    }

    /// The sex of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Female, Self::Male].into_iter().find(|sex| sex.name() == name)
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// In use.
    Active,
    /// Closed by us for a reason that was audited; can be reopened.
    Suspended,
    /// Closed by the user; hidden, and erased after 30 days.
    Deleted,
}

impl UserStatus {
    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }

    /// The status of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Deleted].into_iter().find(|status| status.name() == name)
    }
}

/// What a user wants to be called: one line, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayName(String);

impl DisplayName {
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

/// What a stranger was given by whoever sent them here: one line, 1 to 50 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralCode(String);

impl ReferralCode {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 50).map(Self)
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_again_by_its_name() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("root"), None);
    }
}
