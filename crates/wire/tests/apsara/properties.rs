//! Whatever is signed verifies; whatever of it is changed does not.

use proptest::prelude::*;
use sexton_wire::apsara::signature::{Credentials, Order, named_key, sign_v1, sign_v3};
use sexton_wire::apsara::{Parameters, Request};

use super::{Claim, Seen, then, verify};

prop_compose! {
    fn sample()(
        v3: bool,
        named in proptest::collection::btree_map("[B-E][A-Za-z0-9.]{0,6}", any::<String>(), 0..6),
        secret: String,
        nonce in "[!-~]{1,40}",
        token in prop_oneof![Just(None), "[!-~]{1,40}".prop_map(Some)],
    ) -> (Seen, String, Option<String>) {
        let parameters = Parameters::of(named).unwrap();
        let order = Order {
            host: "localhost:8080",
            action: "DescribeBackups",
            parameters: &parameters,
            now: then(),
            nonce: &nonce,
        };
        let credentials = Credentials {
            access_key_id: "testid",
            secret: &secret,
            security_token: token.as_deref(),
        };
        let sign = if v3 { sign_v3 } else { sign_v1 };
        (Seen::of(&sign(&order, &credentials).unwrap()), secret, token)
    }
}

/// `text` with the byte at `at` exchanged, if that makes another text.
fn exchanged(text: &str, at: prop::sample::Index, byte: char) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let at = at.index(text.len());
    let changed = format!("{}{byte}{}", &text[..at], &text[at + 1..]);
    (changed != text).then_some(changed)
}

/// What a server would go by.
fn meaning(seen: &Seen) -> Option<(String, String, Parameters)> {
    let parts = seen.parts()?;
    let request = Request::parse(&parts, seen.body.as_bytes()).ok()?;
    let claim = Claim::parse(&request).ok()?;
    let mut parameters = Parameters::default();
    for (name, value) in request.parameters().iter().filter(|(name, _)| *name != "Signature") {
        parameters.add(name.to_owned(), value.to_owned()).ok()?;
    }
    Some((request.action().to_owned(), claim.access_key_id().to_owned(), parameters))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_signed_verifies((seen, secret, token) in sample()) {
        let verified = verify(&seen, &secret, token.as_deref(), then());
        prop_assert!(verified.is_ok(), "{verified:?}");
    }

    #[test]
    fn whoever_has_another_secret_is_refused((seen, secret, token) in sample(), other: String) {
        // HMAC fills a short key up with zeros.
        prop_assume!(secret.trim_end_matches('\0') != other.trim_end_matches('\0'));
        prop_assert!(verify(&seen, &other, token.as_deref(), then()).is_err());
    }

    #[test]
    fn a_request_that_means_something_else_does_not_verify(
        (seen, secret, token) in sample(),
        at: prop::sample::Index,
        byte in prop_oneof![
            proptest::sample::select(vec!['%', '&', '=', '+']),
            proptest::char::range('!', '~'),
        ],
    ) {
        let mut changed = seen.clone();
        let text = if seen.body.is_empty() { &mut changed.target } else { &mut changed.body };
        let Some(other) = exchanged(text, at, byte) else { return Ok(()) };
        *text = other;
        let Some(means) = meaning(&changed) else { return Ok(()) };
        prop_assume!(Some(means) != meaning(&seen));
        let verified = verify(&changed, &secret, token.as_deref(), then());
        prop_assert!(verified.is_err(), "{changed:?}");
    }

    #[test]
    fn no_header_makes_it_panic(
        authorization in prop_oneof![
            "ACS3-HMAC-SHA256 [ -~]{0,60}",
            "ACS3-HMAC-SHA256 ((Credential|SignedHeaders|Signature)=[a-z0-9;,-]{0,30},?){0,4}",
        ],
        values in proptest::collection::vec("[ -~\u{e9}]{0,30}", 6),
        query in "[%+&=0-9a-f]{0,20}",
    ) {
        let names = [
            "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
            "x-acs-content-sha256", "x-acs-security-token",
        ];
        let mut headers = vec![("authorization".to_owned(), authorization)];
        headers.extend(names.into_iter().map(str::to_owned).zip(values));
        headers[1].1 = "DeleteBackup".to_owned();
        headers[2].1 = "2014-08-15".to_owned();
        let seen = Seen {
            client: String::new(),
            signed_at: then(),
            method: "POST".to_owned(),
            target: format!("/?a=1&AccessKeyId={query}"),
            headers,
            body: String::new(),
        };
        if let Some(parts) = seen.parts() {
            named_key(&parts);
        }
        if let Some(parts) = seen.parts()
            && let Ok(request) = Request::parse(&parts, b"")
            && let Ok(claim) = Claim::parse(&request)
        {
            prop_assert!(claim.verify("", None, then()).is_err());
        }
    }
}
