//! The signature scheme `{hex HMAC-SHA256 of the bytes}`, as Razorpay uses it: no time, no version.

use hmac::{Hmac, KeyInit, Mac};
use hos_domain::billing::WebhookRefusal;
use sha2::Sha256;

/// Checks a signature against the exact bytes with every secret that still counts, in constant time.
///
/// # Errors
/// `NotConfigured` without a secret, `Signature` when none matches.
pub fn verify_plain(signature: &str, bytes: &[u8], secrets: &[&[u8]]) -> Result<(), WebhookRefusal> {
    if secrets.is_empty() {
        return Err(WebhookRefusal::NotConfigured);
    }
    let signature = hex::decode(signature).map_err(|_| WebhookRefusal::Signature)?;
    let matches = |secret: &&[u8]| mac(secret, bytes).is_some_and(|mac| mac.verify_slice(&signature).is_ok());
    if secrets.iter().any(matches) { Ok(()) } else { Err(WebhookRefusal::Signature) }
}

/// Signs bytes.
#[must_use]
pub fn sign_plain(bytes: &[u8], secret: &[u8]) -> String {
    mac(secret, bytes).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
}

/// HMAC takes keys of every length, so there always is one.
fn mac(secret: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    Some(Hmac::<Sha256>::new_from_slice(secret).ok()?.chain_update(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Made with Razorpay's own library for Python.
    const BODY: &[u8] = br#"{"event":"x"}"#;
    const SIGNATURE: &str = "594656dd473f460b0ad3b50a7b5a22b82423acbdc2571aac4b8297e55032e519";

    #[test]
    fn the_providers_own_vector_is_accepted() {
        assert_eq!(verify_plain(SIGNATURE, BODY, &[b"rzpsec"]), Ok(()));
        assert_eq!(sign_plain(BODY, b"rzpsec"), SIGNATURE);
    }

    #[rstest]
    #[case("")]
    #[case("59")]
    #[case("zz")]
    #[case(&SIGNATURE[..63])]
    #[case(&SIGNATURE[..62])]
    #[case(&format!("{SIGNATURE}00"))]
    #[case(&format!(" {SIGNATURE}"))]
    #[case(&format!("v1={SIGNATURE}"))]
    fn what_is_not_exactly_the_signature_is_refused(#[case] signature: &str) {
        assert_eq!(verify_plain(signature, BODY, &[b"rzpsec"]), Err(WebhookRefusal::Signature));
    }

    #[test]
    fn every_secret_that_still_counts_is_tried_and_without_one_nothing_is_believed() {
        assert_eq!(verify_plain(SIGNATURE, BODY, &[b"new", b"rzpsec"]), Ok(()));
        assert_eq!(verify_plain(SIGNATURE, BODY, &[b"new"]), Err(WebhookRefusal::Signature));
        assert_eq!(verify_plain(SIGNATURE, BODY, &[]), Err(WebhookRefusal::NotConfigured));
    }

    proptest! {
        #[test]
        fn one_flipped_bit_is_refused(body in prop::collection::vec(any::<u8>(), 1..200), at_byte: prop::sample::Index, bit in 0_u8..8) {
            let signature = sign_plain(&body, b"secret");
            let mut altered = body.clone();
            altered[at_byte.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(verify_plain(&signature, &body, &[b"secret"]), Ok(()));
            prop_assert_eq!(verify_plain(&signature, &altered, &[b"secret"]), Err(WebhookRefusal::Signature));
        }
    }
}
