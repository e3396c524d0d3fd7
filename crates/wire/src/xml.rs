//! Text as XML, escaped in one place.

use std::fmt::Write;

/// Text as XML content. What XML 1.0 cannot hold at all becomes U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' | '\'' | '\r' => {
                write!(escaped, "&#{};", u32::from(letter)).expect("a String takes everything");
            }
            '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'.. => escaped.push(letter),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escaped_text_holds_no_markup(text in any::<String>()) {
            let escaped = escape(&text);
            let markup = |it: char| matches!(it, '<' | '>' | '"' | '\'');
            let odd = |it: char| markup(it) || (it < ' ' && !matches!(it, '\t' | '\n'));
            prop_assert!(!escaped.contains(odd), "{escaped:?}");
        }
    }
}
