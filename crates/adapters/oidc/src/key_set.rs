//! A published set of keys (RFC 7517), of which only what may check signatures is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hos_domain::kernel::GatewayError;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use crate::algorithm::{KeyKind, SignatureAlgorithm};

/// Shorter moduli can be factored; longer ones the library refuses to compute with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The usable keys of an issuer.
#[derive(Default)]
pub(crate) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    kind: KeyKind,
    /// What the issuer wants it to be used with, if it says so.
    algorithm: Option<SignatureAlgorithm>,
    key: DecodingKey,
}

/// What a set has for a token.
pub(crate) enum Match<'a> {
    Found(&'a DecodingKey),
    /// There is no key of this id, so the set may be out of date.
    Unknown,
    /// There is one, but not for this algorithm; or the token names none, and there are several.
    Unsuitable,
}

#[derive(Deserialize)]
struct WireSet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct WireKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys that are not for signatures, or too weak, or of a kind unknown here are left out: sets grow
    /// without notice. An empty set is a set.
    pub(crate) fn read(json: &[u8]) -> Result<Self, GatewayError> {
        let set: WireSet =
            serde_json::from_slice(json).map_err(|error| GatewayError::Malformed(format!("no key set: {error}")))?;
        let (published, keys) = (set.keys.len(), set.keys.into_iter().filter_map(Key::read).collect::<Vec<_>>());
        tracing::debug!(published, usable = keys.len(), "read a key set");
        Ok(Self(keys))
    }

    /// The key for a token that names `id` and `algorithm` in its header. A token without an id is checked with the only
    /// key that fits.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: SignatureAlgorithm) -> Match<'_> {
        let named: Vec<&Key> = self.0.iter().filter(|key| id.is_none() || key.id.as_deref() == id).collect();
        let mut fitting = named.iter().filter(|key| key.fits(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Match::Found(&key.key),
            // Ids should differ and don't have to; the first one is as good as any.
            (Some(key), Some(_)) if id.is_some() => Match::Found(&key.key),
            (None, _) if named.is_empty() => Match::Unknown,
            _ => Match::Unsuitable,
        }
    }
}

impl Key {
    fn read(json: Value) -> Option<Self> {
        let wire: WireKey = serde_json::from_value(json).ok()?;
        let for_signatures = wire.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && wire.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !for_signatures {
            return None;
        }
        let algorithm = match &wire.alg {
            Some(name) => Some(SignatureAlgorithm::from_name(name)?),
            None => None,
        };
        let (kind, key) = match (wire.kty.as_str(), wire.crv.as_deref()) {
            ("RSA", _) => (KeyKind::Rsa, rsa(&wire)?),
            ("EC", Some("P-256")) => (KeyKind::P256, ec(&wire, 32)?),
            ("EC", Some("P-384")) => (KeyKind::P384, ec(&wire, 48)?),
            ("OKP", Some("Ed25519")) => (KeyKind::Ed25519, ed(&wire)?),
            _ => return None,
        };
        let agreeing = algorithm.is_none_or(|algorithm| algorithm.key_kind() == kind);
        agreeing.then_some(Self { id: wire.kid, kind, algorithm, key })
    }

    fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        self.kind == algorithm.key_kind() && self.algorithm.is_none_or(|ours| ours == algorithm)
    }
}

fn rsa(wire: &WireKey) -> Option<DecodingKey> {
    let (n, e) = (bytes(wire.n.as_ref())?, bytes(wire.e.as_ref())?);
    let significant = n.iter().skip_while(|byte| **byte == 0);
    let leading = significant.clone().next()?.leading_zeros() as usize;
    let bits = significant.count() * 8 - leading;
    RSA_BITS.contains(&bits).then(|| DecodingKey::from_rsa_raw_components(&n, &e))
}

fn ec(wire: &WireKey, size: usize) -> Option<DecodingKey> {
    let (x, y) = (wire.x.as_ref()?, wire.y.as_ref()?);
    if bytes(Some(x))?.len() != size || bytes(Some(y))?.len() != size {
        return None;
    }
    DecodingKey::from_ec_components(x, y).ok()
}

fn ed(wire: &WireKey) -> Option<DecodingKey> {
    let x = bytes(wire.x.as_ref())?;
    (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn base64(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn rsa_key(bytes: &[u8]) -> Value {
        json!({ "kty": "RSA", "kid": "a", "n": base64(bytes), "e": "AQAB" })
    }

    fn p256_key() -> Value {
        json!({ "kty": "EC", "kid": "a", "crv": "P-256", "x": base64(&[1; 32]), "y": base64(&[2; 32]) })
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn verdict(keys: &[Value], id: Option<&str>, algorithm: SignatureAlgorithm) -> &'static str {
        match set(keys).find(id, algorithm) {
            Match::Found(_) => "found",
            Match::Unknown => "unknown",
            Match::Unsuitable => "unsuitable",
        }
    }

    #[rstest]
    #[case::bits_2048(&[0xff; 256], "found")]
    #[case::bits_2047(&[[0x7f].as_slice(), &[0xff; 255]].concat(), "unknown")]
    #[case::bits_1024_with_zeros_before_them(&[[0; 128], [0xff; 128]].concat(), "unknown")]
    #[case::bits_2048_with_a_zero_before_them(&[[0].as_slice(), &[0xff; 256]].concat(), "found")]
    #[case::bits_4104(&[0xff; 513], "unknown")]
    #[case::nothing(&[], "unknown")]
    #[case::zeros(&[0; 256], "unknown")]
    fn an_rsa_key_that_is_too_short_is_no_key(#[case] modulus: &[u8], #[case] expected: &str) {
        assert_eq!(verdict(&[rsa_key(modulus)], Some("a"), SignatureAlgorithm::Rs256), expected);
    }

    #[rstest]
    #[case::purpose("use", json!("enc"))]
    #[case::operations("key_ops", json!(["encrypt"]))]
    #[case::an_algorithm_of_another_kind("alg", json!("RS256"))]
    #[case::a_shared_secrets_algorithm("alg", json!("HS256"))]
    #[case::an_unknown_algorithm("alg", json!("ES1024"))]
    #[case::another_curve("crv", json!("P-521"))]
    #[case::a_curve_that_its_size_belies("crv", json!("P-384"))]
    #[case::another_kind("kty", json!("oct"))]
    #[case::a_coordinate_of_another_size("x", json!("AQAB"))]
    #[case::no_base64("y", json!("%%%"))]
    #[case::a_number_as_id("kid", json!(7))]
    fn a_key_that_is_not_for_such_signatures_is_left_out(#[case] name: &str, #[case] value: Value) {
        assert_eq!(verdict(&[p256_key()], Some("a"), SignatureAlgorithm::Es256), "found");
        assert_eq!(verdict(&[with(p256_key(), name, value)], Some("a"), SignatureAlgorithm::Es256), "unknown");
    }

    #[test]
    fn what_agrees_with_the_key_may_be_said_too() {
        let key = with(with(p256_key(), "use", json!("sig")), "key_ops", json!(["verify"]));
        assert_eq!(verdict(&[with(key, "alg", json!("ES256"))], Some("a"), SignatureAlgorithm::Es256), "found");
    }

    #[test]
    fn a_known_id_for_another_algorithm_is_unsuitable_rather_than_unknown() {
        let rs256_only = with(rsa_key(&[0xff; 256]), "alg", json!("RS256"));
        assert_eq!(verdict(&[rs256_only], Some("a"), SignatureAlgorithm::Ps256), "unsuitable");
        assert_eq!(verdict(&[p256_key()], Some("a"), SignatureAlgorithm::Rs256), "unsuitable");
        assert_eq!(verdict(&[p256_key()], Some("b"), SignatureAlgorithm::Es256), "unknown");
    }

    #[test]
    fn a_token_without_an_id_is_checked_with_the_only_key_that_fits() {
        let other = with(p256_key(), "kid", json!("b"));
        let rsa = rsa_key(&[0xff; 256]);
        assert_eq!(verdict(&[p256_key(), rsa], None, SignatureAlgorithm::Es256), "found");
        assert_eq!(verdict(&[p256_key(), other], None, SignatureAlgorithm::Es256), "unsuitable");
        assert_eq!(verdict(&[], None, SignatureAlgorithm::Es256), "unknown");
    }

    #[test]
    fn what_is_no_set_is_malformed() {
        for body in ["", "<html>", "[]", "{}", r#"{"keys":{}}"#] {
            assert!(matches!(KeySet::read(body.as_bytes()), Err(GatewayError::Malformed(_))), "{body}");
        }
        assert_eq!(verdict(&[json!(7), json!(null), p256_key()], Some("a"), SignatureAlgorithm::Es256), "found");
    }
}
