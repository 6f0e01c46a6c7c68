//! A user wants a plan: a provider opens a page on which they can pay. Unit, call, unit: no transaction waits for a
//! provider, and a repetition with the same key finds the same checkout.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    BillingQueries, Catalog, Checkout, CheckoutGateway, CheckoutId, CheckoutRequest, OpenedCheckout, Plan, PlanId,
    Price, PriceId, Provider, RegionRouting, UnsupportedRegion,
};
use hos_domain::identity::{User, UserId, UserQueries};
use hos_domain::kernel::{
    BusinessClock, Clock, ErrorKind, Failure, GatewayError, IdSource, RepositoryError, Storage, Timestamp,
};
use hos_domain::platform::AnswerKey;
use serde::{Deserialize, Serialize};

use super::Providers;
use crate::platform::{OnceError, Reservation, keep_answer, reserve};

/// Opens checkouts.
pub struct Subscribe {
    /// Who pays.
    pub users: Arc<dyn UserQueries>,
    /// What they have already.
    pub billing: Arc<dyn BillingQueries>,
    /// What is sold.
    pub catalog: Arc<Catalog>,
    /// Who serves whom.
    pub regions: RegionRouting,
    /// Who opens checkouts.
    pub providers: Providers,
    /// Where checkouts are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
    /// Where payers are sent who were given nowhere to go.
    pub default_return_url: String,
}

/// What a user wants.
#[derive(Debug, Clone)]
pub struct SubscriptionOrder {
    /// Which plan.
    pub plan: PlanId,
    /// Which of its prices; the plan's first unless given.
    pub price: Option<PriceId>,
    /// Where to go after paying.
    pub success_url: Option<String>,
    /// Where to go after turning back.
    pub cancel_url: Option<String>,
}

/// A checkout that waits for its payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// Ours.
    pub checkout: CheckoutId,
    /// For which plan.
    pub plan: PlanId,
    /// At which price.
    pub price: PriceId,
    /// Where.
    pub provider: Provider,
    /// Where to send the payer.
    pub checkout_url: String,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// Why there is no checkout.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The account is gone.
    #[error("this account no longer exists")]
    UserGone,
    /// No such plan, or none that costs anything.
    #[error("there is no such plan to buy")]
    UnknownPlan,
    /// The plan has no such price for this user.
    #[error("the plan has no such price")]
    UnknownPrice,
    /// Nobody serves the user's country.
    #[error(transparent)]
    Region(#[from] UnsupportedRegion),
    /// The provider for the user's country is not set up.
    #[error("payments are not set up for this country yet")]
    ProviderNotReady,
    /// The user has a subscription already; changing it is another verb.
    #[error("there is a subscription already")]
    AlreadySubscribed,
    /// It could not be done once.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The provider did not open the checkout.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for SubscribeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UserGone => ErrorKind::Unauthenticated,
            Self::UnknownPlan | Self::UnknownPrice => ErrorKind::NotFound,
            Self::Region(_) | Self::ProviderNotReady => ErrorKind::Unprocessable,
            Self::AlreadySubscribed => ErrorKind::Conflict,
            Self::Once(error) => error.kind(),
            Self::Gateway(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::UnknownPlan => Some("PLAN_NOT_FOUND"),
            Self::UnknownPrice => Some("PRICE_NOT_FOUND"),
            Self::Region(_) => Some("UNSUPPORTED_REGION"),
            Self::ProviderNotReady => Some("PAYMENTS_NOT_CONFIGURED"),
            Self::AlreadySubscribed => Some("ALREADY_SUBSCRIBED"),
            Self::Once(error) => error.code(),
            _ => None,
        }
    }
}

/// A reserved key lapses after this long; a provider that answers later than that is found by the same key.
const RESERVED_FOR: Duration = Duration::from_secs(60);

impl Subscribe {
    /// Opens a checkout, once per key.
    ///
    /// # Errors
    /// [`SubscribeError`]
    pub async fn run(
        &self,
        user: UserId,
        order: SubscriptionOrder,
        key: Option<AnswerKey>,
    ) -> Result<Subscribed, SubscribeError> {
        let user = self.users.find(user).await?.ok_or(SubscribeError::UserGone)?;
        let (plan, price, provider) = self.choose(&user, &order)?;
        let now = self.business_clock.now();
        if self.billing.subscriptions(user.id).await?.iter().any(|subscription| subscription.is_live(now)) {
            return Err(SubscribeError::AlreadySubscribed);
        }
        let gateway = self.providers.get(provider).and_then(|provider| provider.checkout.clone());
        let gateway = gateway.ok_or(SubscribeError::ProviderNotReady)?;
        let until = self.clock.now() + RESERVED_FOR;
        match reserve(&*self.storage, &*self.clock, key.as_ref(), until).await? {
            Reservation::Answered(subscribed) => Ok(subscribed),
            Reservation::Mine => {
                let opened = self.open(&*gateway, &user, &order, (plan, price, provider), key.as_ref()).await;
                if opened.is_err() {
                    // A failure may be repeated at once, with the same key at the provider.
                    self.release(key.as_ref()).await;
                }
                opened
            }
        }
    }

    fn choose(&self, user: &User, order: &SubscriptionOrder) -> Result<(&Plan, &Price, Provider), SubscribeError> {
        let provider = self.regions.route(user.country)?;
        let plan = self.catalog.plan(&order.plan).ok_or(SubscribeError::UnknownPlan)?;
        let prices = plan.prices_in(self.catalog.currency_of(user.country), self.catalog.currency_of(None));
        let price = match &order.price {
            _ if prices.is_empty() => return Err(SubscribeError::UnknownPlan),
            Some(wanted) => prices.into_iter().find(|price| price.id == *wanted),
            None => prices.into_iter().next(),
        };
        Ok((plan, price.ok_or(SubscribeError::UnknownPrice)?, provider))
    }

    async fn open(
        &self,
        gateway: &dyn CheckoutGateway,
        user: &User,
        order: &SubscriptionOrder,
        (plan, price, provider): (&Plan, &Price, Provider),
        key: Option<&AnswerKey>,
    ) -> Result<Subscribed, SubscribeError> {
        let checkout = Checkout {
            id: self.ids.id(),
            user: user.id,
            plan: plan.id.clone(),
            price: price.id.clone(),
            provider,
            provider_id: None,
            url: None,
            created_at: self.clock.now(),
        };
        let or_default = |url: &Option<String>| url.clone().unwrap_or_else(|| self.default_return_url.clone());
        let request = CheckoutRequest {
            checkout: checkout.id,
            user: user.id,
            email: user.email.clone(),
            provider_price: price.provider_id(provider, plan).ok_or(SubscribeError::UnknownPrice)?,
            trial_days: plan.trial_days,
            success_url: or_default(&order.success_url),
            cancel_url: or_default(&order.cancel_url),
            idempotency_key: key.map_or_else(|| format!("hos-{}", checkout.id), AnswerKey::derived),
        };
        let opened = gateway.open(&request).await?;
        self.keep(checkout, opened, key).await
    }

    async fn keep(
        &self,
        checkout: Checkout,
        opened: OpenedCheckout,
        key: Option<&AnswerKey>,
    ) -> Result<Subscribed, SubscribeError> {
        let subscribed = Subscribed {
            checkout: checkout.id,
            plan: checkout.plan.clone(),
            price: checkout.price.clone(),
            provider: checkout.provider,
            checkout_url: opened.url.clone(),
            created_at: checkout.created_at,
        };
        let tx = self.storage.begin().await?;
        let checkout = Checkout { provider_id: Some(opened.provider_id), url: Some(opened.url), ..checkout };
        tx.checkouts().insert(&checkout).await?;
        if let Some(key) = key {
            keep_answer(&*tx, &*self.clock, key, &subscribed).await?;
        }
        tx.commit().await?;
        Ok(subscribed)
    }

    async fn release(&self, key: Option<&AnswerKey>) {
        let Some(key) = key else { return };
        let released = async {
            let tx = self.storage.begin().await?;
            tx.answers().release(key).await?;
            tx.commit().await
        };
        if let Err(error) = released.await {
            tracing::warn!(%error, "a reserved key could not be freed; it lapses by itself");
        }
    }
}
