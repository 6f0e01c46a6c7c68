//! A member cancels: with the period that is paid for, or at once.

use hos_domain::billing::CancelAt;
use hos_domain::identity::UserId;
use hos_domain::platform::{AnswerKey, AuditAction};

use super::{Steer, SteerError, Steered};

/// Cancels subscriptions.
pub struct CancelSubscription {
    /// How.
    pub steer: Steer,
}

impl CancelSubscription {
    /// Cancels a user's subscription, once per key. One that is cancelled already stays so.
    ///
    /// # Errors
    /// [`SteerError`]
    pub async fn run(
        &self,
        user: UserId,
        at: CancelAt,
        reason: Option<String>,
        key: Option<AnswerKey>,
    ) -> Result<Steered, SteerError> {
        let (steer, key) = (&self.steer, key.as_ref());
        if let Some(steered) = steer.begin(key).await? {
            return Ok(steered);
        }
        let done = async {
            let wheel = steer.wheel(user).await?;
            let observed = wheel.gateway()?.cancel(wheel.id(), at, &steer.provider_key(key)).await;
            let when = if at == CancelAt::PeriodEnd { "period_end" } else { "now" };
            let mut deed = steer.deed(user, AuditAction::SubscriptionCancelled).with("at", when);
            if let Some(reason) = reason {
                deed = deed.with("reason", reason);
            }
            steer.keep(user, &wheel, observed, deed, key).await
        };
        steer.finish(key, done.await).await
    }
}
