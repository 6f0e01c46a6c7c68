//! Somebody uses the product without having said who they are, and says it later: the account is the same one, so everything
//! in it stays.

use std::sync::Arc;

use hos_domain::identity::{
    Client, CodePurpose, DisplayName, ForeignProvider, PasswordHash, Role, Unit, Units, User, UserId, UserStatus,
};
use hos_domain::kernel::{
    CountryCode, Email, ErrorKind, Failure, Locale, RepositoryError, Storage, Stored, TimeZone, Timestamp,
};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::codes::ask;
use super::open_session::{OpenSession, SignedIn};
use super::register::{Register, RegisterError, Registration, RegistrationForm};

/// Makes accounts for those who have not said who they are.
pub struct BeAnonymous {
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Opens the session: the device is all that is known.
    pub open_session: OpenSession,
    /// Judges what they say later.
    pub register: Arc<Register>,
}

/// What a device knows of whoever holds it.
#[derive(Debug, Clone, Default)]
pub struct DeviceFacts {
    /// Where they pay from.
    pub country: Option<CountryCode>,
    /// Where their days begin.
    pub timezone: Option<TimeZone>,
    /// The language they read.
    pub locale: Option<Locale>,
}

/// What came of saying who one is.
#[derive(Debug)]
pub enum Upgraded {
    /// The account has an address and a password now.
    Known(Box<User>),
    /// Mail is on its way; nothing is said of what is known of the address.
    MailSent,
}

/// Why the account stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// Its user is known already.
    #[error("this account is not anonymous; change its address instead")]
    NotAnonymous,
    /// The registration is not taken.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for UpgradeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAnonymous => ErrorKind::Conflict,
            Self::Register(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NotAnonymous => Some("NOT_ANONYMOUS"),
            Self::Register(error) => error.code(),
            Self::Storage(_) => None,
        }
    }
}

impl BeAnonymous {
    /// Makes an account that only this device can use, and its session.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn begin(&self, facts: DeviceFacts, client: Client) -> Stored<SignedIn> {
        let now = self.open_session.clock.now();
        let id: UserId = self.open_session.ids.id();
        let guest = || RepositoryError::Corrupt("nobody can be called Guest".to_owned());
        let user = User {
            id,
            email: Email::placeholder(id.uuid()),
            name: DisplayName::parse("Guest").map_err(|_| guest())?,
            email_verified: false,
            role: Role::User,
            country: facts.country,
            timezone: facts.timezone.unwrap_or(TimeZone::UTC),
            locale: facts.locale.unwrap_or_default(),
            units: Units::default(),
            birth_date: None,
            sex: None,
            referral_code: None,
            status: UserStatus::Active,
            created_at: now,
            deleted_at: None,
        };
        let tx = self.storage.begin().await?;
        tx.users().insert(&user).await?;
        tx.audit().note(AuditEvent::own(AuditAction::Registered, id, now).with("way", "anonymous"));
        let signed_in = self.open_session.run(&*tx, user, &client, "anonymous").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }

    /// Gives the account an address and a password, at once or after a code that was mailed to the address.
    ///
    /// # Errors
    /// [`UpgradeError`]
    pub async fn upgrade(&self, caller: Caller, registration: Registration) -> Result<Upgraded, UpgradeError> {
        let (email, form) = self.register.fill_in(registration).await?;
        let (ids, now) = (&*self.open_session.ids, self.open_session.clock.now());
        let tx = self.storage.begin().await?;
        let user = tx.users().find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        if !is_anonymous(&*tx, &user).await? {
            return Err(UpgradeError::NotAnonymous);
        }
        if self.register.confirm {
            let form = serde_json::to_vec(&form).map_err(|error| RepositoryError::Other(Box::new(error)))?;
            ask(&*tx, ids, (CodePurpose::Register, email), Some(user.id), Some(form), now).await?;
            tx.commit().await?;
            return Ok(Upgraded::MailSent);
        }
        let known = make_known(&*tx, user, (email.clone(), form), false, now).await.map_err(|error| match error {
            RepositoryError::Conflict => RegisterError::EmailTaken.into(),
            other => UpgradeError::from(other),
        })?;
        ask(&*tx, ids, (CodePurpose::VerifyEmail, email), Some(known.id), None, now).await?;
        tx.commit().await?;
        Ok(Upgraded::Known(Box::new(known)))
    }
}

/// Whether nobody knows who a user is. Who has come from an external identity system may lack an address, and is known there
/// all the same.
pub(crate) async fn is_anonymous(tx: &dyn Unit, user: &User) -> Stored<bool> {
    if !user.is_anonymous() {
        return Ok(false);
    }
    let links = tx.foreign_links().of(user.id).await?;
    Ok(links.iter().all(|link| link.provider != ForeignProvider::External))
}

/// Turns an anonymous account into one with an address and a password, in the caller's unit.
pub(crate) async fn make_known(
    tx: &dyn Unit,
    user: User,
    (email, form): (Email, RegistrationForm),
    email_verified: bool,
    now: Timestamp,
) -> Stored<User> {
    let password = PasswordHash::new(form.password.clone());
    let known = User {
        email,
        email_verified,
        name: form.name,
        country: form.country.or(user.country),
        birth_date: form.birth_date.or(user.birth_date),
        referral_code: form.referral_code.or(user.referral_code),
        ..user
    };
    tx.users().save(&known).await?;
    tx.passwords().put(known.id, &password, now).await?;
    tx.audit().note(AuditEvent::own(AuditAction::Registered, known.id, now).with("way", "upgrade"));
    Ok(known)
}
