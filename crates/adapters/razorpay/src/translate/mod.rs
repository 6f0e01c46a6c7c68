//! From Razorpay's events to observations, one small translation per kind of object. A snapshot says the same whichever
//! event carries it; the event's type decides what happened to the object, and that a charge paid for a period.

mod answer;
mod invoice;
mod payment;
mod subscription;

use hos_domain::billing::{
    Change, Environment, Facts, Observation, Provider, StoredWebhook, Translated, TranslationError, WebhookTranslator,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Currency, GatewayError, Id, Money, Timestamp};
use serde::de::DeserializeOwned;

pub(crate) use answer::shown;

use crate::wire::{Event, Notes, Wrapped};

/// Reads Razorpay's events.
#[derive(Debug, Clone, Copy)]
pub struct RazorpayTranslator {
    environment: Environment,
}

impl RazorpayTranslator {
    /// Reads events of an account whose key has this environment: see [`crate::environment_of`].
    #[must_use]
    pub const fn new(environment: Environment) -> Self {
        Self { environment }
    }

    fn read(self, event: &Event) -> Read {
        let frame = Frame::of(self.environment, event)?;
        let (kind, payload) = (event.event.as_str(), &event.payload);
        let family = kind.rsplit_once('.').map_or(kind, |(family, _)| family);
        match family {
            "subscription" if kind == "subscription.charged" => {
                subscription::charged(&frame, &part(&payload.subscription)?, &part(&payload.payment)?)
            }
            "subscription" => subscription::changed(&frame, &part(&payload.subscription)?),
            "payment" => payment::payment(&frame, part(&payload.payment)?),
            "payment.dispute" => {
                payment::dispute(&frame, part(&payload.dispute)?, optional(&payload.payment)?.as_ref())
            }
            "refund" => payment::refund(&frame, part(&payload.refund)?, optional(&payload.payment)?.as_ref()),
            "order" => payment::order(&frame, part(&payload.order)?, optional(&payload.payment)?),
            "invoice" => invoice::invoice(&frame, part(&payload.invoice)?),
            "settlement" => Ok(Translated::Ignored("what is paid out to us changes nothing for a member")),
            _ => Ok(Translated::Ignored("events of this type decide nothing here")),
        }
    }
}

impl WebhookTranslator for RazorpayTranslator {
    fn translate(&self, event: &StoredWebhook) -> Result<Translated, TranslationError> {
        let read: Result<Event, _> = serde_json::from_slice(&event.body);
        match read.map_err(Unread::from).and_then(|event| self.read(&event)) {
            Ok(translated) => Ok(translated),
            Err(Unread::Unknown(what)) => Ok(Translated::Unknown(what)),
            Err(Unread::Broken(why)) => Err(TranslationError(why)),
        }
    }
}

/// Why a snapshot can't be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It holds a word that Razorpay added later.
    Unknown(String),
    /// It lacks what it must have.
    Broken(String),
}

impl From<Unread> for GatewayError {
    fn from(unread: Unread) -> Self {
        let (Unread::Unknown(why) | Unread::Broken(why)) = unread;
        Self::Malformed(why)
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

type Read = Result<Translated, Unread>;

/// A snapshot that must be in the event.
fn part<T: DeserializeOwned>(wrapped: &Option<Wrapped>) -> Result<T, Unread> {
    optional(wrapped)?.ok_or_else(|| Unread::Broken("the event lacks the object that it is about".to_owned()))
}

fn optional<T: DeserializeOwned>(wrapped: &Option<Wrapped>) -> Result<Option<T>, Unread> {
    Ok(wrapped.as_ref().map(|wrapped| T::deserialize(&wrapped.entity)).transpose()?)
}

/// What all observations of one event share.
pub(crate) struct Frame {
    environment: Environment,
    as_of: Timestamp,
    change: Change,
}

impl Frame {
    /// Of what Razorpay answered when it was asked.
    pub(crate) const fn answered(environment: Environment, as_of: Timestamp) -> Self {
        Self { environment, as_of, change: Change::Updated }
    }

    fn of(environment: Environment, event: &Event) -> Result<Self, Unread> {
        let verb = event.event.rsplit('.').next().unwrap_or_default();
        let change = match verb {
            // What is authorized is there; what is captured, in the same second perhaps, comes after it.
            "created" | "authorized" => Change::Created,
            _ => Change::Updated,
        };
        Ok(Self { environment, as_of: instant(event.created_at)?, change })
    }

    pub(crate) fn observation(&self, object: String, customer: Option<String>, facts: Facts) -> Observation {
        Observation {
            provider: Provider::Razorpay,
            environment: self.environment,
            account: String::new(),
            customer,
            object,
            refers_to: Vec::new(),
            user: None,
            as_of: self.as_of,
            change: self.change,
            facts,
        }
    }
}

/// The user of ours that our own notes name. Anybody with the dashboard may write there, so what is no id of ours is no
/// name.
fn user_of(notes: &Notes) -> Option<UserId> {
    notes.get("user_id").and_then(|id| Id::parse(id).ok())
}

/// Razorpay's amounts are in ISO's minor unit.
pub(crate) fn money(amount: i64, currency: &str) -> Result<Money, Unread> {
    let known = Currency::parse(currency).map_err(|_| Unread::Unknown(format!("the currency {currency}")))?;
    Ok(Money::new(amount, known))
}

pub(crate) fn instant(seconds: i64) -> Result<Timestamp, Unread> {
    Timestamp::from_unix_seconds(seconds).ok_or_else(|| Unread::Broken("a time is out of range".to_owned()))
}

pub(crate) fn ids<const N: usize>(references: [Option<&String>; N]) -> Vec<String> {
    references.into_iter().flatten().cloned().collect()
}

fn one(observation: Observation) -> Read {
    Ok(Translated::Observations(vec![observation]))
}

#[cfg(test)]
mod tests;
