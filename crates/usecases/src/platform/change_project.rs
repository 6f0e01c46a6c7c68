//! A user renames, describes, deletes or restores a project.

use std::sync::Arc;

use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError, Storage, Timestamp};
use hos_domain::platform::{Project, ProjectDescription, ProjectId, ProjectName};

use super::once::OnceError;

/// Changes projects.
pub struct ChangeProject {
    /// Where projects are kept.
    pub storage: Arc<dyn Storage>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What is to be different; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ProjectChanges {
    /// A new name.
    pub name: Option<ProjectName>,
    /// A new description, or none at all.
    pub description: Option<Option<ProjectDescription>>,
}

/// Why a project did not come into being or did not change.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is none with this id, or it is another user's.
    #[error("there is no such project")]
    NotFound,
    /// It could not be done once.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ProjectError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Once(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Once(error) => error.code(),
            _ => None,
        }
    }
}

impl ChangeProject {
    /// Changes a living project, if it is still what the client has seen.
    ///
    /// # Errors
    /// [`ProjectError`]
    pub async fn edit(
        &self,
        owner: UserId,
        id: ProjectId,
        changes: ProjectChanges,
        may_change: impl FnOnce(&Project) -> bool + Send,
    ) -> Result<Project, ProjectError> {
        self.change((owner, id, Living::Required), may_change, |project, now| {
            project.name = changes.name.unwrap_or_else(|| project.name.clone());
            project.description = changes.description.unwrap_or_else(|| project.description.clone());
            project.updated_at = now;
        })
        .await
    }

    /// Hides a living project.
    ///
    /// # Errors
    /// [`ProjectError`]
    pub async fn delete(&self, owner: UserId, id: ProjectId) -> Result<(), ProjectError> {
        self.change((owner, id, Living::Required), |_| true, Project::delete).await.map(|_| ())
    }

    /// Brings a project back; a living one is left as it is.
    ///
    /// # Errors
    /// [`ProjectError`]
    pub async fn restore(&self, owner: UserId, id: ProjectId) -> Result<Project, ProjectError> {
        self.change((owner, id, Living::Any), |_| true, Project::restore).await
    }

    async fn change(
        &self,
        (owner, id, living): (UserId, ProjectId, Living),
        may_change: impl FnOnce(&Project) -> bool + Send,
        apply: impl FnOnce(&mut Project, Timestamp) + Send,
    ) -> Result<Project, ProjectError> {
        let tx = self.storage.begin().await?;
        let found = tx.projects().find(owner, id).await?;
        let found = found.filter(|project| living == Living::Any || project.deleted_at.is_none());
        let mut project = found.ok_or(ProjectError::NotFound)?;
        if !may_change(&project) {
            return Err(RepositoryError::Stale.into());
        }
        apply(&mut project, self.clock.now());
        tx.projects().save(&project).await?;
        tx.commit().await?;
        Ok(project)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Living {
    Required,
    Any,
}

#[cfg(test)]
mod tests {
    use hos_testing::{Stage, StageUser};

    use super::super::{CreateProject, NewProject};
    use super::*;

    async fn stage_with_project() -> (Stage, UserId, Project) {
        let stage = Stage::new().await;
        let owner = stage.user(StageUser::named("ada")).await.id;
        let create = CreateProject { storage: stage.storage(), ids: stage.ids(), clock: stage.clock() };
        let description = Some(ProjectDescription::parse("hard").unwrap());
        let new = NewProject { name: ProjectName::parse("Block 1").unwrap(), description };
        let project = create.run(owner, new, None).await.unwrap();
        (stage, owner, project)
    }

    fn change(stage: &Stage) -> ChangeProject {
        ChangeProject { storage: stage.storage(), clock: stage.clock() }
    }

    #[tokio::test]
    async fn an_edit_changes_what_was_named_and_nothing_else() {
        let (stage, owner, project) = stage_with_project().await;
        let renamed = ProjectChanges { name: Some(ProjectName::parse("Block 2").unwrap()), description: None };
        let changed = change(&stage).edit(owner, project.id, renamed, |_| true).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.description), ("Block 2", project.description));
        let emptied = ProjectChanges { name: None, description: Some(None) };
        assert_eq!(change(&stage).edit(owner, project.id, emptied, |_| true).await.unwrap().description, None);
    }

    #[tokio::test]
    async fn a_deleted_project_is_hidden_until_it_is_restored() {
        let (stage, owner, project) = stage_with_project().await;
        change(&stage).delete(owner, project.id).await.unwrap();
        assert_eq!(stage.projects().find(owner, project.id).await.unwrap(), None);
        let edit = change(&stage).edit(owner, project.id, ProjectChanges::default(), |_| true).await;
        assert!(matches!(edit, Err(ProjectError::NotFound)));
        change(&stage).restore(owner, project.id).await.unwrap();
        assert_eq!(stage.projects().find(owner, project.id).await.unwrap().unwrap().id, project.id);
    }

    #[tokio::test]
    async fn another_users_project_does_not_exist() {
        let (stage, _, project) = stage_with_project().await;
        let eve = stage.user(StageUser::named("eve")).await.id;
        assert!(matches!(change(&stage).delete(eve, project.id).await, Err(ProjectError::NotFound)));
        assert!(matches!(change(&stage).restore(eve, project.id).await, Err(ProjectError::NotFound)));
    }
}
