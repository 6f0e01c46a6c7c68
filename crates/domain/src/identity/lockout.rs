//! How many failed logins are too many. Counted for an address together with where the login comes from, so that nobody
//! can lock somebody else out; and for the address alone, where too many ask for a code by mail and lock nobody out. A
//! device that has logged in before counts by itself. Addresses are counted under keyed names: known or unknown, it is the
//! same.

use std::time::Duration;

use async_trait::async_trait;

use super::UserId;
use crate::kernel::{Id, Stored, Timestamp};

/// Failed logins under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginFailures {
    /// How many.
    pub count: u32,
    /// When the first of them was.
    pub since: Timestamp,
    /// When the last of them was.
    pub last: Timestamp,
}

/// How many failures are too many, and for how long they are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRule {
    /// So many close the way.
    pub most: u32,
    /// For so long after the last of them; also how long failures that stay below are remembered.
    pub span: Duration,
}

impl LockoutRule {
    /// For an address and a place, or a device.
    pub const PLACE: Self = Self { most: 10, span: Duration::from_secs(15 * 60) };
    /// For an address, wherever the logins come from.
    pub const ACCOUNT: Self = Self { most: 50, span: Duration::from_secs(24 * 60 * 60) };

    /// Until when the way is closed, if it is.
    #[must_use]
    pub fn closed_until(self, failures: Option<LoginFailures>, now: Timestamp) -> Option<Timestamp> {
        let failures = failures.filter(|failures| failures.count >= self.most)?;
        let until = failures.last + self.span;
        (now < until).then_some(until)
    }

    /// What stands after one more failure.
    #[must_use]
    pub fn after_failure(self, before: Option<LoginFailures>, now: Timestamp) -> LoginFailures {
        match before {
            Some(before) if now.since(before.last) < self.span && self.closed_until(Some(before), now).is_none() => {
                LoginFailures { count: before.count.saturating_add(1), last: now, ..before }
            }
            Some(before) if self.closed_until(Some(before), now).is_some() => before,
            _ => LoginFailures { count: 1, since: now, last: now },
        }
    }
}

/// How long an answer is held back: not at all for the first three failures, then longer with each, up to a second.
#[must_use]
pub fn slow_down(failures: Option<LoginFailures>, now: Timestamp) -> Duration {
    let recent = failures.filter(|failures| now.since(failures.last) < LockoutRule::PLACE.span);
    let count = recent.map_or(0, |failures| failures.count);
    match count.checked_sub(3) {
        None => Duration::ZERO,
        Some(more) => Duration::from_millis(100 << more.min(4)).min(Duration::from_secs(1)),
    }
}

/// Failed logins inside a unit of work.
#[async_trait]
pub trait LoginFailureRepository: Send + Sync {
    /// What was counted under a name. The name is taken until the unit ends, so that no failure goes uncounted.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn of(&self, name: &str) -> Stored<Option<LoginFailures>>;

    /// Writes what is counted under a name from now on.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put(&self, name: &str, failures: LoginFailures) -> Stored<()>;

    /// Forgets what was counted under a name.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget(&self, name: &str) -> Stored<()>;

    /// Forgets every name whose last failure was before an instant and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_last_before(&self, instant: Timestamp) -> Stored<u64>;
}

/// Reading failed logins, beside any writer.
#[async_trait]
pub trait LoginFailureQueries: Send + Sync {
    /// What was counted under each of two names; one query.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn login_failures(&self, names: [&str; 2]) -> Stored<[Option<LoginFailures>; 2]>;
}

/// A device on which somebody has logged in.
#[derive(Debug)]
pub enum KnownDevice {}

/// The id of one.
pub type KnownDeviceId = Id<KnownDevice>;

/// Devices that have logged in before show it with a token that gives no access by itself.
pub trait KnownDevices: Send + Sync {
    /// The token for a device on which `user` has just logged in.
    fn token(&self, user: UserId, device: KnownDeviceId) -> String;

    /// The device that a token names, if it is one for `user`.
    fn device_of(&self, user: UserId, token: &str) -> Option<KnownDeviceId>;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(seconds)
    }

    fn after(rule: LockoutRule, failures: u32) -> Option<LoginFailures> {
        (0..failures).fold(None, |before, second| Some(rule.after_failure(before, at(second.into()))))
    }

    #[test]
    fn the_tenth_failure_closes_for_a_quarter_of_an_hour() {
        let rule = LockoutRule::PLACE;
        assert_eq!(rule.closed_until(after(rule, 9), at(9)), None);
        let closed = after(rule, 10);
        assert_eq!(rule.closed_until(closed, at(10)), Some(at(9 + 15 * 60)));
        assert_eq!(rule.closed_until(closed, at(9 + 15 * 60)), None);
    }

    #[test]
    fn knocking_at_a_closed_door_does_not_keep_it_closed_and_afterwards_all_is_forgotten() {
        let rule = LockoutRule::PLACE;
        let closed = after(rule, 10);
        assert_eq!(Some(rule.after_failure(closed, at(500))), closed);
        assert_eq!(rule.after_failure(closed, at(9 + 15 * 60)).count, 1);
    }

    #[test]
    fn answers_slow_down_and_never_by_more_than_a_second() {
        let waits: Vec<_> =
            (0..10).map(|count| slow_down(after(LockoutRule::PLACE, count), at(10)).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
        assert_eq!(slow_down(after(LockoutRule::PLACE, 9), at(8 + 15 * 60)), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn in_no_quarter_of_an_hour_more_than_ten_failures_are_answered(gaps in prop::collection::vec(1_u64..400, 1..60)) {
            let (rule, mut failures, mut now) = (LockoutRule::PLACE, None, 0);
            let mut answered = Vec::new();
            for gap in gaps {
                now += gap;
                if rule.closed_until(failures, at(now)).is_none() {
                    failures = Some(rule.after_failure(failures, at(now)));
                    answered.push(now);
                }
            }
            for window in answered.windows(11) {
                prop_assert!(window[10] - window[0] >= 15 * 60 , "{:?}", window);
            }
        }
    }
}
