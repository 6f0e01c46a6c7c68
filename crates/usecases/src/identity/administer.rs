//! Accounts as those see them who run the product: closed for a reason, opened again, given a role. Each deed is audited.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::identity::{ApiKeyDirectory, Role, SessionDirectory, User, UserId, UserStatus};
use hos_domain::kernel::{
    Clock, ErrorKind, Failure, IdSource, Invalid, RepositoryError, Storage, UnitOfWork, single_line,
};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use crate::messaging::notify;

/// Administers accounts.
pub struct AdministerUsers {
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Learns that the user's API keys count no more.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Who acts: a user with a role, or the operator at the command line, who may do everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Administrator {
    /// Whose account it is; `None` for the operator.
    pub user: Option<UserId>,
    /// With which role.
    pub role: Role,
}

impl Administrator {
    /// The operator of the installation.
    pub const OPERATOR: Self = Self { user: None, role: Role::SuperAdmin };
}

/// Why an account is closed: one line, 1 to 500 characters. Audited and told to its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 500).map(Self)
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AdministerError {
    /// There is no living account with this id.
    #[error("there is no such user")]
    NotFound,
    /// The account's role is not below the administrator's.
    #[error("this account's role is not below yours")]
    RoleTooHigh,
    /// The account is in that state already.
    #[error("the account is {0} already")]
    Already(&'static str),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AdministerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::RoleTooHigh => ErrorKind::Forbidden,
            Self::Already(_) => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl AdministerUsers {
    /// Closes an account: its sessions end, and its user is told why.
    ///
    /// # Errors
    /// [`AdministerError`]
    pub async fn suspend(&self, by: Administrator, user: UserId, reason: &Reason) -> Result<User, AdministerError> {
        let (tx, user) = self.take(by, user).await?;
        if user.status == UserStatus::Suspended {
            return Err(AdministerError::Already("suspended"));
        }
        let user = User { status: UserStatus::Suspended, ..user };
        tx.users().save(&user).await?;
        let args = BTreeMap::from([("reason".to_owned(), reason.0.clone())]);
        self.tell(&*tx, &user, Message { template: Template::AccountSuspended, args }).await?;
        self.note(&*tx, by, &user, AuditAction::AccountSuspended, ("reason", &reason.0));
        self.end_sessions_and_commit(tx, &user).await?;
        Ok(user)
    }

    /// Opens a closed account again.
    ///
    /// # Errors
    /// [`AdministerError`]
    pub async fn reactivate(&self, by: Administrator, user: UserId, reason: &Reason) -> Result<User, AdministerError> {
        let (tx, user) = self.take(by, user).await?;
        if user.status == UserStatus::Active {
            return Err(AdministerError::Already("active"));
        }
        let user = User { status: UserStatus::Active, ..user };
        tx.users().save(&user).await?;
        let message = Message { template: Template::AccountReactivated, args: BTreeMap::new() };
        self.tell(&*tx, &user, message).await?;
        self.note(&*tx, by, &user, AuditAction::AccountReactivated, ("reason", &reason.0));
        tx.commit().await?;
        Ok(user)
    }

    /// Gives another role. Sessions end, because their tokens name the old one.
    ///
    /// # Errors
    /// [`AdministerError`]
    pub async fn give_role(&self, by: Administrator, user: UserId, role: Role) -> Result<User, AdministerError> {
        let (tx, user) = self.take(by, user).await?;
        if user.role == role {
            return Err(AdministerError::Already(role.name()));
        }
        let before = user.role;
        let user = User { role, ..user };
        tx.users().save(&user).await?;
        let change = format!("{} -> {}", before.name(), role.name());
        self.note(&*tx, by, &user, AuditAction::RoleChanged, ("change", &change));
        self.end_sessions_and_commit(tx, &user).await?;
        Ok(user)
    }

    async fn take(&self, by: Administrator, user: UserId) -> Result<(Box<dyn UnitOfWork>, User), AdministerError> {
        let tx = self.storage.begin().await?;
        let user = tx.users().find(user).await?.ok_or(AdministerError::NotFound)?;
        if !by.role.may_act_on(user.role) {
            return Err(AdministerError::RoleTooHigh);
        }
        Ok((tx, user))
    }

    async fn tell(&self, tx: &dyn UnitOfWork, user: &User, message: Message) -> Result<(), RepositoryError> {
        notify(tx, &*self.ids, user.id, message, self.clock.now()).await
    }

    fn note(
        &self,
        tx: &dyn UnitOfWork,
        by: Administrator,
        user: &User,
        action: AuditAction,
        (name, value): (&str, &str),
    ) {
        let event = AuditEvent { actor: by.user, ..AuditEvent::own(action, user.id, self.clock.now()) };
        tx.audit().note(event.with(name, value));
    }

    async fn end_sessions_and_commit(&self, tx: Box<dyn UnitOfWork>, user: &User) -> Result<(), RepositoryError> {
        let ended = tx.sessions().revoke_all(user.id, None, self.clock.now()).await?;
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        self.keys.changed(user.id);
        Ok(())
    }
}
