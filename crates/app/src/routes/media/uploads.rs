//! POST `/progress-photos/upload-url`.

use std::collections::BTreeMap;

use actix_web::post;
use actix_web::web::{Data, Json};
use hos_domain::media::{FileName, ImageType, image_size};
use hos_usecases::media::{GrantedUpload, RequestUpload, UploadForm};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, Parse, Parsed, Scoped, WriteMedia};

/// What is to be sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadBody {
    /// What the user calls the file: 1 to 255 characters, no slashes.
    #[schema(example = "front.jpg", min_length = 1, max_length = 255)]
    filename: String,
    /// `image/jpeg`, `image/png` or `image/webp`; what the file's name says unless given.
    #[schema(example = "image/jpeg")]
    content_type: Option<String>,
    /// The exact size, if it is known: then no other is taken. At most 10 MiB.
    #[schema(minimum = 1, maximum = 10485760)]
    bytes: Option<u64>,
}

impl Parse for UploadBody {
    type Command = UploadForm;

    fn parse(self, check: &mut Check) -> Option<UploadForm> {
        let filename = check.field("filename", FileName::parse(&self.filename));
        let content_type = match self.content_type {
            Some(text) => check.field("content_type", ImageType::parse(&text)),
            None => check.field("filename", ImageType::of_name(&self.filename)),
        };
        let bytes = check.optional("bytes", self.bytes, image_size);
        Some(UploadForm { filename: filename?, content_type: content_type?, bytes: bytes? })
    }
}

/// A permission to send one file.
#[derive(Serialize, ToSchema)]
pub(super) struct UploadGrantBody {
    /// Where to send the bytes.
    upload_url: String,
    /// Name it afterwards, when adding the photo.
    key: String,
    /// Always `PUT`.
    #[schema(example = "PUT")]
    method: &'static str,
    /// Headers to send with the bytes, exactly so: the signature covers them.
    #[schema(example = json!({"content-type": "image/jpeg", "if-none-match": "*"}))]
    headers: BTreeMap<String, String>,
    /// Until when.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<GrantedUpload> for UploadGrantBody {
    fn from(grant: GrantedUpload) -> Self {
        Self {
            upload_url: grant.url,
            key: grant.key.as_str().to_owned(),
            method: "PUT",
            headers: grant.headers.into_iter().collect(),
            expires_at: grant.expires_at.to_string(),
        }
    }
}

/// Ask to send a photo
///
/// The bytes go straight to the object store. The URL takes one file of this type, once, for 15 minutes.
#[utoipa::path(
    tag = "media",
    security(("bearer" = []), ("scoped" = ["media:write"])),
    request_body = UploadBody,
    responses(
        (status = 200, body = UploadGrantBody),
        (status = 409, description = "20 uploads are open already."),
        (status = 415, description = "An image of a type that we can't read, such as HEIC."),
    ),
)]
#[post("/progress-photos/upload-url")]
pub(super) async fn request_upload(
    user: Scoped<WriteMedia>,
    body: Parsed<UploadBody>,
    use_case: Data<RequestUpload>,
) -> Result<Json<UploadGrantBody>, ApiError> {
    Ok(Json(use_case.run(user.user, body.command).await?.into()))
}
