//! A wire to a dependency that can be cut and mended.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes bytes on to another address, unless it is cut: then connections end and new ones end at once.
pub struct Proxy {
    /// `host:port` to connect to.
    pub address: String,
    whole: Arc<watch::Sender<bool>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    /// A wire to `target` (`host:port`).
    pub async fn to(target: &str) -> Self {
        Self::between("127.0.0.1:0", target).await
    }

    /// A wire to `target` that begins at an address which is known already.
    pub async fn between(address: &str, target: &str) -> Self {
        let (target, listener) = (target.to_owned(), TcpListener::bind(address).await.unwrap());
        let address = listener.local_addr().unwrap().to_string();
        let whole = Arc::new(watch::Sender::new(true));
        let state = whole.clone();
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, mut whole) = (target.clone(), state.subscribe());
                tokio::spawn(async move {
                    if *whole.borrow() {
                        tokio::select! {
                            () = pass_on(client, &target) => {}
                            _ = whole.wait_for(|whole| !whole) => {}
                        }
                    }
                });
            }
        });
        Self { address, whole, serving }
    }

    /// Ends every connection and takes no new one.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn pass_on(mut client: TcpStream, target: &str) {
    if let Ok(mut server) = TcpStream::connect(target).await {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
