//! `/auth/sessions` and `/auth/logout-all`.

use actix_web::web::{Data, Json};
use actix_web::{Either, HttpResponse, delete, get, post};
use hos_domain::identity::{Scope, Session, SessionQueries};
use hos_domain::kernel::Clock;
use hos_usecases::identity::EndSessions;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{CurrentUser, PathId, SignedOut};

/// A device that is logged in.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceSessionBody {
    /// Its id.
    id: Uuid,
    /// What the device called itself at the login.
    #[schema(example = "HypertrophyApp/1.4.2 (iPhone; iOS 26)")]
    user_agent: Option<String>,
    /// What a device may do that was let in by a code; null where the user logged in, which may do everything.
    #[schema(example = json!(["projects:read"]))]
    scopes: Option<Vec<&'static str>>,
    /// Whether it is the one that asks.
    current: bool,
    /// When the user logged in there.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last carried on.
    #[schema(format = DateTime)]
    refreshed_at: String,
}

impl DeviceSessionBody {
    fn of(session: Session, current: &CurrentUser) -> Self {
        Self {
            id: session.id.uuid(),
            current: Some(session.id) == current.session(),
            user_agent: session.user_agent,
            scopes: session.rights.scopes().map(|scopes| scopes.iter().map(Scope::name).collect()),
            created_at: session.created_at.to_string(),
            refreshed_at: session.refreshed_at.to_string(),
        }
    }
}

/// A user's logged-in devices.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceSessionsBody {
    /// The one used last first.
    items: Vec<DeviceSessionBody>,
}

/// List where I am logged in
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    responses((status = 200, body = DeviceSessionsBody)),
)]
#[get("/auth/sessions")]
pub(super) async fn list_sessions(
    user: CurrentUser,
    sessions: Data<dyn SessionQueries>,
    clock: Data<dyn Clock>,
) -> Result<Json<DeviceSessionsBody>, ApiError> {
    let live = sessions.live(user.user, clock.now()).await?;
    let items = live.into_iter().map(|session| DeviceSessionBody::of(session, &user)).collect();
    Ok(Json(DeviceSessionsBody { items }))
}

/// Log one device out
///
/// Its tokens count no more, at once.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 404, description = "There is no such session of mine."),
    ),
)]
#[delete("/auth/sessions/{id}")]
pub(super) async fn end_session(
    user: CurrentUser,
    id: PathId<Session>,
    use_case: Data<EndSessions>,
) -> Result<Either<SignedOut, HttpResponse>, ApiError> {
    use_case.one(user.user, id.0).await?;
    let is_this_one = Some(id.0) == user.session();
    Ok(if is_this_one {
        Either::Left(SignedOut::no_content())
    } else {
        Either::Right(HttpResponse::NoContent().finish())
    })
}

/// Log every device out
///
/// This one too.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    responses((status = 204, description = "Every session has ended.")),
)]
#[post("/auth/logout-all")]
pub(super) async fn log_out_everywhere(user: CurrentUser, use_case: Data<EndSessions>) -> Result<SignedOut, ApiError> {
    use_case.all(user.user).await?;
    Ok(SignedOut::no_content())
}
