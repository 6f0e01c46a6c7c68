//! A database of its own for each test. Migrating takes long, copying does not: one template is migrated per build of
//! the test binary, and every test gets a copy.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hos_sql::{Database, DatabaseOptions, Engine, Migrations};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A migrated, empty database that disappears with this value.
pub struct TestDatabase {
    /// How to open it.
    pub options: DatabaseOptions,
    place: Place,
}

enum Place {
    File(#[expect(dead_code, reason = "dropping it removes the folder")] TempDir),
    Server { admin_url: String, name: String },
}

impl TestDatabase {
    /// A fresh one on the given engine.
    pub async fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::sqlite().await,
            Engine::Postgres => Self::postgres().await,
        }
    }

    /// A fresh SQLite file, opened as in production but without waiting for the disk.
    pub async fn sqlite() -> Self {
        static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(sqlite_template).await;
        let folder = tempfile::Builder::new().prefix("hos-test-").tempdir().unwrap();
        let file = folder.path().join("test.db");
        std::fs::copy(template, &file).unwrap();
        Self { options: sqlite_options(&file), place: Place::File(folder) }
    }

    /// A fresh database on the server that `TEST_POSTGRES_URL` names.
    pub async fn postgres() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let admin_url = postgres_url();
        let template = TEMPLATE.get_or_init(|| postgres_template(&admin_url)).await;
        let name = format!("hos_test_{}", new_uuid().simple());
        let admin = connect(&admin_url).await;
        admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        admin.close().await.unwrap();
        let mut options = DatabaseOptions::new(with_database(&admin_url, &name));
        (options.pool_min, options.pool_max) = (0, 10);
        Self { options, place: Place::Server { admin_url, name } }
    }

    /// Opens it.
    pub async fn open(&self) -> Database {
        Database::open(&self.options).await.unwrap()
    }

    /// A plain connection beside ours, for what no port offers: plans, counts, sabotage.
    pub async fn raw(&self) -> DatabaseConnection {
        connect(&self.options.url).await
    }

    /// What a `SELECT count(*) …` says.
    pub async fn count(&self, sql: &str) -> i64 {
        let raw = self.raw().await;
        let statement = sea_orm::Statement::from_string(raw.get_database_backend(), sql);
        raw.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Makes every session's last proof an old one.
    pub async fn age_proofs(&self) {
        let sql = "UPDATE sessions SET proved_at = '2020-01-01 00:00:00.000000+00:00'";
        self.raw().await.execute_unprepared(sql).await.unwrap();
    }

    async fn last_errors(&self) -> Vec<String> {
        let raw = self.raw().await;
        let sql = "SELECT name || ' (' || attempts || '): ' || coalesce(last_error, '') AS error FROM jobs";
        let statement = sea_orm::Statement::from_string(raw.get_database_backend(), sql);
        let rows = raw.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get("", "error").unwrap()).collect()
    }

    /// Waits until no job is left but those that only come minutes later, and says how many were given up.
    pub async fn settled(&self) -> i64 {
        let deadline = Instant::now() + Duration::from_secs(20);
        let waiting = "SELECT count(*) FROM jobs WHERE name NOT IN ('platform.tidy_up', 'identity.merge_stragglers')";
        while self.count(waiting).await > 0 {
            assert!(Instant::now() < deadline, "jobs are left that nobody runs: {:?}", self.last_errors().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.count("SELECT count(*) FROM dead_jobs").await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Server { admin_url, name } = &self.place else {
            return;
        };
        let (admin_url, sql) = (admin_url.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // Dropping can't wait for async work, and the test's own runtime is about to end.
        let cleaner = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = connect(&admin_url).await;
                let _ = admin.execute_unprepared(&sql).await;
            });
        });
        let _ = cleaner.join();
    }
}

fn sqlite_options(file: &Path) -> DatabaseOptions {
    let mut options = DatabaseOptions::new(format!("sqlite://{}", file.display()));
    (options.pool_min, options.pool_max, options.sqlite_durable) = (1, 2, false);
    options
}

async fn sqlite_template() -> PathBuf {
    let folder = std::env::temp_dir().join("hypertrophy-os-test-templates");
    std::fs::create_dir_all(&folder).unwrap();
    let template = folder.join(format!("{:016x}.db", build_fingerprint()));
    if template.exists() {
        return template;
    }
    // Another process may do the same: whoever renames last wins, with the same contents.
    let draft = folder.join(format!("{}.draft", new_uuid().simple()));
    let database = Database::open(&sqlite_options(&draft)).await.unwrap();
    Migrations::of(&database).up().await.unwrap();
    database.close().await;
    std::fs::rename(&draft, &template).unwrap();
    template
}

async fn postgres_template(admin_url: &str) -> String {
    let name = format!("hos_template_{:016x}", build_fingerprint());
    let admin = connect(admin_url).await;
    // Serialises the processes of one test run; released when this connection closes.
    admin.execute_unprepared("SELECT pg_advisory_lock(20301)").await.unwrap();
    let known = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, known);
    if admin.query_one_raw(statement).await.unwrap().is_none() {
        let draft = format!("hos_draft_{}", new_uuid().simple());
        admin.execute_unprepared(&format!("CREATE DATABASE {draft}")).await.unwrap();
        let mut options = DatabaseOptions::new(with_database(admin_url, &draft));
        (options.pool_min, options.pool_max) = (0, 2);
        let database = Database::open(&options).await.unwrap();
        Migrations::of(&database).up().await.unwrap();
        database.close().await;
        admin.execute_unprepared(&format!("ALTER DATABASE {draft} RENAME TO {name}")).await.unwrap();
    }
    admin.close().await.unwrap();
    name
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).connect_timeout(Duration::from_secs(10));
    sea_orm::Database::connect(options)
        .await
        .unwrap_or_else(|error| panic!("the test database does not answer: {error}"))
}

fn with_database(url: &str, name: &str) -> String {
    let (server, rest) = url.rsplit_once('/').expect("TEST_POSTGRES_URL ends in /database");
    let query = rest.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    format!("{server}/{name}{query}")
}

#[expect(clippy::disallowed_methods, reason = "a setting of the test suite itself")]
fn postgres_url() -> String {
    std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!("this test needs PostgreSQL: run scripts/test, which starts one, or set TEST_POSTGRES_URL")
    })
}

/// Tells one build of the test binary from another: they may bring other migrations.
fn build_fingerprint() -> u64 {
    let binary = std::env::current_exe().unwrap();
    let facts = std::fs::metadata(&binary).unwrap();
    let mut hasher = DefaultHasher::new();
    (binary, facts.len(), facts.modified().unwrap()).hash(&mut hasher);
    hasher.finish()
}

#[expect(clippy::disallowed_methods, reason = "names of throw-away databases")]
fn new_uuid() -> Uuid {
    Uuid::now_v7()
}
