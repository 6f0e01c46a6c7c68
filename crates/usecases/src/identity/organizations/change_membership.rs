//! Members get other roles, are sent away, or leave.

use std::sync::Arc;

use hos_domain::identity::{
    Invitation, InvitationState, Member, OrganizationId, OrganizationPermission, OrganizationRole, Unit, UserId,
};
use hos_domain::kernel::{Clock, RepositoryError, Storage, Stored, Timestamp};

use super::enter::{enter, member, noted_change};
use super::error::OrganizationError;

/// Changes memberships.
pub struct ChangeMembership {
    /// Where memberships are kept.
    pub storage: Arc<dyn Storage>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl ChangeMembership {
    /// Gives a member another role, if they are still what the client has seen; the same one again changes nothing.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn change_role(
        &self,
        by: UserId,
        (id, user): (OrganizationId, UserId),
        role: OrganizationRole,
        may_change: impl FnOnce(&Member) -> bool + Send,
    ) -> Result<Member, OrganizationError> {
        let tx = self.storage.begin().await?;
        let (_, me) = enter(&*tx, id, by).await?;
        me.role.require(OrganizationPermission::ChangeRoles)?;
        let before = member(&*tx, id, user).await?;
        let after = me.change_role(before, role)?;
        let name = tx.users().find(user).await?.ok_or(OrganizationError::NoSuchMember)?.name;
        if !may_change(&Member { membership: before, name: name.clone() }) {
            return Err(RepositoryError::Stale.into());
        }
        if after.role != before.role {
            tx.memberships().save(&after).await?;
            let change = (Some(before.role), Some(after.role));
            tx.audit().note(noted_change(id, (by, user), change, self.clock.now()));
            tx.commit().await?;
        }
        Ok(Member { membership: after, name })
    }

    /// Sends a member away, or lets the caller leave.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn end(&self, by: UserId, id: OrganizationId, user: UserId) -> Result<(), OrganizationError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let (_, me) = enter(&*tx, id, by).await?;
        if by != user {
            me.role.require(OrganizationPermission::RemoveMembers)?;
        }
        let other = member(&*tx, id, user).await?;
        me.end(&other)?;
        tx.memberships().remove(other.id).await?;
        if by != user {
            close_the_door(&*tx, id, user, now).await?;
        }
        tx.audit().note(noted_change(id, (by, user), (Some(other.role), None), now));
        tx.commit().await?;
        Ok(())
    }
}

/// Takes back the open invitations of somebody who was sent away: an old mail must not let them in again.
async fn close_the_door(tx: &dyn Unit, id: OrganizationId, user: UserId, now: Timestamp) -> Stored<()> {
    let Some(user) = tx.users().find(user).await? else { return Ok(()) };
    for invitation in tx.invitations().open(id, now).await? {
        if invitation.email == user.email {
            tx.invitations().save(&Invitation { state: InvitationState::Revoked, ..invitation }).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hos_testing::StageUser;

    use super::super::stage::Scene;
    use super::*;

    #[tokio::test]
    async fn an_old_mail_does_not_let_in_again_who_was_sent_away() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let ada = scene.user(StageUser::named("ada")).await;
        scene.join(owner, id, &ada, OrganizationRole::Member).await.unwrap();
        let offer = (ada.email.clone(), OrganizationRole::Coach);
        let lying_around = scene.invite().run(owner, id, offer, None).await.unwrap();
        scene.change().end(owner, id, ada.id).await.unwrap();
        let back = scene.answer().accept(ada.id, &scene.token(lying_around.id), None).await;
        assert!(matches!(back, Err(OrganizationError::NoSuchInvitation)));
        scene.join(owner, id, &ada, OrganizationRole::Member).await.unwrap();
    }

    #[tokio::test]
    async fn a_role_that_stays_is_not_noted() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let ada = scene.user(StageUser::named("ada")).await;
        scene.join(owner, id, &ada, OrganizationRole::Member).await.unwrap();
        let lines = async || scene.audit_log().head().await.unwrap().seq;
        let before = lines().await;
        let same = scene.change().change_role(owner, (id, ada.id), OrganizationRole::Member, |_| true).await.unwrap();
        assert_eq!((same.name.as_str(), lines().await), ("ada", before));
        scene.change().change_role(owner, (id, ada.id), OrganizationRole::Coach, |_| true).await.unwrap();
        assert_eq!(lines().await, before + 1);
    }
}
