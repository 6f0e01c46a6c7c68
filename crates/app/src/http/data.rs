//! How version 2 answers: what was asked for, and what is said about the answer, apart.

use serde::Serialize;
use utoipa::ToSchema;

use super::request_context;

/// An answer of version 2.
#[derive(Serialize, ToSchema)]
pub(crate) struct DataBody<T> {
    /// What was asked for.
    data: T,
    /// About the answer.
    meta: MetaBody,
}

/// About an answer.
#[derive(Serialize, ToSchema)]
struct MetaBody {
    /// Always `v2`.
    #[schema(example = "v2")]
    api_version: &'static str,
    /// The id under which our log knows this request.
    request_id: String,
}

impl<T> DataBody<T> {
    /// The answer to the request under way.
    pub(crate) fn of(data: T) -> Self {
        let request_id = request_context::current().request_id;
        Self { data, meta: MetaBody { api_version: "v2", request_id } }
    }
}
