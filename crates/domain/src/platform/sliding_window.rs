//! The arithmetic of rate limits: how many hits a sliding window holds, estimated from the counts of two fixed windows.
//! Whole numbers only, and small enough to be exact in a double too, so that a script elsewhere decides the same.

use std::time::Duration;

use super::{RateLimit, Standing};
use crate::kernel::Timestamp;

/// Hits that were counted in the fixed window an instant lies in, and in the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// In the window before.
    pub previous: u32,
    /// In the present window.
    pub current: u32,
}

/// A limit's window as it slides over an instant. Time goes in ticks: milliseconds in windows of up to half an hour,
/// seconds in longer ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlidingWindow {
    limit: RateLimit,
    number: i64,
    length: u64,
    /// How long ago the present fixed window began.
    elapsed: Duration,
    tick_millis: u64,
}

impl SlidingWindow {
    /// The window that ends `now`.
    #[must_use]
    pub fn at(limit: RateLimit, now: Timestamp) -> Self {
        // Nobody means a window without length, and dividing by it would be worse than a second.
        let seconds = u32::try_from(limit.window.as_secs()).unwrap_or(u32::MAX).max(1);
        let tick_millis = if seconds <= 1_800 { 1 } else { 1_000 };
        let (now, micros) = (now.unix_micros(), i64::from(seconds) * 1_000_000);
        let elapsed = Duration::from_micros(now.rem_euclid(micros).unsigned_abs());
        let length = u64::from(seconds) * 1_000 / tick_millis;
        Self { limit, number: now.div_euclid(micros), length, elapsed, tick_millis }
    }

    /// The number of the present fixed window since the epoch.
    #[must_use]
    pub const fn number(&self) -> i64 {
        self.number
    }

    /// The length of a window, in ticks: below 2^21 for windows of up to 24 days, so that its product with any count is
    /// exact in a double.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// How much of the window before is still covered, in ticks, the one that has begun included.
    #[must_use]
    pub fn covered(&self) -> u64 {
        let ticks = self.elapsed.as_millis() / u128::from(self.tick_millis);
        self.length.saturating_sub(u64::try_from(ticks).unwrap_or(self.length))
    }

    /// How many more hits are admitted now. The next one is refused, that is, when
    /// `previous * covered > (most - 1 - current) * length`.
    #[must_use]
    pub fn left(&self, counts: Counts) -> u32 {
        let held = (u64::from(counts.previous) * self.covered()).div_ceil(self.length) + u64::from(counts.current);
        u32::try_from(u64::from(self.limit.most).saturating_sub(held)).unwrap_or(u32::MAX)
    }

    /// How the limit stands.
    #[must_use]
    pub fn standing(&self, counts: Counts) -> Standing {
        Standing { limit: self.limit, left: self.left(counts), retry_after: self.retry_after(counts) }
    }

    /// The shortest wait after which a hit is admitted if none comes in between. A limit of zero never admits any, and
    /// says that the present window is to be waited out.
    fn retry_after(&self, counts: Counts) -> Duration {
        if self.left(counts) > 0 {
            return Duration::ZERO;
        }
        let ticks = self.limit.most.checked_sub(1).map_or(self.length, |others| self.room_at(counts, others));
        Duration::from_millis(ticks * self.tick_millis).saturating_sub(self.elapsed)
    }

    /// How many ticks after the present window began there is room for one hit beside `others`. Until the window turns,
    /// the present hits weigh fully while the previous ones fade; then they fade themselves.
    fn room_at(&self, counts: Counts, others: u32) -> u64 {
        match others.checked_sub(counts.current) {
            Some(room) => self.faded_at(counts.previous, room),
            None => self.length + self.faded_at(counts.current, others),
        }
    }

    /// How many ticks into a window so many hits of the one before weigh no more than `room`.
    fn faded_at(&self, hits: u32, room: u32) -> u64 {
        let covered = (u64::from(room) * self.length).checked_div(u64::from(hits));
        self.length.saturating_sub(covered.unwrap_or(self.length))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn limit(most: u32, seconds: u64) -> RateLimit {
        RateLimit { name: "test", most, window: Duration::from_secs(seconds) }
    }

    fn at(micros: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_micros(micros)
    }

    fn counts(previous: u32, current: u32) -> Counts {
        Counts { previous, current }
    }

    /// Ten a minute, looked at so many seconds after a window began.
    #[rstest]
    #[case::fresh(0, counts(0, 0), 10, 0)]
    #[case::some_are_gone(0, counts(0, 4), 6, 0)]
    #[case::all_are_gone(20, counts(0, 10), 0, 46)]
    #[case::the_whole_window_before_counts(0, counts(10, 0), 0, 6)]
    #[case::half_of_it_counts(30, counts(10, 0), 5, 0)]
    #[case::half_of_it_and_those_since(30, counts(10, 5), 0, 6)]
    #[case::nearly_nothing_of_it_still_counts_as_one(59, counts(10, 9), 0, 1)]
    #[case::more_than_the_limit_was_lowered_to(0, counts(0, 20), 0, 93)]
    #[case::a_longer_wait_than_this_window(30, counts(10, 10), 0, 36)]
    fn a_window_holds_what_it_still_covers(
        #[case] second: u64,
        #[case] counts: Counts,
        #[case] left: u32,
        #[case] wait: u32,
    ) {
        let standing = SlidingWindow::at(limit(10, 60), at((600 + second) * 1_000_000)).standing(counts);
        assert_eq!((standing.left, standing.retry_after), (left, Duration::from_secs(wait.into())));
    }

    #[test]
    fn windows_are_numbered_from_the_epoch() {
        let number = |micros| SlidingWindow::at(limit(1, 60), at(micros)).number();
        assert_eq!([number(0), number(59_999_999), number(60_000_000)], [0, 0, 1]);
        assert_eq!(SlidingWindow::at(limit(1, 60), Timestamp::EPOCH - Duration::from_secs(1)).number(), -1);
    }

    #[test]
    fn a_limit_of_zero_admits_nothing_and_a_window_of_zero_is_a_second() {
        let closed = SlidingWindow::at(limit(0, 60), at(0)).standing(Counts::default());
        assert_eq!((closed.left, closed.retry_after), (0, Duration::from_secs(60)));
        assert_eq!(SlidingWindow::at(limit(1, 0), at(2_500_000)).number(), 2);
    }

    /// What two counts are after some time without hits.
    fn later(counts: Counts, windows: i64) -> Counts {
        match windows {
            0 => counts,
            1 => Counts { previous: counts.current, current: 0 },
            _ => Counts::default(),
        }
    }

    prop_compose! {
        fn situation()(
            most in 1..2_000_u32, seconds in 1..100_000_u64, previous in 0..3_000_u32, current in 0..3_000_u32,
            micros in 0..4_000_000_000_000_000_u64,
        ) -> (RateLimit, Counts, Timestamp) {
            (limit(most, seconds), counts(previous, current), at(micros))
        }
    }

    proptest! {
        #[test]
        fn who_waits_as_long_as_told_is_admitted_and_not_a_microsecond_earlier((limit, counts, now) in situation()) {
            let window = SlidingWindow::at(limit, now);
            let left_after = |wait: Duration| {
                let then = SlidingWindow::at(limit, now + wait);
                then.left(later(counts, then.number() - window.number()))
            };
            let wait = window.standing(counts).retry_after;
            prop_assert!(left_after(wait) > 0);
            prop_assert_eq!(wait.is_zero(), window.left(counts) > 0);
            if let Some(sooner) = wait.checked_sub(Duration::from_micros(1)) {
                prop_assert_eq!(left_after(sooner), 0);
            }
        }

        #[test]
        fn exactly_as_many_as_are_left_are_admitted((limit, counts, now) in situation()) {
            let window = SlidingWindow::at(limit, now);
            let mut hits = counts;
            while window.left(hits) > 0 {
                hits.current += 1;
            }
            prop_assert_eq!(hits.current - counts.current, window.left(counts));
        }

        #[test]
        fn the_rule_is_exact_in_doubles_too(
            most: u32, previous: u32, current: u32, seconds in 1..2_000_000_u64, micros in 0..4_000_000_000_000_000_u64,
        ) {
            let window = SlidingWindow::at(limit(most, seconds), at(micros));
            let double = |ticks: u64| f64::from(u32::try_from(ticks).unwrap());
            let room = f64::from(most) - 1.0 - f64::from(current);
            let refused = f64::from(previous) * double(window.covered()) > room * double(window.length());
            let room = i128::from(most) - 1 - i128::from(current);
            let exactly = i128::from(previous) * i128::from(window.covered()) > room * i128::from(window.length());
            prop_assert_eq!((refused, refused), (exactly, window.left(counts(previous, current)) == 0));
        }
    }
}
