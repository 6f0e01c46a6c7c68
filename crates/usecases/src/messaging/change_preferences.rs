//! A user says what they want to hear.

use std::sync::Arc;

use hos_domain::identity::UserId;
use hos_domain::kernel::{Storage, Stored};
use hos_domain::messaging::{Digest, Preferences, QuietHours};

/// Changes preferences.
pub struct ChangePreferences {
    /// Where preferences are kept.
    pub storage: Arc<dyn Storage>,
}

/// What is to be different; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct PreferenceChanges {
    /// Any push at all.
    pub push_enabled: Option<bool>,
    /// Reminders of goals and sessions.
    pub coaching_reminders: Option<bool>,
    /// News of the subscription.
    pub subscription_alerts: Option<bool>,
    /// Comments, reactions, followers.
    pub community: Option<bool>,
    /// Offers and news of the product.
    pub marketing: Option<bool>,
    /// Any mail that is not required.
    pub email_enabled: Option<bool>,
    /// When not to be disturbed, or never.
    pub quiet_hours: Option<Option<QuietHours>>,
    /// How often a summary is sent.
    pub digest: Option<Digest>,
}

impl ChangePreferences {
    /// Changes what was named and gives back how it all stands.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, user: UserId, changes: PreferenceChanges) -> Stored<Preferences> {
        let tx = self.storage.begin().await?;
        let old = tx.preferences().of(user).await?;
        let new = Preferences {
            push_enabled: changes.push_enabled.unwrap_or(old.push_enabled),
            coaching_reminders: changes.coaching_reminders.unwrap_or(old.coaching_reminders),
            subscription_alerts: changes.subscription_alerts.unwrap_or(old.subscription_alerts),
            community: changes.community.unwrap_or(old.community),
            marketing: changes.marketing.unwrap_or(old.marketing),
            email_enabled: changes.email_enabled.unwrap_or(old.email_enabled),
            quiet_hours: changes.quiet_hours.unwrap_or(old.quiet_hours),
            digest: changes.digest.unwrap_or(old.digest),
        };
        tx.preferences().put(user, &new).await?;
        tx.commit().await?;
        Ok(new)
    }
}
