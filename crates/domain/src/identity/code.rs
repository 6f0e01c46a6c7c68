//! One-time codes that go out by mail and prove that their reader reads the mailbox. Neither a code nor anything it
//! could be guessed from is stored: a code is made from its row's id with a key that is not in the database, when the mail
//! is written and again when somebody types it.

use std::time::Duration;

use super::UserId;
use crate::kernel::{Email, Id, Timestamp};

/// The id of one code.
pub type CodeId = Id<Code>;

/// What somebody proves with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// That an account may be made for the address; the code carries what was filled in.
    Register,
    /// That the address of an account is its owner's.
    VerifyEmail,
    /// That a forgotten password may be replaced.
    ResetPassword,
    /// That an account may move to this address.
    ChangeEmail,
    /// That a login is its owner's, although too many others failed.
    Unlock,
}

impl CodePurpose {
    /// Every purpose.
    pub const ALL: [Self; 5] =
        [Self::Register, Self::VerifyEmail, Self::ResetPassword, Self::ChangeEmail, Self::Unlock];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::Unlock => "unlock",
        }
    }

    /// The purpose of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }

    /// How long it can be used. A link may wait for its reader longer than six digits may be guessed at.
    #[must_use]
    pub const fn life(self) -> Duration {
        match self {
            Self::ResetPassword => Duration::from_secs(60 * 60),
            Self::Register | Self::VerifyEmail | Self::ChangeEmail | Self::Unlock => Duration::from_secs(15 * 60),
        }
    }
}

/// A code that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What the code itself is made from.
    pub id: CodeId,
    /// What it proves.
    pub purpose: CodePurpose,
    /// The mailbox.
    pub email: Email,
    /// Whose account asks, where that is known to whoever asks.
    pub user: Option<UserId>,
    /// What waits for the proof, e.g. a registration form. Sealed at rest.
    pub form: Option<Vec<u8>>,
    /// How often something else was typed.
    pub tries: u32,
    /// When it was asked for.
    pub issued_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// When it was used, or given up.
    pub used_at: Option<Timestamp>,
}

impl Code {
    /// After so many wrong tries a code counts no more.
    pub const MOST_TRIES: u32 = 5;
    /// So many are sent to one address for one purpose within an hour: the first and three more.
    pub const MOST_AN_HOUR: u32 = 4;
    /// So many wrong tries are taken for one address and purpose within a day.
    pub const MOST_TRIES_A_DAY: u32 = 15;

    /// A new code for a purpose.
    #[must_use]
    pub fn new(id: CodeId, purpose: CodePurpose, email: Email, now: Timestamp) -> Self {
        Self {
            id,
            purpose,
            email,
            user: None,
            form: None,
            tries: 0,
            issued_at: now,
            expires_at: now + purpose.life(),
            used_at: None,
        }
    }

    /// Whether it can still prove anything.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.tries < Self::MOST_TRIES && now < self.expires_at
    }
}

/// What was spent on one address and purpose lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodesSpent {
    /// Codes asked for.
    pub issued: u32,
    /// Wrong tries.
    pub tries: u32,
}

/// Makes what a mail shows from a code's id, and recognizes it again.
pub trait OneTimeCodes: Send + Sync {
    /// Six digits.
    fn digits(&self, code: CodeId) -> String;

    /// Whether somebody typed these digits; spaces don't count. Takes the same time for any answer.
    fn is_digits(&self, code: CodeId, typed: &str) -> bool {
        let typed: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        self.same(&self.digits(code), &typed)
    }

    /// A text for a link, which names its code: 64 characters that need no escaping.
    fn token(&self, code: CodeId) -> String;

    /// The code that a text names, if it is the code's own.
    fn code_of(&self, token: &str) -> Option<CodeId>;

    /// Compares two secrets in constant time.
    fn same(&self, expected: &str, typed: &str) -> bool;
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn code() -> Code {
        let email = Email::parse("ada@example.com").unwrap();
        Code::new(Id::new(Uuid::from_u128(1)), CodePurpose::VerifyEmail, email, Timestamp::EPOCH)
    }

    #[test]
    fn a_code_counts_for_a_quarter_of_an_hour_and_five_tries() {
        let last_second = Timestamp::EPOCH + Duration::from_secs(15 * 60 - 1);
        assert!(code().is_open(last_second));
        assert!(!code().is_open(last_second + Duration::from_secs(1)));
        assert!(Code { tries: 4, ..code() }.is_open(last_second));
        assert!(!Code { tries: 5, ..code() }.is_open(last_second));
        assert!(!Code { used_at: Some(Timestamp::EPOCH), ..code() }.is_open(last_second));
    }

    #[test]
    fn every_purpose_is_found_again_by_its_name() {
        for purpose in CodePurpose::ALL {
            assert_eq!(CodePurpose::from_name(purpose.name()), Some(purpose));
        }
    }
}
