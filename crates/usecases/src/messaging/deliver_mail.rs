//! A message goes out as a mail: unit, call, unit. The outside part happens at least once, with the job's id as its own.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{InvitationTokens, OneTimeCodes, UserQueries};
use hos_domain::kernel::{Id, Storage, Stored};
use hos_domain::messaging::{Letter, Mailer, Message, Wording};
use hos_domain::platform::Lease;

use super::{DeliverMailJob, Recipient};
use crate::platform::{JobError, Runner};

/// Mails.
pub struct DeliverMail {
    /// To whom.
    pub users: Arc<dyn UserQueries>,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// What a one-time code looks like; never kept anywhere.
    pub codes: Arc<dyn OneTimeCodes>,
    /// What the link of an invitation holds; never kept either.
    pub invitations: Arc<dyn InvitationTokens>,
    /// Where the link of a forgotten password leads; the token is added to its end.
    pub reset_link: String,
    /// Where the link of an invitation leads; the token is added to its end.
    pub invitation_link: String,
    /// The way out.
    pub mailer: Arc<dyn Mailer>,
    /// Where jobs are completed.
    pub storage: Arc<dyn Storage>,
}

#[async_trait]
impl Runner for DeliverMail {
    type Payload = DeliverMailJob;

    async fn run(&self, job: DeliverMailJob, lease: &Lease) -> Result<(), JobError> {
        if let Some(letter) = self.letter(job, lease).await? {
            self.mailer.send(&letter).await?;
        }
        let tx = self.storage.begin().await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl DeliverMail {
    async fn letter(&self, job: DeliverMailJob, lease: &Lease) -> Stored<Option<Letter>> {
        let (email, name, locale) = match job.to {
            Recipient::User(user) => match self.users.find(user).await? {
                Some(user) => (user.email, user.name, user.locale),
                None => return Ok(None),
            },
            Recipient::Stranger { email, name, locale } => (email, name, locale),
        };
        // Who has no address yet can't be written to.
        if email.is_placeholder() {
            return Ok(None);
        }
        let (id, message) = (lease.job.to_string(), self.revealed(job.message));
        Ok(Some(self.wording.letter(&id, &email, name.as_str(), &message, &locale)))
    }

    /// Puts a one-time code or a token in the place of its id, just before the mail goes out.
    fn revealed(&self, mut message: Message) -> Message {
        let args = &mut message.args;
        if let Some(code) = args.remove(Message::CODE).and_then(|id| Id::parse(&id).ok()) {
            args.insert("code".to_owned(), self.codes.digits(code));
            args.insert("link".to_owned(), format!("{}{}", self.reset_link, self.codes.token(code)));
        }
        if let Some(id) = args.remove(Message::INVITATION).and_then(|id| Id::parse(&id).ok()) {
            args.insert(
                "link".to_owned(),
                format!("{}{}", self.invitation_link, self.invitations.invitation_token(id)),
            );
        }
        message
    }
}
