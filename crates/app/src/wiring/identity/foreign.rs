//! Signing in with what others have signed.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::{ForeignProvider, ForeignTokens};
use hos_oidc::{APPLE_BASE_URL, AppleNotices, GOOGLE_BASE_URL, IssuerConfig, IssuerVerifier};
use hos_usecases::identity::{SignInWith, TakeNotice};

use super::Shared;
use crate::wiring::Parts;

#[derive(Clone)]
pub(super) struct Foreign {
    sign_in_with: Arc<SignInWith>,
    take_notice: Option<Arc<TakeNotice>>,
}

impl Foreign {
    pub(super) fn wire(shared: &Shared<'_>) -> Self {
        let parts = shared.parts;
        let (tokens, notices) = providers(parts);
        Self {
            sign_in_with: Arc::new(SignInWith {
                tokens,
                prove_again: shared.prove_again.clone(),
                storage: Arc::new(parts.storage.clone()),
                sessions: parts.sessions.clone(),
                keys: parts.keys.clone(),
                open_session: shared.open_session.clone(),
            }),
            take_notice: notices.map(|notices| {
                Arc::new(TakeNotice {
                    notices: Arc::new(notices),
                    storage: Arc::new(parts.storage.clone()),
                    sessions: parts.sessions.clone(),
                    clock: parts.clock.clone(),
                })
            }),
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.sign_in_with.clone()));
        if let Some(take_notice) = &self.take_notice {
            config.app_data(Data::from(take_notice.clone()));
        }
    }
}

/// A provider is offered where our client ids with it are named.
fn providers(parts: &Parts) -> (HashMap<ForeignProvider, Arc<dyn ForeignTokens>>, Option<AppleNotices>) {
    let settings = &parts.settings.foreign;
    let mut tokens: HashMap<ForeignProvider, Arc<dyn ForeignTokens>> = HashMap::new();
    let mut notices = None;
    let mut add = |provider, config: IssuerConfig| {
        let keys = config.keys(parts.http.clone());
        tokens.insert(provider, Arc::new(IssuerVerifier::new(config, keys.clone())));
        keys
    };
    if !settings.google_client_ids.is_empty() {
        let base = settings.google_base_url.as_deref().unwrap_or(GOOGLE_BASE_URL);
        add(ForeignProvider::Google, IssuerConfig::google(&settings.google_client_ids, base));
    }
    if !settings.apple_client_ids.is_empty() {
        let base = settings.apple_base_url.as_deref().unwrap_or(APPLE_BASE_URL);
        let keys = add(ForeignProvider::Apple, IssuerConfig::apple(&settings.apple_client_ids, base));
        notices = Some(AppleNotices::new(&settings.apple_client_ids, keys));
    }
    if let Some((issuer, jwks_url)) = settings.oidc_issuer.as_ref().zip(settings.oidc_jwks_url.as_ref()) {
        add(ForeignProvider::Oidc, IssuerConfig::oidc(issuer, &settings.oidc_client_ids, jwks_url));
    }
    (tokens, notices)
}
