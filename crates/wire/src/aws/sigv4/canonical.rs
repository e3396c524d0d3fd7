//! The canonical request: what the client signed, rebuilt from what arrived.

use std::borrow::Cow;

use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::AuthError;
use crate::aws::percent::{encode_into, raw_pairs};

/// Room for the canonical request of a usual SDK call, so that it is built in one
/// allocation.
const USUAL_LEN: usize = 1024;

/// Which spelling of the path is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathForm {
    /// As sent.
    Raw,
    /// Without dot and empty segments, as botocore signs.
    Normalised,
}

/// Whether the two forms of this path differ.
pub(super) fn has_two_forms(path: &str) -> bool {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    !inner.is_empty() && inner.split('/').any(|segment| matches!(segment, "" | "." | ".."))
        || path == "//"
}

/// Builds the canonical request. `signed_headers` is the list as the client sent it ,
/// `payload_hash` the lower-case hexadecimal SHA-256 of the body, and
/// `unsigned_parameter` the one that carries the signature of a presigned request.
pub(super) fn request(
    parts: &Parts,
    form: PathForm,
    signed_headers: &str,
    payload_hash: &[u8],
    unsigned_parameter: Option<&str>,
) -> Result<Vec<u8>, AuthError> {
    let mut text = Vec::with_capacity(USUAL_LEN);
    text.extend_from_slice(parts.method.as_str().as_bytes());
    text.push(b'\n');
    path(&mut text, parts.uri.path(), form);
    text.push(b'\n');
    if let Some(given) = parts.uri.query() {
        query(&mut text, given, unsigned_parameter);
    }
    text.push(b'\n');
    for name in signed_headers.split(';') {
        header(&mut text, parts, name)?;
    }
    text.push(b'\n');
    text.extend_from_slice(signed_headers.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(payload_hash);
    Ok(text)
}

/// The path, its already encoded text encoded once more.
fn path(text: &mut Vec<u8>, path: &str, form: PathForm) {
    match form {
        PathForm::Raw => encode_into(text, path.as_bytes(), b"/"),
        PathForm::Normalised => {
            let mut kept: Vec<&str> = Vec::new();
            for segment in path.split('/') {
                match segment {
                    "" | "." => {}
                    ".." => {
                        kept.pop();
                    }
                    other => kept.push(other),
                }
            }
            for segment in &kept {
                text.push(b'/');
                encode_into(text, segment.as_bytes(), b"");
            }
            if kept.is_empty() || path.ends_with('/') {
                text.push(b'/');
            }
        }
    }
}

/// The query: decoded, encoded afresh, sorted by name and then by value.
fn query(text: &mut Vec<u8>, query: &str, unsigned_parameter: Option<&str>) {
    let encoded = |part: &str| {
        let blank = if part.contains('+') {
            Cow::Owned(part.replace('+', " "))
        } else {
            Cow::Borrowed(part)
        };
        let mut encoded = Vec::with_capacity(part.len() + 8);
        encode_into(&mut encoded, &Cow::from(percent_decode_str(&blank)), b"");
        encoded
    };
    let mut pairs: Vec<_> = raw_pairs(query)
        .filter(|(name, _)| Some(*name) != unsigned_parameter)
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push(b'&');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value);
    }
}

/// One signed header: all its values, blanks folded.
fn header(text: &mut Vec<u8>, parts: &Parts, name: &str) -> Result<(), AuthError> {
    text.extend_from_slice(name.as_bytes());
    text.push(b':');
    let mut values = parts.headers.get_all(name).iter();
    match values.next() {
        Some(first) => {
            fold(text, first.as_bytes());
            for value in values {
                text.push(b',');
                fold(text, value.as_bytes());
            }
        }
        // HTTP/2 carries the host in the request target.
        None if name == "host" => match parts.uri.authority() {
            Some(authority) => text.extend_from_slice(authority.as_str().as_bytes()),
            None => return Err(AuthError::Incomplete { what: "the Host header is missing" }),
        },
        None => return Err(AuthError::Incomplete { what: "a signed header is missing" }),
    }
    text.push(b'\n');
    Ok(())
}

/// A header's value without blanks at its ends, and with single ones inside.
fn fold(text: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(raw: &str) -> String {
        let mut text = Vec::new();
        path(&mut text, raw, PathForm::Normalised);
        String::from_utf8(text).unwrap()
    }

    fn as_sent(raw: &str) -> String {
        let mut text = Vec::new();
        path(&mut text, raw, PathForm::Raw);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn dot_and_empty_segments_go_as_in_botocore() {
        for (raw, expected) in [
            ("/", "/"),
            ("//", "/"),
            ("/a/../b", "/b"),
            ("/a/./b/", "/a/b/"),
            ("/a//b", "/a/b"),
            ("/..", "/"),
            ("/a/..", "/"),
            ("/backup-vaults/", "/backup-vaults/"),
            ("/arn%3Aaws", "/arn%253Aaws"),
        ] {
            assert_eq!(normalised(raw), expected, "{raw}");
            let same = as_sent(raw) == normalised(raw);
            assert!(same || has_two_forms(raw), "{raw} has two forms");
        }
    }

    #[test]
    fn a_query_is_decoded_encoded_and_sorted() {
        let mut text = Vec::new();
        query(&mut text, "b=2&a=x+y&a=%2b&&flag&S=00", Some("S"));
        assert_eq!(String::from_utf8(text).unwrap(), "a=%2B&a=x%20y&b=2&flag=");
    }

    #[test]
    fn blanks_in_headers_fold() {
        let mut text = Vec::new();
        fold(&mut text, b"  a \t b   c ");
        assert_eq!(text, b"a b c");
    }
}
