//! What external identity systems tell us by webhook about the users whose tokens we take, and the inbox it waits in.

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::billing::{IncomingWebhook, WebhookRefusal};
use crate::kernel::{Email, Id, Stored, Timestamp};

/// A system whose webhooks we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentitySystem {
    /// clerk.com
    Clerk,
    /// supabase.com
    Supabase,
}

impl IdentitySystem {
    /// Every system.
    pub const ALL: [Self; 2] = [Self::Clerk, Self::Supabase];

    /// The name in paths and tables. No payment provider has the same one: they share an inbox.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Supabase => "supabase",
        }
    }

    /// The system of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.name() == name)
    }
}

/// What an external identity system says about one of its users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignUserChange {
    /// As in the tokens of the system.
    pub issuer: String,
    /// See [`ForeignIdentity::subject`].
    pub subject: String,
    /// What has changed.
    pub change: ForeignChange,
    /// When it was said. Messages overtake each other: what is older than what is known says nothing.
    pub at: Timestamp,
}

/// What has changed about a user elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForeignChange {
    /// The user is there, and looks like this.
    Upsert {
        /// The address, if there is one that is an address.
        email: Option<Email>,
        /// Whether the system has seen mail to it arrive.
        email_verified: bool,
        /// The name, if there is one.
        name: Option<String>,
        /// Whether the system lets the user in no more, for now or for good.
        is_banned: bool,
        /// When the user was changed last, which orders two messages better than when they were sent.
        updated_at: Timestamp,
    },
    /// The user is gone.
    Deleted,
}

/// A message of an external identity system that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignNews {
    /// The sender's id of it, the same for every delivery; none where the sender gives none.
    pub id: Option<String>,
    /// The sender's name for what happened.
    pub kind: String,
    /// What it says about a user; nothing for messages about something else, which are to be accepted and forgotten.
    pub change: Option<ForeignUserChange>,
}

impl ForeignNews {
    /// What tells it from every other message. Rows of a database have no id; two that are the same to the last byte say
    /// the same.
    #[must_use]
    pub fn event_id(&self, webhook: &IncomingWebhook) -> String {
        let digest = || format!("sha256:{}", hex::encode(Sha256::digest(&webhook.body)));
        self.id.clone().unwrap_or_else(digest)
    }
}

/// Believes the webhooks of an external identity system or not, and reads them. Pure but for the clock it is given.
pub trait ForeignUserNews: Send + Sync {
    /// Checks where the message comes from, in constant time, and reads it.
    ///
    /// # Errors
    /// [`WebhookRefusal`]
    fn read(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<ForeignNews, WebhookRefusal>;
}

/// The id of one stored message.
pub type StoredNewsId = Id<StoredNews>;

/// A believed message as it is stored before it is answered. Headers and body are sealed at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNews {
    /// Ours.
    pub id: StoredNewsId,
    /// Who sent it.
    pub system: IdentitySystem,
    /// What tells it from every other message of the system; the same for every delivery.
    pub event_id: String,
    /// The sender's name for what happened.
    pub kind: String,
    /// The message as it came.
    pub webhook: IncomingWebhook,
    /// When it came, in real time.
    pub received_at: Timestamp,
}

/// What became of a stored message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewsOutcome {
    /// It was taken over.
    Applied,
    /// It had nothing for us, and why.
    Ignored(&'static str),
    /// It could not be followed, and why; a person has to look.
    Refused(&'static str),
}

impl NewsOutcome {
    /// The stored word and its explanation.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Applied => ("applied", ""),
            Self::Ignored(why) => ("ignored", why),
            Self::Refused(why) => ("refused", why),
        }
    }
}

/// The inbox that the webhooks of all providers share, as identity sees it inside a unit of work.
#[async_trait]
pub trait NewsRepository: Send + Sync {
    /// Adds a message, and tells whether it is new.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, news: &StoredNews) -> Stored<bool>;

    /// One message.
    ///
    /// # Errors
    /// Whatever the database says; `Corrupt` when it can't be opened any more.
    async fn find(&self, id: StoredNewsId) -> Stored<Option<StoredNews>>;

    /// Notes what became of it.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn settle(&self, id: StoredNewsId, outcome: NewsOutcome, now: Timestamp) -> Stored<()>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::Provider;

    #[test]
    fn each_sender_has_its_own_name_in_the_inbox() {
        for system in IdentitySystem::ALL {
            assert_eq!(IdentitySystem::from_name(system.name()), Some(system));
            assert_eq!(Provider::from_name(system.name()), None);
        }
    }

    #[test]
    fn a_message_without_an_id_is_known_by_its_body() {
        let webhook = |body: &str| IncomingWebhook { headers: Vec::new(), body: body.as_bytes().to_vec() };
        let news = |id: Option<&str>| ForeignNews { id: id.map(str::to_owned), kind: String::new(), change: None };
        assert_eq!(news(Some("msg_1")).event_id(&webhook("a")), "msg_1");
        assert_eq!(news(None).event_id(&webhook("a")), news(None).event_id(&webhook("a")));
        assert_ne!(news(None).event_id(&webhook("a")), news(None).event_id(&webhook("b")));
    }
}
