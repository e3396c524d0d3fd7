//! SigV4 against its oracle: what AWS's own `aws-sigv4` signs, verifies here, and
//! nothing else does.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "sigv4/properties.rs"]
mod properties;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use jiff::{SignedDuration, Timestamp};
use sexton_wire::aws::sigv4::{AuthError, Claim, Expected, SigningKey};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const EXPECTED: Expected<'static> = Expected { region: "us-east-1", service: "backup" };
const SIGNED_AT: i64 = 1_767_322_800;
const DELETE: &str =
    "/backup-vaults/Default/recovery-points/arn%3Aaws%3Aec2%3Aus-east-1%3A%3Aimage%2Fami-1";

/// A request that is to be signed.
#[derive(Debug, Clone)]
struct Sample {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    token: Option<&'static str>,
    expires: Option<u64>,
    normalise: UriPathNormalizationMode,
}

fn plain(method: &'static str, target: &str) -> Sample {
    Sample {
        method,
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        token: None,
        expires: None,
        normalise: UriPathNormalizationMode::Enabled,
    }
}

/// Signs as the Rust SDK does.
fn signed(sample: &Sample) -> Parts {
    let mut request = Request::builder()
        .method(sample.method)
        .uri(format!("http://127.0.0.1:7878{}", sample.target))
        .header("host", "127.0.0.1:7878");
    for (name, value) in &sample.headers {
        request = request.header(*name, value);
    }
    let mut request = request.body(()).unwrap();
    let mut settings = SigningSettings::default();
    settings.uri_path_normalization_mode = sample.normalise;
    if let Some(seconds) = sample.expires {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
    }
    let token = sample.token.map(str::to_owned);
    let identity = Credentials::new("AKIDEXAMPLE", SECRET, token, None, "test").into();
    let seconds = u64::try_from(SIGNED_AT).unwrap();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("backup")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = request.uri().to_string();
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(&sample.body);
    let signable = SignableRequest::new(sample.method, uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    request.into_parts().0
}

fn now(offset_seconds: i64) -> Timestamp {
    Timestamp::from_second(SIGNED_AT).unwrap() + SignedDuration::from_secs(offset_seconds)
}

fn verify_at(
    parts: &Parts,
    body: &[u8],
    offset_seconds: i64,
    token: Option<&str>,
) -> Result<(), AuthError> {
    let claim = Claim::parse(parts)?;
    let key = SigningKey::derive(SECRET, claim.date(), EXPECTED.region, EXPECTED.service);
    claim.verify(parts, body, &key, now(offset_seconds), &EXPECTED, token)
}

fn verify(parts: &Parts, body: &[u8]) -> Result<(), AuthError> {
    verify_at(parts, body, 0, None)
}

#[test]
fn what_sdks_send_for_a_recovery_point_verifies() {
    let parts = signed(&plain("DELETE", DELETE));
    assert_eq!(Claim::parse(&parts).unwrap().access_key_id(), "AKIDEXAMPLE");
    assert_eq!(verify(&parts, b""), Ok(()));
}

/// Signed by botocore 1.44.5, all at [`SIGNED_AT`] with [`SECRET`].
#[test]
fn what_botocore_signs_verifies() {
    let list = "/backup-vaults/v1/recovery-points/?maxResults=10&nextToken=a%2Bb%2Fc%3D\
                &createdAfter=2024-01-02T03%3A04%3A05.678000Z";
    let json = "content-type;host;x-amz-date";
    for (method, target, token, names, signature) in [
        (
            "DELETE",
            DELETE,
            None,
            "host;x-amz-date",
            "36dcdec4c8f5102e4c905c7f198a2006608ac1c7197809ee6e6a5008b47095ae",
        ),
        (
            "DELETE",
            "/backup-vaults/a/recovery-points/..",
            None,
            "host;x-amz-date",
            "bbb00b1d1ff21eadd8258bf80037e8fee5b17d66b45fdcc45c09e4c071669fc2",
        ),
        (
            "GET",
            list,
            Some("to/k=="),
            "host;x-amz-date;x-amz-security-token",
            "30b922f43f9c1102c974a11ae9aeff9dfe581bdd32a2247c0e94786bb19f1843",
        ),
        (
            "PUT",
            "/backup-jobs",
            None,
            json,
            "0113e1ce9f0cd18f3e0f943c3c316e36e35d3b992b1e4f23154ee9834d554fe0",
        ),
    ] {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/backup/aws4_request, \
             SignedHeaders={names}, Signature={signature}"
        );
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "127.0.0.1:7878")
            .header("x-amz-date", "20260102T030000Z")
            .header("authorization", authorization);
        if let Some(token) = token {
            request = request.header("x-amz-security-token", token);
        }
        let (body, kind) = match method {
            "PUT" => (&br#"{"BackupVaultName": "Default"}"#[..], Some("application/json")),
            _ => (&b""[..], None),
        };
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        assert_eq!(verify_at(&parts, body, 0, token), Ok(()), "{method} {target}");
    }
}

/// Where the last segment is a dot segment, this signer leaves a slash that botocore does
/// not leave; the form of botocore has its own test beside the code.
#[test]
fn dot_and_empty_segments_verify_in_either_form() {
    for target in ["/backup-vaults/../recovery-points/a", "/backup-vaults//x", "/a/./b/", "//"] {
        for normalise in [UriPathNormalizationMode::Enabled, UriPathNormalizationMode::Disabled] {
            let sample = Sample { normalise, ..plain("DELETE", target) };
            assert_eq!(verify(&signed(&sample), b""), Ok(()), "{target} {normalise:?}");
        }
    }
}

#[test]
fn the_clock_may_be_five_minutes_off_and_no_more() {
    let parts = signed(&plain("GET", "/backup-vaults"));
    for offset in [-300, -1, 0, 1, 300] {
        assert_eq!(verify_at(&parts, b"", offset, None), Ok(()), "{offset}");
    }
    let late = verify_at(&parts, b"", 301, None);
    assert!(matches!(late, Err(AuthError::Expired { .. })), "{late:?}");
    let early = verify_at(&parts, b"", -301, None);
    assert!(matches!(early, Err(AuthError::NotYetCurrent { .. })), "{early:?}");
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says() {
    let parts = signed(&Sample { expires: Some(3600), ..plain("GET", "/backup-vaults?a=b%20c") });
    for (offset, lives) in [(-301, false), (-300, true), (0, true), (3600, true), (3601, false)] {
        assert_eq!(verify_at(&parts, b"", offset, None).is_ok(), lives, "{offset}");
    }
    let short = signed(&Sample { expires: Some(60), ..plain("GET", "/backup-vaults") });
    assert!(matches!(verify_at(&short, b"", 300, None), Err(AuthError::Expired { .. })));
}

#[test]
fn a_presigned_request_lives_seven_days_at_most() {
    let parts = signed(&Sample { expires: Some(60), ..plain("GET", "/backup-vaults") });
    for (expires, whole) in [("604800", true), ("604801", false), ("0", false), ("-1", false)] {
        let uri =
            parts.uri.to_string().replace("X-Amz-Expires=60", &format!("X-Amz-Expires={expires}"));
        let mut changed = parts.clone();
        changed.uri = uri.parse().unwrap();
        assert_eq!(Claim::parse(&changed).is_ok(), whole, "{expires}");
    }
}

#[test]
fn the_session_token_has_to_be_the_keys_own() {
    for expires in [None, Some(60)] {
        let sample = Sample { token: Some("tok/en=="), expires, ..plain("GET", "/backup-vaults") };
        let parts = signed(&sample);
        assert_eq!(verify_at(&parts, b"", 0, Some("tok/en==")), Ok(()));
        assert_eq!(verify_at(&parts, b"", 0, Some("other")), Err(AuthError::UnknownKey));
        assert_eq!(verify_at(&parts, b"", 0, None), Err(AuthError::UnknownKey));
    }
    let without = signed(&plain("GET", "/backup-vaults"));
    assert_eq!(verify_at(&without, b"", 0, Some("tok/en==")), Err(AuthError::UnknownKey));
}

#[test]
fn headers_that_matter_must_be_signed() {
    let mut parts = signed(&plain("GET", "/backup-vaults"));
    let name = HeaderName::from_static("x-amz-target");
    parts.headers.insert(name, HeaderValue::from_static("Service.Delete"));
    let header = "x-amz-target".to_owned();
    assert_eq!(verify(&parts, b""), Err(AuthError::Unsigned { header }));

    let mut parts = signed(&plain("GET", "/backup-vaults"));
    let text = parts.headers["authorization"].to_str().unwrap().replace("host;", "");
    parts.headers.insert("authorization", text.parse().unwrap());
    assert_eq!(verify(&parts, b""), Err(AuthError::Unsigned { header: "host".to_owned() }));
}

#[test]
fn a_payload_is_always_hashed() {
    for sent in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
        let headers = vec![("x-amz-content-sha256", sent.to_owned())];
        let parts = signed(&Sample { headers, ..plain("PUT", "/backup-jobs") });
        assert_eq!(verify(&parts, b"{}"), Err(AuthError::UnsignedPayload));
    }
    let headers = vec![("x-amz-content-sha256", "0".repeat(64))];
    let parts = signed(&Sample { headers, ..plain("PUT", "/backup-jobs") });
    assert_eq!(verify(&parts, b""), Err(AuthError::Mismatch));
}

#[test]
fn a_scope_for_elsewhere_is_named() {
    let parts = signed(&plain("GET", "/backup-vaults"));
    let claim = Claim::parse(&parts).unwrap();
    let key = SigningKey::derive(SECRET, claim.date(), "us-east-1", "backup");
    let at = |region, service| {
        claim.verify(&parts, b"", &key, now(0), &Expected { region, service }, None)
    };
    assert!(matches!(at("eu-west-1", "backup"), Err(AuthError::WrongRegion { .. })));
    assert!(matches!(at("us-east-1", "sts"), Err(AuthError::WrongService { .. })));
    assert!(at("eu-west-1", "backup").unwrap_err().to_string().contains("eu-west-1"));
}

#[test]
fn the_scopes_day_must_be_the_requests() {
    let mut parts = signed(&plain("GET", "/backup-vaults"));
    let stamp = parts.headers["x-amz-date"].to_str().unwrap().replace("20260102", "20260103");
    parts.headers.insert("x-amz-date", stamp.parse().unwrap());
    assert_eq!(verify_at(&parts, b"", 86_400, None), Err(AuthError::WrongDate));
}

#[test]
fn half_a_signature_is_incomplete() {
    let parts = signed(&plain("GET", "/backup-vaults"));
    let whole = parts.headers["authorization"].to_str().unwrap().to_owned();
    let parse = |text: &str| {
        let mut parts = parts.clone();
        parts.headers.insert("authorization", text.parse().unwrap());
        Claim::parse(&parts).map(|_| ())
    };
    assert_eq!(parse(&whole.replace(", ", ",")), Ok(()));
    assert_eq!(parse(&whole.replace(", ", " ,\t ")), Ok(()));
    for text in [
        String::new(),
        "AWS4-HMAC-SHA256".to_owned(),
        "Basic dGVzdA==".to_owned(),
        whole.replace("Signature=", "Sig="),
        whole.replace("/aws4_request", ""),
        whole.replace("SignedHeaders=host", "SignedHeaders=Host"),
        format!("{whole}, Signature=00"),
        whole[..whole.len() - 1].to_owned(),
    ] {
        let refused = parse(&text);
        assert!(matches!(refused, Err(AuthError::Incomplete { .. })), "{text}: {refused:?}");
    }
    let mut none = parts.clone();
    none.headers.remove("authorization");
    assert_eq!(Claim::parse(&none).unwrap_err(), AuthError::MissingToken);
    let mut undated = parts.clone();
    undated.headers.remove("x-amz-date");
    assert!(matches!(Claim::parse(&undated), Err(AuthError::Incomplete { .. })));
}

#[test]
fn nothing_secret_is_shown() {
    let parts = signed(&plain("GET", "/backup-vaults"));
    let mut wrong = parts.clone();
    wrong.method = http::Method::DELETE;
    let error = verify(&wrong, b"").unwrap_err();
    let right = Claim::parse(&parts).map(|_| parts.headers["authorization"].clone()).unwrap();
    let signature = right.to_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(&signature) && !text.contains(SECRET), "{text}");
    }
}
