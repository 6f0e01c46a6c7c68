//! What every route needs of HTTP: extractors whose type is the policy, and the middleware around all of them.

mod access_log;
mod admin;
mod asker;
mod body;
pub(crate) mod browser;
mod caller;
mod check;
mod client;
mod compression;
mod connections;
mod data;
mod head;
mod idempotency;
mod object;
mod offered;
mod page;
mod paging;
mod path;
mod query;
mod rate_limit;
mod reply;
pub(crate) mod request_context;
mod scoped;
mod security_headers;
mod serde_error;
mod tagged;
mod timeout;

pub(crate) use access_log::access_log;
pub(crate) use admin::{Admin, GiveRefunds, GiveRoles, Impersonates, ReadAuditLog, ReadBooks, ReadUsers, SuspendUsers};
pub(crate) use body::{Parsed, read};
pub(crate) use browser::{Browsers, Origins, SignedOut};
pub(crate) use caller::{CurrentUser, Visitor, bearer};
pub(crate) use check::{Check, Parse, present};
pub(crate) use client::{FromClient, TrustedProxies};
pub(crate) use compression::{mark_small, unmark_small};
pub(crate) use connections::{Connections, limit_connections};
pub(crate) use data::DataBody;
pub(crate) use head::answer_head;
pub(crate) use idempotency::{bare as bare_once, text as idempotency_key};
pub(crate) use object::Object;
pub(crate) use offered::Offered;
pub(crate) use page::page;
pub(crate) use paging::{ListBody, cursor_of};
pub(crate) use path::{PathId, PathIds};
pub(crate) use query::Queried;
pub(crate) use rate_limit::{RateGate, rate_limit};
pub(crate) use reply::{Accepted, AcceptedBody, Created};
pub(crate) use scoped::{
    ReadBilling, ReadMedia, ReadMessaging, ReadProfile, ReadProjects, Scoped, WriteMedia, WriteMessaging, WriteProfile,
    WriteProjects,
};
pub(crate) use security_headers::security_headers;
pub(crate) use tagged::{IfMatch, Tagged, TaggedData};
pub(crate) use timeout::timeout;
