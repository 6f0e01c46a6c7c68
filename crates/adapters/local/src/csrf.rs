//! Tokens against forged requests: the MAC of a session's id, so that nothing needs to be stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use hos_domain::identity::{CsrfTokens, SessionId};
use sha2::Sha256;

use crate::compare::same_secret;

/// CSRF tokens of sessions.
pub struct HmacCsrf {
    key: [u8; 32],
}

impl HmacCsrf {
    /// Tokens under a key that has no other use.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }
}

impl CsrfTokens for HmacCsrf {
    fn csrf_token(&self, session: SessionId) -> String {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            unreachable!("HMAC takes keys of every length");
        };
        URL_SAFE_NO_PAD.encode(mac.chain_update(session.uuid().as_bytes()).finalize().into_bytes())
    }

    fn is_csrf_token(&self, session: SessionId, text: &str) -> bool {
        same_secret(&self.csrf_token(session), text)
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::kernel::Id;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn a_token_is_that_of_one_session_under_one_key(number: u128, other: u128, at in 0_usize..43, junk in "\\PC{0,60}") {
            let (csrf, session) = (HmacCsrf::new([7; 32]), Id::new(Uuid::from_u128(number)));
            let token = csrf.csrf_token(session);
            prop_assert!(csrf.is_csrf_token(session, &token));
            prop_assert_eq!(csrf.is_csrf_token(Id::new(Uuid::from_u128(other)), &token), number == other);
            prop_assert!(!HmacCsrf::new([8; 32]).is_csrf_token(session, &token));
            prop_assert!(!csrf.is_csrf_token(session, &junk) && !csrf.is_csrf_token(session, ""));
            let mut altered = token.into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            prop_assert!(!csrf.is_csrf_token(session, &String::from_utf8(altered).unwrap()));
        }
    }
}
