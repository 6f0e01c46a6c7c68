//! News by Redis's channels. This node's listeners are told directly, whether Redis is there or not; what comes back from
//! Redis under our own name is passed over.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use hos_domain::kernel::GatewayError;
use hos_domain::platform::{EventBus, Listener, Listeners, Topic};
use redis::aio::PubSub;
use redis::{Client, Msg, Value};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::error::translate;
use crate::link::RedisLink;
use crate::wire::{CONNECTING, HEARTBEAT};

/// Tells all nodes.
pub struct RedisBus {
    link: RedisLink,
    node: Uuid,
    listeners: Arc<Listeners>,
    ear: JoinHandle<()>,
}

impl RedisBus {
    /// Tells and hears over `link`. `node` is this process's own name, which no other has.
    #[must_use]
    pub fn new(link: RedisLink, node: Uuid) -> Self {
        let listeners = Arc::new(Listeners::default());
        let ear = Ear { client: link.client().clone(), node, listeners: listeners.clone() };
        let ear = link.runtime().spawn(ear.listen());
        Self { link, node, listeners, ear }
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

#[async_trait]
impl EventBus for RedisBus {
    async fn publish(&self, topic: Topic, news: &str) -> Result<(), GatewayError> {
        self.listeners.tell(topic, news);
        let (channel, told) = (channel(self.link.client(), topic), format!("{} {news}", self.node));
        let work =
            async |mut connection| redis::cmd("PUBLISH").arg(channel).arg(told).exec_async(&mut connection).await;
        self.link.run(work).await
    }

    fn listen(&self, topic: Topic, listener: Listener) {
        self.listeners.add(topic, listener);
    }
}

/// Channels belong to a whole server; the database's number keeps apart who shares one.
fn channel(client: &Client, topic: Topic) -> String {
    format!("hos:{}:{}", client.get_connection_info().redis_settings().db(), topic.name())
}

/// Hears what other nodes tell, on a connection of its own.
struct Ear {
    client: Client,
    node: Uuid,
    listeners: Arc<Listeners>,
}

impl Ear {
    async fn listen(self) {
        let (mut backoff, mut deaf) = (Backoff::new(), false);
        loop {
            match self.subscribe().await {
                Ok(channels) => {
                    self.hear(channels).await;
                    (backoff, deaf) = (Backoff::new(), false);
                }
                Err(error) if !deaf => {
                    deaf = true;
                    tracing::warn!(%error, "other nodes can't be heard");
                }
                Err(_) => {}
            }
            backoff.wait().await;
        }
    }

    async fn subscribe(&self) -> Result<PubSub, GatewayError> {
        let subscribe = async {
            let mut channels = self.client.get_async_pubsub().await?;
            channels.subscribe(&Topic::ALL.map(|topic| channel(&self.client, topic))).await?;
            Ok(channels)
        };
        let subscribed = timeout(CONNECTING, subscribe).await.map_err(|_| GatewayError::Timeout)?;
        subscribed.map_err(|error| translate(&error))
    }

    /// Returns when the connection is broken, or silent even when asked.
    async fn hear(&self, channels: PubSub) {
        let (mut asking, mut told) = channels.split();
        loop {
            match timeout(HEARTBEAT, told.next()).await {
                Ok(Some(message)) => self.pass_on(&message),
                Ok(None) => return,
                Err(_) => {
                    if !matches!(timeout(CONNECTING, asking.ping::<Value>()).await, Ok(Ok(_))) {
                        return;
                    }
                }
            }
        }
    }

    fn pass_on(&self, message: &Msg) {
        let name = message.get_channel_name();
        let topic = Topic::ALL.into_iter().find(|topic| channel(&self.client, *topic) == name);
        let (Some(topic), Ok(told)) = (topic, std::str::from_utf8(message.get_payload_bytes())) else {
            return;
        };
        match told.split_once(' ') {
            Some((node, news)) if node.parse::<Uuid>().is_ok_and(|node| node != self.node) => {
                self.listeners.tell(topic, news);
            }
            _ => {}
        }
    }
}
