//! A request comes with an access token of the external identity system that the operator has named: whose account is it?
//! The first time one is made. There is no session: the token's own end and the account's status decide.

use std::sync::Arc;

use hos_domain::identity::{
    DisplayName, ForeignAccount, ForeignAccountDirectory, ForeignIdentity, ForeignLink, ForeignProvider,
    ForeignTokenError, ForeignTokens, Role, Units, User, UserId, UserStatus,
};
use hos_domain::kernel::{
    Email, ErrorKind, Failure, GatewayError, IdSource, Locale, RepositoryError, Storage, Stored, TimeZone, Timestamp,
    UnitOfWork,
};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::authenticate::{Caller, Login};

/// Of several first requests at once one makes the account, and the others find it; an address may be taken meanwhile.
const TRIES: u8 = 3;

/// Believes one external identity system.
pub struct BelieveIssuer {
    /// Checks its tokens.
    pub tokens: Arc<dyn ForeignTokens>,
    /// Knows the accounts.
    pub accounts: Arc<dyn ForeignAccountDirectory>,
    /// Where accounts and links are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
}

/// Why a token of the external identity system lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum BelieveIssuerError {
    /// It does not count.
    #[error("the access token is expired or not valid")]
    Token(#[source] ForeignTokenError),
    /// The system's keys can't be had, so nobody can say whether it counts.
    #[error("the identity provider's keys are not available")]
    IssuerAway(#[source] GatewayError),
    /// The account is closed by us.
    #[error("this account is suspended; contact support")]
    Suspended,
    /// The account is deleted and not erased yet.
    #[error("this account is deleted")]
    Deleted,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for BelieveIssuerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(_) => ErrorKind::Unauthenticated,
            // Every request waits for these keys: to clients it is this service that is not well.
            Self::IssuerAway(_) => ErrorKind::Unavailable,
            Self::Suspended | Self::Deleted => ErrorKind::Forbidden,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Suspended => Some("ACCOUNT_SUSPENDED"),
            Self::Deleted => Some("ACCOUNT_DELETED"),
            Self::Token(_) | Self::IssuerAway(_) | Self::Storage(_) => None,
        }
    }
}

impl BelieveIssuer {
    /// Believes a token that the issuer has signed for us, and finds or makes its user's account.
    ///
    /// # Errors
    /// [`BelieveIssuerError`]
    pub async fn run(&self, token: &str, now: Timestamp) -> Result<Caller, BelieveIssuerError> {
        let identity = self.tokens.verify(token, now).await.map_err(|error| match error {
            ForeignTokenError::Keys(cause) => BelieveIssuerError::IssuerAway(cause),
            refused => BelieveIssuerError::Token(refused),
        })?;
        let account = match self.accounts.find(&identity.issuer, &identity.subject).await? {
            Some(account) => account,
            None => self.meet(&identity, now).await?,
        };
        match account.status {
            UserStatus::Active => {
                let login = Login::AtIssuer { proved_at: identity.proved_at };
                Ok(Caller { user: account.user, login, role: account.role })
            }
            UserStatus::Suspended => Err(BelieveIssuerError::Suspended),
            UserStatus::Deleted => Err(BelieveIssuerError::Deleted),
        }
    }

    async fn meet(&self, identity: &ForeignIdentity, now: Timestamp) -> Stored<ForeignAccount> {
        let mut tries = 1;
        loop {
            match self.meet_once(identity, now).await {
                Err(RepositoryError::Conflict | RepositoryError::Contended) if tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn meet_once(&self, identity: &ForeignIdentity, now: Timestamp) -> Stored<ForeignAccount> {
        let tx = self.storage.begin().await?;
        if let Some(link) = tx.foreign_links().find(&identity.issuer, &identity.subject).await? {
            let user = tx.users().find(link.user).await?;
            let (role, status) = user.map_or((Role::User, UserStatus::Deleted), |user| (user.role, user.status));
            return Ok(ForeignAccount { user: link.user, role, status });
        }
        let user = self.stranger(&*tx, identity, now).await?;
        tx.users().insert(&user).await?;
        tx.foreign_links().insert(&link(&user, identity, now)).await?;
        let provider = ForeignProvider::External.name();
        tx.audit().note(AuditEvent::own(AuditAction::Registered, user.id, now).with("way", provider));
        tx.audit().note(AuditEvent::own(AuditAction::IdentityLinked, user.id, now).with("provider", provider));
        tx.commit().await?;
        Ok(ForeignAccount { user: user.id, role: user.role, status: user.status })
    }

    /// Somebody with an account of their own, whoever else has the address in the token: that an issuer names an address
    /// opens nobody's account. The address is theirs if the issuer has verified it and nobody has it; else they have
    /// none, as somebody who has not said who they are.
    async fn stranger(&self, tx: &dyn UnitOfWork, identity: &ForeignIdentity, now: Timestamp) -> Stored<User> {
        let id: UserId = self.ids.id();
        let mut email = identity.email.clone().filter(|email| identity.email_verified && !email.is_placeholder());
        if let Some(named) = &email
            && tx.users().find_by_email(named).await?.is_some()
        {
            email = None;
        }
        let told = || identity.name.as_deref().and_then(|name| DisplayName::parse(name).ok());
        let guess = || DisplayName::parse(email.as_ref()?.as_str().split('@').next()?).ok();
        let name = told().or_else(guess).or_else(|| DisplayName::parse("Member").ok());
        Ok(User {
            id,
            name: name.ok_or_else(|| RepositoryError::Corrupt("nobody can be called Member".to_owned()))?,
            email_verified: email.is_some(),
            email: email.unwrap_or_else(|| Email::placeholder(id.uuid())),
            role: Role::User,
            country: None,
            timezone: TimeZone::UTC,
            locale: Locale::default(),
            units: Units::default(),
            birth_date: None,
            sex: None,
            referral_code: None,
            status: UserStatus::Active,
            created_at: now,
            deleted_at: None,
        })
    }
}

fn link(user: &User, identity: &ForeignIdentity, now: Timestamp) -> ForeignLink {
    ForeignLink {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        user: user.id,
        provider: ForeignProvider::External,
        email: identity.email.clone(),
        email_is_private: identity.email_is_private,
        email_arrives: true,
        linked_at: now,
        as_of: None,
        is_banned: false,
    }
}
