//! The signature scheme of Standard Webhooks, which Svix made: `{id}.{timestamp}.{body}`, HMAC-SHA256, base64.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use hos_domain::billing::{IncomingWebhook, WebhookRefusal};
use hos_domain::kernel::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a message's time may lie from ours, in either direction.
const TOLERANCE_SECONDS: u64 = 300;

/// A shorter secret is a mistake, and an empty one no secret at all. Senders make them of 24 bytes and more.
const SHORTEST_SECRET: usize = 16;

/// Ids are kept to know repetitions by.
const LONGEST_ID: usize = 255;

/// Padding is optional.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The spellings of the headers: Svix's own, then the standard's.
const SPELLINGS: [[&str; 3]; 2] =
    [["svix-id", "svix-timestamp", "svix-signature"], ["webhook-id", "webhook-timestamp", "webhook-signature"]];

/// Checks signatures.
pub struct StandardWebhooks {
    keys: Vec<Hmac<Sha256>>,
}

impl StandardWebhooks {
    /// Believes what one of `secrets` has signed; each is `whsec_…`, possibly after `v1,` as Supabase writes it, or several
    /// of these joined by `|`. Without any it believes nothing.
    ///
    /// # Errors
    /// When a secret can't be read. The message does not quote it.
    pub fn new(secrets: &[SecretString]) -> Result<Self, String> {
        let each = secrets.iter().flat_map(|secret| secret.expose_secret().split('|'));
        // In a list separated by commas Supabase's `v1,` stands alone.
        let keys = each.map(str::trim).filter(|secret| !matches!(*secret, "" | "v1")).map(key);
        Ok(Self { keys: keys.collect::<Option<_>>().ok_or("a webhook secret is not like whsec_<base64>")? })
    }

    /// Whether a message says that it is signed in this manner.
    #[must_use]
    pub fn applies_to(&self, webhook: &IncomingWebhook) -> bool {
        SPELLINGS.iter().flatten().any(|name| webhook.has(name))
    }

    /// The id of a message whose signature is right; it is the same for every delivery.
    ///
    /// # Errors
    /// `NotConfigured` without a secret, `Signature` when a header is missing, doubled or no signature matches, `Stale` when
    /// one does and the message's time is too far away.
    pub fn verify(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<String, WebhookRefusal> {
        if self.keys.is_empty() {
            return Err(WebhookRefusal::NotConfigured);
        }
        let [svix, standard] = SPELLINGS;
        let [id, time, signatures] = if webhook.has(svix[0]) { svix } else { standard };
        let (id, time) = (webhook.single(id)?, webhook.single(time)?);
        // The parts are joined by dots, so a dot in one could move the border to the next.
        if id.is_empty() || id.len() > LONGEST_ID || id.contains('.') || !time.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(WebhookRefusal::Signature);
        }
        let seconds: i64 = time.parse().map_err(|_| WebhookRefusal::Signature)?;
        let content = [id.as_bytes(), b".", time.as_bytes(), b".", &webhook.body].concat();
        if !self.has_signed(&content, webhook.single(signatures)?) {
            return Err(WebhookRefusal::Signature);
        }
        if now.unix_seconds().abs_diff(seconds) > TOLERANCE_SECONDS {
            return Err(WebhookRefusal::Stale);
        }
        Ok(id.to_owned())
    }

    /// Signatures of other versions, and what is none, are skipped.
    fn has_signed(&self, content: &[u8], signatures: &str) -> bool {
        let of_v1 = signatures.split(' ').filter_map(|item| item.strip_prefix("v1,"));
        let candidates: Vec<Vec<u8>> = of_v1.filter_map(|signature| BASE64.decode(signature).ok()).collect();
        self.keys.iter().any(|key| {
            let mac = key.clone().chain_update(content);
            candidates.iter().any(|candidate| mac.clone().verify_slice(candidate).is_ok())
        })
    }
}

fn key(secret: &str) -> Option<Hmac<Sha256>> {
    let secret = secret.strip_prefix("v1,").unwrap_or(secret);
    let bytes = BASE64.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
    let key = Hmac::new_from_slice(&bytes).ok()?;
    (bytes.len() >= SHORTEST_SECRET).then_some(key)
}

/// A signed message with the id `msg_1`, and who believes it.
#[cfg(test)]
pub(super) fn signed_for_tests(body: &str, now: Timestamp) -> (StandardWebhooks, IncomingWebhook) {
    let signatures = StandardWebhooks::new(&["whsec_b3RoZXItb3RoZXItb3RoZXI".to_owned().into()]).unwrap();
    let time = now.unix_seconds();
    let mac = signatures.keys[0].clone().chain_update(format!("msg_1.{time}.{body}")).finalize().into_bytes();
    let signature = format!("v1,{}", BASE64.encode(mac));
    let values = [("webhook-id", "msg_1".to_owned()), ("webhook-timestamp", time.to_string())];
    let headers = values.into_iter().chain([("webhook-signature", signature)]);
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).collect();
    (signatures, IncomingWebhook { headers, body: body.as_bytes().to_vec() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Svix's and Standard Webhooks' own libraries for Python and Node agree about this one.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn secrets(texts: &[&str]) -> StandardWebhooks {
        let texts: Vec<SecretString> = texts.iter().map(|text| (*text).to_owned().into()).collect();
        StandardWebhooks::new(&texts).unwrap()
    }

    fn message(prefix: &str, id: &str, time: &str, signature: &str) -> IncomingWebhook {
        let values = [("id", id), ("timestamp", time), ("signature", signature)];
        let headers = values.map(|(name, value)| (format!("{prefix}-{name}"), value.to_owned())).to_vec();
        IncomingWebhook { headers, body: BODY.to_vec() }
    }

    fn good() -> IncomingWebhook {
        message("svix", ID, &TIME.to_string(), SIGNATURE)
    }

    #[rstest]
    #[case::svix("svix", SECRET)]
    #[case::standard("webhook", SECRET)]
    #[case::in_supabases_words("webhook", "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    #[case::bare("svix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    #[case::joined("svix", "v1,whsec_b3RoZXItb3RoZXItb3RoZXI|v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    fn the_schemes_own_vector_is_accepted(#[case] prefix: &str, #[case] secret: &str) {
        let webhook = message(prefix, ID, &TIME.to_string(), SIGNATURE);
        assert_eq!(secrets(&[secret]).verify(&webhook, at(TIME)), Ok(ID.to_owned()));
    }

    #[rstest]
    #[case::among_others(&format!("v1a,abc v2,{0} {SIGNATURE}", &SIGNATURE[3..]), Ok(()))]
    #[case::after_another("v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Ok(()))]
    #[case::unpadded("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", Ok(()))]
    #[case::of_another_version("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Err(WebhookRefusal::Signature))]
    #[case::without_a_version("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Err(WebhookRefusal::Signature))]
    #[case::cut("v1,g0hM9SsE+OTPJTGt/tmIKg==", Err(WebhookRefusal::Signature))]
    #[case::nothing("", Err(WebhookRefusal::Signature))]
    #[case::commas("v1, v1,, ,v1 v1", Err(WebhookRefusal::Signature))]
    fn signatures_are_read_item_by_item(#[case] signature: &str, #[case] verdict: Result<(), WebhookRefusal>) {
        let webhook = message("svix", ID, &TIME.to_string(), signature);
        assert_eq!(secrets(&[SECRET]).verify(&webhook, at(TIME)).map(drop), verdict);
    }

    #[rstest]
    #[case::to_the_second_late(300, Ok(()))]
    #[case::to_the_second_early(-300, Ok(()))]
    #[case::late(301, Err(WebhookRefusal::Stale))]
    #[case::early(-301, Err(WebhookRefusal::Stale))]
    fn a_message_counts_for_five_minutes_both_ways(#[case] later: i64, #[case] verdict: Result<(), WebhookRefusal>) {
        assert_eq!(secrets(&[SECRET]).verify(&good(), at(TIME + later)).map(drop), verdict);
    }

    #[rstest]
    #[case::another_id(message("svix", "msg_other", "1614265330", SIGNATURE))]
    #[case::another_time(message("svix", ID, "1614265331", SIGNATURE))]
    #[case::a_signed_time(message("svix", ID, "+1614265330", SIGNATURE))]
    #[case::no_time(message("svix", ID, "", SIGNATURE))]
    #[case::an_endless_time(message("svix", ID, &"9".repeat(40), SIGNATURE))]
    #[case::a_dot_in_the_id(message("svix", "msg.p5", "1614265330", SIGNATURE))]
    #[case::no_id(message("svix", "", "1614265330", SIGNATURE))]
    #[case::no_header(IncomingWebhook { headers: Vec::new(), ..good() })]
    #[case::doubled(IncomingWebhook { headers: [good().headers, good().headers].concat(), ..good() })]
    #[case::of_both_spellings(IncomingWebhook { headers: [&good().headers[..2], &message("webhook", "", "", SIGNATURE).headers[2..]].concat(), ..good() })]
    #[case::another_body(IncomingWebhook { body: b"{}".to_vec(), ..good() })]
    fn what_was_not_signed_so_is_refused(#[case] webhook: IncomingWebhook) {
        assert_eq!(secrets(&[SECRET]).verify(&webhook, at(TIME)), Err(WebhookRefusal::Signature));
    }

    #[test]
    fn every_secret_that_still_counts_is_tried_and_without_one_nothing_is_believed() {
        let other = "whsec_b3RoZXItb3RoZXItb3RoZXI";
        assert!(secrets(&[other, SECRET]).verify(&good(), at(TIME)).is_ok());
        assert_eq!(secrets(&[other]).verify(&good(), at(TIME)), Err(WebhookRefusal::Signature));
        assert!(secrets(&["v1", other, "v1", SECRET]).verify(&good(), at(TIME)).is_ok());
        for none in [&[][..], &[""], &["|"], &["v1"]] {
            assert_eq!(secrets(none).verify(&good(), at(TIME)), Err(WebhookRefusal::NotConfigured));
        }
    }

    #[rstest]
    #[case("whsec_")]
    #[case("v1,whsec_")]
    #[case("whsec_c2hvcnQ=")]
    #[case("whsec_not base64, but long enough to be a secret")]
    fn a_secret_that_is_none_is_refused_and_not_quoted(#[case] secret: &str) {
        let refusal = StandardWebhooks::new(&[secret.to_owned().into()]).err().unwrap();
        assert_eq!(refusal, "a webhook secret is not like whsec_<base64>");
    }

    proptest! {
        #[test]
        fn one_flipped_bit_of_the_body_is_refused(at_byte in 0..BODY.len(), bit in 0_u8..8) {
            let mut webhook = good();
            webhook.body[at_byte] ^= 1 << bit;
            prop_assert_eq!(secrets(&[SECRET]).verify(&webhook, at(TIME)), Err(WebhookRefusal::Signature));
        }

        #[test]
        fn no_headers_make_it_panic(id in "\\PC{0,40}", time in "\\PC{0,20}", signature in "\\PC{0,100}") {
            prop_assert!(secrets(&[SECRET]).verify(&message("svix", &id, &time, &signature), at(TIME)).is_err());
        }
    }
}
