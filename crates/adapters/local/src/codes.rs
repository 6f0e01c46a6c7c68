//! What is made from an id and a key, and recognized by making it again: one-time codes, tokens of invitations and of known
//! devices, names that give nobody away. Nothing of it needs to be stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use hos_domain::identity::{CodeId, InvitationId, InvitationTokens, KnownDeviceId, KnownDevices, OneTimeCodes, UserId};
use hos_domain::kernel::{Id, Pseudonyms};
use hos_domain::platform::{AuditHead, AuditHeads};
use sha2::Sha256;
use uuid::Uuid;

use crate::compare::{keyed_name, same_secret};

/// One-time codes.
pub struct HmacCodes {
    key: [u8; 32],
}

impl HmacCodes {
    /// Codes under a key that has no other use.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }
}

/// The MAC of several parts, each with its length in front.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length");
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// 16 bytes of id and 32 of proof, as 64 characters that need no escaping.
fn token(id: Uuid, proof: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), proof].concat())
}

/// The id and the proof of such a token.
fn parts(token: &str) -> Option<(Uuid, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == 48)?;
    let (id, proof) = bytes.split_first_chunk::<16>()?;
    Some((Uuid::from_bytes(*id), hex::encode(proof)))
}

impl OneTimeCodes for HmacCodes {
    fn digits(&self, code: CodeId) -> String {
        let proof = mac(&self.key, &[b"digits", code.uuid().as_bytes()]);
        let [a, b, c, d, e, f, g, h, ..] = proof;
        // 64 bits spread over a million values: no value is likelier than another by more than one in ten billion.
        format!("{:06}", u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 1_000_000)
    }

    fn token(&self, code: CodeId) -> String {
        token(code.uuid(), &mac(&self.key, &[b"token", code.uuid().as_bytes()]))
    }

    fn code_of(&self, token: &str) -> Option<CodeId> {
        let (id, proof) = parts(token)?;
        let expected = hex::encode(mac(&self.key, &[b"token", id.as_bytes()]));
        same_secret(&expected, &proof).then(|| Id::new(id))
    }

    fn same(&self, expected: &str, typed: &str) -> bool {
        same_secret(expected, typed)
    }
}

/// Tokens of invitations.
pub struct HmacInvitations {
    key: [u8; 32],
}

impl HmacInvitations {
    /// Tokens under a key that has no other use.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }
}

impl InvitationTokens for HmacInvitations {
    fn invitation_token(&self, invitation: InvitationId) -> String {
        token(invitation.uuid(), &mac(&self.key, &[invitation.uuid().as_bytes()]))
    }

    fn invitation_of(&self, token: &str) -> Option<InvitationId> {
        let (id, proof) = parts(token)?;
        let expected = hex::encode(mac(&self.key, &[id.as_bytes()]));
        same_secret(&expected, &proof).then(|| Id::new(id))
    }
}

/// Tokens of known devices.
pub struct HmacDevices {
    key: [u8; 32],
}

impl HmacDevices {
    /// Tokens under a key that has no other use.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }
}

impl KnownDevices for HmacDevices {
    fn token(&self, user: UserId, device: KnownDeviceId) -> String {
        token(device.uuid(), &mac(&self.key, &[user.uuid().as_bytes(), device.uuid().as_bytes()]))
    }

    fn device_of(&self, user: UserId, token: &str) -> Option<KnownDeviceId> {
        let (id, proof) = parts(token)?;
        let expected = hex::encode(mac(&self.key, &[user.uuid().as_bytes(), id.as_bytes()]));
        same_secret(&expected, &proof).then(|| Id::new(id))
    }
}

/// Names that give nobody away.
pub struct HmacNames {
    key: [u8; 32],
}

impl HmacNames {
    /// Names under a key that has no other use.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }
}

impl Pseudonyms for HmacNames {
    fn name_of(&self, usage: &str, hidden: &str) -> String {
        keyed_name(&mac(&self.key, &[usage.as_bytes()]), hidden.as_bytes())
    }
}

/// Heads of the audit log, as `place:digest:signature`.
pub struct HmacHeads {
    keys: Vec<[u8; 32]>,
}

impl HmacHeads {
    /// Signs with the first key and believes all of them.
    #[must_use]
    pub const fn new(keys: Vec<[u8; 32]>) -> Self {
        Self { keys }
    }
}

impl AuditHeads for HmacHeads {
    fn write(&self, head: AuditHead) -> String {
        let said = format!("{}:{}", head.seq, hex::encode(head.digest));
        let signature = self.keys.first().map(|key| hex::encode(mac(key, &[said.as_bytes()]))).unwrap_or_default();
        format!("{said}:{signature}")
    }

    fn read(&self, text: &str) -> Option<AuditHead> {
        let (said, signature) = text.trim().rsplit_once(':')?;
        let (seq, digest) = said.split_once(':')?;
        let signed = self.keys.iter().any(|key| same_secret(&hex::encode(mac(key, &[said.as_bytes()])), signature));
        let head = AuditHead { seq: seq.parse().ok()?, digest: hex::decode(digest).ok()?.try_into().ok()? };
        signed.then_some(head)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id<T>(number: u128) -> Id<T> {
        Id::new(Uuid::from_u128(number))
    }

    proptest! {
        #[test]
        fn a_code_is_six_digits_and_recognized_however_it_is_typed(number: u128, other: u128) {
            let codes = HmacCodes::new([7; 32]);
            let digits = codes.digits(id(number));
            prop_assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()));
            let typed = format!(" {} {} ", &digits[..3], &digits[3..]);
            prop_assert!(codes.is_digits(id(number), &typed));
            prop_assert_eq!(codes.is_digits(id(other), &digits), codes.digits(id(other)) == digits);
        }

        #[test]
        fn only_the_keys_own_tokens_name_anything(number: u128, at in 0_usize..64, junk in "\\PC{0,80}") {
            let codes = HmacCodes::new([7; 32]);
            let token = codes.token(id(number));
            prop_assert_eq!(token.len(), 64);
            prop_assert_eq!(codes.code_of(&token), Some(id(number)));
            prop_assert_eq!(HmacCodes::new([8; 32]).code_of(&token), None);
            prop_assert_eq!(codes.code_of(&junk), None);
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            prop_assert_eq!(codes.code_of(&String::from_utf8(altered).unwrap()), None);
        }

        #[test]
        fn an_invitation_is_known_by_its_own_token_only(number: u128, at in 0_usize..64, junk in "\\PC{0,80}") {
            let invitations = HmacInvitations::new([7; 32]);
            let token = invitations.invitation_token(id(number));
            prop_assert_eq!(token.len(), 64);
            prop_assert_eq!(invitations.invitation_of(&token), Some(id(number)));
            prop_assert_eq!(HmacInvitations::new([8; 32]).invitation_of(&token), None);
            prop_assert_eq!(invitations.invitation_of(&junk), None);
            let mut altered = token.into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            prop_assert_eq!(invitations.invitation_of(&String::from_utf8(altered).unwrap()), None);
        }
    }

    #[test]
    fn a_device_is_known_for_its_user_only() {
        let devices = HmacDevices::new([7; 32]);
        let token = devices.token(id(1), id(2));
        assert_eq!(devices.device_of(id(1), &token), Some(id(2)));
        assert_eq!(devices.device_of(id(3), &token), None);
        assert_eq!(devices.device_of(id(1), "junk"), None);
    }

    #[test]
    fn the_same_thing_has_another_name_for_another_use() {
        let names = HmacNames::new([7; 32]);
        assert_eq!(names.name_of("a", "x"), names.name_of("a", "x"));
        assert_ne!(names.name_of("a", "x"), names.name_of("b", "x"));
        assert_ne!(names.name_of("a", "x"), HmacNames::new([8; 32]).name_of("a", "x"));
    }

    #[test]
    fn a_head_is_believed_as_long_as_its_key_is_known() {
        let head = AuditHead { seq: 7, digest: [3; 32] };
        let text = HmacHeads::new(vec![[1; 32]]).write(head);
        assert_eq!(HmacHeads::new(vec![[2; 32], [1; 32]]).read(&text), Some(head));
        assert_eq!(HmacHeads::new(vec![[2; 32]]).read(&text), None);
        assert_eq!(HmacHeads::new(vec![[1; 32]]).read(&text.replacen('7', "8", 1)), None);
        assert_eq!(HmacHeads::new(vec![[1; 32]]).read("7"), None);
    }
}
