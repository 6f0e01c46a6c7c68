//! An organization from its making to its end, and what becomes of it when accounts are deleted.

use hos_domain::identity::OrganizationRole;
use hos_sql::Engine;
use hos_tests::{PASSWORD, Reply, Session};
use reqwest::Method;
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::hall::{Hall, ORGANIZATIONS};
use crate::both_databases;

const ME: &str = "/api/v1/users/me";

fn names(list: &Reply) -> Vec<&str> {
    list.body["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[apply(both_databases)]
async fn an_organization_is_made_once_renamed_and_deleted_for_everybody(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let odd = app.post(ORGANIZATIONS, Some(&ada), json!({ "name": " ", "kind": "club" })).await.expect(400);
    assert_eq!(odd.details(), [("name", "length"), ("kind", "one_of")]);
    let form = json!({ "name": "Iron Hall", "kind": "gym" });
    let made = app.post_once(ORGANIZATIONS, &ada, "k", form.clone()).await.expect(201);
    assert_eq!(app.post_once(ORGANIZATIONS, &ada, "k", form).await.expect(201).body, made.body);
    assert_eq!((made.text("/role"), made.text("/kind")), ("owner".to_owned(), "gym".to_owned()));
    let path = format!("{ORGANIZATIONS}/{}", made.text("/id"));
    let renamed = app.patch(&path, Some(&ada), json!({ "name": "Steel Hall" })).await.expect(200);
    assert_eq!(app.get(&path, Some(&ada)).await.expect(200).body, renamed.body);
    assert_eq!(app.patch(&path, Some(&ada), json!({})).await.expect(200).text("/name"), "Steel Hall");

    let [owns, coaches] = [OrganizationRole::Owner, OrganizationRole::Coach];
    for _ in 0..2 {
        hall.organization(&[(&ada, owns), (&bob, coaches)]).await;
    }
    let first = app.get(&format!("{ORGANIZATIONS}?limit=2"), Some(&ada)).await.expect(200);
    let next = format!("{ORGANIZATIONS}?limit=2&cursor={}", first.text("/next_cursor"));
    let second = app.get(&next, Some(&ada)).await.expect(200);
    assert_eq!((names(&first).len(), names(&second)), (2, vec!["Steel Hall"]));
    assert_eq!(second.body["next_cursor"], Value::Null);
    let gone = format!("{ORGANIZATIONS}/{}", first.text("/items/0/id"));
    app.get(&gone, Some(&bob)).await.expect(200);
    app.delete(&gone, Some(&ada)).await.expect(204);
    for who in [&ada, &bob] {
        app.get(&gone, Some(who)).await.expect_error(404, "NOT_FOUND");
        app.get(&format!("{gone}/members"), Some(who)).await.expect_error(404, "NOT_FOUND");
        app.delete(&gone, Some(who)).await.expect_error(404, "NOT_FOUND");
    }
    assert_eq!(names(&app.get(ORGANIZATIONS, Some(&bob)).await.expect(200)).len(), 1);
}

#[apply(both_databases)]
async fn a_deleted_organization_lets_nobody_in_with_an_old_mail(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    let offer = json!({ "email": "bob@example.com", "role": "member" });
    app.post(&format!("{ORGANIZATIONS}/{id}/invitations"), Some(&ada), offer).await.expect(201);
    let token = hall.mailed_token("bob@example.com", "ada").await;
    app.delete(&format!("{ORGANIZATIONS}/{id}"), Some(&ada)).await.expect(204);
    let accept = json!({ "token": token });
    app.post("/api/v1/invitations/accept", Some(&bob), accept.clone()).await.expect_error(404, "NOT_FOUND");
    app.post("/api/v1/invitations/decline", None, accept).await.expect_error(404, "NOT_FOUND");
}

#[apply(both_databases)]
async fn members_rise_fall_take_over_and_go_and_every_step_is_in_the_log(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    let (bob, carol) = (hall.verified("bob").await, hall.verified("carol").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    let id = hall.organization(&[(&ada, owns), (&bob, trains), (&carol, trains)]).await;
    let member = |who: &Session| format!("{ORGANIZATIONS}/{id}/members/{}", who.user_id);
    let members = format!("{ORGANIZATIONS}/{id}/members");
    assert_eq!(names(&app.get(&members, Some(&ada)).await.expect(200)), ["carol", "bob", "ada"]);
    let first = app.get(&format!("{members}?limit=2"), Some(&ada)).await.expect(200);
    let next = format!("{members}?limit=2&cursor={}", first.text("/next_cursor"));
    assert_eq!(names(&app.get(&next, Some(&ada)).await.expect(200)), ["ada"]);

    let seen = app.get(&member(&bob), Some(&ada)).await.expect(200).header("etag").to_owned();
    let risen = app.patch(&member(&bob), Some(&ada), json!({ "role": "admin" })).await.expect(200);
    let late = |request: reqwest::RequestBuilder| request.header("if-match", &seen).json(&json!({ "role": "coach" }));
    app.send(Method::PATCH, &member(&bob), Some(&ada), late).await.expect_error(409, "CONFLICT");
    assert_eq!((risen.text("/role"), risen.text("/name")), ("admin".to_owned(), "bob".to_owned()));
    let transfer = format!("{ORGANIZATIONS}/{id}/transfer");
    app.post(&transfer, Some(&ada), json!({ "user_id": ada.user_id })).await.expect_error(409, "CONFLICT");
    let handed = app.post(&transfer, Some(&ada), json!({ "user_id": bob.user_id })).await.expect(200);
    assert_eq!(handed.text("/role"), "admin");
    assert_eq!(app.get(&member(&bob), Some(&ada)).await.expect(200).text("/role"), "owner");
    app.delete(&member(&ada), Some(&bob)).await.expect(204);
    app.get(&members, Some(&ada)).await.expect(404);
    app.delete(&member(&carol), Some(&carol)).await.expect(204);
    app.delete(&format!("{ORGANIZATIONS}/{id}"), Some(&bob)).await.expect(204);

    let boss = hall.verified("boss").await;
    let raise = format!("UPDATE users SET role = 'admin' WHERE email = '{}'", boss.email);
    app.database.raw().await.execute_unprepared(&raise).await.unwrap();
    let boss = app.log_in("boss").await;
    let log = app.get("/api/v1/admin/audit-log?limit=100", Some(&boss)).await.expect(200);
    let lines = log.body["items"].as_array().unwrap().iter().rev();
    let lines = lines.filter(|line| line["action"].as_str().unwrap().starts_with("organization."));
    let said: Vec<Value> = lines
        .map(|line| {
            assert_eq!(line["facts"]["organization"], json!(id.to_string()));
            json!([line["action"], line["actor"], line["subject"], line["facts"]["change"]])
        })
        .collect();
    let changed = "organization.membership_changed";
    let expected = [
        json!([changed, ada.user_id, bob.user_id, "member -> admin"]),
        json!(["organization.transferred", ada.user_id, bob.user_id, null]),
        json!([changed, bob.user_id, ada.user_id, "admin -> none"]),
        json!([changed, carol.user_id, carol.user_id, "member -> none"]),
        json!(["organization.deleted", bob.user_id, bob.user_id, null]),
    ];
    assert_eq!(said, expected);
}

#[apply(both_databases)]
async fn a_member_is_hidden_while_their_account_is_deleted_and_an_owner_hands_over_first(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    let id = hall.organization(&[(&ada, owns), (&bob, trains)]).await;
    let proof = || json!({ "password": PASSWORD });
    let refused = app.delete_with(ME, &ada, proof()).await.expect_error(409, "OWNS_ORGANIZATIONS");
    assert_eq!(refused.details(), [(id.to_string().as_str(), "owner")]);
    app.get(ME, Some(&ada)).await.expect(200);
    let transfer = format!("{ORGANIZATIONS}/{id}/transfer");
    app.post(&transfer, Some(&ada), json!({ "user_id": bob.user_id })).await.expect(200);
    app.delete_with(ME, &ada, proof()).await.expect(202);

    let members = format!("{ORGANIZATIONS}/{id}/members");
    let ghost = format!("{members}/{}", ada.user_id);
    assert_eq!(names(&app.get(&members, Some(&bob)).await.expect(200)), ["bob"]);
    app.get(&ghost, Some(&bob)).await.expect(404);
    app.patch(&ghost, Some(&bob), json!({ "role": "coach" })).await.expect(404);
    app.delete(&ghost, Some(&bob)).await.expect(404);
    app.post(&transfer, Some(&bob), json!({ "user_id": ada.user_id })).await.expect(404);
    let back = json!({ "email": ada.email, "password": PASSWORD });
    let back = Session::of(&app.post("/api/v1/auth/restore", None, back).await.expect(200));
    assert_eq!(app.get(&ghost, Some(&back)).await.expect(200).text("/role"), "admin");
    assert_eq!(names(&app.get(&members, Some(&bob)).await.expect(200)), ["bob", "ada"]);
}

#[apply(both_databases)]
async fn what_can_not_be_undone_asks_for_a_proof_that_is_not_old(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    let id = hall.organization(&[(&ada, owns), (&bob, trains)]).await;
    let an_hour_ago = match engine {
        Engine::Sqlite => "UPDATE sessions SET proved_at = '2020-01-01 00:00:00.000000+00:00'",
        Engine::Postgres => "UPDATE sessions SET proved_at = '2020-01-01'",
    };
    app.database.raw().await.execute_unprepared(an_hour_ago).await.unwrap();
    let (path, heir) = (format!("{ORGANIZATIONS}/{id}"), json!({ "user_id": bob.user_id }));
    app.delete(&path, Some(&ada)).await.expect_error(403, "STEP_UP_REQUIRED");
    app.post(&format!("{path}/transfer"), Some(&ada), heir.clone()).await.expect_error(403, "STEP_UP_REQUIRED");
    app.post("/api/v1/auth/step-up", Some(&ada), json!({ "password": PASSWORD })).await.expect(204);
    app.post(&format!("{path}/transfer"), Some(&ada), heir).await.expect(200);
}
