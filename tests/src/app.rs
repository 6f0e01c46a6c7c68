//! The application under test.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use hos_app::Application;
use hos_app::settings::Settings;
use hos_local::HashingCost;
use hos_sql::Engine;
use hos_testing::TestDatabase;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Api;

/// A running application and a client for it.
pub struct TestApp {
    api: Api,
    /// Its database.
    pub database: Arc<TestDatabase>,
    /// Its data folder.
    pub data: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<std::io::Result<()>>>,
}

/// How to start it.
pub struct TestAppBuilder {
    settings: BTreeMap<String, String>,
    database: Arc<TestDatabase>,
    data: Arc<TempDir>,
}

impl TestAppBuilder {
    /// Sets a variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The database it will use.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Starts it.
    pub async fn start(self) -> TestApp {
        let Self { settings, database, data } = self;
        let settings = Settings::load(settings).unwrap();
        let application = Application::start_with(settings, HashingCost::TEST).await.unwrap();
        let url = format!("http://{}", application.address());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(application.run_until(async {
            let _ = stopped.await;
        }));
        TestApp { api: Api::at(url), database, data, stop: Some(stop), running: Some(running) }
    }
}

impl TestApp {
    /// Starts it on a fresh database of the given engine.
    pub async fn start(engine: Engine) -> Self {
        Self::builder(engine).await.start().await
    }

    /// Prepares it, in development mode, on a fresh database of the given engine.
    pub async fn builder(engine: Engine) -> TestAppBuilder {
        Self::builder_on(Arc::new(TestDatabase::on(engine).await), Arc::new(TempDir::new().unwrap()))
    }

    /// Prepares it on a database and a data folder that are there already.
    pub fn builder_on(database: Arc<TestDatabase>, data: Arc<TempDir>) -> TestAppBuilder {
        let data_dir = data.path().display().to_string();
        let settings = [
            ("DEBUG", "true"),
            ("PORT", "0"),
            ("HTTP_WORKERS", "1"),
            ("RATE_LIMITS", "false"),
            ("DB_POOL_MIN", "0"),
            ("DB_POOL_MAX", "8"),
            ("DATA_DIR", &data_dir),
            ("DATABASE_URL", &database.options.url),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        TestAppBuilder { settings, database, data }
    }

    /// Stops it as SIGTERM would, and waits for its end.
    pub async fn stop(mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.running.take().unwrap().await.unwrap().unwrap();
    }
}

impl Deref for TestApp {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}
