//! `preferences`. A user who never said has no row and gets the defaults.

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{RepositoryError, Stored};
use hos_domain::messaging::{Digest, PreferenceQueries, PreferenceRepository, Preferences, QuietHours};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, Iterable};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "preferences")]
#[expect(clippy::struct_excessive_bools, reason = "a row of switches")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    push_enabled: bool,
    coaching_reminders: bool,
    subscription_alerts: bool,
    community: bool,
    marketing: bool,
    email_enabled: bool,
    quiet_start: Option<i16>,
    quiet_end: Option<i16>,
    digest: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl PreferenceRepository for SqlUnit {
    async fn of(&self, user: UserId) -> Stored<Preferences> {
        let row = self.run(Entity::find_by_id(user.uuid()).one(&self.tx)).await?;
        row.map_or_else(|| Ok(Preferences::default()), TryInto::try_into)
    }

    async fn put(&self, user: UserId, preferences: &Preferences) -> Stored<()> {
        let minute = |minute: u16| i16::try_from(minute).unwrap_or_default();
        let row = Model {
            user_id: user.uuid(),
            push_enabled: preferences.push_enabled,
            coaching_reminders: preferences.coaching_reminders,
            subscription_alerts: preferences.subscription_alerts,
            community: preferences.community,
            marketing: preferences.marketing,
            email_enabled: preferences.email_enabled,
            quiet_start: preferences.quiet_hours.map(|hours| minute(hours.start)),
            quiet_end: preferences.quiet_hours.map(|hours| minute(hours.end)),
            digest: preferences.digest.name().to_owned(),
        };
        let all = Column::iter().filter(|column| !matches!(column, Column::UserId));
        let replace = OnConflict::column(Column::UserId).update_columns(all).to_owned();
        self.run(Entity::insert(row.into_active_model()).on_conflict(replace).exec_without_returning(&self.tx)).await?;
        Ok(())
    }
}

#[async_trait]
impl PreferenceQueries for SqlReader {
    async fn preferences(&self, user: UserId) -> Stored<Preferences> {
        let row = self.run(Entity::find_by_id(user.uuid()).one(self.pool())).await?;
        row.map_or_else(|| Ok(Preferences::default()), TryInto::try_into)
    }
}

impl TryFrom<Model> for Preferences {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let minute = |minute: i16| u16::try_from(minute).ok().filter(|minute| *minute < 24 * 60);
        let quiet_hours = match row.quiet_start.zip(row.quiet_end) {
            None => None,
            Some((start, end)) => {
                let wrong = || corrupt("preferences", "quiet_start");
                Some(QuietHours { start: minute(start).ok_or_else(wrong)?, end: minute(end).ok_or_else(wrong)? })
            }
        };
        Ok(Self {
            push_enabled: row.push_enabled,
            coaching_reminders: row.coaching_reminders,
            subscription_alerts: row.subscription_alerts,
            community: row.community,
            marketing: row.marketing,
            email_enabled: row.email_enabled,
            quiet_hours,
            digest: Digest::parse(&row.digest).map_err(|_| corrupt("preferences", "digest"))?,
        })
    }
}
