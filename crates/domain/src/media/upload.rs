//! A permission to send a file.

use std::time::Duration;

use super::ObjectKey;
use crate::identity::UserId;
use crate::kernel::{Invalid, Timestamp};

/// How long a signed URL can be used.
pub const UPLOAD_LIFE: Duration = Duration::from_secs(15 * 60);
/// The largest image that is taken, in bytes.
pub const LARGEST_IMAGE: u64 = 10 * 1024 * 1024;
/// Checks how large an image is to be.
///
/// # Errors
/// [`Invalid`] with the constraint `range`.
pub fn image_size(bytes: u64) -> Result<u64, Invalid> {
    if (1..=LARGEST_IMAGE).contains(&bytes) {
        Ok(bytes)
    } else {
        let most = LARGEST_IMAGE / 1024 / 1024;
        Err(Invalid::new("range", format!("An image has at least 1 byte and at most {most} MiB.")))
    }
}

/// How many unused permissions a user may hold.
pub const MOST_OPEN_UPLOADS: u64 = 20;

/// A permission to send one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where it will lie.
    pub key: ObjectKey,
    /// Who may send it.
    pub user: UserId,
    /// What it must be.
    pub content_type: ImageType,
    /// When the permission ends.
    pub expires_at: Timestamp,
    /// When it was used; `None` while it may be.
    pub used_at: Option<Timestamp>,
}

/// The images that can be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
}

impl ImageType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Webp];

    /// The media type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The ending of a file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// What a file's name says; a JPEG when it says nothing.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `unsupported_type` for the ending of an image that can't be read.
    pub fn of_name(name: &str) -> Result<Self, Invalid> {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("png") => Ok(Self::Png),
            Some("webp") => Ok(Self::Webp),
            Some(extension @ ("heic" | "heif" | "avif" | "gif" | "tif" | "tiff" | "bmp" | "svg" | "dng")) => {
                Self::parse(&format!("image/{extension}"))
            }
            _ => Ok(Self::Jpeg),
        }
    }

    /// Reads a media type.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `unsupported_type`, which the edge answers with 415.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| {
            Invalid::new(
                "unsupported_type",
                "Images are taken as image/jpeg, image/png or image/webp; convert HEIC on the device.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, false)]
    #[case(1, true)]
    #[case(10 * 1024 * 1024, true)]
    #[case(10 * 1024 * 1024 + 1, false)]
    #[case(u64::MAX, false)]
    fn an_image_has_between_one_byte_and_10_mib(#[case] bytes: u64, #[case] taken: bool) {
        match image_size(bytes) {
            Ok(size) => assert!(taken && size == bytes),
            Err(invalid) => assert!(!taken && invalid.constraint == "range"),
        }
    }

    #[rstest]
    #[case("front.jpg", ImageType::Jpeg)]
    #[case("front.JPEG", ImageType::Jpeg)]
    #[case("front.png", ImageType::Png)]
    #[case("front.PNG", ImageType::Png)]
    #[case("front.day1.webp", ImageType::Webp)]
    #[case::no_ending("front", ImageType::Jpeg)]
    #[case::no_image("front.txt", ImageType::Jpeg)]
    #[case::not_the_last_ending("front.heic.jpg", ImageType::Jpeg)]
    fn a_name_says_what_it_is_and_is_a_jpeg_otherwise(#[case] name: &str, #[case] kind: ImageType) {
        assert_eq!(ImageType::of_name(name), Ok(kind));
    }

    #[rstest]
    fn a_name_of_an_image_that_can_not_be_read_is_refused(
        #[values("heic", "HEIC", "heif", "avif", "gif", "tif", "tiff", "bmp", "svg", "dng")] ending: &str,
    ) {
        let name = format!("{}..{ending}", "front".repeat(30));
        assert_eq!(ImageType::of_name(&name).unwrap_err().constraint, "unsupported_type");
    }

    #[test]
    fn a_media_type_is_one_of_three_letter_by_letter() {
        let named = ImageType::ALL.map(|kind| ImageType::parse(kind.name()));
        assert_eq!(named, ImageType::ALL.map(Ok));
        for name in ["image/heic", "image/jpg", "IMAGE/PNG", "image/png; q=1", "text/html", "png", ""] {
            assert_eq!(ImageType::parse(name).unwrap_err().constraint, "unsupported_type", "{name}");
        }
    }

    #[test]
    fn the_ending_of_a_type_leads_back_to_it() {
        for kind in ImageType::ALL {
            assert_eq!(ImageType::of_name(&format!("photo.{}", kind.extension())), Ok(kind));
        }
    }
}
