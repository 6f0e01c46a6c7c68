//! The private keys of pretended devices, one of each kind that passkeys are made of.

use ed25519_dalek::Signer;
use p256::ecdsa::signature::SignatureEncoding;
use p256::pkcs8::EncodePublicKey;
use rsa::traits::PublicKeyParts;

use crate::cbor::Cbor;

/// A kind of key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// What phones and security keys have.
    Es256,
    /// What newer security keys have.
    EdDsa,
    /// What Windows Hello has on a TPM.
    Rs256,
}

impl Algorithm {
    /// Its number at IANA (COSE Algorithms).
    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
        }
    }
}

/// A private key.
pub(crate) enum DeviceKey {
    Es256(p256::ecdsa::SigningKey),
    EdDsa(ed25519_dalek::SigningKey),
    Rs256(Box<rsa::RsaPrivateKey>),
}

impl DeviceKey {
    /// A key from 32 random bytes. RSA's is always the same, for making one takes a minute.
    pub(crate) fn new(algorithm: Algorithm, seed: [u8; 32]) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Es256(p256::ecdsa::SigningKey::from_bytes(&seed.into()).unwrap()),
            Algorithm::EdDsa => Self::EdDsa(ed25519_dalek::SigningKey::from_bytes(&seed)),
            Algorithm::Rs256 => {
                let primes = RSA_PRIMES.map(|prime| rsa::BigUint::parse_bytes(prime.as_bytes(), 16).unwrap());
                let [p, q] = primes;
                Self::Rs256(Box::new(rsa::RsaPrivateKey::from_p_q(p, q, 65_537_u32.into()).unwrap()))
            }
        }
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::Es256,
            Self::EdDsa(_) => Algorithm::EdDsa,
            Self::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// The signature as WebAuthn wants it (section 6.5.5): DER for ECDSA, raw bytes for the others.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().to_vec()
            }
            Self::EdDsa(key) => key.sign(message).to_vec(),
            Self::Rs256(key) => {
                rsa::pkcs1v15::SigningKey::<rsa::sha2::Sha256>::new((**key).clone()).sign(message).to_vec()
            }
        }
    }

    /// The public key as authenticators write it (RFC 9053).
    pub(crate) fn cose(&self) -> Cbor {
        let head =
            |kind: i64| vec![(Cbor::Int(1), Cbor::Int(kind)), (Cbor::Int(3), Cbor::Int(self.algorithm().number()))];
        let mut map;
        match self {
            Self::Es256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                map = head(2);
                map.push((Cbor::Int(-1), Cbor::Int(1)));
                map.push((Cbor::Int(-2), Cbor::Bytes(point.x().unwrap().to_vec())));
                map.push((Cbor::Int(-3), Cbor::Bytes(point.y().unwrap().to_vec())));
            }
            Self::EdDsa(key) => {
                map = head(1);
                map.push((Cbor::Int(-1), Cbor::Int(6)));
                map.push((Cbor::Int(-2), Cbor::Bytes(key.verifying_key().to_bytes().to_vec())));
            }
            Self::Rs256(key) => {
                map = head(3);
                map.push((Cbor::Int(-1), Cbor::Bytes(key.n().to_bytes_be())));
                map.push((Cbor::Int(-2), Cbor::Bytes(key.e().to_bytes_be())));
            }
        }
        Cbor::Map(map)
    }

    /// The public key as browsers give it to scripts (SubjectPublicKeyInfo).
    pub(crate) fn spki(&self) -> Vec<u8> {
        let der = match self {
            Self::Es256(key) => key.verifying_key().to_public_key_der(),
            Self::EdDsa(key) => key.verifying_key().to_public_key_der(),
            Self::Rs256(key) => key.to_public_key().to_public_key_der(),
        };
        der.unwrap().into_vec()
    }
}

/// Two primes of 1,024 bits that protect nothing.
const RSA_PRIMES: [&str; 2] = [
    concat!(
        "f16cbbb8674c66d7197849d60eb3e5c20d3a0c38ed5fe98f3f32c13ed44fe1416c057d3c93c3a24c268948ef3cd3e2a7",
        "ef90d7742f2daac187c3eb42a0925cc048de39c3af0e918a5cbd853d148960ff2949d43e9003907cd8b9cfa2b382c291",
        "fd243b70e34dcbf972163427f893f7565802b44dc5bdf2ad316b63b2ca319255",
    ),
    concat!(
        "c0ffc786c233ff0b82d2e16973b2e24e8609a29cdeee76e2b7d16298f8b54b209939f03edaf9b05f549ca69b4de50e41",
        "2929f36b6a51a1f693a11e4cf1dc70d1e939a5ce27b043b698592c9c1b506ccab68b785f1e60fef5f974cb9f571f8b12",
        "27888904587a85ae338541af1a7646ce1460cea8e2c17b04243db32754dffc51",
    ),
];
