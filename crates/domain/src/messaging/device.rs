//! A device that can be pushed to.

use crate::identity::UserId;
use crate::kernel::{Id, Invalid, Locale, Timestamp, single_line};

/// The id of one device.
pub type DeviceId = Id<Device>;

/// A device that can be pushed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Ours.
    pub id: DeviceId,
    /// Whose it is now. A token that is known for another user moves to the one who registers it.
    pub user: UserId,
    /// What it is.
    pub platform: Platform,
    /// How the push service names it.
    pub token: DeviceToken,
    /// Which version of the app runs on it.
    pub app_version: Option<AppVersion>,
    /// The language it is set to.
    pub locale: Option<Locale>,
    /// The push service still knows it.
    pub is_active: bool,
    /// When it was registered first.
    pub created_at: Timestamp,
}

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// An iPhone or iPad, by its APNs device token.
    Ios,
    /// An Android device, by its FCM registration token.
    Android,
    /// A browser, by its FCM registration token.
    Web,
    /// An app built with Expo, by its Expo push token.
    Expo,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 4] = [Self::Ios, Self::Android, Self::Web, Self::Expo];

    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
            Self::Web => "web",
            Self::Expo => "expo",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|platform| platform.name() == name);
        found.ok_or_else(|| Invalid::new("one_of", "This is ios, android, web or expo."))
    }
}

/// How a push service names a device: 1 to 500 visible characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// Checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if !(1..=500).contains(&text.len()) {
            return Err(Invalid::new("length", "A token has 1 to 500 characters."));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid::new("characters", "A token has visible ASCII characters only."));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A version as the app calls itself, e.g. `1.4.2 (88)`: one line, at most 50 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppVersion(String);

impl AppVersion {
    /// Checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 50).map(Self)
    }

    /// The version.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_visible_and_bounded() {
        assert!(DeviceToken::parse("ExponentPushToken[abc]").is_ok());
        for wrong in ["", "with space", "line\nbreak", "ünïcode", &"x".repeat(501)] {
            assert!(DeviceToken::parse(wrong).is_err(), "{wrong}");
        }
    }
}
