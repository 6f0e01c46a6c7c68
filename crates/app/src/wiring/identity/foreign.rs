//! Signing in with what others have signed.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::{ForeignGrants, ForeignProvider, ForeignTokens};
use hos_http::Patience;
use hos_oidc::{
    APPLE_BASE_URL, AppleClient, AppleGrants, AppleKey, AppleNotices, GOOGLE_BASE_URL, IssuerConfig, IssuerVerifier,
};
use hos_usecases::identity::{ReturnGrant, SignInWith, TakeGrant, TakeNotice};
use hos_usecases::platform::Runners;

use super::Shared;
use crate::wiring::{Parts, WiringError};

#[derive(Clone)]
pub(super) struct Foreign {
    sign_in_with: Arc<SignInWith>,
    take_notice: Option<Arc<TakeNotice>>,
    grants: Option<Arc<dyn ForeignGrants>>,
}

impl Foreign {
    pub(super) fn wire(shared: &Shared<'_>) -> Result<Self, WiringError> {
        let parts = shared.parts;
        let (tokens, notices) = providers(parts);
        let grants = grants(parts)?;
        Ok(Self {
            sign_in_with: Arc::new(SignInWith {
                tokens,
                prove_again: shared.prove_again.clone(),
                storage: Arc::new(parts.storage.clone()),
                sessions: parts.sessions.clone(),
                keys: parts.keys.clone(),
                open_session: shared.open_session.clone(),
                grants: grants.as_ref().map(|_| parts.sealer.clone()),
            }),
            take_notice: notices.map(|notices| {
                Arc::new(TakeNotice {
                    notices: Arc::new(notices),
                    storage: Arc::new(parts.storage.clone()),
                    sessions: parts.sessions.clone(),
                    clock: parts.clock.clone(),
                })
            }),
            grants,
        })
    }

    /// Who carries out the jobs about grants. They run without a key too, and then say that it is missing.
    pub(super) fn runners(&self, parts: &Parts, runners: Runners) -> Runners {
        let storage = || Arc::new(parts.storage.clone());
        let (sealer, clock) = (|| parts.sealer.clone(), || parts.clock.clone());
        let (grants, ids) = (|| self.grants.clone(), parts.ids.clone());
        runners
            .with(TakeGrant { grants: grants(), storage: storage(), sealer: sealer(), ids, clock: clock() })
            .with(ReturnGrant { grants: grants(), storage: storage(), sealer: sealer(), clock: clock() })
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.sign_in_with.clone()));
        if let Some(take_notice) = &self.take_notice {
            config.app_data(Data::from(take_notice.clone()));
        }
    }
}

/// What Apple lets us do, if our key with it is named.
fn grants(parts: &Parts) -> Result<Option<Arc<dyn ForeignGrants>>, WiringError> {
    let settings = &parts.settings.foreign;
    let ids = settings.apple_team_id.clone().zip(settings.apple_key_id.clone());
    let Some(((team_id, key_id), private_key)) = ids.zip(settings.apple_private_key.clone()) else { return Ok(None) };
    let redirect = |id: &String| settings.apple_redirect_uris.iter().find(|(client, _)| client == id);
    let client = |id: &String| AppleClient { id: id.clone(), redirect_uri: redirect(id).map(|(_, uri)| uri.clone()) };
    let clients = settings.apple_client_ids.iter().map(client).collect();
    let base = settings.apple_base_url.as_deref().unwrap_or(APPLE_BASE_URL);
    let key = AppleKey { team_id, key_id, private_key };
    let grants = AppleGrants::new(parts.http.clone(), &key, clients, base, Patience::default());
    let grants = grants.map_err(|message| WiringError::Setting { name: "APPLE_PRIVATE_KEY", message })?;
    Ok(Some(Arc::new(grants)))
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
