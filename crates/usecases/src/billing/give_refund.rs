//! Money goes back: as much as the policy allows to who paid it, more only by an administrator, and never more than was
//! paid. What the provider knows of the payment is asked first, so that a refund made elsewhere counts. One refund of a
//! payment at a time; a refund in full also stops the renewal.

use std::time::Duration;

use hos_domain::billing::{Facts, Observation};
use hos_domain::billing::{
    Gateways, Payment, Provider, RefundGateway, RefundOrder, RefundReason, RefundStatus, Source, payments,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Money, Stored, Timestamp};
use hos_domain::platform::{AnswerKey, AuditAction, AuditEvent, Fingerprint};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::Steer;
use super::refund_error::RefundError;
use super::steering::RESERVED_FOR;
use super::stop_renewal::StopRenewalJob;
use crate::platform::{OnceError, Reservation, enqueue, keep_answer_for, release, reserve};

/// Keys of refunds never expire: to give money twice is worse than to keep a line.
const KEPT_FOR: Duration = Duration::from_secs(200 * 365 * 24 * 60 * 60);

/// Gives refunds.
pub struct GiveRefund {
    /// How providers are asked.
    pub steer: Steer,
}

/// What is to be given back.
#[derive(Debug, Clone)]
pub struct RefundWish {
    /// The provider's id of the payment, its charge, or its invoice.
    pub payment: String,
    /// How much; as much as may be unless given.
    pub amount: Option<Money>,
    /// Why, in the provider's words.
    pub reason: RefundReason,
    /// Why, in one's own.
    pub note: String,
}

/// Who gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundedBy {
    /// Who paid: within the policy.
    Payer,
    /// An administrator: whatever is left.
    Administrator(Option<UserId>),
}

/// A refund that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenRefund {
    /// The provider's id of it.
    pub id: String,
    /// Of which payment, as it was named.
    pub payment: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub status: RefundStatus,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// It was the rest of the payment, so the subscription will not renew.
    pub in_full: bool,
}

impl GiveRefund {
    /// Gives it, once per key.
    ///
    /// # Errors
    /// [`RefundError`]
    pub async fn run(
        &self,
        user: UserId,
        wish: &RefundWish,
        by: RefundedBy,
        key: Option<AnswerKey>,
    ) -> Result<GivenRefund, RefundError> {
        let steer = &self.steer;
        let until = steer.clock.now() + RESERVED_FOR;
        if let Reservation::Answered(given) = reserve(&*steer.storage, &*steer.clock, key.as_ref(), until).await? {
            return Ok(given);
        }
        let given = self.one_at_a_time(user, wish, by, key.as_ref()).await;
        if given.is_err() {
            release(&*steer.storage, key.as_ref()).await;
        }
        given
    }

    /// Two refunds at once could each be allowed and together be too much.
    async fn one_at_a_time(
        &self,
        user: UserId,
        wish: &RefundWish,
        by: RefundedBy,
        key: Option<&AnswerKey>,
    ) -> Result<GivenRefund, RefundError> {
        let (steer, (provider, payment)) = (&self.steer, self.payment(user, &wish.payment).await?);
        let turn = AnswerKey {
            principal: format!("{}:{}", provider.name(), payment.invoice),
            route: "refund".to_owned(),
            key: "turn".to_owned(),
            fingerprint: Fingerprint::of(b""),
        };
        let until = steer.clock.now() + RESERVED_FOR;
        match reserve::<()>(&*steer.storage, &*steer.clock, Some(&turn), until).await? {
            Reservation::Mine => {}
            Reservation::Answered(()) => return Err(OnceError::UnderWay.into()),
        }
        let given = self.give(user, wish, by, key, (provider, payment)).await;
        release(&*steer.storage, Some(&turn)).await;
        given
    }

    async fn give(
        &self,
        user: UserId,
        wish: &RefundWish,
        by: RefundedBy,
        key: Option<&AnswerKey>,
        (provider, payment): (Provider, Payment),
    ) -> Result<GivenRefund, RefundError> {
        let gateways = self.steer.providers.get(provider).map(|provider| provider.gateways.clone());
        let Gateways { refunds, .. } = gateways.unwrap_or_default();
        let gateway: Arc<dyn RefundGateway> = refunds.ok_or(RefundError::NotSupported)?;
        let name = gateway.payment_among(&payment.names).ok_or(RefundError::UnknownPayment)?;
        self.record(gateway.fetch_payment(name).await?).await?;
        // A repetition knows as much as this does now, so it names the payment by the same name.
        let (_, payment) = self.payment(user, &wish.payment).await?;
        let name = gateway.payment_among(&payment.names).ok_or(RefundError::UnknownPayment)?;
        let amount = self.amount(&payment, wish, by)?;
        let in_full = amount == payment.left();
        let order = RefundOrder { payment: name.to_owned(), amount, reason: wish.reason };
        // Without the client's key the same refund of the same rest is the same refund.
        let unkeyed =
            || format!("hos-refund-{}-{}-{}", payment.invoice, payment.refunded.amount_minor, amount.amount_minor);
        let observations = gateway.refund(&order, &key.map_or_else(unkeyed, AnswerKey::derived)).await?;
        self.keep(user, wish, by, key, (&payment, amount, in_full), observations).await
    }

    /// The payment of a user that is meant, and who took it.
    async fn payment(&self, user: UserId, name: &str) -> Result<(Provider, Payment), RefundError> {
        for (subject, set) in self.steer.billing.observations(user).await? {
            let mut known = payments(&set).into_iter();
            if let Some(payment) = known.find(|payment| payment.names.iter().any(|known| known == name)) {
                return Ok((subject.key.provider, payment));
            }
        }
        Err(RefundError::UnknownPayment)
    }

    fn amount(&self, payment: &Payment, wish: &RefundWish, by: RefundedBy) -> Result<Money, RefundError> {
        if payment.disputed {
            return Err(RefundError::Disputed);
        }
        let left = payment.left();
        if left.amount_minor == 0 {
            return Err(RefundError::NothingLeft);
        }
        let most = match by {
            RefundedBy::Administrator(_) => left,
            RefundedBy::Payer => {
                let policy = self.steer.record.catalog.refund_policy();
                policy.allows(payment, self.steer.business_clock.now()).ok_or(RefundError::TooLate)?
            }
        };
        let wanted = wish.amount.unwrap_or(most);
        if wanted.currency != most.currency || wanted.amount_minor < 1 || wanted.amount_minor > most.amount_minor {
            return Err(RefundError::TooMuch(most));
        }
        Ok(wanted)
    }

    async fn record(&self, observations: Vec<Observation>) -> Stored<()> {
        let tx = self.steer.storage.begin().await?;
        self.steer.record.run(&*tx, observations, Source::Fetch).await?;
        tx.commit().await
    }

    /// Records the refund, notes who gave it and why, and stops the renewal of what was given back in full: one commit.
    async fn keep(
        &self,
        user: UserId,
        wish: &RefundWish,
        by: RefundedBy,
        key: Option<&AnswerKey>,
        (payment, amount, in_full): (&Payment, Money, bool),
        observations: Vec<Observation>,
    ) -> Result<GivenRefund, RefundError> {
        let steer = &self.steer;
        let given = observations.iter().rev().find_map(|said| match &said.facts {
            Facts::Refund(facts) if facts.amount == amount => Some((said.object.clone(), facts.clone())),
            _ => None,
        });
        let (id, facts) = given.ok_or_else(RefundError::unsaid)?;
        let given = GivenRefund {
            id,
            payment: wish.payment.clone(),
            amount,
            status: facts.status,
            created_at: facts.created_at,
            in_full,
        };
        let tx = steer.storage.begin().await?;
        steer.record.run(&*tx, observations, Source::Fetch).await?;
        let actor = match by {
            RefundedBy::Payer => Some(user),
            RefundedBy::Administrator(administrator) => administrator,
        };
        let deed = AuditEvent { actor, ..steer.deed(user, AuditAction::PaymentRefunded) };
        let deed = deed.with("payment", &payment.invoice).with("refund", &given.id).with("amount", amount.to_string());
        tx.audit().note(deed.with("reason", &wish.note));
        if let Some(subscription) = payment.subscription.clone().filter(|_| in_full) {
            let job = StopRenewalJob { user, subscription: Some(subscription) };
            enqueue(&*tx, &*steer.ids, &job, steer.clock.now()).await?;
        }
        if let Some(key) = key {
            keep_answer_for(&*tx, &*steer.clock, key, &given, KEPT_FOR).await?;
        }
        tx.commit().await?;
        Ok(given)
    }
}
