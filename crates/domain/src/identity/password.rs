//! Passwords, before and after hashing.

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use crate::kernel::Invalid;

/// A password as typed: NFC, 8 to 128 characters. Wiped from memory when dropped, never printed.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// Accepts a password for a new credential.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `common`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let password: String = text.nfc().collect();
        match password.chars().count() {
            8..=128 if is_common(&password) => {
                Err(Invalid::new("common", "This is one of the passwords that are tried first; choose another one."))
            }
            8..=128 => Ok(Self(password.into())),
            _ => Err(Invalid::new("length", "A password has 8 to 128 characters.")),
        }
    }

    /// Takes what was typed at a login: it is compared, not judged, so that a rule that became stricter locks nobody out.
    /// Longer than 1,024 bytes can't be right and would only cost time.
    #[must_use]
    pub fn attempt(text: &str) -> Self {
        let cut = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= 1_024).last().unwrap_or(0);
        let bounded = if text.len() > 1_024 { text.get(..cut).unwrap_or_default() } else { text };
        Self(bounded.nfc().collect::<String>().into())
    }

    /// The bytes to hash.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// One of the passwords that appear most often wherever passwords were stolen, sorted.
const COMMON: &str = include_str!("common_passwords.txt");

/// Whether a thief would try this first: a common password in either case, or one character over and over.
fn is_common(password: &str) -> bool {
    let folded = password.to_lowercase();
    let mut letters = folded.chars();
    let first = letters.next();
    letters.all(|letter| Some(letter) == first) || COMMON.lines().any(|common| common == folded)
}

/// A salted hash in the PHC string format, e.g. `$argon2id$v=19$m=19456,t=2,p=1$…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a PHC string as it was stored or made.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Password::parse("pässwör").is_err());
        assert!(Password::parse("pässwörd").is_ok());
        assert!(Password::parse(&"x".repeat(129)).is_err());
    }

    #[test]
    fn what_is_tried_first_is_refused_in_either_case() {
        for common in ["password", "PassWord123", "12345678", "aaaaaaaa", "ßßßßßßßß", "qwertyuiop"] {
            assert_eq!(Password::parse(common).unwrap_err().constraint, "common", "{common}");
        }
        assert!(Password::parse("passwords are boring").is_ok());
    }

    #[test]
    fn the_list_holds_only_what_could_be_chosen() {
        assert!(COMMON.lines().count() > 200);
        assert!(COMMON.lines().all(|common| common.chars().count() >= 8 && common == common.to_lowercase()));
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        let composed = Password::parse("caf\u{e9}-latte").unwrap();
        let decomposed = Password::parse("cafe\u{301}-latte").unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
    }

    #[test]
    fn an_endless_attempt_is_cut_at_a_character() {
        assert!(Password::attempt(&"é".repeat(10_000)).expose().len() <= 1_024);
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let shown = format!("{:?} {:?}", Password::attempt("hunter22"), PasswordHash::new("$argon2id$secret".into()));
        assert!(!shown.contains("hunter22") && !shown.contains("argon2id"));
    }
}
