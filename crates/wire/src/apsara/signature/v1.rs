//! The first signature: what is signed, and with what.

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, Tag};

use super::SIGNATURE;
use crate::apsara::Parameters;
use crate::aws::percent;

/// What is signed of a request with this method and these parameters.
pub(super) fn string_to_sign(method: &str, parameters: &Parameters) -> String {
    format!("{method}&%2F&{}", percent::encode(&parameters.canonical(Some(SIGNATURE))))
}

/// The signature.
pub(super) fn sign(secret: &str, string_to_sign: &str) -> Tag {
    let mut key = Vec::with_capacity(secret.len() + 1);
    key.extend_from_slice(secret.as_bytes());
    key.push(b'&');
    let signing = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    key.fill(0);
    hmac::sign(&signing, string_to_sign.as_bytes())
}
