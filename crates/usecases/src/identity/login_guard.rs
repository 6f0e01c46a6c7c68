//! What stands between a login and those who guess: too many failures close the way they came, or ask for a code by mail.
//! Every answer is the same for addresses that nobody has.

use std::sync::Arc;

use hos_domain::identity::{
    Client, CodePurpose, KnownDeviceId, KnownDevices, LockoutRule, LoginFailureQueries, OneTimeCodes, Unit, UserId,
    slow_down,
};
use hos_domain::kernel::{Clock, Email, IdSource, Pause, Pseudonyms, Storage, Stored, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::codes::{ask, redeem};

/// Failures within ten minutes that are told to the operator.
const ALARMING: u32 = 5;

/// Guards logins.
pub struct LoginGuard {
    /// How many have failed.
    pub failures: Arc<dyn LoginFailureQueries>,
    /// Where failures are counted.
    pub storage: Arc<dyn Storage>,
    /// Names that give nobody away.
    pub names: Arc<dyn Pseudonyms>,
    /// Recognizes devices.
    pub devices: Arc<dyn KnownDevices>,
    /// Recognizes codes.
    pub codes: Arc<dyn OneTimeCodes>,
    /// Waits.
    pub pause: Arc<dyn Pause>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// A login as the guard sees it.
pub(crate) struct Knock<'a> {
    pub(crate) email: &'a Email,
    pub(crate) user: Option<UserId>,
    pub(crate) device_token: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    pub(crate) client: &'a Client,
}

/// Under which names a login counts.
pub(crate) struct CountedAs {
    place: String,
    account: String,
}

/// Whether a login may be tried.
pub(crate) enum Admission {
    /// Yes.
    Open(CountedAs),
    /// Not before then.
    ClosedUntil(Timestamp),
    /// Only with a code that has gone out by mail, if anybody has the address.
    CodeNeeded,
}

impl LoginGuard {
    /// Decides before the password is looked at, and holds back who has failed a few times.
    pub(crate) async fn admit(&self, knock: &Knock<'_>) -> Stored<Admission> {
        let device = knock.user.zip(knock.device_token).and_then(|(user, token)| self.devices.device_of(user, token));
        let counted = self.counted_as(knock, device);
        let now = self.clock.now();
        let [place, account] = self.failures.login_failures([&counted.place, &counted.account]).await?;
        if let Some(until) = LockoutRule::PLACE.closed_until(place, now) {
            return Ok(Admission::ClosedUntil(until));
        }
        self.pause.wait(slow_down(place, now)).await;
        let wary = device.is_none() && LockoutRule::ACCOUNT.closed_until(account, now).is_some();
        if wary && !self.shows_code(knock, &counted).await? {
            return Ok(Admission::CodeNeeded);
        }
        Ok(Admission::Open(counted))
    }

    fn counted_as(&self, knock: &Knock<'_>, device: Option<KnownDeviceId>) -> CountedAs {
        let place = match device {
            Some(device) => format!("{}|device {device}", knock.email),
            None => format!("{}|{:?}", knock.email, knock.client.network()),
        };
        CountedAs {
            place: self.names.name_of("login place", &place),
            account: self.names.name_of("login account", knock.email.as_str()),
        }
    }

    /// Takes the code that came with the login, or sees to it that one goes out.
    async fn shows_code(&self, knock: &Knock<'_>, counted: &CountedAs) -> Stored<bool> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let shown = match knock.code {
            Some(code) => redeem(&*tx, &*self.codes, (CodePurpose::Unlock, knock.email), code, now).await?.is_some(),
            None => {
                ask(&*tx, &*self.ids, (CodePurpose::Unlock, knock.email.clone()), None, None, now).await?;
                false
            }
        };
        if shown {
            tx.login_failures().forget(&counted.account).await?;
        }
        tx.commit().await?;
        Ok(shown)
    }

    /// Counts a failure.
    pub(crate) async fn failed(&self, counted: &CountedAs, knock: &Knock<'_>) -> Stored<()> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let event = AuditEvent::by_stranger(AuditAction::LoginFailed, knock.user, now);
        tx.audit().note(event.from(knock.client.ip, knock.client.user_agent.as_deref()));
        for (rule, name) in [(LockoutRule::ACCOUNT, &counted.account), (LockoutRule::PLACE, &counted.place)] {
            let failures = rule.after_failure(tx.login_failures().of(name).await?, now);
            tx.login_failures().put(name, failures).await?;
            if failures.count == rule.most {
                let event = AuditEvent::by_stranger(AuditAction::LoginLocked, knock.user, now);
                tx.audit().note(event.from(knock.client.ip, None).with("failures", failures.count.to_string()));
            }
            if rule == LockoutRule::PLACE && failures.count > ALARMING && now.since(failures.since).as_secs() <= 600 {
                tracing::warn!(name = *name, failures = failures.count, "logins keep failing");
            }
        }
        tx.commit().await
    }

    /// What a success leaves behind: failures of this place are forgotten, in the caller's unit.
    pub(crate) async fn succeeded(&self, tx: &dyn Unit, counted: &CountedAs) -> Stored<()> {
        tx.login_failures().forget(&counted.place).await
    }

    /// A token by which this device is known from now on.
    pub(crate) fn device_token(&self, user: UserId) -> String {
        self.devices.token(user, self.ids.id())
    }
}
