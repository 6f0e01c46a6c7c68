//! `billing_subjects` and `billing_objects`: which customer everything belongs to. An object whose customer no event has
//! named yet belongs to a subject without one, which is merged into the real one as soon as an object ties the two.

use std::collections::BTreeSet;

use async_trait::async_trait;
use hos_domain::billing::{
    Environment, Notice, ObservationSet, Provider, Received, Standing, Subject, SubjectId, SubjectKey,
    SubjectRepository,
};
use hos_domain::identity::{MergeRepository, UserId};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, ConnectionTrait, DbBackend, QueryOrder, QuerySelect, Statement};

use super::{journal, notices, observations};
use crate::database::Engine;
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
    rules: String,
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
        self.line_up(key, objects).await?;
        let mut candidates = self.owners(key, objects).await?;
        candidates.extend(self.subject_of_customer(key, fresh, now).await?);
        if candidates.is_empty() {
            self.run(Entity::insert(new_row(key, fresh, now)).exec_without_returning(&self.tx)).await?;
            candidates.insert(fresh.uuid());
        }
        let candidates = self.lock_subjects(&candidates).await?;
        let target = self.merge_strays(key, candidates).await?;
        self.claim_objects(key, objects, target.id).await?;
        target.try_into()
    }

    async fn observations(&self, subject: SubjectId) -> Stored<ObservationSet> {
        let of_it = observations::Entity::find().filter(observations::Column::SubjectId.eq(subject.uuid()));
        let rows = self.run(of_it.all(&self.tx)).await?;
        rows.into_iter().map(Received::try_from).collect()
    }

    async fn outdated(&self, rules: &str, most: u64) -> Stored<Vec<Subject>> {
        let mut outdated = Vec::new();
        // Two ranges of the index; an inequality would walk all of it at every start.
        for range in [Column::Rules.lt(rules), Column::Rules.gt(rules)] {
            let left = most.saturating_sub(outdated.len() as u64);
            let subjects = Entity::find().filter(range).order_by_asc(Column::Rules).order_by_asc(Column::Id);
            outdated.extend(self.run(subjects.limit(left).lock_exclusive().all(&self.tx)).await?);
        }
        outdated.into_iter().map(TryInto::try_into).collect()
    }

    async fn observe(&self, subject: SubjectId, received: &Received) -> Stored<bool> {
        self.insert_observation(subject, received).await
    }

    async fn save_standing(&self, subject: SubjectId, standing: &Standing, now: Timestamp) -> Stored<Option<UserId>> {
        let user = match standing.user {
            Some(named) => Some(self.holder(named).await?),
            None => None,
        };
        let naming = Entity::update_many()
            .col_expr(Column::UserId, Expr::value(user.map(Id::uuid)))
            .col_expr(Column::Rules, Expr::value(standing.rules.as_str()))
            .filter(Column::Id.eq(subject.uuid()));
        self.run(naming.exec(&self.tx)).await?;
        self.replace_standing(subject, user, standing, now).await?;
        Ok(user)
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
    /// Waits for units that are about anything of the same names. Everybody waits in the same order, so never in a
    /// ring; row locks alone can't do this for rows that are not there yet.
    async fn line_up(&self, key: &SubjectKey, objects: &[&str]) -> Stored<()> {
        if self.engine != Engine::Postgres {
            return Ok(());
        }
        let place = at(key).join(":");
        let names = objects.iter().copied().chain(key.customer.as_deref()).map(|name| format!("{place}:{name}"));
        let names = names.collect::<Vec<_>>().join("\n");
        let sql = r"SELECT pg_advisory_xact_lock(name) FROM (
            SELECT DISTINCT hashtextextended(part, 0) AS name FROM unnest(string_to_array($1, E'\n')) AS part ORDER BY name
        ) AS names";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [names.into()]);
        self.run(self.tx.execute_raw(statement)).await?;
        Ok(())
    }

    /// Whose the objects are, as far as they are known.
    async fn owners(&self, key: &SubjectKey, objects: &[&str]) -> Stored<BTreeSet<Uuid>> {
        let known = object::Entity::find().filter(objects_at(key, objects));
        Ok(self.run(known.all(&self.tx)).await?.into_iter().map(|row| row.subject_id).collect())
    }

    /// The named customer's subject, made if it is new.
    async fn subject_of_customer(&self, key: &SubjectKey, fresh: SubjectId, now: Timestamp) -> Stored<Option<Uuid>> {
        let Some(customer) = &key.customer else { return Ok(None) };
        let [provider, environment, account] = at(key);
        let named = Entity::find()
            .filter(Column::Provider.eq(provider))
            .filter(Column::Environment.eq(environment))
            .filter(Column::Account.eq(account))
            .filter(Column::Customer.eq(customer));
        if let Some(row) = self.run(named.one(&self.tx)).await? {
            return Ok(Some(row.id));
        }
        self.run(Entity::insert(new_row(key, fresh, now)).exec_without_returning(&self.tx)).await?;
        Ok(Some(fresh.uuid()))
    }

    async fn lock_subjects(&self, ids: &BTreeSet<Uuid>) -> Stored<Vec<Model>> {
        let wanted = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).order_by_asc(Column::Id);
        let rows = self.run(wanted.lock_exclusive().all(&self.tx)).await?;
        // One was merged away while we waited for it; whoever looks again finds where its objects went.
        if rows.len() < ids.len() { Err(RepositoryError::Contended) } else { Ok(rows) }
    }

    /// Merges the subjects without a customer into the one that the key names, or that has one, or into the oldest.
    async fn merge_strays(&self, key: &SubjectKey, mut candidates: Vec<Model>) -> Stored<Model> {
        candidates.sort_by_key(|row| (row.customer.is_none() || row.customer != key.customer, row.customer.is_none()));
        let mut candidates = candidates.into_iter();
        let target = candidates.next().ok_or(RepositoryError::Contended)?;
        for other in candidates {
            match &other.customer {
                None => self.merge(other.id, target.id).await?,
                Some(customer) => {
                    tracing::warn!(customer, "an object ties two customers together; it stays with the first");
                }
            }
        }
        Ok(target)
    }

    /// Ties objects that are nobody's yet to a subject.
    async fn claim_objects(&self, key: &SubjectKey, objects: &[&str], subject: Uuid) -> Stored<()> {
        let [provider, environment, account] = at(key);
        let objects: BTreeSet<&str> = objects.iter().copied().collect();
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
        let move_entries = journal::Entity::update_many()
            .col_expr(journal::Column::SubjectId, Expr::value(into))
            .filter(journal::Column::SubjectId.eq(from));
        self.run(move_entries.exec(&self.tx)).await?;
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
        rules: Set(String::new()),
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
