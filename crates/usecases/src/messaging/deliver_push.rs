//! A message goes out as a push: unit, call, unit. The outside part happens at least once, with the job's id as its own.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::UserQueries;
use hos_domain::kernel::{Clock, Storage, Stored};
use hos_domain::messaging::{Device, DeviceQueries, PushError, PushNotification, PushSender, Wording};
use hos_domain::platform::Lease;

use super::DeliverPushJob;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::time::Duration;

    use hos_domain::identity::UserId;
    use hos_domain::kernel::{Email, GatewayError, Id, Locale, Timestamp};
    use hos_domain::messaging::{DeviceToken, Letter, Message, Platform, PushText, Template};
    use hos_testing::{Stage, StageUser};

    use super::*;
    use crate::platform::enqueue;

    struct NoWords;

    impl Wording for NoWords {
        fn push(&self, _: &Message, _: &Locale) -> PushText {
            PushText { title: String::new(), body: String::new() }
        }

        fn letter(&self, _: &str, _: &Email, _: &str, _: &Message, _: &Locale) -> Letter {
            unreachable!("only pushes are delivered here")
        }
    }

    /// A push service that answers as it is told, and keeps the ids it was given.
    struct Service {
        answer: Result<(), PushError>,
        ids: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl PushSender for Service {
        async fn push(&self, notification: &PushNotification) -> Result<(), PushError> {
            self.ids.lock().unwrap().push(notification.id.clone());
            self.answer.clone()
        }
    }

    struct Scene {
        stage: Stage,
        service: Arc<Service>,
        deliver: DeliverPush,
        user: UserId,
        job: DeliverPushJob,
    }

    /// A user with one device, and a push to it that a worker has claimed.
    async fn scene(answer: Result<(), PushError>) -> Scene {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await.id;
        let device = Device {
            id: Id::new(stage.ids().uuid()),
            user,
            platform: Platform::Ios,
            token: DeviceToken::parse("token").unwrap(),
            app_version: None,
            locale: None,
            is_active: true,
            created_at: stage.clock().now(),
        };
        let message = Message { template: Template::SubscriptionActive, args: BTreeMap::new() };
        let job = DeliverPushJob { user, device: device.id, message };
        let tx = stage.storage().begin().await.unwrap();
        tx.devices().register(&device).await.unwrap();
        enqueue(&*tx, &*stage.ids(), &job, stage.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let service = Arc::new(Service { answer, ids: Mutex::default() });
        let deliver = DeliverPush {
            devices: stage.devices(),
            users: stage.users(),
            wording: Arc::new(NoWords),
            sender: service.clone(),
            storage: stage.storage(),
            clock: stage.clock(),
        };
        Scene { stage, service, deliver, user, job }
    }

    impl Scene {
        async fn claim(&self) -> Lease {
            let lease = Duration::from_secs(60);
            let now: Timestamp = self.stage.clock().now();
            self.stage.jobs().claim(self.stage.ids().uuid(), 1, lease, now).await.unwrap().remove(0).lease
        }
    }

    #[tokio::test]
    async fn a_token_that_the_service_calls_dead_is_not_used_again_and_the_job_is_done() {
        let scene = scene(Err(PushError::DeadToken)).await;
        let lease = scene.claim().await;
        scene.deliver.run(scene.job.clone(), &lease).await.unwrap();
        assert!(!scene.stage.devices().devices(scene.user).await.unwrap()[0].is_active);
        assert_eq!(scene.stage.database.settled().await, 0);
    }

    #[tokio::test]
    async fn a_service_that_is_away_is_asked_again_with_the_same_id() {
        let scene = scene(Err(GatewayError::Unavailable.into())).await;
        let lease = scene.claim().await;
        for _ in 0..2 {
            let outcome = scene.deliver.run(scene.job.clone(), &lease).await;
            assert!(matches!(outcome, Err(JobError::Retry(_))), "{outcome:?}");
        }
        let ids = scene.service.ids.lock().unwrap().clone();
        assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
        assert!(scene.stage.devices().devices(scene.user).await.unwrap()[0].is_active);
    }

    #[tokio::test]
    async fn nothing_is_pushed_to_a_device_that_is_gone_and_the_job_is_done() {
        let scene = scene(Ok(())).await;
        let tx = scene.stage.storage().begin().await.unwrap();
        tx.devices().deactivate(&DeviceToken::parse("token").unwrap(), scene.stage.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let lease = scene.claim().await;
        scene.deliver.run(scene.job.clone(), &lease).await.unwrap();
        assert!(scene.service.ids.lock().unwrap().is_empty());
        assert_eq!(scene.stage.database.settled().await, 0);
    }
}
