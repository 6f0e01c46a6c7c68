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

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::super::tests::{at, paid, seen, set, subscription};
    use super::super::{Catalog, Facts, Phase, derive};
    use super::*;

    fn span(entitlement: &str, source: &str, days: Range<u64>) -> EntitlementSpan {
        EntitlementSpan {
            entitlement: EntitlementId::parse(entitlement).unwrap(),
            source: source.into(),
            starts_at: at(days.start),
            ends_at: at(days.end),
        }
    }

    /// Name, whether it is active, and what gives it.
    fn on_day(day: u64, spans: &[EntitlementSpan]) -> Vec<(String, bool, String)> {
        held(spans, at(day)).into_iter().map(|held| (held.entitlement.into(), held.active, held.source)).collect()
    }

    fn line(name: &str, active: bool, source: &str) -> (String, bool, String) {
        (name.into(), active, source.into())
    }

    #[test]
    fn a_span_has_its_first_instant_and_lacks_its_last() {
        let span = span("voice", "a", 1..31);
        let active = [0, 1, 30, 31].map(|day| span.is_active(at(day)));
        assert_eq!(active, [false, true, true, false]);
    }

    #[test]
    fn different_entitlements_are_all_held_and_listed_by_name() {
        let spans = [span("voice", "a", 0..9), span("premium", "a", 0..9), span("coach_plus", "b", 0..9)];
        let expected = [line("coach_plus", true, "b"), line("premium", true, "a"), line("voice", true, "a")];
        assert_eq!(on_day(3, &spans), expected);
    }

    #[test]
    fn of_two_active_ones_the_longer_counts_and_an_active_one_beats_a_longer_one_that_is_not() {
        let spans = [span("voice", "short", 0..9), span("voice", "long", 0..20), span("voice", "later", 30..60)];
        assert_eq!(on_day(3, &spans), [line("voice", true, "long")]);
        assert_eq!(on_day(30, &spans), [line("voice", true, "later")]);
    }

    #[test]
    fn what_has_ended_is_still_shown_with_its_end() {
        let spans = [span("voice", "a", 0..9), span("voice", "b", 0..20)];
        assert_eq!(on_day(20, &spans), [line("voice", false, "b")]);
        assert_eq!(held(&spans, at(20))[0].expires_at, at(20));
    }

    #[test]
    fn a_subscription_gives_everything_in_its_plan_or_nothing() {
        let entitlements = ["premium", "voice"].map(|id| EntitlementId::parse(id).unwrap());
        let running = seen("sub_1", 0, Facts::Subscription(subscription(Phase::Active)));
        let catalog = Catalog::parse(super::super::tests::CATALOG).unwrap();
        let derived = |observations| derive(&set(observations), &catalog).subscriptions.remove(0);
        let member = derived(vec![running.clone(), seen("in_1", 0, paid(0..30))]);
        let spans = [span("premium", "sub_1", 0..31), span("voice", "sub_1", 0..31)];
        assert_eq!(EntitlementSpan::of(&member, &entitlements), spans);
        assert_eq!(EntitlementSpan::of(&derived(vec![running]), &entitlements), []);
    }

    proptest! {
        /// `source` is left out: of two that end together either may be named.
        #[test]
        fn the_union_is_active_when_any_span_is_and_lasts_as_long_as_the_longest_of_these(
            days in prop::collection::vec((0..20_u64, 1..20_u64), 1..6),
            day in 0..40_u64,
        ) {
            let spans: Vec<_> = days.iter().map(|(start, length)| span("voice", "a", *start..start + length)).collect();
            let (active, others): (Vec<_>, Vec<_>) = days.iter().partition(|(start, length)| (*start..start + length).contains(&day));
            let counted = if active.is_empty() { &others } else { &active };
            let last = counted.iter().map(|(start, length)| start + length).max().unwrap();

            let held = held(&spans, at(day));
            prop_assert_eq!(held.len(), 1);
            prop_assert_eq!((held[0].active, held[0].expires_at), (!active.is_empty(), at(last)));
        }
    }
}
