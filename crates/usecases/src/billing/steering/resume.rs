//! A member goes on: takes a scheduled cancel back, or ends a pause.

use hos_domain::billing::{Phase, Resumption};
use hos_domain::identity::UserId;
use hos_domain::platform::{AnswerKey, AuditAction};

use super::{Steer, SteerError, Steered};

/// Resumes subscriptions.
pub struct ResumeSubscription {
    /// How.
    pub steer: Steer,
}

impl ResumeSubscription {
    /// Lets a user's subscription go on, once per key. Of one that is paused and cancelled the pause ends first.
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
            let what = match (wheel.subscription.phase, wheel.subscription.cancel_at) {
                (Phase::Paused, _) => Resumption::Collection,
                (_, Some(_)) => Resumption::Renewal,
                (_, None) => return Err(SteerError::NothingToResume),
            };
            let observed = wheel.gateway()?.resume(wheel.id(), what, &steer.provider_key(key)).await;
            let deed = steer.deed(user, AuditAction::SubscriptionResumed);
            steer.keep(user, &wheel, observed, deed, key).await
        };
        steer.finish(key, done.await).await
    }
}
