//! A message finds its ways to a user: to each device that can be pushed to, and by mail, as far as they want it.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, IdSource, Storage, Stored, Timestamp};
use hos_domain::messaging::Message;
use hos_domain::platform::{Effects, Lease};

use super::{DeliverMailJob, DeliverPushJob, NotifyJob, Recipient};
use crate::platform::{JobError, Runner, enqueue};

/// Leaves a message for a user in the caller's unit. An inner verb of every context.
///
/// # Errors
/// Whatever the storage says.
pub async fn notify(
    tx: &dyn Effects,
    ids: &dyn IdSource,
    user: UserId,
    message: Message,
    now: Timestamp,
) -> Stored<()> {
    enqueue(tx, ids, &NotifyJob { user, message }, now).await
}

/// Leaves a mail in the caller's unit, whatever else its reader wants to hear: what they have asked for themselves.
///
/// # Errors
/// Whatever the storage says.
pub async fn mail(tx: &dyn Effects, ids: &dyn IdSource, to: Recipient, message: Message, now: Timestamp) -> Stored<()> {
    enqueue(tx, ids, &DeliverMailJob { to, message }, now).await
}

/// Decides on the ways.
pub struct Notify {
    /// Who has which devices and wants what.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for Notify {
    type Payload = NotifyJob;

    async fn run(&self, job: NotifyJob, lease: &Lease) -> Result<(), JobError> {
        let NotifyJob { user, message } = job;
        let (template, now) = (message.template, self.clock.now());
        let tx = self.storage.begin().await?;
        let user = tx.merges().holder(user).await?;
        let preferences = tx.preferences().of(user).await?;
        if template.is_pushed() && preferences.wants_push(template.category()) {
            for device in tx.devices().active(user).await? {
                let push = DeliverPushJob { user, device: device.id, message: message.clone() };
                enqueue(&*tx, &*self.ids, &push, now).await?;
            }
        }
        if preferences.wants_email(template.category()) {
            mail(&*tx, &*self.ids, Recipient::User(user), message, now).await?;
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}
