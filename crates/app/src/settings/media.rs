//! Where photos and files go.

use conf::Conf;
use secrecy::SecretString;

use super::values::{base_url, secret};

/// Where photos and files go: a bucket when its four settings are there, else the folder `DATA_DIR/objects`.
#[derive(Conf, Debug, Clone)]
pub struct MediaSettings {
    /// Access key id of the R2 or S3 bucket.
    #[conf(env = "R2_ACCESS_KEY")]
    pub r2_access_key: Option<String>,
    /// Secret access key of the bucket.
    #[conf(env = "R2_SECRET_KEY", secret, value_parser = secret)]
    pub r2_secret_key: Option<SecretString>,
    /// Endpoint of the bucket's service, e.g. `https://ACCOUNT.r2.cloudflarestorage.com`.
    #[conf(env = "R2_ENDPOINT_URL", value_parser = base_url)]
    pub r2_endpoint_url: Option<String>,
    /// The bucket.
    #[conf(env = "R2_BUCKET_NAME", default_value = "hypertrophy-os-uploads")]
    pub r2_bucket_name: String,
    /// The bucket's region; `auto` is right for R2.
    #[conf(env = "R2_REGION", default_value = "auto")]
    pub r2_region: String,
}
