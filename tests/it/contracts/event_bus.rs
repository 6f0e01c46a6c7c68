//! [`EventBus`]: within one node, and between nodes by a Redis that may go away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hos_domain::kernel::{GatewayError, IdSource};
use hos_domain::platform::{EventBus, Topic};
use hos_local::{LocalBus, OsIds};
use hos_redis::{RedisBus, RedisLink};
use hos_testing::redis_url;
use hos_tests::Proxy;
use rstest::rstest;

const TOPIC: Topic = Topic::SessionEnded;

fn node(url: &str) -> RedisBus {
    let link = RedisLink::with_patience(&url.to_owned().into(), Duration::from_secs(10)).unwrap();
    RedisBus::new(link, OsIds.uuid())
}

fn bus(kind: &str) -> Box<dyn EventBus> {
    match kind {
        "local" => Box::new(LocalBus::default()),
        _ => Box::new(node(&redis_url())),
    }
}

/// What one test tells, apart from what the others do.
struct Talk(String);

impl Talk {
    fn new() -> Self {
        Self(OsIds.uuid().simple().to_string())
    }

    async fn tell(&self, bus: &dyn EventBus, news: &str) -> Result<(), GatewayError> {
        bus.publish(TOPIC, &format!("{} {news}", self.0)).await
    }

    /// Listens, and writes down what is heard.
    fn listen(&self, bus: &dyn EventBus) -> Heard {
        let (heard, prefix) = (Heard::default(), format!("{} ", self.0));
        let log = heard.0.clone();
        let listener = move |news: &str| {
            if let Some(news) = news.strip_prefix(&prefix) {
                log.lock().unwrap().push(news.to_owned());
            }
        };
        bus.listen(TOPIC, Arc::new(listener));
        heard
    }

    /// Says hello until it is heard: from then on nothing is lost.
    async fn until_heard(&self, teller: &dyn EventBus, heard: &Heard) {
        let greeting = async {
            while heard.all().is_empty() {
                let _ = self.tell(teller, "hello").await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), greeting).await.unwrap();
    }
}

#[derive(Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// What was heard but greetings when `last` has come, sorted: news comes in no certain order.
    async fn up_to(&self, last: &str) -> Vec<String> {
        let waiting = async {
            while !self.all().iter().any(|news| news == last) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
        let mut heard: Vec<_> = self.all().into_iter().filter(|news| news != "hello").collect();
        heard.sort_unstable();
        heard
    }
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn every_listener_of_this_node_has_been_told_when_telling_returns(#[case] kind: &str) {
    let (bus, talk) = (bus(kind), Talk::new());
    talk.tell(&*bus, "nobody listens").await.unwrap();
    let listeners = [talk.listen(&*bus), talk.listen(&*bus)];
    for news in ["one", "two words", ""] {
        talk.tell(&*bus, news).await.unwrap();
    }
    for heard in &listeners {
        assert_eq!(heard.all(), ["one", "two words", ""]);
    }
}

/// Each node hears its own news directly, and would hear it again from Redis.
#[tokio::test]
async fn every_node_hears_news_once() {
    let (ada, eve, talk) = (node(&redis_url()), node(&redis_url()), Talk::new());
    let (at_ada, at_eve) = (talk.listen(&ada), talk.listen(&eve));
    // Only what the other says proves that one hears.
    let (to_ada, to_eve) = (Talk::new(), Talk::new());
    let (greeted, greeted_too) = (to_ada.listen(&ada), to_eve.listen(&eve));
    to_ada.until_heard(&eve, &greeted).await;
    to_eve.until_heard(&ada, &greeted_too).await;

    talk.tell(&ada, "from ada").await.unwrap();
    talk.tell(&eve, "from eve").await.unwrap();
    talk.tell(&ada, "the end").await.unwrap();
    assert_eq!(at_eve.up_to("the end").await, ["from ada", "from eve", "the end"]);
    talk.tell(&eve, "the very end").await.unwrap();
    assert_eq!(at_ada.up_to("the very end").await, ["from ada", "from eve", "the end", "the very end"]);
}

#[tokio::test]
async fn without_redis_a_node_still_tells_itself_and_hears_the_others_when_it_is_back() {
    let mut url: reqwest::Url = redis_url().parse().unwrap();
    let wire = Proxy::to(&format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(6379))).await;
    let (host, port) = wire.address.split_once(':').unwrap();
    url.set_host(Some(host)).unwrap();
    url.set_port(Some(port.parse().unwrap())).unwrap();
    let (ada, eve, talk) = (node(url.as_str()), node(&redis_url()), Talk::new());
    let before = talk.listen(&ada);
    talk.until_heard(&eve, &before).await;

    wire.cut();
    let alone = Talk::new();
    let heard = alone.listen(&ada);
    assert_eq!(alone.tell(&ada, "is anybody there?").await, Err(GatewayError::Unavailable));
    alone.tell(&eve, "lost").await.unwrap();
    assert_eq!(heard.all(), ["is anybody there?"]);

    wire.mend();
    let again = Talk::new();
    again.until_heard(&eve, &again.listen(&ada)).await;
    talk.tell(&eve, "welcome back").await.unwrap();
    assert_eq!(before.up_to("welcome back").await, ["welcome back"]);
    assert_eq!(heard.all(), ["is anybody there?"]);
}
