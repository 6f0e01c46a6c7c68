//! `/auth/oauth/{provider}` and Apple's notices.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpResponse, delete, post};
use hos_domain::identity::{DisplayName, ForeignProvider, Password, SignInNonce};
use hos_domain::kernel::{ErrorKind, Invalid};
use hos_usecases::identity::{ForeignProof, SignInWith, TakeNotice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::second_factor::ProofBody;
use super::session_answer::SessionAnswer;
use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Check, Created, CurrentUser, FromClient, Offered, Parse, Parsed};

/// A number used once.
#[derive(Serialize, ToSchema)]
pub(super) struct NonceBody {
    /// Hand it to the provider's sign-in, as it is or as its SHA-256, and send it back with the token.
    nonce: String,
    /// Seconds until it counts no more.
    #[schema(example = 600)]
    expires_in: u64,
}

/// Get a nonce for a sign-in
#[utoipa::path(tag = "identity", responses((status = 201, body = NonceBody)))]
#[post("/auth/oauth/nonce")]
pub(super) async fn make_nonce(use_case: Data<SignInWith>) -> Result<Created<NonceBody>, ApiError> {
    let nonce = use_case.nonce().await?;
    Ok(Created(NonceBody { nonce: nonce.expose().to_owned(), expires_in: SignInNonce::LIFE.as_secs() }))
}

/// What the provider gave the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInBody {
    /// The ID token.
    id_token: String,
    /// The nonce from `/auth/oauth/nonce`.
    nonce: String,
    /// What the user wants to be called, for a new account; Apple tells it once, and to the app.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Apple's authorization code, for Apple only. It is turned into what Apple wants back when the account is deleted.
    #[schema(min_length = 1, max_length = 1024)]
    authorization_code: Option<String>,
    /// Whether an account that was deleted, and is not erased yet, is to be taken back; not unless `true` is sent.
    #[serde(default)]
    restore: bool,
}

/// A parsed [`SignInBody`].
pub(super) struct SignInForm {
    id_token: String,
    nonce: SignInNonce,
    name: Option<DisplayName>,
    authorization_code: Option<String>,
    restore: bool,
}

impl Parse for SignInBody {
    type Command = SignInForm;

    fn parse(self, check: &mut Check) -> Option<SignInForm> {
        let name = check.optional("name", self.name, |text| DisplayName::parse(&text))?;
        let authorization_code = check.optional("authorization_code", self.authorization_code, authorization_code)?;
        let nonce = SignInNonce::from_client(&self.nonce);
        Some(SignInForm { id_token: self.id_token, nonce, name, authorization_code, restore: self.restore })
    }
}

impl SignInForm {
    fn by(self, provider: ForeignProvider) -> Result<ForeignProof, ApiError> {
        let Self { id_token, nonce, name, authorization_code, restore } = self;
        if authorization_code.is_some() && provider != ForeignProvider::Apple {
            let unexpected = Invalid::new("unexpected", "Only Apple's authorization codes are taken.");
            return Err(ApiError::invalid_field("authorization_code", unexpected));
        }
        Ok(ForeignProof { provider, id_token, nonce, name, authorization_code, restore })
    }
}

/// Apple's codes are about 60 characters without spaces.
fn authorization_code(text: String) -> Result<String, Invalid> {
    let is_sane = (1..=1024).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_sane { Ok(text) } else { Err(Invalid::new("authorization_code", "This is no authorization code.")) }
}

fn provider(name: &str) -> Result<ForeignProvider, ApiError> {
    let unknown = || ApiError::new(ErrorKind::NotFound, "There is no sign-in with this provider.");
    ForeignProvider::from_name(name).ok_or_else(unknown)
}

/// Sign in with another provider's account
///
/// The identity is the issuer and its subject. It opens the account it is linked to. The first time it is linked by itself
/// to an account with its address only if that account's address is verified and the issuer is the authority for it
/// (gmail.com, the Workspace domain, Apple); otherwise log in and link it.
#[utoipa::path(
    tag = "identity",
    params(("provider" = String, Path, description = "`google`, `apple` or `oidc`.", example = "google")),
    request_body = SignInBody,
    responses(
        (status = 200, description = "A new session.", body = SessionBody),
        (status = 401, description = "The token or the nonce does not count."),
        (status = 403, description = "The account is suspended (`ACCOUNT_SUSPENDED`), or deleted and not erased yet (`ACCOUNT_DELETED`; `restore` takes it back)."),
        (status = 404, description = "This provider is not set up here."),
        (status = 409, description = "An account has the address; log in to it and link the identity (`LINK_REQUIRED`). Or the deleted account's address is another's by now (`EMAIL_TAKEN`)."),
        (status = 422, description = "The provider gave no address (`EMAIL_REQUIRED`)."),
        (status = 502, description = "The provider's keys can't be had."),
        (status = 504, description = "The provider's keys did not come in time."),
    )
)]
#[post("/auth/oauth/{provider}")]
pub(super) async fn sign_in_with(
    name: Path<String>,
    client: FromClient,
    body: Parsed<SignInBody>,
    use_case: Data<SignInWith>,
) -> Result<SessionAnswer<SessionBody>, ApiError> {
    let proof = body.command.by(provider(&name)?)?;
    Ok(SessionAnswer::ok(use_case.run(proof, client.0).await?))
}

/// What the provider gave the app, and a proof that it is the user's app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkBody {
    /// The ID token.
    id_token: String,
    /// The nonce from `/auth/oauth/nonce`.
    nonce: String,
    /// The account's password; may be left out within ten minutes of a login or of `/auth/step-up`.
    #[schema(format = Password)]
    password: Option<String>,
    /// Apple's authorization code, for Apple only.
    #[schema(min_length = 1, max_length = 1024)]
    authorization_code: Option<String>,
}

impl Parse for LinkBody {
    type Command = (SignInForm, Option<Password>);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let authorization_code = check.optional("authorization_code", self.authorization_code, authorization_code)?;
        let nonce = SignInNonce::from_client(&self.nonce);
        let form = SignInForm { id_token: self.id_token, nonce, name: None, authorization_code, restore: false };
        Some((form, self.password.map(|password| Password::attempt(&password))))
    }
}

/// Link another provider's account to mine
///
/// From now on it logs in to this account.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("provider" = String, Path, description = "`google`, `apple` or `oidc`.", example = "google")),
    request_body = LinkBody,
    responses(
        (status = 204, description = "It is linked."),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "This provider is not set up here."),
        (status = 409, description = "It is linked to another account (`LINKED_ELSEWHERE`)."),
        (status = 502, description = "The provider's keys can't be had."),
        (status = 504, description = "The provider's keys did not come in time."),
    )
)]
#[post("/auth/oauth/{provider}/link")]
pub(super) async fn link_identity(
    user: CurrentUser,
    name: Path<String>,
    body: Parsed<LinkBody>,
    use_case: Data<SignInWith>,
) -> Result<HttpResponse, ApiError> {
    let (form, password) = body.command;
    use_case.add_link(*user, form.by(provider(&name)?)?, password.as_ref()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Unlink another provider's account from mine
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("provider" = String, Path, description = "`google`, `apple` or `oidc`.", example = "google")),
    request_body = ProofBody,
    responses(
        (status = 204, description = "It logs nobody in any more."),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "None is linked."),
        (status = 409, description = "Nothing else would be left to log in with (`ONLY_LOGIN_METHOD`)."),
    )
)]
#[delete("/auth/oauth/{provider}/link")]
pub(super) async fn unlink_identity(
    user: CurrentUser,
    name: Path<String>,
    body: Parsed<ProofBody>,
    use_case: Data<SignInWith>,
) -> Result<HttpResponse, ApiError> {
    use_case.remove_link(*user, provider(&name)?, body.command.as_ref()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Receive Apple's notices about its users
///
/// Server-to-server notifications of Sign in with Apple: a relay that was switched off or on, a consent that was
/// withdrawn, an account that is gone. Believed by Apple's signature alone.
#[utoipa::path(
    tag = "identity",
    request_body(content = Object, description = "`{\"payload\": \"<JWT>\"}`"),
    responses(
        (status = 204, description = "Taken."),
        (status = 404, description = "Sign in with Apple is not set up here."),
        (status = 422, description = "The notice is not believed."),
        (status = 502, description = "Apple's keys can't be had."),
        (status = 504, description = "Apple's keys did not come in time."),
    )
)]
#[post("/webhooks/apple/identity")]
pub(super) async fn take_apple_notice(body: Bytes, use_case: Offered<TakeNotice>) -> Result<HttpResponse, ApiError> {
    use_case.run(&body).await?;
    Ok(HttpResponse::NoContent().finish())
}
