//! When somebody last proved to an issuer who they are, in the words of each.

use hos_domain::identity::ForeignTokenError;
use hos_domain::kernel::Timestamp;
use serde_json::Value;

use crate::claims::Claims;

/// When the user last proved who they are, where the token says so; not what lies ahead. OpenID Connect has `auth_time`,
/// Supabase an instant for each method, Clerk the minutes since the first factor (-1 for never) before `iat`.
pub(crate) fn proved_at(claims: &Claims, latest: Timestamp) -> Result<Option<Timestamp>, ForeignTokenError> {
    let by_method = claims.get("amr").and_then(Value::as_array).into_iter().flatten().filter(|entry| {
        // Neither needs anything but the device.
        !matches!(entry.get("method").and_then(Value::as_str), None | Some("token_refresh" | "anonymous"))
    });
    let by_method = by_method.filter_map(|entry| Timestamp::from_unix_seconds(entry.get("timestamp")?.as_i64()?));
    let minutes = claims.get("fva").and_then(|ages| u32::try_from(ages.get(0)?.as_i64()?).ok());
    let by_age = claims.instant("iat")?.zip(minutes);
    let by_age = by_age.map(|(at, minutes)| at.shifted_by_micros(-i64::from(minutes) * 60_000_000));
    let all = by_method.chain(by_age).chain(claims.instant("auth_time")?);
    Ok(all.filter(|at| *at <= latest).max())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    /// What a token issued at this instant says besides.
    fn proved(changes: &Value) -> Option<Timestamp> {
        let mut claims = json!({ "iat": NOW - 10 }).as_object().unwrap().clone();
        claims.extend(changes.as_object().unwrap().clone());
        proved_at(&Claims(claims), Timestamp::from_unix_seconds(NOW).unwrap()).unwrap()
    }

    #[rstest]
    #[case::openid(json!({ "auth_time": NOW - 60 }), Some(60))]
    #[case::supabase(json!({ "amr": [{ "method": "password", "timestamp": NOW - 90 }, { "method": "totp", "timestamp": NOW - 70 }] }), Some(70))]
    #[case::supabase_refreshed(json!({ "amr": [{ "method": "token_refresh", "timestamp": NOW - 1 }] }), None)]
    #[case::supabase_without_a_method(json!({ "amr": [{ "timestamp": NOW - 1 }] }), None)]
    #[case::names_alone(json!({ "amr": ["pwd", "mfa"] }), None)]
    #[case::clerk(json!({ "fva": [2, -1] }), Some(130))]
    #[case::clerk_never(json!({ "fva": [-1, -1] }), None)]
    #[case::clerk_nonsense(json!({ "fva": "now" }), None)]
    #[case::from_the_future(json!({ "auth_time": NOW + 3600 }), None)]
    #[case::unsaid(json!({}), None)]
    fn a_proof_is_as_old_as_the_issuer_says_and_none_if_it_does_not(#[case] changes: Value, #[case] age: Option<i64>) {
        let proved_at = proved(&changes);
        assert_eq!(proved_at.map(|at| NOW - at.unix_seconds()), age);
    }

    #[test]
    fn a_time_that_is_none_makes_the_token_unreadable() {
        let claims = Claims([("auth_time".to_owned(), json!("now"))].into_iter().collect());
        assert!(proved_at(&claims, Timestamp::EPOCH).is_err());
    }
}
