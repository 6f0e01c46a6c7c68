//! Which accounts external identities open, remembered for a short while so that a known one costs no query.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{ForeignAccount, ForeignAccountDirectory, ForeignAccountQueries, UserStatus};
use hos_domain::kernel::Stored;
use moka::sync::Cache;

use crate::changed_users::{ChangedUsers, REMEMBERED_FOR, short_memory};

/// The external identities this process has seen lately. Only those of accounts in use are remembered: one that was made
/// or opened again is seen at once, on every node.
pub struct KnownForeignAccounts {
    queries: Arc<dyn ForeignAccountQueries>,
    known: Cache<(String, String), ForeignAccount>,
    changed: ChangedUsers,
}

impl KnownForeignAccounts {
    /// Remembers what `queries` answer, but for users who have changed lately.
    #[must_use]
    pub fn new(queries: Arc<dyn ForeignAccountQueries>, changed: ChangedUsers) -> Self {
        Self { queries, known: short_memory(REMEMBERED_FOR), changed }
    }
}

#[async_trait]
impl ForeignAccountDirectory for KnownForeignAccounts {
    async fn find(&self, issuer: &str, subject: &str) -> Stored<Option<ForeignAccount>> {
        let identity = (issuer.to_owned(), subject.to_owned());
        let steady = |account: &ForeignAccount| !self.changed.contains(account.user);
        if let Some(account) = self.known.get(&identity).filter(steady) {
            return Ok(Some(account));
        }
        let found = self.queries.account_of(issuer, subject).await?;
        // A change that came while we asked has the last word: the answer may be older than it.
        if let Some(account) = found.filter(|account| account.status == UserStatus::Active && steady(account)) {
            self.known.insert(identity, account);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use hos_domain::identity::Role;
    use hos_domain::kernel::Id;
    use hos_domain::platform::{EventBus, Topic};
    use uuid::Uuid;

    use super::*;
    use crate::LocalBus;

    /// What is in the database, and how often it was asked.
    struct Counting(Mutex<(Option<ForeignAccount>, u32)>);

    #[async_trait]
    impl ForeignAccountQueries for Counting {
        async fn account_of(&self, _: &str, _: &str) -> Stored<Option<ForeignAccount>> {
            let mut state = self.0.lock().unwrap();
            state.1 += 1;
            Ok(state.0)
        }
    }

    fn account(status: UserStatus) -> ForeignAccount {
        ForeignAccount { user: Id::new(Uuid::from_u128(1)), role: Role::User, status }
    }

    struct Scene {
        queries: Arc<Counting>,
        bus: Arc<LocalBus>,
        changed: ChangedUsers,
        known: KnownForeignAccounts,
    }

    fn scene(account: Option<ForeignAccount>) -> Scene {
        let (queries, bus) = (Arc::new(Counting(Mutex::new((account, 0)))), Arc::new(LocalBus::default()));
        let changed = ChangedUsers::new(bus.clone());
        Scene { known: KnownForeignAccounts::new(queries.clone(), changed.clone()), queries, bus, changed }
    }

    impl Scene {
        async fn find(&self) -> Option<UserStatus> {
            self.known.find("iss", "sub").await.unwrap().map(|account| account.status)
        }

        fn asked(&self) -> u32 {
            self.queries.0.lock().unwrap().1
        }

        fn set(&self, account: ForeignAccount) {
            self.queries.0.lock().unwrap().0 = Some(account);
        }
    }

    #[tokio::test]
    async fn a_known_identity_costs_no_query_and_a_suspended_user_is_out_at_once() {
        let scene = scene(Some(account(UserStatus::Active)));
        for _ in 0..3 {
            assert_eq!(scene.find().await, Some(UserStatus::Active));
        }
        assert_eq!(scene.asked(), 1);
        scene.set(account(UserStatus::Suspended));
        scene.changed.note(account(UserStatus::Active).user);
        assert_eq!(scene.find().await, Some(UserStatus::Suspended));
    }

    #[tokio::test]
    async fn what_another_node_changed_is_heard_on_the_bus() {
        let scene = scene(Some(account(UserStatus::Active)));
        scene.find().await;
        scene.set(account(UserStatus::Suspended));
        scene.bus.publish(Topic::UserChanged, "no id").await.unwrap();
        assert_eq!(scene.find().await, Some(UserStatus::Active));
        scene.bus.publish(Topic::UserChanged, &Uuid::from_u128(1).to_string()).await.unwrap();
        assert_eq!(scene.find().await, Some(UserStatus::Suspended));
    }

    #[tokio::test]
    async fn strangers_and_closed_accounts_are_asked_for_each_time() {
        for there in [None, Some(account(UserStatus::Suspended)), Some(account(UserStatus::Deleted))] {
            let scene = scene(there);
            for asked in 1..=2 {
                assert_eq!(scene.find().await, there.map(|account| account.status));
                assert_eq!(scene.asked(), asked);
            }
        }
    }
}
