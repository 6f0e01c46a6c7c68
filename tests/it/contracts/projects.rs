//! [`ProjectRepository`] and [`ProjectQueries`]: one's own and nobody else's, page by page without gaps.

use hos_domain::identity::UserId;
use hos_domain::kernel::{Id, Page, PageLimit, PageRequest};
use hos_domain::platform::{PageNumber, Project, ProjectFilter, ProjectName};
use hos_sql::Engine;
use hos_testing::{Stage, StageUser};
use rstest_reuse::apply;

use crate::both_databases;

async fn add(stage: &Stage, owner: UserId, name: &str) -> Project {
    let now = stage.clock().now();
    let project = Project {
        id: Id::new(stage.ids().uuid()),
        owner,
        name: ProjectName::parse(name).unwrap(),
        description: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let tx = stage.storage().begin().await.unwrap();
    tx.projects().insert(&project).await.unwrap();
    tx.commit().await.unwrap();
    project
}

async fn page(stage: &Stage, owner: UserId, request: PageRequest) -> Page<Project> {
    stage.projects().list(owner, &ProjectFilter::default(), request).await.unwrap()
}

async fn found(stage: &Stage, owner: UserId, part: &str) -> Vec<String> {
    let filter = ProjectFilter { name_contains: Some(part.to_owned()), deleted: false };
    let page = stage.projects().list(owner, &filter, PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|project| project.name.as_str().to_owned()).collect()
}

/// New ones come in at the front while somebody pages through: they are neither shown twice nor push others out.
#[apply(both_databases)]
async fn pages_show_every_project_once_while_others_are_added(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    for size in [1, 2, 3, 7, 8] {
        let owner = stage.user(StageUser::named(&format!("owner{size}"))).await.id;
        let mut expected = Vec::new();
        for _ in 0..7 {
            expected.insert(0, add(&stage, owner, "Project").await.id);
        }
        let (mut shown, mut after) = (Vec::new(), None);
        loop {
            let page = page(&stage, owner, PageRequest { limit: PageLimit::parse(size).unwrap(), after }).await;
            assert!(page.items.len() <= size as usize);
            shown.extend(page.items.into_iter().map(|project| project.id));
            let Some(next) = page.next else { break };
            after = Some(next);
            add(&stage, owner, "Added meanwhile").await;
        }
        assert_eq!(shown, expected, "{size} a page");
    }
}

#[apply(both_databases)]
async fn another_users_project_does_not_exist(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let (ada, eve) = (stage.user(StageUser::named("ada")).await.id, stage.user(StageUser::named("eve")).await.id);
    let project = add(&stage, ada, "Secret").await;
    assert!(stage.projects().find(eve, project.id).await.unwrap().is_none());
    let tx = stage.storage().begin().await.unwrap();
    assert!(tx.projects().find(eve, project.id).await.unwrap().is_none());
    assert_eq!(tx.projects().find(ada, project.id).await.unwrap().as_ref(), Some(&project));
    drop(tx);
    assert!(page(&stage, eve, PageRequest::default()).await.items.is_empty());
    assert!(found(&stage, eve, "secret").await.is_empty());
}

#[apply(both_databases)]
async fn a_search_finds_what_was_typed_in_either_case_and_no_wildcard(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let ada = stage.user(StageUser::named("ada")).await.id;
    for name in ["100 % push", "100 x push", "under_score", "underXscore", "Äpfel", r"back\slash"] {
        add(&stage, ada, name).await;
    }
    for (part, expected) in [
        ("0 % p", vec!["100 % push"]),
        ("r_s", vec!["under_score"]),
        ("äPF", vec!["Äpfel"]),
        (r"k\s", vec![r"back\slash"]),
        ("' OR 1=1 --", vec![]),
    ] {
        assert_eq!(found(&stage, ada, part).await, expected, "{part}");
    }
}

#[apply(both_databases)]
async fn a_deleted_project_is_hidden_and_comes_back_when_restored(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let ada = stage.user(StageUser::named("ada")).await.id;
    let mut project = add(&stage, ada, "Spring").await;
    let save = async |project: &Project| {
        let tx = stage.storage().begin().await.unwrap();
        tx.projects().save(project).await.unwrap();
        tx.commit().await.unwrap();
    };
    project.delete(stage.clock().now());
    save(&project).await;
    assert!(stage.projects().find(ada, project.id).await.unwrap().is_none());
    let deleted = ProjectFilter { deleted: true, ..ProjectFilter::default() };
    let numbered = stage.projects().numbered(ada, &deleted, PageLimit::default(), PageNumber::parse(1).unwrap()).await;
    assert_eq!((numbered.as_ref().unwrap().total, &numbered.unwrap().items[0]), (1, &project));
    project.restore(stage.clock().now());
    save(&project).await;
    assert_eq!(stage.projects().find(ada, project.id).await.unwrap(), Some(project));
}
