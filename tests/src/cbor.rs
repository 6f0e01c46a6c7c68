//! As much of CBOR (RFC 8949) as an authenticator writes.

/// A value.
pub(crate) enum Cbor {
    Int(i64),
    Bytes(Vec<u8>),
    Text(&'static str),
    /// Pairs in the order in which CTAP2 wants them; nothing is sorted here.
    Map(Vec<(Cbor, Cbor)>),
}

impl Cbor {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Int(number) => match u64::try_from(*number) {
                Ok(number) => head(0, number),
                Err(_) => head(1, number.unsigned_abs() - 1),
            },
            Self::Bytes(bytes) => [head(2, bytes.len() as u64), bytes.clone()].concat(),
            Self::Text(text) => [head(3, text.len() as u64), text.as_bytes().to_vec()].concat(),
            Self::Map(pairs) => {
                let pairs_encoded = pairs.iter().flat_map(|(key, value)| [key.encode(), value.encode()].concat());
                head(5, pairs.len() as u64).into_iter().chain(pairs_encoded).collect()
            }
        }
    }
}

/// The major type and its argument in the shortest form.
fn head(kind: u8, argument: u64) -> Vec<u8> {
    let kind = kind << 5;
    let bytes = argument.to_be_bytes();
    match argument {
        0..24 => vec![kind | bytes[7]],
        24..0x100 => vec![kind | 24, bytes[7]],
        0x100..0x1_0000 => [&[kind | 25], &bytes[6..]].concat(),
        0x1_0000..0x1_0000_0000 => [&[kind | 26], &bytes[4..]].concat(),
        _ => [&[kind | 27], &bytes[..]].concat(),
    }
}
