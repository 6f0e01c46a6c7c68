//! What a user may do: entitlements held for a span of time.

use super::{EntitlementId, Subscription};
use crate::kernel::Timestamp;

/// An entitlement that a subscription gives, for a half-open span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitlementSpan {
    /// Which.
    pub entitlement: EntitlementId,
    /// The provider's id of the subscription that gives it.
    pub source: String,
    /// First instant with it.
    pub starts_at: Timestamp,
    /// First instant without it.
    pub ends_at: Timestamp,
}

/// What a user has, as it stood at one instant: subscriptions and what they give belong together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// As last derived, the newest first.
    pub subscriptions: Vec<Subscription>,
    /// What they give.
    pub entitlements: Vec<EntitlementSpan>,
}

/// An entitlement as a user sees it at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldEntitlement {
    /// Which.
    pub entitlement: EntitlementId,
    /// Whether it is held now.
    pub active: bool,
    /// What gives it.
    pub source: String,
    /// When it ends or ended.
    pub expires_at: Timestamp,
}

impl EntitlementSpan {
    /// What a subscription gives.
    pub(super) fn of(subscription: &Subscription, entitlements: &[EntitlementId]) -> Vec<Self> {
        let Some(ends_at) = subscription.access.until else {
            return Vec::new();
        };
        let span = |entitlement: &EntitlementId| Self {
            entitlement: entitlement.clone(),
            source: subscription.provider_subscription_id.clone(),
            starts_at: subscription.started_at,
            ends_at,
        };
        entitlements.iter().map(span).collect()
    }

    /// Whether it is held at `now`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.starts_at <= now && now < self.ends_at
    }
}

/// The union of spans at `now`: of several that give the same entitlement the one that lasts longest counts.
#[must_use]
pub fn held(spans: &[EntitlementSpan], now: Timestamp) -> Vec<HeldEntitlement> {
    let mut best: Vec<&EntitlementSpan> = Vec::new();
    for span in spans {
        match best.iter_mut().find(|other| other.entitlement == span.entitlement) {
            Some(other) if (span.is_active(now), span.ends_at) > (other.is_active(now), other.ends_at) => *other = span,
            Some(_) => {}
            None => best.push(span),
        }
    }
    best.sort_by(|a, b| a.entitlement.as_str().cmp(b.entitlement.as_str()));
    let held = |span: &EntitlementSpan| HeldEntitlement {
        entitlement: span.entitlement.clone(),
        active: span.is_active(now),
        source: span.source.clone(),
        expires_at: span.ends_at,
    };
    best.into_iter().map(held).collect()
}
