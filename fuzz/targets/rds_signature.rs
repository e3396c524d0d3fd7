//! Both signatures: what is signed verifies, and nothing else that is made of it.
#![no_main]

use arbitrary::Arbitrary;
use http::request::Parts;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sexton_wire::apsara::signature::{Claim, Credentials, Order, Signed, sign_v1, sign_v3};
use sexton_wire::apsara::{Parameters, Request};

#[derive(Debug, Arbitrary)]
struct Sample<'a> {
    v3: bool,
    pairs: Vec<(&'a str, &'a str)>,
    key: &'a str,
    secret: &'a str,
    token: Option<&'a str>,
    nonce: &'a str,
    host: &'a str,
    seconds: u32,
    /// Where a byte of target or body is exchanged, and for which.
    at: u16,
    byte: u8,
}

fn parts(signed: &Signed) -> Option<Parts> {
    let mut request = http::Request::builder().method(&signed.method).uri(&signed.target);
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    Some(request.body(()).ok()?.into_parts().0)
}

/// What a server goes by: the parameters but for the signature.
fn meaning(parts: &Parts, body: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let request = Request::parse(parts, body).ok()?;
    let pairs = request.parameters().iter().filter(|(name, _)| *name != "Signature");
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some((request.action().to_owned(), pairs))
}

fn verifies(parts: &Parts, body: &[u8], sample: &Sample<'_>, now: Timestamp) -> bool {
    let Ok(request) = Request::parse(parts, body) else { return false };
    let Ok(claim) = Claim::parse(&request) else { return false };
    claim.verify(sample.secret, sample.token, now).is_ok()
}

fuzz_target!(|sample: Sample<'_>| {
    let Ok(parameters) = Parameters::of(sample.pairs.iter().copied()) else { return };
    let now = Timestamp::from_second(i64::from(sample.seconds)).unwrap();
    let order = Order {
        host: sample.host,
        action: "DeleteBackup",
        parameters: &parameters,
        now,
        nonce: sample.nonce,
    };
    let credentials = Credentials {
        access_key_id: sample.key,
        secret: sample.secret,
        security_token: sample.token,
    };
    let sign = if sample.v3 { sign_v3 } else { sign_v1 };
    let Ok(mut signed) = sign(&order, &credentials) else { return };
    let Some(whole) = parts(&signed) else { return };
    let given = meaning(&whole, &signed.body);
    let is_signed = verifies(&whole, &signed.body, &sample, now);
    if let Ok(request) = Request::parse(&whole, &signed.body)
        && let Ok(claim) = Claim::parse(&request)
        && claim.access_key_id() == sample.key
    {
        // An empty token is none; nothing else may keep a signature from being right.
        assert!(is_signed || sample.token == Some(""), "{sample:?}");
    }
    let mut text = if sample.v3 { signed.target.into_bytes() } else { signed.body };
    if text.is_empty() {
        return;
    }
    let at = usize::from(sample.at) % text.len();
    text[at] = sample.byte;
    (signed.target, signed.body) = match (sample.v3, String::from_utf8(text)) {
        (true, Ok(target)) => (target, Vec::new()),
        (false, Ok(body)) => ("/".to_owned(), body.into_bytes()),
        (_, Err(_)) => return,
    };
    let Some(changed) = parts(&signed) else { return };
    if meaning(&changed, &signed.body) != given {
        assert!(!verifies(&changed, &signed.body, &sample, now), "{sample:?} {changed:?}");
    }
});
