//! Argon2id in a bounded number of slots. Each slot owns its working memory and keeps it: freed and allocated anew, the
//! 19 MiB blocks pile up in the allocator's arenas. Who finds all slots taken waits in line, and when the line is too
//! long is told so, so that a storm of logins leaves the processors to everything else.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use async_trait::async_trait;
use hos_domain::identity::{HashingError, Password, PasswordHash, PasswordHasher};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::ids::random;

/// Who is 64 places behind the slots would wait for about a second; a client would rather hear "later".
const LINE_PER_SLOT: usize = 64;
const HASH_LENGTH: usize = 32;
const SALT_LENGTH: usize = 16;

/// How much work one hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Working memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl HashingCost {
    /// OWASP's recommendation for Argon2id with one lane (Password Storage Cheat Sheet): 19 MiB, two passes.
    pub const RECOMMENDED: Self = Self { memory_kib: 19_456, passes: 2 };
    /// The least the algorithm allows. For tests only: it protects nothing.
    pub const TEST: Self = Self { memory_kib: 8, passes: 1 };

    fn params(self) -> Result<Params, HashingError> {
        Params::new(self.memory_kib, self.passes, 1, Some(HASH_LENGTH)).map_err(|_| HashingError::Broken)
    }
}

/// Hashes in a bounded number of slots.
pub struct Argon2Slots {
    cost: HashingCost,
    line: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    idle_memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Argon2Slots {
    /// `slots` hashes at a time (at least one), each of the given cost.
    #[must_use]
    pub fn new(slots: usize, cost: HashingCost) -> Self {
        let slots = slots.max(1);
        Self {
            cost,
            line: Arc::new(Semaphore::new(slots * (1 + LINE_PER_SLOT))),
            slots: Arc::new(Semaphore::new(slots)),
            idle_memory: Arc::default(),
        }
    }

    /// Computes one hash in a slot, on a thread where it stops nobody.
    async fn compute(
        &self,
        password: Password,
        salt: Vec<u8>,
        params: Params,
    ) -> Result<[u8; HASH_LENGTH], HashingError> {
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(|_| HashingError::Busy)?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| HashingError::Broken)?;
        let idle_memory = Arc::clone(&self.idle_memory);
        let work = move || {
            // Both are held by the thread, not by the caller: one who hangs up frees no slot that is still at work.
            let _held = (place, slot);
            let mut memory = lock(&idle_memory).pop().unwrap_or_default();
            if memory.len() < params.block_count() {
                memory.resize(params.block_count(), Block::default());
            }
            let mut hash = [0; HASH_LENGTH];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let done = argon2.hash_password_into_with_memory(password.expose(), &salt, &mut hash, &mut memory);
            lock(&idle_memory).push(memory);
            done.map(|()| hash).map_err(|_| HashingError::Broken)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| HashingError::Broken)?
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl PasswordHasher for Argon2Slots {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingError> {
        let salt: [u8; SALT_LENGTH] = random();
        let params = self.cost.params()?;
        let hash = self.compute(password.clone(), salt.to_vec(), params.clone()).await?;
        phc_string(&params, &salt, &hash).ok_or(HashingError::Broken)
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, HashingError> {
        let Some(hash) = hash else {
            self.compute(password.clone(), vec![0; SALT_LENGTH], self.cost.params()?).await?;
            return Ok(false);
        };
        let known = Phc::new(hash.as_str()).map_err(|_| HashingError::Broken)?;
        let (Some(salt), Some(expected)) = (known.salt, known.hash) else {
            return Err(HashingError::Broken);
        };
        let params = Params::try_from(&known).map_err(|_| HashingError::Broken)?;
        let computed = self.compute(password.clone(), salt.as_ref().to_vec(), params).await?;
        Ok(computed.ct_eq(expected.as_bytes()).into())
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let params = Phc::new(hash.as_str()).ok().and_then(|known| Params::try_from(&known).ok());
        params.is_none_or(|params| params.m_cost() < self.cost.memory_kib || params.t_cost() < self.cost.passes)
    }
}

fn phc_string(params: &Params, salt: &[u8], hash: &[u8]) -> Option<PasswordHash> {
    let phc = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(hash).ok()?),
    };
    Some(PasswordHash::new(phc.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::attempt(text)
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_no_other() {
        let slots = Argon2Slots::new(1, HashingCost::TEST);
        let hash = slots.hash(&password("correct horse")).await.unwrap();
        assert!(slots.verify(&password("correct horse"), Some(&hash)).await.unwrap());
        assert!(!slots.verify(&password("battery staple"), Some(&hash)).await.unwrap());
        assert!(!slots.verify(&password("correct horse"), None).await.unwrap());
    }

    #[tokio::test]
    async fn production_parameters_stand_in_the_hash_and_an_older_cost_still_verifies() {
        let slots = Argon2Slots::new(1, HashingCost::RECOMMENDED);
        let hash = slots.hash(&password("correct horse")).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        let cheap = Argon2Slots::new(1, HashingCost::TEST);
        assert!(cheap.verify(&password("correct horse"), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn the_slots_memory_is_kept_and_not_multiplied() {
        let slots = Argon2Slots::new(2, HashingCost::TEST);
        for _ in 0..20 {
            slots.hash(&password("correct horse")).await.unwrap();
        }
        assert_eq!(lock(&slots.idle_memory).len(), 1);
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_so() {
        let slots = Argon2Slots::new(1, HashingCost::TEST);
        let taken =
            Arc::clone(&slots.line).acquire_many_owned(u32::try_from(1 + LINE_PER_SLOT).unwrap()).await.unwrap();
        assert!(matches!(slots.hash(&password("x")).await, Err(HashingError::Busy)));
        drop(taken);
        assert!(slots.hash(&password("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_fault_of_ours_and_not_a_wrong_password() {
        let slots = Argon2Slots::new(1, HashingCost::TEST);
        let damaged = PasswordHash::new("$argon2id$v=19$m=8".into());
        assert!(matches!(slots.verify(&password("x"), Some(&damaged)).await, Err(HashingError::Broken)));
    }
}
