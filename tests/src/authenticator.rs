//! A browser and the device in its user's hand: what `navigator.credentials` would answer to our options. It obeys anybody:
//! what a real browser would not even ask for, the server must refuse as well, and tests show that it does.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hos_domain::kernel::IdSource;
use hos_local::OsIds;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cbor::Cbor;
use crate::device_key::{Algorithm, DeviceKey};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const NEW_KEY: u8 = 0x40;

/// A device that makes passkeys and signs with them, and the browser before it. The public fields are the ways in which it
/// can differ from the good one that [`Authenticator::phone`] and [`Authenticator::security_key`] give.
pub struct Authenticator {
    /// Which kind of keys it makes.
    pub algorithm: Algorithm,
    /// Whether it asks for a fingerprint or a PIN, and says so.
    pub verifies_user: bool,
    /// Signatures so far; `None` if it does not count, like those that share their keys with other devices.
    pub counter: Option<u32>,
    /// Whom it believes to be asked by, if not by the domain that the options name.
    pub believes_rp_id: Option<String>,
    /// Whether the page that asks is framed by a page of another origin.
    pub framed: bool,
    keys: Vec<Key>,
}

struct Key {
    id: Vec<u8>,
    user: String,
    rp_id: String,
    pair: DeviceKey,
}

impl Authenticator {
    /// Keys that are backed up and shared between devices, not counted.
    pub fn phone() -> Self {
        Self {
            algorithm: Algorithm::Es256,
            verifies_user: true,
            counter: None,
            believes_rp_id: None,
            framed: false,
            keys: Vec::new(),
        }
    }

    /// Keys that never leave the device, with a counter of their use.
    pub fn security_key() -> Self {
        Self { counter: Some(0), ..Self::phone() }
    }

    /// Whether the options exclude a key that the device holds; browsers ask for no new one then.
    pub fn is_excluded(&self, options: &Value) -> bool {
        let excluded = options["excludeCredentials"].as_array().unwrap();
        excluded.iter().any(|known| self.keys.iter().any(|key| known["id"] == BASE64.encode(&key.id)))
    }

    /// `navigator.credentials.create()`: makes a key for `PublicKeyCredentialCreationOptionsJSON` on a page of `origin`, and
    /// gives the `RegistrationResponseJSON`.
    pub fn create(&mut self, options: &Value, origin: &str) -> Value {
        assert!(!self.is_excluded(options), "InvalidStateError: the device holds a key already");
        let wanted = options["pubKeyCredParams"].as_array().unwrap();
        assert!(wanted.iter().any(|kind| kind["alg"] == self.algorithm.number()), "NotSupportedError: {wanted:?}");
        let key = Key {
            id: OsIds.secret().to_vec(),
            user: text(options, "/user/id"),
            rp_id: text(options, "/rp/id"),
            pair: DeviceKey::new(self.algorithm, OsIds.secret()),
        };
        let client_data = self.client_data("webauthn.create", options, origin);
        let length = u16::try_from(key.id.len()).unwrap().to_be_bytes();
        // The model's id is all zero: whoever does not ask for attestation is not told the model.
        let credential = [&[0; 16][..], &length, &key.id, &key.pair.cose().encode()].concat();
        let data = [self.authenticator_data(&key.rp_id, NEW_KEY), credential].concat();
        let attestation = Cbor::Map(vec![
            (Cbor::Text("fmt"), Cbor::Text("none")),
            (Cbor::Text("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::Text("authData"), Cbor::Bytes(data.clone())),
        ]);
        let answer = credential_json(
            &key.id,
            json!({
                "clientDataJSON": BASE64.encode(client_data),
                "attestationObject": BASE64.encode(attestation.encode()),
                "authenticatorData": BASE64.encode(data),
                "publicKey": BASE64.encode(key.pair.spki()),
                "publicKeyAlgorithm": key.pair.algorithm().number(),
                // Browsers have had other words for it, and will have more.
                "transports": ["internal", "hybrid", "telepathy"],
            }),
        );
        self.keys.push(key);
        answer
    }

    /// `navigator.credentials.get()`: signs for `PublicKeyCredentialRequestOptionsJSON` on a page of `origin` with the key
    /// last made for that domain, and gives the `AuthenticationResponseJSON`.
    pub fn get(&mut self, options: &Value, origin: &str) -> Value {
        self.counter = self.counter.map(|count| count + 1);
        let client_data = self.client_data("webauthn.get", options, origin);
        let key = self.keys.iter().rfind(|key| options["rpId"] == key.rp_id).expect("NotAllowedError: no key");
        let data = self.authenticator_data(&key.rp_id, 0);
        let signature = key.pair.sign(&[&data[..], &Sha256::digest(&client_data)].concat());
        credential_json(
            &key.id,
            json!({
                "clientDataJSON": BASE64.encode(client_data),
                "authenticatorData": BASE64.encode(data),
                "signature": BASE64.encode(signature),
                "userHandle": key.user,
            }),
        )
    }

    /// What the browser has the device sign: who asks, and for what.
    fn client_data(&self, kind: &str, options: &Value, origin: &str) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": text(options, "/challenge"),
            "origin": origin,
            "crossOrigin": self.framed,
            // Chrome adds this now and then, so that nobody compares the text.
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        });
        data.to_string().into_bytes()
    }

    /// What the device says about itself (section 6.1).
    fn authenticator_data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let shared = if self.counter.is_none() { BACKUP_ELIGIBLE | BACKED_UP } else { 0 };
        let rp_id = self.believes_rp_id.as_deref().unwrap_or(rp_id);
        let counter = self.counter.unwrap_or(0).to_be_bytes();
        [&Sha256::digest(rp_id)[..], &[USER_PRESENT | verified | shared | flags], &counter].concat()
    }
}

fn credential_json(id: &[u8], response: Value) -> Value {
    let id = BASE64.encode(id);
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": response,
    })
}

fn text(options: &Value, place: &str) -> String {
    options.pointer(place).and_then(Value::as_str).unwrap_or_else(|| panic!("no {place} in {options}")).to_owned()
}
