//! What a user wants to hear.

use super::Category;
use crate::kernel::Invalid;

/// What a user wants to hear. Whoever never said gets the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the user's screen")]
pub struct Preferences {
    /// Any push at all.
    pub push_enabled: bool,
    /// Reminders of goals and sessions.
    pub coaching_reminders: bool,
    /// News of the subscription.
    pub subscription_alerts: bool,
    /// Comments, reactions, followers.
    pub community: bool,
    /// Offers and news of the product.
    pub marketing: bool,
    /// Any mail that is not required.
    pub email_enabled: bool,
    /// When not to be disturbed, in the user's own time zone.
    pub quiet_hours: Option<QuietHours>,
    /// How often a summary is sent.
    pub digest: Digest,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            push_enabled: true,
            coaching_reminders: true,
            subscription_alerts: true,
            community: true,
            marketing: false,
            email_enabled: true,
            quiet_hours: None,
            digest: Digest::Weekly,
        }
    }
}

impl Preferences {
    /// Whether the user wants to be pushed about this.
    #[must_use]
    pub const fn wants_push(&self, category: Category) -> bool {
        match category {
            Category::Security => true,
            Category::Billing => self.push_enabled && self.subscription_alerts,
            Category::Coaching => self.push_enabled && self.coaching_reminders,
        }
    }

    /// Whether the user wants mail about this. What belongs to the account or the contract is always sent.
    #[must_use]
    pub const fn wants_email(&self, category: Category) -> bool {
        match category {
            Category::Security | Category::Billing => true,
            Category::Coaching => self.email_enabled && self.coaching_reminders,
        }
    }
}

/// A span of the day, in minutes since midnight; it may go past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute.
    pub start: u16,
    /// First minute after.
    pub end: u16,
}

impl QuietHours {
    /// Reads two times of day such as `22:00` and `07:00`.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `time` or `range`.
    pub fn parse(start: &str, end: &str) -> Result<Self, Invalid> {
        let (start, end) = (minute(start)?, minute(end)?);
        if start == end {
            return Err(Invalid::new("range", "Quiet hours start and end at different times."));
        }
        Ok(Self { start, end })
    }

    /// The times of day as they were given.
    #[must_use]
    pub fn texts(self) -> (String, String) {
        let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        (text(self.start), text(self.end))
    }
}

fn minute(text: &str) -> Result<u16, Invalid> {
    let refused = || Invalid::new("time", "This is not a time of day such as 22:00.");
    let (hour, minute) =
        text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2).ok_or_else(refused)?;
    match (hour.parse::<u16>(), minute.parse::<u16>()) {
        (Ok(hour @ 0..=23), Ok(minute @ 0..=59)) => Ok(hour * 60 + minute),
        _ => Err(refused()),
    }
}

/// How often a summary is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// Never.
    Off,
    /// Each day.
    Daily,
    /// Each week.
    Weekly,
}

impl Digest {
    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let found = [Self::Off, Self::Daily, Self::Weekly].into_iter().find(|digest| digest.name() == name);
        found.ok_or_else(|| Invalid::new("one_of", "This is off, daily or weekly."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_read_and_written_alike() {
        let hours = QuietHours::parse("22:30", "07:00").unwrap();
        assert_eq!(hours.texts(), ("22:30".to_owned(), "07:00".to_owned()));
        for (start, end) in [("24:00", "07:00"), ("7:00", "08:00"), ("x", "y"), ("07:60", "08:00"), ("08:00", "08:00")]
        {
            assert!(QuietHours::parse(start, end).is_err(), "{start} {end}");
        }
    }

    #[test]
    fn security_always_comes_through_and_billing_mail_too() {
        let silent = Preferences { push_enabled: false, email_enabled: false, ..Preferences::default() };
        assert!(silent.wants_push(Category::Security) && !silent.wants_push(Category::Billing));
        assert!(silent.wants_email(Category::Billing) && !silent.wants_email(Category::Coaching));
    }
}
