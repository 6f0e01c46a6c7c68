//! What several contexts share.

use std::sync::Arc;

use hos_domain::identity::{AccessTokens, PasswordHasher, SessionDirectory};
use hos_domain::kernel::{Clock, IdSource};
use hos_local::{
    Argon2Slots, DataKey, HashingCost, HmacTokens, KnownSessions, OsIds, SystemClock, TokenNames, XChaChaSealer,
};
use hos_sql::{Database, SqlReader, SqlStorage};
use secrecy::SecretString;

use crate::settings::Settings;

/// What several contexts share.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) public_url: String,
    pub(crate) storage: SqlStorage,
    pub(crate) reader: SqlReader,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) tokens: Arc<dyn AccessTokens>,
    pub(crate) sessions: Arc<dyn SessionDirectory>,
    pub(crate) data_key: DataKey,
}

/// The secrets of an installation, given by the operator or, in development, made and kept.
pub(crate) struct Secrets {
    pub(crate) jwt: SecretString,
    pub(crate) data_key: DataKey,
    pub(crate) older_data_keys: Vec<DataKey>,
}

impl Parts {
    /// Makes them. Opens no connection.
    pub(crate) fn new(
        settings: Settings,
        public_url: String,
        secrets: Secrets,
        database: &Database,
        hashing_cost: HashingCost,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let older: Vec<_> = secrets.older_data_keys.iter().map(|key| key.derive("sealing")).collect();
        let sealer = Arc::new(XChaChaSealer::new(&secrets.data_key.derive("sealing"), &older));
        let reader = SqlReader::new(database.clone());
        let names = TokenNames { issuer: public_url.clone(), audience: "hypertrophy-os".to_owned() };
        Self {
            hasher: Arc::new(Argon2Slots::new(settings.identity.hashing_slots(), hashing_cost)),
            tokens: Arc::new(HmacTokens::new(&secrets.jwt, names)),
            sessions: Arc::new(KnownSessions::new(Arc::new(reader.clone()))),
            storage: SqlStorage::new(database.clone(), sealer),
            reader,
            clock,
            ids: Arc::new(OsIds),
            data_key: secrets.data_key,
            public_url,
            settings,
        }
    }
}
