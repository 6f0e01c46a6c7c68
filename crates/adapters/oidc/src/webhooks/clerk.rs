//! Clerk's webhooks about users.

use hos_domain::billing::{IncomingWebhook, WebhookRefusal};
use hos_domain::identity::{ForeignChange, ForeignNews, ForeignUserChange, ForeignUserNews};
use hos_domain::kernel::{Email, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::StandardWebhooks;
use crate::claims::{name, subject};

/// Reads what Clerk says about users.
pub struct ClerkNews {
    issuer: String,
    signatures: StandardWebhooks,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
    /// Milliseconds since 1970, here and below.
    timestamp: Option<i64>,
}

#[derive(Deserialize)]
struct Gone {
    id: String,
}

#[derive(Deserialize)]
struct User {
    id: String,
    primary_email_address_id: Option<String>,
    #[serde(default)]
    email_addresses: Vec<Address>,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    banned: bool,
    updated_at: Option<i64>,
}

#[derive(Deserialize)]
struct Address {
    id: String,
    email_address: String,
    verification: Option<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    status: Option<String>,
}

impl ClerkNews {
    /// Speaks for `issuer`, spelled as in the tokens (the frontend API's URL): a message does not name it.
    #[must_use]
    pub fn new(issuer: impl Into<String>, signatures: StandardWebhooks) -> Self {
        Self { issuer: issuer.into(), signatures }
    }

    fn about(&self, id: &str, change: ForeignChange, at: Timestamp) -> Result<ForeignUserChange, WebhookRefusal> {
        let subject = subject(Some(id)).ok_or(WebhookRefusal::Malformed)?.to_owned();
        Ok(ForeignUserChange { issuer: self.issuer.clone(), subject, change, at })
    }
}

impl ForeignUserNews for ClerkNews {
    fn read(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<ForeignNews, WebhookRefusal> {
        let id = self.signatures.verify(webhook, now)?;
        let envelope: Envelope = serde_json::from_slice(&webhook.body).map_err(|_| WebhookRefusal::Malformed)?;
        let at = envelope.timestamp.map_or(now, instant);
        let change = match envelope.kind.as_str() {
            "user.created" | "user.updated" => {
                let user: User = serde_json::from_value(envelope.data).map_err(|_| WebhookRefusal::Malformed)?;
                Some(self.about(&user.id, user.as_change(at), at)?)
            }
            "user.deleted" => {
                let gone: Gone = serde_json::from_value(envelope.data).map_err(|_| WebhookRefusal::Malformed)?;
                Some(self.about(&gone.id, ForeignChange::Deleted, at)?)
            }
            _ => None,
        };
        Ok(ForeignNews { id: Some(id), kind: envelope.kind, change })
    }
}

impl User {
    fn as_change(&self, at: Timestamp) -> ForeignChange {
        let primary =
            self.email_addresses.iter().find(|address| Some(&address.id) == self.primary_email_address_id.as_ref());
        let email = primary.and_then(|address| Email::parse(&address.email_address).ok());
        let names = [self.first_name.as_deref(), self.last_name.as_deref()];
        ForeignChange::Upsert {
            email_verified: email.is_some() && primary.is_some_and(Address::is_verified),
            email,
            name: name(&names.into_iter().flatten().collect::<Vec<_>>().join(" ")),
            is_banned: self.banned,
            updated_at: self.updated_at.map_or(at, instant),
        }
    }
}

impl Address {
    fn is_verified(&self) -> bool {
        self.verification.as_ref().and_then(|verification| verification.status.as_deref()) == Some("verified")
    }
}

fn instant(milliseconds: i64) -> Timestamp {
    Timestamp::EPOCH.shifted_by_micros(milliseconds.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::webhooks::standard::signed_for_tests;

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    fn news(body: &Value) -> Result<ForeignNews, WebhookRefusal> {
        let (signatures, webhook) = signed_for_tests(&body.to_string(), now());
        ClerkNews::new("https://clerk.gym.example", signatures).read(&webhook, now())
    }

    fn user() -> Value {
        json!({
            "id": "user_1", "object": "user", "first_name": "Ada", "last_name": "Lovelace", "banned": false,
            "primary_email_address_id": "idn_2",
            "email_addresses": [
                { "id": "idn_1", "email_address": "old@example.com", "verification": null },
                { "id": "idn_2", "email_address": "Ada@Example.com", "verification": { "status": "verified", "strategy": "x" } },
            ],
            "unsafe_metadata": {}, "created_at": 1_699_000_000_000_i64, "updated_at": 1_699_999_999_123_i64,
        })
    }

    fn event(kind: &str, data: &Value) -> Value {
        let at = 1_699_999_999_500_i64;
        json!({ "type": kind, "object": "event", "data": data, "timestamp": at, "instance_id": "ins_1" })
    }

    #[rstest]
    #[case("user.created")]
    #[case("user.updated")]
    fn a_user_is_read_with_the_primary_address(#[case] kind: &str) {
        let read = news(&event(kind, &user())).unwrap();
        let change = ForeignUserChange {
            issuer: "https://clerk.gym.example".into(),
            subject: "user_1".into(),
            change: ForeignChange::Upsert {
                email: Some(Email::parse("ada@example.com").unwrap()),
                email_verified: true,
                name: Some("Ada Lovelace".into()),
                is_banned: false,
                updated_at: Timestamp::parse("2023-11-14T22:13:19.123Z").unwrap(),
            },
            at: Timestamp::parse("2023-11-14T22:13:19.5Z").unwrap(),
        };
        assert_eq!(read, ForeignNews { id: Some("msg_1".into()), kind: kind.into(), change: Some(change) });
    }

    #[rstest]
    #[case::no_primary("primary_email_address_id", json!(null))]
    #[case::another_primary("primary_email_address_id", json!("idn_9"))]
    #[case::none_at_all("email_addresses", json!([]))]
    #[case::no_address("email_addresses", json!([{ "id": "idn_2", "email_address": "ada", "verification": { "status": "verified" } }]))]
    fn an_address_that_is_none_is_left_out(#[case] field: &str, #[case] value: Value) {
        let mut user = user();
        user[field] = value;
        let change = news(&event("user.updated", &user)).unwrap().change.unwrap().change;
        assert!(matches!(change, ForeignChange::Upsert { email: None, email_verified: false, .. }), "{change:?}");
    }

    #[rstest]
    #[case(json!(null))]
    #[case(json!({ "status": "unverified" }))]
    #[case(json!({}))]
    fn an_address_counts_as_verified_only_when_clerk_says_so(#[case] verification: Value) {
        let mut user = user();
        user["email_addresses"][1]["verification"] = verification;
        let change = news(&event("user.updated", &user)).unwrap().change.unwrap().change;
        assert!(matches!(change, ForeignChange::Upsert { email: Some(_), email_verified: false, .. }), "{change:?}");
    }

    #[test]
    fn what_a_user_lacks_is_left_out() {
        let read = news(&json!({ "type": "user.created", "data": { "id": "user_1" } })).unwrap().change.unwrap();
        let (name, is_banned) = (None, false);
        let nothing = ForeignChange::Upsert { email: None, email_verified: false, name, is_banned, updated_at: now() };
        assert_eq!((read.change, read.at), (nothing, now()));
    }

    #[test]
    fn a_ban_is_read() {
        let mut user = user();
        user["banned"] = json!(true);
        let change = news(&event("user.updated", &user)).unwrap().change.unwrap().change;
        assert!(matches!(change, ForeignChange::Upsert { is_banned: true, .. }), "{change:?}");
    }

    #[test]
    fn a_deleted_user_is_only_an_id() {
        let deleted = json!({ "id": "user_1", "object": "user", "deleted": true });
        let change = news(&event("user.deleted", &deleted)).unwrap().change.unwrap();
        assert_eq!((change.subject.as_str(), change.change), ("user_1", ForeignChange::Deleted));
    }

    #[rstest]
    #[case("session.created")]
    #[case("user.teleported")]
    fn what_is_not_about_a_user_is_accepted_and_says_nothing(#[case] kind: &str) {
        assert_eq!(news(&event(kind, &json!({ "id": "x" }))).unwrap().change, None);
    }

    #[rstest]
    #[case(json!({}))]
    #[case(json!([]))]
    #[case(json!({ "type": "user.created", "data": {} }))]
    #[case(json!({ "type": "user.deleted", "data": { "id": "" } }))]
    #[case(json!({ "type": "user.updated", "data": "user_1" }))]
    fn what_is_signed_and_can_not_be_read_is_malformed(#[case] body: Value) {
        assert_eq!(news(&body), Err(WebhookRefusal::Malformed));
    }

    #[test]
    fn nothing_is_read_before_the_signature() {
        let (signatures, mut webhook) = signed_for_tests("{}", now());
        webhook.body = event("user.deleted", &user()).to_string().into_bytes();
        assert_eq!(ClerkNews::new("", signatures).read(&webhook, now()), Err(WebhookRefusal::Signature));
    }
}
