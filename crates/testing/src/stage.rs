//! Everything a use case asks for, real where it can be: storage on a database of its own, a clock that stands still.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::BillingQueries;
use hos_domain::identity::{
    AccessTokens, ApiKeyDirectory, CsrfTokens, DisplayName, ForeignAccountDirectory, InvitationTokens, KnownDevices,
    LoginFailureQueries, OneTimeCodes, Password, PasswordHasher, Role, SessionDirectory, Units, User, UserQueries,
    UserStatus,
};
use hos_domain::kernel::{BusinessClock, Clock, Email, IdSource, Pause, Pseudonyms, Sealer, Storage, TimeZone};
use hos_domain::messaging::DeviceQueries;
use hos_domain::platform::{AuditHeads, AuditQueries, EventBus, JobQueue, ProjectQueries};
use hos_local::{
    Argon2Slots, ChangedUsers, HashingCost, HmacCodes, HmacCsrf, HmacDevices, HmacHeads, HmacInvitations, HmacNames,
    JwtTokens, KnownForeignAccounts, KnownKeys, KnownSessions, LocalBus, OsIds, TokenKey, TokenNames, WoundClock,
    XChaChaSealer,
};
use hos_sql::{Database, Engine, SqlReader, SqlStorage};

use crate::{CountingHasher, StoppedClock, TestDatabase};

/// What a test stands on.
pub struct Stage {
    /// The database behind it.
    pub database: TestDatabase,
    storage: SqlStorage,
    reader: SqlReader,
    clock: Arc<StoppedClock>,
    hasher: Arc<CountingHasher>,
    tokens: Arc<JwtTokens>,
    sessions: Arc<KnownSessions>,
    keys: Arc<KnownKeys>,
    foreign_accounts: Arc<KnownForeignAccounts>,
    sealer: Arc<XChaChaSealer>,
}

impl Stage {
    /// On SQLite, for use cases.
    pub async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// On the given engine, for repository contracts.
    pub async fn on(engine: Engine) -> Self {
        let database = TestDatabase::on(engine).await;
        let open: Database = database.open().await;
        let sealer = Arc::new(XChaChaSealer::new(&[7; 32], &[]));
        let reader = SqlReader::new(open.clone(), sealer.clone());
        let bus: Arc<dyn EventBus> = Arc::new(LocalBus::default());
        let changed = ChangedUsers::new(bus.clone());
        let names = TokenNames { issuer: "https://test.example".into(), audience: "hypertrophy-os".into() };
        Self {
            storage: SqlStorage::new(open, sealer.clone()),
            sessions: Arc::new(KnownSessions::new(Arc::new(reader.clone()), bus)),
            keys: Arc::new(KnownKeys::new(Arc::new(reader.clone()), changed.clone())),
            foreign_accounts: Arc::new(KnownForeignAccounts::new(Arc::new(reader.clone()), changed)),
            sealer: sealer.clone(),
            reader,
            clock: Arc::default(),
            hasher: Arc::default(),
            tokens: Arc::new(JwtTokens::new(
                TokenKey::shared(&"a secret of at least 32 characters".to_owned().into()),
                Vec::new(),
                names,
            )),
            database,
        }
    }

    /// Units of work.
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.storage.clone())
    }

    /// The job queue.
    pub fn jobs(&self) -> Arc<dyn JobQueue> {
        Arc::new(self.storage.clone())
    }

    /// Every query port.
    pub fn reader(&self) -> SqlReader {
        self.reader.clone()
    }

    /// Real time, standing still.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Lets real time pass.
    pub fn wait(&self, span: Duration) {
        self.clock.wait(span);
    }

    /// Ids and secrets.
    pub fn ids(&self) -> Arc<dyn IdSource> {
        Arc::new(OsIds)
    }

    /// A cheap hasher.
    pub fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.hasher.clone()
    }

    /// A hasher of a later version, which wants more work for each hash.
    pub fn stricter_hasher(&self) -> Arc<dyn PasswordHasher> {
        Arc::new(Argon2Slots::new(1, HashingCost { memory_kib: 16, passes: 2 }))
    }

    /// How often a password was compared.
    pub fn verifications(&self) -> u32 {
        self.hasher.verifications()
    }

    /// Access tokens.
    pub fn tokens(&self) -> Arc<dyn AccessTokens> {
        self.tokens.clone()
    }

    /// Live sessions.
    pub fn sessions(&self) -> Arc<dyn SessionDirectory> {
        self.sessions.clone()
    }

    /// API keys that count.
    pub fn keys(&self) -> Arc<dyn ApiKeyDirectory> {
        self.keys.clone()
    }

    /// Accounts that external identities open.
    pub fn foreign_accounts(&self) -> Arc<dyn ForeignAccountDirectory> {
        self.foreign_accounts.clone()
    }

    /// Seals what waits in jobs.
    pub fn sealer(&self) -> Arc<dyn Sealer> {
        self.sealer.clone()
    }

    /// One-time codes.
    pub fn codes(&self) -> Arc<dyn OneTimeCodes> {
        Arc::new(HmacCodes::new([8; 32]))
    }

    /// Tokens of invitations.
    pub fn invitation_tokens(&self) -> Arc<dyn InvitationTokens> {
        Arc::new(HmacInvitations::new([12; 32]))
    }

    /// Tokens against forged requests.
    pub fn csrf_tokens(&self) -> Arc<dyn CsrfTokens> {
        Arc::new(HmacCsrf::new([13; 32]))
    }

    /// Known devices.
    pub fn known_devices(&self) -> Arc<dyn KnownDevices> {
        Arc::new(HmacDevices::new([9; 32]))
    }

    /// Names that give nobody away.
    pub fn names(&self) -> Arc<dyn Pseudonyms> {
        Arc::new(HmacNames::new([10; 32]))
    }

    /// Waiting that lets real time pass without taking any.
    pub fn pause(&self) -> Arc<dyn Pause> {
        self.clock.clone()
    }

    /// Failed logins, read.
    pub fn login_failures(&self) -> Arc<dyn LoginFailureQueries> {
        Arc::new(self.reader.clone())
    }

    /// The audit log, read.
    pub fn audit_log(&self) -> Arc<dyn AuditQueries> {
        Arc::new(self.reader.clone())
    }

    /// Writes down how far the audit log goes.
    pub fn audit_heads(&self) -> Arc<dyn AuditHeads> {
        Arc::new(HmacHeads::new(vec![[11; 32]]))
    }

    /// Accounts, read.
    pub fn users(&self) -> Arc<dyn UserQueries> {
        Arc::new(self.reader.clone())
    }

    /// Billing, read.
    pub fn billing(&self) -> Arc<dyn BillingQueries> {
        Arc::new(self.reader.clone())
    }

    /// Devices, read.
    pub fn devices(&self) -> Arc<dyn DeviceQueries> {
        Arc::new(self.reader.clone())
    }

    /// Business time: real time that nobody has wound.
    pub fn business_clock(&self) -> Arc<dyn BusinessClock> {
        Arc::new(WoundClock::new(self.clock.clone()))
    }

    /// Projects, read.
    pub fn projects(&self) -> Arc<dyn ProjectQueries> {
        Arc::new(self.reader.clone())
    }

    /// Makes an account as described.
    pub async fn user(&self, wanted: StageUser) -> User {
        let tx = self.storage.begin().await.unwrap();
        let now = self.clock.now();
        let user = User {
            id: self.ids().id(),
            email: Email::parse(&format!("{}@example.com", wanted.name)).unwrap(),
            name: DisplayName::parse(&wanted.name).unwrap(),
            email_verified: true,
            role: Role::User,
            country: None,
            timezone: TimeZone::UTC,
            locale: hos_domain::kernel::Locale::default(),
            units: Units::Metric,
            birth_date: None,
            sex: None,
            referral_code: None,
            status: wanted.status,
            created_at: now,
            deleted_at: (wanted.status == UserStatus::Deleted).then_some(now),
        };
        tx.users().insert(&user).await.unwrap();
        if let Some(password) = wanted.password {
            let hash = self.hasher.hash(&Password::attempt(&password)).await.unwrap();
            tx.passwords().put(user.id, &hash, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        user
    }
}

/// A user to be made.
pub struct StageUser {
    name: String,
    password: Option<String>,
    status: UserStatus,
}

impl StageUser {
    /// An active user `{name}@example.com` without a password.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), password: None, status: UserStatus::Active }
    }

    /// With this password.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Deleted, in the 30 days before erasure.
    pub fn deleted(mut self) -> Self {
        self.status = UserStatus::Deleted;
        self
    }

    /// Closed by us.
    pub fn suspended(mut self) -> Self {
        self.status = UserStatus::Suspended;
        self
    }
}
