//! A user changes what is known of them.

use std::sync::Arc;

use hos_domain::identity::{BirthDate, DisplayName, Sex, Units, User, UserId};
use hos_domain::kernel::{CountryCode, ErrorKind, Failure, Locale, RepositoryError, Storage, TimeZone};

/// Changes profiles.
pub struct ChangeProfile {
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
}

/// What is to be different; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileChanges {
    /// Another name.
    pub name: Option<DisplayName>,
    /// Another country, or none.
    pub country: Option<Option<CountryCode>>,
    /// Another place for one's days to begin.
    pub timezone: Option<TimeZone>,
    /// Another language.
    pub locale: Option<Locale>,
    /// Other units.
    pub units: Option<Units>,
    /// Another day of birth, or none.
    pub birth_date: Option<Option<BirthDate>>,
    /// Another sex, or none.
    pub sex: Option<Option<Sex>>,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeProfileError {
    /// The account is gone.
    #[error("this account no longer exists")]
    UserGone,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ChangeProfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UserGone => ErrorKind::Unauthenticated,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl ChangeProfile {
    /// Changes the profile, if it is still what the client has seen, and gives it back whole.
    ///
    /// # Errors
    /// [`ChangeProfileError`]
    pub async fn run(
        &self,
        user: UserId,
        changes: ProfileChanges,
        may_change: impl FnOnce(&User) -> bool,
    ) -> Result<User, ChangeProfileError> {
        let tx = self.storage.begin().await?;
        let user = tx.users().find(user).await?.ok_or(ChangeProfileError::UserGone)?;
        if !may_change(&user) {
            return Err(RepositoryError::Stale.into());
        }
        let user = User {
            name: changes.name.unwrap_or(user.name),
            country: changes.country.unwrap_or(user.country),
            timezone: changes.timezone.unwrap_or(user.timezone),
            locale: changes.locale.unwrap_or(user.locale),
            units: changes.units.unwrap_or(user.units),
            birth_date: changes.birth_date.unwrap_or(user.birth_date),
            sex: changes.sex.unwrap_or(user.sex),
            ..user
        };
        tx.users().save(&user).await?;
        tx.commit().await?;
        Ok(user)
    }
}
