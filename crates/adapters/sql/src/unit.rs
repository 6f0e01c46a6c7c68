//! The unit of work: one transaction, on which every repository is implemented.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{Sealer, Stored, UnitOfWork};
use hos_domain::platform::AuditEvent;
use hos_domain::{billing, identity, media, messaging, platform, sandbox};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TryInsert, TryInsertResult,
};
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::Instant;

use crate::database::{Database, Engine};
use crate::error::{stored, unavailable};

/// One transaction and the right to write. The fields are dropped in order: the transaction rolls back before the next
/// writer has its turn.
pub(crate) struct SqlUnit {
    pub(crate) tx: DatabaseTransaction,
    pub(crate) engine: Engine,
    pub(crate) sealer: Arc<dyn Sealer>,
    enqueued: AtomicBool,
    noted: Mutex<Vec<AuditEvent>>,
    jobs_committed: Arc<Notify>,
    deadline: Instant,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl SqlUnit {
    pub(crate) fn new(
        database: &Database,
        tx: DatabaseTransaction,
        turn: Option<OwnedMutexGuard<()>>,
        sealer: Arc<dyn Sealer>,
        jobs_committed: Arc<Notify>,
    ) -> Self {
        Self {
            tx,
            engine: database.engine,
            sealer,
            enqueued: AtomicBool::new(false),
            noted: Mutex::default(),
            jobs_committed,
            deadline: Instant::now() + database.query_timeout,
            _turn: turn,
        }
    }

    /// Runs one statement within what is left of the unit's time.
    pub(crate) async fn run<T>(&self, statement: impl Future<Output = Result<T, DbErr>> + Send) -> Stored<T> {
        match tokio::time::timeout_at(self.deadline, statement).await {
            Ok(result) => stored(result),
            Err(late) => Err(unavailable(late)),
        }
    }

    /// Adds a row unless one with the same key is there, and tells whether it was added.
    pub(crate) async fn insert_if_new<A: ActiveModelTrait + Send>(&self, insert: TryInsert<A>) -> Stored<bool> {
        // The library calls a conflict that changed nothing "inserted 0 rows", not "conflicted".
        let inserted = self.run(insert.exec_without_returning(&self.tx)).await?;
        Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
    }

    /// Waits for other units that are about the same name, which row locks can't do while there is no row.
    pub(crate) async fn take_name(&self, usage: &str, name: &str) -> Stored<()> {
        if self.engine == Engine::Postgres {
            let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let name = format!("{usage}:{name}");
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
            self.run(self.tx.execute_raw(statement)).await?;
        }
        Ok(())
    }

    /// What the audit log will say of this unit.
    pub(crate) fn noted(&self) -> MutexGuard<'_, Vec<AuditEvent>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a commit must wake the worker.
    pub(crate) fn note_enqueued(&self) {
        self.enqueued.store(true, Ordering::Relaxed);
    }
}

impl SqlUnit {
    /// Makes the unit durable, then wakes the worker if it left jobs behind.
    pub(crate) async fn finish(self) -> Stored<()> {
        self.write_audit_log().await?;
        let Self { tx, enqueued, jobs_committed, deadline, _turn: turn, .. } = self;
        // A commit that has begun is given a little time even at the deadline: undone work is cheaper than doubt.
        let deadline = deadline.max(Instant::now() + Duration::from_secs(1));
        match tokio::time::timeout_at(deadline, tx.commit()).await {
            Ok(result) => stored(result)?,
            Err(late) => return Err(unavailable(late)),
        }
        drop(turn);
        if enqueued.into_inner() {
            jobs_committed.notify_one();
        }
        Ok(())
    }
}

#[async_trait]
impl UnitOfWork for SqlUnit {
    async fn commit(self: Box<Self>) -> Stored<()> {
        self.finish().await
    }
}

impl platform::Effects for SqlUnit {
    fn outbox(&self) -> &dyn platform::Outbox {
        self
    }

    fn answers(&self) -> &dyn platform::AnswerRepository {
        self
    }

    fn audit(&self) -> &dyn platform::AuditTrail {
        self
    }
}

impl platform::Unit for SqlUnit {
    fn projects(&self) -> &dyn platform::ProjectRepository {
        self
    }
}

impl identity::Unit for SqlUnit {
    fn users(&self) -> &dyn identity::UserRepository {
        self
    }

    fn passwords(&self) -> &dyn identity::PasswordRepository {
        self
    }

    fn sessions(&self) -> &dyn identity::SessionRepository {
        self
    }

    fn codes(&self) -> &dyn identity::CodeRepository {
        self
    }

    fn totp(&self) -> &dyn identity::TotpRepository {
        self
    }

    fn recovery_codes(&self) -> &dyn identity::RecoveryCodeRepository {
        self
    }

    fn passkeys(&self) -> &dyn identity::PasskeyRepository {
        self
    }

    fn ceremonies(&self) -> &dyn identity::CeremonyRepository {
        self
    }

    fn foreign_links(&self) -> &dyn identity::ForeignLinkRepository {
        self
    }

    fn foreign_news(&self) -> &dyn identity::NewsRepository {
        self
    }

    fn login_failures(&self) -> &dyn identity::LoginFailureRepository {
        self
    }

    fn consents(&self) -> &dyn identity::ConsentRepository {
        self
    }

    fn api_keys(&self) -> &dyn identity::ApiKeyRepository {
        self
    }

    fn device_grants(&self) -> &dyn identity::DeviceGrantRepository {
        self
    }

    fn organizations(&self) -> &dyn identity::OrganizationRepository {
        self
    }

    fn memberships(&self) -> &dyn identity::MembershipRepository {
        self
    }

    fn invitations(&self) -> &dyn identity::InvitationRepository {
        self
    }

    fn merges(&self) -> &dyn identity::MergeRepository {
        self
    }
}

impl billing::Unit for SqlUnit {
    fn webhooks(&self) -> &dyn billing::WebhookEventRepository {
        self
    }

    fn subjects(&self) -> &dyn billing::SubjectRepository {
        self
    }

    fn checkouts(&self) -> &dyn billing::CheckoutRepository {
        self
    }

    fn journal(&self) -> &dyn billing::JournalRepository {
        self
    }
}

impl sandbox::Unit for SqlUnit {
    fn sandbox(&self) -> &dyn sandbox::SandboxRepository {
        self
    }
}

impl messaging::Unit for SqlUnit {
    fn devices(&self) -> &dyn messaging::DeviceRepository {
        self
    }

    fn preferences(&self) -> &dyn messaging::PreferenceRepository {
        self
    }
}

impl media::Unit for SqlUnit {
    fn uploads(&self) -> &dyn media::UploadRepository {
        self
    }

    fn photos(&self) -> &dyn media::PhotoRepository {
        self
    }
}
