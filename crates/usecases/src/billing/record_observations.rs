//! Observations join the set of their subject; what follows from the whole set is written in the same unit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    BookedEntry, Catalog, Facts, Notice, Observation, ObservationSet, Received, Source, Standing, Subject, SubjectKey,
    Unit, derive, notices, to_write,
};
use hos_domain::kernel::{BusinessClock, Clock, IdSource, Stored, Timestamp};

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
        Ok(self.all(tx, observations, source, None).await?.0)
    }

    /// Records what a provider answered to something that we asked it to do at `asked_at` of real time, and tells where the
    /// customers stand that it is about. Whatever we had heard by then came before it, though a provider's clock, which
    /// counts whole seconds, may not tell the two apart.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub(super) async fn answered(
        &self,
        tx: &dyn Unit,
        observations: Vec<Observation>,
        asked_at: Timestamp,
    ) -> Stored<Vec<Standing>> {
        Ok(self.all(tx, observations, Source::Fetch, Some(asked_at)).await?.1)
    }

    async fn all(
        &self,
        tx: &dyn Unit,
        observations: Vec<Observation>,
        source: Source,
        asked_at: Option<Timestamp>,
    ) -> Stored<(u32, Vec<Standing>)> {
        let (mut new, mut standings) = (0, Vec::new());
        for (key, observations) in by_customer(observations) {
            let (said, standing) = self.record(tx, &key, observations, source, asked_at).await?;
            new += said;
            standings.push(standing);
        }
        Ok((new, standings))
    }

    async fn record(
        &self,
        tx: &dyn Unit,
        key: &SubjectKey,
        mut observations: Vec<Observation>,
        source: Source,
        asked_at: Option<Timestamp>,
    ) -> Stored<(u32, Standing)> {
        let now = self.clock.now();
        let ties = |observation: &'_ Observation| {
            [observation.object.clone()].into_iter().chain(observation.refers_to.clone())
        };
        let objects: Vec<String> = observations.iter().flat_map(ties).collect();
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        let subject = tx.subjects().lock(key, &objects, self.ids.id(), now).await?;
        if let Some(asked_at) = asked_at {
            come_after(&tx.subjects().observations(subject.id).await?, &mut observations, asked_at);
        }
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
        let user = tx.subjects().save_standing(subject.id, &standing, self.clock.now()).await?;
        self.book(tx, subject, &set).await?;
        let Some(user) = user else { return Ok(standing) };
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

/// Puts observations behind all that was heard of their objects before they were asked for.
fn come_after(known: &ObservationSet, observations: &mut [Observation], asked_at: Timestamp) {
    let histories = known.histories();
    for observation in observations {
        let history = histories.get(observation.object.as_str()).into_iter().flatten();
        let before =
            history.filter(|received| received.received_at <= asked_at && received.observation != *observation);
        if let Some(latest) = before.map(|received| received.observation.as_of).max() {
            observation.as_of = observation.as_of.max(latest.shifted_by_micros(1));
        }
    }
}

impl RecordObservations {
    /// Writes what the books lack.
    async fn book(&self, tx: &dyn Unit, subject: &Subject, set: &ObservationSet) -> Stored<()> {
        let written = tx.journal().written(subject.id).await?;
        let recorded_at = self.clock.now();
        let entry = |(revision, entry)| BookedEntry { id: self.ids.uuid(), revision, entry, recorded_at };
        let entries: Vec<BookedEntry> = to_write(&written, &set.journal()).into_iter().map(entry).collect();
        tx.journal().book(subject.id, &entries).await
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
mod decisions;
#[cfg(test)]
mod tests {
    use hos_domain::billing::{Change, Environment, Provider};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn said(as_of: Timestamp, change: Change) -> Observation {
        Observation {
            provider: Provider::Stripe,
            environment: Environment::Production,
            account: String::new(),
            customer: None,
            object: "sub_1".into(),
            refers_to: Vec::new(),
            user: None,
            as_of,
            change,
            facts: Facts::Link,
        }
    }

    fn placed(asked_at: Timestamp, answer: Observation) -> Timestamp {
        let observation = said(at(100), Change::Created);
        let heard = Received { observation, source: Source::Webhook, received_at: at(101) };
        let mut answers = [answer];
        come_after(&ObservationSet::from_iter([heard]), &mut answers, asked_at);
        answers[0].as_of
    }

    #[test]
    fn an_answer_comes_after_what_was_heard_before_it_was_asked_for_and_after_nothing_else() {
        assert_eq!(placed(at(101), said(at(99), Change::Updated)), at(100).shifted_by_micros(1));
        assert_eq!(placed(at(100), said(at(99), Change::Updated)), at(99), "it was heard after it was asked");
        assert_eq!(placed(at(101), said(at(105), Change::Updated)), at(105));
        assert_eq!(placed(at(101), said(at(100), Change::Created)), at(100), "to be told the same again is no news");
    }
}
