//! A hasher that does the real thing cheaply and counts.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use hos_domain::identity::{HashingError, Password, PasswordHash, PasswordHasher};
use hos_local::{Argon2Slots, HashingCost};

/// Argon2id at the least cost there is, counting every verification.
pub struct CountingHasher {
    slots: Argon2Slots,
    verifications: AtomicU32,
}

impl Default for CountingHasher {
    fn default() -> Self {
        Self { slots: Argon2Slots::new(2, HashingCost::TEST), verifications: AtomicU32::new(0) }
    }
}

impl CountingHasher {
    /// How often a password was compared, with or without a hash.
    pub fn verifications(&self) -> u32 {
        self.verifications.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl PasswordHasher for CountingHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingError> {
        self.slots.hash(password).await
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, HashingError> {
        self.verifications.fetch_add(1, Ordering::Relaxed);
        self.slots.verify(password, hash).await
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        self.slots.is_outdated(hash)
    }
}
