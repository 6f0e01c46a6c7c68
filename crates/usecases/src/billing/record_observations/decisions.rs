//! A decision of our own among what a provider answered.

use hos_domain::billing::{CancelIntentFacts, Change, Environment, Phase, Provider, SubscriptionFacts};
use hos_testing::{Stage, StageUser};

use super::*;

fn seen(object: &str, facts: Facts, now: Timestamp) -> Observation {
    Observation {
        provider: Provider::Razorpay,
        environment: Environment::Production,
        account: String::new(),
        customer: Some("cust_1".into()),
        object: object.into(),
        refers_to: Vec::new(),
        user: None,
        as_of: now,
        change: Change::Updated,
        facts,
    }
}

fn runs(now: Timestamp) -> SubscriptionFacts {
    SubscriptionFacts {
        phase: Phase::Active,
        provider_status: "active".into(),
        price: None,
        quantity: 1,
        period: None,
        started_at: now,
        trial_end: None,
        cancel_at: None,
        ended_at: None,
        grace_until: None,
        paid_count: 1,
    }
}

/// The provider's answer to a cancellation shows nothing of it; the decision comes along, and outlives every snapshot.
#[tokio::test]
async fn a_decision_of_ours_is_kept_as_ours_and_ends_the_renewal() {
    let stage = Stage::new().await;
    let (user, now) = (stage.user(StageUser::named("asha")).await.id, stage.clock().now());
    let record = RecordObservations {
        catalog: Arc::new(Catalog::parse(include_str!("../../../../../config/plans.toml")).unwrap()),
        ids: stage.ids(),
        clock: stage.clock(),
        business_clock: stage.business_clock(),
    };
    let snapshot = Observation { user: Some(user), ..seen("sub_1", Facts::Subscription(runs(now)), now) };
    let intent = CancelIntentFacts { subscription: "sub_1".into(), ends_at: Some(now + NEWS_FOR) };
    let intent = Observation {
        refers_to: vec!["sub_1".into()],
        ..seen("cancel_intent/sub_1", Facts::CancelIntent(intent), now)
    };
    let later = Observation { as_of: now + NEWS_FOR, ..snapshot.clone() };
    let (storage, answered) = (stage.storage(), vec![snapshot, intent]);
    let tx = storage.begin().await.unwrap();
    record.run(&*tx, answered, Source::Fetch).await.unwrap();
    record.run(&*tx, vec![later], Source::Webhook).await.unwrap();
    tx.commit().await.unwrap();

    let [subscription] = <[_; 1]>::try_from(stage.billing().subscriptions(user).await.unwrap()).unwrap();
    assert_eq!((subscription.will_renew, subscription.cancel_at), (false, Some(now + NEWS_FOR)));
    let (_, set) = stage.billing().observations(user).await.unwrap().remove(0);
    let sources: BTreeMap<_, _> =
        set.iter().map(|received| (received.observation.object.clone(), received.source)).collect();
    assert_eq!((sources["cancel_intent/sub_1"], sources.len()), (Source::Ours, 2));
}
