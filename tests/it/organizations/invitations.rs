//! Invitations from the mail to the membership.

use std::fs;

use hos_domain::identity::OrganizationRole;
use hos_sql::Engine;
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::hall::{Hall, ORGANIZATIONS};
use crate::both_databases;

const ACCEPT: &str = "/api/v1/invitations/accept";
const DECLINE: &str = "/api/v1/invitations/decline";

/// An answer without what differs between any two invitations.
fn shape(invitation: &Value) -> Value {
    let mut shape = invitation.clone();
    for field in ["id", "email", "created_at", "expires_at"] {
        assert!(shape.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    shape
}

#[apply(both_databases)]
async fn whose_verified_address_was_invited_comes_in_and_nobody_else(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    let (bob, eve) = (app.register("bob").await, hall.verified("eve").await);
    let gym = app.post(ORGANIZATIONS, Some(&ada), json!({ "name": "Iron Hall", "kind": "gym" })).await.expect(201);
    let invitations = format!("{ORGANIZATIONS}/{}/invitations", gym.text("/id"));
    let offer = |email: &str| json!({ "email": email, "role": "coach" });
    let known = app.post(&invitations, Some(&ada), offer("bob@example.com")).await.expect(201);
    let unknown = app.post(&invitations, Some(&ada), offer("newcomer@example.com")).await.expect(201);
    assert_eq!(shape(&known.body), shape(&unknown.body), "the answer does not tell who has an account");
    app.post(&invitations, Some(&ada), offer("bob@example.com")).await.expect_error(409, "ALREADY_INVITED");

    let token = hall.mailed_token("bob@example.com", "ada").await;
    let accept = json!({ "token": token });
    app.post(ACCEPT, Some(&eve), accept.clone()).await.expect_error(404, "NOT_FOUND");
    app.post(ACCEPT, Some(&bob), accept.clone()).await.expect_error(403, "EMAIL_NOT_VERIFIED");
    let code = app.mailed_code("bob@example.com", "Your code is").await;
    app.post("/api/v1/auth/verify-email", Some(&bob), json!({ "code": code })).await.expect(200);
    let joined = app.post_once(ACCEPT, &bob, "tap", accept.clone()).await.expect(200);
    assert_eq!((joined.text("/id"), joined.text("/role")), (gym.text("/id"), "coach".to_owned()));
    let lost = app.post_once(ACCEPT, &bob, "tap", accept.clone()).await.expect(200);
    assert_eq!(lost.body, joined.body, "a phone that lost the answer gets it again");
    app.post(ACCEPT, Some(&bob), accept).await.expect_error(404, "NOT_FOUND");
    let mine = app.get(ORGANIZATIONS, Some(&bob)).await.expect(200);
    assert_eq!(mine.body["items"], json!([joined.body]));

    // Who has no account yet makes one first.
    let token = hall.mailed_token("newcomer@example.com", "ada").await;
    let newcomer = hall.verified("newcomer").await;
    app.post(ACCEPT, Some(&newcomer), json!({ "token": token })).await.expect(200);
    let open = app.get(&invitations, Some(&ada)).await.expect(200);
    assert_eq!(open.body["items"], json!([]));
}

#[apply(both_databases)]
async fn an_invitation_is_repeated_taken_back_or_declined(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    let invitations = format!("{ORGANIZATIONS}/{id}/invitations");
    let offer = json!({ "email": "bob@example.com", "role": "member" });
    let first = app.post(&invitations, Some(&ada), offer.clone()).await.expect(201);
    let one = format!("{invitations}/{}", first.text("/id"));
    let token = hall.mailed_token("bob@example.com", "ada").await;
    let resend = async || app.send(Method::POST, &format!("{one}/resend"), Some(&ada), |request| request).await;
    let again = resend().await.expect(200);
    assert!(again.text("/expires_at") > first.text("/expires_at"));
    for _ in 3..=5 {
        resend().await.expect(200);
    }
    let enough = resend().await.expect_error(429, "RATE_LIMIT_ERROR");
    assert_eq!(enough.header("retry-after"), "86400");
    assert_eq!(app.database.settled().await, 0);
    let invites = |item: &&Value| item["title"].as_str().unwrap().contains("invites you");
    assert_eq!(app.outbox().await.iter().filter(invites).count(), 5);
    assert_eq!(hall.mailed_token("bob@example.com", "ada").await, token, "the link stays the same");

    app.get(&one, Some(&ada)).await.expect(200);
    app.delete(&one, Some(&ada)).await.expect(204);
    app.get(&one, Some(&ada)).await.expect(404);
    app.delete(&one, Some(&ada)).await.expect(404);
    app.post(ACCEPT, Some(&bob), json!({ "token": token })).await.expect_error(404, "NOT_FOUND");
    app.post(DECLINE, None, json!({ "token": token })).await.expect_error(404, "NOT_FOUND");

    let carol = hall.verified("carol").await;
    let offer = json!({ "email": "carol@example.com", "role": "member" });
    app.post(&invitations, Some(&ada), offer.clone()).await.expect(201);
    let token = hall.mailed_token("carol@example.com", "ada").await;
    app.post(DECLINE, None, json!({ "token": token })).await.expect(204);
    app.post(ACCEPT, Some(&carol), json!({ "token": token })).await.expect_error(404, "NOT_FOUND");
    app.post(&invitations, Some(&ada), offer).await.expect(201);
}

#[apply(both_databases)]
async fn one_key_may_invite_the_same_address_to_two_organizations(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    let offer = json!({ "email": "bob@example.com", "role": "member" });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
        let path = format!("{ORGANIZATIONS}/{id}/invitations");
        for _ in 0..2 {
            answers.push(app.post_once(&path, &ada, "k", offer.clone()).await.expect(201).text("/id"));
        }
    }
    assert!(answers[0] == answers[1] && answers[2] == answers[3] && answers[0] != answers[2], "{answers:?}");
}

#[tokio::test]
async fn who_has_not_verified_their_own_address_has_nobody_written_to() {
    let hall = Hall::on(Engine::Sqlite).await;
    let (app, ada) = (&hall.app, hall.app.register("ada").await);
    let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    let offer = json!({ "email": "bob@example.com", "role": "member" });
    let path = format!("{ORGANIZATIONS}/{id}/invitations");
    app.post(&path, Some(&ada), offer).await.expect_error(403, "EMAIL_NOT_VERIFIED");
}

/// The whole database, read as bytes.
#[tokio::test]
async fn the_token_in_the_mail_is_stored_nowhere() {
    let hall = Hall::on(Engine::Sqlite).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    let offer = json!({ "email": "bob@example.com", "role": "member" });
    app.post(&format!("{ORGANIZATIONS}/{id}/invitations"), Some(&ada), offer).await.expect(201);
    let token = hall.mailed_token("bob@example.com", "ada").await;
    app.post_once(ACCEPT, &bob, "k", json!({ "token": token })).await.expect(200);
    assert_eq!(app.database.settled().await, 0);
    let file = app.database.options.url.strip_prefix("sqlite://").unwrap().to_owned();
    let bytes = [fs::read(&file).unwrap(), fs::read(format!("{file}-wal")).unwrap_or_default()].concat();
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("bob@example.com"), "the search finds what is there");
    assert!(!holds(&token));
}

#[tokio::test]
async fn the_page_behind_the_link_declines_without_a_line_of_script() {
    let hall = Hall::on(Engine::Sqlite).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    let offer = json!({ "email": "bob@example.com", "role": "member" });
    app.post(&format!("{ORGANIZATIONS}/{id}/invitations"), Some(&ada), offer).await.expect(201);
    let token = hall.mailed_token("bob@example.com", "ada").await;
    let page = app.get(&format!("/invitation?token={token}"), None).await.expect(200);
    let html = page.body.as_str().unwrap().to_owned();
    assert!(html.contains(&token) && html.contains("<form method=\"post\"") && !html.contains("<script"), "{html}");
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
    let decline =
        async || app.send(Method::POST, "/invitation", None, |request| request.form(&[("token", &token)])).await;
    assert!(decline().await.expect(200).body.as_str().unwrap().contains("You declined"));
    assert!(decline().await.expect(404).body.as_str().unwrap().contains("no longer counts"));
}

#[tokio::test]
async fn the_link_leads_to_the_app_where_it_has_a_page() {
    let url = "https://app.example.com/join?token=";
    let app = hos_tests::TestApp::builder(Engine::Sqlite).await.set("INVITATION_URL", url).start().await;
    let ada = app.register("ada").await;
    let code = app.mailed_code("ada@example.com", "Your code is").await;
    app.post("/api/v1/auth/verify-email", Some(&ada), json!({ "code": code })).await.expect(200);
    let team = app.post(ORGANIZATIONS, Some(&ada), json!({ "name": "Crew", "kind": "team" })).await.expect(201);
    let offer = json!({ "email": "new@example.com", "role": "member" });
    let path = format!("{ORGANIZATIONS}/{}/invitations", team.text("/id"));
    app.post(&path, Some(&ada), offer).await.expect(201);
    let mail = app.mail("new@example.com", "ada invites you to Crew").await;
    assert!(mail.contains(url) && !mail.contains("your account with us"), "{mail}");
}
