//! Devices without a keyboard: a watch shows a short code, its user types the code elsewhere and says yes, the watch gets
//! tokens (RFC 8628). Both codes count for ten minutes and once; neither is stored.

use std::time::Duration;

use async_trait::async_trait;

use super::{LockoutRule, Scopes, UserId};
use crate::kernel::{Id, Invalid, Stored, Timestamp, single_line};

/// The id of one.
pub type DeviceGrantId = Id<DeviceGrant>;

/// A device that asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceGrant {
    /// Its id.
    pub id: DeviceGrantId,
    /// What the device calls itself.
    pub client_name: ClientName,
    /// What it wants to do.
    pub scopes: Scopes,
    /// How long it has to wait before it asks again.
    pub interval: Duration,
    /// Until when its codes count.
    pub expires_at: Timestamp,
    /// When it last asked whether somebody has answered.
    pub polled_at: Option<Timestamp>,
    /// What was answered.
    pub answer: DeviceAnswer,
}

/// What a user said to a device's question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceAnswer {
    /// Nothing yet.
    None,
    /// This user lets it in.
    Yes(UserId),
    /// It stays out.
    No,
}

impl DeviceGrant {
    /// How long the codes count.
    pub const LIFE: Duration = Duration::from_secs(10 * 60);
    /// How long a device waits before it asks again, and by how much longer each time that it does not (RFC 8628, 3.5).
    pub const INTERVAL: Duration = Duration::from_secs(5);
    /// So many wrong codes may be typed by one user, or from one place.
    pub const WRONG_CODES: LockoutRule = LockoutRule { most: 5, span: Self::LIFE };

    /// A question asked now.
    #[must_use]
    pub fn new(id: DeviceGrantId, client_name: ClientName, scopes: Scopes, now: Timestamp) -> Self {
        Self {
            id,
            client_name,
            scopes,
            interval: Self::INTERVAL,
            expires_at: now + Self::LIFE,
            polled_at: None,
            answer: DeviceAnswer::None,
        }
    }

    /// Whether somebody can still answer.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer == DeviceAnswer::None && now < self.expires_at
    }

    /// What a device learns that asks now, and what is known of it from then on.
    #[must_use]
    pub fn polled(self, now: Timestamp) -> (Polled, Self) {
        if now >= self.expires_at {
            return (Polled::Expired, self);
        }
        match self.answer {
            DeviceAnswer::Yes(user) => (Polled::LetIn(user), self),
            DeviceAnswer::No => (Polled::Refused, self),
            DeviceAnswer::None if self.polled_at.is_some_and(|last| now.since(last) < self.interval) => {
                let interval = self.interval + Self::INTERVAL;
                (Polled::TooSoon, Self { interval, polled_at: Some(now), ..self })
            }
            DeviceAnswer::None => (Polled::Waiting, Self { polled_at: Some(now), ..self }),
        }
    }
}

/// What a device learns that asks whether it is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// Nobody has answered yet.
    Waiting,
    /// The same, and it asks too often.
    TooSoon,
    /// This user let it in.
    LetIn(UserId),
    /// A user said no.
    Refused,
    /// Nobody answered in time, or it did not ask in time.
    Expired,
}

/// What a device calls itself: one line, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
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

/// Devices that ask, inside a unit of work. A user's code is known by a keyed name only: of 25 billion codes a plain hash
/// would hide nothing.
#[async_trait]
pub trait DeviceGrantRepository: Send + Sync {
    /// Adds a question under the hash of its device's code and the name of its user's code. Tells `false`, and adds
    /// nothing, when another one has that name.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn ask(&self, grant: &DeviceGrant, device_code: &[u8; 32], user_code: &str) -> Stored<bool>;

    /// The question with this hash of a device's code, whatever its state. Locked until the unit ends.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn asked_by(&self, device_code: &[u8; 32]) -> Stored<Option<DeviceGrant>>;

    /// The question with this name of a user's code, whatever its state. Locked until the unit ends.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn shown_as(&self, user_code: &str) -> Stored<Option<DeviceGrant>>;

    /// Writes `interval`, `polled_at` and `answer` back.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save(&self, grant: &DeviceGrant) -> Stored<()>;

    /// Removes a question that has led to tokens.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, grant: DeviceGrantId) -> Stored<()>;

    /// Removes every question that expired before an instant and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_expired_before(&self, instant: Timestamp) -> Stored<u64>;
}

/// Reading devices that ask, beside any writer.
#[async_trait]
pub trait DeviceGrantQueries: Send + Sync {
    /// The question with this name of a user's code, whatever its state.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn asking(&self, user_code: &str) -> Stored<Option<DeviceGrant>>;
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(second)
    }

    fn grant() -> DeviceGrant {
        DeviceGrant::new(Id::new(Uuid::nil()), ClientName::parse("Watch").unwrap(), Scopes::default(), at(0))
    }

    #[test]
    fn a_device_that_asks_too_often_has_to_wait_longer_each_time() {
        let (first, grant) = grant().polled(at(1));
        let (soon, grant) = grant.polled(at(5));
        assert_eq!((first, soon, grant.interval.as_secs()), (Polled::Waiting, Polled::TooSoon, 10));
        let (sooner, grant) = grant.polled(at(14));
        assert_eq!((sooner, grant.interval.as_secs()), (Polled::TooSoon, 15));
        let (patient, grant) = grant.polled(at(29));
        assert_eq!((patient, grant.interval.as_secs()), (Polled::Waiting, 15));
    }

    #[test]
    fn an_answer_is_told_at_once_and_never_after_ten_minutes() {
        let user = Id::new(Uuid::from_u128(1));
        let (_, asked) = grant().polled(at(1));
        let yes = DeviceGrant { answer: DeviceAnswer::Yes(user), ..asked.clone() };
        assert_eq!(yes.clone().polled(at(2)).0, Polled::LetIn(user));
        assert_eq!(yes.clone().polled(at(599)).0, Polled::LetIn(user));
        assert_eq!(yes.polled(at(600)).0, Polled::Expired);
        let no = DeviceGrant { answer: DeviceAnswer::No, ..asked.clone() };
        assert_eq!(no.clone().polled(at(2)).0, Polled::Refused);
        assert!(asked.is_open(at(599)) && !asked.is_open(at(600)) && !no.is_open(at(2)));
    }
}
