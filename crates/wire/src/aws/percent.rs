//! Percent-encoding, decoded in one place.
//!
//! A path segment is decoded exactly once, after the raw path was split at `/`; a query
//! is form-encoded, where `+` means a blank. Both are strict: a stray `%` or bytes that
//! are not UTF-8 are errors, never guesses, because a guess could name another backup.

use std::borrow::Cow;

/// The text is not percent-encoded UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not valid percent-encoded UTF-8")]
pub struct InvalidEncoding;

/// Decodes one segment of a path. Borrows when there is nothing to decode.
pub fn decode(text: &str) -> Result<Cow<'_, str>, InvalidEncoding> {
    decode_with(text, false)
}

/// Decodes one key or value of a query or form: `+` is a blank.
pub fn decode_form(text: &str) -> Result<Cow<'_, str>, InvalidEncoding> {
    decode_with(text, true)
}

fn decode_with(text: &str, plus_is_blank: bool) -> Result<Cow<'_, str>, InvalidEncoding> {
    let encoded = |byte: u8| byte == b'%' || (plus_is_blank && byte == b'+');
    if !text.bytes().any(encoded) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'%' => {
                let [high, low, tail @ ..] = rest else { return Err(InvalidEncoding) };
                decoded.push(digit(*high)? << 4 | digit(*low)?);
                rest = tail;
            }
            b'+' if plus_is_blank => decoded.push(b' '),
            plain => decoded.push(plain),
        }
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| InvalidEncoding)
}

fn digit(byte: u8) -> Result<u8, InvalidEncoding> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(InvalidEncoding),
    }
}

/// The pairs of a query string or form body, in order, not yet decoded. Empty pairs
/// (`a=1&&b=2`) are skipped; a name without `=` has an empty value.
pub fn raw_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// The decoded value of the first pair of this name, if there is one and it decodes.
pub fn find_form<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    raw_pairs(query).find(|(key, _)| *key == name).and_then(|(_, value)| decode_form(value).ok())
}

/// Encodes a text so that it is one segment of a path, or one key or value of a query.
pub fn encode(text: &str) -> String {
    let mut encoded = Vec::with_capacity(text.len());
    encode_into(&mut encoded, text.as_bytes(), b"");
    // Nothing but ASCII comes out of it.
    encoded.into_iter().map(char::from).collect()
}

/// Appends `bytes` as AWS encodes them: all but letters, digits, `-`, `.`, `_` and `~`
/// becomes `%XX`, except the bytes that `keep` names.
pub(crate) fn encode_into(target: &mut Vec<u8>, bytes: &[u8], keep: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || keep.contains(&byte) {
            target.push(byte);
        } else {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            target.extend_from_slice(&[b'%', HEX[high], HEX[low]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stray_percent_sign_is_an_error() {
        for text in ["%", "a%", "%4", "%zz", "%4g", "%ff", "%C3%28"] {
            assert_eq!(decode(text), Err(InvalidEncoding), "{text}");
        }
    }

    #[test]
    fn plus_is_a_blank_only_in_forms() {
        assert_eq!(decode("a+b%2B").unwrap(), "a+b+");
        assert_eq!(decode_form("a+b%2B").unwrap(), "a b+");
    }

    #[test]
    fn a_segment_is_decoded_once() {
        assert_eq!(decode("arn%253Aaws%3A").unwrap(), "arn%3Aaws:");
    }

    proptest! {
        #[test]
        fn whatever_is_encoded_decodes_to_itself(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert_eq!(decode(&encoded).unwrap(), text.as_str());
            prop_assert_eq!(decode_form(&encoded).unwrap(), text.as_str());
        }

        #[test]
        fn decoding_never_panics(text in any::<String>()) {
            decode(&text).ok();
            decode_form(&text).ok();
            raw_pairs(&text).for_each(drop);
        }
    }
}
