//! Connections. PostgreSQL has one pool for everybody. SQLite has one writer, with a fair queue before it, and readers
//! apart: equal sessions would wait for each other busily and at random.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::kernel::{RepositoryError, Stored};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DatabaseConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::{stored, unavailable};
use crate::meter;

/// How to reach the database and how much of it to use.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// `postgres://…` or `sqlite://path`.
    pub url: String,
    /// Connections kept open (PostgreSQL).
    pub pool_min: u32,
    /// Connections opened at most; on SQLite the number of readers.
    pub pool_max: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
    /// A connection unused for so long is closed.
    pub idle_timeout: Duration,
    /// A connection is replaced after so long (PostgreSQL).
    pub max_lifetime: Duration,
    /// How long one query, or a whole unit of work, may take.
    pub query_timeout: Duration,
    /// Whether prepared statements are cached per connection. Off behind a pooler in transaction mode, which also
    /// refuses session settings.
    pub statement_cache: bool,
    /// The SQLite file grows to so many pages of 4 KiB and no further.
    pub sqlite_max_pages: Option<u32>,
    /// Wait for the disk at each commit. Only tests on throw-away files turn this off.
    pub sqlite_durable: bool,
}

impl DatabaseOptions {
    /// The product's defaults for a database at `url`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_min: 5,
            pool_max: 30,
            acquire_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(600),
            max_lifetime: Duration::from_secs(3600),
            query_timeout: Duration::from_secs(10),
            statement_cache: true,
            sqlite_max_pages: None,
            sqlite_durable: true,
        }
    }
}

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, one server process.
    Sqlite,
    /// A server, any number of our processes.
    Postgres,
}

/// An open database.
#[derive(Clone)]
pub struct Database {
    pub(crate) engine: Engine,
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    pub(crate) query_timeout: Duration,
    /// Writers line up here, first come first served. `None` on PostgreSQL, where the server does that.
    queue: Option<Arc<Mutex<()>>>,
}

impl Database {
    /// Opens the database. A PostgreSQL server is not contacted before the first query, so that a server of ours can
    /// start and say it is not ready while the database is away.
    ///
    /// # Errors
    /// `Unavailable` for a URL of another kind, or a SQLite file that can't be opened.
    pub async fn open(options: &DatabaseOptions) -> Stored<Self> {
        match engine_of(&options.url)? {
            Engine::Sqlite => Self::open_sqlite(options).await,
            Engine::Postgres => Self::open_postgres(options).await,
        }
    }

    /// Which database this is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Takes one round trip to see whether the database answers.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn ping(&self) -> Stored<()> {
        match tokio::time::timeout(self.query_timeout, self.reader.ping()).await {
            Ok(answer) => stored(answer),
            Err(late) => Err(unavailable(late)),
        }
    }

    /// Closes all connections; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) {
        for pool in [self.reader, self.writer] {
            if let Err(error) = pool.close().await {
                tracing::warn!(%error, "the database connections did not close cleanly");
            }
        }
    }

    /// The turn to write: at once on PostgreSQL, in the order of arrival on SQLite.
    pub(crate) async fn turn(&self) -> Stored<Option<OwnedMutexGuard<()>>> {
        let Some(queue) = &self.queue else { return Ok(None) };
        match tokio::time::timeout(self.query_timeout, Arc::clone(queue).lock_owned()).await {
            Ok(turn) => Ok(Some(turn)),
            Err(late) => Err(unavailable(late)),
        }
    }

    async fn open_postgres(options: &DatabaseOptions) -> Stored<Self> {
        let mut connect = ConnectOptions::new(&options.url);
        connect
            .min_connections(options.pool_min.min(options.pool_max))
            .max_connections(options.pool_max)
            .acquire_timeout(options.acquire_timeout)
            .idle_timeout(options.idle_timeout)
            .max_lifetime(options.max_lifetime)
            .test_before_acquire_if_idle_for(Duration::from_secs(30))
            .connect_lazy(true)
            .sqlx_logging(false)
            .record_stmt_in_spans(false);
        if options.statement_cache {
            connect.set_application_name("hypertrophy-os").statement_timeout(options.query_timeout);
        } else {
            connect.map_sqlx_postgres_opts(|opts| opts.statement_cache_capacity(0));
        }
        let mut pool = stored(sea_orm::Database::connect(connect).await)?;
        meter::attach(&mut pool);
        Ok(Self {
            engine: Engine::Postgres,
            writer: pool.clone(),
            reader: pool,
            query_timeout: options.query_timeout,
            queue: None,
        })
    }

    async fn open_sqlite(options: &DatabaseOptions) -> Stored<Self> {
        let mut writer = stored(sea_orm::Database::connect(sqlite_pool(options, Access::Write)).await)?;
        let mut reader = stored(sea_orm::Database::connect(sqlite_pool(options, Access::Read)).await)?;
        meter::attach(&mut writer);
        meter::attach(&mut reader);
        Ok(Self {
            engine: Engine::Sqlite,
            writer,
            reader,
            query_timeout: options.query_timeout,
            queue: Some(Arc::new(Mutex::new(()))),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn sqlite_pool(options: &DatabaseOptions, access: Access) -> ConnectOptions {
    let mut connect = ConnectOptions::new(&options.url);
    let most = if access == Access::Write { 1 } else { options.pool_max.clamp(1, 8) };
    connect
        .min_connections(1)
        .max_connections(most)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(options.idle_timeout)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    let (durable, max_pages) = (options.sqlite_durable, options.sqlite_max_pages);
    connect.map_sqlx_sqlite_opts(move |file| sqlite_file(file, access, durable, max_pages));
    connect
}

fn sqlite_file(
    file: SqliteConnectOptions,
    access: Access,
    durable: bool,
    max_pages: Option<u32>,
) -> SqliteConnectOptions {
    let synchronous = if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off };
    let file = file
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("temp_store", "MEMORY");
    match (access, max_pages) {
        (Access::Read, _) => file.pragma("query_only", "ON"),
        (Access::Write, Some(pages)) => file.pragma("max_page_count", pages.to_string()),
        (Access::Write, None) => file,
    }
}

fn engine_of(url: &str) -> Stored<Engine> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok(Engine::Sqlite),
        Some("postgres" | "postgresql") => Ok(Engine::Postgres),
        _ => Err(RepositoryError::Unavailable("a database URL starts with sqlite: or postgres:".into())),
    }
}
