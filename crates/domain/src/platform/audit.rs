//! The audit log: who did what to whom, kept so that nobody can change or drop a line unnoticed. Each line carries the
//! digest of the one before; what is personal in it is sealed under a key of its subject, so that erasure destroys the
//! key and the chain stays whole.

use std::collections::BTreeMap;
use std::net::IpAddr;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::identity::UserId;
use crate::kernel::{Stored, Timestamp};

/// What was done. Names never change: they are in the digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuditAction {
    /// An account was made.
    Registered,
    /// Somebody proved who they are.
    LoggedIn,
    /// Somebody did not.
    LoginFailed,
    /// Too many failures: logins are refused for a while.
    LoginLocked,
    /// Sessions were ended by their user.
    LoggedOut,
    /// A refresh token was used twice.
    RefreshReused,
    /// The password was changed by who knew it.
    PasswordChanged,
    /// The password was replaced by who reads the mail.
    PasswordReset,
    /// The address was shown to be its owner's.
    EmailVerified,
    /// The account moved to another address.
    EmailChanged,
    /// The account was deleted by its user.
    AccountDeleted,
    /// The account was taken back before it was erased.
    AccountRestored,
    /// The account was closed by us.
    AccountSuspended,
    /// The account was opened again by us.
    AccountReactivated,
    /// The account was given another role.
    RoleChanged,
    /// Another party's identity may log in from now on.
    IdentityLinked,
    /// It may no more.
    IdentityUnlinked,
    /// An anonymous account went over into another.
    AccountMerged,
    /// A second factor, a passkey or recovery codes were added.
    FactorAdded,
    /// One was taken away.
    FactorRemoved,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A key for the API was made.
    ApiKeyMade,
    /// It counts no more.
    ApiKeyRevoked,
    /// A device without a keyboard was let in.
    DeviceApproved,
    /// Somebody who administers acts in a member's place.
    Impersonated,
    /// A subscription was cancelled.
    SubscriptionCancelled,
    /// A cancel was taken back, or a pause ended.
    SubscriptionResumed,
    /// A subscription was paused.
    SubscriptionPaused,
    /// A subscription moved to another plan or price.
    PlanChanged,
    /// Money was given back.
    PaymentRefunded,
    /// An organization was made.
    OrganizationMade,
    /// An organization has another owner.
    OrganizationTransferred,
    /// Somebody became a member of an organization, another role there, or none.
    MembershipChanged,
    /// An organization was deleted.
    OrganizationDeleted,
}

impl AuditAction {
    /// The stored name: `area.deed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "account.registered",
            Self::LoggedIn => "login.succeeded",
            Self::LoginFailed => "login.failed",
            Self::LoginLocked => "login.locked",
            Self::LoggedOut => "session.ended",
            Self::RefreshReused => "session.refresh_reused",
            Self::PasswordChanged => "password.changed",
            Self::PasswordReset => "password.reset",
            Self::EmailVerified => "email.verified",
            Self::EmailChanged => "email.changed",
            Self::AccountDeleted => "account.deleted",
            Self::AccountRestored => "account.restored",
            Self::AccountSuspended => "account.suspended",
            Self::AccountReactivated => "account.reactivated",
            Self::RoleChanged => "account.role_changed",
            Self::IdentityLinked => "identity.linked",
            Self::IdentityUnlinked => "identity.unlinked",
            Self::AccountMerged => "account.merged",
            Self::FactorAdded => "factor.added",
            Self::FactorRemoved => "factor.removed",
            Self::RecoveryCodeUsed => "factor.recovery_code_used",
            Self::ApiKeyMade => "api_key.made",
            Self::ApiKeyRevoked => "api_key.revoked",
            Self::DeviceApproved => "device.approved",
            Self::Impersonated => "account.impersonated",
            Self::SubscriptionCancelled => "subscription.cancelled",
            Self::SubscriptionResumed => "subscription.resumed",
            Self::SubscriptionPaused => "subscription.paused",
            Self::PlanChanged => "subscription.plan_changed",
            Self::PaymentRefunded => "payment.refunded",
            Self::OrganizationMade => "organization.made",
            Self::OrganizationTransferred => "organization.transferred",
            Self::MembershipChanged => "organization.membership_changed",
            Self::OrganizationDeleted => "organization.deleted",
        }
    }
}

/// Something that is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When, in real time.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Who did it; `None` for a stranger or the product itself.
    pub actor: Option<UserId>,
    /// To whom; their key seals the facts.
    pub subject: Option<UserId>,
    /// What else is known, personal facts included: `ip`, `device`, `reason`, `before`, `after` …
    pub facts: BTreeMap<String, String>,
}

impl AuditEvent {
    /// Something a user did to their own account.
    #[must_use]
    pub fn own(action: AuditAction, user: UserId, now: Timestamp) -> Self {
        Self { at: now, action, actor: Some(user), subject: Some(user), facts: BTreeMap::new() }
    }

    /// Something a stranger did, perhaps to somebody's account.
    #[must_use]
    pub fn by_stranger(action: AuditAction, subject: Option<UserId>, now: Timestamp) -> Self {
        Self { at: now, action, actor: None, subject, facts: BTreeMap::new() }
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The same with the place it came from, as far as it is known.
    #[must_use]
    pub fn from(self, ip: Option<IpAddr>, device: Option<&str>) -> Self {
        let located = match ip {
            Some(ip) => self.with("ip", ip.to_string()),
            None => self,
        };
        match device {
            Some(device) => located.with("device", device),
            None => located,
        }
    }
}

/// Takes events into the unit's commit.
pub trait AuditTrail: Send + Sync {
    /// Notes an event. It is chained and written at the very end of the unit, so that units wait for each other's place
    /// in the chain as short as can be and in no ring; it exists exactly when the unit does.
    fn note(&self, event: AuditEvent);
}

/// A line of the log as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place, from 1 without a gap.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The action's name.
    pub action: String,
    /// Who.
    pub actor: Option<Uuid>,
    /// To whom.
    pub subject: Option<Uuid>,
    /// The facts, sealed.
    pub facts: Option<Vec<u8>>,
    /// The digest of this line and, through the one before, of all lines before.
    pub digest: [u8; 32],
}

impl AuditEntry {
    /// The digest before the first line.
    pub const BEGINNING: [u8; 32] = [0; 32];

    /// What this line's digest must be after a line with the digest `before`: SHA-256 over every part, each with its
    /// length in front, so that no two lines give the same bytes.
    #[must_use]
    pub fn digest_after(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut digest = Sha256::new();
        let mut part = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        };
        part(before);
        part(&self.seq.to_be_bytes());
        part(&self.at.unix_micros().to_be_bytes());
        part(self.action.as_bytes());
        for id in [self.actor, self.subject] {
            part(id.as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        }
        part(self.facts.as_deref().unwrap_or_default());
        digest.finalize().into()
    }
}

/// How far the log goes: whoever keeps this elsewhere can tell later whether a line before it was changed or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The last line's place; 0 for an empty log.
    pub seq: i64,
    /// Its digest.
    pub digest: [u8; 32],
}

impl Default for AuditHead {
    fn default() -> Self {
        Self { seq: 0, digest: AuditEntry::BEGINNING }
    }
}

/// Writes a head down so that it can be kept elsewhere, and believed when it comes back.
pub trait AuditHeads: Send + Sync {
    /// The head as a text with a signature.
    fn write(&self, head: AuditHead) -> String;

    /// The head that a text names, if the signature is ours.
    fn read(&self, text: &str) -> Option<AuditHead>;
}

/// Where a log stops being believable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditBreak {
    /// A line is missing, or stands twice.
    #[error("line {expected} of the audit log is missing: the next one is {found}")]
    Gap {
        /// The line that should come.
        expected: i64,
        /// The line that came.
        found: i64,
    },
    /// A line is not what was written.
    #[error("line {seq} of the audit log was changed, or one before it was")]
    Changed {
        /// Its place.
        seq: i64,
    },
    /// The log ends before a place that is known to have been written.
    #[error("the audit log ends at line {end}, but line {known} was written")]
    CutOff {
        /// The last line there is.
        end: i64,
        /// The line that is known.
        known: i64,
    },
}

/// Follows the chain line by line, in constant memory.
#[derive(Debug, Clone, Default)]
pub struct ChainCheck {
    head: AuditHead,
}

impl ChainCheck {
    /// Takes the next line.
    ///
    /// # Errors
    /// [`AuditBreak`]
    pub fn follow(&mut self, entry: &AuditEntry) -> Result<(), AuditBreak> {
        let expected = self.head.seq + 1;
        if entry.seq != expected {
            return Err(AuditBreak::Gap { expected, found: entry.seq });
        }
        if entry.digest_after(&self.head.digest) != entry.digest {
            return Err(AuditBreak::Changed { seq: entry.seq });
        }
        self.head = AuditHead { seq: entry.seq, digest: entry.digest };
        Ok(())
    }

    /// Takes a head that was kept elsewhere and is not yet reached, or is reached now.
    ///
    /// # Errors
    /// [`AuditBreak::Changed`] when another line stood there.
    pub fn compare(&self, kept: AuditHead) -> Result<(), AuditBreak> {
        if kept.seq == self.head.seq && kept.digest != self.head.digest {
            return Err(AuditBreak::Changed { seq: kept.seq });
        }
        Ok(())
    }

    /// Takes the end of the log.
    ///
    /// # Errors
    /// [`AuditBreak::CutOff`] when it comes before a head that was kept elsewhere.
    pub const fn end(&self, kept: AuditHead) -> Result<(), AuditBreak> {
        if self.head.seq < kept.seq {
            return Err(AuditBreak::CutOff { end: self.head.seq, known: kept.seq });
        }
        Ok(())
    }

    /// How far it got.
    #[must_use]
    pub const fn head(&self) -> AuditHead {
        self.head
    }
}

/// Which lines are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Only lines before this place.
    pub before: Option<i64>,
    /// Only what was done to this user.
    pub subject: Option<UserId>,
    /// Only what this user did.
    pub actor: Option<UserId>,
}

/// Reading the log, beside any writer.
#[async_trait]
pub trait AuditQueries: Send + Sync {
    /// Up to `most` lines after a place, in order.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn entries_after(&self, seq: i64, most: u64) -> Stored<Vec<AuditEntry>>;

    /// Up to `most` of the lines that are wanted, the newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn newest(&self, filter: &AuditFilter, most: u64) -> Stored<Vec<AuditEntry>>;

    /// The last line's place and digest.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn head(&self) -> Stored<AuditHead>;

    /// The facts of lines, opened; `None` where the subject's key was destroyed or there are none.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn facts(&self, entries: &[AuditEntry]) -> Stored<Vec<Option<BTreeMap<String, String>>>>;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chain(facts: &[Vec<u8>]) -> Vec<AuditEntry> {
        let mut before = AuditEntry::BEGINNING;
        let mut entries = Vec::new();
        for (index, facts) in facts.iter().enumerate() {
            let mut entry = AuditEntry {
                seq: i64::try_from(index).unwrap() + 1,
                at: Timestamp::EPOCH,
                action: AuditAction::LoggedIn.name().to_owned(),
                actor: None,
                subject: Some(Uuid::from_u128(7)),
                facts: Some(facts.clone()),
                digest: AuditEntry::BEGINNING,
            };
            entry.digest = entry.digest_after(&before);
            before = entry.digest;
            entries.push(entry);
        }
        entries
    }

    fn check(entries: &[AuditEntry]) -> Result<AuditHead, AuditBreak> {
        let mut check = ChainCheck::default();
        entries.iter().try_for_each(|entry| check.follow(entry))?;
        Ok(check.head())
    }

    proptest! {
        #[test]
        fn a_whole_chain_is_believed_and_any_change_in_it_is_found(
            facts in prop::collection::vec(any::<Vec<u8>>(), 2..12),
            at in any::<prop::sample::Index>(),
            deed in 0_u8..5,
        ) {
            let mut entries = chain(&facts);
            prop_assert_eq!(check(&entries).unwrap().seq, entries.last().unwrap().seq);
            let (at, count) = (at.index(entries.len()), entries.len());
            match deed {
                0 => entries[at].facts.get_or_insert_default().push(0),
                1 => entries[at].subject = None,
                2 => entries[at].action.push('x'),
                3 if at + 1 < count => { entries.remove(at); }
                _ if at + 1 < count => entries.swap(at, at + 1),
                _ => entries[at].at = Timestamp::EPOCH + std::time::Duration::from_micros(1),
            }
            prop_assert!(check(&entries).is_err());
        }
    }

    #[test]
    fn moving_bytes_from_one_part_to_the_next_changes_the_digest() {
        let mut entry = chain(&[vec![]]).remove(0);
        let before = entry.digest_after(&AuditEntry::BEGINNING);
        entry.facts = Some(entry.action.pop().map(|last| vec![last as u8]).unwrap());
        assert_ne!(entry.digest_after(&AuditEntry::BEGINNING), before);
    }
}
