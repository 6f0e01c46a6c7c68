//! People are invited to an organization by their address, invited again, or no longer. Whether an address has an account
//! is not looked up here, so that the answer can't depend on it.

use std::sync::Arc;

use hos_domain::identity::{
    Invitation, InvitationId, InvitationState, Membership, OrganizationId, OrganizationPermission, OrganizationRole,
    Unit, UserId,
};
use hos_domain::kernel::{Clock, Email, IdSource, Storage, Timestamp};
use hos_domain::platform::AnswerKey;

use super::MailInvitationJob;
use super::enter::enter;
use super::error::{DAY, OrganizationError};
use crate::platform::{Begun, begin_once, enqueue};

/// Invites people.
pub struct Invite {
    /// Where invitations are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl Invite {
    /// Invites an address, once per key.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn run(
        &self,
        by: UserId,
        id: OrganizationId,
        (email, role): (Email, OrganizationRole),
        key: Option<AnswerKey>,
    ) -> Result<Invitation, OrganizationError> {
        let tx = match begin_once(&*self.storage, &*self.clock, key.as_ref()).await? {
            Begun::Fresh(tx) => tx,
            Begun::Answered(invitation) => return Ok(invitation),
        };
        let now = self.clock.now();
        let (_, me) = enter(&*tx, id, by).await?;
        me.invite(role)?;
        require_own_address(&*tx, by).await?;
        let open = tx.invitations().open(id, now).await?;
        if open.iter().any(|invitation| invitation.email == email) {
            return Err(OrganizationError::InvitedAlready);
        }
        if open.len() >= Invitation::MOST_OPEN {
            return Err(OrganizationError::TooManyInvitations);
        }
        require_patience(&*tx, id, &email, now).await?;
        let invitation = Invitation::new(self.ids.id(), id, (email, role), by, now);
        tx.invitations().insert(&invitation).await?;
        let job = MailInvitationJob { invitation: invitation.id, inviter: by };
        enqueue(&*tx, &*self.ids, &job, now).await?;
        Ok(tx.commit(invitation).await?)
    }

    /// Mails an open invitation once more; it counts for as long as a new one.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn again(
        &self,
        by: UserId,
        id: OrganizationId,
        invitation: InvitationId,
    ) -> Result<Invitation, OrganizationError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let (_, me) = enter(&*tx, id, by).await?;
        let invitation = open_one(&*tx, &me, invitation, now).await?;
        require_own_address(&*tx, by).await?;
        require_patience(&*tx, id, &invitation.email, now).await?;
        let invitation = invitation.mailed_again(now);
        tx.invitations().save(&invitation).await?;
        let job = MailInvitationJob { invitation: invitation.id, inviter: invitation.inviter };
        enqueue(&*tx, &*self.ids, &job, now).await?;
        tx.commit().await?;
        Ok(invitation)
    }

    /// Takes an open invitation back.
    ///
    /// # Errors
    /// [`OrganizationError`]
    pub async fn revoke(
        &self,
        by: UserId,
        id: OrganizationId,
        invitation: InvitationId,
    ) -> Result<(), OrganizationError> {
        let tx = self.storage.begin().await?;
        let (_, me) = enter(&*tx, id, by).await?;
        let invitation = open_one(&*tx, &me, invitation, self.clock.now()).await?;
        tx.invitations().save(&Invitation { state: InvitationState::Revoked, ..invitation }).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An open invitation of the member's organization, if they could have made it.
async fn open_one(
    tx: &dyn Unit,
    me: &Membership,
    id: InvitationId,
    now: Timestamp,
) -> Result<Invitation, OrganizationError> {
    me.role.require(OrganizationPermission::Invite)?;
    let found = tx.invitations().find(id).await?;
    let found = found.filter(|found| found.organization == me.organization && found.is_open(now));
    let invitation = found.ok_or(OrganizationError::NoSuchInvitation)?;
    me.invite(invitation.role)?;
    Ok(invitation)
}

/// Nobody has us write to strangers in their name who has not shown that they can be reached themselves.
async fn require_own_address(tx: &dyn Unit, by: UserId) -> Result<(), OrganizationError> {
    let inviter = tx.users().find(by).await?.ok_or(OrganizationError::UserGone)?;
    if inviter.email_verified { Ok(()) } else { Err(OrganizationError::EmailNotVerified) }
}

async fn require_patience(
    tx: &dyn Unit,
    id: OrganizationId,
    email: &Email,
    now: Timestamp,
) -> Result<(), OrganizationError> {
    let mails = tx.invitations().mails_since(id, email, now - DAY).await?;
    if mails < Invitation::MOST_MAILS_A_DAY { Ok(()) } else { Err(OrganizationError::MailedOften) }
}

#[cfg(test)]
mod tests {
    use hos_testing::StageUser;

    use super::super::stage::Scene;
    use super::*;

    fn to(name: &str) -> (Email, OrganizationRole) {
        (Email::parse(&format!("{name}@example.com")).unwrap(), OrganizationRole::Member)
    }

    #[tokio::test]
    async fn an_address_has_one_open_invitation_and_gets_five_mails_a_day() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let invitation = scene.invite().run(owner, id, to("ada"), None).await.unwrap();
        let twice = scene.invite().run(owner, id, to("ada"), None).await;
        assert!(matches!(twice, Err(OrganizationError::InvitedAlready)));
        for mails in 2..=5 {
            assert_eq!(scene.invite().again(owner, id, invitation.id).await.unwrap().mails, mails);
        }
        let sixth = scene.invite().again(owner, id, invitation.id).await;
        assert!(matches!(sixth, Err(OrganizationError::MailedOften)));
        scene.invite().revoke(owner, id, invitation.id).await.unwrap();
        let anew = scene.invite().run(owner, id, to("ada"), None).await;
        assert!(matches!(anew, Err(OrganizationError::MailedOften)), "taking back and inviting anew is no way around");
        scene.invite().run(owner, id, to("bob"), None).await.unwrap();
        scene.wait(DAY + DAY);
        assert_eq!(scene.invite().run(owner, id, to("ada"), None).await.unwrap().mails, 1);
    }

    #[tokio::test]
    async fn a_hundred_invitations_are_open_and_the_next_waits_until_one_is_not() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let tx = scene.storage().begin().await.unwrap();
        for number in 0..Invitation::MOST_OPEN {
            let invitation =
                Invitation::new(scene.ids().id(), id, to(&format!("a{number}")), owner, scene.clock().now());
            tx.invitations().insert(&invitation).await.unwrap();
        }
        tx.commit().await.unwrap();
        let next = scene.invite().run(owner, id, to("ada"), None).await;
        assert!(matches!(next, Err(OrganizationError::TooManyInvitations)));
        scene.wait(Invitation::LIFE);
        scene.invite().run(owner, id, to("ada"), None).await.unwrap();
    }

    #[tokio::test]
    async fn who_has_not_shown_whose_their_address_is_has_nobody_written_to() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let admin = scene.user(StageUser::named("admin")).await;
        scene.join(owner, id, &admin, OrganizationRole::Admin).await.unwrap();
        let invitation = scene.invite().run(admin.id, id, to("ada"), None).await.unwrap();
        scene.doubt(&admin).await;
        let invited = scene.invite().run(admin.id, id, to("bob"), None).await;
        assert!(matches!(invited, Err(OrganizationError::EmailNotVerified)));
        let again = scene.invite().again(admin.id, id, invitation.id).await;
        assert!(matches!(again, Err(OrganizationError::EmailNotVerified)));
    }

    #[tokio::test]
    async fn an_admin_neither_repeats_nor_takes_back_what_only_the_owner_could_offer() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let admin = scene.user(StageUser::named("admin")).await;
        scene.join(owner, id, &admin, OrganizationRole::Admin).await.unwrap();
        let offer = (Email::parse("ada@example.com").unwrap(), OrganizationRole::Admin);
        let offered = scene.invite().run(owner, id, offer.clone(), None).await.unwrap();
        for refused in [
            scene.invite().run(admin.id, id, offer, None).await.err(),
            scene.invite().again(admin.id, id, offered.id).await.err(),
            scene.invite().revoke(admin.id, id, offered.id).await.err(),
        ] {
            assert!(matches!(refused, Some(OrganizationError::Refused(_))), "{refused:?}");
        }
        scene.invite().revoke(owner, id, offered.id).await.unwrap();
    }
}
