//! Which sessions count, remembered for a short while so that a known session costs no query.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::identity::{SessionDirectory, SessionId, SessionQueries};
use hos_domain::kernel::{Id, Stored, Timestamp};
use hos_domain::platform::{EventBus, Topic};
use moka::sync::Cache;

/// Another node's revocation is heard of at once over the bus; if the news was lost, it is seen after this long at the
/// latest.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);
const REMEMBERED_AT_MOST: u64 = 100_000;

/// The sessions this process has seen lately.
pub struct KnownSessions {
    queries: Arc<dyn SessionQueries>,
    live: Cache<SessionId, bool>,
    bus: Arc<dyn EventBus>,
}

impl KnownSessions {
    /// Remembers what `queries` answer, and what the other nodes tell on the bus.
    #[must_use]
    pub fn new(queries: Arc<dyn SessionQueries>, bus: Arc<dyn EventBus>) -> Self {
        let live: Cache<SessionId, bool> =
            Cache::builder().max_capacity(REMEMBERED_AT_MOST).time_to_live(REMEMBERED_FOR).build();
        let heard = live.clone();
        let listener = move |news: &str| {
            if let Ok(session) = Id::parse(news) {
                heard.insert(session, false);
            }
        };
        bus.listen(Topic::SessionEnded, Arc::new(listener));
        Self { queries, live, bus }
    }
}

#[async_trait]
impl SessionDirectory for KnownSessions {
    async fn is_live(&self, session: SessionId, now: Timestamp) -> Stored<bool> {
        if let Some(live) = self.live.get(&session) {
            return Ok(live);
        }
        let live = self.queries.is_live(session, now).await?;
        // A revocation that came while we asked has the last word: it is in the cache already.
        Ok(self.live.entry(session).or_insert(live).into_value())
    }

    fn opened(&self, session: SessionId) {
        self.live.insert(session, true);
    }

    fn closed(&self, session: SessionId) {
        self.live.insert(session, false);
        let bus = self.bus.clone();
        // Nobody waits for the others to hear it: they look for themselves soon enough.
        tokio::spawn(async move { bus.publish(Topic::SessionEnded, &session.to_string()).await });
    }

    fn ended_elsewhere(&self, session: SessionId) {
        self.live.insert(session, false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use hos_domain::identity::{RefreshTokenHash, Session, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::LocalBus;

    #[derive(Default)]
    struct Counting(AtomicU32);

    #[async_trait]
    impl SessionQueries for Counting {
        async fn is_live(&self, _: SessionId, _: Timestamp) -> Stored<bool> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(true)
        }

        async fn ended_since(&self, _: Timestamp) -> Stored<Vec<SessionId>> {
            Ok(Vec::new())
        }

        async fn proved_at(&self, _: SessionId) -> Stored<Option<Timestamp>> {
            Ok(None)
        }

        async fn carried_by(&self, _: &RefreshTokenHash) -> Stored<Option<(Session, Timestamp)>> {
            Ok(None)
        }

        async fn live(&self, _: UserId, _: Timestamp) -> Stored<Vec<Session>> {
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn a_known_session_costs_no_query_and_a_closed_one_is_out_at_once() {
        let queries = Arc::new(Counting::default());
        let known = KnownSessions::new(queries.clone(), Arc::new(LocalBus::default()));
        let session = Id::new(Uuid::from_u128(1));
        for _ in 0..3 {
            assert!(known.is_live(session, Timestamp::EPOCH).await.unwrap());
        }
        assert_eq!(queries.0.load(Ordering::Relaxed), 1);
        known.closed(session);
        assert!(!known.is_live(session, Timestamp::EPOCH).await.unwrap());
    }

    #[tokio::test]
    async fn a_session_opened_here_is_known_without_a_query() {
        let queries = Arc::new(Counting::default());
        let known = KnownSessions::new(queries.clone(), Arc::new(LocalBus::default()));
        known.opened(Id::new(Uuid::from_u128(1)));
        assert!(known.is_live(Id::new(Uuid::from_u128(1)), Timestamp::EPOCH).await.unwrap());
        assert_eq!(queries.0.load(Ordering::Relaxed), 0);
    }
}
