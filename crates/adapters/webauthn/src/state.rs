//! What lasts between the halves of a ceremony, as bytes: a version, which ceremony it is, and the library's own state,
//! which holds the challenge, the instant of its end and, for a new key, whose it will be.

use hos_domain::identity::PasskeyError;

/// The library's encoding belongs to this version; it changes when the library's does.
const VERSION: u8 = 1;

/// Which ceremony a state belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Registration = 1,
    Login = 2,
}

pub(crate) fn pack(kind: Kind, state: &[u8]) -> Vec<u8> {
    [&[VERSION, kind as u8], state].concat()
}

/// The library's part of a state of this kind.
pub(crate) fn unpack(kind: Kind, packed: &[u8]) -> Result<&[u8], PasskeyError> {
    packed.strip_prefix(&[VERSION, kind as u8]).ok_or(PasskeyError::Over)
}
