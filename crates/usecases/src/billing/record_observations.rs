//! Observations join the set of their subject; what follows from the whole set is written in the same unit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    Catalog, Facts, Notice, Observation, Received, Source, Standing, Subject, SubjectKey, Unit, derive, notices,
};
use hos_domain::kernel::{BusinessClock, Clock, IdSource, Stored};

use super::TellMemberJob;
use crate::platform::enqueue;

/// News older than this are no news: an imported history must not fill anybody's inbox.
const NEWS_FOR: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Records observations. An inner verb: it works in the caller's unit.
#[derive(Clone)]
pub struct RecordObservations {
    /// What is sold.
    pub catalog: Arc<Catalog>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time, to tell news from history.
    pub business_clock: Arc<dyn BusinessClock>,
}

impl RecordObservations {
    /// Records them and tells how many said anything new.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, tx: &dyn Unit, observations: Vec<Observation>, source: Source) -> Stored<u32> {
        Ok(self.standings(tx, observations, source).await?.0)
    }

    /// The same, and where the customers stand that they are about.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub(super) async fn standings(
        &self,
        tx: &dyn Unit,
        observations: Vec<Observation>,
        source: Source,
    ) -> Stored<(u32, Vec<Standing>)> {
        let (mut new, mut standings) = (0, Vec::new());
        for (key, observations) in by_customer(observations) {
            let (said, standing) = self.record(tx, &key, observations, source).await?;
            new += said;
            standings.push(standing);
        }
        Ok((new, standings))
    }

    async fn record(
        &self,
        tx: &dyn Unit,
        key: &SubjectKey,
        observations: Vec<Observation>,
        source: Source,
    ) -> Stored<(u32, Standing)> {
        let now = self.clock.now();
        let ties = |observation: &'_ Observation| {
            [observation.object.clone()].into_iter().chain(observation.refers_to.clone())
        };
        let objects: Vec<String> = observations.iter().flat_map(ties).collect();
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        let subject = tx.subjects().lock(key, &objects, self.ids.id(), now).await?;
        let mut new = 0;
        for observation in observations {
            // What we decided comes along with what the provider answered to it.
            let ours = matches!(observation.facts, Facts::CancelIntent(_));
            let source = if ours { Source::Ours } else { source };
            let received = Received { observation, source, received_at: now };
            new += u32::from(tx.subjects().observe(subject.id, &received).await?);
        }
        let standing = self.settle(tx, &subject).await?;
        Ok((new, standing))
    }

    /// Derives the subject's standing anew, writes it, and leaves notices behind. Done even when nothing was new: the
    /// subject may have been merged with another, or the catalogue may have changed.
    pub(super) async fn settle(&self, tx: &dyn Unit, subject: &Subject) -> Stored<Standing> {
        let set = tx.subjects().observations(subject.id).await?;
        let standing = derive(&set, &self.catalog);
        alert(&standing, subject);
        tx.subjects().save_standing(subject.id, &standing, self.clock.now()).await?;
        let Some(user) = standing.user else { return Ok(standing) };
        for notice in notices(&set, &standing) {
            if !tx.subjects().note(subject.id, &notice, self.clock.now()).await? {
                continue;
            }
            if self.business_clock.now().since(notice.at) <= NEWS_FOR {
                let Notice { key, kind, money, .. } = notice;
                let job = TellMemberJob { user, key, kind: kind.name().to_owned(), money };
                enqueue(tx, &*self.ids, &job, self.clock.now()).await?;
            }
        }
        Ok(standing)
    }
}

/// What the operator should hear of.
fn alert(standing: &Standing, subject: &Subject) {
    for price in &standing.unknown_prices {
        tracing::error!(
            price,
            provider = subject.key.provider.name(),
            "a price was paid that the catalogue does not know"
        );
    }
    for object in &standing.ambiguous {
        tracing::warn!(
            object,
            provider = subject.key.provider.name(),
            "an object's state is ambiguous until it is fetched"
        );
    }
}

/// Observations of one customer are recorded together. One that names no customer may belong to any: it goes alone.
fn by_customer(observations: Vec<Observation>) -> Vec<(SubjectKey, Vec<Observation>)> {
    let mut named: BTreeMap<SubjectKey, Vec<Observation>> = BTreeMap::new();
    let mut nameless = Vec::new();
    for observation in observations {
        let key = SubjectKey {
            provider: observation.provider,
            environment: observation.environment,
            account: observation.account.clone(),
            customer: observation.customer.clone(),
        };
        match key.customer {
            Some(_) => named.entry(key).or_default().push(observation),
            None => nameless.push((key, vec![observation])),
        }
    }
    named.into_iter().chain(nameless).collect()
}

#[cfg(test)]
mod tests {
    use hos_domain::billing::{CancelIntentFacts, Change, Environment, Facts, Phase, Provider, SubscriptionFacts};
    use hos_domain::kernel::Timestamp;
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
            catalog: Arc::new(Catalog::parse(include_str!("../../../../config/plans.toml")).unwrap()),
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
}
