//! A user makes a key for a script.

use std::sync::Arc;

use hos_domain::identity::{ApiKey, ApiKeyName, ApiKeyText, Client, Password, Scopes};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, IdSource, Invalid, RepositoryError, Storage, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::prove_again::{ProofError, ProveAgain};

/// Makes API keys.
pub struct MakeApiKey {
    /// Takes the proof.
    pub prove_again: ProveAgain,
    /// Where keys are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What to call it.
    pub name: ApiKeyName,
    /// What it may do.
    pub scopes: Scopes,
    /// Until when it counts; 90 days unless said.
    pub expires_at: Option<Timestamp>,
    /// The account's password, where the last proof is not fresh.
    pub password: Option<Password>,
}

/// A new key.
#[derive(Debug, Clone)]
pub struct MadeApiKey {
    /// What is known of it.
    pub key: ApiKey,
    /// The key itself, which nobody can show again.
    pub text: ApiKeyText,
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
pub enum MakeApiKeyError {
    /// The user has not proved lately who they are.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// It would count for too long, or not at all.
    #[error("the request is not valid")]
    End(#[source] Invalid),
    /// The user has enough of them.
    #[error("this account has {} keys already; revoke one first", ApiKey::MOST)]
    TooMany,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for MakeApiKeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::End(_) => ErrorKind::Invalid,
            Self::TooMany => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Proof(error) => error.code(),
            Self::TooMany => Some("TOO_MANY_API_KEYS"),
            _ => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Proof(error) => error.details(),
            Self::End(invalid) => vec![Detail::new("expires_at", invalid.clone())],
            _ => Vec::new(),
        }
    }
}

impl MakeApiKey {
    /// Makes a key and gives it out, for the one time that it is known.
    ///
    /// # Errors
    /// [`MakeApiKeyError`]
    pub async fn run(&self, caller: Caller, new: NewApiKey, client: Client) -> Result<MadeApiKey, MakeApiKeyError> {
        let expires_at = ApiKey::end(new.expires_at, self.clock.now()).map_err(MakeApiKeyError::End)?;
        self.prove_again.password_or_fresh(caller, new.password.as_ref()).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        if tx.api_keys().count_live(caller.user, now).await? >= ApiKey::MOST {
            return Err(MakeApiKeyError::TooMany);
        }
        let text = ApiKeyText::from_secret(self.ids.secret());
        let key = ApiKey {
            id: self.ids.id(),
            user: caller.user,
            name: new.name,
            scopes: new.scopes,
            prefix: text.prefix(),
            created_at: now,
            expires_at,
            last_used_at: None,
        };
        tx.api_keys().insert(&key, &text.hash()).await?;
        let event = AuditEvent::own(AuditAction::ApiKeyMade, caller.user, now).with("key", key.id.to_string());
        let event = event.with("name", key.name.as_str()).with("scopes", key.scopes.to_string());
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        Ok(MadeApiKey { key, text })
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::{ApiKeyQueries, Role, Scope, User};
    use hos_testing::{Stage, StageUser};

    use super::super::stage::{key_maker, open_session, sender_of};
    use super::*;
    use crate::identity::{Login, OutOfScope, RevokeApiKey, Sender};

    async fn in_person(stage: &Stage, user: &User) -> Caller {
        let tx = stage.storage().begin().await.unwrap();
        let opened = open_session(stage).run(&*tx, user.clone(), &Client::default(), "test").await.unwrap();
        tx.commit().await.unwrap();
        Caller { user: user.id, login: Login::Session(opened.session.id), role: Role::User }
    }

    fn new_key() -> NewApiKey {
        NewApiKey {
            name: ApiKeyName::parse("Script").unwrap(),
            scopes: [Scope::ReadProjects].into_iter().collect(),
            expires_at: None,
            password: None,
        }
    }

    #[tokio::test]
    async fn a_key_acts_within_its_scopes_until_it_is_revoked_or_expires() {
        let stage = Stage::new().await;
        let caller = in_person(&stage, &stage.user(StageUser::named("ada")).await).await;
        let made = key_maker(&stage).run(caller, new_key(), Client::default()).await.unwrap();
        let sender = sender_of(&stage, made.text.expose()).await.unwrap();
        assert_eq!(sender.within(Scope::ReadProjects), Ok(caller.user));
        assert_eq!(sender.within(Scope::WriteProjects), Err(OutOfScope::Lacks(Scope::WriteProjects)));
        assert_eq!(sender.in_person(), Err(OutOfScope::InPersonOnly));
        stage.wait(ApiKey::LIFE);
        assert!(sender_of(&stage, made.text.expose()).await.is_err());

        let caller = in_person(&stage, &stage.user(StageUser::named("bob")).await).await;
        let made = key_maker(&stage).run(caller, new_key(), Client::default()).await.unwrap();
        assert!(matches!(sender_of(&stage, made.text.expose()).await, Ok(Sender::Delegate(_))));
        let revoke = RevokeApiKey { storage: stage.storage(), keys: stage.keys(), clock: stage.clock() };
        revoke.run(caller.user, made.key.id, Client::default()).await.unwrap();
        assert!(sender_of(&stage, made.text.expose()).await.is_err());
        assert!(revoke.run(caller.user, made.key.id, Client::default()).await.is_err());
    }

    #[tokio::test]
    async fn nobody_has_more_than_twenty_keys_even_when_they_are_made_at_once() {
        let stage = Stage::new().await;
        let caller = in_person(&stage, &stage.user(StageUser::named("ada")).await).await;
        let maker = Arc::new(key_maker(&stage));
        let makers: Vec<_> = (0..ApiKey::MOST + 3)
            .map(|_| {
                let maker = maker.clone();
                tokio::spawn(async move { maker.run(caller, new_key(), Client::default()).await.is_ok() })
            })
            .collect();
        let mut made = 0;
        for maker in makers {
            made += u64::from(maker.await.unwrap());
        }
        assert_eq!(made, ApiKey::MOST);
        assert_eq!(stage.reader().keys(caller.user, stage.clock().now()).await.unwrap().len(), 20);
        stage.wait(ApiKey::LIFE);
        assert!(stage.reader().keys(caller.user, stage.clock().now()).await.unwrap().is_empty());
        let caller = in_person(&stage, &stage.users().find(caller.user).await.unwrap().unwrap()).await;
        assert!(maker.run(caller, new_key(), Client::default()).await.is_ok());
    }

    #[tokio::test]
    async fn without_a_fresh_proof_there_is_no_key() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada").password("correct horse")).await;
        let caller = in_person(&stage, &user).await;
        stage.wait(std::time::Duration::from_secs(600));
        let refused = key_maker(&stage).run(caller, new_key(), Client::default()).await;
        assert!(matches!(refused, Err(MakeApiKeyError::Proof(ProofError::Needed))));
        let proved = NewApiKey { password: Some(Password::attempt("correct horse")), ..new_key() };
        assert!(key_maker(&stage).run(caller, proved, Client::default()).await.is_ok());
    }
}
