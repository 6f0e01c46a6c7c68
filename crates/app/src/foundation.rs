//! What a server, a worker and a command stand on: the data folder, the open database with its schema up to date, and
//! the shared parts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::SessionQueries;
use hos_domain::kernel::{BusinessClock, RepositoryError, with_causes};
use hos_domain::sandbox::SandboxQueries;
use hos_http::HttpClient;
use hos_local::{DataKey, DataKeyError, HashingCost, HmacNames, LocalRateLimiter, OsIds, TokenKey};
use hos_redis::RedisLink;
use hos_sql::{Database, Engine, Migrations, SqlReader};
use secrecy::SecretString;

use crate::data_folder::{DataFolder, DataFolderError, ServerLock, lock_database};
use crate::health::Health;
use crate::http::{Browsers, Origins, RateGate};
use crate::settings::{IdentitySettings, Settings};
use crate::wiring::{Outside, Parts, Secrets, UseCases, WiringError};
use crate::worker::Worker;

/// Why nothing can be started; each says what would help.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be used, or another server uses it.
    #[error("{0}")]
    Folder(Box<dyn std::error::Error + Send + Sync>),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {cause}; stop whoever uses it, or set PORT to another one")]
    Listen {
        /// The address.
        address: String,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// A secret can't be used.
    #[error("DATA_KEY: {0}")]
    DataKey(#[from] DataKeyError),
    /// A setting that was read can't be used.
    #[error("{0}")]
    Setting(String),
    /// The database refuses us, which waiting does not mend.
    #[error("{0}; check DATABASE_URL, and see: hypertrophy-os doctor")]
    Database(String),
}

impl From<DataFolderError> for StartError {
    fn from(error: DataFolderError) -> Self {
        Self::Folder(Box::new(error))
    }
}

impl From<WiringError> for StartError {
    fn from(error: WiringError) -> Self {
        Self::Setting(error.to_string())
    }
}

/// What everything stands on.
pub(crate) struct Foundation {
    pub(crate) parts: Parts,
    pub(crate) use_cases: UseCases,
    pub(crate) health: Arc<Health>,
    database: Database,
    _lock: Option<ServerLock>,
}

impl Foundation {
    /// Opens everything. `port` is the one the server listens on.
    pub(crate) async fn lay(settings: Settings, port: u16, hashing_cost: HashingCost) -> Result<Self, StartError> {
        hos_http::set_up_tls();
        let folder = DataFolder::prepare(&settings.server.data_dir)?;
        let public_url = settings.server.public_url(port);
        let options = settings.database.options(folder.path());
        let lock = sqlite_file(&options.url).map(|file| lock_database(&file, &public_url)).transpose()?;
        let database = Database::open(&options).await.map_err(|error| refused(&error))?;
        let secrets = secrets(&settings, &folder)?;
        let http = HttpClient::new().map_err(StartError::Setting)?;
        let redis = settings.limits.redis_url.as_ref().map(RedisLink::open).transpose();
        let redis = redis.map_err(|error| StartError::Setting(format!("REDIS_URL: {error}")))?;
        let parts = Parts::new(settings, public_url, secrets, &database, hashing_cost, Outside { http, redis, port });
        let use_cases = UseCases::wire(&parts)?;
        let health = Arc::new(Health::new(database.clone(), parts.redis.clone(), parts.clock.clone()));
        migrate(&database, &health, &use_cases).await?;
        if database.engine() == Engine::Postgres {
            follow_ended_sessions(&parts);
        }
        if parts.sandbox.is_some() {
            follow_business_clock(&parts.reader, &parts.business_clock).await;
        }
        Ok(Self { parts, use_cases, health, database, _lock: lock })
    }

    /// Which database it stands on.
    pub(crate) const fn engine(&self) -> Engine {
        self.database.engine()
    }

    /// A worker on this foundation.
    pub(crate) fn worker(&self) -> Worker {
        Worker {
            run_job: self.use_cases.run_job(&self.parts),
            committed: self.parts.storage.jobs_committed(),
            concurrency: self.parts.settings.server.job_concurrency,
        }
    }

    /// What admits requests.
    pub(crate) fn rate_gate(&self) -> RateGate {
        let parts = &self.parts;
        RateGate {
            limits: parts.settings.limits.clone(),
            limiter: parts.limiter.clone(),
            fallback: LocalRateLimiter::default(),
            tokens: parts.tokens.clone(),
            external_tokens: parts.external_tokens.clone(),
            names: Arc::new(HmacNames::new(parts.data_key.derive("names in rate limits"))),
            clock: parts.clock.clone(),
        }
    }

    /// What is needed to deal with browsers.
    pub(crate) fn browsers(&self) -> Browsers {
        let parts = &self.parts;
        let origins = Origins::new(&parts.public_url, &parts.settings.server.cors_origins);
        Browsers { origins, csrf: parts.csrf.clone() }
    }

    /// Closes the database.
    pub(crate) async fn close(self) {
        self.database.close().await;
    }
}

/// The file of a SQLite URL.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

/// The secrets that were given, or that were made and kept in the data folder.
pub(crate) fn secrets(settings: &Settings, folder: &DataFolder) -> Result<Secrets, StartError> {
    let given = &settings.identity;
    let made = |name: &str| folder.secret(name, &OsIds);
    let data_key = given.data_key.clone().map_or_else(|| made("data-key"), Ok)?;
    let older = given.data_key_previous.iter().map(DataKey::parse).collect::<Result<_, _>>()?;
    let (signing_key, older_keys) = token_keys(given, || made("jwt-secret"))?;
    Ok(Secrets { signing_key, older_keys, data_key: DataKey::parse(&data_key)?, older_data_keys: older })
}

/// The key that signs access tokens, and those that are still believed.
fn token_keys(
    given: &IdentitySettings,
    made: impl FnOnce() -> Result<SecretString, DataFolderError>,
) -> Result<(TokenKey, Vec<TokenKey>), StartError> {
    let private = |name: &str, pem: &Option<SecretString>| {
        let key = pem.as_ref().map(TokenKey::private).transpose();
        key.map_err(|error| StartError::Setting(format!("{name}: {error}")))
    };
    let mut keys: Vec<TokenKey> = private("JWT_PRIVATE_KEY", &given.jwt_private_key)?.into_iter().collect();
    if keys.is_empty() && given.jwt_secret.is_none() {
        keys.push(TokenKey::shared(&made()?));
    }
    keys.extend(given.jwt_secret.as_ref().map(TokenKey::shared));
    let signing = keys.remove(0);
    keys.extend(private("JWT_PRIVATE_KEY_PREVIOUS", &given.jwt_private_key_previous)?);
    keys.extend(given.jwt_secret_previous.as_ref().map(TokenKey::shared));
    Ok((signing, keys))
}

/// Brings the schema up to date now, or as soon as the database comes.
async fn migrate(database: &Database, health: &Arc<Health>, use_cases: &UseCases) -> Result<(), StartError> {
    match Migrations::of(database).up().await {
        Ok(steps) => {
            if steps > 0 {
                tracing::info!(steps, "the schema was brought up to date");
            }
            begin(health, use_cases).await;
            Ok(())
        }
        Err(error) if database.engine() == Engine::Postgres && matches!(error, RepositoryError::Unavailable(_)) => {
            tracing::warn!(error = with_causes(&error), "the database is away; waiting for it");
            tokio::spawn(migrate_later(database.clone(), health.clone(), use_cases.clone()));
            Ok(())
        }
        Err(error) => Err(refused(&error)),
    }
}

async fn migrate_later(database: Database, health: Arc<Health>, use_cases: UseCases) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        match Migrations::of(&database).up().await {
            Ok(steps) => {
                tracing::info!(steps, "the database came; the schema is up to date");
                return begin(&health, &use_cases).await;
            }
            Err(error) => tracing::warn!(error = with_causes(&error), "the database is still away"),
        }
    }
}

/// The schema is there: what goes on by itself may begin.
async fn begin(health: &Health, use_cases: &UseCases) {
    health.note_migrated();
    if let Err(error) = use_cases.begin().await {
        tracing::error!(
            error = with_causes(&error),
            "what goes on by itself did not begin; the next start tries again"
        );
    }
}

/// Looks each second for sessions that other nodes have ended. News over the bus are faster and may be lost, or there may
/// be no bus between the nodes.
fn follow_ended_sessions(parts: &Parts) {
    let (reader, clock, sessions) = (parts.reader.clone(), parts.clock.clone(), Arc::downgrade(&parts.sessions));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let Some(sessions) = sessions.upgrade() else { return };
            // Longer than a unit may take: the instant of an end lies before its commit.
            let since = clock.now() - Duration::from_secs(15);
            if let Ok(ended) = reader.ended_since(since).await {
                ended.into_iter().for_each(|session| sessions.ended_elsewhere(session));
            }
        }
    });
}

/// Takes over how far the sandbox has wound the business clock, now and each second: another process may wind it.
async fn follow_business_clock(sandbox: &SqlReader, clock: &Arc<dyn BusinessClock>) {
    let (sandbox, clock) = (sandbox.clone(), Arc::downgrade(clock));
    let follow = move || {
        let (sandbox, clock) = (sandbox.clone(), clock.clone());
        async move {
            let Some(clock) = clock.upgrade() else { return false };
            // A database that is away is said elsewhere; the clock goes on from where it stands.
            if let Ok(offset) = sandbox.clock_offset().await {
                clock.wind_to(offset);
            }
            true
        }
    };
    follow().await;
    tokio::spawn(async move {
        while follow().await {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
}

fn refused(error: &RepositoryError) -> StartError {
    StartError::Database(with_causes(error))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sqlite://./data/x.db", Some("./data/x.db"))]
    #[case("sqlite:///abs/x.db?mode=rwc", Some("/abs/x.db"))]
    #[case("sqlite:x.db", Some("x.db"))]
    #[case("postgres://localhost/x", None)]
    fn the_file_of_a_sqlite_url_is_found(#[case] url: &str, #[case] file: Option<&str>) {
        assert_eq!(sqlite_file(url).as_deref(), file.map(Path::new));
    }
}
