//! Billing's use cases, and the providers behind them.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::billing::{
    BillingQueries, Catalog, CatalogProblems, EntitlementTokens, JournalQueries, PaymentProvider, Provider,
    RegionRouting,
};
use hos_domain::kernel::CountryCode;
use hos_http::Patience;
use hos_local::Ed25519Tokens;
use hos_razorpay::{Razorpay, RazorpayConfig, RazorpayTranslator, RazorpayVerifier, environment_of};
use hos_sandbox::{SandboxGateway, SandboxTranslator, SandboxVerifier};
use hos_stripe::{Stripe, StripeConfig, StripeTranslator, StripeVerifier};
use hos_usecases::billing::{
    DeriveAnew, ExplainEntitlement, IssueOfflineToken, ProcessWebhook, Providers, ReceiveWebhook, RecordObservations,
    RequireEntitlement, ShowBooks, ShowStanding, Subscribe, TellMember,
};
use hos_usecases::platform::Runners;

use super::steering::Steering;
use super::{Parts, WiringError};
use crate::routes::PublishedKeys;
use crate::settings::Settings;

/// Billing's use cases.
#[derive(Clone)]
pub(crate) struct Billing {
    catalog: Arc<Catalog>,
    providers: Providers,
    subscribe: Arc<Subscribe>,
    receive_webhook: Arc<ReceiveWebhook>,
    show_standing: Arc<ShowStanding>,
    show_books: Arc<ShowBooks>,
    journal: Arc<dyn JournalQueries>,
    explain: Arc<ExplainEntitlement>,
    offline_token: Arc<IssueOfflineToken>,
    require: Arc<RequireEntitlement>,
    derive_anew: DeriveAnew,
    published_keys: Arc<PublishedKeys>,
    queries: Arc<dyn BillingQueries>,
    steering: Steering,
}

/// The catalogue that is shipped.
const SHIPPED: &str = include_str!("../../../../config/plans.toml");

/// Reads the catalogue that the settings name.
pub(crate) fn catalog(parts: &Parts) -> Result<Catalog, WiringError> {
    let settings = &parts.settings;
    let text = match &settings.billing.plans_file {
        None => SHIPPED.to_owned(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| WiringError::Setting {
            name: "PLANS_FILE",
            message: format!("{} can't be read: {error}", path.display()),
        })?,
    };
    let problem =
        |problems: CatalogProblems| WiringError::Setting { name: "PLANS_FILE", message: problems.to_string() };
    Ok(Catalog::parse(&text).map_err(problem)?.with_sandbox_grants(settings.server.debug))
}

fn regions(parts: &Parts) -> Result<RegionRouting, WiringError> {
    let settings = &parts.settings;
    match &settings.billing.regions {
        Some(text) => RegionRouting::parse(text)
            .map_err(|invalid| WiringError::Setting { name: "BILLING_REGIONS", message: invalid.message.into_owned() }),
        None => Ok(shipped_regions(settings)),
    }
}

/// India pays with Razorpay and everybody else with Stripe. In development the sandbox stands in for who has no key.
fn shipped_regions(settings: &Settings) -> RegionRouting {
    let debug = settings.server.debug;
    let or_sandbox = |provider, has_key: bool| if debug && !has_key { Provider::Sandbox } else { provider };
    let others = or_sandbox(Provider::Stripe, settings.billing.stripe_api_key.is_some());
    let india = or_sandbox(Provider::Razorpay, settings.billing.razorpay_key_id.is_some());
    RegionRouting::everywhere(others).with(CountryCode::INDIA, india)
}

/// Every provider has an endpoint for webhooks; what is not set up there refuses.
fn providers(parts: &Parts) -> Providers {
    let settings = &parts.settings.billing;
    let stripe_gateways = settings.stripe_api_key.clone().map(|api_key| {
        let config = StripeConfig { api_key, base_url: settings.stripe_base_url.clone() };
        Arc::new(Stripe::new(parts.http.clone(), config, Patience::default())).gateways()
    });
    let stripe = PaymentProvider {
        provider: Provider::Stripe,
        gateways: stripe_gateways.unwrap_or_default(),
        verifier: Arc::new(StripeVerifier::new(settings.stripe_webhook_secret.clone())),
        translator: Arc::new(StripeTranslator),
    };
    let sandbox = parts.sandbox.as_ref().map(|sandbox| PaymentProvider {
        provider: Provider::Sandbox,
        gateways: Arc::new(SandboxGateway::new(parts.http.clone(), &sandbox.base_url, sandbox.api_key.clone()))
            .gateways(),
        verifier: Arc::new(SandboxVerifier::new(sandbox.webhook_secret.clone())),
        translator: Arc::new(SandboxTranslator),
    });
    Providers::new([stripe, razorpay(parts)].into_iter().chain(sandbox))
}

fn razorpay(parts: &Parts) -> PaymentProvider {
    let settings = &parts.settings.billing;
    let key_id = settings.razorpay_key_id.clone().unwrap_or_default();
    let gateways = settings.razorpay_key_secret.clone().map(|key_secret| {
        let base_url = settings.razorpay_base_url.clone();
        let config = RazorpayConfig { key_id: key_id.clone(), key_secret, base_url };
        Arc::new(Razorpay::new(parts.http.clone(), config, Patience::default(), parts.clock.clone())).gateways()
    });
    PaymentProvider {
        provider: Provider::Razorpay,
        gateways: gateways.unwrap_or_default(),
        verifier: Arc::new(RazorpayVerifier::new(settings.razorpay_webhook_secret.clone())),
        translator: Arc::new(RazorpayTranslator::new(environment_of(&key_id))),
    }
}

/// Selling nothing may be meant; then nobody should have to guess why.
fn warn_of_missing_providers(regions: &RegionRouting, providers: &Providers) {
    for provider in regions.providers() {
        if providers.get(provider).is_none_or(|provider| provider.gateways.checkout.is_none()) {
            let provider = provider.name();
            tracing::warn!(provider, "this provider is to take payments and has no key; nobody can subscribe there");
        }
    }
}

fn derive_anew(parts: &Parts, catalog: &Arc<Catalog>) -> DeriveAnew {
    let (ids, clock, business_clock) = (parts.ids.clone(), parts.clock.clone(), parts.business_clock.clone());
    let record =
        RecordObservations { catalog: catalog.clone(), ids: ids.clone(), clock: clock.clone(), business_clock };
    DeriveAnew { storage: Arc::new(parts.storage.clone()), record, ids, clock }
}

/// What signs offline tokens, and every public key that may be published.
fn offline_tokens(parts: &Parts) -> Result<(Arc<dyn EntitlementTokens>, Arc<PublishedKeys>), WiringError> {
    let seed = parts.data_key.derive("offline entitlement tokens");
    let tokens = Ed25519Tokens::new(&seed, parts.public_url.clone());
    let tokens = tokens.map_err(|message| WiringError::Setting { name: "DATA_KEY", message })?;
    let published: Vec<_> = parts.access_public_keys.iter().cloned().chain([tokens.public_key()]).collect();
    Ok((Arc::new(tokens), Arc::new(PublishedKeys::new(&published))))
}

fn show_books(parts: &Parts) -> Arc<ShowBooks> {
    let journal = Arc::new(parts.reader.clone());
    Arc::new(ShowBooks { journal, business_clock: parts.business_clock.clone() })
}

impl Billing {
    pub(super) fn wire(parts: &Parts) -> Result<Self, WiringError> {
        let (catalog, providers, regions) = (Arc::new(catalog(parts)?), providers(parts), regions(parts)?);
        warn_of_missing_providers(&regions, &providers);
        let queries: Arc<dyn BillingQueries> = Arc::new(parts.reader.clone());
        let (offline_tokens, published_keys) = offline_tokens(parts)?;
        let (storage, users) = (|| Arc::new(parts.storage.clone()), || Arc::new(parts.reader.clone()));
        let (ids, clock, business_clock) =
            (|| parts.ids.clone(), || parts.clock.clone(), || parts.business_clock.clone());
        let derive_anew = derive_anew(parts, &catalog);
        Ok(Self {
            steering: Steering::wire(parts, &catalog, &providers, &derive_anew.record),
            subscribe: Arc::new(Subscribe {
                users: users(),
                billing: queries.clone(),
                catalog: catalog.clone(),
                regions,
                providers: providers.clone(),
                storage: storage(),
                ids: ids(),
                clock: clock(),
                business_clock: business_clock(),
                default_return_url: format!("{}/", parts.public_url),
            }),
            receive_webhook: Arc::new(ReceiveWebhook {
                providers: providers.clone(),
                storage: storage(),
                ids: ids(),
                clock: clock(),
            }),
            show_standing: Arc::new(ShowStanding {
                billing: queries.clone(),
                catalog: catalog.clone(),
                business_clock: business_clock(),
            }),
            show_books: show_books(parts),
            journal: Arc::new(parts.reader.clone()),
            explain: Arc::new(ExplainEntitlement {
                billing: queries.clone(),
                catalog: catalog.clone(),
                clock: clock(),
                business_clock: business_clock(),
            }),
            offline_token: Arc::new(IssueOfflineToken {
                billing: queries.clone(),
                tokens: offline_tokens,
                clock: clock(),
                business_clock: business_clock(),
            }),
            require: Arc::new(RequireEntitlement {
                billing: queries.clone(),
                catalog: catalog.clone(),
                business_clock: business_clock(),
            }),
            derive_anew,
            catalog,
            providers,
            published_keys,
            queries,
        })
    }

    /// Brings every standing up to the rules of this process.
    pub(super) const fn derive_anew(&self) -> &DeriveAnew {
        &self.derive_anew
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        self.steering.provide(config);
        config
            .app_data(Data::from(self.catalog.clone()))
            .app_data(Data::from(self.subscribe.clone()))
            .app_data(Data::from(self.receive_webhook.clone()))
            .app_data(Data::from(self.show_standing.clone()))
            .app_data(Data::from(self.show_books.clone()))
            .app_data(Data::from(self.journal.clone()))
            .app_data(Data::from(self.explain.clone()))
            .app_data(Data::from(self.offline_token.clone()))
            .app_data(Data::from(self.require.clone()))
            .app_data(Data::from(self.published_keys.clone()))
            .app_data(Data::from(self.queries.clone()));
    }

    /// Who carries out billing's jobs.
    pub(super) fn runners(&self, parts: &Parts, runners: Runners) -> Runners {
        let storage = || Arc::new(parts.storage.clone());
        let process = ProcessWebhook {
            providers: self.providers.clone(),
            storage: storage(),
            record: self.derive_anew.record.clone(),
            clock: parts.clock.clone(),
        };
        let tell = TellMember {
            billing: self.queries.clone(),
            catalog: self.catalog.clone(),
            storage: storage(),
            ids: parts.ids.clone(),
            clock: parts.clock.clone(),
            business_clock: parts.business_clock.clone(),
        };
        runners.with(process).with(tell).with(self.derive_anew.clone()).with(self.steering.stop_renewal())
    }
}
