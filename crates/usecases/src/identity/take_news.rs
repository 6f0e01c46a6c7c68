//! A stored message of an external identity system is followed: the account that its user has here keeps in step. Messages
//! overtake each other, so what is older than what is known says nothing; only a deletion is final whenever it comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{
    ApiKeyDirectory, DisplayName, ForeignChange, ForeignLink, NewsOutcome, SessionDirectory, SessionId, User, UserId,
    UserStatus,
};
use hos_domain::kernel::{Clock, Email, IdSource, RepositoryError, Sealer, Storage, Stored, Timestamp, UnitOfWork};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent, Lease};

use super::delete_account::hide;
use super::receive_news::{NewsReaders, TakeNewsJob};
use crate::messaging::{Recipient, mail, notify};
use crate::platform::{JobError, Runner};

/// Follows messages.
pub struct TakeNews {
    /// How each system's messages are read.
    pub readers: NewsReaders,
    /// Where messages and accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Learns of users who may do other things now.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Seals what waits in jobs.
    pub sealer: Arc<dyn Sealer>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What must be told after the commit.
struct Followed {
    outcome: NewsOutcome,
    ended: Vec<SessionId>,
    changed: Option<UserId>,
}

impl From<NewsOutcome> for Followed {
    fn from(outcome: NewsOutcome) -> Self {
        Self { outcome, ended: Vec::new(), changed: None }
    }
}

/// How a user looks at the issuer.
struct Looks {
    email: Option<Email>,
    email_verified: bool,
    name: Option<String>,
    is_banned: bool,
    as_of: Timestamp,
}

#[async_trait]
impl Runner for TakeNews {
    type Payload = TakeNewsJob;

    async fn run(&self, job: TakeNewsJob, lease: &Lease) -> Result<(), JobError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let stored = tx.foreign_news().find(job.news).await?;
        let stored = stored.ok_or_else(|| RepositoryError::Corrupt("the message is gone".to_owned()))?;
        let reader = self.readers.get(&stored.system);
        let reader = reader.ok_or_else(|| JobError::Retry("this identity system is not set up any more".to_owned()))?;
        // Read as of when it came: by now its signature may be old, or its secret replaced.
        let news =
            reader.read(&stored.webhook, stored.received_at).map_err(|error| JobError::Retry(error.to_string()))?;
        let followed = match news.change {
            None => NewsOutcome::Ignored("it is not about what a user is").into(),
            Some(change) => match tx.foreign_links().find(&change.issuer, &change.subject).await? {
                None => NewsOutcome::Ignored("the user has no account here").into(),
                Some(link) => self.follow(&*tx, link, change.change, now).await?,
            },
        };
        if let NewsOutcome::Refused(why) = followed.outcome {
            tracing::error!(why, kind = stored.kind, system = stored.system.name(), "news could not be followed");
        }
        tx.foreign_news().settle(stored.id, followed.outcome, now).await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        followed.ended.into_iter().for_each(|session| self.sessions.closed(session));
        followed.changed.into_iter().for_each(|user| self.keys.changed(user));
        Ok(())
    }
}

impl TakeNews {
    async fn follow(
        &self,
        tx: &dyn UnitOfWork,
        link: ForeignLink,
        change: ForeignChange,
        now: Timestamp,
    ) -> Stored<Followed> {
        let Some(user) = tx.users().find(link.user).await? else {
            return Ok(NewsOutcome::Ignored("the account is deleted").into());
        };
        match change {
            ForeignChange::Deleted => self.delete(tx, user, now).await,
            ForeignChange::Upsert { updated_at, .. } if link.as_of.is_some_and(|as_of| updated_at <= as_of) => {
                Ok(NewsOutcome::Ignored("something newer is known").into())
            }
            ForeignChange::Upsert { email, email_verified, name, is_banned, updated_at } => {
                let looks = Looks { email, email_verified, name, is_banned, as_of: updated_at };
                self.update(tx, link, user, looks, now).await
            }
        }
    }

    /// As the user would delete it, but that nobody asks: who owns organizations leaves others behind, so a person has to
    /// transfer them first.
    async fn delete(&self, tx: &dyn UnitOfWork, user: User, now: Timestamp) -> Stored<Followed> {
        if !tx.organizations().owned(user.id).await?.is_empty() {
            return Ok(
                NewsOutcome::Refused("the user owns organizations; transfer them, then delete the account").into()
            );
        }
        let id = user.id;
        let ended = hide(tx, (&*self.sealer, &*self.ids), user, now).await?;
        let event = AuditEvent::by_stranger(AuditAction::AccountDeleted, Some(id), now);
        tx.audit().note(event.with("reason", "deleted at the identity provider"));
        Ok(Followed { outcome: NewsOutcome::Applied, ended, changed: Some(id) })
    }

    async fn update(
        &self,
        tx: &dyn UnitOfWork,
        link: ForeignLink,
        user: User,
        looks: Looks,
        now: Timestamp,
    ) -> Stored<Followed> {
        let name = looks.name.as_deref().and_then(|name| DisplayName::parse(name).ok());
        let user = User { name: name.unwrap_or_else(|| user.name.clone()), ..user };
        let user = match looks.email.clone().filter(|_| looks.email_verified) {
            Some(email) => self.address(tx, &link, user, email, now).await?,
            None => user,
        };
        let id = user.id;
        let (user, is_banned, ended) = self.ban(tx, &link, user, looks.is_banned, now).await?;
        tx.users().save(&user).await?;
        tx.foreign_links()
            .save(&ForeignLink { email: looks.email, as_of: Some(looks.as_of), is_banned, ..link })
            .await?;
        let changed = (is_banned || !ended.is_empty()).then_some(id);
        Ok(Followed { outcome: NewsOutcome::Applied, ended, changed })
    }

    /// The address follows the issuer's as long as it came from there, and unless somebody else has it: that an issuer
    /// names an address takes nobody's away.
    async fn address(
        &self,
        tx: &dyn UnitOfWork,
        link: &ForeignLink,
        user: User,
        email: Email,
        now: Timestamp,
    ) -> Stored<User> {
        let event = |action| AuditEvent::by_stranger(action, Some(user.id), now).with("by", link.provider.name());
        if user.email == email {
            if !user.email_verified {
                tx.audit().note(event(AuditAction::EmailVerified));
            }
            return Ok(User { email_verified: true, ..user });
        }
        let follows = user.email.is_placeholder() || link.email.as_ref() == Some(&user.email);
        if !follows || email.is_placeholder() || tx.users().find_by_email(&email).await?.is_some() {
            return Ok(user);
        }
        tx.audit().note(event(AuditAction::EmailChanged));
        let old = Recipient::Stranger { email: user.email, name: user.name.clone(), locale: user.locale.clone() };
        let message = Message { template: Template::EmailChanged, args: BTreeMap::new() };
        mail(tx, &*self.ids, old, message, now).await?;
        Ok(User { email, email_verified: true, ..user })
    }

    /// Whom the issuer bans is suspended, and let in again with it; what our own people decided meanwhile stands.
    async fn ban(
        &self,
        tx: &dyn UnitOfWork,
        link: &ForeignLink,
        user: User,
        is_banned: bool,
        now: Timestamp,
    ) -> Stored<(User, bool, Vec<SessionId>)> {
        let (status, action, template) = match (link.is_banned, is_banned, user.status) {
            (false, true, UserStatus::Active) => {
                (UserStatus::Suspended, AuditAction::AccountSuspended, Template::AccountSuspended)
            }
            (true, false, UserStatus::Suspended) => {
                (UserStatus::Active, AuditAction::AccountReactivated, Template::AccountReactivated)
            }
            (was_banned, is_banned, _) => return Ok((user, was_banned && is_banned, Vec::new())),
        };
        let reason = "the identity provider lets this user in no more";
        let mut args = BTreeMap::new();
        let mut ended = Vec::new();
        if status == UserStatus::Suspended {
            args.insert("reason".to_owned(), reason.to_owned());
            ended = tx.sessions().revoke_all(user.id, None, now).await?;
        }
        notify(tx, &*self.ids, user.id, Message { template, args }, now).await?;
        let event = AuditEvent::by_stranger(action, Some(user.id), now);
        tx.audit().note(event.with("reason", if is_banned { reason } else { "the identity provider lifted its ban" }));
        Ok((User { status, ..user }, is_banned, ended))
    }
}
