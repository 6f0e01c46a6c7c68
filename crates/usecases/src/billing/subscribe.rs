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
use crate::platform::{OnceError, Reservation, keep_answer, release, reserve};

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
    /// What the user was given to pay less, as they write it.
    pub promotion_code: Option<String>,
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
    /// The provider knows no such promotion code, or it has lapsed.
    #[error("there is no such promotion code")]
    UnknownPromotionCode,
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
            Self::Region(_) | Self::ProviderNotReady | Self::UnknownPromotionCode => ErrorKind::Unprocessable,
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
            Self::UnknownPromotionCode => Some("PROMOTION_CODE_UNKNOWN"),
            Self::Once(error) => error.code(),
            Self::Gateway(error) => error.code(),
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
        let gateway = self.providers.get(provider).and_then(|provider| provider.gateways.checkout.clone());
        let gateway = gateway.ok_or(SubscribeError::ProviderNotReady)?;
        let until = self.clock.now() + RESERVED_FOR;
        match reserve(&*self.storage, &*self.clock, key.as_ref(), until).await? {
            Reservation::Answered(subscribed) => Ok(subscribed),
            Reservation::Mine => {
                let opened = self.open(&*gateway, &user, &order, (plan, price, provider), key.as_ref()).await;
                if opened.is_err() {
                    // A failure may be repeated at once, with the same key at the provider.
                    release(&*self.storage, key.as_ref()).await;
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
            user: user.id,
            email: user.email.clone(),
            customer: self.customer(user.id, provider).await?,
            provider_price: price.provider_id(provider, plan).ok_or(SubscribeError::UnknownPrice)?,
            trial_days: plan.trial_days,
            promotion_code: order.promotion_code.clone(),
            success_url: or_default(&order.success_url),
            cancel_url: or_default(&order.cancel_url),
            idempotency_key: key.map_or_else(|| format!("hos-{}", checkout.id), AnswerKey::derived),
        };
        let opened = gateway.open(&request).await.map_err(|error| match error {
            GatewayError::NotFound if order.promotion_code.is_some() => SubscribeError::UnknownPromotionCode,
            other => other.into(),
        })?;
        self.keep(checkout, opened, key).await
    }

    /// The customer that the user is at the provider already: a second one would have cards and invoices of its own.
    async fn customer(&self, user: UserId, provider: Provider) -> Result<Option<String>, SubscribeError> {
        let subjects = self.billing.subjects(user).await?;
        let there = subjects.into_iter().filter(|subject| subject.key.provider == provider);
        Ok(there.filter(|subject| subject.key.account.is_empty()).find_map(|subject| subject.key.customer))
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
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use hos_domain::billing::{
        CheckoutRequest, Gateways, IncomingWebhook, PaymentProvider, StoredWebhook, Translated, TranslationError,
        VerifiedWebhook, WebhookRefusal, WebhookTranslator, WebhookVerifier,
    };
    use hos_domain::platform::Fingerprint;
    use hos_testing::{Stage, StageUser};

    use super::*;

    /// A provider that fails as often as it is told to, and keeps what it was asked.
    #[derive(Default)]
    struct Flaky {
        failures: Mutex<u32>,
        asked: Mutex<Vec<CheckoutRequest>>,
    }

    #[async_trait]
    impl CheckoutGateway for Flaky {
        async fn open(&self, request: &CheckoutRequest) -> Result<OpenedCheckout, GatewayError> {
            self.asked.lock().unwrap().push(request.clone());
            let mut failures = self.failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                return Err(GatewayError::Timeout);
            }
            Ok(OpenedCheckout { provider_id: "cs_1".into(), url: "https://pay.example/cs_1".into() })
        }
    }

    struct Deaf;

    impl WebhookVerifier for Deaf {
        fn verify(&self, _: &IncomingWebhook, _: Timestamp) -> Result<VerifiedWebhook, WebhookRefusal> {
            Err(WebhookRefusal::NotConfigured)
        }
    }

    impl WebhookTranslator for Deaf {
        fn translate(&self, _: &StoredWebhook) -> Result<Translated, TranslationError> {
            Ok(Translated::Ignored("nobody listens"))
        }
    }

    const CATALOG: &str = include_str!("../../../../config/plans.toml");

    async fn scene(failures: u32) -> (Stage, Arc<Flaky>, Subscribe, UserId) {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await.id;
        let gateway = Arc::new(Flaky { failures: Mutex::new(failures), ..Flaky::default() });
        let provider = PaymentProvider {
            provider: Provider::Stripe,
            gateways: Gateways { checkout: Some(gateway.clone()), ..Gateways::default() },
            verifier: Arc::new(Deaf),
            translator: Arc::new(Deaf),
        };
        let subscribe = Subscribe {
            users: stage.users(),
            billing: stage.billing(),
            catalog: Arc::new(Catalog::parse(CATALOG).unwrap()),
            regions: RegionRouting::everywhere(Provider::Stripe),
            providers: Providers::new([provider]),
            storage: stage.storage(),
            ids: stage.ids(),
            clock: stage.clock(),
            business_clock: stage.business_clock(),
            default_return_url: "https://gym.example/".into(),
        };
        (stage, gateway, subscribe, user)
    }

    fn order() -> SubscriptionOrder {
        let plan = PlanId::parse("premium").unwrap();
        SubscriptionOrder { plan, price: None, promotion_code: None, success_url: None, cancel_url: None }
    }

    fn key(user: UserId) -> Option<AnswerKey> {
        let fingerprint = Fingerprint::of(b"body");
        Some(AnswerKey { principal: user.to_string(), route: "POST /subscribe".into(), key: "k".into(), fingerprint })
    }

    /// The provider may have opened the page before its answer was lost: only the very same request finds it again.
    #[tokio::test]
    async fn after_a_timeout_the_same_key_asks_the_provider_exactly_the_same() {
        let (_stage, gateway, subscribe, user) = scene(1).await;
        let failed = subscribe.run(user, order(), key(user)).await;
        assert!(matches!(failed, Err(SubscribeError::Gateway(GatewayError::Timeout))));
        subscribe.run(user, order(), key(user)).await.unwrap();
        let asked = gateway.asked.lock().unwrap();
        assert_eq!((asked.len(), &asked[0]), (2, &asked[1]));
    }

    #[tokio::test]
    async fn an_answered_key_is_answered_again_without_asking_anybody() {
        let (_stage, gateway, subscribe, user) = scene(0).await;
        let first = subscribe.run(user, order(), key(user)).await.unwrap();
        let again = subscribe.run(user, order(), key(user)).await.unwrap();
        assert_eq!((first, gateway.asked.lock().unwrap().len()), (again, 1));
    }

    #[tokio::test]
    async fn without_a_key_each_request_is_another_one() {
        let (_stage, gateway, subscribe, user) = scene(0).await;
        subscribe.run(user, order(), None).await.unwrap();
        subscribe.run(user, order(), None).await.unwrap();
        let asked = gateway.asked.lock().unwrap();
        assert_ne!(asked[0].idempotency_key, asked[1].idempotency_key);
    }
}
