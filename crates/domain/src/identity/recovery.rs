//! Recovery codes: how somebody gets in who has lost the device of their second factor. Each is used once.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::UserId;
use crate::kernel::{IdSource, Invalid};

/// Crockford's alphabet: who reads `o` for `0`, or `i` or `l` for `1`, is understood all the same.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ten characters of 32 each, 50 random bits, shown as `xxxxx-xxxxx`. Wiped from memory when dropped, never printed.
#[derive(Debug, Clone)]
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    /// How many a user gets at a time.
    pub const COUNT: usize = 10;
    const LENGTH: usize = 10;

    /// Draws a new set.
    #[must_use]
    pub fn draw(ids: &dyn IdSource) -> [Self; Self::COUNT] {
        std::array::from_fn(|_| Self::from_secret(&ids.secret()))
    }

    /// A letter from each of the first bytes; 256 is a multiple of 32, so all letters are equally likely.
    fn from_secret(secret: &[u8; 32]) -> Self {
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
        Self(secret.iter().take(Self::LENGTH).map(letter).collect::<String>().into())
    }

    /// Reads what was typed: in either case, with spaces and dashes anywhere or nowhere.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `recovery_code`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("recovery_code", "A recovery code looks like 4kx7m-29tqb.");
        let written = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let letters: Option<String> = written.map(meant).collect();
        let code = letters.filter(|letters| letters.len() == Self::LENGTH).ok_or_else(invalid)?;
        Ok(Self(code.into()))
    }

    /// The code as its owner sees it, once.
    #[must_use]
    pub fn expose(&self) -> String {
        let (first, second) = self.0.expose_secret().split_at(Self::LENGTH / 2);
        format!("{first}-{second}")
    }

    /// What is stored in its place. A fast hash suffices for a random code; the user in it makes a thief of the table try
    /// each user's codes separately.
    #[must_use]
    pub fn hash(&self, user: UserId) -> RecoveryCodeHash {
        let hash = Sha256::new_with_prefix(b"recovery code").chain_update(user.uuid().as_bytes());
        RecoveryCodeHash(hash.chain_update(self.0.expose_secret()).finalize().into())
    }
}

/// The letter of the alphabet that somebody meant who wrote this one.
fn meant(written: char) -> Option<char> {
    match written.to_ascii_lowercase() {
        'o' => Some('0'),
        'i' | 'l' => Some('1'),
        letter => u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte)).then_some(letter),
    }
}

/// The SHA-256 of a user and one of their recovery codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecoveryCodeHash([u8; 32]);

impl RecoveryCodeHash {
    /// Takes 32 bytes as they were stored.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicU8, Ordering};

    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::Id;

    const ADA: UserId = Id::new(Uuid::from_u128(1));
    const BOB: UserId = Id::new(Uuid::from_u128(2));

    /// Each secret is another one.
    struct Counting(AtomicU8);

    impl IdSource for Counting {
        fn uuid(&self) -> Uuid {
            Uuid::nil()
        }

        fn secret(&self) -> [u8; 32] {
            [self.0.fetch_add(1, Ordering::Relaxed); 32]
        }
    }

    #[test]
    fn a_set_has_ten_codes_each_from_a_secret_of_its_own() {
        let codes = RecoveryCode::draw(&Counting(AtomicU8::new(0))).map(|code| code.expose());
        assert_eq!(codes[0], "00000-00000");
        assert_eq!(codes[9], "99999-99999");
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
    }

    #[test]
    fn the_alphabet_has_five_bits_a_letter_and_none_that_is_read_as_another() {
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), 32);
        assert!(!ALPHABET.iter().any(|letter| b"oilu".contains(letter) || letter.is_ascii_uppercase()));
    }

    #[rstest]
    #[case("4kx7m-29tqb")]
    #[case("4KX7M29TQB")]
    #[case(" 4kx7m 29tqb\n")]
    #[case("4kx-7m2-9tq-b")]
    fn a_code_is_read_however_it_is_typed(#[case] typed: &str) {
        assert_eq!(RecoveryCode::parse(typed).unwrap().expose(), "4kx7m-29tqb");
    }

    #[test]
    fn letters_that_look_like_digits_are_taken_for_them() {
        assert_eq!(RecoveryCode::parse("OoIiL-lab01").unwrap().expose(), "00111-1ab01");
    }

    #[rstest]
    #[case("")]
    #[case("4kx7m-29tq")]
    #[case("4kx7m-29tqbb")]
    #[case("4kx7m-29tqu")]
    #[case("4kx7m_29tqb")]
    #[case("4kx7m-29tqé")]
    fn what_is_no_code_is_refused(#[case] typed: &str) {
        assert_eq!(RecoveryCode::parse(typed).unwrap_err().constraint, "recovery_code");
    }

    #[test]
    fn a_hash_belongs_to_one_code_of_one_user() {
        let (code, other) = (RecoveryCode::parse("4kx7m-29tqb").unwrap(), RecoveryCode::parse("4kx7m-29tqc").unwrap());
        assert_eq!(code.hash(ADA), RecoveryCode::parse("4KX7M 29TQB").unwrap().hash(ADA));
        assert_ne!(code.hash(ADA), code.hash(BOB));
        assert_ne!(code.hash(ADA), other.hash(ADA));
        assert_eq!(RecoveryCodeHash::new(*code.hash(ADA).as_bytes()), code.hash(ADA));
    }

    #[test]
    fn a_code_is_not_printed() {
        assert!(!format!("{:?}", RecoveryCode::parse("4kx7m-29tqb").unwrap()).contains("4kx7m"));
    }

    proptest! {
        #[test]
        fn every_code_that_is_drawn_can_be_typed_back(secret: [u8; 32]) {
            let code = RecoveryCode::from_secret(&secret);
            let shown = code.expose();
            prop_assert_eq!(shown.len(), 11);
            prop_assert_eq!(RecoveryCode::parse(&shown.to_uppercase()).unwrap().hash(ADA), code.hash(ADA));
        }

        #[test]
        fn nothing_that_is_typed_panics(typed: String) {
            if let Ok(code) = RecoveryCode::parse(&typed) {
                prop_assert_eq!(code.expose().len(), 11);
            }
        }
    }
}
