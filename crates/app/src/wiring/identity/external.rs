//! The external identity system: its tokens, and what it tells about its users.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::{ForeignUserNews, IdentitySystem};
use hos_oidc::{ClerkNews, SecretHeader, StandardWebhooks, SupabaseNews};
use hos_usecases::identity::{BelieveIssuer, NewsReaders, ReceiveNews, TakeNews};
use hos_usecases::platform::Runners;

use crate::wiring::{Parts, WiringError};

/// What Supabase's database webhooks carry their secret in: nobody signs them.
const SECRET_HEADER: &str = "x-webhook-secret";

#[derive(Clone)]
pub(super) struct External {
    readers: NewsReaders,
    receive_news: Arc<ReceiveNews>,
}

impl External {
    pub(super) fn wire(parts: &Parts) -> Result<Self, WiringError> {
        let readers = readers(parts)?;
        let receive_news = Arc::new(ReceiveNews {
            readers: readers.clone(),
            storage: Arc::new(parts.storage.clone()),
            ids: parts.ids.clone(),
            clock: parts.clock.clone(),
        });
        Ok(Self { readers, receive_news })
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.receive_news.clone()));
    }

    pub(super) fn runners(&self, parts: &Parts, runners: Runners) -> Runners {
        runners.with(TakeNews {
            readers: self.readers.clone(),
            storage: Arc::new(parts.storage.clone()),
            sessions: parts.sessions.clone(),
            keys: parts.keys.clone(),
            sealer: parts.sealer.clone(),
            ids: parts.ids.clone(),
            clock: parts.clock.clone(),
        })
    }
}

/// Believes the issuer that is named, if one is.
pub(super) fn issuer(parts: &Parts) -> Option<BelieveIssuer> {
    Some(BelieveIssuer {
        tokens: parts.external_tokens.clone()?,
        accounts: parts.foreign_accounts.clone(),
        storage: Arc::new(parts.storage.clone()),
        ids: parts.ids.clone(),
    })
}

/// Every system has an endpoint; what is not set up there refuses. A message does not name its issuer, so it is the one
/// whose tokens are taken.
fn readers(parts: &Parts) -> Result<NewsReaders, WiringError> {
    let settings = &parts.settings.external;
    let Some(issuer) = &settings.issuer else { return Ok(HashMap::new()) };
    let wrong = |name: &'static str| move |message: String| WiringError::Setting { name, message };
    let clerk = StandardWebhooks::new(&settings.clerk_webhook_secret).map_err(wrong("CLERK_WEBHOOK_SECRET"))?;
    let hooks = StandardWebhooks::new(&settings.supabase_hook_secret).map_err(wrong("SUPABASE_HOOK_SECRET"))?;
    let rows = match settings.supabase_webhook_secret.clone() {
        none if none.is_empty() => None,
        secrets => Some(SecretHeader::new(SECRET_HEADER, secrets).map_err(wrong("SUPABASE_WEBHOOK_SECRET"))?),
    };
    let clerk: Arc<dyn ForeignUserNews> = Arc::new(ClerkNews::new(issuer, clerk));
    let supabase: Arc<dyn ForeignUserNews> = Arc::new(SupabaseNews::new(issuer, hooks, rows));
    Ok(HashMap::from([(IdentitySystem::Clerk, clerk), (IdentitySystem::Supabase, supabase)]))
}
