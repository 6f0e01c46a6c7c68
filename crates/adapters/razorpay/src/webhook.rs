//! Believing Razorpay's webhooks, or not. Its signature covers the body and no time: that a replay is harmless is the
//! set's business, where what was said already changes nothing.

use hos_domain::billing::{IncomingWebhook, VerifiedWebhook, WebhookRefusal, WebhookVerifier};
use hos_domain::kernel::Timestamp;
use hos_http::verify_plain;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::wire::Envelope;

const HEADER: &str = "x-razorpay-signature";
const ALIAS: &str = "x-webhook-signature";
const EVENT_ID: &str = "x-razorpay-event-id";

/// Checks `X-Razorpay-Signature`.
pub struct RazorpayVerifier {
    secrets: Vec<SecretString>,
}

impl RazorpayVerifier {
    /// Believes what one of `secrets` has signed: after a change of the secret, Razorpay still signs the retries of older
    /// events with the old one. Without any it believes nothing.
    #[must_use]
    pub fn new(secrets: Vec<SecretString>) -> Self {
        Self { secrets }
    }
}

impl WebhookVerifier for RazorpayVerifier {
    fn verify(&self, webhook: &IncomingWebhook, _now: Timestamp) -> Result<VerifiedWebhook, WebhookRefusal> {
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
        verify_plain(webhook.single(name)?, &webhook.body, &secrets)?;
        let event: Envelope = serde_json::from_slice(&webhook.body).map_err(|_| WebhookRefusal::Malformed)?;
        if event.entity != "event" {
            return Err(WebhookRefusal::Malformed);
        }
        Ok(VerifiedWebhook { event_id: event_id(webhook)?, account: String::new(), kind: event.event })
    }
}

/// The body has no id of its own. The header's is the same for every delivery, and without it the body itself is.
fn event_id(webhook: &IncomingWebhook) -> Result<String, WebhookRefusal> {
    if !webhook.has(EVENT_ID) {
        return Ok(format!("body-{}", hex::encode(Sha256::digest(&webhook.body))));
    }
    match webhook.single(EVENT_ID) {
        Ok(id) if (1..=128).contains(&id.len()) => Ok(id.to_owned()),
        _ => Err(WebhookRefusal::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use hos_http::sign_plain;
    use rstest::rstest;

    use super::*;

    const BODY: &str = r#"{"entity":"event","event":"subscription.charged","created_at":1790000000,"payload":{}}"#;

    fn verdict(headers: &[(&str, &str)], body: &str) -> Result<VerifiedWebhook, WebhookRefusal> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let webhook = IncomingWebhook { headers, body: body.as_bytes().to_vec() };
        let secrets = vec!["the new one".to_owned().into(), "the old one".to_owned().into()];
        RazorpayVerifier::new(secrets).verify(&webhook, Timestamp::EPOCH)
    }

    fn signature(body: &str) -> String {
        sign_plain(body.as_bytes(), b"the new one")
    }

    #[rstest]
    #[case(HEADER)]
    #[case(ALIAS)]
    fn a_signed_event_is_believed(#[case] header: &str) {
        let event = verdict(&[(header, &signature(BODY)), (EVENT_ID, "evt_1")], BODY).unwrap();
        assert_eq!((event.event_id.as_str(), event.kind.as_str()), ("evt_1", "subscription.charged"));
        assert_eq!(event.account, "", "one key is one account");
    }

    #[test]
    fn the_old_secret_counts_until_it_is_taken_away_and_another_never() {
        let signed_by = |secret: &[u8]| verdict(&[(HEADER, &sign_plain(BODY.as_bytes(), secret))], BODY);
        assert!(signed_by(b"the old one").is_ok());
        assert_eq!(signed_by(b"somebody's"), Err(WebhookRefusal::Signature));
    }

    #[test]
    fn a_missing_or_doubled_header_or_both_names_at_once_are_refused() {
        let signature = signature(BODY);
        assert_eq!(verdict(&[], BODY), Err(WebhookRefusal::Signature));
        assert_eq!(verdict(&[(HEADER, &signature), (HEADER, &signature)], BODY), Err(WebhookRefusal::Signature));
        assert_eq!(verdict(&[(HEADER, &signature), (ALIAS, &signature)], BODY), Err(WebhookRefusal::Signature));
    }

    #[test]
    fn what_has_no_id_is_known_by_its_body_and_two_ids_are_none() {
        let signature = signature(BODY);
        let id = |headers: &[(&str, &str)]| verdict(headers, BODY).map(|event| event.event_id);
        let first = id(&[(HEADER, &signature)]).unwrap();
        assert_eq!(id(&[(HEADER, &signature)]), Ok(first));
        let doubled = [(HEADER, signature.as_str()), (EVENT_ID, "evt_1"), (EVENT_ID, "evt_2")];
        assert_eq!(id(&doubled), Err(WebhookRefusal::Malformed));
        assert_eq!(id(&[(HEADER, &signature), (EVENT_ID, "")]), Err(WebhookRefusal::Malformed));
    }

    #[test]
    fn what_is_signed_and_is_no_event_is_refused() {
        for body in ["{}", "[]", "x", r#"{"entity":"payment","event":"x"}"#] {
            assert_eq!(verdict(&[(HEADER, &signature(body))], body), Err(WebhookRefusal::Malformed), "{body}");
        }
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let webhook = IncomingWebhook { headers: vec![(HEADER.into(), signature(BODY))], body: BODY.into() };
        let verdict = RazorpayVerifier::new(Vec::new()).verify(&webhook, Timestamp::EPOCH);
        assert_eq!(verdict, Err(WebhookRefusal::NotConfigured));
    }
}
