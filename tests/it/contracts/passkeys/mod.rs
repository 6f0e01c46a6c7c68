//! [`Passkeys`]: only the right key, asked by us, from a page of ours, for a user who was there.

mod garbage;
mod refusals;

use hos_domain::identity::{
    Ceremony, DisplayName, Passkey, PasskeyError, Passkeys, Role, Units, User, UserId, UserStatus,
};
use hos_domain::kernel::{Email, Id, IdSource, Locale, TimeZone, Timestamp};
use hos_local::OsIds;
use hos_tests::{Algorithm, Authenticator};
use hos_webauthn::WebAuthn;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

const ORIGIN: &str = "https://app.example.com";
const APP: &str = "android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck";
const ADA: UserId = Id::new(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));

fn party() -> impl Passkeys {
    WebAuthn::new("example.com", "Gym", &[ORIGIN.to_owned(), APP.to_owned()]).unwrap()
}

fn ada() -> User {
    User {
        id: ADA,
        email: Email::parse("ada@example.com").unwrap(),
        name: DisplayName::parse("Ada ♥ Lovelace").unwrap(),
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

fn options(ceremony: &Ceremony) -> Value {
    serde_json::from_str(&ceremony.options).unwrap()
}

/// Makes a key for Ada on a page of `origin`.
fn register_from(device: &mut Authenticator, origin: &str) -> Result<Passkey, PasskeyError> {
    let ceremony = party().begin_registration(&ada(), &[]).unwrap();
    let answer = device.create(&options(&ceremony), origin);
    let new = party().finish_registration(&ceremony.state, &answer.to_string())?;
    Ok(Passkey {
        id: Id::new(OsIds.uuid()),
        user: ADA,
        credential: new.credential,
        material: new.material,
        name: "Phone".into(),
        created_at: Timestamp::EPOCH,
        used_at: None,
    })
}

fn register(device: &mut Authenticator) -> Passkey {
    register_from(device, ORIGIN).unwrap()
}

/// A login from a page of `origin`, with whatever somebody does to the answer on its way.
fn log_in_with(
    device: &mut Authenticator,
    passkey: &Passkey,
    origin: &str,
    meddle: impl FnOnce(&mut Value),
) -> Result<Vec<u8>, PasskeyError> {
    let ceremony = party().begin_login().unwrap();
    let mut answer = device.get(&options(&ceremony), origin);
    meddle(&mut answer);
    party().finish_login(&ceremony.state, &answer.to_string(), passkey)
}

fn log_in(device: &mut Authenticator, passkey: &Passkey) -> Result<Vec<u8>, PasskeyError> {
    log_in_with(device, passkey, ORIGIN, |_| {})
}

#[rstest]
fn a_key_is_made_and_logs_in_again_and_again(
    #[values(Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256)] algorithm: Algorithm,
    #[values(Authenticator::phone(), Authenticator::security_key())] mut device: Authenticator,
) {
    device.algorithm = algorithm;
    let mut passkey = register(&mut device);
    for _ in 0..3 {
        let ceremony = party().begin_login().unwrap();
        let answer = device.get(&options(&ceremony), ORIGIN);
        assert_eq!(answer["id"], passkey.credential);
        let answer = answer.to_string();
        assert_eq!(party().credential_of(&answer).unwrap(), passkey.credential);
        passkey.material = party().finish_login(&ceremony.state, &answer, &passkey).unwrap();
    }
}

#[test]
fn a_key_that_was_made_in_an_app_logs_in_in_the_browser() {
    let mut device = Authenticator::phone();
    let passkey = register_from(&mut device, APP).unwrap();
    log_in(&mut device, &passkey).unwrap();
}

#[test]
fn a_new_key_is_asked_for_in_words_that_people_and_devices_understand() {
    let known = ["AAAAAAAAAAAAAAAAAAAAAA".to_owned()];
    let asked = options(&party().begin_registration(&ada(), &known).unwrap());
    assert_eq!(asked["rp"], json!({ "id": "example.com", "name": "Gym" }));
    // The 16 bytes of the id in base64url.
    let user = json!({ "id": "AYkKXayWd0u8zrMCCZqAVw", "name": "ada@example.com", "displayName": "Ada ♥ Lovelace" });
    assert_eq!(asked["user"], user);
    let kinds: Vec<&Value> = asked["pubKeyCredParams"].as_array().unwrap().iter().map(|kind| &kind["alg"]).collect();
    assert_eq!(kinds, [-8, -7, -257]);
    assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["attestation"], "none");
    assert_eq!(asked["excludeCredentials"], json!([{ "type": "public-key", "id": known[0] }]));
    assert_eq!(asked["timeout"], 300_000);
}

#[test]
fn a_login_asks_for_any_key_and_names_nobody() {
    let asked = options(&party().begin_login().unwrap());
    assert_eq!((&asked["rpId"], &asked["userVerification"]), (&json!("example.com"), &json!("required")));
    assert_eq!((&asked["allowCredentials"], &asked["timeout"]), (&json!([]), &json!(300_000)));
}

#[test]
fn no_challenge_comes_twice() {
    let challenge = |ceremony: Ceremony| options(&ceremony)["challenge"].as_str().unwrap().to_owned();
    let registration = || challenge(party().begin_registration(&ada(), &[]).unwrap());
    let login = || challenge(party().begin_login().unwrap());
    let challenges = std::collections::HashSet::from([registration(), registration(), login(), login()]);
    assert_eq!(challenges.len(), 4);
}

#[test]
fn a_device_that_has_a_key_is_told_to_make_no_other() {
    let mut device = Authenticator::phone();
    let known = [register(&mut device).credential];
    let ceremony = party().begin_registration(&ada(), &known).unwrap();
    assert!(device.is_excluded(&options(&ceremony)));
    assert!(!Authenticator::phone().is_excluded(&options(&ceremony)));
}

/// Native apps and older browsers send no more than the first edition of the standard asked for.
#[test]
fn an_answer_without_what_newer_browsers_add_is_enough() {
    let mut device = Authenticator::phone();
    let ceremony = party().begin_registration(&ada(), &[]).unwrap();
    let mut answer = device.create(&options(&ceremony), ORIGIN);
    for addition in ["authenticatorData", "publicKey", "publicKeyAlgorithm", "transports"] {
        answer["response"].as_object_mut().unwrap().remove(addition).unwrap();
    }
    answer.as_object_mut().unwrap().remove("authenticatorAttachment").unwrap();
    party().finish_registration(&ceremony.state, &answer.to_string()).unwrap();
}

/// A ceremony's state must be used once, and only the caller can see to it: the port keeps nothing. A counter may notice
/// the second time, but many devices have none.
#[test]
fn the_same_state_twice_is_the_callers_matter() {
    let mut phone = Authenticator::phone();
    let passkey = register(&mut phone);
    let ceremony = party().begin_login().unwrap();
    let answer = phone.get(&options(&ceremony), ORIGIN).to_string();
    let first = party().finish_login(&ceremony.state, &answer, &passkey).unwrap();
    let again = party().finish_login(&ceremony.state, &answer, &Passkey { material: first.clone(), ..passkey });
    assert_eq!(again, Ok(first));
}
