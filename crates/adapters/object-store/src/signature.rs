//! Signed URLs of our own: HMAC-SHA256 over everything that the URL allows.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What a URL allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant<'a> {
    /// `put` or `get`.
    pub(crate) verb: &'a str,
    /// Which object.
    pub(crate) key: &'a str,
    /// Until when, in Unix seconds.
    pub(crate) expires: i64,
    /// For `put`: the media type that must be sent.
    pub(crate) content_type: &'a str,
    /// For `put`: the exact size that must be sent, where it was promised.
    pub(crate) bytes: Option<u64>,
}

/// Signs a grant.
pub(crate) fn sign(secret: &[u8; 32], grant: &Grant<'_>) -> String {
    let bytes = grant.bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
    let mac = Hmac::<Sha256>::new_from_slice(secret).map(|mac| {
        // Lengths before contents: no two grants have one form.
        let fields = [grant.verb, grant.key, &grant.expires.to_string(), grant.content_type, &bytes];
        fields.iter().fold(mac, |mac, field| mac.chain_update(format!("{}:{field}", field.len())))
    });
    // HMAC takes keys of every length.
    mac.map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
}

/// Whether a signature is that of a grant.
pub(crate) fn is_right(secret: &[u8; 32], grant: &Grant<'_>, signature: &str) -> bool {
    sign(secret, grant).as_bytes().ct_eq(signature.as_bytes()).into()
}
