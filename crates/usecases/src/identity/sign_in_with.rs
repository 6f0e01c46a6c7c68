//! Somebody proves who they are by what another party has signed: Google, Apple, any OpenID provider.

use std::collections::HashMap;
use std::sync::Arc;

use hos_domain::identity::{
    ApiKeyDirectory, Client, CodePurpose, DisplayName, ForeignIdentity, ForeignLink, ForeignProvider, ForeignTokens,
    Password, Role, SessionDirectory, SessionId, SignInNonce, Units, User, UserId, UserStatus,
};
use hos_domain::kernel::{Email, Locale, RepositoryError, Sealer, Storage, Stored, TimeZone, Timestamp, UnitOfWork};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::codes::ask;
use super::delete_account::GRACE;
use super::foreign_grants::{return_grants, take_later};
use super::open_session::{OpenSession, SignedIn};
use super::organizations::disband;
use super::prove_again::ProveAgain;
use super::restore_account::bring_back;
use super::revoke_api_key::revoke_all;
use super::second_factor::factor_changed;
use super::sign_in_error::SignInError;

/// Signs users in with what others have signed.
pub struct SignInWith {
    /// Who may vouch, and how they are believed.
    pub tokens: HashMap<ForeignProvider, Arc<dyn ForeignTokens>>,
    /// Takes the proof before a link is added or taken away.
    pub prove_again: ProveAgain,
    /// Where accounts and links are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Learns of keys that count no more.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Opens the session.
    pub open_session: OpenSession,
    /// Seals what waits in jobs; none where no provider's grants are taken.
    pub grants: Option<Arc<dyn Sealer>>,
}

/// An account that was cleared away, and what must be told of it after the commit.
struct ClearedAway {
    user: UserId,
    sessions: Vec<SessionId>,
}

/// What the device got from the provider.
#[derive(Debug, Clone)]
pub struct ForeignProof {
    /// Who signed it.
    pub provider: ForeignProvider,
    /// The ID token.
    pub id_token: String,
    /// The nonce that we had given out for it.
    pub nonce: SignInNonce,
    /// What the user wants to be called; Apple tells it once, and to the app.
    pub name: Option<DisplayName>,
    /// What the provider gives a grant for, once; Apple's authorization code.
    pub authorization_code: Option<String>,
    /// Whether an account that was deleted is to be taken back.
    pub restore: bool,
}

impl SignInWith {
    /// Gives a nonce out.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn nonce(&self) -> Stored<SignInNonce> {
        let nonce = SignInNonce::from_secret(self.open_session.ids.secret());
        let tx = self.storage.begin().await?;
        tx.foreign_links().keep_nonce(&nonce.hash(), self.now() + SignInNonce::LIFE).await?;
        tx.commit().await?;
        Ok(nonce)
    }

    /// Verifies the token and opens a session: of the account that the identity is linked to, or of one that it may be
    /// linked to because its issuer is the authority for the address, or of a new one.
    ///
    /// # Errors
    /// [`SignInError`]
    pub async fn run(&self, proof: ForeignProof, client: Client) -> Result<SignedIn, SignInError> {
        let identity = self.verified(&proof).await?;
        let tx = self.storage.begin().await?;
        if !tx.foreign_links().take_nonce(&proof.nonce.hash(), self.now()).await? {
            return Err(SignInError::Nonce);
        }
        let (user, cleared) = match tx.foreign_links().find(&identity.issuer, &identity.subject).await? {
            Some(link) => (self.account_of(&*tx, &link, proof.restore).await?, None),
            None => self.first_time(&*tx, &identity, &proof).await?,
        };
        if user.status != UserStatus::Active {
            return Err(SignInError::Suspended);
        }
        self.take_grant_later(&*tx, &identity, &proof).await?;
        let signed_in = self.open_session.run(&*tx, user, &client, proof.provider.name()).await?;
        tx.commit().await?;
        if let Some(cleared) = cleared {
            cleared.sessions.into_iter().for_each(|session| self.sessions.closed(session));
            self.keys.changed(cleared.user);
        }
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }

    /// The account that a link opens; one that was deleted is taken back if that is asked for.
    async fn account_of(&self, tx: &dyn UnitOfWork, link: &ForeignLink, restore: bool) -> Result<User, SignInError> {
        if let Some(user) = tx.users().find(link.user).await? {
            return Ok(user);
        }
        let now = self.now();
        let deleted = tx.users().find_deleted(link.user, now - GRACE).await?.filter(|_| restore);
        bring_back(tx, deleted.ok_or(SignInError::Deleted)?, now).await.map_err(|error| match error {
            RepositoryError::Conflict => SignInError::EmailTaken,
            other => other.into(),
        })
    }

    async fn verified(&self, proof: &ForeignProof) -> Result<ForeignIdentity, SignInError> {
        let tokens = self.tokens.get(&proof.provider).ok_or(SignInError::NotOffered)?;
        let identity = tokens.verify(&proof.id_token, self.now()).await?;
        if proof.nonce.is_in(identity.nonce.as_deref()) { Ok(identity) } else { Err(SignInError::Nonce) }
    }

    /// Finds or makes the account of an identity that was never seen, and tells which one had to go for it.
    async fn first_time(
        &self,
        tx: &dyn UnitOfWork,
        identity: &ForeignIdentity,
        proof: &ForeignProof,
    ) -> Result<(User, Option<ClearedAway>), SignInError> {
        let email = identity.email.clone().ok_or(SignInError::EmailNeeded)?;
        let authoritative = identity.email_verified && identity.email_is_authoritative;
        let known = tx.users().find_by_email(&email).await?;
        let (user, cleared) = match known {
            Some(_) if !authoritative => return Err(SignInError::LinkNeeded),
            Some(user) if user.email_verified => (user, None),
            Some(squatter) => {
                let cleared = self.clear_away(tx, squatter).await?;
                (self.make_account(tx, email, authoritative, proof, identity).await?, Some(cleared))
            }
            None => (self.make_account(tx, email, authoritative, proof, identity).await?, None),
        };
        self.link(tx, &user, identity, proof.provider).await?;
        Ok((user, cleared))
    }

    /// An account whose address was never shown to be its owner's may have been made by somebody else, to wait for the
    /// owner: whoever made it gets nothing of what the owner will do, and the owner nothing of what they did.
    async fn clear_away(&self, tx: &dyn UnitOfWork, squatter: User) -> Stored<ClearedAway> {
        let now = self.now();
        let ended = tx.sessions().revoke_all(squatter.id, None, now).await?;
        tx.passwords().remove(squatter.id).await?;
        tx.totp().remove(squatter.id).await?;
        revoke_all(tx, squatter.id, now).await?;
        disband(tx, squatter.id, now).await?;
        let event = AuditEvent::own(AuditAction::AccountDeleted, squatter.id, now);
        tx.audit()
            .note(AuditEvent { actor: None, ..event }.with("reason", "the address was proved by another identity"));
        let user = squatter.id;
        tx.users().save(&squatter.deleted(now)).await?;
        Ok(ClearedAway { user, sessions: ended })
    }

    async fn make_account(
        &self,
        tx: &dyn UnitOfWork,
        email: Email,
        email_verified: bool,
        proof: &ForeignProof,
        identity: &ForeignIdentity,
    ) -> Stored<User> {
        let told = || identity.name.as_deref().and_then(|name| DisplayName::parse(name).ok());
        let guess = || DisplayName::parse(email.as_str().split('@').next().unwrap_or_default()).ok();
        let name = proof.name.clone().or_else(told).or_else(guess);
        let name = name.ok_or_else(|| RepositoryError::Corrupt("an address without a local part".to_owned()))?;
        let now = self.now();
        let user = User {
            id: self.open_session.ids.id(),
            email: email.clone(),
            name,
            email_verified,
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
        };
        tx.users().insert(&user).await?;
        tx.audit().note(AuditEvent::own(AuditAction::Registered, user.id, now).with("way", proof.provider.name()));
        if !email_verified {
            ask(tx, &*self.open_session.ids, (CodePurpose::VerifyEmail, email), Some(user.id), None, now).await?;
        }
        Ok(user)
    }

    async fn link(
        &self,
        tx: &dyn UnitOfWork,
        user: &User,
        identity: &ForeignIdentity,
        provider: ForeignProvider,
    ) -> Stored<()> {
        let now = self.now();
        let link = ForeignLink {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            user: user.id,
            provider,
            email: identity.email.clone(),
            email_is_private: identity.email_is_private,
            email_arrives: true,
            linked_at: now,
            as_of: None,
            is_banned: false,
        };
        tx.foreign_links().insert(&link).await?;
        tx.audit().note(AuditEvent::own(AuditAction::IdentityLinked, user.id, now).with("provider", provider.name()));
        Ok(())
    }

    async fn take_grant_later(
        &self,
        tx: &dyn UnitOfWork,
        identity: &ForeignIdentity,
        proof: &ForeignProof,
    ) -> Stored<()> {
        let Some((sealer, code)) = self.grants.as_ref().zip(proof.authorization_code.as_deref()) else { return Ok(()) };
        let whose = (identity.issuer.as_str(), identity.subject.as_str());
        take_later(tx, (&**sealer, &*self.open_session.ids), whose, code, self.now()).await
    }

    /// Links an identity to the account of who is logged in.
    ///
    /// # Errors
    /// [`SignInError`]
    pub async fn add_link(
        &self,
        caller: Caller,
        proof: ForeignProof,
        password: Option<&Password>,
    ) -> Result<(), SignInError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let identity = self.verified(&proof).await?;
        let tx = self.storage.begin().await?;
        if !tx.foreign_links().take_nonce(&proof.nonce.hash(), self.now()).await? {
            return Err(SignInError::Nonce);
        }
        let user = tx.users().find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        match tx.foreign_links().find(&identity.issuer, &identity.subject).await? {
            Some(link) if link.user == user.id => {}
            Some(_) => return Err(SignInError::LinkedElsewhere),
            None => {
                self.link(&*tx, &user, &identity, proof.provider).await?;
                let what = "an identity of another provider was linked";
                let added = (user.id, AuditAction::FactorAdded);
                factor_changed(&*tx, &*self.open_session.ids, added, what, self.now()).await?;
            }
        }
        self.take_grant_later(&*tx, &identity, &proof).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the links to one provider away, unless nothing else would be left to log in with.
    ///
    /// # Errors
    /// [`SignInError`]
    pub async fn remove_link(
        &self,
        caller: Caller,
        provider: ForeignProvider,
        password: Option<&Password>,
    ) -> Result<(), SignInError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let tx = self.storage.begin().await?;
        let (links, others): (Vec<_>, Vec<_>) =
            tx.foreign_links().of(caller.user).await?.into_iter().partition(|link| link.provider == provider);
        if links.is_empty() {
            return Err(SignInError::NotLinked);
        }
        let other_way = !others.is_empty() || tx.passwords().exists(caller.user).await?;
        if !other_way && !tx.passkeys().any(caller.user).await? {
            return Err(SignInError::OnlyWay);
        }
        if let Some(sealer) = &self.grants {
            let ids = &*self.open_session.ids;
            return_grants(&*tx, (&**sealer, ids), caller.user, Some(provider), self.now()).await?;
        }
        for link in links {
            tx.foreign_links().remove(&link.issuer, &link.subject).await?;
        }
        let event = AuditEvent::own(AuditAction::IdentityUnlinked, caller.user, self.now());
        tx.audit().note(event.with("provider", provider.name()));
        tx.commit().await?;
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.open_session.clock.now()
    }
}
