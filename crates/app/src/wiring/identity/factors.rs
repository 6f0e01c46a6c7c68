//! Second factors and passkeys.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::FactorQueries;
use hos_usecases::identity::{EnrollTotp, UsePasskeys};
use hos_webauthn::WebAuthn;
use url::{Host, Url};

use super::Shared;
use crate::settings::Settings;
use crate::wiring::WiringError;

#[derive(Clone)]
pub(super) struct Factors {
    enroll_totp: Arc<EnrollTotp>,
    use_passkeys: Option<Arc<UsePasskeys>>,
    queries: Arc<dyn FactorQueries>,
}

impl Factors {
    pub(super) fn wire(shared: &Shared<'_>) -> Result<Self, WiringError> {
        let parts = shared.parts;
        let queries: Arc<dyn FactorQueries> = Arc::new(parts.reader.clone());
        let issuer = parts.settings.identity.app_name.clone();
        let passkeys = relying_party(&parts.settings, &parts.public_url, &issuer)?;
        Ok(Self {
            enroll_totp: Arc::new(EnrollTotp {
                prove_again: shared.prove_again.clone(),
                users: shared.users.clone(),
                storage: Arc::new(parts.storage.clone()),
                issuer,
                ids: parts.ids.clone(),
                clock: parts.clock.clone(),
            }),
            use_passkeys: passkeys.map(|passkeys| {
                Arc::new(UsePasskeys {
                    passkeys: Arc::new(passkeys),
                    prove_again: shared.prove_again.clone(),
                    users: shared.users.clone(),
                    factors: queries.clone(),
                    storage: Arc::new(parts.storage.clone()),
                    open_session: shared.open_session.clone(),
                })
            }),
            queries,
        })
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.enroll_totp.clone())).app_data(Data::from(self.queries.clone()));
        if let Some(use_passkeys) = &self.use_passkeys {
            config.app_data(Data::from(use_passkeys.clone()));
        }
    }
}

/// Passkeys belong to a domain. A server that is reached by a bare address has none, and offers none.
fn relying_party(settings: &Settings, public_url: &str, name: &str) -> Result<Option<WebAuthn>, WiringError> {
    let given = &settings.identity;
    let domain = match &given.passkey_domain {
        Some(domain) => domain.clone(),
        None => match Url::parse(public_url).ok().as_ref().and_then(Url::host) {
            Some(Host::Domain(domain)) => domain.to_owned(),
            _ => return Ok(None),
        },
    };
    let origins =
        if given.passkey_origins.is_empty() { vec![public_url.to_owned()] } else { given.passkey_origins.clone() };
    let party = WebAuthn::new(&domain, name, &origins);
    party.map(Some).map_err(|invalid| WiringError::Setting {
        name: if invalid.constraint == "rp_id" { "PASSKEY_DOMAIN" } else { "PASSKEY_ORIGINS" },
        message: invalid.message.into_owned(),
    })
}
