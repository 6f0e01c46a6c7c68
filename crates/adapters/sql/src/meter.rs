//! Counts the statements a piece of work sends and the time they take, for the access log, the metrics and the tests
//! that hold hot routes to a number of queries.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::time::Duration;

use sea_orm::{DatabaseConnection, Statement};

/// What one piece of work asked of the database. Begin and commit are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueryStats {
    /// How many statements were sent.
    pub queries: u32,
    /// How long they took together.
    pub elapsed: Duration,
}

tokio::task_local! {
    static METER: Cell<QueryStats>;
    static RECORDER: RefCell<Vec<Statement>>;
}

/// Runs `work` and tells what it asked of the database.
pub async fn metered<F: Future>(work: F) -> (F::Output, QueryStats) {
    METER
        .scope(Cell::default(), async {
            let output = work.await;
            (output, METER.with(Cell::get))
        })
        .await
}

/// Runs `work` and gives back the statements it sent, so that a test can ask the database for their plans.
pub async fn recorded<F: Future>(work: F) -> (F::Output, Vec<Statement>) {
    RECORDER
        .scope(RefCell::default(), async {
            let output = work.await;
            (output, RECORDER.with(RefCell::take))
        })
        .await
}

/// Makes a pool report each statement to the meter of the task that sent it.
pub(crate) fn attach(pool: &mut DatabaseConnection) {
    pool.set_metric_callback(|statement| {
        let _ = RECORDER.try_with(|recorder| recorder.borrow_mut().push(statement.statement.clone()));
        // Without a meter around the work nobody wants to know.
        let _ = METER.try_with(|meter| {
            let so_far = meter.get();
            meter.set(QueryStats { queries: so_far.queries + 1, elapsed: so_far.elapsed + statement.elapsed });
        });
    });
}
