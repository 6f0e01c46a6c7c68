//! What several contexts share.

use std::sync::Arc;

use hos_domain::identity::{
    AccessTokens, ApiKeyDirectory, CsrfTokens, ForeignAccountDirectory, ForeignTokens, InvitationTokens, OneTimeCodes,
    PasswordHasher, SessionDirectory,
};
use hos_domain::kernel::{BusinessClock, Clock, IdSource, Sealer};
use hos_domain::platform::{AuditHeads, EventBus, RateLimiter};
use hos_http::HttpClient;
use hos_local::{
    Argon2Slots, ChangedUsers, DataKey, HashingCost, HmacCodes, HmacCsrf, HmacHeads, HmacInvitations, JwtTokens,
    KnownForeignAccounts, KnownKeys, KnownSessions, LocalBus, LocalRateLimiter, OsIds, SystemClock, TokenKey,
    TokenNames, WoundClock, XChaChaSealer,
};
use hos_oidc::{IssuerConfig, IssuerVerifier, SignatureAlgorithm};
use hos_redis::{RedisBus, RedisLink, RedisRateLimiter};
use hos_sql::{Database, SqlReader, SqlStorage};
use secrecy::SecretString;
use serde_json::Value;

use crate::routes::{INVITATION_PAGE, PASSWORD_PAGE};
use crate::settings::{ExternalSettings, Settings};

/// What several contexts share.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) public_url: String,
    pub(crate) storage: SqlStorage,
    pub(crate) reader: SqlReader,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) business_clock: Arc<dyn BusinessClock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) tokens: Arc<dyn AccessTokens>,
    /// The public halves of the keys for access tokens, as JWKs.
    pub(crate) access_public_keys: Vec<Value>,
    pub(crate) sessions: Arc<dyn SessionDirectory>,
    pub(crate) csrf: Arc<dyn CsrfTokens>,
    pub(crate) keys: Arc<dyn ApiKeyDirectory>,
    pub(crate) foreign_accounts: Arc<dyn ForeignAccountDirectory>,
    /// Only with `AUTH_ISSUER`.
    pub(crate) external_tokens: Option<Arc<dyn ForeignTokens>>,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) codes: Arc<dyn OneTimeCodes>,
    pub(crate) invitations: Arc<dyn InvitationTokens>,
    pub(crate) audit_heads: Arc<dyn AuditHeads>,
    pub(crate) data_key: DataKey,
    pub(crate) http: HttpClient,
    /// Only with `REDIS_URL`.
    pub(crate) redis: Option<RedisLink>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    /// Only with `DEBUG`.
    pub(crate) sandbox: Option<SandboxParts>,
}

/// How to reach the sandbox, and how it signs.
pub(crate) struct SandboxParts {
    pub(crate) base_url: String,
    pub(crate) api_key: SecretString,
    pub(crate) webhook_secret: SecretString,
}

/// The secrets of an installation, given by the operator or, in development, made and kept.
pub(crate) struct Secrets {
    pub(crate) signing_key: TokenKey,
    pub(crate) older_keys: Vec<TokenKey>,
    pub(crate) data_key: DataKey,
    pub(crate) older_data_keys: Vec<DataKey>,
}

/// How this process reaches others, and itself.
pub(crate) struct Outside {
    pub(crate) http: HttpClient,
    pub(crate) redis: Option<RedisLink>,
    pub(crate) port: u16,
}

impl Secrets {
    /// Seals what is kept at rest.
    pub(crate) fn sealer(&self) -> XChaChaSealer {
        let older: Vec<_> = self.older_data_keys.iter().map(|key| key.derive("sealing")).collect();
        XChaChaSealer::new(&self.data_key.derive("sealing"), &older)
    }

    /// Signs how far the audit log goes.
    pub(crate) fn audit_heads(&self) -> HmacHeads {
        let keys = [&self.data_key].into_iter().chain(&self.older_data_keys);
        HmacHeads::new(keys.map(|key| key.derive("heads of the audit log")).collect())
    }
}

impl Parts {
    /// Makes them. Opens no connection.
    pub(crate) fn new(
        settings: Settings,
        public_url: String,
        secrets: Secrets,
        database: &Database,
        hashing_cost: HashingCost,
        Outside { http, redis, port }: Outside,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sealer = Arc::new(secrets.sealer());
        let reader = SqlReader::new(database.clone(), sealer.clone());
        let ids: Arc<dyn IdSource> = Arc::new(OsIds);
        let (bus, limiter): (Arc<dyn EventBus>, Arc<dyn RateLimiter>) = match &redis {
            Some(redis) => {
                (Arc::new(RedisBus::new(redis.clone(), ids.uuid())), Arc::new(RedisRateLimiter::new(redis.clone())))
            }
            None => (Arc::new(LocalBus::default()), Arc::new(LocalRateLimiter::default())),
        };
        let changed = ChangedUsers::new(bus.clone());
        let names = TokenNames { issuer: public_url.clone(), audience: "hypertrophy-os".to_owned() };
        let audit_heads = Arc::new(secrets.audit_heads());
        let tokens = JwtTokens::new(secrets.signing_key, secrets.older_keys, names);
        let sandbox = settings.server.debug.then(|| SandboxParts::new(&settings, &secrets.data_key, port));
        Self {
            hasher: Arc::new(Argon2Slots::new(settings.identity.hashing_slots(), hashing_cost)),
            access_public_keys: tokens.public_keys(),
            tokens: Arc::new(tokens),
            sessions: Arc::new(KnownSessions::new(Arc::new(reader.clone()), bus)),
            csrf: Arc::new(HmacCsrf::new(secrets.data_key.derive("csrf tokens"))),
            keys: Arc::new(KnownKeys::new(Arc::new(reader.clone()), changed.clone())),
            foreign_accounts: Arc::new(KnownForeignAccounts::new(Arc::new(reader.clone()), changed)),
            external_tokens: external_tokens(&settings.external, &http),
            sealer: sealer.clone(),
            audit_heads,
            codes: Arc::new(HmacCodes::new(secrets.data_key.derive("one-time codes"))),
            invitations: Arc::new(HmacInvitations::new(secrets.data_key.derive("invitations"))),
            business_clock: Arc::new(WoundClock::new(Arc::clone(&clock))),
            storage: SqlStorage::new(database.clone(), sealer),
            reader,
            clock,
            ids,
            data_key: secrets.data_key,
            http,
            redis,
            limiter,
            sandbox,
            public_url,
            settings,
        }
    }
}

impl Parts {
    /// Where the link of a forgotten password leads, up to its token.
    pub(crate) fn reset_link(&self) -> String {
        let own = || format!("{}{PASSWORD_PAGE}", self.public_url);
        self.settings.identity.password_reset_url.clone().unwrap_or_else(own)
    }

    /// Where the link of an invitation leads, up to its token.
    pub(crate) fn invitation_link(&self) -> String {
        let own = || format!("{}{INVITATION_PAGE}", self.public_url);
        self.settings.identity.invitation_url.clone().unwrap_or_else(own)
    }
}

impl SandboxParts {
    /// The sandbox is this server itself, reached over loopback, unless the settings say otherwise.
    fn new(settings: &Settings, data_key: &DataKey, port: u16) -> Self {
        let secret = |usage| SecretString::from(hex(data_key.derive(usage)));
        Self {
            base_url: settings.billing.sandbox_base_url.clone().unwrap_or_else(|| format!("http://127.0.0.1:{port}")),
            api_key: secret("sandbox api key"),
            webhook_secret: secret("sandbox webhook secret"),
        }
    }
}

/// Checks the tokens of the external identity system, if one is named. What its algorithms are, is ours to say.
fn external_tokens(settings: &ExternalSettings, http: &HttpClient) -> Option<Arc<dyn ForeignTokens>> {
    let (issuer, jwks_url) = settings.issuer.as_ref().zip(settings.jwks_url.as_ref())?;
    let config = IssuerConfig::external(issuer, jwks_url, settings.audience.as_deref(), &settings.authorized_parties);
    let config = config.with_algorithms(match settings.algorithms.as_slice() {
        [] => &[SignatureAlgorithm::Rs256, SignatureAlgorithm::Es256],
        named => named,
    });
    let keys = config.keys(http.clone());
    Some(Arc::new(IssuerVerifier::new(config, keys)))
}

fn hex(key: [u8; 32]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}
