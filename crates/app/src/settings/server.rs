//! Where the server listens and keeps its files.

use std::path::PathBuf;
use std::time::Duration;

use conf::Conf;
use ipnet::IpNet;

use super::values::{base_url, network, seconds, switch};

/// Where the server listens and keeps its files.
#[derive(Conf, Debug, Clone)]
pub struct ServerSettings {
    /// Development mode: payment sandbox, page with the mail and push not really sent, demo login. On by default in a
    /// debug build (`cargo run`), off in a release build.
    #[conf(parameter, env = "DEBUG", value_parser = switch, default(cfg!(debug_assertions)), default_help_str = "true in a debug build, else false")]
    pub debug: bool,
    /// Lets `DEBUG=true` run with live keys or under a public `PUBLIC_URL`. For a demonstration that strangers may see.
    #[conf(parameter, env = "ALLOW_DEBUG_PUBLIC", value_parser = switch, default_value = "false")]
    pub allow_debug_public: bool,
    /// The address to listen on; 127.0.0.1 with `DEBUG`, else all addresses.
    #[conf(env = "HOST")]
    pub host: Option<String>,
    /// The port to listen on; 0 takes a free one.
    #[conf(env = "PORT", default_value = "8080")]
    pub port: u16,
    /// How clients reach this server from outside. Links in mails, checkouts and uploads start with it.
    /// `http://localhost:PORT` unless set.
    #[conf(env = "PUBLIC_URL", value_parser = base_url)]
    pub public_url: Option<String>,
    /// The folder for everything that is kept in files: the SQLite database, uploads, generated secrets, the outbox.
    #[conf(env = "DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Proxies in front of the server, as addresses or networks separated by commas, e.g. `10.0.0.0/8`: what they say of
    /// a client's address (`X-Forwarded-For`) is believed, and nobody else.
    #[conf(repeat, env = "TRUSTED_PROXIES", value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve HTTP; one per processor unless set.
    #[conf(env = "HTTP_WORKERS")]
    pub http_workers: Option<usize>,
    /// Runs background jobs inside the server. Off when `hypertrophy-os worker` runs them.
    #[conf(parameter, env = "RUN_JOBS", value_parser = switch, default_value = "true")]
    pub run_jobs: bool,
    /// How many jobs run at once in one process.
    #[conf(env = "JOB_CONCURRENCY", default_value = "8")]
    pub job_concurrency: u32,
    /// How many seconds a job may take. One that takes longer, because its process died, is given to another worker.
    #[conf(env = "JOB_LEASE", value_parser = seconds, default_value = "60")]
    pub job_lease: Duration,
    /// Web origins whose pages may call the API, with the cookies of a browser's session too, separated by commas, e.g.
    /// `https://app.example.com`.
    #[conf(repeat, env = "CORS_ORIGINS")]
    pub cors_origins: Vec<String>,
    /// How many seconds a stopping server waits for requests and jobs in flight.
    #[conf(env = "DRAIN_TIMEOUT", value_parser = seconds, default_value = "30")]
    pub drain_timeout: Duration,
    /// How many seconds a stopping server still answers while it already says it is not ready, so that load balancers
    /// notice before the door closes. 0 with `DEBUG`, else 3.
    #[conf(env = "DRAIN_NOTICE", value_parser = seconds)]
    pub drain_notice: Option<Duration>,
}

impl ServerSettings {
    /// The address to listen on.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_deref().unwrap_or(if self.debug { "127.0.0.1" } else { "0.0.0.0" })
    }

    /// How clients reach this server; `port` is the one it really listens on.
    #[must_use]
    pub fn public_url(&self, port: u16) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://localhost:{port}"))
    }

    /// How long a stopping server still answers.
    #[must_use]
    pub fn drain_notice(&self) -> Duration {
        self.drain_notice.unwrap_or(if self.debug { Duration::ZERO } else { Duration::from_secs(3) })
    }
}
