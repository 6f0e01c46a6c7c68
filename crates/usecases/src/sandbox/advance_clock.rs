//! The business clock is wound forward, step by step: at each instant at which something is due it stands still until
//! what happened has been sent, received and processed. So a year of renewals happens in order, as it would have.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::kernel::{
    BusinessClock, Clock, ErrorKind, Failure, IdSource, Invalid, Pause, RepositoryError, Storage, Stored, Timestamp,
};
use hos_domain::sandbox::{SandboxQueries, Simulator};

use super::send;

/// Winds the clock.
pub struct AdvanceClock {
    /// What happens by itself.
    pub simulator: Arc<dyn Simulator>,
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// What is due, and what is unsettled.
    pub sandbox: Arc<dyn SandboxQueries>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time, which this winds.
    pub business_clock: Arc<dyn BusinessClock>,
    /// How to wait while others work.
    pub pause: Arc<dyn Pause>,
}

/// How far to wind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvanceTo {
    /// By so many days.
    Days(u32),
    /// To this instant.
    Instant(Timestamp),
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advanced {
    /// Business time now.
    pub now: Timestamp,
    /// How many events happened on the way.
    pub events: u64,
    /// How many of them are not processed yet: their endpoint refused them, or a worker is slow.
    pub unsettled: u64,
}

/// Why the clock was not wound.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceClockError {
    /// The clock goes forward only.
    #[error("the clock goes forward only, and not past the year 2200")]
    NotForward,
    /// The storage failed on the way; the clock stands where it came to.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AdvanceClockError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotForward => ErrorKind::Invalid,
            Self::Storage(error) => error.kind(),
        }
    }

    fn details(&self) -> Vec<hos_domain::kernel::Detail> {
        match self {
            Self::NotForward => {
                vec![hos_domain::kernel::Detail::new(
                    "to",
                    Invalid::new("range", "This lies behind, or too far ahead."),
                )]
            }
            Self::Storage(_) => Vec::new(),
        }
    }
}

/// Enough for any subscription, and no calendar breaks.
const LATEST: i64 = 7_258_118_400;
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// One step is waited for no longer than this; then the advance goes on and says what is unsettled.
const PATIENCE: Duration = Duration::from_secs(10);

impl AdvanceClock {
    /// Winds the clock.
    ///
    /// # Errors
    /// [`AdvanceClockError`]
    pub async fn run(&self, target: AdvanceTo) -> Result<Advanced, AdvanceClockError> {
        let now = self.business_clock.now();
        let target = match target {
            AdvanceTo::Days(days) => now + Duration::from_secs(u64::from(days) * 24 * 60 * 60),
            AdvanceTo::Instant(instant) => instant,
        };
        if target < now || target.unix_seconds() > LATEST {
            return Err(AdvanceClockError::NotForward);
        }
        let (mut events, mut unsettled) = (0, 0);
        while let Some(due) = self.sandbox.next_due().await?.filter(|due| *due <= target) {
            self.wind_to(due.max(now)).await?;
            events += self.happen(due).await?;
            unsettled = self.settle().await?;
        }
        self.wind_to(target).await?;
        Ok(Advanced { now: self.business_clock.now(), events, unsettled })
    }

    async fn wind_to(&self, instant: Timestamp) -> Stored<()> {
        let tx = self.storage.begin().await?;
        let offset = tx.sandbox().wind_clock(instant.since(self.clock.now())).await?;
        tx.commit().await?;
        self.business_clock.wind_to(offset);
        Ok(())
    }

    /// Lets everything happen that is due, customer by customer, each in a unit of its own.
    async fn happen(&self, until: Timestamp) -> Stored<u64> {
        let mut happened = 0;
        loop {
            let tx = self.storage.begin().await?;
            let Some(mut customer) = tx.sandbox().lock_next_due(until).await? else { return Ok(happened) };
            let events = self.simulator.live_until(&mut customer, until);
            tx.sandbox().save_customer(&customer, self.simulator.due(&customer)).await?;
            send(&*tx, &*self.ids, &events, self.clock.now()).await?;
            tx.commit().await?;
            happened += events.len() as u64;
        }
    }

    /// Waits until what happened has had its effect, and tells how much has not.
    async fn settle(&self) -> Stored<u64> {
        let started = self.clock.now();
        loop {
            let unsettled = self.sandbox.unsettled().await?;
            if unsettled == 0 || self.clock.now().since(started) > PATIENCE {
                return Ok(unsettled);
            }
            self.pause.wait(LOOK_AGAIN).await;
        }
    }
}
