//! Hot routes keep to a number of statements, and find what they need by index.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{BillingQueries, EntitlementId};
use hos_domain::identity::{
    ApiKeyQueries, ApiKeyText, CodePurpose, DeviceGrantQueries, LoginFailureQueries, OrganizationQueries,
};
use hos_domain::kernel::{Email, Id, PageRequest};
use hos_domain::media::PhotoQueries;
use hos_domain::messaging::{DeviceQueries, PreferenceQueries};
use hos_domain::platform::{AuditQueries, JobQueue, ProjectFilter, ProjectQueries};
use hos_local::XChaChaSealer;
use hos_sql::{Database, Engine, SqlStorage, recorded};
use hos_testing::{Stage, StageUser};
use hos_tests::{Reply, STRIPE_SECRET, Session, StripeCustomer, TestApp};
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

use crate::both_databases;

/// How many statements an answer took, as it says itself.
fn statements(reply: &Reply) -> u32 {
    let timing = reply.header("server-timing");
    let (_, count) = timing.split_once("desc=\"").unwrap_or_else(|| panic!("no count in {timing:?}"));
    count.split_once(' ').unwrap().0.parse().unwrap()
}

/// The number of statements of every hot route. Begin and commit are not counted.
#[apply(both_databases)]
async fn hot_routes_keep_to_their_number_of_statements(#[case] engine: Engine) {
    let app = TestApp::builder(engine).await.set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET).start().await;
    let ada = app.register("ada").await;
    let user: &Option<&Session> = &Some(&ada);
    app.buy(&ada, "premium").await;
    let project = app.post("/api/v1/projects", *user, json!({ "name": "Spring" })).await.expect(201).text("/id");
    // The first request of a session looks it up; after that it is known.
    let reads = [
        ("/health/live", 0),
        ("/api/v1/users/me", 1),
        ("/api/v1/projects", 1),
        ("/api/v1/projects?q=spr", 1),
        (&*format!("/api/v1/projects/{project}"), 1),
        ("/api/v1/billing/plans", 0),
        ("/api/v1/billing/subscription", 1),
        ("/api/v1/billing/entitlements/token", 1),
        ("/api/v1/notifications/devices", 1),
        ("/api/v1/notifications/preferences", 1),
        ("/api/v1/progress-photos", 1),
    ];
    for (path, expected) in reads {
        let reply = app.get(path, *user).await.expect(200);
        assert_eq!(statements(&reply), expected, "GET {path}");
    }
    let created = app.post("/api/v1/projects", *user, json!({ "name": "Summer" })).await.expect(201);
    assert_eq!(statements(&created), 1, "POST /projects");
    for event in StripeCustomer::of(&ada).buy_premium() {
        // The event and the job that will read it; a duplicate ends after the first.
        assert_eq!(statements(&app.stripe_sends(&event.body).await.expect(200)), 2, "a webhook");
        assert_eq!(statements(&app.stripe_sends(&event.body).await.expect(200)), 1, "a duplicate");
    }
    // So does that of a key.
    let key = app.make_key(&ada, &["projects:read"]).await;
    for expected in [2, 1, 1] {
        let reply = app.get("/api/v1/projects", Some(&key)).await.expect(200);
        assert_eq!(statements(&reply), expected, "GET /projects with a key");
    }
    let form = json!({ "email": ada.email, "password": hos_tests::PASSWORD });
    let login = app.post("/api/v1/auth/login", None, form).await.expect(200);
    assert_eq!(statements(&login), if engine == Engine::Sqlite { 9 } else { 10 }, "POST /auth/login");
    let refresh = json!({ "refresh_token": ada.refresh });
    let refreshed = app.post("/api/v1/auth/refresh", None, refresh).await.expect(200);
    assert_eq!(statements(&refreshed), 6, "POST /auth/refresh");
}

/// Whatever the hot routes and the worker ask, an index answers: nothing walks a table from end to end.
#[apply(both_databases)]
async fn no_hot_statement_walks_a_table(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let user = stage.user(StageUser::named("ada")).await.id;
    let reader = stage.reader();
    let premium = EntitlementId::parse("premium").unwrap();
    let ((), statements) = recorded(async {
        stage.users().find(user).await.unwrap();
        ProjectQueries::list(&reader, user, &ProjectFilter::default(), PageRequest::default()).await.unwrap();
        reader.holdings(user).await.unwrap();
        reader.entitlement(user, &premium).await.unwrap();
        reader.devices(user).await.unwrap();
        reader.preferences(user).await.unwrap();
        PhotoQueries::list(&reader, user, PageRequest::default()).await.unwrap();
        reader.login_failures(["a", "b"]).await.unwrap();
        reader.key_with(&ApiKeyText::from_secret([7; 32]).hash()).await.unwrap();
        reader.keys(user, stage.clock().now()).await.unwrap();
        reader.asking("0123456789abcdef").await.unwrap();
        reader.head().await.unwrap();
        reader.entries_after(7, 10).await.unwrap();
        let (gym, page) = (Id::new(stage.ids().uuid()), PageRequest::default());
        OrganizationQueries::list(&reader, user, page).await.unwrap();
        OrganizationQueries::find(&reader, user, gym).await.unwrap();
        reader.members(gym, page).await.unwrap();
        reader.member(gym, user).await.unwrap();
        reader.invitations(gym, stage.clock().now(), page).await.unwrap();
        reader.invitation(gym, Id::new(gym.uuid()), stage.clock().now()).await.unwrap();
        let jobs = stage.jobs();
        jobs.claim(stage.ids().uuid(), 8, Duration::from_secs(60), stage.clock().now()).await.unwrap();
        let tx = stage.storage().begin().await.unwrap();
        let (email, now) = (Email::parse("ada@example.com").unwrap(), stage.clock().now());
        tx.codes().open(&email, CodePurpose::Register, now).await.unwrap();
        tx.codes().spent(&email, CodePurpose::Register, now).await.unwrap();
        tx.subjects().outdated("1-abc", 50).await.unwrap();
        tx.api_keys().count_live(user, now).await.unwrap();
        tx.api_keys().forget_expired_before(now).await.unwrap();
        tx.device_grants().asked_by(&[7; 32]).await.unwrap();
        tx.device_grants().forget_expired_before(now).await.unwrap();
        tx.organizations().lock(gym).await.unwrap();
        tx.organizations().owned(user).await.unwrap();
        tx.memberships().find(gym, user).await.unwrap();
        tx.invitations().open(gym, now).await.unwrap();
        tx.invitations().mails_since(gym, &email, now).await.unwrap();
        tx.invitations().forget_expired_before(now).await.unwrap();
    })
    .await;
    assert!(statements.len() >= 9, "{}", statements.len());
    for statement in &statements {
        let plan = plan_of(&stage, statement).await;
        let walk = plan.lines().find(|line| line.contains("Seq Scan on") || line.trim_start().starts_with("SCAN "));
        // Rows of the statement itself, such as VALUES and subqueries, are no table.
        let walk = walk.filter(|line| !line.contains("SCAN (") && !line.contains("SUBQUERY"));
        assert!(walk.is_none(), "{walk:?}\n{}\n{plan}", statement.sql);
    }
}

#[apply(both_databases)]
async fn members_and_invitations_come_sorted_out_of_the_index(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let (reader, now) = (stage.reader(), stage.clock().now());
    let (gym, page) = (Id::new(stage.ids().uuid()), PageRequest::default());
    if engine == Engine::Postgres {
        // A planner that sorts one row is right; a gym has many members, and there are other gyms.
        let other = stage.ids().uuid();
        let fill = format!(
            "INSERT INTO organizations (id, name, kind, created_at)
                VALUES ('{gym}', 'x', 'gym', now()), ('{other}', 'x', 'gym', now());
            INSERT INTO users (id, email, name, email_verified, role, timezone, locale, units, status, created_at)
                SELECT gen_random_uuid(), 'u' || n || '@x.example', 'x', true, 'user', 'UTC', 'en', 'metric', 'active',
                    now() FROM generate_series(1, 2000) AS n;
            INSERT INTO memberships (id, organization_id, user_id, role, joined_at)
                SELECT gen_random_uuid(), '{other}', id, 'member', now() FROM users;
            INSERT INTO memberships (id, organization_id, user_id, role, joined_at)
                SELECT gen_random_uuid(), '{gym}', id, 'member', now() FROM users LIMIT 200;
            ANALYZE"
        );
        stage.database.raw().await.execute_unprepared(&fill).await.unwrap();
    }
    for (index, (_, statements)) in [
        ("memberships_by_joining", recorded(async { drop(reader.members(gym, page).await.unwrap()) }).await),
        ("invitations_open", recorded(async { drop(reader.invitations(gym, now, page).await.unwrap()) }).await),
    ] {
        let plan = plan_of(&stage, &statements[0]).await;
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[apply(both_databases)]
async fn the_newest_projects_come_sorted_out_of_the_index(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let owner = stage.user(StageUser::named("ada")).await.id;
    let list = async { stage.projects().list(owner, &ProjectFilter::default(), PageRequest::default()).await.unwrap() };
    let (_, statements) = recorded(list).await;
    let plan = plan_of(&stage, &statements[0]).await;
    assert!(plan.contains("projects_by_owner"), "{plan}");
    assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
}

/// How the database would carry a statement out.
async fn plan_of(stage: &Stage, statement: &Statement) -> String {
    let raw = stage.database.raw().await;
    let (prefix, column) = match statement.db_backend {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => {
            // A table as small as a test's would be walked; what is asked is whether an index can serve.
            raw.execute_unprepared("SET enable_seqscan = off; SET enable_bitmapscan = off").await.unwrap();
            ("EXPLAIN", "QUERY PLAN")
        }
    };
    let mut explain = statement.clone();
    explain.sql = format!("{prefix} {}", statement.sql);
    let rows = raw.query_all_raw(explain).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}

/// PostgreSQL keeps the plan that it made while the table was empty, and that plan looks again for every row.
#[tokio::test]
async fn a_claim_takes_no_more_than_asked_even_by_a_plan_made_for_an_empty_table() {
    let stage = Stage::on(Engine::Postgres).await;
    stage.database.raw().await.execute_unprepared("VACUUM ANALYZE jobs").await.unwrap();
    let mut options = stage.database.options.clone();
    let separator = if options.url.contains('?') { '&' } else { '?' };
    options.url =
        format!("{}{separator}options[plan_cache_mode]=force_generic_plan&options[enable_indexscan]=off", options.url);
    options.pool_max = 1;
    let database = Database::open(&options).await.unwrap();
    let storage = SqlStorage::new(database, Arc::new(XChaChaSealer::new(&[7; 32], &[])));
    let (lease, now) = (Duration::from_secs(60), stage.clock().now());
    let claim = async |most| storage.claim(stage.ids().uuid(), most, lease, now).await.unwrap().len();
    assert_eq!(claim(1).await, 0);
    let many = "INSERT INTO jobs (id, name, queue, payload, run_at, attempts, max_tries, created_at)
        SELECT gen_random_uuid(), 'x', 10, '{}', now() - interval '40 years', 0, 3, now() FROM generate_series(1, 2000)";
    stage.database.raw().await.execute_unprepared(many).await.unwrap();
    assert_eq!(claim(3).await, 3);
}
