//! What is no answer at all: refused, whatever it is, and without a panic.

use hos_domain::identity::{PasskeyError, Passkeys};
use hos_tests::Authenticator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ORIGIN, ada, options, party, register};

/// Any JSON at all, not too deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[A-Za-z0-9_-]{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{0,12}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn assert_nothing_is_accepted(answer: &str) -> Result<(), TestCaseError> {
    let [registration, login] = [party().begin_registration(&ada(), &[]).unwrap(), party().begin_login().unwrap()];
    prop_assert!(party().finish_registration(&registration.state, answer).is_err());
    let passkey = register(&mut Authenticator::phone());
    prop_assert!(party().finish_login(&login.state, answer, &passkey).is_err());
    prop_assert!(party().credential_of(answer).is_err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_is_an_answer(answer: String) {
        assert_nothing_is_accepted(&answer)?;
    }

    #[test]
    fn no_json_is_an_answer(answer in any_json()) {
        assert_nothing_is_accepted(&answer.to_string())?;
    }

    #[test]
    fn no_field_can_hold_just_anything(
        field in prop::sample::select(&["/id", "/type", "/response", "/response/clientDataJSON",
            "/response/attestationObject", "/response/authenticatorData", "/response/signature",
            "/response/userHandle"][..]),
        // Some fields may be null or missing.
        value in any_json().prop_filter("not null", |value| !value.is_null()),
    ) {
        let mut device = Authenticator::phone();
        let ceremony = party().begin_registration(&ada(), &[]).unwrap();
        let mut answer = device.create(&options(&ceremony), ORIGIN);
        let has_field = answer.pointer_mut(field).map(|place| *place = value.clone()).is_some();
        prop_assert_eq!(party().finish_registration(&ceremony.state, &answer.to_string()).is_err(), has_field);
        let passkey = register(&mut device);
        let ceremony = party().begin_login().unwrap();
        let mut answer = device.get(&options(&ceremony), ORIGIN);
        let has_field = answer.pointer_mut(field).map(|place| *place = value).is_some();
        let outcome = party().finish_login(&ceremony.state, &answer.to_string(), &passkey);
        prop_assert_eq!(outcome.is_err(), has_field);
    }

    #[test]
    fn no_bytes_are_a_state(state: Vec<u8>) {
        let mut device = Authenticator::phone();
        let passkey = register(&mut device);
        let ceremony = party().begin_login().unwrap();
        let answer = device.get(&options(&ceremony), ORIGIN).to_string();
        prop_assert_eq!(party().finish_login(&state, &answer, &passkey), Err(PasskeyError::Over));
    }
}
