//! A user starts a project.

use std::sync::Arc;

use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, IdSource, Storage};
use hos_domain::platform::{AnswerKey, Project, ProjectDescription, ProjectName};

use super::change_project::ProjectError;
use super::once::{Begun, begin_once};

/// Starts projects.
pub struct CreateProject {
    /// Where projects are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What a new project is to be.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// What it is called.
    pub name: ProjectName,
    /// What it is about.
    pub description: Option<ProjectDescription>,
}

impl CreateProject {
    /// Adds the project, once per key.
    ///
    /// # Errors
    /// [`ProjectError`]
    pub async fn run(&self, owner: UserId, new: NewProject, key: Option<AnswerKey>) -> Result<Project, ProjectError> {
        let now = self.clock.now();
        let project = Project {
            id: self.ids.id(),
            owner,
            name: new.name,
            description: new.description,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let tx = match begin_once(&*self.storage, &*self.clock, key.as_ref()).await? {
            Begun::Fresh(tx) => tx,
            Begun::Answered(project) => return Ok(project),
        };
        tx.projects().insert(&project).await?;
        Ok(tx.commit(project).await?)
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::kernel::PageRequest;
    use hos_domain::platform::{Fingerprint, ProjectFilter};
    use hos_testing::{Stage, StageUser};

    use super::super::OnceError;
    use super::*;

    fn create(stage: &Stage) -> Arc<CreateProject> {
        Arc::new(CreateProject { storage: stage.storage(), ids: stage.ids(), clock: stage.clock() })
    }

    fn named(name: &str) -> NewProject {
        NewProject { name: ProjectName::parse(name).unwrap(), description: None }
    }

    fn key(owner: UserId, key: &str, body: &str) -> Option<AnswerKey> {
        let fingerprint = Fingerprint::of(body.as_bytes());
        Some(AnswerKey { principal: owner.to_string(), route: "POST /projects".into(), key: key.into(), fingerprint })
    }

    async fn count(stage: &Stage, owner: UserId) -> usize {
        let all = stage.projects().list(owner, &ProjectFilter::default(), PageRequest::default()).await.unwrap();
        all.items.len()
    }

    #[tokio::test]
    async fn a_repeated_key_gives_the_first_answer_and_makes_nothing() {
        let stage = Stage::new().await;
        let owner = stage.user(StageUser::named("ada")).await.id;
        let first = create(&stage).run(owner, named("Block 1"), key(owner, "k", "{}")).await.unwrap();
        let again = create(&stage).run(owner, named("Block 1"), key(owner, "k", "{}")).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(count(&stage, owner).await, 1);
    }

    #[tokio::test]
    async fn a_key_reused_for_another_body_is_refused() {
        let stage = Stage::new().await;
        let owner = stage.user(StageUser::named("ada")).await.id;
        create(&stage).run(owner, named("Block 1"), key(owner, "k", "1")).await.unwrap();
        let other = create(&stage).run(owner, named("Block 2"), key(owner, "k", "2")).await;
        assert!(matches!(other, Err(ProjectError::Once(OnceError::OtherRequest))));
    }

    #[tokio::test]
    async fn the_same_key_of_two_users_are_two_keys() {
        let stage = Stage::new().await;
        let ada = stage.user(StageUser::named("ada")).await.id;
        let bob = stage.user(StageUser::named("bob")).await.id;
        create(&stage).run(ada, named("Hers"), key(ada, "k", "{}")).await.unwrap();
        let his = create(&stage).run(bob, named("His"), key(bob, "k", "{}")).await.unwrap();
        assert_eq!(his.owner, bob);
    }

    #[tokio::test]
    async fn a_key_used_many_times_at_once_makes_one_project() {
        let stage = Stage::new().await;
        let owner = stage.user(StageUser::named("ada")).await.id;
        let create = create(&stage);
        let requests: Vec<_> = (0..8)
            .map(|_| {
                let create = Arc::clone(&create);
                tokio::spawn(
                    async move { create.run(owner, named("Block 1"), key(owner, "k", "{}")).await.unwrap().id },
                )
            })
            .collect();
        let mut ids = Vec::new();
        for request in requests {
            ids.push(request.await.unwrap());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(count(&stage, owner).await, 1);
    }

    #[tokio::test]
    async fn a_key_is_forgotten_after_a_day() {
        let stage = Stage::new().await;
        let owner = stage.user(StageUser::named("ada")).await.id;
        create(&stage).run(owner, named("Block 1"), key(owner, "k", "1")).await.unwrap();
        stage.wait(super::super::once::KEPT_FOR);
        create(&stage).run(owner, named("Block 2"), key(owner, "k", "2")).await.unwrap();
        assert_eq!(count(&stage, owner).await, 2);
    }
}
