//! What a request says about who signed it, and whether that is true.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::{
    KEY_ID_LEN_MAX, NONCE_LEN_MAX, SIGNATURE, SIGNED_ALWAYS, SKEW_SECONDS_MAX, TOKEN_HEADER,
    V3_ALGORITHM, v1, v3,
};
use crate::apsara::request::{Request, Scheme, header};
use crate::apsara::{Error, time};
use crate::aws::percent::find_form;

/// The most headers that a request may list as signed.
const SIGNED_HEADERS_MAX: usize = 100;

/// Characters of a header's name that an error repeats.
const NAME_CHARS_MAX: usize = 64;

/// A signature as a request carries it: not yet believed.
pub struct Claim<'a> {
    request: &'a Request<'a>,
    access_key_id: &'a str,
    nonce: &'a str,
    signed_at: Timestamp,
    security_token: Option<&'a str>,
    signature: &'a str,
    /// Of V3 alone; empty in V1.
    signed_headers: &'a str,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Claim");
        shown.field("access_key_id", &self.access_key_id).field("signed_at", &self.signed_at);
        shown.finish_non_exhaustive()
    }
}

/// What makes a signature count once. To be remembered, with its access key, until it could
/// not be used again anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// Whose it is.
    pub access_key_id: String,
    /// What may not come again under this key.
    pub text: String,
    /// From when on it need not be remembered: the request with it is too old by then.
    pub until: Timestamp,
}

impl<'a> Claim<'a> {
    /// Reads the signature of a request, of either kind.
    pub fn parse(request: &'a Request<'a>) -> Result<Self, Error> {
        let claim = match request.scheme() {
            Scheme::V1 => Self::from_parameters(request)?,
            Scheme::V3 => Self::from_headers(request)?,
        };
        if claim.access_key_id.len() > KEY_ID_LEN_MAX {
            let detail = format!("it has at most {KEY_ID_LEN_MAX} bytes");
            return Err(Error::invalid("AccessKeyId", &detail));
        }
        if claim.nonce.len() > NONCE_LEN_MAX {
            let detail = format!("it has at most {NONCE_LEN_MAX} bytes");
            return Err(Error::invalid("SignatureNonce", &detail));
        }
        Ok(claim)
    }

    fn from_parameters(request: &'a Request<'a>) -> Result<Self, Error> {
        let parameters = request.parameters();
        let given = |name: &str| parameters.given(name).ok_or_else(|| Error::missing(name));
        let access_key_id = given("AccessKeyId")?;
        for (name, accepted) in [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")] {
            if given(name)? != accepted {
                return Err(Error::invalid(name, &format!("it is {accepted}")));
            }
        }
        if parameters.given("SignatureType").is_some() {
            return Err(Error::invalid("SignatureType", "it is empty or not there"));
        }
        let signed_at = given("Timestamp")?;
        Ok(Self {
            request,
            access_key_id,
            nonce: given("SignatureNonce")?,
            signed_at: time::read(signed_at).ok_or_else(Error::bad_timestamp)?,
            security_token: parameters.given("SecurityToken"),
            signature: given(SIGNATURE)?,
            signed_headers: "",
        })
    }

    fn from_headers(request: &'a Request<'a>) -> Result<Self, Error> {
        let headers = request.headers();
        let text = header(headers, "authorization");
        let pairs = text.and_then(|text| text.trim().strip_prefix(V3_ALGORITHM));
        let pairs = pairs.filter(|rest| rest.starts_with([' ', '\t'])).ok_or_else(|| {
            Error::incomplete_signature("Authorization is there once and in plain ASCII")
        })?;
        let [access_key_id, signed_headers, signature] = fields(pairs)?;
        let well_formed =
            |name: &str| !name.is_empty() && !name.bytes().any(|it| it.is_ascii_uppercase());
        let mut names = signed_headers.split(';');
        if !names.clone().all(well_formed) || names.clone().count() > SIGNED_HEADERS_MAX {
            let detail = "SignedHeaders are lower-case names separated by ';'";
            return Err(Error::incomplete_signature(detail));
        }
        let token = headers.contains_key(TOKEN_HEADER).then_some(TOKEN_HEADER);
        let mut wanted = SIGNED_ALWAYS.into_iter().chain(token);
        if let Some(unsigned) = wanted.find(|wanted| !names.clone().any(|name| name == *wanted)) {
            let detail = format!("SignedHeaders has {unsigned}");
            return Err(Error::incomplete_signature(&detail));
        }
        if let Some(twice) = names.find(|name| headers.get_all(*name).iter().nth(1).is_some()) {
            let twice: String = twice.chars().take(NAME_CHARS_MAX).collect();
            let detail = format!("the header {twice:?} is there once");
            return Err(Error::incomplete_signature(&detail));
        }
        let given = |name: &'static str, parameter: &str| {
            let found = header(headers, name).filter(|it| !it.is_empty());
            found.ok_or_else(|| Error::missing(parameter))
        };
        let signed_at = given("x-acs-date", "Timestamp")?;
        let security_token = match token {
            Some(name) => Some(given(name, "SecurityToken")?),
            None => None,
        };
        Ok(Self {
            request,
            access_key_id,
            nonce: given("x-acs-signature-nonce", "SignatureNonce")?,
            signed_at: time::read(signed_at).ok_or_else(Error::bad_timestamp)?,
            security_token,
            signature,
            signed_headers,
        })
    }

    /// Whose key is claimed to have signed.
    pub fn access_key_id(&self) -> &str {
        self.access_key_id
    }

    /// The token that goes with the request, if one does.
    pub fn security_token(&self) -> Option<&str> {
        self.security_token
    }

    /// Decides whether the claim is true of the request that it was read from.
    ///
    /// `secret` and `security_token` belong to [`Self::access_key_id`]: a request must carry
    /// exactly that token, or none when there is none. The nonce that comes out has to be
    /// refused, with [`Error::nonce_used`], if the caller remembers it, and remembered
    /// otherwise; it is handed out only now, so that a stranger cannot use up anybody's.
    pub fn verify(
        &self,
        secret: &str,
        security_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Nonce, Error> {
        let skew = SignedDuration::from_secs(SKEW_SECONDS_MAX);
        if now.duration_since(self.signed_at).abs() > skew {
            return Err(Error::expired());
        }
        match self.request.scheme() {
            Scheme::V1 => self.check_v1(secret)?,
            Scheme::V3 => self.check_v3(secret)?,
        }
        match (self.security_token, security_token) {
            (None, None) => {}
            (None, Some(_)) => return Err(Error::missing("SecurityToken")),
            (Some(given), wanted) => {
                let wanted = wanted.map_or(&b""[..], str::as_bytes);
                if !bool::from(given.as_bytes().ct_eq(wanted)) {
                    return Err(Error::wrong_token());
                }
            }
        }
        // The last moment at which the request counts is still one in which it counts once.
        let remembered = SignedDuration::from_secs(SKEW_SECONDS_MAX + 1);
        Ok(Nonce {
            access_key_id: self.access_key_id.to_owned(),
            text: self.nonce.to_owned(),
            until: self.signed_at.saturating_add(remembered).unwrap_or(Timestamp::MAX),
        })
    }

    fn check_v1(&self, secret: &str) -> Result<(), Error> {
        let request = self.request;
        let wanted = v1::string_to_sign(request.method(), request.parameters());
        let signature = v1::sign(secret, &wanted);
        let given = STANDARD.decode(self.signature).unwrap_or_default();
        if bool::from(signature.as_ref().ct_eq(&given)) {
            return Ok(());
        }
        // A client compares what follows the colon with what it has signed.
        let message = "Specified signature is not matched with our calculation. \
                       server string to sign is:";
        Err(Error::new(400, "SignatureDoesNotMatch", message).telling(wanted))
    }

    fn check_v3(&self, secret: &str) -> Result<(), Error> {
        let request = self.request;
        let hash = v3::payload_hash(request.body());
        let claimed = header(request.headers(), "x-acs-content-sha256").unwrap_or("");
        let mut headers = Vec::new();
        for name in self.signed_headers.split(';') {
            let value = request.headers().get(name).map(http::HeaderValue::as_bytes);
            let authority = || request.authority().filter(|_| name == "host").map(str::as_bytes);
            let value = value.or_else(authority).ok_or_else(|| {
                Error::incomplete_signature("every header of SignedHeaders is there")
            })?;
            headers.push((name, value.to_vec()));
        }
        let query = request.query()?;
        let signed = self.signed_headers;
        let canonical = v3::canonical_request(request.method(), &query, &headers, signed, &hash);
        let wanted = v3::string_to_sign(&canonical);
        let signature = v3::sign(secret, &wanted);
        let given = hex::decode(self.signature).unwrap_or_default();
        let same_body = claimed.eq_ignore_ascii_case(&hash);
        if bool::from(signature.ct_eq(&given)) && same_body {
            return Ok(());
        }
        let message = "Specified signature does not match our calculation. \
                       server StringToSign is ";
        Err(Error::new(400, "SignatureDoesNotMatch", message).telling(format!("[{wanted}]")))
    }
}

/// The access key that a request names in its head, whoever sent it. A form, in which a client of
/// the first signature may name it instead, is not looked at.
pub fn named_key(parts: &Parts) -> Option<Cow<'_, str>> {
    if let Some(text) = header(&parts.headers, "authorization") {
        let pairs = text.trim().strip_prefix(V3_ALGORITHM)?;
        let [access_key_id, ..] = fields(pairs).ok()?;
        return Some(Cow::Borrowed(access_key_id));
    }
    find_form(parts.uri.query().unwrap_or(""), "AccessKeyId")
}

/// Reads `Credential=…,SignedHeaders=…,Signature=…`, however spaced.
fn fields(pairs: &str) -> Result<[&str; 3], Error> {
    let incomplete = Error::incomplete_signature;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for pair in pairs.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| incomplete("Authorization is made of NAME=VALUE pairs"))?;
        let slot = match name.trim() {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(incomplete("Authorization has no other parameters")),
        };
        if slot.replace(value.trim()).is_some() {
            return Err(incomplete("Authorization has each parameter once"));
        }
    }
    let access_key_id = credential.filter(|it| !it.is_empty());
    Ok([
        access_key_id.ok_or_else(|| Error::missing("AccessKeyId"))?,
        signed_headers.ok_or_else(|| incomplete("Authorization has SignedHeaders"))?,
        signature.ok_or_else(|| Error::missing(SIGNATURE))?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_names_the_key_of_both_signatures() {
        let named = |target: &str, authorization: Option<&str>| {
            let mut request = http::Request::builder().uri(target);
            if let Some(text) = authorization {
                request = request.header("authorization", text);
            }
            let parts = request.body(()).unwrap().into_parts().0;
            named_key(&parts).map(Cow::into_owned)
        };
        let v3 = "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=00";
        assert_eq!(named("/?AccessKeyId=b", Some(v3)).as_deref(), Some("a"));
        assert_eq!(named("/?x=1&AccessKeyId=b%2B", None).as_deref(), Some("b+"));
        for (target, authorization) in
            [("/", None), ("/?AccessKeyId=b", Some("ACS3-HMAC-SHA256 x")), ("/", Some("Basic x"))]
        {
            assert_eq!(named(target, authorization), None, "{authorization:?}");
        }
    }

    #[test]
    fn a_body_that_is_not_the_one_of_the_header_does_not_verify() {
        let (secret, now) = ("s", time::read("2026-11-28T15:04:05Z").unwrap());
        let body: &[u8] = b"BackupId=1";
        let (own, other) = (v3::payload_hash(body), v3::payload_hash(b"BackupId=2"));
        for (claimed, verifies) in [(&own, true), (&other, false)] {
            let mut headers = vec![
                ("host", "h"),
                ("x-acs-action", "DeleteBackup"),
                ("x-acs-content-sha256", claimed),
                ("x-acs-date", "2026-11-28T15:04:05Z"),
                ("x-acs-signature-nonce", "n"),
                ("x-acs-version", "2014-08-15"),
            ];
            let signed: Vec<_> =
                headers.iter().map(|(name, value)| (*name, value.as_bytes().to_vec())).collect();
            let list: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
            let list = list.join(";");
            let none = crate::apsara::Parameters::default();
            // Signed over the body as it is, whatever the header says of it.
            let canonical = v3::canonical_request("POST", &none, &signed, &list, &own);
            let signature = hex::encode(v3::sign(secret, &v3::string_to_sign(&canonical)));
            let authorization =
                format!("{V3_ALGORITHM} Credential=k,SignedHeaders={list},Signature={signature}");
            headers.push(("authorization", &authorization));
            headers.push(("content-type", "application/x-www-form-urlencoded"));
            let mut request = http::Request::builder().method("POST").uri("/");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let parts = request.body(()).unwrap().into_parts().0;
            let request = Request::parse(&parts, body).unwrap();
            let verified = Claim::parse(&request).unwrap().verify(secret, None, now);
            assert_eq!(verified.is_ok(), verifies, "{verified:?}");
        }
    }
}
