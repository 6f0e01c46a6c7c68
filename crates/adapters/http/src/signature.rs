//! The signature scheme `t={unix seconds},v1={hex HMAC-SHA256 of "t.body"}`, as Stripe and our sandbox use it.

use hmac::{Hmac, KeyInit, Mac};
use hos_domain::billing::WebhookRefusal;
use hos_domain::kernel::Timestamp;
use sha2::Sha256;

/// How far a signature's time may lie from ours, in either direction.
const TOLERANCE_SECONDS: u64 = 300;

/// Checks a signature header against the exact bytes with every secret that still counts, in constant time.
///
/// # Errors
/// `NotConfigured` without a secret, `Signature` when none matches, `Stale` when one does and its time is too far away.
pub fn verify_timestamped(header: &str, body: &[u8], secrets: &[&[u8]], now: Timestamp) -> Result<(), WebhookRefusal> {
    if secrets.is_empty() {
        return Err(WebhookRefusal::NotConfigured);
    }
    let (time, signatures) = parts(header).ok_or(WebhookRefusal::Signature)?;
    let right = secrets.iter().any(|secret| signatures.iter().any(|signature| matches(secret, time, body, signature)));
    if !right {
        return Err(WebhookRefusal::Signature);
    }
    match now.unix_seconds().abs_diff(time) {
        0..=TOLERANCE_SECONDS => Ok(()),
        _ => Err(WebhookRefusal::Stale),
    }
}

/// Signs a body as of `now`.
#[must_use]
pub fn sign(body: &[u8], secret: &[u8], now: Timestamp) -> String {
    let time = now.unix_seconds();
    let signature = mac(secret, time, body).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("t={time},v1={signature}")
}

/// The time and every `v1` signature; other schemes are skipped. A time that stands there twice is no time.
fn parts(header: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", seconds) if time.is_none() => time = Some(seconds.parse().ok()?),
            ("t", _) => return None,
            ("v1", signature) => signatures.extend(hex::decode(signature).ok()),
            _ => {}
        }
    }
    Some((time?, signatures))
}

fn matches(secret: &[u8], time: i64, body: &[u8], signature: &[u8]) -> bool {
    mac(secret, time, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// HMAC takes keys of every length, so there always is one.
fn mac(secret: &[u8], time: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    Some(mac.chain_update(time.to_string()).chain_update(".").chain_update(body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Made with Stripe's own libraries for Python and Node, which agree.
    const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;
    const SIGNATURE: &str = "8ad3ccd6627d4c5ccaca4879744c3321eb0c9d89da2714501614c0a82c36c505";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    #[test]
    fn the_providers_own_vector_is_accepted() {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        assert_eq!(verify_timestamped(&header, BODY, &[b"whsec_test"], at(1_700_000_000)), Ok(()));
        assert_eq!(sign(BODY, b"whsec_test", at(1_700_000_000)), header);
    }

    #[rstest]
    #[case::another_scheme_beside_it("t=1700000000,v0=abc,v1={s}", Ok(()))]
    #[case::two_while_rotating("t=1700000000,v1=00,v1={s}", Ok(()))]
    #[case::spaces("t=1700000000, v1={s}", Ok(()))]
    #[case::no_time("v1={s}", Err(WebhookRefusal::Signature))]
    #[case::two_times("t=1700000000,t=1700000001,v1={s}", Err(WebhookRefusal::Signature))]
    #[case::only_another_scheme("t=1700000000,v0={s}", Err(WebhookRefusal::Signature))]
    #[case::nothing("", Err(WebhookRefusal::Signature))]
    #[case::junk("%%%,=,", Err(WebhookRefusal::Signature))]
    fn headers_are_read_strictly(#[case] header: &str, #[case] verdict: Result<(), WebhookRefusal>) {
        let header = header.replace("{s}", SIGNATURE);
        assert_eq!(verify_timestamped(&header, BODY, &[b"whsec_test"], at(1_700_000_000)), verdict);
    }

    #[rstest]
    #[case(300, Ok(()))]
    #[case(-300, Ok(()))]
    #[case(301, Err(WebhookRefusal::Stale))]
    #[case(-301, Err(WebhookRefusal::Stale))]
    fn a_signature_counts_for_five_minutes_both_ways(#[case] later: i64, #[case] verdict: Result<(), WebhookRefusal>) {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        assert_eq!(verify_timestamped(&header, BODY, &[b"whsec_test"], at(1_700_000_000 + later)), verdict);
    }

    #[test]
    fn every_secret_that_still_counts_is_tried_and_without_one_nothing_is_believed() {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        let now = at(1_700_000_000);
        assert_eq!(verify_timestamped(&header, BODY, &[b"new", b"whsec_test"], now), Ok(()));
        assert_eq!(verify_timestamped(&header, BODY, &[b"new"], now), Err(WebhookRefusal::Signature));
        assert_eq!(verify_timestamped(&header, BODY, &[], now), Err(WebhookRefusal::NotConfigured));
    }

    proptest! {
        #[test]
        fn one_flipped_bit_of_the_body_is_refused(body in prop::collection::vec(any::<u8>(), 1..200), at_byte: prop::sample::Index, bit in 0_u8..8) {
            let header = sign(&body, b"secret", at(1_700_000_000));
            let mut altered = body.clone();
            altered[at_byte.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(verify_timestamped(&header, &body, &[b"secret"], at(1_700_000_000)), Ok(()));
            prop_assert_eq!(verify_timestamped(&header, &altered, &[b"secret"], at(1_700_000_000)), Err(WebhookRefusal::Signature));
        }

        #[test]
        fn no_header_makes_it_panic(header in "\\PC{0,100}") {
            let _ = verify_timestamped(&header, BODY, &[b"secret"], at(0));
        }
    }
}
