//! The third signature: what is signed, and with what.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::V3_ALGORITHM;
use crate::apsara::Parameters;

/// The hexadecimal SHA-256 of a body.
pub(super) fn payload_hash(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

/// The canonical request. `headers` are the signed ones, each with its value, in the order
/// in which `signed_headers` lists them.
pub(super) fn canonical_request(
    method: &str,
    query: &Parameters,
    headers: &[(&str, Vec<u8>)],
    signed_headers: &str,
    payload_hash: &str,
) -> Vec<u8> {
    let mut text = format!("{method}\n/\n{}\n", query.canonical(None)).into_bytes();
    for (name, value) in headers {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        text.extend_from_slice(value.trim_ascii());
        text.push(b'\n');
    }
    text.extend_from_slice(format!("\n{signed_headers}\n{payload_hash}").as_bytes());
    text
}

/// What is signed of a canonical request.
pub(super) fn string_to_sign(canonical_request: &[u8]) -> String {
    format!("{V3_ALGORITHM}\n{}", hex::encode(Sha256::digest(canonical_request)))
}

/// The signature.
pub(super) fn sign(secret: &str, string_to_sign: &str) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mac = mac.expect("HMAC takes keys of every length");
    mac.chain_update(string_to_sign.as_bytes()).finalize().into_bytes().into()
}
