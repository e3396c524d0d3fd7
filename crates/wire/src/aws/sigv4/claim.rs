//! What a request says about who signed it, and whether that is true.

use std::borrow::Cow;

use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::canonical::{self, PathForm};
use super::{ALGORITHM, AuthError, SigningKey};
use crate::aws::percent::{decode_form, raw_pairs};

/// How far a request's clock may be from ours, either way, in seconds.
pub const SKEW_SECONDS_MAX: i64 = 5 * 60;

/// The longest that a presigned request may live, in seconds: seven days.
pub const EXPIRES_SECONDS_MAX: i64 = 7 * 24 * 60 * 60;

/// The parameter that carries the signature of a presigned request and is therefore the
/// only one of its parameters that is not signed.
const SIGNATURE_PARAMETER: &str = "X-Amz-Signature";

/// The most headers that a request may list as signed.
const SIGNED_HEADERS_MAX: usize = 100;

/// What a signature has to be scoped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The server's region.
    pub region: &'a str,
    /// The service's signing name, such as `backup` or `sts`.
    pub service: &'a str,
}

/// A signature as a request carries it: not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'a> {
    access_key_id: Cow<'a, str>,
    date: Cow<'a, str>,
    region: Cow<'a, str>,
    service: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: [u8; 32],
    stamp: Cow<'a, str>,
    signed_at: Timestamp,
    session_token: Option<Cow<'a, str>>,
    /// How long a presigned request lives; nothing for one signed in its headers.
    expires_seconds: Option<i64>,
}

/// The texts of a signature, from wherever they were found.
struct Raw<'a> {
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: Cow<'a, str>,
    stamp: Cow<'a, str>,
    session_token: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
}

impl<'a> Claim<'a> {
    /// Reads the signature from the `Authorization` header, or from the query of a
    /// presigned request.
    pub fn parse(parts: &'a Parts) -> Result<Self, AuthError> {
        if parts.headers.contains_key(http::header::AUTHORIZATION) {
            return Self::from_raw(from_headers(&parts.headers)?);
        }
        let query = parts.uri.query().unwrap_or("");
        if raw_pairs(query).any(|(name, _)| name == "X-Amz-Algorithm") {
            return Self::from_raw(from_query(query)?);
        }
        Err(AuthError::MissingToken)
    }

    fn from_raw(raw: Raw<'a>) -> Result<Self, AuthError> {
        let incomplete = |what| AuthError::Incomplete { what };
        let [access_key_id, date, region, service, _] =
            fields(&raw.credential).ok_or_else(|| {
                incomplete("Credential must be KEY/YYYYMMDD/region/service/aws4_request")
            })?;
        let mut signature = [0; 32];
        hex::decode_to_slice(raw.signature.as_bytes(), &mut signature)
            .map_err(|_| incomplete("Signature must be 64 hexadecimal digits"))?;
        let names = raw.signed_headers.split(';');
        let well_formed =
            |name: &str| !name.is_empty() && !name.bytes().any(|b| b.is_ascii_uppercase());
        if !names.clone().all(well_formed) || names.count() > SIGNED_HEADERS_MAX {
            return Err(incomplete("SignedHeaders must be lower-case names separated by ';'"));
        }
        let signed_at = parse_stamp(&raw.stamp)
            .ok_or_else(|| incomplete("X-Amz-Date must be in the form YYYYMMDDTHHMMSSZ"))?;
        let expires_seconds = match raw.expires {
            None => None,
            Some(text) => match text.parse() {
                Ok(seconds @ 1..=EXPIRES_SECONDS_MAX) => Some(seconds),
                Ok(_) | Err(_) => return Err(AuthError::BadExpiry),
            },
        };
        Ok(Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers: raw.signed_headers,
            signature,
            stamp: raw.stamp,
            signed_at,
            session_token: raw.session_token,
            expires_seconds,
        })
    }

    /// The token of the session in which it is claimed to be signed.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Whose key is claimed to have signed.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The day of the scope, `YYYYMMDD`: what [`SigningKey::derive`] wants.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The region of the scope.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service of the scope.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Decides whether the claim is true of this request.
    ///
    /// `key` must be derived from the secret of [`Self::access_key_id`], for
    /// [`Self::date`] and the expected region and service. `session_token` is the token
    /// that belongs to that key: a request must carry exactly it, or none when there is
    /// none.
    pub fn verify(
        &self,
        parts: &Parts,
        body: &[u8],
        key: &SigningKey,
        now: Timestamp,
        expected: &Expected<'_>,
        session_token: Option<&str>,
    ) -> Result<(), AuthError> {
        self.check_scope(expected)?;
        self.check_time(now)?;
        self.check_coverage(&parts.headers)?;
        let payload_hash = payload_hash(&parts.headers, body)?;
        self.check_signature(parts, key, &payload_hash)?;
        let given = self.session_token.as_deref().map_or(&b""[..], str::as_bytes);
        let wanted = session_token.map_or(&b""[..], str::as_bytes);
        if bool::from(given.ct_eq(wanted)) { Ok(()) } else { Err(AuthError::UnknownKey) }
    }

    fn check_scope(&self, expected: &Expected<'_>) -> Result<(), AuthError> {
        if !self.stamp.starts_with(&*self.date) {
            return Err(AuthError::WrongDate);
        }
        if self.region != expected.region {
            let (expected, given) = (expected.region.to_owned(), self.region.to_string());
            return Err(AuthError::WrongRegion { expected, given });
        }
        if self.service != expected.service {
            let (expected, given) = (expected.service.to_owned(), self.service.to_string());
            return Err(AuthError::WrongService { expected, given });
        }
        Ok(())
    }

    fn check_time(&self, now: Timestamp) -> Result<(), AuthError> {
        let age = now.duration_since(self.signed_at);
        let limit_seconds = self.expires_seconds.unwrap_or(SKEW_SECONDS_MAX);
        if age > jiff::SignedDuration::from_secs(limit_seconds) {
            return Err(AuthError::Expired { signed: self.signed_at, now, limit_seconds });
        }
        if age < jiff::SignedDuration::from_secs(-SKEW_SECONDS_MAX) {
            return Err(AuthError::NotYetCurrent { signed: self.signed_at, now });
        }
        Ok(())
    }

    /// A header that changes what a request means must be covered by the signature.
    fn check_coverage(&self, headers: &HeaderMap) -> Result<(), AuthError> {
        let signed = |wanted: &str| self.signed_headers.split(';').any(|name| name == wanted);
        if !signed("host") {
            return Err(AuthError::Unsigned { header: "host".to_owned() });
        }
        match headers
            .keys()
            .find(|name| name.as_str().starts_with("x-amz-") && !signed(name.as_str()))
        {
            Some(name) => Err(AuthError::Unsigned { header: name.as_str().to_owned() }),
            None => Ok(()),
        }
    }

    fn check_signature(
        &self,
        parts: &Parts,
        key: &SigningKey,
        payload_hash: &[u8],
    ) -> Result<(), AuthError> {
        let forms: &[PathForm] = if canonical::has_two_forms(parts.uri.path()) {
            &[PathForm::Raw, PathForm::Normalised]
        } else {
            &[PathForm::Raw]
        };
        let unsigned = self.expires_seconds.map(|_| SIGNATURE_PARAMETER);
        let mut matches = false;
        for form in forms {
            let request =
                canonical::request(parts, *form, &self.signed_headers, payload_hash, unsigned)?;
            let signature = self.sign(key, &request);
            matches |= bool::from(signature.ct_eq(&self.signature));
        }
        if matches { Ok(()) } else { Err(AuthError::Mismatch) }
    }

    fn sign(&self, key: &SigningKey, canonical_request: &[u8]) -> [u8; 32] {
        let hash = hex_sha256(canonical_request);
        key.sign(&[
            ALGORITHM.as_bytes(),
            b"\n",
            self.stamp.as_bytes(),
            b"\n",
            self.date.as_bytes(),
            b"/",
            self.region.as_bytes(),
            b"/",
            self.service.as_bytes(),
            b"/aws4_request\n",
            &hash,
        ])
    }
}

/// The five fields of a credential. The access key id is whatever comes before the last
/// four, though no real one holds a slash.
fn fields<'a>(credential: &Cow<'a, str>) -> Option<[Cow<'a, str>; 5]> {
    fn split(text: &str) -> Option<[&str; 5]> {
        let mut fields = text.rsplitn(5, '/');
        let (terminator, service) = (fields.next()?, fields.next()?);
        let (region, date, key) = (fields.next()?, fields.next()?, fields.next()?);
        let day = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        let whole = day && terminator == "aws4_request" && !key.is_empty();
        (whole && !region.is_empty() && !service.is_empty())
            .then_some([key, date, region, service, terminator])
    }
    match credential {
        Cow::Borrowed(text) => split(text).map(|fields| fields.map(Cow::Borrowed)),
        Cow::Owned(text) => {
            split(text).map(|fields| fields.map(|field| Cow::Owned(field.to_owned())))
        }
    }
}

/// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, however spaced.
fn from_headers(headers: &HeaderMap) -> Result<Raw<'_>, AuthError> {
    let incomplete = |what| AuthError::Incomplete { what };
    let text = only(headers, "authorization")?.ok_or(AuthError::MissingToken)?;
    let text = text.trim();
    let pairs = text
        .strip_prefix(ALGORITHM)
        .filter(|rest| rest.starts_with([' ', '\t']))
        .ok_or_else(|| incomplete("Authorization must begin with AWS4-HMAC-SHA256"))?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for pair in pairs.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| incomplete("Authorization must be made of NAME=VALUE pairs"))?;
        let slot = match name.trim() {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(incomplete("Authorization holds an unknown parameter")),
        };
        if slot.replace(Cow::Borrowed(value.trim())).is_some() {
            return Err(incomplete("Authorization holds a parameter twice"));
        }
    }
    Ok(Raw {
        credential: credential.ok_or_else(|| incomplete("Authorization requires 'Credential'"))?,
        signed_headers: signed_headers
            .ok_or_else(|| incomplete("Authorization requires 'SignedHeaders'"))?,
        signature: signature.ok_or_else(|| incomplete("Authorization requires 'Signature'"))?,
        stamp: only(headers, "x-amz-date")?
            .map(Cow::Borrowed)
            .ok_or_else(|| incomplete("Authorization requires the X-Amz-Date header"))?,
        session_token: only(headers, "x-amz-security-token")?.map(Cow::Borrowed),
        expires: None,
    })
}

/// The one value of a header; two of them could be read differently by two readers.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, AuthError> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::Incomplete { what: "a header of the signature is there twice" });
    }
    let text = first.to_str().map_err(|_| AuthError::Incomplete {
        what: "a header of the signature is not plain ASCII",
    })?;
    Ok(Some(text))
}

/// Reads the `X-Amz-*` parameters of a presigned request.
fn from_query(query: &str) -> Result<Raw<'_>, AuthError> {
    let value = |wanted: &'static str, missing: &'static str| {
        let mut found = raw_pairs(query).filter(|(name, _)| *name == wanted);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => decode_form(value).ok(),
            _ => None,
        }
        .ok_or(AuthError::Incomplete { what: missing })
    };
    let algorithm = value("X-Amz-Algorithm", "X-Amz-Algorithm must be there once")?;
    if algorithm != ALGORITHM {
        return Err(AuthError::Incomplete { what: "X-Amz-Algorithm must be AWS4-HMAC-SHA256" });
    }
    let token = raw_pairs(query).any(|(name, _)| name == "X-Amz-Security-Token");
    let payload = raw_pairs(query).any(|(name, _)| name == "X-Amz-Content-Sha256");
    if payload {
        return Err(AuthError::UnsignedPayload);
    }
    Ok(Raw {
        credential: value("X-Amz-Credential", "X-Amz-Credential must be there once")?,
        signed_headers: value("X-Amz-SignedHeaders", "X-Amz-SignedHeaders must be there once")?,
        signature: value(SIGNATURE_PARAMETER, "X-Amz-Signature must be there once")?,
        stamp: value("X-Amz-Date", "X-Amz-Date must be there once")?,
        session_token: token
            .then(|| value("X-Amz-Security-Token", "X-Amz-Security-Token must be there once"))
            .transpose()?,
        expires: Some(value("X-Amz-Expires", "X-Amz-Expires must be there once")?),
    })
}

/// Parses `YYYYMMDDTHHMMSSZ`.
fn parse_stamp(stamp: &str) -> Option<Timestamp> {
    let digits = |range: std::ops::Range<usize>| {
        let text = stamp.get(range)?;
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i8>().ok())?
    };
    if stamp.len() != 16 || stamp.as_bytes().get(8) != Some(&b'T') || !stamp.ends_with('Z') {
        return None;
    }
    let year = i16::from(digits(0..2)?) * 100 + i16::from(digits(2..4)?);
    let (month, day) = (digits(4..6)?, digits(6..8)?);
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// The hash of the body, which must be the one in the header, if that is sent.
fn payload_hash(headers: &HeaderMap, body: &[u8]) -> Result<[u8; 64], AuthError> {
    /// What nearly every deletion and listing would compute.
    const OF_NOTHING: &[u8; 64] =
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let hash = if body.is_empty() { *OF_NOTHING } else { hex_sha256(body) };
    match only(headers, "x-amz-content-sha256")? {
        None => Ok(hash),
        Some(given) if given.trim().as_bytes().eq_ignore_ascii_case(&hash) => Ok(hash),
        Some(given) if given.len() == hash.len() => Err(AuthError::Mismatch),
        Some(_) => Err(AuthError::UnsignedPayload),
    }
}

fn hex_sha256(bytes: &[u8]) -> [u8; 64] {
    let mut text = [0; 64];
    hex::encode_to_slice(Sha256::digest(bytes), &mut text).expect("32 bytes are 64 digits");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_strictly() {
        assert_eq!(parse_stamp("20260102T030405Z").unwrap().to_string(), "2026-01-02T03:04:05Z");
        for bad in
            ["", "20260102T030405", "2026-01-02T03:04Z", "20261302T030405Z", "+0260102T030405Z"]
        {
            assert_eq!(parse_stamp(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_hash_of_nothing_is_the_hash_of_nothing() {
        assert_eq!(payload_hash(&HeaderMap::new(), b"").unwrap(), hex_sha256(b""));
    }

    #[test]
    fn a_credential_has_five_fields() {
        let split = |text: &str| fields(&Cow::Owned(text.to_owned())).is_some();
        assert!(split("AKID/20260102/us-east-1/backup/aws4_request"));
        for bad in [
            "",
            "AKID",
            "/20260102/r/s/aws4_request",
            "A/2026/r/s/aws4_request",
            "A/20260102//s/aws4_request",
            "A/20260102/r/s/aws5_request",
        ] {
            assert!(!split(bad), "{bad}");
        }
    }
}
