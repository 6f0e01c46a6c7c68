//! What is known of the request under way, for whoever writes an error or a log line.

use std::future::Future;

use hos_domain::kernel::Timestamp;

tokio::task_local! {
    static CONTEXT: RequestContext;
}

/// The request under way.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// The client's `X-Request-ID`, or ours.
    pub(crate) request_id: String,
    /// When it began.
    pub(crate) now: Timestamp,
}

/// Runs the handling of a request in its context.
pub(crate) async fn scope<F: Future>(context: RequestContext, work: F) -> F::Output {
    CONTEXT.scope(context, work).await
}

/// The request under way; outside of one an empty context, so that writing an error never fails.
pub(crate) fn current() -> RequestContext {
    let outside = || RequestContext { request_id: String::new(), now: Timestamp::EPOCH };
    CONTEXT.try_with(Clone::clone).unwrap_or_else(|_| outside())
}
