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

/// Checks a text of any number of lines with at most `most` characters. It is kept as it was written, but for the null
/// character, which PostgreSQL can't keep.
///
/// # Errors
/// [`Invalid`] with the constraint `length` or `characters`.
pub fn free_text(text: &str, most: usize) -> Result<String, Invalid> {
    if text.chars().count() > most {
        return Err(Invalid::new("length", format!("This takes at most {most} characters.")));
    }
    if text.contains('\0') {
        return Err(Invalid::new("characters", "The null character is not allowed here."));
    }
    Ok(text.to_owned())
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
    fn free_text_is_kept_as_it_was_written() {
        assert_eq!(free_text(" a\n b ", 10).unwrap(), " a\n b ");
        assert_eq!(free_text("", 10).unwrap(), "");
        assert_eq!(free_text("héllo", 4).unwrap_err().constraint, "length");
        assert_eq!(free_text("a\0b", 10).unwrap_err().constraint, "characters");
    }

    #[test]
    fn a_text_that_changes_direction_is_refused() {
        assert_eq!(single_line("ada\u{202e}nimda", 50).unwrap_err().constraint, "characters");
        assert_eq!(single_line("a\0b", 50).unwrap_err().constraint, "characters");
    }
}
