//! Foreign text, made fit to be shown.
//!
//! Names, messages and states come from services, servers, certificates and files. Shown as they
//! are, they could move the cursor, hide what stands before them, turn the order of letters
//! around, or begin a line or a field that looks like one of ours. So whatever is shown passes
//! through here: every character that is not to be seen becomes an escape that is. Whoever needs
//! the exact text asks for JSON, where escapes can be read back.
//!
//! Both functions may be applied again without a change: a backslash stays as it is.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Whether `letter` shows as itself, and does nothing else.
///
/// Not so: controls (C0, DEL, C1), ends of lines, what turns the direction of a text around, and
/// what takes no room. Some of these have an honest use in some scripts; there they are seen as
/// escapes, which is the smaller mistake.
pub fn is_plain(letter: char) -> bool {
    let unseen = matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    !letter.is_control() && !unseen
}

/// `text` on one line, in which nothing is hidden and nothing moves the cursor.
///
/// ```
/// # use sexton_core::plain;
/// assert_eq!(plain("nightly"), "nightly");
/// assert_eq!(plain("a\tb\u{1b}[2J"), "a\\tb\\u{1b}[2J");
/// ```
pub fn plain(text: &str) -> Cow<'_, str> {
    // Nearly every line of a log.
    let is_ascii_plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.bytes().all(is_ascii_plain) || text.chars().all(is_plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(Plain(text).to_string())
    }
}

/// Displays what it holds as [`plain`] text.
#[derive(Debug, Clone, Copy)]
pub struct Plain<T>(pub T);

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                _ if is_plain(letter) => self.0.write_char(letter)?,
                '\t' | '\n' | '\r' => write!(self.0, "{}", letter.escape_default())?,
                _ => write!(self.0, "{}", letter.escape_unicode())?,
            }
        }
        Ok(())
    }
}

/// A JSON document with its unseen characters as escapes, which mean the same. The ends of
/// lines between its values stay.
pub fn plain_json(document: &str) -> Cow<'_, str> {
    let stays = |letter| is_plain(letter) || letter == '\n';
    if document.chars().all(stays) {
        return Cow::Borrowed(document);
    }
    let mut text = String::with_capacity(document.len() + 16);
    for letter in document.chars() {
        if stays(letter) {
            text.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            write!(text, "\\u{unit:04x}").ok();
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One of each kind of letter that is not shown.
    const UNSEEN: &str = "\0\u{7}\u{8}\t\n\u{b}\r\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\
                          \u{200d}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\u{2069}\u{feff}\
                          \u{fff9}\u{e0041}";

    #[test]
    fn what_is_not_seen_becomes_an_escape_that_is() {
        assert_eq!(
            plain("a\tb\nc\u{1b}[2J\u{9b}2J\u{202e}x\u{e0041}\\"),
            "a\\tb\\nc\\u{1b}[2J\\u{9b}2J\\u{202e}x\\u{e0041}\\"
        );
        for letter in UNSEEN.chars() {
            assert!(!is_plain(letter), "{letter:?}");
            assert!(plain(&letter.to_string()).is_ascii(), "{letter:?}");
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in ["Übergröße", "e\u{301}tude", "日本語 バックアップ", "नमस्ते", "сервер", "😀"]
        {
            assert!(matches!(plain(text), Cow::Borrowed(same) if same == text), "{text}");
            assert_eq!(plain_json(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_unseen_is_left_and_once_is_enough(
            text in ".{0,40}", place in 0..UNSEEN.chars().count(),
        ) {
            let unseen = UNSEEN.chars().nth(place).unwrap();
            let text = format!("{text}{unseen}{text}");
            let shown = plain(&text).into_owned();
            prop_assert!(shown.chars().all(is_plain), "{shown:?}");
            prop_assert_eq!(&*plain(&shown), &shown);
            prop_assert_eq!(Plain(&text).to_string(), shown);
            let json = format!("[\n\"{unseen}\"]");
            let json = plain_json(&json).into_owned();
            prop_assert!(json.chars().all(|letter| is_plain(letter) || letter == '\n'));
            prop_assert_eq!(&*plain_json(&json), &json);
        }
    }
}
