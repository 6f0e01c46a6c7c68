//! Believing Stripe's webhooks, or not.

use hos_domain::billing::{IncomingWebhook, VerifiedWebhook, WebhookRefusal, WebhookVerifier};
use hos_domain::kernel::Timestamp;
use hos_http::verify_timestamped;
use secrecy::{ExposeSecret, SecretString};

use crate::wire::Envelope;

const HEADER: &str = "stripe-signature";
const ALIAS: &str = "x-webhook-signature";

/// Checks `Stripe-Signature`.
pub struct StripeVerifier {
    secrets: Vec<SecretString>,
}

impl StripeVerifier {
    /// Believes what one of `secrets` (`whsec_…`) has signed. Without any it believes nothing.
    #[must_use]
    pub fn new(secrets: Vec<SecretString>) -> Self {
        Self { secrets }
    }
}

impl WebhookVerifier for StripeVerifier {
    fn verify(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<VerifiedWebhook, WebhookRefusal> {
        if self.secrets.is_empty() {
            return Err(WebhookRefusal::NotConfigured);
        }
        // Both at once would leave open which of them counts.
        let name = match (webhook.has(HEADER), webhook.has(ALIAS)) {
            (true, false) => HEADER,
            (false, true) => ALIAS,
            _ => return Err(WebhookRefusal::Signature),
        };
        let secrets: Vec<&[u8]> = self.secrets.iter().map(|secret| secret.expose_secret().as_bytes()).collect();
        verify_timestamped(webhook.single(name)?, &webhook.body, &secrets, now)?;
        let event: Envelope = serde_json::from_slice(&webhook.body).map_err(|_| WebhookRefusal::Malformed)?;
        // Thin events of API v2 carry no object; they belong to another kind of endpoint.
        if event.object != "event" {
            return Err(WebhookRefusal::Malformed);
        }
        Ok(VerifiedWebhook { event_id: event.id, account: event.account.unwrap_or_default(), kind: event.kind })
    }
}

#[cfg(test)]
mod tests {
    use hos_http::sign;
    use rstest::rstest;

    use super::*;

    const BODY: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    fn verdict(headers: &[(&str, &str)], body: &str) -> Result<VerifiedWebhook, WebhookRefusal> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let webhook = IncomingWebhook { headers, body: body.as_bytes().to_vec() };
        StripeVerifier::new(vec!["whsec_test".to_owned().into()]).verify(&webhook, now())
    }

    fn signature(body: &str) -> String {
        sign(body.as_bytes(), b"whsec_test", now())
    }

    #[rstest]
    #[case(HEADER)]
    #[case(ALIAS)]
    fn a_signed_event_is_believed(#[case] header: &str) {
        let event = verdict(&[(header, &signature(BODY))], BODY).unwrap();
        assert_eq!(
            (event.event_id.as_str(), event.kind.as_str(), event.account.as_str()),
            ("evt_1", "invoice.paid", "")
        );
    }

    #[test]
    fn a_missing_or_doubled_header_or_both_names_at_once_are_refused() {
        let signature = signature(BODY);
        assert_eq!(verdict(&[], BODY), Err(WebhookRefusal::Signature));
        assert_eq!(verdict(&[(HEADER, &signature), (HEADER, &signature)], BODY), Err(WebhookRefusal::Signature));
        assert_eq!(verdict(&[(HEADER, &signature), (ALIAS, &signature)], BODY), Err(WebhookRefusal::Signature));
    }

    #[test]
    fn what_is_signed_and_is_no_snapshot_event_is_refused() {
        for body in ["{}", "[]", "x", r#"{"id":"evt_1","object":"v2.core.event","type":"x"}"#] {
            assert_eq!(verdict(&[(HEADER, &signature(body))], body), Err(WebhookRefusal::Malformed), "{body}");
        }
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let webhook = IncomingWebhook { headers: vec![(HEADER.into(), signature(BODY))], body: BODY.into() };
        assert_eq!(StripeVerifier::new(Vec::new()).verify(&webhook, now()), Err(WebhookRefusal::NotConfigured));
    }
}
