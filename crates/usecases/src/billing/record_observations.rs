//! Observations join the set of their subject; what follows from the whole set is written in the same unit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    Catalog, Notice, Observation, Received, Source, Standing, Subject, SubjectKey, Unit, derive, notices,
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
