//! A message goes out on one way: unit, call, unit. The outside part happens at least once, with the job's id as its own.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{UserId, UserQueries};
use hos_domain::kernel::{Clock, Storage, Stored};
use hos_domain::messaging::{Device, DeviceQueries, Mailer, PushError, PushNotification, PushSender, Wording};
use hos_domain::platform::Lease;

use super::{DeliverMailJob, DeliverPushJob};
use crate::platform::{JobError, Runner};

/// Pushes to devices.
pub struct DeliverPush {
    /// Where the device is looked up.
    pub devices: Arc<dyn DeviceQueries>,
    /// Whose language decides when the device has none.
    pub users: Arc<dyn UserQueries>,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// The way out.
    pub sender: Arc<dyn PushSender>,
    /// Where dead tokens are noted and jobs completed.
    pub storage: Arc<dyn Storage>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for DeliverPush {
    type Payload = DeliverPushJob;

    async fn run(&self, job: DeliverPushJob, lease: &Lease) -> Result<(), JobError> {
        let asked_at = self.clock.now();
        let sent = match self.notification(&job, lease).await? {
            Some((device, notification)) => Some((device, self.sender.push(&notification).await)),
            None => None,
        };
        let tx = self.storage.begin().await?;
        match sent {
            Some((device, Err(PushError::DeadToken))) => tx.devices().deactivate(&device.token, asked_at).await?,
            Some((_, Err(error))) => return Err(error.into()),
            Some((_, Ok(()))) | None => {}
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl DeliverPush {
    /// The push, unless its device or its user is gone by now.
    async fn notification(&self, job: &DeliverPushJob, lease: &Lease) -> Stored<Option<(Device, PushNotification)>> {
        let devices = self.devices.devices(job.user).await?;
        let device = devices.into_iter().find(|device| device.id == job.device && device.is_active);
        let Some((device, user)) = device.zip(self.users.find(job.user).await?) else { return Ok(None) };
        let locale = device.locale.clone().unwrap_or(user.locale);
        let notification = PushNotification {
            id: lease.job.to_string(),
            platform: device.platform,
            token: device.token.clone(),
            text: self.wording.push(&job.message, &locale),
            collapse_key: job.message.template.name().to_owned(),
        };
        Ok(Some((device, notification)))
    }
}

/// Mails.
pub struct DeliverMail {
    /// To whom.
    pub users: Arc<dyn UserQueries>,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// The way out.
    pub mailer: Arc<dyn Mailer>,
    /// Where jobs are completed.
    pub storage: Arc<dyn Storage>,
}

#[async_trait]
impl Runner for DeliverMail {
    type Payload = DeliverMailJob;

    async fn run(&self, job: DeliverMailJob, lease: &Lease) -> Result<(), JobError> {
        if let Some(letter) = self.letter(job.user, &job, lease).await? {
            self.mailer.send(&letter).await?;
        }
        let tx = self.storage.begin().await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl DeliverMail {
    async fn letter(
        &self,
        user: UserId,
        job: &DeliverMailJob,
        lease: &Lease,
    ) -> Stored<Option<hos_domain::messaging::Letter>> {
        let Some(user) = self.users.find(user).await? else { return Ok(None) };
        let id = lease.job.to_string();
        Ok(Some(self.wording.letter(&id, &user.email, user.name.as_str(), &job.message, &user.locale)))
    }
}
