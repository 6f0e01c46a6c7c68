//! What a user may give away to a script or a device: a closed list of scopes. None of them reaches how one logs in,
//! credentials, keys, the deletion or export of the account, administration, or anything that costs money.

use std::fmt;

use crate::kernel::Invalid;

/// One thing that an API key or a device may do on behalf of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Read the profile.
    ReadProfile,
    /// Change the profile.
    WriteProfile,
    /// Read projects.
    ReadProjects,
    /// Make, change, delete and restore projects.
    WriteProjects,
    /// Read what the user is subscribed and entitled to.
    ReadBilling,
    /// See progress photos.
    ReadMedia,
    /// Add and delete progress photos.
    WriteMedia,
    /// Read devices and preferences for messages.
    ReadMessaging,
    /// Register and remove devices, change preferences for messages.
    WriteMessaging,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 9] = [
        Self::ReadProfile,
        Self::WriteProfile,
        Self::ReadProjects,
        Self::WriteProjects,
        Self::ReadBilling,
        Self::ReadMedia,
        Self::WriteMedia,
        Self::ReadMessaging,
        Self::WriteMessaging,
    ];

    /// The stored and transported name: `area:read` or `area:write`. Names never change: keys and tokens hold them.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadProfile => "profile:read",
            Self::WriteProfile => "profile:write",
            Self::ReadProjects => "projects:read",
            Self::WriteProjects => "projects:write",
            Self::ReadBilling => "billing:read",
            Self::ReadMedia => "media:read",
            Self::WriteMedia => "media:write",
            Self::ReadMessaging => "messaging:read",
            Self::WriteMessaging => "messaging:write",
        }
    }

    /// The same for who is asked whether to grant it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadProfile => "Read your profile: name, e-mail address, country, date of birth",
            Self::WriteProfile => "Change your profile",
            Self::ReadProjects => "Read your projects",
            Self::WriteProjects => "Make, change and delete projects",
            Self::ReadBilling => "Read what you are subscribed to and what it includes",
            Self::ReadMedia => "See your progress photos",
            Self::WriteMedia => "Add and delete progress photos",
            Self::ReadMessaging => "Read which devices get your notifications, and your choices about them",
            Self::WriteMessaging => "Change which devices get your notifications, and your choices about them",
        }
    }

    /// The scope of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// Takes the names that somebody asks for: one at least, and none that is unknown.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `scope`.
    pub fn parse(names: &[String]) -> Result<Self, Invalid> {
        if names.is_empty() {
            return Err(Invalid::new("length", "Name at least one scope."));
        }
        let scopes: Option<Self> = names.iter().map(|name| Scope::from_name(name)).collect();
        scopes
            .ok_or_else(|| Invalid::new("scope", format!("The scopes are {}.", Scope::ALL.map(Scope::name).join(", "))))
    }

    /// Takes names as they were stored, separated by spaces. One that this version does not know allows nothing.
    #[must_use]
    pub fn from_stored(names: &str) -> Self {
        names.split(' ').filter_map(Scope::from_name).collect()
    }

    /// Whether a scope is among them.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    /// The names, separated by spaces, as tokens and the database hold them (RFC 6749, 3.3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().map(Scope::name).collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Everything that its user may: the user logged in there.
    Full,
    /// Only this: the user let a device in.
    Only(Scopes),
}

impl Rights {
    /// Whether they include what a scope allows.
    #[must_use]
    pub const fn include(self, scope: Scope) -> bool {
        match self {
            Self::Full => true,
            Self::Only(scopes) => scopes.contains(scope),
        }
    }

    /// The scopes to which they are limited, if they are.
    #[must_use]
    pub const fn scopes(self) -> Option<Scopes> {
        match self {
            Self::Full => None,
            Self::Only(scopes) => Some(scopes),
        }
    }

    /// The rights that a stored or signed list of scopes stands for; without a list, all.
    #[must_use]
    pub fn from_stored(scopes: Option<&str>) -> Self {
        scopes.map_or(Self::Full, |names| Self::Only(Scopes::from_stored(names)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_scope_has_a_name_and_words_of_its_own_and_is_found_again() {
        assert_eq!(Scope::ALL.map(Scope::name).into_iter().collect::<HashSet<_>>().len(), Scope::ALL.len());
        assert_eq!(Scope::ALL.map(Scope::words).into_iter().collect::<HashSet<_>>().len(), Scope::ALL.len());
        for scope in Scope::ALL {
            assert_eq!(Scope::from_name(scope.name()), Some(scope));
        }
    }

    #[test]
    fn no_scope_names_what_nobody_may_give_away() {
        for scope in Scope::ALL {
            let (area, deed) = scope.name().split_once(':').unwrap();
            assert!(["read", "write"].contains(&deed), "{scope}");
            assert!(!["auth", "keys", "credentials", "export", "admin", "account"].contains(&area), "{scope}");
            assert_ne!(scope.name(), "billing:write");
        }
    }

    proptest! {
        #[test]
        fn a_set_survives_its_text_form_and_holds_what_was_put_in(chosen in prop::collection::vec(0..Scope::ALL.len(), 0..12)) {
            let scopes: Scopes = chosen.iter().map(|index| Scope::ALL[*index]).collect();
            prop_assert_eq!(Scopes::from_stored(&scopes.to_string()), scopes);
            for (index, scope) in Scope::ALL.into_iter().enumerate() {
                prop_assert_eq!(scopes.contains(scope), chosen.contains(&index));
            }
        }
    }

    #[test]
    fn an_unknown_scope_is_refused_at_the_door_and_allows_nothing_where_it_is_stored() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(Scopes::parse(&names(&["profile:read", "everything"])).unwrap_err().constraint, "scope");
        assert_eq!(Scopes::parse(&[]).unwrap_err().constraint, "length");
        assert_eq!(Scopes::from_stored("everything"), Scopes::default());
        assert_eq!(Rights::from_stored(Some("")), Rights::Only(Scopes::default()));
        assert!(!Rights::from_stored(Some("")).include(Scope::ReadProfile));
        assert!(Rights::from_stored(None).include(Scope::ReadProfile));
    }
}
