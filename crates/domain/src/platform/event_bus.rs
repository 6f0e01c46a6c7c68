//! News between the nodes of one installation. News may be lost: whatever must not be forgotten is in the database, and
//! news only makes others look there sooner.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use crate::kernel::GatewayError;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A session was ended; the news is its id.
    SessionEnded,
    /// What a user's keys or external identities may do has changed; the news is the user's id.
    UserChanged,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 2] = [Self::SessionEnded, Self::UserChanged];

    /// The channel's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SessionEnded => "session_ended",
            Self::UserChanged => "user_changed",
        }
    }
}

/// Takes news. Must be quick and must not block.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Tells every node.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Tells all listeners of a topic on every node, this one included. At most once each, in no certain order.
    ///
    /// # Errors
    /// When the other nodes can't be reached; listeners of this node have been told all the same.
    async fn publish(&self, topic: Topic, news: &str) -> Result<(), GatewayError>;

    /// Adds a listener for as long as the bus lives.
    fn listen(&self, topic: Topic, listener: Listener);
}

/// The listeners of one node, which every bus keeps in the same way.
#[derive(Default)]
pub struct Listeners(RwLock<Vec<(Topic, Listener)>>);

impl Listeners {
    /// Adds one.
    pub fn add(&self, topic: Topic, listener: Listener) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push((topic, listener));
    }

    /// Tells all listeners of a topic.
    pub fn tell(&self, topic: Topic, news: &str) {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<Listener> =
            all.iter().filter(|(theirs, _)| *theirs == topic).map(|(_, listener)| listener.clone()).collect();
        // Told without the lock, so that a listener may add another.
        drop(all);
        for listener in told {
            listener(news);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn each_listener_is_told_once_and_may_add_another() {
        let (listeners, heard) = (Arc::new(Listeners::default()), Arc::new(Mutex::new(Vec::new())));
        for name in ["first", "second"] {
            let (more, log) = (listeners.clone(), heard.clone());
            let listener = move |news: &str| {
                log.lock().unwrap().push(format!("{name} {news}"));
                more.add(Topic::SessionEnded, Arc::new(|_| {}));
            };
            listeners.add(Topic::SessionEnded, Arc::new(listener));
        }
        listeners.tell(Topic::SessionEnded, "s1");
        assert_eq!(*heard.lock().unwrap(), ["first s1", "second s1"]);
    }
}
