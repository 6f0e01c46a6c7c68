//! Whose rights have changed lately, so that what several memories keep of them counts no more.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::UserId;
use hos_domain::kernel::Id;
use hos_domain::platform::{EventBus, Topic};
use moka::sync::Cache;

/// What another node did is seen after this long at the latest, if the news of it was lost.
pub(crate) const REMEMBERED_FOR: Duration = Duration::from_secs(30);
/// For so long nothing is remembered of somebody whose rights have changed: longer than what was remembered before.
const ASKED_ANEW_FOR: Duration = Duration::from_secs(60);
const REMEMBERED_AT_MOST: u64 = 100_000;

/// Whose rights have changed lately, here or on another node. Clones share what is remembered.
#[derive(Clone)]
pub struct ChangedUsers {
    changed: Cache<UserId, ()>,
    bus: Arc<dyn EventBus>,
}

impl ChangedUsers {
    /// Tells the other nodes on the bus, and hears of them.
    #[must_use]
    pub fn new(bus: Arc<dyn EventBus>) -> Self {
        let changed = short_memory(ASKED_ANEW_FOR);
        let heard: Cache<UserId, ()> = changed.clone();
        let listener = move |news: &str| {
            if let Ok(user) = Id::parse(news) {
                heard.insert(user, ());
            }
        };
        bus.listen(Topic::UserChanged, Arc::new(listener));
        Self { changed, bus }
    }

    /// Takes note, here at once.
    pub(crate) fn note(&self, user: UserId) {
        self.changed.insert(user, ());
        let bus = self.bus.clone();
        // Nobody waits for the others to hear it: they look for themselves soon enough.
        tokio::spawn(async move { bus.publish(Topic::UserChanged, &user.to_string()).await });
    }

    /// Whether what was remembered of the user may be wrong.
    pub(crate) fn contains(&self, user: UserId) -> bool {
        self.changed.contains_key(&user)
    }
}

pub(crate) fn short_memory<K, V>(span: Duration) -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(REMEMBERED_AT_MOST).time_to_live(span).build()
}
