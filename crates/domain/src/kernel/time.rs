//! Instants and the two clocks. Time is UTC inside; a user's day is computed at the edge, in the user's zone.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Invalid;

/// An instant in UTC with microsecond precision, as PostgreSQL keeps it: what was written is what is read back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The start of the Unix epoch; the least instant the product speaks of.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// Truncates to whole microseconds.
    #[must_use]
    pub fn new(instant: DateTime<Utc>) -> Self {
        let micros = instant.timestamp_micros();
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(instant))
    }

    /// From Unix seconds, as payment providers write them; `None` beyond the representable range.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self)
    }

    /// Parses RFC 3339 with any offset.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `instant`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        DateTime::parse_from_rfc3339(text)
            .map(|instant| Self::new(instant.to_utc()))
            .map_err(|_| Invalid::new("instant", "This is not an instant like 2030-01-31T12:00:00Z (RFC 3339)."))
    }

    /// The instant of an HTTP `Date` header, e.g. `Sat, 21 Nov 2026 09:07:11 GMT`.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc2822(text.trim()).ok().map(|instant| Self::new(instant.to_utc()))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The same instant for libraries that speak chrono.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        self.0
    }

    /// The same instant without its fraction of a second, as providers report it.
    #[must_use]
    pub fn truncated_to_seconds(self) -> Self {
        Self(DateTime::from_timestamp(self.0.timestamp(), 0).unwrap_or(self.0))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }

    /// So many calendar months later; a day that the month lacks becomes its last one.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        self.0.checked_add_months(chrono::Months::new(months)).map_or(self, Self)
    }

    /// Moves by whole microseconds in either direction; stays put when the result can't be represented.
    #[must_use]
    pub fn shifted_by_micros(self, micros: i64) -> Self {
        self.0.checked_add_signed(TimeDelta::microseconds(micros)).map_or(self, Self)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
        Self::new(self.0.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
        Self::new(self.0.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with `Z`, as the API writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DateTime::<Utc>::deserialize(deserializer).map(Self::new)
    }
}

/// Real time: leases, retries, tokens, idempotency and signatures.
pub trait Clock: Send + Sync {
    /// Now, truncated to microseconds.
    fn now(&self) -> Timestamp;
}

/// The time that subscriptions, trials, reminders and due rows live by: real time plus an offset which the sandbox may
/// wind forward, never back. Without a sandbox the two clocks are the same.
pub trait BusinessClock: Send + Sync {
    /// Business time now. Cheap: no query.
    fn now(&self) -> Timestamp;

    /// Takes over an offset read from the database; a smaller one than is already known is ignored.
    fn wind_to(&self, offset: Duration);
}

/// Waiting, which needs a runtime that the domain does not have.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Waits in real time.
    async fn wait(&self, span: Duration);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_are_cut_to_what_postgresql_keeps() {
        let instant = Timestamp::parse("2030-01-31T12:00:00.123456789Z").unwrap();
        assert_eq!(instant.to_string(), "2030-01-31T12:00:00.123456Z");
    }

    #[test]
    fn arithmetic_saturates_instead_of_panicking() {
        assert!(Timestamp::EPOCH + Duration::MAX > Timestamp::EPOCH);
        assert!(Timestamp::EPOCH - Duration::MAX < Timestamp::EPOCH);
    }

    #[test]
    fn months_are_counted_from_the_day_they_began() {
        let last_of_january = Timestamp::parse("2031-01-31T12:00:00Z").unwrap();
        assert_eq!(last_of_january.plus_months(1).to_string(), "2031-02-28T12:00:00Z");
        assert_eq!(last_of_january.plus_months(2).to_string(), "2031-03-31T12:00:00Z");
    }

    #[test]
    fn the_future_is_zero_ago() {
        let later = Timestamp::EPOCH + Duration::from_secs(1);
        assert_eq!(Timestamp::EPOCH.since(later), Duration::ZERO);
    }
}
