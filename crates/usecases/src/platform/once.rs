//! Doing a thing once per idempotency key, however often the client asks.

use std::ops::Deref;
use std::time::Duration;

use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError, Storage, Timestamp, UnitOfWork};
use hos_domain::platform::{AnswerKey, AnswerState, Effects, KeptAnswer};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long an answer is kept.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// An output larger than this is not kept; no use case of ours comes near it.
const LARGEST_OUTPUT: usize = 64 * 1024;

/// Why a thing was not done once.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The key was used for another request.
    #[error("this Idempotency-Key was used with another request body")]
    OtherRequest,
    /// A request with this key is under way.
    #[error("a request with this Idempotency-Key is under way; try again in a moment")]
    UnderWay,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for OnceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherRequest | Self::UnderWay => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::OtherRequest | Self::UnderWay => Some("IDEMPOTENCY_CONFLICT"),
            Self::Storage(_) => None,
        }
    }
}

/// How a request with a key begins.
pub(crate) enum Begun<'a, T> {
    /// With a unit to do the work in.
    Fresh(OnceUnit<'a>),
    /// With the output of the request that was first.
    Answered(T),
}

/// A unit whose commit also keeps the output for the key, if there is one.
pub(crate) struct OnceUnit<'a> {
    tx: Box<dyn UnitOfWork>,
    storage: &'a dyn Storage,
    clock: &'a dyn Clock,
    key: Option<&'a AnswerKey>,
}

/// Begins a unit, unless the key was answered before. Of two requests at once one works and the other gets its output.
/// Failures are not kept: they may be repeated.
pub(crate) async fn begin_once<'a, T: DeserializeOwned>(
    storage: &'a dyn Storage,
    clock: &'a dyn Clock,
    key: Option<&'a AnswerKey>,
) -> Result<Begun<'a, T>, OnceError> {
    let tx = storage.begin().await?;
    if let Some(key) = key
        && let Some(output) = answered(&*tx, clock, key).await?
    {
        return Ok(Begun::Answered(output));
    }
    Ok(Begun::Fresh(OnceUnit { tx, storage, clock, key }))
}

impl OnceUnit<'_> {
    /// Commits the work and its output, and gives the output back; or, when another request with this key was first,
    /// undoes the work and gives theirs.
    pub(crate) async fn commit<T: Serialize + DeserializeOwned>(self, output: T) -> Result<T, OnceError> {
        let Self { tx, storage, clock, key } = self;
        let Some(key) = key else {
            tx.commit().await?;
            return Ok(output);
        };
        match keep_answer(&*tx, clock, key, &output).await {
            Ok(()) => tx.commit().await?,
            Err(RepositoryError::Conflict) => {
                drop(tx);
                let tx = storage.begin().await?;
                return answered(&*tx, clock, key).await?.ok_or(OnceError::UnderWay);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(output)
    }
}

impl Deref for OnceUnit<'_> {
    type Target = dyn UnitOfWork;

    fn deref(&self) -> &Self::Target {
        &*self.tx
    }
}

/// How a request goes on that needs an outside call between two units.
pub(crate) enum Reservation<T> {
    /// The key is ours until the reservation lapses.
    Mine,
    /// The request was answered before.
    Answered(T),
}

/// Takes a key in a short unit before an outside call. Without a key there is nothing to take. A reservation that lapsed
/// (its process died) is taken over, and repeats the call with the same key at the provider.
pub(crate) async fn reserve<T: DeserializeOwned>(
    storage: &dyn Storage,
    clock: &dyn Clock,
    key: Option<&AnswerKey>,
    until: Timestamp,
) -> Result<Reservation<T>, OnceError> {
    let Some(key) = key else { return Ok(Reservation::Mine) };
    let tx = storage.begin().await?;
    if let Some(output) = answered(&*tx, clock, key).await? {
        return Ok(Reservation::Answered(output));
    }
    match tx.answers().reserve(key, clock.now(), until).await {
        Ok(()) => tx.commit().await?,
        Err(RepositoryError::Conflict) => return Err(OnceError::UnderWay),
        Err(error) => return Err(error.into()),
    }
    Ok(Reservation::Mine)
}

/// Frees a key after a failure that may be repeated. If that fails too, the reservation lapses by itself.
pub(crate) async fn release(storage: &dyn Storage, key: Option<&AnswerKey>) {
    let Some(key) = key else { return };
    let released = async {
        let tx = storage.begin().await?;
        tx.answers().release(key).await?;
        tx.commit().await
    };
    if let Err(error) = released.await {
        tracing::warn!(%error, "a reserved key could not be freed; it lapses by itself");
    }
}

/// The output kept under the key, if there is one.
async fn answered<T: DeserializeOwned>(
    tx: &dyn Effects,
    clock: &dyn Clock,
    key: &AnswerKey,
) -> Result<Option<T>, OnceError> {
    let Some(KeptAnswer { fingerprint, state }) = tx.answers().find(key, clock.now()).await? else {
        return Ok(None);
    };
    if fingerprint != key.fingerprint {
        return Err(OnceError::OtherRequest);
    }
    match state {
        AnswerState::Reserved { .. } => Err(OnceError::UnderWay),
        AnswerState::Answered(output) => {
            let output =
                serde_json::from_slice(&output).map_err(|error| RepositoryError::Corrupt(error.to_string()))?;
            Ok(Some(output))
        }
    }
}

/// Keeps the output under the key with the unit's commit.
pub(crate) async fn keep_answer<T: Serialize>(
    tx: &dyn Effects,
    clock: &dyn Clock,
    key: &AnswerKey,
    output: &T,
) -> Result<(), RepositoryError> {
    keep_answer_for(tx, clock, key, output, KEPT_FOR).await
}

/// The same for another while.
pub(crate) async fn keep_answer_for<T: Serialize>(
    tx: &dyn Effects,
    clock: &dyn Clock,
    key: &AnswerKey,
    output: &T,
    kept_for: Duration,
) -> Result<(), RepositoryError> {
    let bytes = serde_json::to_vec(output).map_err(|error| RepositoryError::Other(Box::new(error)))?;
    if bytes.len() > LARGEST_OUTPUT {
        return Err(RepositoryError::Other("the output is too large to be kept for its key".into()));
    }
    let now = clock.now();
    tx.answers().keep(key, &bytes, now, now + kept_for).await
}
