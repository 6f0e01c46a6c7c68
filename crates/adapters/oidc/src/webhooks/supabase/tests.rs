//! Supabase's messages, as its documents show them.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::webhooks::standard::signed_for_tests;

const ISSUER: &str = "https://ref.supabase.co/auth/v1";
const ID: &str = "ff7fc9ae-3b1b-4642-9241-64adb9848a03";

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000).unwrap()
}

fn rows() -> SecretHeader {
    SecretHeader::new("X-Webhook-Secret", vec!["old".to_owned().into(), "new".to_owned().into()]).unwrap()
}

fn hook(body: &Value) -> Result<ForeignNews, WebhookRefusal> {
    let (hooks, webhook) = signed_for_tests(&body.to_string(), now());
    SupabaseNews::new(ISSUER, hooks, Some(rows())).read(&webhook, now())
}

fn row_with(headers: &[(&str, &str)], body: &Value) -> Result<ForeignNews, WebhookRefusal> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let webhook = IncomingWebhook { headers, body: body.to_string().into_bytes() };
    SupabaseNews::new(ISSUER, StandardWebhooks::new(&[]).unwrap(), Some(rows())).read(&webhook, now())
}

fn row(body: &Value) -> Result<ForeignNews, WebhookRefusal> {
    row_with(&[("x-webhook-secret", "new")], body)
}

fn record() -> Value {
    json!({
        "id": ID, "aud": "authenticated", "role": "authenticated", "email": "ada@example.com", "phone": null,
        "email_confirmed_at": "2023-11-14T22:00:00.123456+00:00", "deleted_at": null, "is_anonymous": false,
        "raw_user_meta_data": { "full_name": "Ada Lovelace", "email_verified": true },
        "updated_at": "2023-11-14T22:13:19.123456+00:00",
    })
}

fn change(kind: &str, record: &Value, old_record: &Value) -> Value {
    json!({ "type": kind, "schema": "auth", "table": "users", "record": record, "old_record": old_record })
}

#[rstest]
#[case(json!(null), false)]
#[case(json!("2023-11-14T22:13:20+00:00"), false)]
#[case(json!("2023-11-14T22:13:21+00:00"), true)]
#[case(json!("infinity"), true)]
fn a_ban_lasts_until_its_time(#[case] until: Value, #[case] banned: bool) {
    let mut user = record();
    user["banned_until"] = until;
    let change = row(&change("UPDATE", &user, &record())).unwrap().change.unwrap().change;
    assert!(matches!(change, ForeignChange::Upsert { is_banned, .. } if is_banned == banned), "{change:?}");
}

#[rstest]
#[case("INSERT", json!(null))]
#[case("UPDATE", record())]
fn a_row_is_read(#[case] kind: &str, #[case] old: Value) {
    let expected = ForeignUserChange {
        issuer: ISSUER.into(),
        subject: ID.into(),
        change: ForeignChange::Upsert {
            email: Some(Email::parse("ada@example.com").unwrap()),
            email_verified: true,
            name: Some("Ada Lovelace".into()),
            is_banned: false,
            updated_at: Timestamp::parse("2023-11-14T22:13:19.123456Z").unwrap(),
        },
        at: now(),
    };
    let kind_of_news = format!("auth.users {kind}");
    let expected = ForeignNews { id: None, kind: kind_of_news, change: Some(expected) };
    assert_eq!(row(&change(kind, &record(), &old)), Ok(expected));
}

#[test]
fn a_row_that_is_deleted_or_marked_so_is_a_user_who_is_gone() {
    let mut marked = record();
    marked["deleted_at"] = json!("2023-11-14T22:13:19+00:00");
    for body in [change("DELETE", &json!(null), &record()), change("UPDATE", &marked, &record())] {
        let change = row(&body).unwrap().change.unwrap();
        assert_eq!((change.subject.as_str(), change.change), (ID, ForeignChange::Deleted));
    }
}

#[test]
fn an_address_is_verified_by_the_table_and_not_by_what_users_write() {
    let mut unconfirmed = record();
    unconfirmed["email_confirmed_at"] = json!(null);
    let change = row(&change("UPDATE", &unconfirmed, &record())).unwrap().change.unwrap().change;
    assert!(matches!(change, ForeignChange::Upsert { email: Some(_), email_verified: false, .. }), "{change:?}");
}

#[test]
fn a_hook_is_read_and_its_times_are_not_those_of_the_user() {
    let body = json!({
        "metadata": {
            "uuid": "8b34dcdd-9df1-4c10-850a-b3277c653040", "time": "2023-11-14T14:13:15.755552-08:00",
            "name": "before-user-created", "ip_address": "127.0.0.1",
        },
        "user": {
            "id": ID, "aud": "authenticated", "role": "", "email": "ada@example.com", "phone": "",
            "app_metadata": { "provider": "email", "providers": ["email"] }, "user_metadata": { "name": "Ada" },
            "identities": [], "created_at": "0001-01-01T00:00:00Z", "updated_at": "0001-01-01T00:00:00Z",
        },
    });
    let at = Timestamp::parse("2023-11-14T22:13:15.755552Z").unwrap();
    let email = Some(Email::parse("ada@example.com").unwrap());
    let (name, is_banned) = (Some("Ada".into()), false);
    let upsert = ForeignChange::Upsert { email, email_verified: false, name, is_banned, updated_at: at };
    let change = ForeignUserChange { issuer: ISSUER.into(), subject: ID.into(), change: upsert, at };
    let kind = "before-user-created".to_owned();
    assert_eq!(hook(&body), Ok(ForeignNews { id: Some("msg_1".into()), kind, change: Some(change) }));
}

#[test]
fn somebody_anonymous_has_no_address() {
    let body = json!({ "metadata": { "name": "before-user-created" }, "user": { "id": ID, "email": "" } });
    let change = hook(&body).unwrap().change.unwrap();
    let (name, is_banned) = (None, false);
    let nothing = ForeignChange::Upsert { email: None, email_verified: false, name, is_banned, updated_at: now() };
    assert_eq!((change.change, change.at), (nothing, now()));
}

#[test]
fn what_is_not_about_a_user_is_accepted_and_says_nothing() {
    let other_table = json!({ "type": "INSERT", "schema": "public", "table": "users", "record": record() });
    assert_eq!(row(&other_table).unwrap().change, None);
    assert_eq!(row(&change("TRUNCATE", &json!(null), &json!(null))).unwrap().change, None);
    assert_eq!(hook(&json!({ "metadata": { "name": "send-email" }, "user": { "id": ID } })).unwrap().change, None);
}

#[rstest]
#[case::nothing(&[])]
#[case::wrong(&[("x-webhook-secret", "other")])]
#[case::a_beginning(&[("x-webhook-secret", "ne")])]
#[case::empty(&[("x-webhook-secret", "")])]
#[case::doubled(&[("x-webhook-secret", "new"), ("x-webhook-secret", "new")])]
fn a_row_without_the_secret_is_refused(#[case] headers: &[(&str, &str)]) {
    assert_eq!(row_with(headers, &change("DELETE", &json!(null), &record())), Err(WebhookRefusal::Signature));
}

#[test]
fn a_message_that_says_it_is_signed_is_not_believed_for_its_secret() {
    let (hooks, mut webhook) = signed_for_tests(&change("DELETE", &json!(null), &record()).to_string(), now());
    webhook.headers.push(("x-webhook-secret".into(), "new".into()));
    let news = SupabaseNews::new(ISSUER, hooks, Some(rows()));
    assert_eq!(news.read(&webhook, now()), Err(WebhookRefusal::Malformed), "a row is no hook");
    webhook.body.push(b' ');
    assert_eq!(news.read(&webhook, now()), Err(WebhookRefusal::Signature));
}

#[test]
fn what_is_not_set_up_believes_nothing() {
    let unsigned = IncomingWebhook { headers: vec![("x-webhook-secret".into(), String::new())], body: Vec::new() };
    let nothing = SupabaseNews::new(ISSUER, StandardWebhooks::new(&[]).unwrap(), None);
    assert_eq!(nothing.read(&unsigned, now()), Err(WebhookRefusal::NotConfigured));
    let (hooks, _) = signed_for_tests("", now());
    assert_eq!(SupabaseNews::new(ISSUER, hooks, None).read(&unsigned, now()), Err(WebhookRefusal::Signature));
    for (name, values) in [("", vec!["a"]), ("x", vec![]), ("x", vec!["a", ""])] {
        let values = values.into_iter().map(|value| value.to_owned().into()).collect();
        assert!(SecretHeader::new(name, values).is_err());
    }
}

#[rstest]
#[case(json!({}))]
#[case(change("INSERT", &json!(null), &json!(null)))]
#[case(change("DELETE", &record(), &json!({ "id": 7 })))]
#[case(change("UPDATE", &json!({ "id": "" }), &json!(null)))]
fn a_row_that_can_not_be_read_is_malformed(#[case] body: Value) {
    assert_eq!(row(&body), Err(WebhookRefusal::Malformed));
    assert_eq!(hook(&body), Err(WebhookRefusal::Malformed));
}
