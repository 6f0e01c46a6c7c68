//! A member pauses: nothing is charged, and access ends with what was paid for, until they resume.

use hos_domain::billing::Phase;
use hos_domain::identity::UserId;
use hos_domain::platform::{AnswerKey, AuditAction};

use super::{Steer, SteerError, Steered};

/// Pauses subscriptions.
pub struct PauseSubscription {
    /// How.
    pub steer: Steer,
}

impl PauseSubscription {
    /// Pauses a user's subscription, once per key. One that is paused already stays so.
    ///
    /// # Errors
    /// [`SteerError`]
    pub async fn run(&self, user: UserId, key: Option<AnswerKey>) -> Result<Steered, SteerError> {
        let (steer, key) = (&self.steer, key.as_ref());
        if let Some(steered) = steer.begin(key).await? {
            return Ok(steered);
        }
        let done = async {
            let wheel = steer.wheel(user).await?;
            // From a trial some providers would end it, and what is behind with its payments is not to be forgotten.
            if !matches!(wheel.subscription.phase, Phase::Active | Phase::Paused) {
                return Err(SteerError::NotRunning(wheel.subscription.status(steer.business_clock.now()).name()));
            }
            let observed = wheel.gateway()?.pause(wheel.id(), &steer.provider_key(key)).await;
            let deed = steer.deed(user, AuditAction::SubscriptionPaused);
            steer.keep(user, &wheel, observed, deed, key).await
        };
        steer.finish(key, done.await).await
    }
}
