//! News in an installation of one node: there is nobody else to tell.

use async_trait::async_trait;
use hos_domain::kernel::GatewayError;
use hos_domain::platform::{EventBus, Listener, Listeners, Topic};

/// Tells the listeners of this process.
#[derive(Default)]
pub struct LocalBus(Listeners);

#[async_trait]
impl EventBus for LocalBus {
    async fn publish(&self, topic: Topic, news: &str) -> Result<(), GatewayError> {
        self.0.tell(topic, news);
        Ok(())
    }

    fn listen(&self, topic: Topic, listener: Listener) {
        self.0.add(topic, listener);
    }
}
