//! The keys of one issuer, remembered. All judgments about time go by the `now` of those who ask.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hos_domain::identity::ForeignTokenError;
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use jsonwebtoken::DecodingKey;
use tokio::sync::watch;

use crate::algorithm::SignatureAlgorithm;
use crate::key_set::{KeySet, Match};

/// A fetch that takes longer has failed; those who need a new key wait for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whoever asks with invented key ids makes us ask the issuer, but not more often than this.
const LEAST_GAP: Duration = Duration::from_secs(10);

/// How long keys count when the issuer does not say.
const DEFAULT_FRESHNESS: Duration = Duration::from_secs(10 * 60);
const LEAST_FRESHNESS: Duration = Duration::from_secs(60);
const MOST_FRESHNESS: Duration = Duration::from_secs(24 * 3600);

/// How long keys are believed beyond their time while no new ones can be had.
const GRACE: Duration = Duration::from_secs(24 * 3600);

/// Sets have a few keys with certificates at most.
const LARGEST_SET: usize = 256 * 1024;

/// The keys at one URL. Clones share what is remembered.
#[derive(Clone)]
pub struct KeyCache(Arc<Shared>);

struct Shared {
    outbound: Outbound,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    known: Option<Known>,
    asked_at: Option<Timestamp>,
    /// Why the last fetch came to nothing, if it did.
    failure: Option<GatewayError>,
    /// Closed when the fetch under way has ended, however it did.
    flight: Option<watch::Receiver<()>>,
}

struct Known {
    keys: KeySet,
    fetched_at: Timestamp,
    fresh_for: Duration,
}

enum Look {
    Done(Result<DecodingKey, ForeignTokenError>),
    Wait(watch::Receiver<()>),
}

impl KeyCache {
    /// The keys at `jwks_url`, which must not redirect; `name` is the issuer's in logs and metrics.
    #[must_use]
    pub fn new(http: HttpClient, name: &'static str, jwks_url: impl Into<String>) -> Self {
        // No second try: the next request is one, and the keys at hand count meanwhile.
        let patience = Patience { timeout: TIMEOUT, tries: 1, first_wait: Duration::ZERO };
        let outbound = Outbound::new(http, name, jwks_url, patience);
        Self(Arc::new(Shared { outbound, memory: Mutex::default() }))
    }

    /// The key for a token's header. Waits for a fetch only if nothing at hand will do.
    pub(crate) async fn find(
        &self,
        id: Option<&str>,
        algorithm: SignatureAlgorithm,
        now: Timestamp,
    ) -> Result<DecodingKey, ForeignTokenError> {
        let mut flight = match self.look(id, algorithm, now) {
            Look::Done(outcome) => return outcome,
            Look::Wait(flight) => flight,
        };
        // Nothing is ever sent: the sender goes when the fetch is over.
        while flight.changed().await.is_ok() {}
        let memory = self.lock();
        memory.at_hand(id, algorithm, now).unwrap_or_else(|| Err(memory.no_such_key()))
    }

    /// Looks at what is at hand, and has it fetched anew if that is due.
    fn look(&self, id: Option<&str>, algorithm: SignatureAlgorithm, now: Timestamp) -> Look {
        let mut memory = self.lock();
        let at_hand = memory.at_hand(id, algorithm, now);
        let due = at_hand.is_none() || !memory.is_fresh(now);
        if due && memory.may_ask(now) {
            memory.asked_at = Some(now);
            memory.flight = Some(self.fetch_aside(now));
        }
        match (at_hand, memory.flight()) {
            (Some(outcome), _) => Look::Done(outcome),
            (None, Some(flight)) => Look::Wait(flight),
            (None, None) => Look::Done(Err(memory.no_such_key())),
        }
    }

    /// Fetches in a task of its own: a client that goes away must not take the fetch that others wait for with it.
    fn fetch_aside(&self, now: Timestamp) -> watch::Receiver<()> {
        let (over, flight) = watch::channel(());
        let cache = self.clone();
        tokio::spawn(async move {
            let outcome = cache.0.fetch().await;
            cache.lock().learn(outcome, now);
            drop(over);
        });
        flight
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    async fn fetch(&self) -> Result<(KeySet, Duration), GatewayError> {
        let call = Call::get("").header("accept", "application/json").answered_within(LARGEST_SET);
        let answer = self.outbound.send(call).await?.success(|_| None)?;
        Ok((KeySet::read(&answer.body)?, freshness(&answer)))
    }
}

impl Memory {
    /// The verdict of the keys at hand; none if they know no such key.
    fn at_hand(
        &self,
        id: Option<&str>,
        algorithm: SignatureAlgorithm,
        now: Timestamp,
    ) -> Option<Result<DecodingKey, ForeignTokenError>> {
        let known = self.known.as_ref().filter(|known| now.since(known.fetched_at) < known.fresh_for + GRACE)?;
        match known.keys.find(id, algorithm) {
            Match::Found(key) => Some(Ok(key.clone())),
            Match::Unsuitable => Some(Err(ForeignTokenError::Refused("its key is for another algorithm"))),
            Match::Unknown => None,
        }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.known.as_ref().is_some_and(|known| distance(now, known.fetched_at) < known.fresh_for)
    }

    fn may_ask(&self, now: Timestamp) -> bool {
        self.flight().is_none() && self.asked_at.is_none_or(|asked_at| distance(now, asked_at) >= LEAST_GAP)
    }

    fn flight(&self) -> Option<watch::Receiver<()>> {
        self.flight.clone().filter(|flight| flight.has_changed().is_ok())
    }

    /// Without an answer nobody can say whether the key exists.
    fn no_such_key(&self) -> ForeignTokenError {
        match &self.failure {
            Some(error) => ForeignTokenError::Keys(error.clone()),
            None => ForeignTokenError::Refused("its key is unknown"),
        }
    }

    fn learn(&mut self, outcome: Result<(KeySet, Duration), GatewayError>, now: Timestamp) {
        match outcome {
            Ok((keys, fresh_for)) => {
                self.known = Some(Known { keys, fetched_at: now, fresh_for });
                self.failure = None;
            }
            Err(error) => {
                tracing::warn!(%error, "an issuer's keys could not be fetched");
                self.failure = Some(error);
            }
        }
    }
}

/// In either direction: a clock that was set back must not make keys fresh until it has caught up.
fn distance(a: Timestamp, b: Timestamp) -> Duration {
    a.since(b) + b.since(a)
}

/// How long the issuer lets us remember an answer, of which some time may have passed in caches on the way.
fn freshness(answer: &Answer) -> Duration {
    let control = answer.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let directives = || control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-store" | "no-cache")) {
        return LEAST_FRESHNESS;
    }
    let max_age = directives().find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    let Some(max_age) = max_age.map(Duration::from_secs) else { return DEFAULT_FRESHNESS };
    let age = answer.header("age").and_then(|age| age.trim().parse().ok()).map_or(Duration::ZERO, Duration::from_secs);
    max_age.saturating_sub(age).clamp(LEAST_FRESHNESS, MOST_FRESHNESS)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::google("public, max-age=21421, must-revalidate, no-transform", None, 21_421)]
    #[case::words_in_capitals("Public, Max-Age=600", None, 600)]
    #[case::quoted("max-age=\"700\"", None, 700)]
    #[case::some_of_it_passed_on_the_way("max-age=900", Some("100"), 800)]
    #[case::too_short("max-age=5", None, 60)]
    #[case::all_of_it_passed_on_the_way("max-age=900", Some("900"), 60)]
    #[case::too_long("max-age=31536000", None, 86_400)]
    #[case::not_to_be_kept("no-cache, max-age=900", None, 60)]
    #[case::unsaid("", None, 600)]
    #[case::unreadable("max-age=soon", None, 600)]
    #[case::only_for_shared_caches("s-maxage=900", None, 600)]
    fn keys_are_fresh_for_as_long_as_the_issuer_says_within_bounds(
        #[case] control: &str,
        #[case] age: Option<&str>,
        #[case] seconds: u64,
    ) {
        let mut headers = vec![("cache-control".to_owned(), control.to_owned())];
        headers.extend(age.map(|age| ("age".to_owned(), age.to_owned())));
        let answer = Answer { status: 200, headers, body: Vec::new(), elapsed: Duration::ZERO };
        assert_eq!(freshness(&answer), Duration::from_secs(seconds));
    }
}
