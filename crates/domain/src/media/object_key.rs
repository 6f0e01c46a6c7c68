//! Where an object lies. Keys are chosen by us, so a user can never name one outside their own prefix.

use serde::{Deserialize, Serialize};

use crate::identity::UserId;
use crate::kernel::Invalid;

/// The name a user gave a file, made safe: 1 to 255 characters of which only letters, digits, `.`, `-` and `_` are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Refuses what can't be a file's name, and replaces every character that could mean something to a path, a URL or a
    /// screen.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if !(1..=255).contains(&text.chars().count()) {
            return Err(Invalid::new("length", "A file name has 1 to 255 characters."));
        }
        let hostile =
            |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if text.chars().any(hostile) || text == "." || text == ".." {
            return Err(Invalid::new("characters", "A file name has no slashes and no control characters."));
        }
        let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
        let name: String = text.chars().map(safe).take(100).collect();
        // A leading dot hides a file, and two dots climb.
        Ok(Self(name.trim_start_matches('.').replace("..", "_")).or_unnamed())
    }

    fn or_unnamed(self) -> Self {
        if self.0.is_empty() { Self("file".to_owned()) } else { self }
    }

    /// The safe name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `users/{user}/{unguessable}/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// A new key for a user's file. `secret` makes its address impossible to guess.
    #[must_use]
    pub fn new(user: UserId, secret: [u8; 32], name: &FileName) -> Self {
        let secret = hex::encode(secret.get(..16).unwrap_or_default());
        Self(format!("users/{user}/{secret}/{}", name.as_str()))
    }

    /// Reads a key that we gave out. Anything that we would not have made is refused.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `key`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let refused = || Invalid::new("key", "This is not a key that this API gave out.");
        let parts: Vec<&str> = text.split('/').collect();
        let [users, user, secret, name] = parts.as_slice() else { return Err(refused()) };
        let user_is_sane = UserId::parse(user).is_ok_and(|id| id.to_string() == *user);
        let secret_is_sane =
            secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let name_is_sane = FileName::parse(name).is_ok_and(|safe| safe.as_str() == *name);
        if *users == "users" && user_is_sane && secret_is_sane && name_is_sane {
            Ok(Self(text.to_owned()))
        } else {
            Err(refused())
        }
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose object it is.
    #[must_use]
    pub fn belongs_to(&self, user: UserId) -> bool {
        self.0.strip_prefix("users/").and_then(|rest| rest.split('/').next()) == Some(user.to_string().as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::Id;

    fn user() -> UserId {
        Id::new(Uuid::from_u128(7))
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_users_prefix(name in "\\PC{1,80}|[./\\\\a]{1,12}|.{1,10}") {
            if let Ok(name) = FileName::parse(&name) {
                let key = ObjectKey::new(user(), [3; 32], &name);
                prop_assert!(key.belongs_to(user()));
                prop_assert_eq!(key.as_str().split('/').count(), 4);
                prop_assert!(!key.as_str().contains(".."));
                prop_assert!(key.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(ObjectKey::parse(key.as_str()), Ok(key));
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,120}") {
            let _ = ObjectKey::parse(&text);
        }
    }

    #[test]
    fn names_that_climb_or_deceive_are_refused() {
        for name in ["../x", "a/b", "a\\b", "a\0b", "..", ".", "", "gpj.\u{202e}exe", "a\nb", &"x".repeat(256)] {
            assert!(FileName::parse(name).is_err(), "{name:?}");
        }
        assert_eq!(FileName::parse("Front day 1 ☀.jpg").unwrap().as_str(), "Front_day_1__.jpg");
        assert_eq!(FileName::parse("..hidden").unwrap().as_str(), "hidden");
    }

    #[test]
    fn a_key_that_we_would_not_have_made_is_refused() {
        let good = ObjectKey::new(user(), [3; 32], &FileName::parse("a.jpg").unwrap());
        let good = good.as_str();
        for wrong in [
            "",
            "users",
            "users/x/y/z",
            &good.replace("users", "admin"),
            &format!("{good}/x"),
            &good.replace("a.jpg", ".."),
        ] {
            assert!(ObjectKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
