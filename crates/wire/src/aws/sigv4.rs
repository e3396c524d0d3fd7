//! Signature Version 4, verified.
//!
//! AWS's own `aws-sigv4` crate can only sign, and the one other verifier encodes the
//! path once where every SDK but S3's encodes it twice, so it refuses what real clients
//! send for a recovery point. The tests use `aws-sigv4` as the oracle.
//!
//! What is promised:
//!
//! - A request verifies only if the holder of the secret signed this method, path, query
//!   and body, at most [`SKEW_SECONDS_MAX`] from `now` (or, presigned, within its stated
//!   life), for this region and service.
//! - `host` and every `x-amz-*` header that is present must be signed. The payload is
//!   always hashed; `UNSIGNED-PAYLOAD` is never accepted.
//! - Comparisons of secrets take the same time wherever they differ, and no error says
//!   what the right signature would have been.
//!
//! # The path
//!
//! botocore sends the path as it is and signs it normalised (dot and empty segments
//! removed); other SDKs sign it as it is sent. For a path without such segments these
//! are the same. Where they differ, either is accepted. That is safe only because
//! [`crate::aws::route`] looks at the raw path and refuses empty and dot segments: a
//! signature for one resource cannot be moved to another that way.

mod canonical;
mod claim;
mod error;
mod key;

pub use claim::{Claim, EXPIRES_SECONDS_MAX, Expected, SKEW_SECONDS_MAX};
pub use error::AuthError;
pub use key::SigningKey;

/// The only algorithm that is accepted.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
