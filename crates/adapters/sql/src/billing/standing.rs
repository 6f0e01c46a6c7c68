//! `subscriptions` and `entitlements`: what was derived for a subject, written anew with each change.

use hos_domain::billing::{
    Access, AccessRule, EntitlementId, EntitlementSpan, Environment, Period, PlanId, PriceId, Provider, Standing,
    SubjectId, Subscription,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel};

use crate::error::corrupt;
use crate::unit::SqlUnit;

pub(super) mod subscription {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "subscriptions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) subject_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) provider_subscription_id: String,
        pub(crate) user_id: Option<Uuid>,
        pub(crate) provider: String,
        pub(crate) environment: String,
        pub(crate) provider_status: String,
        pub(crate) plan: Option<String>,
        pub(crate) price: Option<String>,
        #[sea_orm(column_type = "JsonBinary")]
        pub(crate) phase: Json,
        pub(crate) revoked: bool,
        pub(crate) will_renew: bool,
        pub(crate) paid_through: Option<DateTimeUtc>,
        pub(crate) grace_until: Option<DateTimeUtc>,
        pub(crate) period_start: Option<DateTimeUtc>,
        pub(crate) period_end: Option<DateTimeUtc>,
        pub(crate) started_at: DateTimeUtc,
        pub(crate) trial_end: Option<DateTimeUtc>,
        pub(crate) cancel_at: Option<DateTimeUtc>,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) access_until: Option<DateTimeUtc>,
        pub(crate) access_rule: String,
        pub(crate) derived_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(has_many = "super::entitlement::Entity")]
        Gives,
    }

    impl Related<super::entitlement::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Gives.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod entitlement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "entitlements")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) subject_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) source: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) entitlement: String,
        pub(crate) user_id: Option<Uuid>,
        pub(crate) starts_at: DateTimeUtc,
        pub(crate) ends_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(
            belongs_to = "super::subscription::Entity",
            from = "(Column::SubjectId, Column::Source)",
            to = "(super::subscription::Column::SubjectId, super::subscription::Column::ProviderSubscriptionId)"
        )]
        GivenBy,
    }

    impl Related<super::subscription::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::GivenBy.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl SqlUnit {
    pub(super) async fn replace_standing(
        &self,
        subject: SubjectId,
        user: Option<UserId>,
        standing: &Standing,
        now: Timestamp,
    ) -> Stored<()> {
        let old = subscription::Column::SubjectId.eq(subject.uuid());
        self.run(subscription::Entity::delete_many().filter(old).exec(&self.tx)).await?;
        let old = entitlement::Column::SubjectId.eq(subject.uuid());
        self.run(entitlement::Entity::delete_many().filter(old).exec(&self.tx)).await?;
        let user = user.map(Id::uuid);
        for subscription in &standing.subscriptions {
            let row = subscription_row(subject, user, subscription, now)?.into_active_model();
            self.run(subscription::Entity::insert(row).exec_without_returning(&self.tx)).await?;
        }
        if standing.entitlements.is_empty() {
            return Ok(());
        }
        let rows = standing.entitlements.iter().map(|span| entitlement::ActiveModel {
            subject_id: Set(subject.uuid()),
            source: Set(span.source.clone()),
            entitlement: Set(span.entitlement.as_str().to_owned()),
            user_id: Set(user),
            starts_at: Set(span.starts_at.to_chrono()),
            ends_at: Set(span.ends_at.to_chrono()),
        });
        self.run(entitlement::Entity::insert_many(rows).exec_without_returning(&self.tx)).await?;
        Ok(())
    }
}

fn subscription_row(
    subject: SubjectId,
    user_id: Option<Uuid>,
    subscription: &Subscription,
    now: Timestamp,
) -> Stored<subscription::Model> {
    let time = |at: Option<Timestamp>| at.map(Timestamp::to_chrono);
    Ok(subscription::Model {
        subject_id: subject.uuid(),
        provider_subscription_id: subscription.provider_subscription_id.clone(),
        user_id,
        provider: subscription.provider.name().to_owned(),
        environment: subscription.environment.name().to_owned(),
        provider_status: subscription.provider_status.clone(),
        plan: subscription.plan.clone().map(Into::into),
        price: subscription.price.clone().map(Into::into),
        phase: serde_json::to_value(subscription.phase).map_err(|error| RepositoryError::Other(Box::new(error)))?,
        revoked: subscription.revoked,
        will_renew: subscription.will_renew,
        paid_through: time(subscription.paid_through),
        grace_until: time(subscription.grace_until),
        period_start: time(subscription.period.map(|period| period.start)),
        period_end: time(subscription.period.map(|period| period.end)),
        started_at: subscription.started_at.to_chrono(),
        trial_end: time(subscription.trial_end),
        cancel_at: time(subscription.cancel_at),
        ended_at: time(subscription.ended_at),
        access_until: time(subscription.access.until),
        access_rule: subscription.access.rule.name().to_owned(),
        derived_at: now.to_chrono(),
    })
}

impl TryFrom<subscription::Model> for Subscription {
    type Error = RepositoryError;

    fn try_from(row: subscription::Model) -> Stored<Self> {
        let wrong = |column| corrupt("subscriptions", column);
        let time = |at: Option<DateTimeUtc>| at.map(Timestamp::new);
        let period = time(row.period_start).zip(time(row.period_end)).map(|(start, end)| Period { start, end });
        Ok(Self {
            provider: Provider::from_name(&row.provider).ok_or_else(|| wrong("provider"))?,
            environment: Environment::from_name(&row.environment).ok_or_else(|| wrong("environment"))?,
            provider_subscription_id: row.provider_subscription_id,
            provider_status: row.provider_status,
            plan: row.plan.map(|plan| PlanId::parse(&plan)).transpose().map_err(|_| wrong("plan"))?,
            price: row.price.map(|price| PriceId::parse(&price)).transpose().map_err(|_| wrong("price"))?,
            phase: serde_json::from_value(row.phase).map_err(|_| wrong("phase"))?,
            revoked: row.revoked,
            will_renew: row.will_renew,
            paid_through: time(row.paid_through),
            grace_until: time(row.grace_until),
            period,
            started_at: Timestamp::new(row.started_at),
            trial_end: time(row.trial_end),
            cancel_at: time(row.cancel_at),
            ended_at: time(row.ended_at),
            access: Access {
                until: time(row.access_until),
                rule: AccessRule::from_name(&row.access_rule).ok_or_else(|| wrong("access_rule"))?,
            },
        })
    }
}

impl TryFrom<entitlement::Model> for EntitlementSpan {
    type Error = RepositoryError;

    fn try_from(row: entitlement::Model) -> Stored<Self> {
        Ok(Self {
            entitlement: EntitlementId::parse(&row.entitlement).map_err(|_| corrupt("entitlements", "entitlement"))?,
            source: row.source,
            starts_at: Timestamp::new(row.starts_at),
            ends_at: Timestamp::new(row.ends_at),
        })
    }
}
