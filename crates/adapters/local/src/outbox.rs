//! Mail and pushes that are not really sent: they are written to a folder, where people can look at them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, GatewayError, Timestamp};
use hos_domain::messaging::{Letter, Mailer, PushError, PushNotification, PushSender};
use lettre::message::{Mailbox, MultiPart};
use serde::{Deserialize, Serialize};

/// Older entries are not listed.
const LISTED: usize = 200;

/// A folder of mail and pushes.
pub struct ConsoleOutbox {
    folder: PathBuf,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

/// One mail or push that was not really sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// The id of the job that would have sent it.
    pub id: String,
    /// `mail` or `push`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// To whom, or to which device.
    pub to: String,
    /// The subject or the first line.
    pub title: String,
    /// The words.
    pub text: String,
}

impl ConsoleOutbox {
    /// Writes to `folder`, which is made when the first thing is sent.
    #[must_use]
    pub fn new(folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let address = lettre::Address::new("no-reply", "hypertrophy-os.localhost");
        // A constant address that parses.
        let address = address.unwrap_or_else(|_| unreachable!("the sender's address is one"));
        Self { folder, from: Mailbox::new(Some("Hypertrophy OS".to_owned()), address), clock }
    }

    /// What was written, the newest first.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub async fn list(&self) -> std::io::Result<Vec<OutboxEntry>> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || list(&folder)).await.map_err(std::io::Error::other)?
    }

    async fn write(&self, entry: OutboxEntry, mail: Option<Vec<u8>>) -> Result<(), GatewayError> {
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || write(&folder, &entry, mail.as_deref())).await;
        let written = written.map_err(std::io::Error::other).and_then(|written| written);
        written.map_err(|error| {
            tracing::error!(%error, "the outbox folder can't be written");
            GatewayError::Unavailable
        })
    }

    fn mail(&self, letter: &Letter) -> Option<Vec<u8>> {
        let to = Mailbox::new(Some(letter.name.clone()), letter.to.as_str().parse().ok()?);
        let message = lettre::Message::builder()
            .message_id(Some(format!("<{}@hypertrophy-os.localhost>", letter.id)))
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()));
        message.ok().map(|message| message.formatted())
    }
}

#[async_trait]
impl Mailer for ConsoleOutbox {
    async fn send(&self, letter: &Letter) -> Result<(), GatewayError> {
        let refused = || GatewayError::InvalidRequest("the letter can't be written as a mail".to_owned());
        let mail = self.mail(letter).ok_or_else(refused)?;
        let entry = OutboxEntry {
            id: letter.id.clone(),
            kind: "mail".to_owned(),
            at: self.clock.now(),
            to: letter.to.as_str().to_owned(),
            title: letter.subject.clone(),
            text: letter.text.clone(),
        };
        self.write(entry, Some(mail)).await
    }
}

#[async_trait]
impl PushSender for ConsoleOutbox {
    async fn push(&self, notification: &PushNotification) -> Result<(), PushError> {
        let entry = OutboxEntry {
            id: notification.id.clone(),
            kind: "push".to_owned(),
            at: self.clock.now(),
            to: format!("{} {}", notification.platform.name(), notification.token.as_str()),
            title: notification.text.title.clone(),
            text: notification.text.body.clone(),
        };
        Ok(self.write(entry, None).await?)
    }
}

/// Each file appears whole or not at all, and a repetition of the same job replaces its first attempt.
fn write(folder: &Path, entry: &OutboxEntry, mail: Option<&[u8]>) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let put = |name: String, bytes: &[u8]| {
        let draft = folder.join(format!(".{name}.draft"));
        std::fs::write(&draft, bytes)?;
        std::fs::rename(draft, folder.join(name))
    };
    if let Some(mail) = mail {
        put(format!("{}.eml", entry.id), mail)?;
    }
    put(format!("{}.json", entry.id), &serde_json::to_vec_pretty(entry)?)
}

/// Job ids are UUIDv7: the greatest name is the newest.
fn list(folder: &Path) -> std::io::Result<Vec<OutboxEntry>> {
    let files = match std::fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json") && !name.starts_with('.')).collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    let read =
        |name: &String| std::fs::read(folder.join(name)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(names.iter().take(LISTED).filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use hos_domain::kernel::Email;
    use hos_domain::messaging::{DeviceToken, Platform, PushText};

    use super::*;
    use crate::SystemClock;

    fn letter(id: &str) -> Letter {
        Letter {
            id: id.into(),
            to: Email::parse("ada@example.com").unwrap(),
            name: "Ada Löwe".into(),
            subject: "Grüße\r\nBcc: eve@example.com".into(),
            text: "Hello".into(),
            html: "<p>Hello</p>".into(),
        }
    }

    #[tokio::test]
    async fn what_is_sent_can_be_looked_at_newest_first_and_a_repetition_is_one_entry() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = ConsoleOutbox::new(folder.path().join("outbox"), Arc::new(SystemClock));
        assert_eq!(outbox.list().await.unwrap(), Vec::new());
        outbox.send(&letter("01")).await.unwrap();
        outbox.send(&letter("01")).await.unwrap();
        let push = PushNotification {
            id: "02".into(),
            platform: Platform::Ios,
            token: DeviceToken::parse("tok").unwrap(),
            text: PushText { title: "Hi".into(), body: "there".into() },
            collapse_key: "x".into(),
        };
        outbox.push(&push).await.unwrap();
        let kinds: Vec<_> = outbox.list().await.unwrap().into_iter().map(|entry| (entry.kind, entry.to)).collect();
        assert_eq!(kinds, [("push".into(), "ios tok".into()), ("mail".into(), "ada@example.com".into())]);
    }

    #[tokio::test]
    async fn a_subject_can_add_no_header() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = ConsoleOutbox::new(folder.path().to_owned(), Arc::new(SystemClock));
        outbox.send(&letter("01")).await.unwrap();
        let mail = std::fs::read_to_string(folder.path().join("01.eml")).unwrap();
        assert!(!mail.lines().any(|line| line.starts_with("Bcc:")), "{mail}");
        assert!(mail.contains("multipart/alternative"));
    }
}
