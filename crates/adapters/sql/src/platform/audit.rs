//! `audit_log` and `subject_keys`. Lines are written by the unit itself when it commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{RepositoryError, Sealer, Stored, Timestamp};
use hos_domain::platform::{AuditEntry, AuditEvent, AuditFilter, AuditHead, AuditQueries, AuditTrail};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    seq: i64,
    at: DateTimeUtc,
    action: String,
    actor: Option<Uuid>,
    subject: Option<Uuid>,
    facts: Option<Vec<u8>>,
    digest: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod subject_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "subject_keys")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) subject: Uuid,
        pub(super) wrapped_key: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl AuditTrail for SqlUnit {
    fn note(&self, event: AuditEvent) {
        self.noted().push(event);
    }
}

impl SqlUnit {
    /// Chains and writes what was noted. The last thing that a unit does before its commit.
    pub(crate) async fn write_audit_log(&self) -> Stored<()> {
        let events = std::mem::take(&mut *self.noted());
        if events.is_empty() {
            return Ok(());
        }
        // Every unit that writes lines waits here for its place in the chain, until the one before has committed.
        self.take_name("audit log", "head").await?;
        let subjects: BTreeSet<Uuid> = events.iter().filter_map(|event| event.subject.map(UserId::uuid)).collect();
        let keys = self.subject_keys(&subjects).await?;
        let mut head = self.run(last_line().one(&self.tx)).await?.map_or(Ok(AuditHead::default()), head_of)?;
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let facts = seal(&*self.sealer, &keys, &event)?;
            let mut entry = AuditEntry {
                seq: head.seq + 1,
                at: event.at,
                action: event.action.name().to_owned(),
                actor: event.actor.map(UserId::uuid),
                subject: event.subject.map(UserId::uuid),
                facts,
                digest: AuditEntry::BEGINNING,
            };
            entry.digest = entry.digest_after(&head.digest);
            head = AuditHead { seq: entry.seq, digest: entry.digest };
            rows.push(row_of(entry).into_active_model());
        }
        self.run(Entity::insert_many(rows).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    /// The wrapped keys of subjects, made for those who have none. Units take turns here, so no key is made twice.
    async fn subject_keys(&self, subjects: &BTreeSet<Uuid>) -> Stored<HashMap<Uuid, Vec<u8>>> {
        use subject_key::{Column as KeyColumn, Entity as Keys};
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        let known = Keys::find().filter(KeyColumn::Subject.is_in(subjects.iter().copied()));
        let known = self.run(known.all(&self.tx)).await?;
        // A key that was wrapped under a data key we no longer have opens nothing any more; life goes on with another.
        let usable = |key: &Vec<u8>| self.sealer.open(key).is_ok();
        let keys = known.into_iter().map(|row| (row.subject, row.wrapped_key)).filter(|(_, key)| usable(key));
        let mut keys: HashMap<_, _> = keys.collect();
        for subject in subjects.iter().copied().filter(|subject| !keys.contains_key(subject)).collect::<Vec<_>>() {
            let row = subject_key::Model { subject, wrapped_key: self.sealer.new_wrapped_key() };
            keys.insert(subject, row.wrapped_key.clone());
            let replace = OnConflict::column(KeyColumn::Subject).update_column(KeyColumn::WrappedKey).to_owned();
            let insert = Keys::insert(row.into_active_model()).on_conflict(replace);
            self.run(insert.exec_without_returning(&self.tx)).await?;
        }
        Ok(keys)
    }
}

fn seal(sealer: &dyn Sealer, keys: &HashMap<Uuid, Vec<u8>>, event: &AuditEvent) -> Stored<Option<Vec<u8>>> {
    if event.facts.is_empty() {
        return Ok(None);
    }
    let plain = serde_json::to_vec(&event.facts).map_err(|error| RepositoryError::Other(Box::new(error)))?;
    let key = event.subject.and_then(|subject| keys.get(&subject.uuid()));
    let sealed = match key {
        Some(key) => sealer.seal_under(key, &plain).map_err(|error| RepositoryError::Corrupt(error.to_string()))?,
        None => sealer.seal(&plain),
    };
    Ok(Some(sealed))
}

#[async_trait]
impl AuditQueries for SqlReader {
    async fn entries_after(&self, seq: i64, most: u64) -> Stored<Vec<AuditEntry>> {
        let next = Entity::find().filter(Column::Seq.gt(seq)).order_by_asc(Column::Seq).limit(most);
        self.run(next.all(self.pool())).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn newest(&self, filter: &AuditFilter, most: u64) -> Stored<Vec<AuditEntry>> {
        let wanted = Condition::all()
            .add_option(filter.before.map(|before| Column::Seq.lt(before)))
            .add_option(filter.subject.map(|subject| Column::Subject.eq(subject.uuid())))
            .add_option(filter.actor.map(|actor| Column::Actor.eq(actor.uuid())));
        let newest = Entity::find().filter(wanted).order_by_desc(Column::Seq).limit(most);
        self.run(newest.all(self.pool())).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn head(&self) -> Stored<AuditHead> {
        self.run(last_line().one(self.pool())).await?.map_or(Ok(AuditHead::default()), head_of)
    }

    async fn facts(&self, entries: &[AuditEntry]) -> Stored<Vec<Option<BTreeMap<String, String>>>> {
        use subject_key::{Column as KeyColumn, Entity as Keys};
        let subjects: BTreeSet<Uuid> = entries.iter().filter_map(|entry| entry.subject).collect();
        let keys = self.run(Keys::find().filter(KeyColumn::Subject.is_in(subjects)).all(self.pool())).await?;
        let keys: HashMap<_, _> = keys.into_iter().map(|row| (row.subject, row.wrapped_key)).collect();
        let open = |entry: &AuditEntry| {
            let sealed = entry.facts.as_ref()?;
            let plain = match entry.subject {
                Some(subject) => self.sealer().open_under(keys.get(&subject)?, sealed).ok()?,
                None => self.sealer().open(sealed).ok()?,
            };
            serde_json::from_slice(&plain).ok()
        };
        Ok(entries.iter().map(open).collect())
    }
}

/// The lower bound lets every planner see that the end of an index answers this.
fn last_line() -> Select<Entity> {
    Entity::find().filter(Column::Seq.gt(0)).order_by_desc(Column::Seq).limit(1)
}

fn head_of(row: Model) -> Stored<AuditHead> {
    let entry = AuditEntry::try_from(row)?;
    Ok(AuditHead { seq: entry.seq, digest: entry.digest })
}

fn row_of(entry: AuditEntry) -> Model {
    Model {
        seq: entry.seq,
        at: entry.at.to_chrono(),
        action: entry.action,
        actor: entry.actor,
        subject: entry.subject,
        facts: entry.facts,
        digest: entry.digest.to_vec(),
    }
}

impl TryFrom<Model> for AuditEntry {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        Ok(Self {
            seq: row.seq,
            at: Timestamp::new(row.at),
            action: row.action,
            actor: row.actor,
            subject: row.subject,
            facts: row.facts,
            digest: row.digest.try_into().map_err(|_| corrupt("audit_log", "digest"))?,
        })
    }
}
