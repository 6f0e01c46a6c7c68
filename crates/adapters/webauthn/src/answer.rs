//! What the browser sends back: `RegistrationResponseJSON` or `AuthenticationResponseJSON`.

use hos_domain::identity::PasskeyError;
use serde_json::{Map, Value};
use webauthn_rp::DiscoverableAuthentication16;
use webauthn_rp::response::register::Registration;

use crate::ceremonies::refused;

pub(crate) fn registration(answer: &str) -> Result<Registration, PasskeyError> {
    Registration::from_json_relaxed(&essential(answer)?).map_err(refused)
}

pub(crate) fn login(answer: &str) -> Result<DiscoverableAuthentication16, PasskeyError> {
    DiscoverableAuthentication16::from_json_relaxed(&essential(answer)?).map_err(refused)
}

/// The answer without the two hints about how the device is connected: browsers add words to them, the library refuses
/// words it does not know, and we use neither.
fn essential(answer: &str) -> Result<Vec<u8>, PasskeyError> {
    let mut answer: Map<String, Value> = serde_json::from_str(answer).map_err(refused)?;
    answer.remove("authenticatorAttachment");
    if let Some(Value::Object(response)) = answer.get_mut("response") {
        response.remove("transports");
    }
    serde_json::to_vec(&answer).map_err(refused)
}
