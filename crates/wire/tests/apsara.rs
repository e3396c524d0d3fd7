//! Both signatures of Alibaba Cloud, against what its own clients signed and against a second
//! implementation (`apsara/vectors.py`); then what is asked and answered.
//!
//! `apsara/recorded.json` holds what the clients that it names sent to a server that wrote it
//! down, for the access key `testid` with the secret `testsecret`.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "apsara/calls.rs"]
mod calls;
#[path = "apsara/properties.rs"]
mod properties;
#[path = "apsara/xml.rs"]
mod xml;

use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sexton_wire::apsara::signature::{
    Claim, Credentials, NONCE_LEN_MAX, Nonce, Order, SKEW_SECONDS_MAX, Signed, Unsignable, sign_v1,
    sign_v3,
};
use sexton_wire::apsara::{Error, Format, Parameters, Request, time};

const SECRET: &str = "testsecret";

/// A request as a server sees it.
#[derive(Debug, Clone, Deserialize)]
struct Seen {
    client: String,
    signed_at: Timestamp,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Seen {
    fn of(signed: &Signed) -> Self {
        let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
        let header = |(name, value): &(http::HeaderName, _)| (name.to_string(), text(value));
        Self {
            client: "ours".to_owned(),
            signed_at: then(),
            method: signed.method.to_string(),
            target: signed.target.clone(),
            headers: signed.headers.iter().map(header).collect(),
            body: String::from_utf8(signed.body.clone()).unwrap(),
        }
    }

    fn parts(&self) -> Option<Parts> {
        let target: http::Uri = self.target.parse().ok()?;
        let mut request = http::Request::builder().method(&*self.method).uri(target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(()).ok().map(|request| request.into_parts().0)
    }

    /// The same, with a header taken out.
    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    /// The same, with a text in target, headers and body exchanged.
    fn with(&self, from: &str, to: &str) -> Self {
        let change = |text: &String| text.replace(from, to);
        let headers =
            self.headers.iter().map(|(name, value)| (name.clone(), change(value))).collect();
        let changed = Self {
            target: change(&self.target),
            headers,
            body: change(&self.body),
            ..self.clone()
        };
        assert_ne!(format!("{changed:?}"), format!("{self:?}"), "{from} is not there");
        changed
    }

    fn token(&self) -> Option<&'static str> {
        self.client.ends_with("with a token").then_some("tok/en+=")
    }
}

fn recorded() -> Vec<Seen> {
    serde_json::from_str(include_str!("apsara/recorded.json")).unwrap()
}

/// When the requests are signed that are signed here.
fn then() -> Timestamp {
    time::read("2026-11-28T15:27:15Z").unwrap()
}

fn verify(seen: &Seen, secret: &str, token: Option<&str>, now: Timestamp) -> Result<Nonce, Error> {
    let parts = seen.parts().unwrap();
    let request = Request::parse(&parts, seen.body.as_bytes())?;
    Claim::parse(&request)?.verify(secret, token, now)
}

fn code(result: Result<Nonce, Error>) -> String {
    result.unwrap_err().code.into_owned()
}

#[test]
fn what_the_clients_of_the_cloud_sign_verifies() {
    let all = recorded();
    assert_eq!(all.len(), 14);
    for seen in all {
        let parts = seen.parts().unwrap();
        let request = Request::parse(&parts, seen.body.as_bytes()).unwrap();
        assert_eq!(request.action(), "DescribeBackups", "{}", seen.client);
        assert_eq!(request.format(), Format::Json, "{}", seen.client);
        let backup = request.parameters().get("BackupId");
        assert_eq!(backup, Some("a b+*~/\u{4e2d}'()!&=%"), "{}", seen.client);
        let claim = Claim::parse(&request).unwrap();
        assert_eq!(claim.access_key_id(), "testid");
        let nonce = claim.verify(SECRET, seen.token(), seen.signed_at).unwrap();
        assert_eq!(nonce.access_key_id, "testid");
        assert!(nonce.text.len() > 30, "{nonce:?}");
    }
}

#[test]
fn another_secret_another_request_and_another_token_do_not_verify() {
    for seen in recorded() {
        let token = seen.token();
        assert_eq!(code(verify(&seen, "other", token, seen.signed_at)), "SignatureDoesNotMatch");
        for (from, to) in [("DescribeBackups", "DeleteBackup"), ("rm-uf6", "rm-uf7")] {
            let changed = seen.with(from, to);
            let refused = code(verify(&changed, SECRET, token, seen.signed_at));
            assert_eq!(refused, "SignatureDoesNotMatch", "{}: {to}", seen.client);
        }
        let other = Seen { method: "GET".to_owned(), body: String::new(), ..seen.clone() };
        if seen.method != "GET" && seen.body.is_empty() {
            assert_eq!(
                code(verify(&other, SECRET, token, seen.signed_at)),
                "SignatureDoesNotMatch"
            );
        }
        let refused = code(verify(&seen, SECRET, Some("other"), seen.signed_at));
        if token.is_none() {
            assert_eq!(refused, "MissingSecurityToken");
        } else {
            let name = "InvalidSecurityToken.MismatchWithAccessKey";
            assert_eq!(refused, name);
            assert_eq!(code(verify(&seen, SECRET, None, seen.signed_at)), name);
        }
    }
}

#[test]
fn a_request_counts_for_a_quarter_of_an_hour_either_way() {
    for seen in recorded() {
        let at = |seconds| {
            let now = seen.signed_at + SignedDuration::from_secs(seconds);
            verify(&seen, SECRET, seen.token(), now)
        };
        assert!(at(SKEW_SECONDS_MAX).is_ok() && at(-SKEW_SECONDS_MAX).is_ok());
        assert_eq!(code(at(SKEW_SECONDS_MAX + 1)), "InvalidTimeStamp.Expired");
        assert_eq!(code(at(-SKEW_SECONDS_MAX - 1)), "InvalidTimeStamp.Expired");
    }
}

#[test]
fn a_nonce_is_remembered_for_as_long_as_its_request_counts() {
    for seen in recorded() {
        let at = |now| verify(&seen, SECRET, seen.token(), now);
        let until = at(seen.signed_at).unwrap().until;
        let last = seen.signed_at + SignedDuration::from_secs(SKEW_SECONDS_MAX);
        assert!(at(last).is_ok() && last < until);
        assert_eq!(code(at(until)), "InvalidTimeStamp.Expired");
        // A client whose clock is ahead is remembered for longer.
        assert_eq!(at(seen.signed_at - SignedDuration::from_secs(60)).unwrap().until, until);
    }
}

#[test]
fn the_client_is_told_what_should_have_been_signed_and_no_log_is() {
    for seen in recorded() {
        let error = verify(&seen, "other", seen.token(), seen.signed_at).unwrap_err();
        let body = error.reply(Format::Json, "r", "h").body;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let message = body["Message"].as_str().unwrap();
        let shown = format!("{error} {error:?}");
        if seen.headers.iter().any(|(name, _)| name == "authorization") {
            assert!(message.contains("server StringToSign is [ACS3-HMAC-SHA256\n"), "{message}");
        } else {
            // The older client splits the message at the colon, and may not find a second one.
            let told = message.split(':').nth(1).unwrap();
            assert!(told.starts_with(&format!("{}&%2F&", seen.method)), "{message}");
            assert_eq!(message.split(':').count(), 2, "{message}");
        }
        for secret in ["tok/en", "tok%252Fen", "rm-uf6"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[derive(Deserialize)]
struct Vector {
    access_key_id: String,
    secret: String,
    security_token: Option<String>,
    parameters: std::collections::BTreeMap<String, String>,
    v1_string_to_sign: String,
    v1_signature: String,
    v3_string_to_sign: String,
    v3_authorization: String,
}

#[test]
fn what_is_signed_here_is_what_another_implementation_signs() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("apsara/vectors.json")).unwrap();
    let now = time::read("2026-11-28T15:04:05Z").unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let parameters = Parameters::of(vector.parameters.clone()).unwrap();
        let order = Order {
            host: "127.0.0.1:8080",
            action: "DescribeBackups",
            parameters: &parameters,
            now,
            nonce: "n-1",
        };
        let token = vector.security_token.as_deref();
        let credentials = Credentials {
            access_key_id: &vector.access_key_id,
            secret: &vector.secret,
            security_token: token,
        };
        let first = sign_v1(&order, &credentials).unwrap();
        let form = Parameters::parse("", &first.body).unwrap();
        assert_eq!(form.get("Signature"), Some(&*vector.v1_signature));
        let third = sign_v3(&order, &credentials).unwrap();
        let (_, authorization) = third.headers.last().unwrap();
        assert_eq!(authorization.to_str().unwrap(), vector.v3_authorization);
        for (signed, text) in
            [(first, &vector.v1_string_to_sign), (third, &vector.v3_string_to_sign)]
        {
            let seen = Seen::of(&signed);
            verify(&seen, &vector.secret, token, now).unwrap();
            let refused = verify(&seen, "other", token, now).unwrap_err();
            let reply = refused.reply(Format::Json, "r", "h").body;
            let reply: serde_json::Value = serde_json::from_slice(&reply).unwrap();
            assert!(reply["Message"].as_str().unwrap().contains(text), "{reply} {text}");
        }
    }
}

/// A request that verifies, of either kind.
fn signed(v3: bool) -> Seen {
    let parameters = Parameters::of([("BackupId", "1,2")]).unwrap();
    let order = Order {
        host: "localhost:1",
        action: "DeleteBackup",
        parameters: &parameters,
        now: then(),
        nonce: "n-1",
    };
    let credentials =
        Credentials { access_key_id: "testid", secret: SECRET, security_token: Some("tok") };
    let sign = if v3 { sign_v3 } else { sign_v1 };
    Seen::of(&sign(&order, &credentials).unwrap())
}

#[test]
fn every_fault_of_the_first_signature_has_its_error() {
    let whole = signed(false);
    let long = format!("SignatureNonce={}", "n".repeat(NONCE_LEN_MAX + 1));
    let long_key = format!("AccessKeyId={}", "k".repeat(129));
    for (from, to, expected) in [
        ("AccessKeyId=testid", "", "MissingAccessKeyId"),
        ("AccessKeyId=testid", "AccessKeyId=", "MissingAccessKeyId"),
        ("AccessKeyId=testid", &long_key, "InvalidParameter"),
        ("SignatureMethod=HMAC-SHA1", "", "MissingSignatureMethod"),
        ("SignatureMethod=HMAC-SHA1", "SignatureMethod=HMAC-SHA256", "InvalidParameter"),
        ("SignatureVersion=1.0", "SignatureVersion=2.0", "InvalidParameter"),
        (
            "SignatureVersion=1.0",
            "SignatureVersion=1.0&SignatureType=BEARERTOKEN",
            "InvalidParameter",
        ),
        ("SignatureNonce=n-1", "", "MissingSignatureNonce"),
        ("SignatureNonce=n-1", &long, "InvalidParameter"),
        ("Timestamp=2026-11-28T15%3A27%3A15Z", "", "MissingTimestamp"),
        ("Timestamp=2026-11-28T15%3A27%3A15Z", "Timestamp=today", "InvalidTimeStamp.Format"),
        ("Signature=", "Signatura=", "MissingSignature"),
        ("Signature=", "Signature=%21", "SignatureDoesNotMatch"),
        ("SecurityToken=tok", "", "SignatureDoesNotMatch"),
        ("SignatureNonce=n-1", "SignatureNonce=n-2", "SignatureDoesNotMatch"),
        ("Version=2014-08-15", "Version=2014-08-15&BackupId=3", "InvalidParameter"),
    ] {
        let changed = whole.with(from, to);
        let found = code(verify(&changed, SECRET, Some("tok"), then()));
        assert_eq!(found, expected, "{from} -> {to}");
    }
}

#[test]
fn every_fault_of_the_third_signature_has_its_error() {
    let whole = signed(true);
    let check = |seen: &Seen| code(verify(seen, SECRET, Some("tok"), then()));
    for (from, to, expected) in [
        ("ACS3-HMAC-SHA256 ", "ACS3-HMAC-SHA256", "IncompleteSignature"),
        ("Credential=testid,", "", "MissingAccessKeyId"),
        ("Credential=testid", "Credential=", "MissingAccessKeyId"),
        ("Signature=", "Signed=", "IncompleteSignature"),
        (",Signature=", "", "MissingSignature"),
        (",Signature=", ",Signature=0", "SignatureDoesNotMatch"),
        ("SignedHeaders=host;", "SignedHeaders=", "IncompleteSignature"),
        ("SignedHeaders=host;", "SignedHeaders=Host;", "IncompleteSignature"),
        ("SignedHeaders=host;", "SignedHeaders=;host;", "IncompleteSignature"),
        ("SignedHeaders=host;", "SignedHeaders=accept;host;", "IncompleteSignature"),
        (";x-acs-security-token", "", "IncompleteSignature"),
        (";x-acs-action", "", "IncompleteSignature"),
        ("Credential=testid", "Credential=testid,Credential=testid", "IncompleteSignature"),
        ("Credential=testid", "Credential", "IncompleteSignature"),
        ("2026-11-28T15:27:15Z", "2026-11-28 15:27", "InvalidTimeStamp.Format"),
        ("2026-11-28T15:27:15Z", "", "MissingTimestamp"),
        ("e3b0c44298", "e3b0c44299", "SignatureDoesNotMatch"),
        ("n-1", "n-2", "SignatureDoesNotMatch"),
        ("localhost:1", "localhost:2", "SignatureDoesNotMatch"),
    ] {
        assert_eq!(check(&whole.with(from, to)), expected, "{from} -> {to}");
    }
    for (name, expected) in [
        ("x-acs-signature-nonce", "MissingSignatureNonce"),
        ("x-acs-date", "MissingTimestamp"),
        ("host", "IncompleteSignature"),
        ("x-acs-content-sha256", "IncompleteSignature"),
    ] {
        assert_eq!(check(&whole.clone().without(name)), expected, "{name}");
    }
    let mut twice = whole.clone();
    twice.headers.push(("x-acs-action".to_owned(), "DeleteBackup".to_owned()));
    assert_eq!(check(&twice), "MissingAction");
    let mut twice = whole;
    twice.headers.push(("x-acs-date".to_owned(), "2026-11-28T15:27:15Z".to_owned()));
    assert_eq!(check(&twice), "IncompleteSignature");
}

#[test]
fn a_form_of_the_third_signature_is_covered_by_the_hash_of_the_body() {
    let mut seen = signed(true);
    seen.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    seen.body = "DBInstanceId=rm-1".to_owned();
    let found = code(verify(&seen, SECRET, Some("tok"), then()));
    assert_eq!(found, "SignatureDoesNotMatch");
}

#[test]
fn what_cannot_be_sent_is_not_signed() {
    let none = Parameters::default();
    let order =
        Order { host: "h", action: "DescribeBackups", parameters: &none, now: then(), nonce: "n" };
    let credentials = Credentials { access_key_id: "k", secret: "s", security_token: None };
    let odd = Credentials { access_key_id: "k\n", ..credentials };
    let what = "the access key id";
    assert_eq!(sign_v3(&order, &odd), Err(Unsignable::NoHeader { what }));
    let host = Order { host: "h\r\n", ..order };
    let what = "the host";
    assert_eq!(sign_v3(&host, &credentials), Err(Unsignable::NoHeader { what }));
    assert_eq!(sign_v1(&host, &credentials), Err(Unsignable::NoHeader { what }));
    let action = Parameters::of([("Action", "DeleteBackup")]).unwrap();
    let twice = Order { parameters: &action, ..order };
    assert_eq!(sign_v1(&twice, &credentials), Err(Unsignable::Parameters));
}

#[test]
fn neither_credentials_nor_requests_are_shown() {
    let parameters = Parameters::of([("AccountPassword", "hunter2")]).unwrap();
    let order = Order { host: "h", action: "A", parameters: &parameters, now: then(), nonce: "n" };
    let credentials =
        Credentials { access_key_id: "k", secret: "hunter2", security_token: Some("hunter2") };
    let mut shown = vec![format!("{credentials:?} {order:?}")];
    for sign in [sign_v1, sign_v3] {
        let signed = sign(&order, &credentials).unwrap();
        let seen = Seen::of(&signed);
        let parts = seen.parts().unwrap();
        let request = Request::parse(&parts, &signed.body);
        shown.push(format!("{signed:?} {:?}", Claim::parse(&request.unwrap())));
    }
    assert!(shown.iter().all(|it| !it.contains("hunter2")), "{shown:?}");
}
