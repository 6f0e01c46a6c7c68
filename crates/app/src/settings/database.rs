//! Where the data is.

use std::path::Path;
use std::time::Duration;

use conf::Conf;
use hos_sql::DatabaseOptions;
use secrecy::{ExposeSecret, SecretString};

use super::values::{seconds, secret, switch};

/// Where the data is.
#[derive(Conf, Debug, Clone)]
pub struct DatabaseSettings {
    /// `postgres://user:password@host/database?sslmode=…` or `sqlite://path`. A file in `DATA_DIR` unless set.
    #[conf(env = "DATABASE_URL", secret, value_parser = secret)]
    pub url: Option<SecretString>,
    /// Connections to PostgreSQL that are kept open.
    #[conf(env = "DB_POOL_MIN", default_value = "5")]
    pub pool_min: u32,
    /// Connections to PostgreSQL that are opened at most. SQLite has one writer and up to 8 readers.
    #[conf(env = "DB_POOL_MAX", default_value = "30")]
    pub pool_max: u32,
    /// How many seconds a query, or a whole transaction, may take.
    #[conf(env = "DB_QUERY_TIMEOUT", value_parser = seconds, default_value = "10")]
    pub query_timeout: Duration,
    /// Keeps prepared statements per connection. Turn off behind PgBouncer in transaction mode.
    #[conf(parameter, env = "DB_STATEMENT_CACHE", value_parser = switch, default_value = "true")]
    pub statement_cache: bool,
    /// The SQLite file grows to so many MiB and no further; writes beyond are answered with 503.
    #[conf(env = "SQLITE_MAX_MIB")]
    pub sqlite_max_mib: Option<u32>,
}

impl DatabaseSettings {
    /// How to open the database; the default lies in `data_dir`.
    #[must_use]
    pub fn options(&self, data_dir: &Path) -> DatabaseOptions {
        let default = || format!("sqlite://{}", data_dir.join("hypertrophy-os.db").display());
        let mut options =
            DatabaseOptions::new(self.url.as_ref().map_or_else(default, |url| url.expose_secret().to_owned()));
        options.pool_min = self.pool_min;
        options.pool_max = self.pool_max;
        options.query_timeout = self.query_timeout;
        options.statement_cache = self.statement_cache;
        options.sqlite_max_pages = self.sqlite_max_mib.map(|mib| mib.saturating_mul(PAGES_PER_MIB));
        options
    }
}

/// SQLite's pages have 4 KiB.
const PAGES_PER_MIB: u32 = 256;
