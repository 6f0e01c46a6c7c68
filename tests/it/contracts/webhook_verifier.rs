//! [`WebhookVerifier`] and [`WebhookTranslator`]: whoever the provider is, a signature is a gate, and what is believed can
//! be read.

use std::time::Duration;

use hos_domain::billing::{
    Environment, IncomingWebhook, Provider, StoredWebhook, Translated, WebhookRefusal, WebhookTranslator,
    WebhookVerifier,
};
use hos_domain::kernel::{Clock, Id, Timestamp};
use hos_http::{sign, sign_plain};
use hos_local::SystemClock;
use hos_razorpay::{RazorpayTranslator, RazorpayVerifier};
use hos_sandbox::{SandboxTranslator, SandboxVerifier};
use hos_stripe::{StripeTranslator, StripeVerifier};
use rstest::rstest;
use rstest_reuse::{apply, template};
use serde_json::json;
use uuid::Uuid;

const SECRET: &str = "a secret of the provider and us";

struct Subject {
    provider: Provider,
    header: &'static str,
    verifier: Box<dyn WebhookVerifier>,
    translator: Box<dyn WebhookTranslator>,
}

fn stripe() -> Subject {
    Subject {
        provider: Provider::Stripe,
        header: "stripe-signature",
        verifier: Box::new(StripeVerifier::new(vec![SECRET.to_owned().into()])),
        translator: Box::new(StripeTranslator),
    }
}

fn razorpay() -> Subject {
    Subject {
        provider: Provider::Razorpay,
        header: "x-razorpay-signature",
        verifier: Box::new(RazorpayVerifier::new(vec![SECRET.to_owned().into()])),
        translator: Box::new(RazorpayTranslator::new(Environment::Production)),
    }
}

fn sandbox() -> Subject {
    Subject {
        provider: Provider::Sandbox,
        header: "sandbox-signature",
        verifier: Box::new(SandboxVerifier::new(SECRET.to_owned().into())),
        translator: Box::new(SandboxTranslator),
    }
}

#[template]
#[rstest]
#[case::stripe(stripe())]
#[case::razorpay(razorpay())]
#[case::sandbox(sandbox())]
fn every_provider(#[case] subject: Subject) {}

/// Those whose signature covers a time.
#[template]
#[rstest]
#[case::stripe(stripe())]
#[case::sandbox(sandbox())]
fn every_timed_provider(#[case] subject: Subject) {}

impl Subject {
    /// An event about something new, as this provider writes events.
    fn event(&self, kind: &str) -> Vec<u8> {
        let event = match self.provider {
            Provider::Stripe => json!({
                "id": "evt_1", "object": "event", "type": kind, "created": 1_800_000_000, "livemode": true,
                "data": { "object": { "id": "x_1", "object": "something_new" } },
            }),
            Provider::Razorpay => json!({
                "entity": "event", "account_id": "acc_1", "event": kind, "contains": ["something_new"],
                "created_at": 1_800_000_000, "payload": { "something_new": { "entity": { "id": "x_1" } } },
            }),
            Provider::Sandbox => json!({
                "id": "evt_1", "type": kind, "created": "2030-01-01T00:00:00Z", "customer": "scus_1",
                "user": Uuid::nil(), "object": { "kind": "something_new", "id": "x_1" },
            }),
        };
        event.to_string().into_bytes()
    }

    fn webhook(&self, body: &[u8], signature: &str) -> IncomingWebhook {
        let mut headers = vec![(self.header.to_owned(), signature.to_owned())];
        if self.provider == Provider::Razorpay {
            headers.push(("x-razorpay-event-id".to_owned(), "evt_1".to_owned()));
        }
        IncomingWebhook { headers, body: body.to_vec() }
    }

    fn signature(&self, body: &[u8], secret: &[u8], at: Timestamp) -> String {
        match self.provider {
            Provider::Razorpay => sign_plain(body, secret),
            Provider::Stripe | Provider::Sandbox => sign(body, secret, at),
        }
    }

    fn signed(&self, body: &[u8], at: Timestamp) -> IncomingWebhook {
        self.webhook(body, &self.signature(body, SECRET.as_bytes(), at))
    }
}

#[apply(every_provider)]
fn what_is_signed_now_is_believed_and_named(#[case] subject: Subject) {
    let (now, body) = (SystemClock.now(), subject.event("something.happened"));
    let verified = subject.verifier.verify(&subject.signed(&body, now), now).unwrap();
    assert_eq!((verified.event_id.as_str(), verified.kind.as_str()), ("evt_1", "something.happened"));
}

#[apply(every_provider)]
fn every_flipped_bit_of_the_body_is_noticed(#[case] subject: Subject) {
    let (now, body) = (SystemClock.now(), subject.event("something.happened"));
    let signature = subject.signature(&body, SECRET.as_bytes(), now);
    for bit in 0..body.len() * 8 {
        let mut flipped = body.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let verdict = subject.verifier.verify(&subject.webhook(&flipped, &signature), now);
        assert_eq!(verdict, Err(WebhookRefusal::Signature), "bit {bit}");
    }
}

#[apply(every_provider)]
fn a_missing_doubled_or_foreign_signature_is_refused(#[case] subject: Subject) {
    let (now, body) = (SystemClock.now(), subject.event("something.happened"));
    let good = subject.signed(&body, now);
    let missing = IncomingWebhook { headers: Vec::new(), ..good.clone() };
    let doubled = IncomingWebhook { headers: [good.headers.clone(), good.headers.clone()].concat(), ..good };
    let foreign = subject.webhook(&body, &subject.signature(&body, b"another secret", now));
    for webhook in [missing, doubled, foreign, subject.webhook(&body, ""), subject.webhook(&body, "t=,v1=")] {
        assert_eq!(subject.verifier.verify(&webhook, now), Err(WebhookRefusal::Signature));
    }
}

#[apply(every_timed_provider)]
fn five_minutes_are_the_limit_either_way(#[case] subject: Subject) {
    let (now, body) = (SystemClock.now(), subject.event("something.happened"));
    let (near, far) = (Duration::from_secs(299), Duration::from_secs(301));
    for at in [now - near, now + near] {
        assert!(subject.verifier.verify(&subject.signed(&body, at), now).is_ok());
    }
    for at in [now - far, now + far] {
        assert_eq!(subject.verifier.verify(&subject.signed(&body, at), now), Err(WebhookRefusal::Stale));
    }
}

#[apply(every_provider)]
fn what_is_signed_and_is_no_event_is_refused(#[case] subject: Subject) {
    let now = SystemClock.now();
    for body in [&b""[..], b"{", b"[]", b"\"evt_1\"", b"\xff\xfe", b"{\"id\":7}"] {
        assert_eq!(subject.verifier.verify(&subject.signed(body, now), now), Err(WebhookRefusal::Malformed));
    }
}

/// Providers add types without asking; they must neither change anything nor end as dead letters.
#[apply(every_provider)]
fn an_event_of_a_type_that_nobody_knows_is_read_and_says_nothing(#[case] subject: Subject) {
    let stored = StoredWebhook {
        id: Id::new(Uuid::nil()),
        provider: subject.provider,
        account: String::new(),
        event_id: "evt_1".into(),
        kind: "flux.capacitor.charged".into(),
        headers: Vec::new(),
        body: subject.event("flux.capacitor.charged"),
        received_at: Timestamp::EPOCH,
    };
    let translated = subject.translator.translate(&stored).unwrap();
    assert!(matches!(translated, Translated::Ignored(_) | Translated::Unknown(_)), "{translated:?}");
}
