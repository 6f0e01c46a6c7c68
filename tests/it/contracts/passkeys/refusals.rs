//! What is not the right answer, in each way that it can be wrong.

use hos_domain::identity::{Passkey, PasskeyError, Passkeys};
use hos_domain::kernel::Id;
use hos_tests::Authenticator;
use rstest::rstest;
use serde_json::Value;
use uuid::Uuid;

use super::{ORIGIN, ada, log_in, log_in_with, options, party, register, register_from};

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, PasskeyError>, because: &str) {
    match outcome {
        Err(PasskeyError::Refused(why)) => assert!(why.contains(because), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case("https://evil.example")]
#[case("https://example.com")]
#[case("http://app.example.com")]
#[case("https://app.example.com:8443")]
#[case("https://app.example.com.evil.example")]
fn a_page_of_another_origin_gets_nowhere(#[case] origin: &str) {
    let mut device = Authenticator::phone();
    assert_refused(register_from(&mut device, origin), "origin");
    let passkey = register(&mut device);
    assert_refused(log_in_with(&mut device, &passkey, origin, |_| {}), "origin");
}

/// What it differs in, and the word in the refusal.
#[rstest]
#[case(|device: &mut Authenticator| device.believes_rp_id = Some("evil.example".into()), "RP ID")]
#[case(|device: &mut Authenticator| device.verifies_user = false, "verified")]
#[case(|device: &mut Authenticator| device.framed = true, "cross")]
fn a_device_that_says_something_else_is_not_believed(#[case] change: fn(&mut Authenticator), #[case] because: &str) {
    let mut device = Authenticator::phone();
    let passkey = register(&mut device);
    log_in(&mut device, &passkey).unwrap();
    change(&mut device);
    assert_refused(log_in(&mut device, &passkey), because);
    assert_refused(register_from(&mut device, ORIGIN), because);
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let mut device = Authenticator::phone();
    let [asked, other] = [(); 2].map(|()| party().begin_registration(&ada(), &[]).unwrap());
    let answer = device.create(&options(&asked), ORIGIN).to_string();
    assert_refused(party().finish_registration(&other.state, &answer), "challenge");
    let passkey = register(&mut device);
    let [asked, other] = [(); 2].map(|()| party().begin_login().unwrap());
    let answer = device.get(&options(&asked), ORIGIN).to_string();
    assert_refused(party().finish_login(&other.state, &answer, &passkey), "challenge");
}

#[test]
fn another_keys_signature_is_refused() {
    let (mut device, mut thief) = (Authenticator::phone(), Authenticator::phone());
    let passkey = register(&mut device);
    let own = register(&mut thief);
    assert_refused(log_in(&mut thief, &passkey), "");
    let pretend = |answer: &mut Value| {
        answer["id"] = passkey.credential.clone().into();
        answer["rawId"] = passkey.credential.clone().into();
    };
    assert_refused(log_in_with(&mut thief, &passkey, ORIGIN, pretend), "signature");
    log_in(&mut thief, &own).unwrap();
}

#[test]
fn a_key_logs_in_nobody_but_its_user() {
    let mut device = Authenticator::phone();
    let passkey = Passkey { user: Id::new(Uuid::from_u128(7)), ..register(&mut device) };
    assert_refused(log_in(&mut device, &passkey), "user handle");
}

#[test]
fn a_changed_answer_is_refused() {
    let mut device = Authenticator::phone();
    let passkey = register(&mut device);
    for field in ["clientDataJSON", "authenticatorData", "signature", "userHandle"] {
        for at in 0..16 {
            let change = |answer: &mut Value| {
                let mut text = answer["response"][field].as_str().unwrap().to_owned();
                let letter = if &text[at..=at] == "A" { "B" } else { "A" };
                text.replace_range(at..=at, letter);
                answer["response"][field] = text.into();
            };
            assert_refused(log_in_with(&mut device, &passkey, ORIGIN, change), "");
        }
    }
}

#[test]
fn a_counter_that_does_not_grow_betrays_a_copied_key() {
    let mut device = Authenticator::security_key();
    let mut passkey = register(&mut device);
    passkey.material = log_in(&mut device, &passkey).unwrap();
    passkey.material = log_in(&mut device, &passkey).unwrap();
    for copied_at in [0, 1] {
        device.counter = Some(copied_at);
        assert_refused(log_in(&mut device, &passkey), "counter");
    }
    device.counter = None;
    assert_refused(log_in(&mut device, &passkey), "");
    device.counter = Some(2);
    log_in(&mut device, &passkey).unwrap();
}

#[test]
fn a_state_of_the_other_ceremony_or_of_none_is_over() {
    let mut device = Authenticator::phone();
    let [registration, login] = [party().begin_registration(&ada(), &[]).unwrap(), party().begin_login().unwrap()];
    let new = device.create(&options(&registration), ORIGIN).to_string();
    let passkey = register(&mut device);
    let known = device.get(&options(&login), ORIGIN).to_string();
    let (short, long) = (&registration.state[..20], [&login.state[..], b"x"].concat());
    for state in [&b""[..], &[0; 64], short, &login.state] {
        assert_eq!(party().finish_registration(state, &new), Err(PasskeyError::Over));
    }
    for state in [&b""[..], &[0; 64], &long, &registration.state] {
        assert_eq!(party().finish_login(state, &known, &passkey), Err(PasskeyError::Over));
    }
}

#[test]
fn an_answer_of_the_other_ceremony_is_refused() {
    let mut device = Authenticator::phone();
    let [registration, login] = [party().begin_registration(&ada(), &[]).unwrap(), party().begin_login().unwrap()];
    let new = device.create(&options(&registration), ORIGIN).to_string();
    let passkey = register(&mut device);
    let known = device.get(&options(&login), ORIGIN).to_string();
    assert_refused(party().finish_registration(&registration.state, &known), "");
    assert_refused(party().finish_login(&login.state, &new, &passkey), "");
    assert_refused(party().credential_of(&new), "");
}

#[test]
fn a_stored_key_that_can_not_be_read_logs_nobody_in() {
    let mut device = Authenticator::phone();
    let passkey = register(&mut device);
    for material in [Vec::new(), vec![0; 64], passkey.material[..20].to_vec(), [&passkey.material[..], b"x"].concat()] {
        assert_refused(log_in(&mut device, &Passkey { material, ..passkey.clone() }), "");
    }
}
