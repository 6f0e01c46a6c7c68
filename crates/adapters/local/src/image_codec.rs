//! Reading and writing images, one at a time: a decoded photo takes tens of megabytes.

use std::io::Cursor;
use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::media::{ImageCodec, ImageType, NotAnImage};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

/// Larger than any phone's photo, and small enough that a bomb of a few kilobytes can't fill the memory.
const MOST_PIXELS_A_SIDE: u32 = 12_000;
const MOST_MEMORY: u64 = 512 * 1024 * 1024;
/// Good enough to see a muscle, a third of the camera's size.
const JPEG_QUALITY: u8 = 87;

/// Encodes images anew on a thread where it stops nobody.
pub struct LocalImageCodec {
    turn: Arc<Semaphore>,
}

impl Default for LocalImageCodec {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)) }
    }
}

#[async_trait]
impl ImageCodec for LocalImageCodec {
    async fn encode_anew(&self, bytes: Vec<u8>, content_type: ImageType) -> Result<Vec<u8>, NotAnImage> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| NotAnImage)?;
        let work = move || {
            let _turn = turn;
            encode_anew(&bytes, content_type)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| NotAnImage)?
    }
}

fn encode_anew(bytes: &[u8], content_type: ImageType) -> Result<Vec<u8>, NotAnImage> {
    let image = decode(bytes, format_of(content_type)).map_err(|_| NotAnImage)?;
    let mut encoded = Cursor::new(Vec::new());
    let written = match content_type {
        // JPEG has no transparency.
        ImageType::Jpeg => JpegEncoder::new_with_quality(&mut encoded, JPEG_QUALITY).encode_image(&image.to_rgb8()),
        ImageType::Png => image.write_to(&mut encoded, ImageFormat::Png),
        ImageType::Webp => DynamicImage::from(image.to_rgba8()).write_to(&mut encoded, ImageFormat::WebP),
    };
    written.map_err(|_| NotAnImage)?;
    Ok(encoded.into_inner())
}

/// Only the promised format is tried: a file that is two formats at once is a trick.
fn decode(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_A_SIDE);
    limits.max_image_height = Some(MOST_PIXELS_A_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // Cameras write photos lying on their side and say so in the metadata that we are about to drop.
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

const fn format_of(content_type: ImageType) -> ImageFormat {
    match content_type {
        ImageType::Jpeg => ImageFormat::Jpeg,
        ImageType::Png => ImageFormat::Png,
        ImageType::Webp => ImageFormat::WebP,
    }
}

#[cfg(test)]
mod tests {
    use image::{GenericImageView, Rgb, RgbImage};
    use rstest::rstest;

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut picture = RgbImage::from_pixel(40, 20, Rgb([200, 30, 30]));
        picture.put_pixel(0, 0, Rgb([0, 0, 255]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// An EXIF segment that says where the photo was taken, and that it lies on its side (orientation 6).
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
        tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
        tiff.extend(b"GPS 52.5200N 13.4050E");
        let mut segment = vec![0xff, 0xe1];
        segment.extend(u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
        segment.extend(b"Exif\0\0");
        segment.extend(tiff);
        [&jpeg[..2], &segment, &jpeg[2..]].concat()
    }

    #[rstest]
    #[case(ImageType::Jpeg)]
    #[case(ImageType::Png)]
    #[case(ImageType::Webp)]
    #[tokio::test]
    async fn each_type_is_encoded_anew_and_can_be_read(#[case] content_type: ImageType) {
        let bytes = picture(format_of(content_type));
        let copy = LocalImageCodec::default().encode_anew(bytes, content_type).await.unwrap();
        assert_eq!(decode(&copy, format_of(content_type)).unwrap().dimensions(), (40, 20));
    }

    #[tokio::test]
    async fn metadata_does_not_survive_but_what_it_said_of_the_orientation_does() {
        let photo = with_exif(&picture(ImageFormat::Jpeg));
        let copy = LocalImageCodec::default().encode_anew(photo.clone(), ImageType::Jpeg).await.unwrap();
        let contains = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(contains(&photo, b"GPS 52") && contains(&photo, b"Exif"));
        assert!(!contains(&copy, b"GPS") && !contains(&copy, b"Exif"));
        assert_eq!(decode(&copy, ImageFormat::Jpeg).unwrap().dimensions(), (20, 40));
    }

    #[tokio::test]
    async fn what_is_no_image_or_another_one_is_refused() {
        let codec = LocalImageCodec::default();
        let png = picture(ImageFormat::Png);
        for bytes in
            [b"<script>alert(1)</script>".to_vec(), Vec::new(), png.clone(), picture(ImageFormat::Jpeg)[..30].to_vec()]
        {
            assert_eq!(codec.encode_anew(bytes, ImageType::Jpeg).await, Err(NotAnImage));
        }
        assert!(codec.encode_anew(png, ImageType::Png).await.is_ok());
    }

    #[tokio::test]
    async fn a_bomb_is_refused_before_it_unfolds() {
        // A PNG header that promises 60,000 × 60,000 pixels: 14 GB.
        let mut bomb = picture(ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert_eq!(LocalImageCodec::default().encode_anew(bomb, ImageType::Png).await, Err(NotAnImage));
    }
}
