//! Every route of organizations with every role. A route that is not in the table fails the test.

use std::collections::BTreeSet;

use hos_domain::identity::OrganizationRole;
use hos_sql::Engine;
use hos_tests::{Document, Session};
use reqwest::Method;
use serde_json::{Value, json};

use super::hall::{Hall, ORGANIZATIONS};

/// What owner, admin, coach, member and stranger are answered. `{user_id}` is another member, below all of them.
type Row = (&'static str, &'static str, fn(&str) -> Value, [u16; 5]);

const TABLE: [Row; 17] = [
    ("GET", "/organizations", none, [200, 200, 200, 200, 200]),
    ("POST", "/organizations", |_| json!({ "name": "Mine", "kind": "team" }), [201, 201, 201, 201, 201]),
    ("GET", "/organizations/{id}", none, [200, 200, 200, 200, 404]),
    ("PATCH", "/organizations/{id}", |_| json!({ "name": "Other" }), [200, 200, 403, 403, 404]),
    ("DELETE", "/organizations/{id}", none, [204, 403, 403, 403, 404]),
    ("POST", "/organizations/{id}/transfer", |user| json!({ "user_id": user }), [200, 403, 403, 403, 404]),
    ("GET", "/organizations/{id}/members", none, [200, 200, 200, 403, 404]),
    ("GET", "/organizations/{id}/members/{user_id}", none, [200, 200, 200, 403, 404]),
    ("PATCH", "/organizations/{id}/members/{user_id}", |_| json!({ "role": "coach" }), [200, 200, 403, 403, 404]),
    ("DELETE", "/organizations/{id}/members/{user_id}", none, [204, 204, 403, 403, 404]),
    ("POST", "/organizations/{id}/invitations", offer, [201, 201, 403, 403, 404]),
    ("GET", "/organizations/{id}/invitations", none, [200, 200, 403, 403, 404]),
    ("GET", "/organizations/{id}/invitations/{invitation_id}", none, [200, 200, 403, 403, 404]),
    ("POST", "/organizations/{id}/invitations/{invitation_id}/resend", none, [200, 200, 403, 403, 404]),
    ("DELETE", "/organizations/{id}/invitations/{invitation_id}", none, [204, 204, 403, 403, 404]),
    // What counts for these two is not a role but the address, and the token: see the tests of invitations.
    ("POST", "/invitations/accept", |_| json!({ "token": "made-up" }), [404, 404, 404, 404, 404]),
    ("POST", "/invitations/decline", |_| json!({ "token": "made-up" }), [404, 404, 404, 404, 404]),
];

fn none(_: &str) -> Value {
    Value::Null
}

fn offer(_: &str) -> Value {
    json!({ "email": "new@example.com", "role": "member" })
}

/// Somebody of each role, a stranger, and the member whom things are done to.
struct People {
    by: [Session; 5],
    other: Session,
}

impl People {
    async fn of(hall: &Hall) -> Self {
        let [mut by, mut other] = [Vec::new(), Vec::new()];
        for name in ["owner", "admin", "coach", "member", "stranger"] {
            by.push(hall.verified(name).await);
        }
        other.push(hall.verified("other").await);
        Self { by: by.try_into().unwrap(), other: other.remove(0) }
    }

    fn members(&self) -> [(&Session, OrganizationRole); 5] {
        let [owner, admin, coach, member, _] = &self.by;
        [
            (owner, OrganizationRole::Owner),
            (admin, OrganizationRole::Admin),
            (coach, OrganizationRole::Coach),
            (member, OrganizationRole::Member),
            (&self.other, OrganizationRole::Member),
        ]
    }
}

#[test]
fn no_route_of_organizations_is_missing_from_the_table() {
    let document = Document::of_this_version();
    let about = |path: &str| path.contains("/organizations") || path.contains("/invitations");
    let served = document.operations().into_iter().filter(|(_, path, _)| about(path));
    let served: BTreeSet<_> = served.map(|(method, path, _)| format!("{method} {path}")).collect();
    let known: BTreeSet<_> = TABLE.iter().map(|(method, path, ..)| format!("{method} /api/v1{path}")).collect();
    assert_eq!(served, known);
}

/// Each cell has an organization of its own, because most deeds leave another one behind.
#[tokio::test]
async fn each_role_is_answered_as_the_table_says() {
    let hall = Hall::on(Engine::Sqlite).await;
    let people = People::of(&hall).await;
    for (method, template, body, expected) in TABLE {
        let method: Method = method.parse().unwrap();
        for (who, (session, status)) in people.by.iter().zip(expected).enumerate() {
            let id = hall.organization(&people.members()).await;
            let invitation = hall.invitation(id, &people.by[0], "ada@example.com").await;
            let path = format!("/api/v1{template}")
                .replace("{id}", &id.to_string())
                .replace("{user_id}", &people.other.user_id)
                .replace("{invitation_id}", &invitation.to_string());
            let body = body(&people.other.user_id);
            let prepare = |request: reqwest::RequestBuilder| match &body {
                Value::Null => request,
                body => request.json(body),
            };
            let reply = hall.app.send(method.clone(), &path, Some(session), prepare).await;
            assert_eq!(reply.status, status, "{method} {template} as number {who}: {:#}", reply.body);
            let anonymous = hall.app.send(method.clone(), &path, None, prepare).await;
            assert_eq!(anonymous.status, if template.ends_with("decline") { 404 } else { 401 }, "{method} {template}");
        }
    }
}

#[tokio::test]
async fn everybody_sees_themselves_and_may_leave_but_the_owner() {
    let hall = Hall::on(Engine::Sqlite).await;
    let people = People::of(&hall).await;
    let id = hall.organization(&people.members()).await;
    for (session, (seen, left)) in people.by.iter().zip([(200, 409), (200, 204), (200, 204), (200, 204), (404, 404)]) {
        let path = format!("{ORGANIZATIONS}/{id}/members/{}", session.user_id);
        hall.app.get(&path, Some(session)).await.expect(seen);
        let reply = hall.app.delete(&path, Some(session)).await.expect(left);
        if left == 409 {
            reply.expect_error(409, "OWNER_MUST_TRANSFER");
        }
    }
    let members = hall.app.get(&format!("{ORGANIZATIONS}/{id}/members"), Some(&people.by[0])).await.expect(200);
    assert_eq!(members.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn admins_do_nothing_to_each_other_nor_to_the_owner() {
    let hall = Hall::on(Engine::Sqlite).await;
    let (owner, admin, peer) =
        (hall.verified("owner").await, hall.verified("admin").await, hall.verified("peer").await);
    let [owns, runs] = [OrganizationRole::Owner, OrganizationRole::Admin];
    let id = hall.organization(&[(&owner, owns), (&admin, runs), (&peer, runs)]).await;
    for other in [&owner, &peer] {
        let path = format!("{ORGANIZATIONS}/{id}/members/{}", other.user_id);
        hall.app.patch(&path, Some(&admin), json!({ "role": "member" })).await.expect_error(403, "AUTHORIZATION_ERROR");
        hall.app.delete(&path, Some(&admin)).await.expect_error(403, "AUTHORIZATION_ERROR");
    }
    let own = format!("{ORGANIZATIONS}/{id}/members/{}", admin.user_id);
    hall.app.patch(&own, Some(&admin), json!({ "role": "owner" })).await.expect_error(400, "VALIDATION_ERROR");
    let offer = json!({ "email": "new@example.com", "role": "admin" });
    let invitations = format!("{ORGANIZATIONS}/{id}/invitations");
    hall.app.post(&invitations, Some(&admin), offer.clone()).await.expect_error(403, "AUTHORIZATION_ERROR");
    hall.app.post(&invitations, Some(&owner), offer).await.expect(201);
}

/// Who belongs to one organization gets nothing out of another one's ids, whichever way they are put together.
#[tokio::test]
async fn another_organizations_ids_open_nothing() {
    let hall = Hall::on(Engine::Sqlite).await;
    let (ada, bob, eve) = (hall.verified("ada").await, hall.verified("bob").await, hall.verified("eve").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    let theirs = hall.organization(&[(&ada, owns), (&bob, trains)]).await;
    let own = hall.organization(&[(&eve, owns)]).await;
    let invitation = hall.invitation(theirs, &ada, "new@example.com").await;
    let app = &hall.app;
    for path in [
        format!("{theirs}/invitations/{invitation}"),
        format!("{own}/invitations/{invitation}"),
        format!("{own}/members/{}", bob.user_id),
        format!("{theirs}/members/{}", bob.user_id),
    ] {
        app.get(&format!("{ORGANIZATIONS}/{path}"), Some(&eve)).await.expect_error(404, "NOT_FOUND");
        app.delete(&format!("{ORGANIZATIONS}/{path}"), Some(&eve)).await.expect_error(404, "NOT_FOUND");
    }
    let resend = format!("{ORGANIZATIONS}/{own}/invitations/{invitation}/resend");
    app.send(Method::POST, &resend, Some(&eve), |request| request).await.expect(404);
    let transfer = format!("{ORGANIZATIONS}/{own}/transfer");
    app.post(&transfer, Some(&eve), json!({ "user_id": bob.user_id })).await.expect_error(404, "NOT_FOUND");
    let odd = app.get(&format!("{ORGANIZATIONS}/{own}/members/42"), Some(&eve)).await.expect(400);
    assert_eq!(odd.details(), [("user_id", "uuid")]);
}
