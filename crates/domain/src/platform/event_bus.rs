//! News between the nodes of one installation. News may be lost: whatever must not be forgotten is in the database, and
//! news only makes others look there sooner.

use std::sync::Arc;

use async_trait::async_trait;

use crate::kernel::GatewayError;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A session was ended; the news is its id.
    SessionEnded,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 1] = [Self::SessionEnded];

    /// The channel's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SessionEnded => "session_ended",
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
