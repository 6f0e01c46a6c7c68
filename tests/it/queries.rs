//! Hot routes keep to a number of statements, and find what they need by index.

use hos_domain::kernel::{Id, PageRequest};
use hos_domain::platform::{ProjectFilter, ProjectQueries};
use hos_sql::{Engine, SqlReader, metered};
use hos_testing::{Stage, StageUser};
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};

use crate::both_databases;

#[apply(both_databases)]
async fn reading_a_profile_is_one_query_and_a_page_of_projects_another(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let user = stage.user(StageUser::named("ada")).await;
    let (found, stats) = metered(stage.users().find(user.id)).await;
    assert!(found.unwrap().is_some());
    assert_eq!(stats.queries, 1);
    let projects = SqlReader::new(stage.database.open().await);
    let (page, stats) = metered(projects.list(user.id, &ProjectFilter::default(), PageRequest::default())).await;
    assert!(page.unwrap().items.is_empty());
    assert_eq!(stats.queries, 1);
}

#[apply(both_databases)]
async fn a_page_of_projects_walks_the_index_and_sorts_nothing(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let owner = stage.user(StageUser::named("ada")).await.id;
    let sql = "SELECT * FROM projects WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 21";
    let plan = explain(&stage, sql, Id::uuid(owner)).await;
    assert!(plan.contains("projects_by_owner"), "{plan}");
    assert!(!plan.to_lowercase().contains("sort") && !plan.contains("TEMP B-TREE"), "{plan}");
}

async fn explain(stage: &Stage, sql: &str, value: uuid::Uuid) -> String {
    let raw = stage.database.raw().await;
    let backend = raw.get_database_backend();
    let prefix = match backend {
        sea_orm::DbBackend::Sqlite => "EXPLAIN QUERY PLAN",
        _ => {
            // An empty table would be scanned; what is asked is whether the index can serve.
            raw.execute_unprepared("SET enable_seqscan = off; SET enable_bitmapscan = off").await.unwrap();
            "EXPLAIN"
        }
    };
    let statement = Statement::from_sql_and_values(backend, format!("{prefix} {sql}"), [value.into()]);
    let rows = raw.query_all_raw(statement).await.unwrap();
    let column = if backend == sea_orm::DbBackend::Sqlite { "detail" } else { "QUERY PLAN" };
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}
