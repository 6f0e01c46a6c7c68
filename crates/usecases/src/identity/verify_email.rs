//! Somebody shows that they read the mail that goes to an address: six digits make an account of a registration that
//! waited for them, or mark the address of an account as its owner's.

use std::sync::Arc;

use hos_domain::identity::{Client, CodePurpose, OneTimeCodes, Unit, User, UserId};
use hos_domain::kernel::{Email, RepositoryError, Storage, Stored, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::be_anonymous::make_known;
use super::codes::{CodeError, ask, redeem};
use super::open_session::{OpenSession, SignedIn};
use super::register::{RegistrationForm, make_account};

/// Verifies addresses.
pub struct VerifyEmail {
    /// Where codes and accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Recognizes codes.
    pub codes: Arc<dyn OneTimeCodes>,
    /// Opens the first session of an account that the code has made.
    pub open_session: OpenSession,
}

/// What was proved.
#[derive(Debug)]
pub enum Verified {
    /// A registration has become an account, and its user is logged in.
    Registered(Box<SignedIn>),
    /// An account's address is its owner's.
    Known(Box<User>),
}

impl VerifyEmail {
    /// Takes the digits that were mailed to an address.
    ///
    /// # Errors
    /// [`CodeError`]
    pub async fn run(&self, email: Email, typed: &str, client: Client) -> Result<Verified, CodeError> {
        let now = self.open_session.clock.now();
        let tx = self.storage.begin().await?;
        if let Some(code) = redeem(&*tx, &*self.codes, (CodePurpose::VerifyEmail, &email), typed, now).await? {
            let user = mark_verified(&*tx, code.user, &email, now).await?;
            tx.commit().await?;
            return user.map(|user| Verified::Known(Box::new(user))).ok_or(CodeError::Wrong);
        }
        let Some(code) = redeem(&*tx, &*self.codes, (CodePurpose::Register, &email), typed, now).await? else {
            tx.commit().await?;
            return Err(CodeError::Wrong);
        };
        let form = RegistrationForm::of(&code)?;
        let anonymous = match code.user {
            Some(user) => tx.users().find(user).await?.filter(User::is_anonymous),
            None => None,
        };
        let made = match anonymous {
            Some(user) => make_known(&*tx, user, (email, form), true, now).await,
            None => make_account(&*tx, &*self.open_session.ids, (email, form), true, now).await,
        };
        let user = made.map_err(|error| match error {
            // The address got an account in the meantime; who reads its mail can log in or reset the password.
            RepositoryError::Conflict => CodeError::Wrong,
            other => other.into(),
        })?;
        let signed_in = self.open_session.run(&*tx, user, &client, "register").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(Verified::Registered(Box::new(signed_in)))
    }

    /// Sends another code to an address that waits for one. Says nothing of whether there was anything to send.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn again(&self, email: Email) -> Stored<()> {
        let now = self.open_session.clock.now();
        let tx = self.storage.begin().await?;
        // A registration that waits is carried over to the new code.
        let waiting = tx.codes().open(&email, CodePurpose::Register, now).await?.into_iter().next();
        let (purpose, user, form) = match waiting {
            Some(code) => (CodePurpose::Register, code.user, code.form),
            None => (CodePurpose::VerifyEmail, None, None),
        };
        ask(&*tx, &*self.open_session.ids, (purpose, email), user, form, now).await?;
        tx.commit().await
    }
}

/// Marks an address, if it is still that of the account the code was for.
async fn mark_verified(tx: &dyn Unit, user: Option<UserId>, email: &Email, now: Timestamp) -> Stored<Option<User>> {
    let account = tx.users().find_by_email(email).await?;
    let Some(account) = account.filter(|account| user.is_none_or(|user| user == account.id)) else { return Ok(None) };
    let account = User { email_verified: true, ..account };
    tx.users().save(&account).await?;
    tx.audit().note(AuditEvent::own(AuditAction::EmailVerified, account.id, now));
    Ok(Some(account))
}
