//! Believing the sandbox's webhooks, or not: `Sandbox-Signature`, signed with a secret of this installation.

use hos_domain::billing::{IncomingWebhook, VerifiedWebhook, WebhookRefusal, WebhookVerifier};
use hos_domain::kernel::Timestamp;
use hos_http::verify_timestamped;
use secrecy::{ExposeSecret, SecretString};

use crate::wire::Envelope;

/// The header that carries the signature.
pub(crate) const HEADER: &str = "sandbox-signature";

/// Checks `Sandbox-Signature`.
pub struct SandboxVerifier {
    secret: SecretString,
}

impl SandboxVerifier {
    /// Believes what `secret` has signed.
    #[must_use]
    pub const fn new(secret: SecretString) -> Self {
        Self { secret }
    }
}

impl WebhookVerifier for SandboxVerifier {
    fn verify(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<VerifiedWebhook, WebhookRefusal> {
        let secret = self.secret.expose_secret().as_bytes();
        verify_timestamped(webhook.single(HEADER)?, &webhook.body, &[secret], now)?;
        let event: Envelope = serde_json::from_slice(&webhook.body).map_err(|_| WebhookRefusal::Malformed)?;
        Ok(VerifiedWebhook { event_id: event.id, account: String::new(), kind: event.kind })
    }
}

#[cfg(test)]
mod tests {
    use hos_http::sign;

    use super::*;

    #[test]
    fn what_the_secret_signed_is_believed_and_nothing_else() {
        let now = Timestamp::from_unix_seconds(1_893_456_000).unwrap();
        let body = br#"{"id":"sevt_1","type":"invoice.paid"}"#;
        let webhook = |secret: &[u8]| IncomingWebhook {
            headers: vec![(HEADER.into(), sign(body, secret, now))],
            body: body.to_vec(),
        };
        let verifier = SandboxVerifier::new("secret".to_owned().into());
        assert_eq!(verifier.verify(&webhook(b"secret"), now).unwrap().event_id, "sevt_1");
        assert_eq!(verifier.verify(&webhook(b"other"), now), Err(WebhookRefusal::Signature));
        let unsigned = IncomingWebhook { headers: Vec::new(), body: body.to_vec() };
        assert_eq!(verifier.verify(&unsigned, now), Err(WebhookRefusal::Signature));
    }
}
