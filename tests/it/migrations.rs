//! The schema goes up, down to nothing, and up again, with data in it.

use hos_sql::{Engine, Migrations};
use hos_testing::TestDatabase;
use hos_tests::TestApp;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};

use crate::both_databases;

#[apply(both_databases)]
async fn the_schema_goes_down_to_nothing_and_up_again_with_data_in_it(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.post("/api/v1/projects", Some(&ada), serde_json::json!({ "name": "x" })).await.expect(201);
    let (test_database, data) = (app.database.clone(), app.data.clone());
    app.stop().await;

    let database = test_database.open().await;
    let migrations = Migrations::of(&database);
    let steps = u32::try_from(migrations.status().await.unwrap().len()).unwrap();
    for _ in 0..steps {
        migrations.down(Some(1)).await.unwrap();
    }
    assert!(tables(&test_database, engine).await.is_empty());
    assert!(migrations.status().await.unwrap().iter().all(|step| !step.applied));
    assert_eq!(migrations.up().await.unwrap(), steps as usize);
    database.close().await;

    let again = TestApp::builder_on(test_database, data).start().await;
    again.register("ada").await;
}

/// Two servers that start at once on one PostgreSQL do not race.
#[tokio::test]
async fn many_that_migrate_at_once_do_it_once() {
    let test_database = TestDatabase::postgres().await;
    let first = test_database.open().await;
    Migrations::of(&first).down(None).await.unwrap();
    let servers = (0..4).map(|_| async {
        let database = test_database.open().await;
        Migrations::of(&database).up().await.unwrap()
    });
    let applied: Vec<usize> = futures_util::future::join_all(servers).await;
    assert_eq!(applied.iter().filter(|steps| **steps > 0).count(), 1, "{applied:?}");
}

async fn tables(database: &TestDatabase, engine: Engine) -> Vec<String> {
    let sql = match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Engine::Postgres => {
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let raw = database.raw().await;
    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
    let names = rows.iter().map(|row| row.try_get::<String>("", "name").unwrap());
    names.filter(|name| name != "seaql_migrations").collect()
}
