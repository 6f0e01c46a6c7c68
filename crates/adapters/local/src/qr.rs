//! A text as a picture that phones read.

use std::fmt;

use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

/// Why there is no picture of a text: a QR code holds about two thousand letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QrTooLong;

impl fmt::Display for QrTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is too long for a QR code")
    }
}

impl std::error::Error for QrTooLong {}

/// The text as a QR code: one `<svg>` element of at least 240 by 240 pixels, black on white with the quiet zone that
/// readers need, to stand in a page or to be a file.
///
/// # Errors
/// [`QrTooLong`]
pub fn svg(text: &str) -> Result<String, QrTooLong> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| QrTooLong)?;
    let picture = code.render::<Color<'_>>().min_dimensions(240, 240).build();
    // An XML declaration may begin a file, but not an element within a page.
    let element = picture.find("<svg").and_then(|start| picture.get(start..));
    Ok(element.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "otpauth://totp/Gym:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gym";

    /// The corners of the dark squares, in squares.
    fn squares(picture: &str) -> Vec<(u32, u32)> {
        let path = picture.split_once(" d=\"M").unwrap().1.split_once('"').unwrap().0;
        let side: u32 = path.split_once('h').unwrap().1.split_once('v').unwrap().0.parse().unwrap();
        let corner = |square: &str| {
            let (x, y) = square.split_once('h').unwrap().0.split_once(' ').unwrap();
            (x.parse::<u32>().unwrap() / side, y.parse::<u32>().unwrap() / side)
        };
        path.split('M').map(corner).collect()
    }

    #[test]
    fn three_corners_have_a_finder_and_four_squares_around_are_white() {
        let picture = svg(URL).unwrap();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"), "{picture}");
        let dark = squares(&picture);
        let (least, most) = (4, dark.iter().map(|(x, y)| *x.max(y)).max().unwrap());
        assert_eq!(dark.iter().map(|(x, y)| *x.min(y)).min(), Some(least));
        for (x, y) in [(least, least), (most - 6, least), (least, most - 6)] {
            let is_dark = |across: u32, down: u32| dark.contains(&(x + across, y + down));
            assert!((0..7).all(|at| is_dark(at, 0) && is_dark(0, at) && is_dark(at, 6) && is_dark(6, at)));
            assert!((1..6).all(|at| !is_dark(at, 1) && !is_dark(1, at) && !is_dark(at, 5) && !is_dark(5, at)));
            assert!((2..5).all(|at| is_dark(at, 2) && is_dark(at, 3) && is_dark(at, 4)));
        }
    }

    #[test]
    fn another_text_is_another_picture() {
        assert_eq!(svg(URL), svg(URL));
        assert_ne!(svg(URL), svg(&URL.replace("GEZ", "GEY")));
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert!(svg(&"x".repeat(2_331)).is_ok());
        assert_eq!(svg(&"x".repeat(2_332)), Err(QrTooLong));
    }
}
