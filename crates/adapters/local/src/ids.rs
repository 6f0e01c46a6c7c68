//! The one place that asks the operating system for randomness.

use hos_domain::kernel::IdSource;
use uuid::Uuid;

/// UUIDv7 and secrets from the operating system's secure generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsIds;

impl IdSource for OsIds {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn secret(&self) -> [u8; 32] {
        random()
    }
}

/// Fresh random bytes.
#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "this is the one place; no product without randomness"
)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let ids: Vec<_> = (0..1_000).map(|_| OsIds.uuid()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn no_secret_comes_twice() {
        assert_ne!(OsIds.secret(), OsIds.secret());
    }
}
