//! Whatever is signed verifies; whatever of it is changed does not.

use aws_sigv4::http_request::UriPathNormalizationMode;
use http::{Request, Uri};
use proptest::prelude::*;
use sexton_wire::aws::percent::{decode_form, raw_pairs};
use sexton_wire::aws::sigv4::{AuthError, Claim};

use super::{Sample, signed, verify};

/// One segment as SDKs encode it.
fn segment() -> impl Strategy<Value = String> {
    "([A-Za-z0-9_~-]|%3A|%2F|%20|%2B|%25|%C3%A4){1,12}"
}

fn query() -> impl Strategy<Value = String> {
    let pair = "[a-zA-Z]{1,4}=([A-Za-z0-9._~-]|%3A|%2B|%20|%3D){0,8}";
    proptest::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"))
}

prop_compose! {
    fn sample()(
        method in prop_oneof![Just("GET"), Just("PUT"), Just("POST"), Just("DELETE")],
        segments in proptest::collection::vec(segment(), 1..5),
        slash: bool,
        query in query(),
        value in "[a-z]{1,5}( {1,3}[a-z]{1,5}){0,2}",
        body in proptest::collection::vec(any::<u8>(), 0..64),
        expires in prop_oneof![Just(None), Just(Some(300))],
        normalise: bool,
    ) -> Sample {
        let mark = if query.is_empty() { "" } else { "?" };
        let slash = if slash { "/" } else { "" };
        Sample {
            method,
            target: format!("/{}{slash}{mark}{query}", segments.join("/")),
            headers: vec![("x-amz-meta-note", value), ("content-type", "application/json".into())],
            body,
            token: None,
            expires,
            normalise: UriPathNormalizationMode::from(normalise),
        }
    }
}

fn decoded(query: &str) -> Option<Vec<(String, String)>> {
    let text = |part| decode_form(part).ok().map(String::from);
    let pairs: Option<Vec<_>> =
        raw_pairs(query).map(|(name, value)| Some((text(name)?, text(value)?))).collect();
    pairs.map(|mut pairs| {
        pairs.sort();
        pairs
    })
}

/// `text` with the byte at `at` exchanged, if that makes another text.
fn exchanged(text: &str, at: prop::sample::Index, byte: char) -> Option<String> {
    let at = at.index(text.len());
    let changed = format!("{}{byte}{}", &text[..at], &text[at + 1..]);
    (changed != text).then_some(changed)
}

/// `uri` with another path and query; the authority, whose digits may look like either,
/// stays.
fn with_target(uri: &Uri, target: &str) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().unwrap());
    Uri::from_parts(parts).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_signed_verifies(sample in sample()) {
        prop_assert_eq!(verify(&signed(&sample), &sample.body), Ok(()));
    }

    #[test]
    fn another_path_fails(sample in sample(), at: prop::sample::Index, byte in "[a-z0-9/.-]") {
        let mut parts = signed(&sample);
        let path = parts.uri.path().to_owned();
        let byte = byte.chars().next().unwrap();
        let Some(changed) = exchanged(&path[1..], at, byte) else { return Ok(()) };
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        parts.uri = with_target(&parts.uri, &format!("/{changed}{query}"));
        prop_assert_eq!(verify(&parts, &sample.body), Err(AuthError::Mismatch));
    }

    #[test]
    fn another_query_fails(sample in sample(), at: prop::sample::Index, byte in "[a-z0-9=&-]") {
        let mut parts = signed(&sample);
        let query = parts.uri.query().unwrap_or("").to_owned();
        prop_assume!(!query.is_empty());
        let byte = byte.chars().next().unwrap();
        let Some(changed) = exchanged(&query, at, byte) else { return Ok(()) };
        prop_assume!(decoded(&changed).is_some_and(|it| Some(it) != decoded(&query)));
        let path = parts.uri.path().to_owned();
        parts.uri = with_target(&parts.uri, &format!("{path}?{changed}"));
        prop_assert!(verify(&parts, &sample.body).is_err(), "{} -> {}", query, changed);
    }

    #[test]
    fn another_signed_header_fails(sample in sample(), at: prop::sample::Index, byte in "[A-Z]") {
        let mut parts = signed(&sample);
        let value = parts.headers["x-amz-meta-note"].to_str().unwrap().to_owned();
        let changed = exchanged(&value, at, byte.chars().next().unwrap()).unwrap();
        parts.headers.insert("x-amz-meta-note", changed.parse().unwrap());
        prop_assert_eq!(verify(&parts, &sample.body), Err(AuthError::Mismatch));
    }

    #[test]
    fn another_body_fails(sample in sample(), at: prop::sample::Index, byte: u8) {
        let parts = signed(&sample);
        let mut body = sample.body.clone();
        if body.is_empty() {
            body.push(byte);
        } else {
            let at = at.index(body.len());
            body[at] ^= byte | 1;
        }
        prop_assert_eq!(verify(&parts, &body), Err(AuthError::Mismatch));
    }

    #[test]
    fn another_signature_fails(sample in sample(), at in 0_usize..64, digit in "[0-9a-f]") {
        let mut parts = signed(&Sample { expires: None, ..sample.clone() });
        let text = parts.headers["authorization"].to_str().unwrap().to_owned();
        let at = text.len() - 64 + at;
        let changed = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
        prop_assume!(changed != text);
        parts.headers.insert("authorization", changed.parse().unwrap());
        prop_assert_eq!(verify(&parts, &sample.body), Err(AuthError::Mismatch));
    }

    #[test]
    fn another_method_fails(sample in sample()) {
        let mut parts = signed(&sample);
        parts.method = http::Method::PATCH;
        prop_assert_eq!(verify(&parts, &sample.body), Err(AuthError::Mismatch));
    }

    #[test]
    fn no_authorization_makes_the_parser_panic(text in "[ -~]{0,200}", scheme: bool) {
        let scheme = if scheme { "AWS4-HMAC-SHA256 " } else { "" };
        let request = Request::builder()
            .uri("/")
            .header("authorization", format!("{scheme}{text}"))
            .header("x-amz-date", "20260102T030000Z");
        let parts = request.body(()).unwrap().into_parts().0;
        Claim::parse(&parts).ok();
    }
}
