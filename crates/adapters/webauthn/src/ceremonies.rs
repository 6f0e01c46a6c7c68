//! The port's five verbs. Two things for which the rest of the product has ports happen within the library: it draws the
//! challenges (128 bits from a generator that the operating system seeds), and it writes the end of a ceremony into the
//! state and compares it with the system's clock. Where several nodes share the ceremonies, their clocks must agree.

use std::fmt::Display;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hos_domain::identity::{Ceremony, NewPasskey, Passkey, PasskeyError, Passkeys, User, UserId};
use serde_json::{Value, json};
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::request::register::{
    CoseAlgorithmIdentifier, CoseAlgorithmIdentifiers, Extension, RegistrationVerificationOptions, UserHandle16,
};
use webauthn_rp::response::CredentialId;
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::register::error::RegCeremonyErr;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, RegistrationServerState,
};

use crate::state::{Kind, pack, unpack};
use crate::{WebAuthn, answer, stored_key};

impl Passkeys for WebAuthn {
    fn begin_registration(&self, user: &User, known: &[String]) -> Result<Ceremony, PasskeyError> {
        let handle = handle(user.id);
        let mut wanted = PublicKeyCredentialCreationOptions::passkey(&self.id, (&handle).into(), Vec::new());
        wanted.pub_key_cred_params = CoseAlgorithmIdentifiers::default().remove(CoseAlgorithmIdentifier::Es384);
        // Each extension that one insists on shuts out devices that don't have it.
        wanted.extensions = Extension::default();
        let (state, options) = wanted.start_ceremony().map_err(refused)?;
        let mut options = serde_json::to_value(options).map_err(refused)?;
        let known = known.iter().map(|id| json!({ "type": "public-key", "id": id })).collect();
        // Words are written here: the library takes only names that are usernames in the sense of RFC 8265.
        for (place, value) in [
            ("/rp/name", Value::from(self.name.as_str())),
            ("/user/name", user.email.as_str().into()),
            ("/user/displayName", user.name.as_str().into()),
            ("/excludeCredentials", Value::Array(known)),
        ] {
            if let Some(field) = options.pointer_mut(place) {
                *field = value;
            }
        }
        let state = state.encode().map_err(refused)?;
        Ok(Ceremony { options: options.to_string(), state: pack(Kind::Registration, &state) })
    }

    fn finish_registration(&self, state: &[u8], answer: &str) -> Result<NewPasskey, PasskeyError> {
        let state = unpack(Kind::Registration, state)?;
        let state = RegistrationServerState::<16>::decode(state).map_err(|_| PasskeyError::Over)?;
        let answer = answer::registration(answer)?;
        let checks = RegistrationVerificationOptions::<'_, '_, String, &str> {
            allowed_origins: &self.origins,
            // Some authenticators say more than they were asked, and mean no harm by it.
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        let made = state.verify(&self.id, &answer, &checks).map_err(|why| match why {
            RegCeremonyErr::Timeout => PasskeyError::Over,
            other => refused(other),
        })?;
        Ok(NewPasskey {
            credential: BASE64_URL_SAFE_NO_PAD.encode(made.id()),
            material: stored_key::first(&made.static_state(), made.dynamic_state()),
        })
    }

    fn begin_login(&self) -> Result<Ceremony, PasskeyError> {
        let wanted = DiscoverableCredentialRequestOptions::passkey(&self.id);
        let (state, options) = wanted.start_ceremony().map_err(refused)?;
        let state = state.encode().map_err(refused)?;
        let options = serde_json::to_string(&options).map_err(refused)?;
        Ok(Ceremony { options, state: pack(Kind::Login, &state) })
    }

    fn credential_of(&self, answer: &str) -> Result<String, PasskeyError> {
        Ok(BASE64_URL_SAFE_NO_PAD.encode(answer::login(answer)?.raw_id()))
    }

    fn finish_login(&self, state: &[u8], answer: &str, passkey: &Passkey) -> Result<Vec<u8>, PasskeyError> {
        let state = unpack(Kind::Login, state)?;
        let state = DiscoverableAuthenticationServerState::decode(state).map_err(|_| PasskeyError::Over)?;
        let answer = answer::login(answer)?;
        let (fixed, changing) = stored_key::read(&passkey.material)?;
        let id = BASE64_URL_SAFE_NO_PAD.decode(&passkey.credential).map_err(refused)?;
        let id = CredentialId::<&[u8]>::decode(id.as_slice()).map_err(refused)?;
        let handle = handle(passkey.user);
        let mut key = AuthenticatedCredential::new(id, &handle, fixed, changing).map_err(refused)?;
        // The library's defaults say the rest: a counter must grow once it counts, a key that can't be copied to another
        // device must not become one that can, and the other way around.
        let checks = AuthenticationVerificationOptions::<'_, '_, String, &str> {
            allowed_origins: &self.origins,
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        state.verify(&self.id, &answer, &mut key, &checks).map_err(|why| match why {
            AuthCeremonyErr::Timeout => PasskeyError::Over,
            other => refused(other),
        })?;
        stored_key::next(&passkey.material, key.dynamic_state())
    }
}

/// Authenticators keep the user's id and not the e-mail address, which may change.
fn handle(user: UserId) -> UserHandle16 {
    let Ok(handle) = UserHandle16::decode(user.uuid().into_bytes());
    handle
}

/// The library's reason. It may quote the answer, which can be long.
pub(crate) fn refused(why: impl Display) -> PasskeyError {
    PasskeyError::Refused(why.to_string().chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::{DisplayName, Role, Units, UserStatus};
    use hos_domain::kernel::{Email, Id, Locale, TimeZone, Timestamp};
    use uuid::Uuid;

    use super::*;

    const ADA: UserId = Id::new(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));

    /// A security key made this answer to a challenge of long ago, as its seventh signature.
    const LOGIN: &str = concat!(
        r#"{"id":"G2T6SXtS-F4Zln3gc26fuWoQMILLC9331AT9Jf1DN1s","response":{"#,
        r#""authenticatorData":"o3mm9u6vuaVeN4wRgDTidR5oL6ufLTCrE9ISVYbOGUcFAAAABw","#,
        r#""clientDataJSON":"eyJjaGFsbGVuZ2UiOiJNOGZNdzVTTnpIeW85bWlLS1p3dy1BIiwiY3Jvc3NPcmlnaW4iOmZhbHNlLCJvcmln"#,
        "aW4iOiJodHRwczovL2FwcC5leGFtcGxlLmNvbSIsIm90aGVyX2tleXNfY2FuX2JlX2FkZGVkX2hlcmUiOiJkbyBub3QgY29tcGFyZSBj",
        r#"bGllbnREYXRhSlNPTiBhZ2FpbnN0IGEgdGVtcGxhdGUiLCJ0eXBlIjoid2ViYXV0aG4uZ2V0In0","#,
        r#""signature":"MEUCIQC60R-P5ku-c2rBuUCM94yFJj9JiVYEGf-5mOXbCrZfgAIgaDPb5M_yIQtAPBbvOBpmWW4MuY-WYXh3hfeHvxDj"#,
        r#"MGo","userHandle":"AYkKXayWd0u8zrMCCZqAVw"}}"#,
    );
    const CHALLENGE: [u8; 16] = [51, 199, 204, 195, 148, 141, 204, 124, 168, 246, 104, 138, 41, 156, 48, 248];
    /// Where the counter is in [`MATERIAL`].
    const COUNTER: usize = 3;
    const MATERIAL: [u8; 44] = [
        1, 1, 0, 6, 0, 0, 0, 0, 1, 0x50, 0xed, 0xa9, 0x80, 0x57, 0xde, 0xa5, 0x9b, 0x2a, 0xd2, 0xef, 0x31, 0xe7, 0x77,
        0x6f, 0xe2, 0xe7, 0x40, 0x11, 0x49, 0x1c, 0x8d, 0x5c, 0x8a, 0xc2, 0xcf, 0x0e, 0xac, 0x3e, 0xd4, 0x9b, 0x3d, 1,
        0, 0,
    ];
    /// The same security key's answer to `create()`.
    const REGISTRATION: &str = concat!(
        r#"{"response":{"clientDataJSON":"eyJjaGFsbGVuZ2UiOiJ3WkdPaUNUYVJXVXVZNkxHMHFDNXh3IiwiY3Jvc3NPcmlnaW4iOmZhbHN"#,
        "lLCJvcmlnaW4iOiJodHRwczovL2FwcC5leGFtcGxlLmNvbSIsIm90aGVyX2tleXNfY2FuX2JlX2FkZGVkX2hlcmUiOiJkbyBub3QgY29t",
        r#"cGFyZSBjbGllbnREYXRhSlNPTiBhZ2FpbnN0IGEgdGVtcGxhdGUiLCJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0","#,
        r#""attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViko3mm9u6vuaVeN4wRgDTidR5oL6ufLTCrE9ISVYbOGUdF"#,
        "AAAABgAAAAAAAAAAAAAAAAAAAAAAIBtk-kl7UvheGZZ94HNun7lqEDCCywvd99QE_SX9QzdbpQECAyYgASFYIFDtqYBX3qWbKtLvMed3",
        r#"b-LnQBFJHI1cisLPDqw-1Js9Ilggfu5c-YbPArmFC6nhJ9AoJ2UM2U8O47tO7FOHi7zlzw0"}}"#,
    );

    fn party() -> WebAuthn {
        WebAuthn::new("example.com", "Gym", &["https://app.example.com".to_owned()]).unwrap()
    }

    fn ada() -> User {
        User {
            id: ADA,
            email: Email::parse("ada@example.com").unwrap(),
            name: DisplayName::parse("Ada").unwrap(),
            email_verified: true,
            role: Role::User,
            country: None,
            timezone: TimeZone::UTC,
            locale: Locale::default(),
            units: Units::Metric,
            birth_date: None,
            sex: None,
            referral_code: None,
            status: UserStatus::Active,
            created_at: Timestamp::EPOCH,
            deleted_at: None,
        }
    }

    fn stored() -> Passkey {
        Passkey {
            id: Id::new(Uuid::nil()),
            user: ADA,
            credential: "G2T6SXtS-F4Zln3gc26fuWoQMILLC9331AT9Jf1DN1s".into(),
            material: MATERIAL.to_vec(),
            name: "Security key".into(),
            created_at: Timestamp::EPOCH,
            used_at: None,
        }
    }

    /// The state of a login as the first version wrote it.
    fn login_until(second: u64) -> Vec<u8> {
        [&[1, 2], &CHALLENGE[..], &[0, 0], &second.to_le_bytes(), &[0; 4]].concat()
    }

    /// If this fails, an update of the library has locked everybody out.
    #[test]
    fn what_the_first_version_stored_still_logs_in() {
        let mut expected = MATERIAL;
        expected[COUNTER] = 7;
        assert_eq!(party().finish_login(&login_until(4_000_000_000), LOGIN, &stored()), Ok(expected.to_vec()));
    }

    #[test]
    fn a_login_that_took_too_long_is_over() {
        assert_eq!(party().finish_login(&login_until(1_700_000_000), LOGIN, &stored()), Err(PasskeyError::Over));
    }

    #[test]
    fn a_registration_that_took_too_long_is_over() {
        let mut state = party().begin_registration(&ada(), &[]).unwrap().state;
        let outcome = party().finish_registration(&state, REGISTRATION);
        assert!(matches!(outcome, Err(PasskeyError::Refused(ref why)) if why.contains("challenge")), "{outcome:?}");
        // The end, in seconds, stands before four bytes of nanoseconds and the 16 of the user's id.
        let end = state.len() - 28;
        state[end..end + 8].copy_from_slice(&1_700_000_000_u64.to_le_bytes());
        assert_eq!(party().finish_registration(&state, REGISTRATION), Err(PasskeyError::Over));
    }
}
