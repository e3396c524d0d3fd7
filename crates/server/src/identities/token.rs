//! Tokens of sessions: all that is to be known of a session, sealed, so that nothing is stored.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sexton_core::Session;

pub(super) const NONCE_BYTES: usize = NONCE_LEN;

/// What leads a token.
const VERSION: u8 = 1;

/// The longest token that is looked at, in letters. A session has a policy of 2 KiB at most.
const TOKEN_LEN_MAX: usize = 32 * 1024;

/// Why an access key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// There is no such key, or the token is not its own.
    Unknown,
    /// Its session has ended.
    Expired,
}

/// Seals sessions.
pub(super) struct Tokens(LessSafeKey);

impl Tokens {
    /// `secret` has 32 bytes.
    pub(super) fn new(secret: &[u8]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, secret).expect("the key has 32 bytes");
        Self(LessSafeKey::new(key))
    }

    pub(super) fn seal(&self, key: &str, session: &Session, nonce: [u8; NONCE_BYTES]) -> String {
        let mut body = serde_json::to_vec(session).expect("a session is JSON");
        let sealed = self.0.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(key.as_bytes()),
            &mut body,
        );
        sealed.expect("a session is short");
        hex::encode([&[VERSION], nonce.as_slice(), body.as_slice()].concat())
    }

    pub(super) fn open(&self, key: &str, token: &str) -> Result<Session, Invalid> {
        if token.len() > TOKEN_LEN_MAX {
            return Err(Invalid::Unknown);
        }
        let bytes = hex::decode(token).map_err(|_| Invalid::Unknown)?;
        let (version, rest) = bytes.split_first().ok_or(Invalid::Unknown)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(Invalid::Unknown)?;
        if *version != VERSION {
            return Err(Invalid::Unknown);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Invalid::Unknown)?;
        let mut body = sealed.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(key.as_bytes()), &mut body);
        let opened = opened.map_err(|_| Invalid::Unknown)?;
        serde_json::from_slice(opened).map_err(|_| Invalid::Unknown)
    }
}
