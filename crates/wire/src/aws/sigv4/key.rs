//! The derived signing key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key for one secret, day, region and service.
///
/// Deriving it costs four HMACs, so callers keep it for the day; cloning copies a hash
/// state of some hundred bytes. Wiped from memory when dropped; never shown.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Derives the key. `date` is the scope's, `YYYYMMDD`.
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut first = Vec::with_capacity(4 + secret.len());
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let by_date = mac(&first, date.as_bytes());
        first.fill(0);
        let by_region = mac(&by_date, region.as_bytes());
        let by_service = mac(&by_region, service.as_bytes());
        Self(keyed(&mac(&by_service, b"aws4_request")))
    }

    /// The signature over the pieces, one after the other.
    pub(crate) fn sign(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut state = self.0.clone();
        for piece in pieces {
            state.update(piece);
        }
        state.finalize().into_bytes().into()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut state = keyed(key);
    state.update(message);
    state.finalize().into_bytes().into()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show_itself() {
        let key = SigningKey::derive("wJalrXUtnFEMI", "20150830", "us-east-1", "iam");
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }

    /// The derivation that AWS publishes in its signing documentation.
    #[test]
    fn derivation_is_the_published_one() {
        let by_hand = [&b"20150830"[..], b"us-east-1", b"iam", b"aws4_request"]
            .iter()
            .fold(b"AWS4secret".to_vec(), |key, part| mac(&key, part).to_vec());
        let key = SigningKey::derive("secret", "20150830", "us-east-1", "iam");
        assert_eq!(key.sign(&[b"a", b"b"]), mac(&by_hand, b"ab"));
    }
}
