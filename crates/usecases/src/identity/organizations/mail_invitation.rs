//! An invitation is mailed, if it still counts. Only here is it looked up whether the address has an account: whoever
//! invited has had their answer already.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{DisplayName, Invitation, InvitationId, Unit, User, UserId, UserQueries};
use hos_domain::kernel::{Clock, IdSource, RepositoryError, Storage, Stored, Timestamp};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{Lease, Queue};
use serde::{Deserialize, Serialize};

use crate::messaging::{Recipient, mail};
use crate::platform::{JobError, JobPayload, Runner};

/// Mails an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailInvitationJob {
    /// Which.
    pub invitation: InvitationId,
    /// Whose.
    pub inviter: UserId,
}

impl JobPayload for MailInvitationJob {
    const NAME: &'static str = "identity.mail_invitation";
    const QUEUE: Queue = Queue::Notifications;
    const MAX_TRIES: u16 = 5;
}

/// Mails invitations.
pub struct MailInvitation {
    /// Knows who invites.
    pub users: Arc<dyn UserQueries>,
    /// Where invitations and accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for MailInvitation {
    type Payload = MailInvitationJob;

    async fn run(&self, job: MailInvitationJob, lease: &Lease) -> Result<(), JobError> {
        // Beside the unit, which locks the accounts it reads: two who invite each other would wait for each other.
        let inviter = self.users.find(job.inviter).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        if let Some(inviter) = inviter
            && let Some((to, message)) = letter(&*tx, job.invitation, inviter, now).await?
        {
            mail(&*tx, &*self.ids, to, message, now).await?;
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What goes out, and to whom; nothing when the invitation no longer counts.
async fn letter(
    tx: &dyn Unit,
    id: InvitationId,
    inviter: User,
    now: Timestamp,
) -> Stored<Option<(Recipient, Message)>> {
    let Some(invitation) = tx.invitations().find(id).await?.filter(|invitation| invitation.is_open(now)) else {
        return Ok(None);
    };
    let Some(organization) = tx.organizations().lock(invitation.organization).await? else { return Ok(None) };
    let args = [
        (Message::INVITATION, invitation.id.to_string()),
        ("organization", organization.name.as_str().to_owned()),
        ("inviter", inviter.name.as_str().to_owned()),
    ];
    let args: BTreeMap<_, _> = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let to = match tx.users().find_by_email(&invitation.email).await? {
        Some(user) => Recipient::User(user.id),
        None => stranger(&invitation, inviter)?,
    };
    Ok(Some((to, Message { template: Template::OrganizationInvitation, args })))
}

/// Somebody we know nothing of: called as their mailbox is, in the language of who invites them.
fn stranger(invitation: &Invitation, inviter: User) -> Stored<Recipient> {
    let email = invitation.email.clone();
    let mailbox = email.as_str().rsplit_once('@').map_or(email.as_str(), |(mailbox, _)| mailbox);
    let name = DisplayName::parse(mailbox).map_err(|_| RepositoryError::Corrupt("invitations.email".to_owned()))?;
    Ok(Recipient::Stranger { email, name, locale: inviter.locale })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::identity::OrganizationRole;
    use hos_domain::kernel::Email;
    use hos_domain::platform::ClaimedJob;
    use hos_testing::StageUser;

    use super::super::stage::Scene;
    use super::*;
    use crate::messaging::DeliverMailJob;

    async fn claim(scene: &Scene) -> Vec<ClaimedJob> {
        let lease = Duration::from_secs(60);
        scene.jobs().claim(scene.ids().uuid(), 10, lease, scene.clock().now()).await.unwrap()
    }

    /// Carries the one waiting job out and gives back whom it writes to.
    async fn recipients(scene: &Scene) -> Vec<Recipient> {
        let (users, storage, ids, clock) = (scene.users(), scene.storage(), scene.ids(), scene.clock());
        let runner = MailInvitation { users, storage, ids, clock };
        let job = claim(scene).await.remove(0);
        runner.run(serde_json::from_value(job.payload).unwrap(), &job.lease).await.unwrap();
        let mails = claim(scene).await.into_iter().filter(|job| job.name == DeliverMailJob::NAME);
        mails.map(|job| serde_json::from_value::<DeliverMailJob>(job.payload).unwrap().to).collect()
    }

    #[tokio::test]
    async fn a_member_of_ours_is_called_by_name_and_a_stranger_as_their_mailbox() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let ada = scene.user(StageUser::named("ada")).await;
        scene.invite().run(owner, id, (ada.email, OrganizationRole::Member), None).await.unwrap();
        assert_eq!(recipients(&scene).await, [Recipient::User(ada.id)]);
        let stranger = Email::parse("new.face@example.com").unwrap();
        scene.invite().run(owner, id, (stranger.clone(), OrganizationRole::Member), None).await.unwrap();
        let (name, locale) = (DisplayName::parse("new.face").unwrap(), hos_domain::kernel::Locale::default());
        assert_eq!(recipients(&scene).await, [Recipient::Stranger { email: stranger, name, locale }]);
    }

    #[tokio::test]
    async fn what_was_taken_back_before_it_was_mailed_is_not_mailed() {
        let scene = Scene::new().await;
        let (id, owner) = scene.gym("owner").await;
        let offer = (Email::parse("ada@example.com").unwrap(), OrganizationRole::Member);
        let invitation = scene.invite().run(owner, id, offer.clone(), None).await.unwrap();
        scene.invite().revoke(owner, id, invitation.id).await.unwrap();
        assert_eq!(recipients(&scene).await, []);
        scene.invite().run(owner, id, offer, None).await.unwrap();
        scene.organization().delete(scene.caller(owner).await, id).await.unwrap();
        assert_eq!(recipients(&scene).await, []);
    }
}
