//! Webhooks: what providers send us, from the raw bytes to the observations in them.

use super::{Observation, Provider};
use crate::kernel::{ErrorKind, Failure, Id, Timestamp};

/// The id of one stored event.
pub type WebhookEventId = Id<StoredWebhook>;

/// A request to our webhook endpoint, before anything about it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingWebhook {
    /// Header names in lower case, in the order they came; a header sent twice stands here twice.
    pub headers: Vec<(String, String)>,
    /// The exact bytes; signatures cover them.
    pub body: Vec<u8>,
}

impl IncomingWebhook {
    /// The value of a header that must be there exactly once.
    ///
    /// # Errors
    /// [`WebhookRefusal::Signature`] when it is missing or doubled.
    pub fn single(&self, name: &str) -> Result<&str, WebhookRefusal> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(WebhookRefusal::Signature),
        }
    }

    /// Whether a header is there at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| header == name)
    }
}

/// An event whose signature was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedWebhook {
    /// The provider's id of it; the same for every delivery.
    pub event_id: String,
    /// The provider's account it happened in; empty for the only one.
    pub account: String,
    /// The provider's name for what happened.
    pub kind: String,
}

/// Why a webhook is not believed. Nothing of it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    /// The signature is missing, doubled or wrong.
    #[error("the signature is missing or wrong")]
    Signature,
    /// The signature is right and too old, or from the future.
    #[error("the signature's time is more than five minutes away")]
    Stale,
    /// The signature is right and the body is not what the provider sends.
    #[error("the body is no event")]
    Malformed,
    /// We have no secret to check signatures with, so nothing can be believed.
    #[error("no webhook secret is configured for this provider")]
    NotConfigured,
}

impl Failure for WebhookRefusal {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Signature | Self::Stale | Self::Malformed => ErrorKind::Unprocessable,
            Self::NotConfigured => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Signature => Some("WEBHOOK_SIGNATURE_INVALID"),
            Self::Stale => Some("WEBHOOK_TIMESTAMP_INVALID"),
            Self::Malformed => Some("WEBHOOK_BODY_INVALID"),
            Self::NotConfigured => Some("WEBHOOK_NOT_CONFIGURED"),
        }
    }
}

/// A believed event as it is stored before it is answered. The body is sealed at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWebhook {
    /// Ours.
    pub id: WebhookEventId,
    /// Who sent it.
    pub provider: Provider,
    /// The provider's account.
    pub account: String,
    /// The provider's id of it.
    pub event_id: String,
    /// The provider's name for what happened.
    pub kind: String,
    /// The headers it came with, sealed at rest as the body is.
    pub headers: Vec<(String, String)>,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// When it came, in real time.
    pub received_at: Timestamp,
}

/// What an adapter read in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translated {
    /// What it says, in our words; at least one.
    Observations(Vec<Observation>),
    /// Nothing we need to know, and why.
    Ignored(&'static str),
    /// Something we should know and can't read yet, such as a status added lately: recorded, and somebody is told.
    Unknown(String),
}

/// The event can't be read at all; a later version may be able to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event can't be read: {0}")]
pub struct TranslationError(pub String);

impl Failure for TranslationError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unprocessable
    }
}

/// What became of a stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookOutcome {
    /// It added so many observations; 0 when it said nothing new.
    Observed(u32),
    /// It had nothing for us, and why.
    Ignored(String),
    /// It can't be read yet, and why.
    Unknown(String),
}

impl WebhookOutcome {
    /// The stored word and its explanation.
    #[must_use]
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Self::Observed(count) => ("observed", format!("{count} new observation(s)")),
            Self::Ignored(why) => ("ignored", why.clone()),
            Self::Unknown(why) => ("unknown", why.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::missing(&["other"], Err(WebhookRefusal::Signature))]
    #[case::once(&["other", "signature"], Ok("1"))]
    #[case::doubled(&["signature", "other", "signature"], Err(WebhookRefusal::Signature))]
    fn a_signature_stands_there_exactly_once(#[case] headers: &[&str], #[case] found: Result<&str, WebhookRefusal>) {
        let numbered = headers.iter().enumerate().map(|(number, name)| ((*name).to_owned(), number.to_string()));
        let webhook = IncomingWebhook { headers: numbered.collect(), body: Vec::new() };
        assert_eq!(webhook.single("signature"), found);
        assert_eq!(webhook.has("signature"), headers.contains(&"signature"));
    }

    #[rstest]
    #[case(WebhookRefusal::Signature, ErrorKind::Unprocessable)]
    #[case(WebhookRefusal::Stale, ErrorKind::Unprocessable)]
    #[case(WebhookRefusal::Malformed, ErrorKind::Unprocessable)]
    #[case(WebhookRefusal::NotConfigured, ErrorKind::Unavailable)]
    fn what_is_not_believed_is_the_senders_fault_unless_we_have_no_secret(
        #[case] refusal: WebhookRefusal,
        #[case] kind: ErrorKind,
    ) {
        assert_eq!(refusal.kind(), kind);
    }
}
