//! Small hand-made sets, each for one rule.

use rstest::rstest;
use uuid::Uuid;

use super::super::tests::subscription as subscription_facts;
use super::super::tests::{CATALOG, at, dispute, invoice, paid, refund, seen, seen_of, set, subscription, usd};
use super::super::{
    Access, AccessRule, CancelIntentFacts, ChargeFacts, DisputeStatus, EndReason, InvoiceLine, Period, RefundStatus,
};
use super::*;
use crate::kernel::Id;

fn catalog() -> Catalog {
    Catalog::parse(CATALOG).unwrap()
}

fn standing(observations: impl IntoIterator<Item = Observation>) -> Standing {
    derive(&set(observations), &catalog())
}

fn charged(refunded: i64) -> ChargeFacts {
    ChargeFacts { amount: usd(999), refunded: usd(refunded), pays_no_invoice: false }
}

fn runs(phase: Phase) -> Observation {
    seen("sub_1", 0, Facts::Subscription(subscription(phase)))
}

/// A subscription that runs and is paid for days 0 to 30 by `in_1`, and what else was seen.
fn member(more: impl IntoIterator<Item = Observation>) -> Vec<Observation> {
    [runs(Phase::Active), seen("in_1", 0, paid(0..30))].into_iter().chain(more).collect()
}

fn only(standing: Standing) -> Subscription {
    let [subscription] = <[_; 1]>::try_from(standing.subscriptions).unwrap();
    subscription
}

fn access_of(observations: impl IntoIterator<Item = Observation>) -> Access {
    only(standing(observations)).access
}

fn until(day: u64, rule: AccessRule) -> Access {
    Access { until: Some(at(day)), rule }
}

fn none(rule: AccessRule) -> Access {
    Access { until: None, rule }
}

const UNTOUCHED: Option<AccessRule> = None;

#[test]
fn a_paid_invoice_gives_what_the_plan_has_and_is_named_as_the_reason() {
    let observations = member([]);
    let standing = standing(observations.clone());
    let given: Vec<_> =
        standing.entitlements.iter().map(|span| (span.entitlement.as_str(), span.starts_at, span.ends_at)).collect();
    assert_eq!(given, [("premium", at(0), at(31)), ("voice", at(0), at(31))]);
    assert_eq!(standing.evidence["sub_1"], [observations[0].digest(), observations[1].digest()]);
    assert_eq!(standing.rules, catalog().rules());
    let subscription = only(standing);
    assert_eq!(subscription.access, until(31, AccessRule::PaidAndRenewing));
    assert_eq!((subscription.plan.unwrap().as_str(), subscription.price.unwrap().as_str()), ("premium", "monthly"));
}

#[test]
fn a_provider_that_moved_on_to_the_next_period_has_not_been_paid_for_it() {
    let period = Some(Period { start: at(30), end: at(60) });
    let moved = seen("sub_1", 30, Facts::Subscription(SubscriptionFacts { period, ..subscription(Phase::Active) }));
    assert_eq!(access_of([moved.clone()]), none(AccessRule::NothingPaid));
    assert_eq!(access_of(member([moved])), until(31, AccessRule::PaidAndRenewing));
}

/// What decided once is not decided again by hearing of it again, after the period is over.
#[rstest]
#[case::a_lost_dispute(dispute(DisputeStatus::Lost), AccessRule::DisputeLost)]
#[case::a_charge_given_back(Facts::Charge(charged(999)), AccessRule::Refunded)]
fn a_later_look_at_the_same_moves_nothing(#[case] correction: Facts, #[case] rule: AccessRule) {
    let behind = seen("sub_1", 30, Facts::Subscription(subscription_facts(Phase::Dunning)));
    let in_time = seen_of("in_1", "x_1", 5, correction.clone());
    let again = seen_of("in_1", "x_1", 31, correction);
    assert_eq!(access_of(member([behind.clone(), in_time.clone()])).rule, rule);
    assert_eq!(access_of(member([behind.clone(), in_time, again.clone()])).rule, rule);
    assert_eq!(access_of(member([behind, again])).rule, AccessRule::Grace, "lost after the period, it takes nothing");
}

#[test]
fn a_tie_is_noticed_among_any_number_of_snapshots() {
    let tied = |phase| seen("sub_1", 1, Facts::Subscription(subscription_facts(phase)));
    let linked = Observation { refers_to: vec!["x_1".into()], ..tied(Phase::Active) };
    let standing = standing([tied(Phase::Active), linked, tied(Phase::Unpaid)]);
    assert!(standing.ambiguous.contains("sub_1"), "{:?}", standing.ambiguous);
}

#[rstest]
#[case(InvoiceStatus::Draft)]
#[case(InvoiceStatus::Open)]
#[case(InvoiceStatus::Uncollectible)]
#[case(InvoiceStatus::Void)]
fn an_invoice_that_is_not_paid_extends_nothing(#[case] status: InvoiceStatus) {
    let next = seen("in_2", 30, Facts::Invoice(invoice(status, 30..60)));
    assert_eq!(access_of(member([next])), until(31, AccessRule::PaidAndRenewing));
}

#[test]
fn a_proration_and_another_subscriptions_invoice_extend_nothing() {
    let line = InvoiceLine { period: Period { start: at(10), end: at(90) }, proration: true };
    let of_period = |facts| seen("in_2", 10, Facts::Invoice(facts));
    let proration = InvoiceFacts { lines: vec![line], ..invoice(InvoiceStatus::Paid, 10..90) };
    let of_another = InvoiceFacts { subscription: Some("sub_2".into()), ..invoice(InvoiceStatus::Paid, 10..90) };
    for facts in [proration, of_another] {
        assert_eq!(only(standing(member([of_period(facts)]))).paid_through, Some(at(30)));
    }
}

#[test]
fn the_latest_paid_period_counts_in_whatever_order_the_invoices_are_named() {
    let observations = [runs(Phase::Active), seen("in_9", 0, paid(0..30)), seen("in_1", 30, paid(30..60))];
    assert_eq!(access_of(observations), until(61, AccessRule::PaidAndRenewing));
}

#[test]
fn a_trial_counts_as_paid_to_its_end_once_it_has_begun() {
    let trial = |phase| {
        let facts = SubscriptionFacts { trial_end: Some(at(14)), ..subscription(phase) };
        let subscription = only(standing([seen("sub_1", 0, Facts::Subscription(facts))]));
        (subscription.paid_through, subscription.access)
    };
    assert_eq!(trial(Phase::Trialing), (Some(at(14)), until(15, AccessRule::PaidAndRenewing)));
    assert_eq!(trial(Phase::Pending), (None, none(AccessRule::NothingPaid)));
}

#[rstest]
#[case(Phase::Trialing, None, true)]
#[case(Phase::Active, None, true)]
#[case(Phase::Dunning, None, true)]
#[case(Phase::Active, Some(30), false)]
#[case(Phase::Trialing, Some(30), false)]
#[case(Phase::Pending, None, false)]
#[case(Phase::Unpaid, None, false)]
#[case(Phase::Paused, None, false)]
#[case(Phase::Ended(EndReason::Early), None, false)]
fn what_runs_and_is_not_to_be_cancelled_renews(
    #[case] phase: Phase,
    #[case] cancel_on: Option<u64>,
    #[case] renews: bool,
) {
    let facts = SubscriptionFacts { cancel_at: cancel_on.map(at), ..subscription(phase) };
    assert_eq!(only(standing([seen("sub_1", 0, Facts::Subscription(facts))])).will_renew, renews);
}

#[test]
fn grace_is_counted_from_the_paid_time_however_late_its_news_come() {
    for day in [30, 33, 36] {
        let failing = seen("sub_1", day, Facts::Subscription(subscription(Phase::Dunning)));
        let subscription = only(standing(member([failing])));
        assert_eq!((subscription.grace_until, subscription.access), (Some(at(37)), until(37, AccessRule::Grace)));
    }
}

#[test]
fn the_providers_own_end_of_grace_counts_only_while_a_payment_fails() {
    let grace = |phase| {
        let facts = SubscriptionFacts { grace_until: Some(at(33)), ..subscription(phase) };
        only(standing(member([seen("sub_1", 30, Facts::Subscription(facts))]))).grace_until
    };
    assert_eq!((grace(Phase::Dunning), grace(Phase::Active)), (Some(at(33)), None));
}

#[test]
fn a_price_that_the_catalogue_does_not_know_is_reported_and_gives_its_plan_once_it_is_known() {
    let observations = set(member([]));
    let stranger = Catalog::parse(&CATALOG.replace("price_1", "price_2")).unwrap();
    let standing = derive(&observations, &stranger);
    assert_eq!(standing.unknown_prices, ["price_1".to_owned()].into());
    assert_eq!((standing.entitlements.len(), &standing.subscriptions[0].plan), (0, &None));
    assert_eq!(derive(&observations, &catalog()).entitlements.len(), 2);
}

#[rstest]
#[case::in_full(&[(999, RefundStatus::Succeeded, 5)], Some(AccessRule::Refunded))]
#[case::on_its_way(&[(999, RefundStatus::Pending, 5)], Some(AccessRule::Refunded))]
#[case::in_part(&[(998, RefundStatus::Succeeded, 5)], UNTOUCHED)]
#[case::in_parts_that_add_up(&[(400, RefundStatus::Succeeded, 5), (599, RefundStatus::Succeeded, 6)], Some(AccessRule::Refunded))]
#[case::failed(&[(999, RefundStatus::Failed, 5)], UNTOUCHED)]
#[case::one_part_failed(&[(400, RefundStatus::Succeeded, 5), (599, RefundStatus::Failed, 6)], UNTOUCHED)]
#[case::in_its_last_days(&[(999, RefundStatus::Succeeded, 29)], Some(AccessRule::Refunded))]
#[case::when_it_was_over(&[(999, RefundStatus::Succeeded, 30)], UNTOUCHED)]
#[case::the_last_part_when_it_was_over(&[(400, RefundStatus::Succeeded, 5), (599, RefundStatus::Succeeded, 30)], UNTOUCHED)]
fn only_a_full_refund_within_the_period_takes_access(
    #[case] refunds: &[(i64, RefundStatus, u64)],
    #[case] rule: Option<AccessRule>,
) {
    let seen = |(number, (minor, status, day)): (usize, &(i64, RefundStatus, u64))| {
        seen_of("in_1", &format!("re_{number}"), *day, refund(*minor, *status, *day))
    };
    let subscription = only(standing(member(refunds.iter().enumerate().map(seen))));
    assert_eq!(subscription.access, rule.map_or(until(31, AccessRule::PaidAndRenewing), none));
    assert_eq!(subscription.revoked, rule.is_some());
}

#[test]
fn a_refund_of_an_older_period_takes_nothing() {
    let refund = seen_of("in_1", "re_1", 5, refund(999, RefundStatus::Succeeded, 5));
    assert_eq!(access_of(member([seen("in_2", 30, paid(30..60)), refund])), until(61, AccessRule::PaidAndRenewing));
}

/// The invoice of the running period is the one that covers the latest time, whatever its id.
#[test]
fn a_refund_of_the_running_period_leaves_what_was_paid_before_it() {
    let refund = seen_of("in_0", "re_1", 35, refund(999, RefundStatus::Succeeded, 35));
    let subscription = only(standing(member([seen("in_0", 30, paid(30..60)), refund])));
    assert_eq!((subscription.revoked, subscription.paid_through), (true, Some(at(30))));
}

#[test]
fn a_charge_tells_of_refunds_only_until_they_speak_for_themselves() {
    let charge = |refunded| seen_of("in_1", "ch_1", 5, Facts::Charge(charged(refunded)));
    let part = seen_of("ch_1", "re_1", 5, refund(300, RefundStatus::Succeeded, 5));
    let renewing = until(31, AccessRule::PaidAndRenewing);
    assert_eq!(access_of(member([charge(999)])), none(AccessRule::Refunded));
    assert_eq!(access_of(member([charge(300)])), renewing);
    assert_eq!(access_of(member([charge(999), part])), renewing);
}

#[test]
fn an_invoice_over_nothing_can_not_be_given_back() {
    let free = InvoiceFacts { paid: usd(0), ..invoice(InvoiceStatus::Paid, 0..30) };
    let charge = Facts::Charge(ChargeFacts { amount: usd(0), ..charged(0) });
    let observations = [runs(Phase::Active), seen("in_1", 0, Facts::Invoice(free)), seen_of("in_1", "ch_1", 5, charge)];
    assert_eq!(access_of(observations), until(31, AccessRule::PaidAndRenewing));
}

#[rstest]
#[case::open(DisputeStatus::Open, 5, UNTOUCHED, Some(AccessRule::DisputeOpen))]
#[case::won(DisputeStatus::Won, 5, UNTOUCHED, UNTOUCHED)]
#[case::lost(DisputeStatus::Lost, 5, Some(AccessRule::DisputeLost), Some(AccessRule::DisputeLost))]
#[case::lost_when_it_was_over(DisputeStatus::Lost, 30, UNTOUCHED, UNTOUCHED)]
fn a_dispute_takes_access_when_it_is_lost_and_before_that_if_the_policy_is_to_suspend(
    #[case] status: DisputeStatus,
    #[case] day: u64,
    #[case] keep: Option<AccessRule>,
    #[case] suspend: Option<AccessRule>,
) {
    let observations = set(member([seen_of("in_1", "dp_1", day, dispute(status))]));
    for (word, rule) in [("keep", keep), ("suspend", suspend)] {
        let catalog = Catalog::parse(&CATALOG.replace("keep", word)).unwrap();
        let access = only(derive(&observations, &catalog)).access;
        assert_eq!(access, rule.map_or(until(31, AccessRule::PaidAndRenewing), none), "{word}");
    }
}

#[test]
fn a_correction_without_its_invoice_is_a_guess_until_a_link_ties_the_two_together() {
    let homeless = [
        seen_of("pi_1", "re_1", 5, refund(999, RefundStatus::Succeeded, 5)),
        seen_of("pi_1", "dp_1", 5, dispute(DisputeStatus::Open)),
        seen_of("pi_1", "ch_1", 5, Facts::Charge(charged(999))),
    ];
    let before = standing(member(homeless.clone()));
    assert_eq!(before.ambiguous, ["re_1", "dp_1"].map(str::to_owned).into(), "a charge is for anything");
    assert_eq!(before.subscriptions[0].access, until(31, AccessRule::PaidAndRenewing));

    let link = seen_of("in_1", "pi_1", 6, Facts::Link);
    let after = standing(member(homeless.into_iter().chain([link])));
    assert_eq!(after.ambiguous, [].into());
    assert_eq!(after.subscriptions[0].access, none(AccessRule::Refunded));
    assert_eq!(after.evidence["sub_1"].len(), 5, "subscription, invoice and the three corrections");
}

#[test]
fn a_correction_of_a_payment_for_no_invoice_is_no_guess() {
    let charge = |pays_no_invoice| seen("ch_1", 1, Facts::Charge(ChargeFacts { pays_no_invoice, ..charged(0) }));
    let refund = || seen_of("ch_1", "re_1", 5, refund(999, RefundStatus::Succeeded, 5));
    assert_eq!(standing(member([charge(false), refund()])).ambiguous, ["re_1".to_owned()].into());
    let known = standing(member([charge(true), refund()]));
    assert_eq!(known.ambiguous, [].into());
    assert_eq!(known.subscriptions[0].access, until(31, AccessRule::PaidAndRenewing));
}

fn intends(day: u64, ends_on: Option<u64>) -> Observation {
    let facts = CancelIntentFacts { subscription: "sub_1".into(), ends_at: ends_on.map(at) };
    seen_of("sub_1", "cancel_intent/sub_1", day, Facts::CancelIntent(facts))
}

/// Our own decision is part of the set, and ends the renewal that no snapshot of the provider shows as ended.
#[test]
fn our_decision_to_cancel_stands_until_it_is_taken_back_or_the_provider_went_on_regardless() {
    let decided = member([intends(5, Some(30))]);
    let subscription = only(standing(decided.clone()));
    assert_eq!(subscription.access, until(30, AccessRule::PaidNotRenewing));
    assert_eq!((subscription.will_renew, subscription.cancel_at), (false, Some(at(30))));
    assert_eq!(standing(decided.clone()).evidence["sub_1"].len(), 3, "the decision is one of the reasons");

    let withdrawn = decided.iter().cloned().chain([intends(6, None)]);
    assert_eq!(access_of(withdrawn), until(31, AccessRule::PaidAndRenewing));
    let renewed = decided.into_iter().chain([seen("in_2", 30, paid(30..60))]);
    assert_eq!(access_of(renewed), until(61, AccessRule::PaidAndRenewing));
}

#[rstest]
#[case(Phase::Paused)]
#[case(Phase::Unpaid)]
#[case(Phase::Ended(EndReason::Canceled))]
fn a_decision_to_cancel_says_nothing_about_what_does_not_run(#[case] phase: Phase) {
    let paid = seen("in_1", 0, paid(0..30));
    assert_eq!(only(standing([runs(phase), paid, intends(5, Some(30))])).cancel_at, None);
}

#[test]
fn what_is_paid_to_its_last_period_gives_access_to_its_end_and_does_not_renew() {
    let completed = [runs(Phase::Completed), seen("in_1", 0, paid(0..30))];
    assert_eq!(access_of(completed.clone()), until(30, AccessRule::PaidNotRenewing));
    let late = seen("sub_1", 9, Facts::Subscription(subscription(Phase::Active)));
    assert_eq!(only(standing(completed.into_iter().chain([late]))).phase, Phase::Completed, "nothing follows");
}

#[test]
fn snapshots_of_one_instant_are_a_guess_in_the_members_favour_until_a_later_one() {
    let seen_on = |day, phase| seen("sub_1", day, Facts::Subscription(subscription(phase)));
    let tied = member([seen_on(30, Phase::Unpaid), seen_on(30, Phase::Active)]);
    let guess = standing(tied.clone());
    assert_eq!(guess.ambiguous, ["sub_1".to_owned()].into());
    assert_eq!(guess.subscriptions[0].phase, Phase::Active);

    let settled = standing(tied.into_iter().chain([seen_on(31, Phase::Unpaid)]));
    assert_eq!((settled.ambiguous.len(), settled.subscriptions[0].phase), (0, Phase::Unpaid));
}

#[test]
fn the_user_who_was_named_first_by_the_providers_clock_stays() {
    let [ada, eve] = [1, 2].map(|number| Id::new(Uuid::from_u128(number)));
    let named = |day, user| Observation { user: Some(user), ..seen("cs_1", day, Facts::Link) };
    assert_eq!(standing([named(5, eve), named(4, ada), runs(Phase::Active)]).user, Some(ada));
    assert_eq!(standing([named(4, eve), named(5, ada)]).user, Some(eve));
    assert_eq!(standing(member([])).user, None);
}

#[test]
fn a_test_purchase_gives_something_only_where_these_count() {
    let tests = member([]).into_iter().map(|seen| Observation { environment: Environment::Sandbox, ..seen });
    let tests = set(tests);
    assert_eq!(only(derive(&tests, &catalog())).access, none(AccessRule::TestPurchase));
    let granting = catalog().with_sandbox_grants(true);
    assert_eq!(only(derive(&tests, &granting)).access, until(31, AccessRule::PaidAndRenewing));
}
