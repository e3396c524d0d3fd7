//! Requests, signed for a client.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;

use super::{SIGNATURE, TOKEN_HEADER, V3_ALGORITHM, v1, v3};
use crate::apsara::{Parameters, VERSION, time};

/// Whose key signs.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The id of the access key.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a str,
    /// What temporary credentials need besides.
    pub security_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Credentials");
        shown.field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// What is to be asked, of whom and when.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The host as it is called, with its port where that is not the usual one.
    pub host: &'a str,
    /// The action.
    pub action: &'a str,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// The client's clock.
    pub now: Timestamp,
    /// What no other request of this access key has.
    pub nonce: &'a str,
}

/// A request that is ready to be sent. Its `Debug` shows neither parameters nor headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The headers, `Host` among them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A request that cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsignable {
    /// What is sent as a header has characters that no header has.
    #[error("{what} has characters that cannot be sent in a header")]
    NoHeader {
        /// What it is.
        what: &'static str,
    },
    /// The parameters are too many, too long, or have one of the signature's names.
    #[error("the parameters are too many or too long, or one has a name of the signature's own")]
    Parameters,
}

/// Signs with V3: parameters in the query, the rest in headers, an empty body.
pub fn sign_v3(order: &Order<'_>, credentials: &Credentials<'_>) -> Result<Signed, Unsignable> {
    sign_v3_for(VERSION, order, credentials)
}

/// The same for a service of another version, such as the one that gives temporary credentials.
pub fn sign_v3_for(
    version: &str,
    order: &Order<'_>,
    credentials: &Credentials<'_>,
) -> Result<Signed, Unsignable> {
    let hash = v3::payload_hash(b"");
    let date = time::to_the_second(order.now);
    // Sorted, as the signature wants them.
    let named = [
        ("host", "the host", order.host),
        ("x-acs-action", "the action", order.action),
        ("x-acs-content-sha256", "the hash", &hash),
        ("x-acs-date", "the date", &date),
    ];
    let token = credentials.security_token.map(|it| (TOKEN_HEADER, "the security token", it));
    let after_token = [
        ("x-acs-signature-nonce", "the nonce", order.nonce),
        ("x-acs-version", "the version", version),
    ];
    let named = named.into_iter().chain(token).chain(after_token);
    let mut headers = Vec::new();
    let mut signed = Vec::new();
    for (name, what, value) in named {
        let mut checked =
            HeaderValue::from_str(value).map_err(|_| Unsignable::NoHeader { what })?;
        checked.set_sensitive(name == TOKEN_HEADER);
        headers.push((HeaderName::from_static(name), checked));
        signed.push((name, value.as_bytes().to_vec()));
    }
    let list: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let list = list.join(";");
    let canonical = v3::canonical_request("POST", order.parameters, &signed, &list, &hash);
    let signature = v3::sign(credentials.secret, &v3::string_to_sign(&canonical));
    let authorization = format!(
        "{V3_ALGORITHM} Credential={},SignedHeaders={list},Signature={}",
        credentials.access_key_id,
        hex::encode(signature)
    );
    let mut authorization = HeaderValue::from_str(&authorization)
        .map_err(|_| Unsignable::NoHeader { what: "the access key id" })?;
    authorization.set_sensitive(true);
    headers.push((http::header::AUTHORIZATION, authorization));
    let target = match order.parameters.encoded() {
        query if query.is_empty() => "/".to_owned(),
        query => format!("/?{query}"),
    };
    Ok(Signed { method: Method::POST, target, headers, body: Vec::new() })
}

/// Signs with V1: everything in a form, so that no token stands in a path.
pub fn sign_v1(order: &Order<'_>, credentials: &Credentials<'_>) -> Result<Signed, Unsignable> {
    let date = time::to_the_second(order.now);
    let named = [
        ("Action", order.action),
        ("Version", VERSION),
        ("Format", "JSON"),
        ("AccessKeyId", credentials.access_key_id),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", order.nonce),
        ("Timestamp", &date),
    ];
    let token = credentials.security_token.map(|token| ("SecurityToken", token));
    let mut all = order.parameters.clone();
    for (name, value) in named.into_iter().chain(token) {
        all.add(name.to_owned(), value.to_owned()).map_err(|_| Unsignable::Parameters)?;
    }
    let signature = v1::sign(credentials.secret, &v1::string_to_sign("POST", &all));
    let signature = STANDARD.encode(signature);
    all.add(SIGNATURE.to_owned(), signature).map_err(|_| Unsignable::Parameters)?;
    let host =
        HeaderValue::from_str(order.host).map_err(|_| Unsignable::NoHeader { what: "the host" })?;
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = vec![(http::header::HOST, host), (http::header::CONTENT_TYPE, form)];
    let body = all.encoded().into_bytes();
    Ok(Signed { method: Method::POST, target: "/".to_owned(), headers, body })
}
