//! The real binary as a process of its own, for what can't be done to a part of the test's own process: to kill it.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Api;

/// How to start it.
#[derive(Debug, Clone)]
pub struct ServerBuilder {
    settings: BTreeMap<String, String>,
    data: PathBuf,
    limit: Option<String>,
}

/// A running server process.
pub struct Server {
    api: Api,
    child: Child,
    log: PathBuf,
}

impl ServerBuilder {
    /// A server in development mode with its data in `data`; its address stays the same for all its lives.
    pub fn new(data: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = [
            ("DEBUG", "true".to_owned()),
            ("RATE_LIMITS", "false".to_owned()),
            ("PORT", port.to_string()),
            ("DATA_DIR", data.display().to_string()),
            ("HTTP_WORKERS", "1".to_owned()),
            ("DB_POOL_MIN", "0".to_owned()),
            ("DB_POOL_MAX", "8".to_owned()),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { settings, data: data.to_owned(), limit: None }
    }

    /// Sets a variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs a line of shell before, such as `ulimit -f 100`.
    pub fn after(mut self, shell: &str) -> Self {
        self.limit = Some(shell.to_owned());
        self
    }

    /// Where it will listen.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.settings["PORT"])
    }

    /// Runs a command of the binary to its end and gives back its exit status and all it said.
    pub fn run(&self, command: &str) -> (ExitStatus, String) {
        let words: Vec<&str> = command.split(' ').collect();
        let output = self.command(&words).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8(said).unwrap())
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self) -> Server {
        let log = self.data.with_extension("log");
        let out = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdout(out.try_clone().unwrap()).stderr(out).stdin(Stdio::null());
        let mut server = Server { api: Api::at(self.url()), child: command.spawn().unwrap(), log };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !server.is_ready().await {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "no server: {ended:?}\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.limit {
            None => Command::new(binary()),
            Some(limit) => {
                let mut shell = Command::new("bash");
                shell.arg("-c").arg(format!("{limit}\nexec \"$0\" \"$@\"")).arg(binary());
                shell
            }
        };
        command.args(arguments).env_clear().envs(&self.settings);
        command
    }
}

impl Server {
    /// Whether it says it is ready.
    pub async fn is_ready(&self) -> bool {
        let answer = self.client().get(format!("{}/health/ready", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// All it has logged, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it as a power cut would: nothing of it runs another instruction.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM.
    pub fn tell_to_stop(&self) {
        let told = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Deref for Server {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary that the same `cargo test --workspace` has built.
fn binary() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.set_file_name("hypertrophy-os");
    assert!(path.exists(), "{} is missing: cargo test --workspace builds it", path.display());
    path
}
