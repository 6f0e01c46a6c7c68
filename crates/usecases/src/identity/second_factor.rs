//! An authenticator app as a second factor, and the recovery codes for when it is gone.

use std::sync::Arc;

use hos_domain::identity::{Password, RecoveryCode, Totp, TotpSecret, Unit, User, UserId, UserQueries};
use hos_domain::kernel::{
    Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage, Stored, Timestamp, UnitOfWork,
};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::prove_again::{ProofError, ProveAgain};
use crate::messaging::notify;

/// What a login brought besides the password.
#[derive(Debug, Clone, Default)]
pub struct SecondFactor {
    /// Six digits from the app.
    pub totp: Option<String>,
    /// One of the ten codes for when the app is gone.
    pub recovery_code: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactorCheck {
    /// It was right, or none is asked for.
    Passed,
    /// One is asked for and none came.
    Missing,
    /// It was wrong, or used before.
    Wrong,
}

/// Holds a second factor against what the user has enrolled, in the caller's unit. A code that was right counts no more.
pub(crate) async fn check(tx: &dyn Unit, user: UserId, shown: &SecondFactor, now: Timestamp) -> Stored<FactorCheck> {
    let Some(totp) = tx.totp().find(user).await?.filter(|totp| totp.confirmed_at.is_some()) else {
        return Ok(FactorCheck::Passed);
    };
    if let Some(code) = &shown.totp {
        let Some(step) = totp.secret.check(code, now, totp.last_step) else { return Ok(FactorCheck::Wrong) };
        tx.totp().put(&Totp { last_step: Some(step), ..totp }).await?;
        return Ok(FactorCheck::Passed);
    }
    let Some(code) = &shown.recovery_code else { return Ok(FactorCheck::Missing) };
    let Ok(code) = RecoveryCode::parse(code) else { return Ok(FactorCheck::Wrong) };
    if !tx.recovery_codes().take(user, &code.hash(user)).await? {
        return Ok(FactorCheck::Wrong);
    }
    tx.audit().note(AuditEvent::own(AuditAction::RecoveryCodeUsed, user, now));
    Ok(FactorCheck::Passed)
}

/// Enrolls authenticator apps.
pub struct EnrollTotp {
    /// Takes the proof that it is the user.
    pub prove_again: ProveAgain,
    /// Whose name the app shows.
    pub users: Arc<dyn UserQueries>,
    /// Where factors are kept.
    pub storage: Arc<dyn Storage>,
    /// What the app calls us.
    pub issuer: String,
    /// Secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What the app is given.
#[derive(Debug)]
pub struct TotpSetup {
    /// For who types it.
    pub secret: String,
    /// For who scans it.
    pub url: String,
}

/// Why nothing was enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The code is not the app's, or there is nothing to confirm.
    #[error("the code is wrong; look whether the clock of the device is right")]
    WrongCode,
    /// There is an app already.
    #[error("an authenticator app is enrolled already; remove it first")]
    Enrolled,
    /// There is no app.
    #[error("no authenticator app is enrolled")]
    NotEnrolled,
    /// Whoever asks has not proved who they are.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for EnrollError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongCode => ErrorKind::Unprocessable,
            Self::Enrolled => ErrorKind::Conflict,
            Self::NotEnrolled => ErrorKind::NotFound,
            Self::Proof(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::WrongCode => Some("CODE_INVALID"),
            Self::Proof(error) => error.code(),
            _ => None,
        }
    }

    fn details(&self) -> Vec<hos_domain::kernel::Detail> {
        if let Self::Proof(error) = self { error.details() } else { Vec::new() }
    }
}

impl EnrollTotp {
    /// Draws a secret for an app. It protects nothing until the app has shown a code.
    ///
    /// # Errors
    /// [`EnrollError`]
    pub async fn begin(&self, caller: Caller, password: Option<&Password>) -> Result<TotpSetup, EnrollError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let user = self.users.find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        let tx = self.storage.begin().await?;
        if tx.totp().find(user.id).await?.is_some_and(|totp| totp.confirmed_at.is_some()) {
            return Err(EnrollError::Enrolled);
        }
        let [_, _, _, _, _, _, _, _, _, _, _, _, drawn @ ..] = self.ids.secret();
        let secret = TotpSecret::new(drawn);
        let setup = self.setup(&secret, &user);
        tx.totp().put(&Totp { user: user.id, secret, confirmed_at: None, last_step: None }).await?;
        tx.commit().await?;
        Ok(setup)
    }

    fn setup(&self, secret: &TotpSecret, user: &User) -> TotpSetup {
        TotpSetup { secret: secret.base32(), url: secret.url(&self.issuer, user.email.as_str()) }
    }

    /// Takes the app's first code: from now on a login asks for one. Gives back the recovery codes, which nobody will see
    /// again.
    ///
    /// # Errors
    /// [`EnrollError`]
    pub async fn confirm(&self, caller: Caller, code: &str) -> Result<Vec<RecoveryCode>, EnrollError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let totp = tx.totp().find(caller.user).await?.ok_or(EnrollError::WrongCode)?;
        if totp.confirmed_at.is_some() {
            return Err(EnrollError::Enrolled);
        }
        let step = totp.secret.check(code, now, totp.last_step).ok_or(EnrollError::WrongCode)?;
        tx.totp().put(&Totp { confirmed_at: Some(now), last_step: Some(step), ..totp }).await?;
        let codes = self.draw(&*tx, caller.user).await?;
        self.tell(&*tx, (caller.user, AuditAction::FactorAdded), "an authenticator app was added").await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Draws recovery codes anew; the old ones count no more.
    ///
    /// # Errors
    /// [`EnrollError`]
    pub async fn draw_recovery_codes(
        &self,
        caller: Caller,
        password: Option<&Password>,
    ) -> Result<Vec<RecoveryCode>, EnrollError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let tx = self.storage.begin().await?;
        if tx.totp().find(caller.user).await?.is_none_or(|totp| totp.confirmed_at.is_none()) {
            return Err(EnrollError::NotEnrolled);
        }
        let codes = self.draw(&*tx, caller.user).await?;
        self.tell(&*tx, (caller.user, AuditAction::FactorAdded), "new recovery codes were made").await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes the app and the recovery codes away.
    ///
    /// # Errors
    /// [`EnrollError`]
    pub async fn remove(&self, caller: Caller, password: Option<&Password>) -> Result<(), EnrollError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let tx = self.storage.begin().await?;
        if !tx.totp().remove(caller.user).await? {
            return Err(EnrollError::NotEnrolled);
        }
        tx.recovery_codes().replace(caller.user, &[]).await?;
        self.tell(&*tx, (caller.user, AuditAction::FactorRemoved), "the authenticator app was removed").await?;
        tx.commit().await?;
        Ok(())
    }

    async fn draw(&self, tx: &dyn UnitOfWork, user: UserId) -> Stored<Vec<RecoveryCode>> {
        let codes: Vec<RecoveryCode> = RecoveryCode::draw(&*self.ids).into();
        let hashes: Vec<_> = codes.iter().map(|code| code.hash(user)).collect();
        tx.recovery_codes().replace(user, &hashes).await?;
        Ok(codes)
    }

    async fn tell(
        &self,
        tx: &dyn UnitOfWork,
        (user, action): (UserId, AuditAction),
        what: &str,
    ) -> Result<(), RepositoryError> {
        factor_changed(tx, &*self.ids, (user, action), what, self.clock.now()).await
    }
}

/// Audits a change of how one logs in, and tells its user.
pub(crate) async fn factor_changed(
    tx: &dyn UnitOfWork,
    ids: &dyn IdSource,
    (user, action): (UserId, AuditAction),
    what: &str,
    now: Timestamp,
) -> Result<(), RepositoryError> {
    tx.audit().note(AuditEvent::own(action, user, now).with("what", what));
    let args = std::collections::BTreeMap::from([("what".to_owned(), what.to_owned())]);
    notify(tx, ids, user, Message { template: Template::LoginMethodsChanged, args }, now).await
}
