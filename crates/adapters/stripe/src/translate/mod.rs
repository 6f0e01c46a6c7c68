//! From Stripe's events to observations, one small translation per kind of object. A snapshot says the same whichever
//! event or answer carries it, so the event's type decides only what happened to the object.

mod billing;
#[cfg(test)]
mod fixtures;
mod money;
mod payment;

use hos_domain::billing::{
    Change, Environment, Facts, Observation, Observed, Provider, StoredWebhook, Translated, TranslationError,
    WebhookTranslator,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::{GatewayError, Id, Timestamp};
pub(crate) use money::{amount, stripe_minor};
use serde::de::DeserializeOwned;

use crate::wire::{Event, Metadata, Reference};

/// Reads Stripe's events.
#[derive(Debug, Clone, Copy, Default)]
pub struct StripeTranslator;

impl WebhookTranslator for StripeTranslator {
    fn translate(&self, event: &StoredWebhook) -> Result<Translated, TranslationError> {
        let event: Event = read(&event.body)?;
        let frame = Frame::of(&event)?;
        let object = &event.data.object;
        let kind = event.kind.as_str();
        let outcome = match kind.rsplit_once('.').map_or(kind, |(family, _)| family) {
            "checkout.session" => billing::checkout(&frame, parse(object)?),
            "customer" => billing::customer(&frame, parse(object)?),
            "customer.subscription" => billing::subscription(&frame, &parse(object)?),
            "invoice" => billing::invoice(&frame, &parse(object)?),
            "invoice_payment" => payment::invoice_payment(&frame, parse(object)?),
            "payment_intent" => payment::payment_intent(&frame, parse(object)?),
            "charge" => payment::charge(&frame, parse(object)?),
            "refund" | "charge.refund" => payment::refund(&frame, parse(object)?),
            "charge.dispute" => payment::dispute(&frame, parse(object)?),
            "account" | "capability" => Ok(Translated::Ignored("a payee is asked for when it matters")),
            "payout" => Ok(Translated::Ignored("payouts are listed when somebody looks")),
            "entitlements.active_entitlement_summary" => {
                Ok(Translated::Ignored("what a plan gives stands in the catalogue"))
            }
            _ => Ok(Translated::Ignored("events of this type decide nothing here")),
        };
        match outcome {
            Ok(translated) => Ok(translated),
            Err(Unread::Unknown(what)) => Ok(Translated::Unknown(what)),
            Err(Unread::Broken(why)) => Err(TranslationError(why)),
        }
    }
}

/// Why a snapshot can't be read.
enum Unread {
    /// It holds a word that Stripe added later.
    Unknown(String),
    /// It lacks what it must have.
    Broken(String),
}

impl From<Unread> for GatewayError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Unknown(what) => Self::Malformed(format!("{what} is not known")),
            Unread::Broken(why) => Self::Malformed(why),
        }
    }
}

type Read = Result<Translated, Unread>;

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, TranslationError> {
    serde_json::from_slice(bytes).map_err(|error| TranslationError(error.to_string()))
}

fn parse<T: DeserializeOwned>(object: &serde_json::Value) -> Result<T, TranslationError> {
    serde::Deserialize::deserialize(object).map_err(|error: serde_json::Error| TranslationError(error.to_string()))
}

/// What all observations of one event, or of one answer, share.
pub(crate) struct Frame {
    environment: Environment,
    account: String,
    as_of: Timestamp,
    change: Change,
}

impl Frame {
    /// For what Stripe answers.
    pub(crate) const fn answered(environment: Environment, as_of: Timestamp) -> Self {
        Self { environment, account: String::new(), as_of, change: Change::Updated }
    }

    /// What an object in an answer says, and what the objects say that were expanded in it.
    pub(crate) fn read(&self, object: &serde_json::Value) -> Observed {
        let kind = object.get("object").and_then(serde_json::Value::as_str).unwrap_or_default();
        let malformed = |error: TranslationError| GatewayError::Malformed(error.0);
        let (said, inner) = match kind {
            "subscription" => {
                let read = billing::subscription(self, &parse(object).map_err(malformed)?);
                (read, object.get("latest_invoice"))
            }
            "invoice" => (billing::invoice(self, &parse(object).map_err(malformed)?), None),
            "invoice_payment" => (payment::invoice_payment(self, parse(object).map_err(malformed)?), None),
            "payment_intent" => {
                (payment::payment_intent(self, parse(object).map_err(malformed)?), object.get("latest_charge"))
            }
            "charge" => (payment::charge(self, parse(object).map_err(malformed)?), None),
            "refund" => (payment::refund(self, parse(object).map_err(malformed)?), None),
            other => return Err(GatewayError::Malformed(format!("an answer about {other:?} was not expected"))),
        };
        let mut observations = match said? {
            Translated::Observations(observations) => observations,
            Translated::Ignored(_) => Vec::new(),
            Translated::Unknown(what) => return Err(GatewayError::Malformed(what)),
        };
        if let Some(inner) = inner.filter(|inner| inner.is_object()) {
            observations.extend(self.read(inner)?);
        }
        Ok(observations)
    }

    fn of(event: &Event) -> Result<Self, TranslationError> {
        let verb = event.kind.rsplit('.').next().unwrap_or_default();
        Ok(Self {
            environment: if event.livemode { Environment::Production } else { Environment::Sandbox },
            account: event.account.clone().unwrap_or_default(),
            as_of: Timestamp::from_unix_seconds(event.created)
                .ok_or_else(|| TranslationError("the event's time is out of range".to_owned()))?,
            change: match verb {
                "created" => Change::Created,
                "deleted" => Change::Deleted,
                _ => Change::Updated,
            },
        })
    }

    fn observation(&self, object: String, customer: Option<&Reference>, facts: Facts) -> Observation {
        Observation {
            provider: Provider::Stripe,
            environment: self.environment,
            account: self.account.clone(),
            customer: customer.map(|customer| customer.id().to_owned()),
            object,
            refers_to: Vec::new(),
            user: None,
            as_of: self.as_of,
            change: self.change,
            facts,
        }
    }
}

/// The ids of what an object belongs together with.
fn ids<const N: usize>(references: [Option<&Reference>; N]) -> Vec<String> {
    references.into_iter().flatten().map(|reference| reference.id().to_owned()).collect()
}

/// The user of ours that our own notes name. Anybody may write there, so what is no id of ours is no name.
fn user_of(metadata: &Metadata) -> Option<UserId> {
    metadata.get("user_id").and_then(|id| Id::parse(id).ok())
}

fn instant(seconds: i64) -> Result<Timestamp, Unread> {
    Timestamp::from_unix_seconds(seconds).ok_or_else(|| Unread::Broken("a time is out of range".to_owned()))
}

fn one(observation: Observation) -> Read {
    Ok(Translated::Observations(vec![observation]))
}

#[cfg(test)]
mod tests {
    use hos_domain::kernel::Timestamp;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    /// Translates an event of the given type around an object.
    pub(super) fn translated(kind: &str, object: &Value) -> Result<Translated, TranslationError> {
        let event = json!({
            "id": "evt_1", "object": "event", "type": kind, "created": 1_790_000_005, "livemode": true,
            "data": { "object": object },
        });
        StripeTranslator.translate(&StoredWebhook {
            id: Id::new(Uuid::nil()),
            provider: Provider::Stripe,
            account: String::new(),
            event_id: "evt_1".into(),
            kind: kind.into(),
            headers: Vec::new(),
            body: event.to_string().into_bytes(),
            received_at: Timestamp::EPOCH,
        })
    }

    /// The one observation in such an event.
    pub(super) fn observe(kind: &str, object: &Value) -> Observation {
        match translated(kind, object).unwrap() {
            Translated::Observations(mut observations) => observations.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn types_that_decide_nothing_are_ignored_and_never_an_error() {
        for kind in ["product.created", "account.updated", "payout.paid", "customer.discount.created", "ping", ""] {
            assert!(matches!(translated(kind, &json!({})), Ok(Translated::Ignored(_))), "{kind}");
        }
    }

    #[test]
    fn an_event_that_is_none_is_an_error() {
        assert!(read::<Event>(b"{}").is_err());
    }
}
