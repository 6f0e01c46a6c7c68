//! A stranger becomes a user.

use std::sync::Arc;

use hos_domain::identity::{
    AccessTokens, DisplayName, HashingError, Password, PasswordHasher, Role, SessionDirectory, Units, User, UserStatus,
};
use hos_domain::kernel::{
    Clock, CountryCode, Email, ErrorKind, Failure, IdSource, Locale, RepositoryError, Storage, TimeZone,
};

use super::open_session::{SignedIn, open_session};

/// Makes accounts.
pub struct Register {
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Hashes the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs the first access token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Learns of the first session.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What a stranger tells of themselves.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The key of the account.
    pub email: Email,
    /// The first credential.
    pub password: Password,
    /// What they want to be called.
    pub name: DisplayName,
    /// Where they pay from.
    pub country: Option<CountryCode>,
    /// Where their days begin; UTC unless they say.
    pub timezone: Option<TimeZone>,
    /// The language we write in; English unless they say.
    pub locale: Option<Locale>,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// A living account has this address.
    #[error("an account with this e-mail address exists; log in instead")]
    EmailTaken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RegisterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::EmailTaken => ErrorKind::Conflict,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::EmailTaken).then_some("EMAIL_TAKEN")
    }
}

impl Register {
    /// Makes the account, its password and its first session at once.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn run(&self, form: Registration, user_agent: Option<String>) -> Result<SignedIn, RegisterError> {
        let hash = self.hasher.hash(&form.password).await?;
        let now = self.clock.now();
        let user = User {
            id: self.ids.id(),
            email: form.email,
            name: form.name,
            email_verified: false,
            role: Role::User,
            country: form.country,
            timezone: form.timezone.unwrap_or(TimeZone::UTC),
            locale: form.locale.unwrap_or_default(),
            units: Units::default(),
            status: UserStatus::Active,
            created_at: now,
            deleted_at: None,
        };
        let tx = self.storage.begin().await?;
        tx.users().insert(&user).await.map_err(|error| match error {
            RepositoryError::Conflict => RegisterError::EmailTaken,
            other => other.into(),
        })?;
        tx.passwords().put(user.id, &hash, now).await?;
        let signed_in = open_session(&*tx, &*self.ids, &*self.tokens, user, user_agent, now).await?;
        tx.commit().await?;
        self.sessions.opened(signed_in.session.id);
        Ok(signed_in)
    }
}

#[cfg(test)]
mod tests {
    use hos_testing::Stage;

    use super::*;

    fn register(stage: &Stage) -> Register {
        Register {
            storage: stage.storage(),
            hasher: stage.hasher(),
            tokens: stage.tokens(),
            sessions: stage.sessions(),
            ids: stage.ids(),
            clock: stage.clock(),
        }
    }

    fn form(email: &str) -> Registration {
        Registration {
            email: Email::parse(email).unwrap(),
            password: Password::parse("correct horse").unwrap(),
            name: DisplayName::parse("Ada").unwrap(),
            country: None,
            timezone: None,
            locale: None,
        }
    }

    #[tokio::test]
    async fn a_new_user_has_a_live_session_and_can_be_read() {
        let stage = Stage::new().await;
        let signed_in = register(&stage).run(form("ada@example.com"), None).await.unwrap();
        let claims = stage.tokens().verify(&signed_in.tokens.access, stage.clock().now()).unwrap();
        assert_eq!(claims.user, signed_in.user.id);
        assert!(stage.sessions().is_live(claims.session, stage.clock().now()).await.unwrap());
        assert_eq!(stage.users().find(claims.user).await.unwrap(), Some(signed_in.user));
    }

    #[tokio::test]
    async fn one_address_makes_one_account_whatever_its_case() {
        let stage = Stage::new().await;
        register(&stage).run(form("ada@example.com"), None).await.unwrap();
        let again = register(&stage).run(form("ADA@example.com"), None).await;
        assert!(matches!(again, Err(RegisterError::EmailTaken)));
    }

    #[tokio::test]
    async fn of_many_who_register_one_address_at_once_one_succeeds() {
        let stage = Stage::new().await;
        let register = Arc::new(register(&stage));
        let attempts: Vec<_> = (0..8)
            .map(|_| {
                let register = Arc::clone(&register);
                tokio::spawn(async move { register.run(form("ada@example.com"), None).await.is_ok() })
            })
            .collect();
        let mut made = 0;
        for attempt in attempts {
            made += u32::from(attempt.await.unwrap());
        }
        assert_eq!(made, 1);
    }
}
