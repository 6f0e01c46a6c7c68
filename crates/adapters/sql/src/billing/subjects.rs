//! `billing_subjects` and `billing_objects`: which customer everything belongs to. An object whose customer no event has
//! named yet belongs to a subject without one, which is merged into the real one as soon as an object ties the two.

use async_trait::async_trait;
use hos_domain::billing::{
    Environment, Notice, ObservationSet, Provider, Received, Standing, Subject, SubjectId, SubjectKey,
    SubjectRepository,
};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};

use super::{notices, observations};
use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_subjects")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: Uuid,
    provider: String,
    environment: String,
    account: String,
    customer: Option<String>,
    pub(super) user_id: Option<Uuid>,
    created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod object {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "billing_objects")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) provider: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) environment: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) account: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) object: String,
        pub(super) subject_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[async_trait]
impl SubjectRepository for SqlUnit {
    async fn lock(&self, key: &SubjectKey, objects: &[&str], fresh: SubjectId, now: Timestamp) -> Stored<Subject> {
        // In one order always, so that two units that share objects wait for each other and never in a ring.
        let mut objects: Vec<&str> = objects.to_vec();
        objects.sort_unstable();
        objects.dedup();
        let target = match self.subject_of_customer(key, fresh, now).await? {
            Some(subject) => subject,
            None => self.subject_of_objects(key, &objects, fresh, now).await?,
        };
        self.claim_objects(key, &objects, target.id).await?;
        let target = self.merge_strays(key, &objects, target).await?;
        target.try_into()
    }

    async fn observations(&self, subject: SubjectId) -> Stored<ObservationSet> {
        let of_it = observations::Entity::find().filter(observations::Column::SubjectId.eq(subject.uuid()));
        let rows = self.run(of_it.all(&self.tx)).await?;
        rows.into_iter().map(Received::try_from).collect()
    }

    async fn observe(&self, subject: SubjectId, received: &Received) -> Stored<bool> {
        self.insert_observation(subject, received).await
    }

    async fn save_standing(&self, subject: SubjectId, standing: &Standing, now: Timestamp) -> Stored<()> {
        let naming = Entity::update_many()
            .col_expr(Column::UserId, Expr::value(standing.user.map(Id::uuid)))
            .filter(Column::Id.eq(subject.uuid()));
        self.run(naming.exec(&self.tx)).await?;
        self.replace_standing(subject, standing, now).await
    }

    async fn note(&self, subject: SubjectId, notice: &Notice, now: Timestamp) -> Stored<bool> {
        self.insert_notice(subject, notice, now).await
    }
}

fn at(key: &SubjectKey) -> [String; 3] {
    [key.provider.name().to_owned(), key.environment.name().to_owned(), key.account.clone()]
}

fn objects_at(key: &SubjectKey, objects: &[&str]) -> Condition {
    let [provider, environment, account] = at(key);
    Condition::all()
        .add(object::Column::Provider.eq(provider))
        .add(object::Column::Environment.eq(environment))
        .add(object::Column::Account.eq(account))
        .add(object::Column::Object.is_in(objects.iter().copied()))
}

impl SqlUnit {
    /// The named customer's subject, made if it is new, locked.
    async fn subject_of_customer(&self, key: &SubjectKey, fresh: SubjectId, now: Timestamp) -> Stored<Option<Model>> {
        let Some(customer) = &key.customer else { return Ok(None) };
        let unique = [Column::Provider, Column::Environment, Column::Account, Column::Customer];
        let insert = Entity::insert(new_row(key, fresh, now)).on_conflict_do_nothing_on(unique);
        self.run(insert.exec_without_returning(&self.tx)).await?;
        let [provider, environment, account] = at(key);
        let named = Entity::find()
            .filter(Column::Provider.eq(provider))
            .filter(Column::Environment.eq(environment))
            .filter(Column::Account.eq(account))
            .filter(Column::Customer.eq(customer))
            .lock_exclusive();
        self.run(named.one(&self.tx)).await
    }

    /// The subject of the first known object, or a new one without a customer; locked.
    async fn subject_of_objects(
        &self,
        key: &SubjectKey,
        objects: &[&str],
        fresh: SubjectId,
        now: Timestamp,
    ) -> Stored<Model> {
        let known = object::Entity::find().filter(objects_at(key, objects)).order_by_asc(object::Column::SubjectId);
        let id = match self.run(known.one(&self.tx)).await? {
            Some(object) => object.subject_id,
            None => {
                self.run(Entity::insert(new_row(key, fresh, now)).exec_without_returning(&self.tx)).await?;
                fresh.uuid()
            }
        };
        // It may have been merged away while we waited for its lock; whoever repeats this finds the real one.
        self.lock_subject(id).await?.ok_or_else(|| RepositoryError::Unavailable("the subject was merged".into()))
    }

    /// Ties objects that are nobody's yet to a subject; waits for units that are about to do the same.
    async fn claim_objects(&self, key: &SubjectKey, objects: &[&str], subject: Uuid) -> Stored<()> {
        let [provider, environment, account] = at(key);
        let rows = objects.iter().map(|object| object::ActiveModel {
            provider: Set(provider.clone()),
            environment: Set(environment.clone()),
            account: Set(account.clone()),
            object: Set((*object).to_owned()),
            subject_id: Set(subject),
        });
        use object::Column::{Account, Environment, Object, Provider};
        let insert = object::Entity::insert_many(rows);
        let insert = insert.on_conflict_do_nothing_on([Provider, Environment, Account, Object]);
        self.run(insert.exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    /// Merges the subjects without a customer that the objects belonged to so far.
    async fn merge_strays(&self, key: &SubjectKey, objects: &[&str], mut target: Model) -> Stored<Model> {
        let owners = object::Entity::find().filter(objects_at(key, objects));
        let mut owners: Vec<Uuid> =
            self.run(owners.all(&self.tx)).await?.into_iter().map(|row| row.subject_id).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            if owner == target.id {
                continue;
            }
            let Some(other) = self.lock_subject(owner).await? else { continue };
            match (&target.customer, &other.customer) {
                (_, None) => self.merge(other.id, target.id).await?,
                (None, Some(_)) => {
                    self.merge(target.id, other.id).await?;
                    target = other;
                }
                (Some(a), Some(b)) => {
                    tracing::warn!(a, b, "an object ties two customers together; it stays with the first");
                }
            }
        }
        Ok(target)
    }

    async fn lock_subject(&self, id: Uuid) -> Stored<Option<Model>> {
        self.run(Entity::find_by_id(id).lock_exclusive().one(&self.tx)).await
    }

    /// Moves everything observed from one subject to another. What was derived for the first is derived anew.
    async fn merge(&self, from: Uuid, into: Uuid) -> Stored<()> {
        let move_objects = object::Entity::update_many()
            .col_expr(object::Column::SubjectId, Expr::value(into))
            .filter(object::Column::SubjectId.eq(from));
        self.run(move_objects.exec(&self.tx)).await?;
        let move_observations = observations::Entity::update_many()
            .col_expr(observations::Column::SubjectId, Expr::value(into))
            .filter(observations::Column::SubjectId.eq(from));
        self.run(move_observations.exec(&self.tx)).await?;
        let keep_notices = notices::Entity::find().filter(notices::Column::SubjectId.eq(from));
        for notice in self.run(keep_notices.all(&self.tx)).await? {
            self.keep_notice(into, notice).await?;
        }
        self.run(Entity::delete_by_id(from).exec(&self.tx)).await?;
        Ok(())
    }
}

fn new_row(key: &SubjectKey, id: SubjectId, now: Timestamp) -> ActiveModel {
    let [provider, environment, account] = at(key);
    ActiveModel {
        id: Set(id.uuid()),
        provider: Set(provider),
        environment: Set(environment),
        account: Set(account),
        customer: Set(key.customer.clone()),
        user_id: Set(None),
        created_at: Set(now.to_chrono()),
    }
}

impl TryFrom<Model> for Subject {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("billing_subjects", column);
        Ok(Self {
            id: Id::new(row.id),
            key: SubjectKey {
                provider: Provider::from_name(&row.provider).ok_or_else(|| wrong("provider"))?,
                environment: Environment::from_name(&row.environment).ok_or_else(|| wrong("environment"))?,
                account: row.account,
                customer: row.customer,
            },
            user: row.user_id.map(Id::new),
        })
    }
}
