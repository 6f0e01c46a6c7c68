//! `journal_entries` and `journal_postings`: the books. Rows are added and never changed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hos_domain::billing::{
    Account, AccountBalance, BookedEntry, Environment, JournalEntry, JournalQueries, JournalRepository, Period,
    Posting, SubjectId, TrialBalance, Written,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Currency, Money, Page, PageRequest, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, FromQueryResult, JoinType, QueryOrder, QuerySelect};

use super::subjects;
use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_entries")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    pub(super) subject_id: Uuid,
    fact: String,
    revision: i32,
    currency: String,
    happened_at: DateTimeUtc,
    service_start: Option<DateTimeUtc>,
    service_end: Option<DateTimeUtc>,
    recorded_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(has_many = "posting::Entity")]
    Moves,
    #[sea_orm(belongs_to = "subjects::Entity", from = "Column::SubjectId", to = "subjects::Column::Id")]
    Of,
}

impl Related<posting::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Moves.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

mod posting {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_postings")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) entry_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) account: String,
        pub(super) amount_minor: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {
        #[sea_orm(belongs_to = "super::Entity", from = "Column::EntryId", to = "super::Column::Id")]
        In,
    }

    impl Related<super::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::In.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[async_trait]
impl JournalRepository for SqlUnit {
    async fn written(&self, subject: SubjectId) -> Stored<BTreeMap<String, Written>> {
        let of_it = Entity::find().filter(Column::SubjectId.eq(subject.uuid())).order_by_asc(Column::Revision);
        let rows = self.run(of_it.find_with_related(posting::Entity).all(&self.tx)).await?;
        let mut written: BTreeMap<String, Written> = BTreeMap::new();
        for (row, postings) in rows {
            let booked = booked(row, postings)?;
            let fact = booked.entry.fact.clone();
            let before = written.remove(&fact).map(|known| known.entry.postings).unwrap_or_default();
            let postings = before.into_iter().chain(booked.entry.postings).collect();
            let entry = JournalEntry { postings, ..booked.entry };
            written.insert(fact, Written { revisions: booked.revision + 1, entry });
        }
        Ok(written)
    }

    async fn book(&self, subject: SubjectId, entries: &[BookedEntry]) -> Stored<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let rows = entries.iter().map(|booked| entry_row(subject, booked)).collect::<Stored<Vec<_>>>()?;
        self.run(Entity::insert_many(rows).exec_without_returning(&self.tx)).await?;
        let postings = entries.iter().flat_map(|booked| {
            booked.entry.postings.iter().map(|posting| posting::ActiveModel {
                entry_id: Set(booked.id),
                account: Set(posting.account.name().to_owned()),
                amount_minor: Set(posting.amount_minor),
            })
        });
        self.run(posting::Entity::insert_many(postings).exec_without_returning(&self.tx)).await?;
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Sum {
    account: String,
    currency: String,
    total: i64,
}

#[async_trait]
impl JournalQueries for SqlReader {
    async fn trial_balance(&self, environment: Environment, at: Timestamp) -> Stored<TrialBalance> {
        let mut balances = BTreeMap::new();
        for Sum { account, currency, total } in self.sums(environment, at, None).await? {
            *balances.entry((account_of(&account)?, currency_of(&currency)?)).or_insert(0_i64) += total;
        }
        let mut earned: BTreeMap<Currency, i64> = BTreeMap::new();
        for Sum { currency, total, .. } in self.sums(environment, at, Some(at)).await? {
            *earned.entry(currency_of(&currency)?).or_default() -= total;
        }
        for (currency, amount) in self.partly_earned(environment, at).await? {
            *earned.entry(currency).or_default() += amount;
        }
        for (currency, amount) in earned {
            *balances.entry((Account::DeferredRevenue, currency)).or_default() += amount;
            *balances.entry((Account::Revenue, currency)).or_default() -= amount;
        }
        let standing = balances.into_iter().filter(|(_, balance)| *balance != 0);
        let line = |((account, currency), balance)| AccountBalance { account, balance: Money::new(balance, currency) };
        Ok(TrialBalance(standing.map(line).collect()))
    }

    async fn entries(&self, user: UserId, page: PageRequest) -> Stored<Page<BookedEntry>> {
        let mut of_user = Entity::find()
            .join(JoinType::InnerJoin, Relation::Of.def())
            .filter(subjects::Column::UserId.eq(user.uuid()))
            .order_by_desc(Column::Id)
            .limit(u64::from(page.limit.get()) + 1);
        if let Some(after) = page.after {
            of_user = of_user.filter(Column::Id.lt(after.id()));
        }
        let rows = self.run(of_user.all(self.pool())).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let moved = posting::Entity::find().filter(posting::Column::EntryId.is_in(ids));
        let mut postings: BTreeMap<Uuid, Vec<posting::Model>> = BTreeMap::new();
        for posting in self.run(moved.all(self.pool())).await? {
            postings.entry(posting.entry_id).or_default().push(posting);
        }
        let entries = rows.into_iter().map(|row| {
            let postings = postings.remove(&row.id).unwrap_or_default();
            booked(row, postings)
        });
        Ok(Page::from_probe(entries.collect::<Stored<Vec<_>>>()?, page.limit, |booked| booked.id))
    }
}

impl SqlReader {
    /// Postings of what had happened by `at`, of that environment.
    fn happened(environment: Environment, at: Timestamp) -> Select<posting::Entity> {
        posting::Entity::find()
            .inner_join(Entity)
            .join(JoinType::InnerJoin, Relation::Of.def())
            .filter(subjects::Column::Environment.eq(environment.name()))
            .filter(Column::HappenedAt.lte(at.to_chrono()))
    }

    /// Sums per account and currency; with `served_by`, of what was deferred for a time that was over by then.
    async fn sums(&self, environment: Environment, at: Timestamp, served_by: Option<Timestamp>) -> Stored<Vec<Sum>> {
        let mut query = Self::happened(environment, at)
            .select_only()
            .column(posting::Column::Account)
            .column(Column::Currency)
            .column_as(posting::Column::AmountMinor.sum().cast_as("bigint"), "total")
            .group_by(posting::Column::Account)
            .group_by(Column::Currency);
        if let Some(end) = served_by {
            query = query
                .filter(posting::Column::Account.eq(Account::DeferredRevenue.name()))
                .filter(Column::ServiceEnd.lte(end.to_chrono()));
        }
        self.run(query.into_model::<Sum>().all(self.pool())).await
    }

    /// What was earned by `at` of what is still being served, page by page: there is one such entry per running
    /// subscription.
    async fn partly_earned(&self, environment: Environment, at: Timestamp) -> Stored<Vec<(Currency, i64)>> {
        const AT_A_TIME: u64 = 1_000;
        let (mut earned, mut after) = (BTreeMap::new(), Uuid::nil());
        loop {
            let page = Self::happened(environment, at)
                .filter(posting::Column::Account.eq(Account::DeferredRevenue.name()))
                .filter(Column::ServiceEnd.gt(at.to_chrono()))
                .filter(Column::Id.gt(after))
                .order_by_asc(Column::Id)
                .limit(AT_A_TIME)
                .select_also(Entity);
            let rows = self.run(page.all(self.pool())).await?;
            let full = rows.len() as u64 == AT_A_TIME;
            for (posting, entry) in rows {
                let entry = entry.ok_or_else(|| corrupt("journal_postings", "entry_id"))?;
                after = entry.id;
                let booked = booked(entry, vec![posting])?;
                *earned.entry(booked.entry.currency).or_insert(0) += booked.entry.earned_by(at);
            }
            if !full {
                return Ok(earned.into_iter().collect());
            }
        }
    }
}

fn account_of(name: &str) -> Stored<Account> {
    Account::from_name(name).ok_or_else(|| corrupt("journal_postings", "account"))
}

fn currency_of(name: &str) -> Stored<Currency> {
    Currency::parse(name).map_err(|_| corrupt("journal_entries", "currency"))
}

fn entry_row(subject: SubjectId, booked: &BookedEntry) -> Stored<ActiveModel> {
    let BookedEntry { id, revision, entry, recorded_at } = booked;
    let revision = i32::try_from(*revision).map_err(|error| RepositoryError::Other(Box::new(error)))?;
    Ok(ActiveModel {
        id: Set(*id),
        subject_id: Set(subject.uuid()),
        fact: Set(entry.fact.clone()),
        revision: Set(revision),
        currency: Set(entry.currency.as_str().to_owned()),
        happened_at: Set(entry.at.to_chrono()),
        service_start: Set(entry.service.map(|service| service.start.to_chrono())),
        service_end: Set(entry.service.map(|service| service.end.to_chrono())),
        recorded_at: Set(recorded_at.to_chrono()),
    })
}

fn booked(row: Model, postings: Vec<posting::Model>) -> Stored<BookedEntry> {
    let service = row.service_start.zip(row.service_end);
    let service = service.map(|(start, end)| Period { start: Timestamp::new(start), end: Timestamp::new(end) });
    let posting =
        |row: posting::Model| Ok(Posting { account: account_of(&row.account)?, amount_minor: row.amount_minor });
    Ok(BookedEntry {
        id: row.id,
        revision: u32::try_from(row.revision).map_err(|_| corrupt("journal_entries", "revision"))?,
        entry: JournalEntry {
            fact: row.fact,
            at: Timestamp::new(row.happened_at),
            currency: currency_of(&row.currency)?,
            service,
            postings: postings.into_iter().map(posting).collect::<Stored<_>>()?,
        },
        recorded_at: Timestamp::new(row.recorded_at),
    })
}
