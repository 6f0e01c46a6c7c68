//! Supabase's messages about users: the auth hook before one is created, which is signed, and database webhooks on its
//! table `auth.users`, which only carry a secret.

use hos_domain::billing::{IncomingWebhook, WebhookRefusal};
use hos_domain::identity::{ForeignChange, ForeignNews, ForeignUserChange, ForeignUserNews};
use hos_domain::kernel::{Email, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::StandardWebhooks;
use crate::claims::{name, subject};

/// A header that whoever knows its value may send.
pub struct SecretHeader {
    name: String,
    values: Vec<SecretString>,
}

/// Reads what Supabase says about users.
pub struct SupabaseNews {
    issuer: String,
    hooks: StandardWebhooks,
    rows: Option<SecretHeader>,
}

#[derive(Deserialize)]
struct Hook {
    metadata: Metadata,
    user: Option<User>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    time: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "type")]
    kind: String,
    schema: String,
    table: String,
    record: Option<Value>,
    old_record: Option<Value>,
}

/// A row of `auth.users`, or the same in the words of a hook.
#[derive(Deserialize)]
struct User {
    id: String,
    email: Option<String>,
    email_confirmed_at: Option<String>,
    #[serde(alias = "raw_user_meta_data")]
    user_metadata: Option<Value>,
    updated_at: Option<String>,
    deleted_at: Option<String>,
    banned_until: Option<String>,
}

impl SecretHeader {
    /// The header `name` with one of `values`, all of it: with `Bearer `, if that is how it is sent.
    ///
    /// # Errors
    /// When the name or a value is empty, which would let everybody in.
    pub fn new(name: &str, values: Vec<SecretString>) -> Result<Self, String> {
        if name.is_empty() || values.is_empty() || values.iter().any(|value| value.expose_secret().is_empty()) {
            return Err("a secret header needs a name and a value".to_owned());
        }
        Ok(Self { name: name.to_ascii_lowercase(), values })
    }

    fn verify(&self, webhook: &IncomingWebhook) -> Result<(), WebhookRefusal> {
        let given = webhook.single(&self.name)?.as_bytes();
        let right = self.values.iter().any(|value| value.expose_secret().as_bytes().ct_eq(given).into());
        if right { Ok(()) } else { Err(WebhookRefusal::Signature) }
    }
}

impl SupabaseNews {
    /// Speaks for `issuer`, spelled as in the tokens (`https://<ref>.supabase.co/auth/v1`). Hooks are believed by their
    /// signature; rows, which nobody signs, by a header, and not at all without `rows`.
    #[must_use]
    pub fn new(issuer: impl Into<String>, hooks: StandardWebhooks, rows: Option<SecretHeader>) -> Self {
        Self { issuer: issuer.into(), hooks, rows }
    }

    /// That a user will be made is told before it is, and it may come to nothing; that it was made is told likewise.
    fn read_hook(&self, body: &[u8], id: String, now: Timestamp) -> Result<ForeignNews, WebhookRefusal> {
        let hook: Hook = serde_json::from_slice(body).map_err(|_| WebhookRefusal::Malformed)?;
        let at = hook.metadata.time.unwrap_or(now);
        let change = match hook.metadata.name.as_str() {
            "before-user-created" | "after-user-created" => {
                // The times of a user who is not yet there are those of the year 1.
                let user = hook.user.map(|user| User { updated_at: None, ..user });
                Some(self.about(&user.ok_or(WebhookRefusal::Malformed)?, at)?)
            }
            _ => None,
        };
        Ok(ForeignNews { id: Some(id), kind: hook.metadata.name, change })
    }

    fn read_row(&self, body: &[u8], now: Timestamp) -> Result<ForeignNews, WebhookRefusal> {
        let row: Row = serde_json::from_slice(body).map_err(|_| WebhookRefusal::Malformed)?;
        let kind = format!("{}.{} {}", row.schema, row.table, row.kind);
        let user = |json: Option<Value>| -> Result<User, WebhookRefusal> {
            serde_json::from_value(json.unwrap_or_default()).map_err(|_| WebhookRefusal::Malformed)
        };
        let change = match kind.as_str() {
            "auth.users INSERT" | "auth.users UPDATE" => Some(self.about(&user(row.record)?, now)?),
            "auth.users DELETE" => {
                Some(ForeignUserChange { change: ForeignChange::Deleted, ..self.about(&user(row.old_record)?, now)? })
            }
            _ => None,
        };
        Ok(ForeignNews { id: None, kind, change })
    }

    fn about(&self, user: &User, at: Timestamp) -> Result<ForeignUserChange, WebhookRefusal> {
        let subject = subject(Some(&user.id)).ok_or(WebhookRefusal::Malformed)?.to_owned();
        Ok(ForeignUserChange { issuer: self.issuer.clone(), subject, change: user.as_change(at), at })
    }
}

impl ForeignUserNews for SupabaseNews {
    fn read(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<ForeignNews, WebhookRefusal> {
        match &self.rows {
            Some(header) if !self.hooks.applies_to(webhook) => {
                header.verify(webhook)?;
                self.read_row(&webhook.body, now)
            }
            _ => {
                let id = self.hooks.verify(webhook, now)?;
                self.read_hook(&webhook.body, id, now)
            }
        }
    }
}

impl User {
    fn as_change(&self, at: Timestamp) -> ForeignChange {
        if self.deleted_at.is_some() {
            return ForeignChange::Deleted;
        }
        // Users write their metadata themselves: good for a name, and for nothing that gives rights.
        let metadata = |key| self.user_metadata.as_ref().and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
        let email = self.email.as_deref().and_then(|email| Email::parse(email).ok());
        ForeignChange::Upsert {
            email_verified: email.is_some() && self.email_confirmed_at.is_some(),
            email,
            name: metadata("full_name").or_else(|| metadata("name")).and_then(name),
            is_banned: self.banned_until.as_deref().is_some_and(|text| ends_after(text, at)),
            updated_at: self.updated_at.as_deref().and_then(|text| Timestamp::parse(text).ok()).unwrap_or(at),
        }
    }
}

/// Supabase bans for good by a time far away. One that can't be read is far away too.
fn ends_after(text: &str, at: Timestamp) -> bool {
    Timestamp::parse(text).map_or(true, |until| until > at)
}

#[cfg(test)]
mod tests;
