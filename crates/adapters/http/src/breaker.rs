//! A circuit breaker: who fails again and again is left alone for a while, so that nobody waits for what won't come.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const FAILURES: u32 = 5;
const REST: Duration = Duration::from_secs(60);

/// Closed until five failures in a row, then open for a minute, then one call may try.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made now.
    pub(crate) fn admits(&self) -> bool {
        let mut state = self.lock();
        match state.open_until {
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                // This call tries; until it has an answer the others wait on.
                state.open_until = Some(Instant::now() + REST);
                true
            }
            None => true,
        }
    }

    /// The party answered sensibly.
    pub(crate) fn succeeded(&self) {
        *self.lock() = State::default();
    }

    /// The party did not answer, or said it is not well.
    pub(crate) fn failed(&self) {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.open_until = Some(Instant::now() + REST);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_five_failures_in_a_row_and_lets_one_call_try_after_the_rest() {
        let breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed();
        }
        breaker.succeeded();
        for _ in 0..5 {
            assert!(breaker.admits());
            breaker.failed();
        }
        assert!(!breaker.admits());
        breaker.lock().open_until = Some(Instant::now());
        assert!(breaker.admits(), "one tries");
        assert!(!breaker.admits(), "the others wait");
        breaker.succeeded();
        assert!(breaker.admits());
    }
}
