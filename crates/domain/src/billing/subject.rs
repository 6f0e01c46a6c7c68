//! A subject: one customer of one provider, with everything observed about them. It is locked for each change.

use super::{Environment, Provider};
use crate::identity::UserId;
use crate::kernel::Id;

/// The id of one subject.
pub type SubjectId = Id<Subject>;

/// One customer of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Ours.
    pub id: SubjectId,
    /// The provider's.
    pub key: SubjectKey,
    /// Whose customer this is, once an observation has named the user.
    pub user: Option<UserId>,
}

/// How a provider names a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubjectKey {
    /// Which provider.
    pub provider: Provider,
    /// Real money or not: tests fold apart.
    pub environment: Environment,
    /// The provider's account; empty for the only one.
    pub account: String,
    /// The provider's customer; `None` while only an object is known whose customer no event has named yet. Such a
    /// subject is merged into the real one as soon as an event ties the two together.
    pub customer: Option<String>,
}
