//! The sandbox's verbs.

mod advance_clock;
mod decide_checkout;
mod deliver_event;
mod open_checkout;
mod perform;

pub use advance_clock::{AdvanceClock, AdvanceClockError, AdvanceTo, Advanced};
pub use decide_checkout::{DecideCheckout, DecideCheckoutError, Decided};
pub use deliver_event::{DeliverEvent, DeliverEventJob};
pub use open_checkout::{OpenSandboxCheckout, OpenSandboxCheckoutError, SandboxOrder};
pub use perform::{PerformError, PerformInSandbox};

use hos_domain::kernel::{IdSource, Stored, Timestamp};
use hos_domain::sandbox::{SandboxEvent, Unit};

use crate::platform::enqueue;

/// Remembers what happened and leaves its delivery to jobs, in the unit that made it happen.
async fn send(tx: &dyn Unit, ids: &dyn IdSource, events: &[SandboxEvent], now: Timestamp) -> Stored<()> {
    for event in events {
        tx.sandbox().keep_event(event).await?;
        enqueue(tx, ids, &DeliverEventJob { event: event.id.clone() }, now).await?;
    }
    Ok(())
}
