//! The first signature: what is signed, and with what.

use super::SIGNATURE;
use super::hmac_sha1::{LEN, hmac_sha1};
use crate::apsara::Parameters;
use crate::aws::percent;

/// What is signed of a request with this method and these parameters.
pub(super) fn string_to_sign(method: &str, parameters: &Parameters) -> String {
    format!("{method}&%2F&{}", percent::encode(&parameters.canonical(Some(SIGNATURE))))
}

/// The signature.
pub(super) fn sign(secret: &str, string_to_sign: &str) -> [u8; LEN] {
    let mut key = Vec::with_capacity(secret.len() + 1);
    key.extend_from_slice(secret.as_bytes());
    key.push(b'&');
    let signature = hmac_sha1(&key, string_to_sign.as_bytes());
    key.fill(0);
    signature
}
