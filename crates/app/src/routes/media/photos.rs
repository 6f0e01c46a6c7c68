//! `/progress-photos`.

use std::time::Duration;

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, post};
use hos_domain::kernel::{Clock, ErrorKind, Invalid, PageLimit, PageRequest};
use hos_domain::media::{ObjectKey, ObjectStore, Photo, PhotoNote, PhotoQueries, PhotoState, Pose, Weight, WeightUnit};
use hos_usecases::media::{AddPhoto, DeletePhoto, PhotoForm};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{
    Check, Created, ListBody, Object, Parse, Parsed, PathId, Queried, ReadMedia, Scoped, WriteMedia, cursor_of,
};

/// A signed read is good for as long as somebody looks at a screen.
const READABLE_FOR: Duration = Duration::from_secs(15 * 60);

/// What a user says of a photo.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddPhotoBody {
    /// The key of the upload.
    key: String,
    /// The day it was taken, `YYYY-MM-DD`.
    #[schema(example = "2030-01-31", format = Date)]
    taken_on: String,
    /// `front`, `side`, `back` or `other`.
    #[schema(example = "front")]
    pose: String,
    /// What the user weighed.
    #[schema(value_type = Option<WeightBody>)]
    weight: Option<Object<WeightBody>>,
    /// What the user wants to remember: at most 500 characters.
    #[schema(max_length = 500)]
    note: Option<String>,
}

/// A body weight as it was entered.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WeightBody {
    /// In the unit.
    #[schema(example = 82.5)]
    value: f64,
    /// `kg` or `lb`.
    #[schema(example = "kg")]
    unit: String,
}

impl Parse for AddPhotoBody {
    type Command = PhotoForm;

    fn parse(self, check: &mut Check) -> Option<PhotoForm> {
        let key = check.field("key", ObjectKey::parse(&self.key));
        let taken_on = check.field("taken_on", day(&self.taken_on));
        let pose = check.field("pose", Pose::parse(&self.pose));
        let weight = check.optional("weight", self.weight, |Object(weight)| {
            Weight::of(weight.value, WeightUnit::parse(&weight.unit)?)
        });
        let note = check.optional("note", self.note, |text| PhotoNote::parse(&text));
        Some(PhotoForm { key: key?, taken_on: taken_on?, pose: pose?, weight: weight?, note: note? })
    }
}

fn day(text: &str) -> Result<chrono::NaiveDate, Invalid> {
    text.parse().map_err(|_| Invalid::new("day", "This is not a day like 2030-01-31."))
}

/// A progress photo.
#[derive(Serialize, ToSchema)]
pub(super) struct PhotoBody {
    /// Ours.
    id: Uuid,
    /// `processing`, `ready`, or `refused` when the bytes were no image.
    #[schema(example = "ready")]
    state: &'static str,
    /// Where to see it for the next 15 minutes; null unless it is ready.
    url: Option<String>,
    /// The day it was taken.
    #[schema(example = "2030-01-31", format = Date)]
    taken_on: String,
    /// `front`, `side`, `back` or `other`.
    #[schema(example = "front")]
    pose: &'static str,
    /// What the user weighed.
    weight: Option<WeightBody>,
    /// What the user wants to remember.
    note: Option<String>,
    /// When it was added.
    #[schema(format = DateTime)]
    created_at: String,
}

/// Renders photos with signed URLs.
struct Album<'a> {
    objects: &'a dyn ObjectStore,
    clock: &'a dyn Clock,
}

impl Album<'_> {
    fn render(&self, photo: Photo) -> Result<PhotoBody, ApiError> {
        let now = self.clock.now();
        let (state, url) = match &photo.state {
            PhotoState::Processing => ("processing", None),
            PhotoState::Refused => ("refused", None),
            PhotoState::Ready { key, .. } => ("ready", Some(self.objects.sign_read(key, now, now + READABLE_FOR)?)),
        };
        let weight = |weight: Weight| WeightBody { value: weight.value(), unit: weight.unit.name().to_owned() };
        Ok(PhotoBody {
            id: photo.id.uuid(),
            state,
            url,
            taken_on: photo.taken_on.to_string(),
            pose: photo.pose.name(),
            weight: photo.weight.map(weight),
            note: photo.note.map(|note| note.as_str().to_owned()),
            created_at: photo.created_at.to_string(),
        })
    }
}

/// Add a photo
///
/// After its bytes were sent. It is encoded anew, without metadata, before anybody can see it.
#[utoipa::path(
    tag = "media",
    security(("bearer" = []), ("scoped" = ["media:write"])),
    request_body = AddPhotoBody,
    responses(
        (status = 201, description = "It is being processed.", body = PhotoBody),
        (status = 404, description = "There is no such upload of mine."),
        (status = 409, description = "The upload was used already."),
        (status = 422, description = "Nothing was uploaded, or not what was promised."),
        (status = 502, description = "The object store failed."),
    ),
)]
#[post("/progress-photos")]
pub(super) async fn add_photo(
    user: Scoped<WriteMedia>,
    body: Parsed<AddPhotoBody>,
    use_case: Data<AddPhoto>,
    objects: Data<dyn ObjectStore>,
    clock: Data<dyn Clock>,
) -> Result<Created<PhotoBody>, ApiError> {
    let photo = use_case.run(user.user, body.command).await?;
    let album = Album { objects: &**objects, clock: &**clock };
    Ok(Created(album.render(photo)?))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PhotosQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    cursor: Option<String>,
}

impl Parse for PhotosQuery {
    type Command = PageRequest;

    fn parse(self, check: &mut Check) -> Option<PageRequest> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let after = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        Some(PageRequest { limit: limit?.unwrap_or_default(), after: after? })
    }
}

/// List my photos
///
/// Newest first.
#[utoipa::path(
    tag = "media",
    security(("bearer" = []), ("scoped" = ["media:read"])),
    params(PhotosQuery),
    responses((status = 200, body = ListBody<PhotoBody>)),
)]
#[get("/progress-photos")]
pub(super) async fn list_photos(
    user: Scoped<ReadMedia>,
    query: Queried<PhotosQuery>,
    photos: Data<dyn PhotoQueries>,
    objects: Data<dyn ObjectStore>,
    clock: Data<dyn Clock>,
) -> Result<Json<ListBody<PhotoBody>>, ApiError> {
    let album = Album { objects: &**objects, clock: &**clock };
    let page = photos.list(user.user, query.0).await?;
    Ok(Json(ListBody::try_render(page, |photo| album.render(photo))?))
}

/// See a photo
#[utoipa::path(
    tag = "media",
    security(("bearer" = []), ("scoped" = ["media:read"])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = PhotoBody),
        (status = 404, description = "There is no such photo of mine."),
    ),
)]
#[get("/progress-photos/{id}")]
pub(super) async fn read_photo(
    user: Scoped<ReadMedia>,
    id: PathId<Photo>,
    photos: Data<dyn PhotoQueries>,
    objects: Data<dyn ObjectStore>,
    clock: Data<dyn Clock>,
) -> Result<Json<PhotoBody>, ApiError> {
    let found = photos.find(user.user, id.0).await?;
    let photo = found.ok_or_else(|| ApiError::new(ErrorKind::NotFound, "There is no such photo."))?;
    let album = Album { objects: &**objects, clock: &**clock };
    Ok(Json(album.render(photo)?))
}

/// Delete a photo
///
/// Its bytes go too.
#[utoipa::path(
    tag = "media",
    security(("bearer" = []), ("scoped" = ["media:write"])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "There is no such photo of mine."),
    ),
)]
#[delete("/progress-photos/{id}")]
pub(super) async fn delete_photo(
    user: Scoped<WriteMedia>,
    id: PathId<Photo>,
    use_case: Data<DeletePhoto>,
) -> Result<HttpResponse, ApiError> {
    use_case.run(user.user, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
