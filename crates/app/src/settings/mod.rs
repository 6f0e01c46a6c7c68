//! Settings: one typed struct, read once from the environment (and an optional TOML file), with every problem reported
//! at once. Nothing else in the product reads the environment.

mod billing;
mod database;
mod external;
mod foreign;
mod foreign_rules;
mod identity;
mod limits;
mod media;
mod observability;
mod reference;
mod rules;
mod server;
mod sources;
mod values;

use conf::Conf;

pub use billing::BillingSettings;
pub use database::DatabaseSettings;
pub use external::ExternalSettings;
pub use foreign::ForeignSettings;
pub use identity::{IdentitySettings, RegistrationMode};
pub use limits::LimitSettings;
pub use media::MediaSettings;
pub use observability::{LogFormat, LogUserId, ObservabilitySettings};
pub use reference::reference;
pub use server::ServerSettings;
pub use sources::{Problem, Problems, process_environment};

/// Everything an operator can set.
#[derive(Conf, Debug, Clone)]
#[conf(no_help_flag)]
pub struct Settings {
    /// Where the server listens and keeps its files.
    #[conf(flatten)]
    pub server: ServerSettings,
    /// Where the data is.
    #[conf(flatten)]
    pub database: DatabaseSettings,
    /// Secrets, tokens and hashing.
    #[conf(flatten)]
    pub identity: IdentitySettings,
    /// Signing in with what others have signed.
    #[conf(flatten)]
    pub foreign: ForeignSettings,
    /// Another system's access tokens.
    #[conf(flatten)]
    pub external: ExternalSettings,
    /// How much one client may ask for.
    #[conf(flatten)]
    pub limits: LimitSettings,
    /// The catalogue and the payment providers.
    #[conf(flatten)]
    pub billing: BillingSettings,
    /// Where photos and files go.
    #[conf(flatten)]
    pub media: MediaSettings,
    /// Logs, metrics and error reports.
    #[conf(flatten)]
    pub observability: ObservabilitySettings,
}

impl Settings {
    /// Reads the settings from name–value pairs, usually [`process_environment`].
    ///
    /// # Errors
    /// Every variable that can't be read and every rule that is broken, each with its name and a hint.
    pub fn load(environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Problems> {
        let (mut settings, mut problems) = sources::read(environment);
        if let Some(settings) = &mut settings {
            problems.extend(rules::broken(settings));
        }
        match settings {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(Problems(problems)),
        }
    }
}
