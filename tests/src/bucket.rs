//! A bucket that checks signatures as S3 does.

use hos_object_store::BucketConfig;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running bucket; it ends with this value.
pub struct TestBucket {
    /// How to reach it.
    pub config: BucketConfig,
    #[expect(dead_code, reason = "dropping it removes the folder")]
    folder: TempDir,
    serving: JoinHandle<()>,
}

impl TestBucket {
    /// Starts an empty one.
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let (bucket, access_key, secret_key) = ("photos", "test-access", "test-secret");
        std::fs::create_dir(folder.path().join(bucket)).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(access_key, secret_key));
        let (service, listener) = (service.build(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let config = BucketConfig {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            bucket: bucket.to_owned(),
            region: "auto".to_owned(),
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned().into(),
        };
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone()));
            }
        });
        Self { config, folder, serving }
    }
}

impl Drop for TestBucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
