//! A key as it is stored: a version, the part that changes with every login (seven bytes, the signature counter among
//! them), and the part that does not, the public key above all.

use hos_domain::identity::PasskeyError;
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::response::register::{CompressedPubKey, DynamicState, StaticState, UncompressedPubKey};

use crate::ceremonies::refused;

/// The library's encoding belongs to this version; it changes when the library's does.
const VERSION: u8 = 1;
const CHANGING: usize = 7;

/// A public key of any of the kinds that the library knows.
pub(crate) type PublicKey = CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>;

/// A key as it was made.
pub(crate) fn first(fixed: &StaticState<UncompressedPubKey<'_>>, changing: DynamicState) -> Vec<u8> {
    let Ok(fixed) = fixed.encode();
    write(&fixed, changing)
}

/// The same key after a login.
pub(crate) fn next(material: &[u8], changing: DynamicState) -> Result<Vec<u8>, PasskeyError> {
    split(material).map(|(_, fixed)| write(fixed, changing))
}

/// Reads a key.
pub(crate) fn read(material: &[u8]) -> Result<(StaticState<PublicKey>, DynamicState), PasskeyError> {
    let (changing, fixed) = split(material)?;
    Ok((StaticState::decode(fixed).map_err(refused)?, DynamicState::decode(*changing).map_err(refused)?))
}

fn write(fixed: &[u8], changing: DynamicState) -> Vec<u8> {
    let Ok(changing) = changing.encode();
    [&[VERSION], &changing[..], fixed].concat()
}

fn split(material: &[u8]) -> Result<(&[u8; CHANGING], &[u8]), PasskeyError> {
    let parts = material.strip_prefix(&[VERSION]).and_then(<[u8]>::split_first_chunk);
    parts.ok_or_else(|| refused("the stored key can't be read"))
}
