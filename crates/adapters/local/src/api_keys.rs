//! Which API keys count, remembered for a short while so that a known key costs no query.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{ApiKey, ApiKeyDirectory, ApiKeyHash, ApiKeyId, ApiKeyQueries, UserId};
use hos_domain::kernel::{Stored, Timestamp};
use moka::sync::Cache;

use crate::changed_users::{ChangedUsers, REMEMBERED_FOR, short_memory};

/// The keys this process has seen lately. One that nobody has is not remembered, or anybody could fill the memory.
pub struct KnownKeys {
    queries: Arc<dyn ApiKeyQueries>,
    known: Cache<ApiKeyHash, ApiKey>,
    changed: ChangedUsers,
    noted: Cache<ApiKeyId, ()>,
}

impl KnownKeys {
    /// Remembers what `queries` answer, but for users who have changed lately.
    #[must_use]
    pub fn new(queries: Arc<dyn ApiKeyQueries>, changed: ChangedUsers) -> Self {
        Self { queries, known: short_memory(REMEMBERED_FOR), changed, noted: short_memory(ApiKey::NOTED_EVERY) }
    }
}

#[async_trait]
impl ApiKeyDirectory for KnownKeys {
    async fn find(&self, hash: &ApiKeyHash, now: Timestamp) -> Stored<Option<ApiKey>> {
        let steady = |key: &ApiKey| !self.changed.contains(key.user);
        let found = match self.known.get(hash).filter(steady) {
            Some(key) => Some(key),
            None => self.queries.key_with(hash).await?,
        };
        // A change that came while we asked has the last word: the answer may be older than it.
        if let Some(key) = found.as_ref().filter(|key| steady(key)) {
            self.known.entry_by_ref(hash).or_insert_with(|| key.clone());
        }
        Ok(found.filter(|key| now < key.expires_at))
    }

    fn changed(&self, user: UserId) {
        self.changed.note(user);
    }

    fn is_worth_a_note(&self, key: ApiKeyId) -> bool {
        self.noted.entry(key).or_insert(()).is_fresh()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use hos_domain::identity::{ApiKeyName, ApiKeyText, Scopes};
    use hos_domain::kernel::Id;
    use uuid::Uuid;

    use super::*;
    use crate::LocalBus;

    const NOW: Timestamp = Timestamp::EPOCH;

    /// One key that may be there, and how often it was asked for.
    struct Counting(Mutex<(Option<ApiKey>, u32)>);

    impl Counting {
        fn with(key: Option<ApiKey>) -> Arc<Self> {
            Arc::new(Self(Mutex::new((key, 0))))
        }

        fn asked(&self) -> u32 {
            self.0.lock().unwrap().1
        }

        fn remove(&self) {
            self.0.lock().unwrap().0 = None;
        }
    }

    #[async_trait]
    impl ApiKeyQueries for Counting {
        async fn key_with(&self, _: &ApiKeyHash) -> Stored<Option<ApiKey>> {
            let mut state = self.0.lock().unwrap();
            state.1 += 1;
            Ok(state.0.clone())
        }

        async fn key(&self, _: UserId, _: ApiKeyId, _: Timestamp) -> Stored<Option<ApiKey>> {
            Ok(None)
        }

        async fn keys(&self, _: UserId, _: Timestamp) -> Stored<Vec<ApiKey>> {
            Ok(Vec::new())
        }
    }

    fn memory_of(queries: Arc<Counting>) -> KnownKeys {
        KnownKeys::new(queries, ChangedUsers::new(Arc::new(LocalBus::default())))
    }

    fn key() -> ApiKey {
        ApiKey {
            id: Id::new(Uuid::from_u128(1)),
            user: Id::new(Uuid::from_u128(2)),
            name: ApiKeyName::parse("Script").unwrap(),
            scopes: Scopes::default(),
            prefix: "hos_".into(),
            created_at: NOW,
            expires_at: NOW + ApiKey::LIFE,
            last_used_at: None,
        }
    }

    fn hash() -> ApiKeyHash {
        ApiKeyText::from_secret([7; 32]).hash()
    }

    #[tokio::test]
    async fn a_known_key_costs_no_query_and_a_removed_one_is_out_at_once() {
        let queries = Counting::with(Some(key()));
        let known = memory_of(queries.clone());
        for _ in 0..3 {
            assert_eq!(known.find(&hash(), NOW).await.unwrap(), Some(key()));
        }
        assert_eq!(queries.asked(), 1);
        queries.remove();
        known.changed(key().user);
        assert_eq!(known.find(&hash(), NOW).await.unwrap(), None);
    }

    #[tokio::test]
    async fn after_a_change_nothing_is_remembered_that_may_be_older() {
        let queries = Counting::with(Some(key()));
        let known = memory_of(queries.clone());
        known.changed(key().user);
        for asked in 1..=3 {
            assert_eq!(known.find(&hash(), NOW).await.unwrap(), Some(key()));
            assert_eq!(queries.asked(), asked);
        }
    }

    #[tokio::test]
    async fn a_known_key_that_expires_counts_no_more_and_an_unknown_one_is_asked_for_each_time() {
        let known = memory_of(Counting::with(Some(key())));
        assert!(known.find(&hash(), NOW).await.unwrap().is_some());
        assert!(known.find(&hash(), key().expires_at).await.unwrap().is_none());
        let queries = Counting::with(None);
        let known = memory_of(queries.clone());
        for _ in 0..2 {
            assert!(known.find(&hash(), NOW).await.unwrap().is_none());
        }
        assert_eq!(queries.asked(), 2);
    }

    #[test]
    fn of_many_uses_one_is_worth_a_note() {
        let known = memory_of(Counting::with(None));
        let noted: Vec<bool> = (0..3).map(|_| known.is_worth_a_note(key().id)).collect();
        assert_eq!(noted, [true, false, false]);
    }
}
