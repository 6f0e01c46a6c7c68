//! The connection behind a link, which comes and goes.

use std::future::Future;
use std::time::Duration;

use hos_domain::kernel::GatewayError;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisResult};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::backoff::Backoff;
use crate::error::{translate, wants_another_connection};

/// The longest one try to connect may take.
pub(crate) const CONNECTING: Duration = Duration::from_secs(1);
/// How often an idle connection is asked whether it is still there.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);

/// At most one connection at a time, which one task keeps and all callers share.
pub(crate) struct Wire {
    state: watch::Sender<State>,
    patience: Duration,
}

enum State {
    /// The first try for a connection is under way, which is worth waiting for.
    Connecting,
    Up {
        connection: MultiplexedConnection,
        /// Tells this connection from later ones.
        number: u64,
    },
    /// The last try failed like this; the next ones are made in the background.
    Away(GatewayError),
}

impl Wire {
    /// Not connected yet. A call may take as long as `patience`, its wait for a connection included.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { state: watch::Sender::new(State::Connecting), patience }
    }

    /// Connects, again and again, and looks after the connection in between.
    pub(crate) async fn keep(&self, client: &Client) {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(None);
        let (mut backoff, mut number, mut away) = (Backoff::new(), 0, false);
        loop {
            match client.get_multiplexed_async_connection_with_config(&config).await {
                Ok(connection) => {
                    tracing::info!("connected to Redis");
                    number += 1;
                    self.state.send_replace(State::Up { connection, number });
                    self.until_broken().await;
                    tracing::warn!("the connection to Redis is broken");
                    (backoff, away) = (Backoff::new(), false);
                }
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::warn!(%error, "Redis can't be reached");
                    }
                    // Nothing was asked yet, so there is no doubt about what was done.
                    let error = if error.is_timeout() { GatewayError::Unavailable } else { translate(&error) };
                    self.state.send_replace(State::Away(error));
                }
            }
            // After a loss too: a server that ends every connection at once is not to be stormed.
            backoff.wait().await;
        }
    }

    /// Returns when somebody has found the connection broken: a caller, or we.
    async fn until_broken(&self) {
        let mut seen = self.state.subscribe();
        while timeout(HEARTBEAT, seen.wait_for(|state| !matches!(state, State::Up { .. }))).await.is_err() {
            let _ = self.ping().await;
        }
    }

    /// Asks for any answer.
    pub(crate) async fn ping(&self) -> Result<(), GatewayError> {
        self.run(async |mut connection| redis::cmd("PING").query_async(&mut connection).await).await
    }

    /// Runs something on the connection.
    pub(crate) async fn run<T, F>(&self, work: impl FnOnce(MultiplexedConnection) -> F) -> Result<T, GatewayError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let deadline = Instant::now() + self.patience;
        let connection = timeout_at(deadline, self.connection()).await;
        let (connection, number) = connection.unwrap_or(Err(GatewayError::Unavailable))?;
        match timeout_at(deadline, work(connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if wants_another_connection(&error) {
                    self.found_broken(number);
                }
                Err(translate(&error))
            }
            // Who falls silent may never speak again, and the system would wait for it for many minutes.
            Err(_) => {
                self.found_broken(number);
                Err(GatewayError::Timeout)
            }
        }
    }

    /// The connection and its number.
    async fn connection(&self) -> Result<(MultiplexedConnection, u64), GatewayError> {
        let mut seen = self.state.subscribe();
        let state = seen.wait_for(|state| !matches!(state, State::Connecting)).await;
        match state.as_deref() {
            Ok(State::Up { connection, number }) => Ok((connection.clone(), *number)),
            Ok(State::Away(error)) => Err(error.clone()),
            Ok(State::Connecting) | Err(_) => Err(GatewayError::Unavailable),
        }
    }

    /// Lets the connection be replaced, unless it has been already.
    fn found_broken(&self, broken: u64) {
        self.state.send_if_modified(|state| match state {
            State::Up { number, .. } if *number == broken => {
                *state = State::Connecting;
                true
            }
            _ => false,
        });
    }
}
