//! One-time codes from an authenticator app (RFC 6238): SHA-1, six digits, a new code every thirty seconds. These are the
//! parameters that every app understands; several ignore all others.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretBox};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::kernel::{Invalid, Timestamp};

/// Seconds that a code is shown for.
const PERIOD: i64 = 30;
const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;
/// What RFC 3986 calls unreserved needs no escape; everything else gets one, the space as `%20` and never as `+`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an authenticator app and we both know: 160 bits. Wiped from memory when dropped, never printed.
pub struct TotpSecret(SecretBox<[u8; Self::LENGTH]>);

impl TotpSecret {
    /// Bytes of a secret: as long as SHA-1's output, which RFC 4226 recommends.
    pub const LENGTH: usize = 20;

    /// Takes random bytes, or those of [`Self::expose`].
    #[must_use]
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads what [`Self::base32`] wrote, in either case and with spaces.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `base32`.
    pub fn from_base32(text: &str) -> Result<Self, Invalid> {
        let text: String = text.split_whitespace().collect::<String>().to_ascii_uppercase();
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self::new).ok_or_else(|| Invalid::new("base32", "This is not a secret of 32 letters and digits."))
    }

    /// The raw bytes, to be sealed before they are stored.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::LENGTH] {
        self.0.expose_secret()
    }

    /// The secret for people who type it: 32 characters, without padding.
    #[must_use]
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(self.expose())
    }

    /// The secret for apps that read it from a picture, as in Google's "Key Uri Format". A colon in a name is escaped, for
    /// the one between issuer and account divides them.
    #[must_use]
    pub fn url(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (utf8_percent_encode(issuer, ESCAPED), utf8_percent_encode(account, ESCAPED));
        let secret = self.base32();
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={PERIOD}"
        )
    }

    /// The code that an app shows at an instant.
    #[must_use]
    pub fn code(&self, at: Timestamp) -> String {
        self.code_of_step(step(at))
    }

    /// Whether `code` is right now, or was or will be a step away, for clocks differ and people type slowly. Gives the
    /// step it belongs to, to be kept: nothing of `last_step` or before is accepted, so that no code counts twice.
    #[must_use]
    pub fn check(&self, code: &str, now: Timestamp, last_step: Option<u64>) -> Option<u64> {
        let typed: String = code.split_whitespace().collect();
        let current = step(now);
        let steps = current.saturating_sub(1)..=current.saturating_add(1);
        // All steps are compared, and the last one that fits is the answer: if two of them happen to have the same code,
        // the earlier one would leave it good for another use.
        let fits = |step: &u64| bool::from(self.code_of_step(*step).as_bytes().ct_eq(typed.as_bytes()));
        let newest = steps.filter(fits).max()?;
        last_step.is_none_or(|last| newest > last).then_some(newest)
    }

    /// RFC 4226, section 5.3.
    fn code_of_step(&self, step: u64) -> String {
        let mac =
            Hmac::<Sha1>::new_from_slice(self.expose()).map(|mac| mac.chain_update(step.to_be_bytes()).finalize());
        // HMAC takes keys of every length.
        let mac: [u8; 20] = mac.map(|mac| mac.into_bytes().into()).unwrap_or_default();
        let [.., last] = mac;
        let offset = usize::from(last & 0xf);
        let word = mac.get(offset..offset + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes);
        let number = (word & 0x7fff_ffff) % CODES;
        format!("{number:0DIGITS$}")
    }
}

/// Steps since the epoch; before it time stands still.
fn step(at: Timestamp) -> u64 {
    u64::try_from(at.unix_seconds().div_euclid(PERIOD)).unwrap_or(0)
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// The key of RFC 6238, appendix B.
    fn of_the_rfc() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(second).unwrap()
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[rstest]
    #[case(59, "287082")]
    #[case(1_111_111_109, "081804")]
    #[case(1_111_111_111, "050471")]
    #[case(1_234_567_890, "005924")]
    #[case(2_000_000_000, "279037")]
    #[case(20_000_000_000, "353130")]
    fn codes_are_those_of_the_standard(#[case] second: i64, #[case] code: &str) {
        assert_eq!(of_the_rfc().code(at(second)), code);
        assert_eq!(of_the_rfc().check(code, at(second), None), u64::try_from(second / 30).ok());
    }

    #[test]
    fn a_code_is_good_for_a_step_either_way_and_no_longer() {
        let (secret, code) = (of_the_rfc(), of_the_rfc().code(at(3_000)));
        for (second, good) in [(2_969, false), (2_970, true), (3_000, true), (3_059, true), (3_060, false)] {
            assert_eq!(secret.check(&code, at(second), None), good.then_some(100), "{second}");
        }
    }

    #[test]
    fn a_code_counts_once_and_so_does_everything_before_it() {
        let secret = of_the_rfc();
        let code = |second: i64| secret.code(at(second));
        let step = secret.check(&code(3_000), at(3_000), Some(99));
        assert_eq!(step, Some(100));
        assert_eq!(secret.check(&code(3_000), at(3_000), step), None);
        assert_eq!(secret.check(&code(2_970), at(3_000), step), None);
        assert_eq!(secret.check(&code(3_030), at(3_000), step), Some(101));
    }

    #[test]
    fn a_code_may_be_typed_in_groups_and_nothing_else_passes_for_one() {
        let secret = of_the_rfc();
        assert_eq!(secret.check(" 287 082 ", at(59), None), Some(1));
        for wrong in ["", "28708", "2870820", "0287082", "287-082", "２８７０８２", "287081"] {
            assert_eq!(secret.check(wrong, at(59), None), None, "{wrong}");
        }
    }

    /// Searched for: the first two steps in a row that have one code with this key.
    #[test]
    fn of_two_steps_with_the_same_code_the_later_one_is_used_up() {
        let (secret, twin) = (of_the_rfc(), 910_737);
        let (code, now) = (secret.code_of_step(twin), at(30 * 910_737));
        assert_eq!(code, secret.code_of_step(twin + 1));
        assert_eq!(secret.check(&code, now, None), Some(twin + 1));
        assert_eq!(secret.check(&code, now, Some(twin + 1)), None);
    }

    #[test]
    fn the_url_escapes_what_would_end_a_part_of_it() {
        let url = of_the_rfc().url("Iron & Steel: gym", "ada+1@example.com");
        assert_eq!(
            url,
            "otpauth://totp/Iron%20%26%20Steel%3A%20gym:ada%2B1%40example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Iron%20%26%20Steel%3A%20gym\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", of_the_rfc()), "TotpSecret(…)");
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for wrong in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======"] {
            assert_eq!(TotpSecret::from_base32(wrong).unwrap_err().constraint, "base32", "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_secret_survives_being_typed(bytes: [u8; 20], group in 1_usize..9) {
            let text = TotpSecret::new(bytes).base32();
            prop_assert!(text.len() == 32 && text.chars().all(|c| matches!(c, 'A'..='Z' | '2'..='7')));
            let groups: Vec<&str> = text.as_bytes().chunks(group).map(|part| str::from_utf8(part).unwrap()).collect();
            let typed = TotpSecret::from_base32(&groups.join(" ").to_lowercase()).unwrap();
            prop_assert_eq!(typed.expose(), &bytes);
        }

        #[test]
        fn every_url_can_be_read_back(issuer: String, account: String, bytes: [u8; 20]) {
            let url = TotpSecret::new(bytes).url(&issuer, &account);
            prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()));
            let (label, _) = url.strip_prefix("otpauth://totp/").unwrap().split_once('?').unwrap();
            let (first, second) = label.split_once(':').unwrap();
            let read = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned();
            prop_assert_eq!((read(first), read(second)), (issuer, account));
        }

        #[test]
        fn the_code_of_an_instant_is_right_then_and_not_twice(bytes: [u8; 20], second in 0_i64..4_000_000_000) {
            let (secret, now) = (TotpSecret::new(bytes), at(second));
            let code = secret.code(now);
            prop_assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
            let step = secret.check(&code, now, None);
            prop_assert!(step.is_some_and(|step| step >= u64::try_from(second / 30).unwrap()));
            prop_assert_eq!(secret.check(&code, now, step), None);
        }

        #[test]
        fn nothing_that_is_typed_panics(code: String, second: i64, last: Option<u64>) {
            if let Some(now) = Timestamp::from_unix_seconds(second) {
                let _ = of_the_rfc().check(&code, now, last);
            }
        }
    }
}
