//! The law of organizations: whatever anybody does, in whatever order, each one that lives has exactly one owner, who
//! lives too, and nobody belongs to it twice.

use hos_domain::identity::{OrganizationRole, User, UserId};
use hos_testing::StageUser;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::stage::Scene;

/// Something that the user with the first number tries.
#[derive(Debug, Clone)]
enum Deed {
    Join(usize, usize, OrganizationRole),
    ChangeRole(usize, usize, OrganizationRole),
    End(usize, usize),
    Transfer(usize, usize),
    DeleteAccount(usize),
    DeleteOrganization(usize),
}

const USERS: usize = 5;

fn deed() -> impl Strategy<Value = Deed> {
    let (user, role) = (|| 0..USERS, || prop::sample::select(OrganizationRole::ALL.to_vec()));
    prop_oneof![
        8 => (user(), user(), role()).prop_map(|(by, user, role)| Deed::Join(by, user, role)),
        4 => (user(), user(), role()).prop_map(|(by, user, role)| Deed::ChangeRole(by, user, role)),
        4 => (user(), user()).prop_map(|(by, user)| Deed::End(by, user)),
        6 => (user(), user()).prop_map(|(by, user)| Deed::Transfer(by, user)),
        2 => user().prop_map(Deed::DeleteAccount),
        1 => user().prop_map(Deed::DeleteOrganization),
    ]
}

/// Living organizations without exactly one living owner, and members who are there twice.
const BROKEN: &str = "SELECT
    (SELECT count(*) FROM organizations o WHERE o.deleted_at IS NULL AND 1 <>
        (SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.organization_id = o.id AND m.role = 'owner' AND u.deleted_at IS NULL))
    + (SELECT count(*) FROM
        (SELECT 1 FROM memberships GROUP BY organization_id, user_id HAVING count(*) > 1) AS twice)";

/// Carries deeds out in one organization and tells how many were allowed.
async fn live(scene: &Scene, case: u64, deeds: &[Deed]) -> usize {
    let (id, owner) = scene.gym(&format!("owner{case}")).await;
    let mut users: Vec<User> = vec![scene.users().find(owner).await.unwrap().unwrap()];
    for number in 1..USERS {
        users.push(scene.user(StageUser::named(&format!("user{number}of{case}"))).await);
    }
    let mut done = 0;
    for deed in deeds {
        let who = |number: usize| -> UserId { users[number].id };
        let allowed = match *deed {
            Deed::Join(by, user, role) => scene.join(who(by), id, &users[user], role).await.is_ok(),
            Deed::ChangeRole(by, user, role) => {
                scene.change().change_role(who(by), (id, who(user)), role, |_| true).await.is_ok()
            }
            Deed::End(by, user) => scene.change().end(who(by), id, who(user)).await.is_ok(),
            Deed::Transfer(by, user) => match living(scene, who(by)).await {
                true => scene.transfer().run(scene.caller(who(by)).await, id, who(user)).await.is_ok(),
                false => false,
            },
            Deed::DeleteAccount(by) => match living(scene, who(by)).await {
                true => {
                    let (delete, by) = (scene.delete_account(), scene.caller(who(by)).await);
                    delete.run(by, None, hos_domain::identity::Client::default()).await.is_ok()
                }
                false => false,
            },
            Deed::DeleteOrganization(by) => match living(scene, who(by)).await {
                true => scene.organization().delete(scene.caller(who(by)).await, id).await.is_ok(),
                false => false,
            },
        };
        done += usize::from(allowed);
        assert_eq!(scene.database.count(BROKEN).await, 0, "after {deed:?}");
    }
    done
}

async fn living(scene: &Scene, user: UserId) -> bool {
    scene.users().find(user).await.unwrap().is_some()
}

#[test]
fn whatever_is_done_each_organization_has_one_living_owner_and_nobody_twice() {
    let runtime = Runtime::new().unwrap();
    let scene = runtime.block_on(Scene::new());
    let (case, done) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(deeds in prop::collection::vec(deed(), 1..40))| {
        case.set(case.get() + 1);
        done.set(done.get() + runtime.block_on(live(&scene, case.get(), &deeds)));
    });
    assert!(done.get() > 24, "hardly anything was allowed: {}", done.get());
}
