//! The two signatures of Alibaba Cloud's RPC, made and checked.
//!
//! V1 signs method and parameters with HMAC-SHA1. V3, `ACS3-HMAC-SHA256`, signs method, path,
//! query, headers and body. Neither key is bound to a day, a region or a service.
//!
//! What is promised:
//!
//! - A request verifies only if the holder of the secret signed this method, these parameters
//!   and this body, at most [`SKEW_SECONDS_MAX`] from `now`.
//! - Of V3, `host` and the headers that say what is asked for must be signed.
//! - Each signature counts once, if the caller remembers the [`Nonce`] that a check hands out
//!   and refuses one that it remembers.
//! - Comparisons of secrets take the same time wherever they differ. Who sends a wrong
//!   signature is told what should have been signed, because the clients go by it; that is
//!   made of their own request and stands in no log.

mod claim;
mod make;
mod v1;
mod v3;

pub use claim::{Claim, Nonce, named_key};
pub use make::{Credentials, Order, Signed, Unsignable, sign_v1, sign_v3, sign_v3_for};

/// How far a request's clock may be from ours, either way, in seconds.
pub const SKEW_SECONDS_MAX: i64 = 15 * 60;

/// The longest nonce, in bytes.
pub const NONCE_LEN_MAX: usize = 128;

/// The longest access key id, in bytes.
pub const KEY_ID_LEN_MAX: usize = 128;

/// What V3 calls itself.
pub(crate) const V3_ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The parameter that carries the signature of V1, and is the only one that is not signed.
const SIGNATURE: &str = "Signature";

/// The header that carries the token of temporary credentials in V3.
const TOKEN_HEADER: &str = "x-acs-security-token";

/// The headers that V3 has to sign. One that carries a token has to be signed as well.
const SIGNED_ALWAYS: [&str; 6] = [
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
];
