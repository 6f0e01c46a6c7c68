//! Short texts that people write and others read.

use unicode_normalization::UnicodeNormalization;

use super::Invalid;

/// Trims and normalises (NFC) a text of one line with 1 to `most` characters; control and direction-changing characters
/// are refused, because a name that shows as another one is a tool for deceit.
///
/// # Errors
/// [`Invalid`] with the constraint `length` or `characters`.
pub fn single_line(text: &str, most: usize) -> Result<String, Invalid> {
    let text: String = text.trim().nfc().collect();
    let length = text.chars().count();
    if length == 0 || length > most {
        return Err(Invalid::new("length", format!("This needs 1 to {most} characters.")));
    }
    let deceptive =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if text.chars().any(deceptive) {
        return Err(Invalid::new("characters", "Control and direction-changing characters are not allowed here."));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters_after_trimming() {
        assert_eq!(single_line("  héllo  ", 5).unwrap(), "héllo");
        assert_eq!(single_line("   ", 5).unwrap_err().constraint, "length");
        assert_eq!(single_line("abcdef", 5).unwrap_err().constraint, "length");
    }

    #[test]
    fn a_text_that_changes_direction_is_refused() {
        assert_eq!(single_line("ada\u{202e}nimda", 50).unwrap_err().constraint, "characters");
        assert_eq!(single_line("a\0b", 50).unwrap_err().constraint, "characters");
    }
}
