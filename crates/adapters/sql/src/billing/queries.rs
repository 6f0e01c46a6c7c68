//! Reading billing, beside any writer.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hos_domain::billing::{
    BillingQueries, EntitlementId, EntitlementSpan, Holdings, ObservationSet, Received, Subject, Subscription,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::Stored;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use super::standing::{entitlement, subscription};
use super::{observations, subjects};
use crate::reader::SqlReader;

/// A user has a handful of subscriptions in their life.
fn newest_subscriptions(user: UserId) -> Select<subscription::Entity> {
    subscription::Entity::find()
        .filter(subscription::Column::UserId.eq(user.uuid()))
        .order_by_desc(subscription::Column::StartedAt)
        .order_by_desc(subscription::Column::ProviderSubscriptionId)
}

/// Ids begin with their time, so the oldest is the first.
fn subjects_of(user: UserId) -> Select<subjects::Entity> {
    subjects::Entity::find().filter(subjects::Column::UserId.eq(user.uuid())).order_by_asc(subjects::Column::Id)
}

#[async_trait]
impl BillingQueries for SqlReader {
    async fn subscriptions(&self, user: UserId) -> Stored<Vec<Subscription>> {
        let query = newest_subscriptions(user);
        self.run(query.all(self.pool())).await?.into_iter().map(TryInto::try_into).collect()
    }

    /// One statement, so that no commit can come between the two.
    async fn holdings(&self, user: UserId) -> Stored<Holdings> {
        let query = newest_subscriptions(user).find_with_related(entitlement::Entity);
        let mut holdings = Holdings::default();
        for (subscription, spans) in self.run(query.all(self.pool())).await? {
            holdings.subscriptions.push(subscription.try_into()?);
            for span in spans {
                holdings.entitlements.push(span.try_into()?);
            }
        }
        Ok(holdings)
    }

    async fn entitlement(&self, user: UserId, wanted: &EntitlementId) -> Stored<Vec<EntitlementSpan>> {
        let query = entitlement::Entity::find()
            .filter(entitlement::Column::UserId.eq(user.uuid()))
            .filter(entitlement::Column::Entitlement.eq(wanted.as_str()));
        self.run(query.all(self.pool())).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn subjects(&self, user: UserId) -> Stored<Vec<Subject>> {
        self.run(subjects_of(user).all(self.pool())).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn observations(&self, user: UserId) -> Stored<Vec<(Subject, ObservationSet)>> {
        let subjects = self.run(subjects_of(user).all(self.pool())).await?;
        let ids: Vec<Uuid> = subjects.iter().map(|subject| subject.id).collect();
        let of_them = observations::Entity::find().filter(observations::Column::SubjectId.is_in(ids));
        let mut sets: BTreeMap<Uuid, Vec<observations::Model>> = BTreeMap::new();
        for row in self.run(of_them.all(self.pool())).await? {
            sets.entry(row.subject_id).or_default().push(row);
        }
        subjects
            .into_iter()
            .map(|subject| {
                let rows = sets.remove(&subject.id).unwrap_or_default();
                let set: ObservationSet = rows.into_iter().map(Received::try_from).collect::<Stored<_>>()?;
                Ok((subject.try_into()?, set))
            })
            .collect()
    }
}
