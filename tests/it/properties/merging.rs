//! Whatever two accounts have, and whatever came while they were merged: each row is there once, in the right account.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use hos_domain::identity::UserId;
use hos_domain::kernel::IdSource;
use hos_local::OsIds;
use hos_sql::{Engine, MERGE_RULES, MergeRule};
use hos_testing::{Stage, StageUser};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, Value};
use uuid::Uuid;

/// The tables whose rows move, the subjects that others refer to first, with the column that tells rows apart.
const MOVING: [(&str, &str); 9] = [
    ("billing_subjects", "customer"),
    ("subscriptions", "provider_subscription_id"),
    ("entitlements", "source"),
    ("checkouts", "provider_id"),
    ("projects", "name"),
    ("devices", "token"),
    ("uploads", "key"),
    ("photos", "original_key"),
    ("foreign_identities", "subject"),
];

/// How many rows of each moving table an account has.
type Rows = [u8; MOVING.len()];

fn owner_column(table: &str) -> &'static str {
    MERGE_RULES.iter().find(|(known, ..)| *known == table).unwrap().1
}

/// What a row must have beside its owner. `mark` is unlike every other row's.
fn row(table: &str, mark: &str, subject: Uuid) -> Vec<(&'static str, Value)> {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let text = |text: &str| Value::from(text.to_owned());
    let (id, mark) = (("id", Value::from(OsIds.uuid())), text(mark));
    let paid = [("provider", text("stripe")), ("environment", text("production"))];
    let rest = match table {
        "billing_subjects" => {
            vec![("id", subject.into()), ("account", text("")), ("rules", text("")), ("created_at", now.into())]
        }
        "subscriptions" => vec![
            ("subject_id", subject.into()),
            ("provider_status", text("active")),
            ("phase", Value::from(serde_json::json!("active"))),
            ("revoked", false.into()),
            ("will_renew", true.into()),
            ("started_at", now.into()),
            ("access_rule", text("")),
            ("derived_at", now.into()),
        ],
        "entitlements" => vec![
            ("subject_id", subject.into()),
            ("entitlement", text("premium")),
            ("starts_at", now.into()),
            ("ends_at", now.into()),
        ],
        "checkouts" => vec![
            id,
            ("plan", text("premium")),
            ("price", text("monthly")),
            ("provider", text("stripe")),
            ("created_at", now.into()),
        ],
        "projects" => {
            vec![id, ("name_folded", mark.clone()), ("created_at", now.into()), ("updated_at", now.into())]
        }
        "devices" => vec![
            id,
            ("platform", text("ios")),
            ("is_active", true.into()),
            ("registered_at", now.into()),
            ("created_at", now.into()),
        ],
        "uploads" => vec![("content_type", text("image/png")), ("expires_at", now.into())],
        "photos" => vec![
            id,
            ("state", text("ready")),
            ("taken_on", NaiveDate::default().into()),
            ("pose", text("front")),
            ("created_at", now.into()),
        ],
        "foreign_identities" => vec![
            ("issuer", text("https://id.example")),
            ("provider", text("google")),
            ("email_is_private", false.into()),
            ("email_arrives", false.into()),
            ("linked_at", now.into()),
        ],
        other => panic!("{other} has no row"),
    };
    let of_billing = matches!(table, "billing_subjects" | "subscriptions");
    let key = MOVING.iter().find(|(known, _)| *known == table).unwrap().1;
    rest.into_iter().chain(paid.into_iter().filter(|_| of_billing)).chain([(key, mark)]).collect()
}

async fn give(raw: &DatabaseConnection, owner: UserId, rows: Rows, salt: &str) -> BTreeSet<String> {
    let (mut marks, mut subject) = (BTreeSet::new(), Uuid::nil());
    for ((table, _), count) in MOVING.iter().zip(rows) {
        // Subscriptions hang on a subject, so there is always one.
        let least = u8::from(*table == "billing_subjects");
        for number in 0..Ord::max(count, least) {
            let mark = format!("{table}-{owner}-{salt}-{number}");
            if *table == "billing_subjects" {
                subject = OsIds.uuid();
            }
            let owned = [(owner_column(table), Value::from(owner.uuid()))];
            let (columns, values): (Vec<_>, Vec<_>) = row(table, &mark, subject).into_iter().chain(owned).unzip();
            let mut insert = Query::insert();
            insert.into_table(Alias::new(*table)).columns(columns.into_iter().map(Alias::new));
            insert.values_panic(values.into_iter().map(Expr::value));
            raw.execute(&insert).await.unwrap();
            marks.insert(mark);
        }
    }
    marks
}

/// The rows of an account, by their marks.
async fn owned(raw: &DatabaseConnection, owner: UserId) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for (table, key) in MOVING {
        let mut select = Query::select();
        select.column(Alias::new(key)).from(Alias::new(table));
        select.and_where(Expr::col(Alias::new(owner_column(table))).eq(owner.uuid()));
        for row in raw.query_all(&select).await.unwrap() {
            *found.entry(row.try_get_by_index(0).unwrap()).or_default() += 1;
        }
    }
    found
}

async fn must_all_move(stage: &Stage, case: u32, guests: Rows, members: Rows, late: Rows) -> TestCaseResult {
    let guest = stage.user(StageUser::named(&format!("guest{case}"))).await.id;
    let member = stage.user(StageUser::named(&format!("member{case}"))).await.id;
    let bystander = stage.user(StageUser::named(&format!("bystander{case}"))).await.id;
    let raw = stage.database.raw().await;
    let mut expected = give(&raw, guest, guests, "before").await;
    expected.extend(give(&raw, member, members, "before").await);
    let others = give(&raw, bystander, guests, "before").await;
    merge(stage, guest, member).await;
    expected.extend(give(&raw, guest, late, "late").await);
    merge(stage, guest, member).await;
    let moved = owned(&raw, member).await;
    prop_assert!(moved.values().all(|times| *times == 1), "{:?}", moved);
    prop_assert_eq!(moved.into_keys().collect::<BTreeSet<_>>(), expected);
    prop_assert_eq!(owned(&raw, guest).await.len(), 0);
    prop_assert_eq!(owned(&raw, bystander).await.into_keys().collect::<BTreeSet<_>>(), others);
    raw.close().await.unwrap();
    Ok(())
}

async fn merge(stage: &Stage, from: UserId, into: UserId) {
    let tx = stage.storage().begin().await.unwrap();
    tx.merges().merge(from, into).await.unwrap();
    assert_eq!(tx.merges().holder(from).await.unwrap(), into);
    tx.commit().await.unwrap();
}

fn no_row_is_lost_or_doubled(engine: Engine, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stage = runtime.block_on(Stage::on(engine));
    let rows = || prop::array::uniform9(0..4_u8);
    let mut case = 0;
    let counted = std::cell::RefCell::new(&mut case);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(cases) });
    let outcome = runner.run(&(rows(), rows(), rows()), |(guests, members, late)| {
        **counted.borrow_mut() += 1;
        let number = **counted.borrow();
        runtime.block_on(must_all_move(&stage, number, guests, members, late))
    });
    outcome.unwrap();
}

#[test]
fn no_row_is_lost_or_doubled_by_a_merge_on_sqlite() {
    no_row_is_lost_or_doubled(Engine::Sqlite, 48);
}

#[test]
fn no_row_is_lost_or_doubled_by_a_merge_on_postgres() {
    no_row_is_lost_or_doubled(Engine::Postgres, 16);
}

#[test]
fn every_table_whose_rows_move_is_tried() {
    let moving = MERGE_RULES.iter().filter(|(.., rule)| *rule == MergeRule::Moves).map(|(table, ..)| *table);
    assert_eq!(moving.collect::<BTreeSet<_>>(), MOVING.map(|(table, _)| table).into());
}
