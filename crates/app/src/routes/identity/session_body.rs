//! What a client gets that has proved who its user is.

use hos_domain::identity::{Scope, Sex, User};
use hos_usecases::identity::ACCESS_TOKEN_LIFE;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::session_answer::Opened;

/// A user and the tokens of their new session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// Who.
    pub(super) user: UserBody,
    /// For the `Authorization` header: `Bearer {access_token}`.
    pub(super) access_token: String,
    /// Exchange it at `/auth/refresh` before the access token expires. Works once.
    pub(super) refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub(super) token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub(super) expires_in: u64,
    /// After a login: send it with the next one on this device, so that others can't lock it out. Gives no access.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

impl From<Opened> for SessionBody {
    fn from(Opened { signed_in, device_token }: Opened) -> Self {
        Self {
            user: signed_in.user.into(),
            access_token: signed_in.tokens.access,
            refresh_token: signed_in.tokens.refresh.expose().to_owned(),
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFE.as_secs(),
            device_token,
        }
    }
}

/// The next pair of tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct RefreshedBody {
    /// Who; left out for a device that may not read the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody>,
    /// For the `Authorization` header: `Bearer {access_token}`.
    access_token: String,
    /// For the pair after this one. Works once.
    refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
    /// For a device: what it may do, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "projects:read")]
    scope: Option<String>,
}

impl From<Opened> for RefreshedBody {
    fn from(opened: Opened) -> Self {
        let rights = opened.signed_in.session.rights;
        let session = SessionBody::from(opened);
        Self {
            user: Some(session.user).filter(|_| rights.include(Scope::ReadProfile)),
            access_token: session.access_token,
            refresh_token: session.refresh_token,
            token_type: session.token_type,
            expires_in: session.expires_in,
            scope: rights.scopes().map(|scopes| scopes.to_string()),
        }
    }
}

/// A user, as they see themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct UserBody {
    /// Stable for the life of the account.
    id: Uuid,
    /// The key of the account; null while its user is anonymous.
    #[schema(example = "ada@example.com", format = Email)]
    email: Option<String>,
    /// What the user wants to be called.
    #[schema(example = "Ada")]
    name: String,
    /// Whether mail to the address has been shown to arrive.
    email_verified: bool,
    /// `user`, `companion`, `support`, `admin` or `super_admin`.
    #[schema(example = "user")]
    role: &'static str,
    /// ISO 3166-1 alpha-2; decides the payment provider.
    #[schema(example = "DE")]
    country: Option<String>,
    /// IANA time zone; decides where the user's days begin.
    #[schema(example = "Europe/Berlin")]
    timezone: &'static str,
    /// The language we write in.
    #[schema(example = "en")]
    locale: String,
    /// `metric` or `imperial`.
    #[schema(example = "metric")]
    units: &'static str,
    /// `YYYY-MM-DD`, if the user says.
    #[schema(format = Date)]
    birth_date: Option<String>,
    /// `female` or `male`, if the user says; training formulas ask for it.
    #[schema(example = "female")]
    sex: Option<&'static str>,
    /// When the account was made.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id.uuid(),
            email: (!user.is_anonymous()).then(|| user.email.clone().into()),
            name: user.name.as_str().to_owned(),
            email_verified: user.email_verified,
            role: user.role.name(),
            country: user.country.map(Into::into),
            timezone: user.timezone.name(),
            locale: user.locale.into(),
            units: user.units.name(),
            birth_date: user.birth_date.map(|born| born.day().to_string()),
            sex: user.sex.map(Sex::name),
            created_at: user.created_at.to_string(),
        }
    }
}
