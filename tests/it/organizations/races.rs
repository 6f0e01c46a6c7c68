//! Two who act at once, on both databases: one of them is first, and the other one finds what is so by then.

use futures_util::future::{join, join_all};
use hos_domain::identity::OrganizationRole;
use hos_sql::Engine;
use hos_tests::{PASSWORD, Reply};
use rstest_reuse::apply;
use serde_json::json;

use super::hall::{Hall, ORGANIZATIONS};
use crate::both_databases;

fn sorted(replies: &[Reply]) -> Vec<u16> {
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    statuses
}

#[apply(both_databases)]
async fn of_two_transfers_at_once_one_is_done(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    let (bob, carol) = (hall.verified("bob").await, hall.verified("carol").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    for _ in 0..5 {
        let id = hall.organization(&[(&ada, owns), (&bob, trains), (&carol, trains)]).await;
        let path = format!("{ORGANIZATIONS}/{id}/transfer");
        let heirs = [&bob, &carol, &bob, &carol];
        let to = heirs.map(|heir| app.post(&path, Some(&ada), json!({ "user_id": heir.user_id })));
        assert_eq!(sorted(&join_all(to).await), [200, 403, 403, 403]);
        assert_eq!(hall.owners(id).await, 1);
    }
}

#[apply(both_databases)]
async fn an_invitation_that_is_accepted_many_times_at_once_makes_one_member(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let id = hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    let invitations = format!("{ORGANIZATIONS}/{id}/invitations");
    let offer = || json!({ "email": "bob@example.com", "role": "member" });
    let invited = join_all((0..6).map(|_| app.post(&invitations, Some(&ada), offer()))).await;
    assert_eq!(sorted(&invited), [201, 409, 409, 409, 409, 409]);
    let token = hall.mailed_token("bob@example.com", "ada").await;
    let accept = || app.post("/api/v1/invitations/accept", Some(&bob), json!({ "token": token }));
    let decline = app.post("/api/v1/invitations/decline", None, json!({ "token": token }));
    let (accepted, declined) = join(join_all((0..6).map(|_| accept())), decline).await;
    let lines = app.database.count("SELECT count(*) FROM audit_log WHERE action LIKE 'organization.member%'").await;
    let members = app.database.count("SELECT count(*) FROM memberships").await;
    match declined.status {
        204 => assert_eq!((sorted(&accepted), members, lines), (vec![404; 6], 1, 0)),
        _ => assert_eq!((sorted(&accepted), members, lines), (vec![200, 404, 404, 404, 404, 404], 2, 1)),
    }
}

#[apply(both_databases)]
async fn who_is_sent_away_while_leaving_goes_once(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada, bob) = (&hall.app, hall.verified("ada").await, hall.verified("bob").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    for round in 1..=5 {
        let id = hall.organization(&[(&ada, owns), (&bob, trains)]).await;
        let path = format!("{ORGANIZATIONS}/{id}/members/{}", bob.user_id);
        let (sent, left) = join(app.delete(&path, Some(&ada)), app.delete(&path, Some(&bob))).await;
        assert_eq!(sorted(&[sent, left]), [204, 404]);
        let gone = "SELECT count(*) FROM audit_log WHERE action = 'organization.membership_changed'";
        assert_eq!(app.database.count(gone).await, round);
    }
}

/// Either the heir stays and owns, or goes and does not.
#[apply(both_databases)]
async fn nobody_becomes_the_owner_while_their_account_is_being_deleted(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    let [owns, trains] = [OrganizationRole::Owner, OrganizationRole::Member];
    for round in 0..6 {
        let heir = hall.verified(&format!("heir{round}")).await;
        let id = hall.organization(&[(&ada, owns), (&heir, trains)]).await;
        let path = format!("{ORGANIZATIONS}/{id}/transfer");
        let transfer = app.post(&path, Some(&ada), json!({ "user_id": heir.user_id }));
        let delete = app.delete_with("/api/v1/users/me", &heir, json!({ "password": PASSWORD }));
        let (transferred, deleted) = join(transfer, delete).await;
        let outcome = (transferred.status, deleted.status);
        assert!(matches!(outcome, (200, 409) | (404, 202)), "{outcome:?}");
        assert_eq!(hall.owners(id).await, 1, "{outcome:?}");
    }
}

#[apply(both_databases)]
async fn many_made_at_once_are_counted_one_after_the_other(#[case] engine: Engine) {
    let hall = Hall::on(engine).await;
    let (app, ada) = (&hall.app, hall.verified("ada").await);
    for _ in 0..18 {
        hall.organization(&[(&ada, OrganizationRole::Owner)]).await;
    }
    let form = || json!({ "name": "Crew", "kind": "team" });
    let made = join_all((0..5).map(|_| app.post(ORGANIZATIONS, Some(&ada), form()))).await;
    assert_eq!(sorted(&made), [201, 201, 409, 409, 409]);
    let refused = app.post(ORGANIZATIONS, Some(&ada), form()).await;
    refused.expect_error(409, "TOO_MANY_ORGANIZATIONS");
}
