//! The link to Redis. One task keeps its connection, so that nobody who calls has to connect: who calls while Redis is
//! away is told so at once, and the task finds Redis again.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::kernel::GatewayError;
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::wire::Wire;

/// What a request can spare for something it can do without.
const PATIENCE: Duration = Duration::from_millis(250);

/// A Redis server, there or not. Clones share one connection.
#[derive(Clone)]
pub struct RedisLink(Arc<Kept>);

struct Kept {
    client: Client,
    runtime: Handle,
    wire: Arc<Wire>,
    keeper: JoinHandle<()>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl RedisLink {
    /// Begins to connect to `url` (`redis://`, `rediss://` for TLS, or `unix://`) and does not wait for it. A call takes
    /// 250 ms at most.
    ///
    /// # Errors
    /// When the URL is none, or outside a Tokio runtime.
    pub fn open(url: &SecretString) -> Result<Self, String> {
        Self::with_patience(url, PATIENCE)
    }

    /// The same, for those who can wait longer for an answer.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with_patience(url: &SecretString, patience: Duration) -> Result<Self, String> {
        // Refused when it was set up before, which is what we want: one TLS stack, rustls with ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The cause may quote the URL, which may hold a password.
        let client = Client::open(url.expose_secret()).map_err(|_| "not a URL like redis://host:6379/0".to_owned())?;
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        let wire = Arc::new(Wire::new(patience));
        let (kept, server) = (wire.clone(), client.clone());
        let keeper = runtime.spawn(async move { kept.keep(&server).await });
        Ok(Self(Arc::new(Kept { client, runtime, wire, keeper })))
    }

    /// Asks whether Redis is there.
    ///
    /// # Errors
    /// When it is not, or does not answer in time.
    pub async fn ping(&self) -> Result<(), GatewayError> {
        self.0.wire.ping().await
    }

    /// Runs something on the connection.
    pub(crate) async fn run<T, F>(&self, work: impl FnOnce(MultiplexedConnection) -> F) -> Result<T, GatewayError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        self.0.wire.run(work).await
    }

    /// For connections of another kind.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Where background tasks run.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const WELCOME: &str = "+OK\r\n+OK\r\n";

    /// A server on loopback that gives every connection the same answers, one for each time it hears something, and then
    /// falls silent.
    async fn server(answers: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut wire, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut answers = answers.iter();
                    while wire.read(&mut [0; 4_096]).await.is_ok_and(|bytes| bytes > 0) {
                        if let Some(answer) = answers.next() {
                            wire.write_all(answer.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    /// Patient enough for a busy machine.
    fn link(url: String) -> RedisLink {
        RedisLink::with_patience(&url.into(), Duration::from_secs(1)).unwrap()
    }

    #[rstest]
    #[case::well(&[WELCOME, "+PONG\r\n"], Ok(()))]
    #[case::silent_from_the_start(&[], Err(GatewayError::Unavailable))]
    #[case::silent_when_asked(&[WELCOME], Err(GatewayError::Timeout))]
    #[case::waking_up(&[WELCOME, "-LOADING in a moment\r\n"], Err(GatewayError::Unavailable))]
    #[case::without_a_password_where_one_is_needed(&[WELCOME, "-NOAUTH\r\n"], Err(GatewayError::Unauthorized))]
    #[case::no_redis(&["HTTP/1.1 400 Bad Request\r\n\r\n"], Err(GatewayError::Malformed(String::new())))]
    #[tokio::test]
    async fn how_redis_is_decides_what_a_call_hears(
        #[case] answers: &'static [&'static str],
        #[case] expected: Result<(), GatewayError>,
    ) {
        let answer = link(format!("redis://{}", server(answers).await)).ping().await;
        let answer = answer.map_err(|error| match error {
            GatewayError::Malformed(_) => GatewayError::Malformed(String::new()),
            other => other,
        });
        assert_eq!(answer, expected);
    }

    #[tokio::test]
    async fn a_wrong_password_is_told_apart() {
        let address = server(&["-WRONGPASS invalid username-password pair\r\n+OK\r\n+OK\r\n"]).await;
        assert_eq!(link(format!("redis://:wrong@{address}")).ping().await, Err(GatewayError::Unauthorized));
    }

    #[tokio::test]
    async fn tls_is_not_given_up_for_a_server_without() {
        let address = server(&["+OK\r\n", "+OK\r\n"]).await;
        assert_eq!(link(format!("rediss://{address}")).ping().await, Err(GatewayError::Unavailable));
    }

    /// One silence costs one call its patience, and a server that is there again is found again.
    #[tokio::test]
    async fn a_connection_that_fell_silent_is_replaced() {
        let link = link(format!("redis://{}", server(&[WELCOME, "+PONG\r\n"]).await));
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(link.ping().await);
        }
        let silence = Err(GatewayError::Timeout);
        assert_eq!(answers, [Ok(()), silence.clone(), Ok(()), silence]);
    }

    #[test]
    fn what_is_no_url_is_refused_without_quoting_it() {
        let refused = RedisLink::open(&"http://:secret@host".to_owned().into()).err().unwrap();
        assert!(!refused.contains("secret"), "{refused}");
    }
}
