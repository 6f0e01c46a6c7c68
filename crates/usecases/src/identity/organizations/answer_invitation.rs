//! Who was invited accepts or declines. Accepting takes an account whose verified address is the invited one, so that a
//! forwarded link lets nobody else in. Declining takes the link alone: nobody should need an account to say no.

use std::sync::Arc;

use hos_domain::identity::{
    Affiliation, Invitation, InvitationId, InvitationState, InvitationTokens, Membership, Organization, Unit, UserId,
};
use hos_domain::kernel::{Clock, IdSource, Storage, Timestamp};
use hos_domain::platform::AnswerKey;

use super::enter::noted_change;
use super::error::OrganizationError;
use crate::platform::{Begun, begin_once};

/// Answers invitations.
pub struct AnswerInvitation {
    /// Recognizes the link.
    pub tokens: Arc<dyn InvitationTokens>,
    /// Where invitations are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl AnswerInvitation {
    /// Makes the user a member, once per key.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn accept(
        &self,
        user: UserId,
        token: &str,
        key: Option<AnswerKey>,
    ) -> Result<Affiliation, OrganizationError> {
        let id = self.tokens.invitation_of(token).ok_or(OrganizationError::NoSuchInvitation)?;
        let tx = match begin_once(&*self.storage, &*self.clock, key.as_ref()).await? {
            Begun::Fresh(tx) => tx,
            Begun::Answered(affiliation) => return Ok(affiliation),
        };
        let now = self.clock.now();
        let (organization, invitation) = open_one(&*tx, id, now).await?;
        let user = tx.users().find(user).await?.ok_or(OrganizationError::UserGone)?;
        if user.email != invitation.email {
            return Err(OrganizationError::NoSuchInvitation);
        }
        if !user.email_verified {
            return Err(OrganizationError::EmailNotVerified);
        }
        if tx.memberships().find(organization.id, user.id).await?.is_some() {
            return Err(OrganizationError::MemberAlready);
        }
        let (organization_id, role) = (organization.id, invitation.role);
        let id = self.ids.id();
        let membership = Membership { id, organization: organization_id, user: user.id, role, joined_at: now };
        tx.memberships().insert(&membership).await?;
        tx.invitations().save(&Invitation { state: InvitationState::Accepted, ..invitation }).await?;
        tx.audit().note(noted_change(organization_id, (user.id, user.id), (None, Some(role)), now));
        Ok(tx.commit(Affiliation { organization, role }).await?)
    }

    /// Closes the invitation.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn decline(&self, token: &str) -> Result<(), OrganizationError> {
        let id = self.tokens.invitation_of(token).ok_or(OrganizationError::NoSuchInvitation)?;
        let tx = self.storage.begin().await?;
        let (_, invitation) = open_one(&*tx, id, self.clock.now()).await?;
        tx.invitations().save(&Invitation { state: InvitationState::Declined, ..invitation }).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An open invitation and its organization, locked. Which organization is known only from the invitation, so that is
/// read twice: what it says counts under the lock.
async fn open_one(
    tx: &dyn Unit,
    id: InvitationId,
    now: Timestamp,
) -> Result<(Organization, Invitation), OrganizationError> {
    let missing = || OrganizationError::NoSuchInvitation;
    let organization = tx.invitations().find(id).await?.ok_or_else(missing)?.organization;
    let organization = tx.organizations().lock(organization).await?.ok_or_else(missing)?;
    let invitation = tx.invitations().find(id).await?.filter(|invitation| invitation.is_open(now));
    Ok((organization, invitation.ok_or_else(missing)?))
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::{OrganizationRole, User};
    use hos_testing::StageUser;

    use super::super::stage::Scene;
    use super::*;

    /// An organization of a new user, and an open invitation for another one, Ada.
    async fn invited() -> (Scene, Organization, Invitation, User) {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let user = scene.user(StageUser::named("ada")).await;
        let offer = (user.email.clone(), OrganizationRole::Coach);
        let invitation = scene.invite().run(owner, id, offer, None).await.unwrap();
        let organization = scene.organization().rename(owner, id, None, |_| true).await.unwrap().organization;
        (scene, organization, invitation, user)
    }

    #[tokio::test]
    async fn only_who_has_the_address_gets_in_and_only_once() {
        let (scene, organization, invitation, ada) = invited().await;
        let (eve, token) = (scene.user(StageUser::named("eve")).await, scene.token(invitation.id));
        let forwarded = scene.answer().accept(eve.id, &token, None).await;
        assert!(matches!(forwarded, Err(OrganizationError::NoSuchInvitation)));
        let made_up = scene.answer().accept(ada.id, "made up", None).await;
        assert!(matches!(made_up, Err(OrganizationError::NoSuchInvitation)));
        let joined = scene.answer().accept(ada.id, &token, None).await.unwrap();
        assert_eq!(joined, Affiliation { organization, role: OrganizationRole::Coach });
        let again = scene.answer().accept(ada.id, &token, None).await;
        assert!(matches!(again, Err(OrganizationError::NoSuchInvitation)));
    }

    #[tokio::test]
    async fn an_address_that_was_never_shown_to_be_theirs_opens_nothing() {
        let (scene, _, invitation, ada) = invited().await;
        scene.doubt(&ada).await;
        let unverified = scene.answer().accept(ada.id, &scene.token(invitation.id), None).await;
        assert!(matches!(unverified, Err(OrganizationError::EmailNotVerified)));
    }

    #[tokio::test]
    async fn after_a_week_or_a_no_the_link_counts_no_more() {
        let (scene, _, invitation, ada) = invited().await;
        let token = scene.token(invitation.id);
        scene.wait(Invitation::LIFE);
        assert!(scene.answer().decline(&token).await.is_err());
        assert!(scene.answer().accept(ada.id, &token, None).await.is_err());
        let (scene, _, invitation, ada) = invited().await;
        let token = scene.token(invitation.id);
        scene.answer().decline(&token).await.unwrap();
        assert!(matches!(scene.answer().decline(&token).await, Err(OrganizationError::NoSuchInvitation)));
        assert!(scene.answer().accept(ada.id, &token, None).await.is_err());
    }

    #[tokio::test]
    async fn who_is_a_member_already_does_not_become_one_twice() {
        let (scene, organization, first, ada) = invited().await;
        scene.answer().accept(ada.id, &scene.token(first.id), None).await.unwrap();
        let offer = (ada.email.clone(), OrganizationRole::Admin);
        let second = scene.invite().run(first.inviter, organization.id, offer, None).await.unwrap();
        let again = scene.answer().accept(ada.id, &scene.token(second.id), None).await;
        assert!(matches!(again, Err(OrganizationError::MemberAlready)));
    }
}
