//! Why a request is not believed.

use jiff::Timestamp;

use super::{EXPIRES_SECONDS_MAX, SKEW_SECONDS_MAX};

/// Why a request was not authenticated, or not let in. Never holds a secret, a computed
/// signature or a computed hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// It carries no signature at all.
    #[error("Request is missing Authentication Token")]
    MissingToken,
    /// It carries something that is not a whole signature.
    #[error("{what}")]
    Incomplete {
        /// What is missing or malformed.
        what: &'static str,
    },
    /// The signature is not the one that the secret gives, or the body is not the one
    /// whose hash was sent.
    #[error(
        "The request signature we calculated does not match the signature you provided. \
         Check your AWS Secret Access Key and signing method. Consult the service \
         documentation for details."
    )]
    Mismatch,
    /// Signed too long ago.
    #[error("Signature expired: {signed} is now earlier than {now} minus {limit_seconds} seconds")]
    Expired {
        /// When it was signed.
        signed: Timestamp,
        /// The server's clock.
        now: Timestamp,
        /// How old it may be.
        limit_seconds: i64,
    },
    /// Signed in the future.
    #[error(
        "Signature not yet current: {signed} is later than {now} plus {SKEW_SECONDS_MAX} seconds"
    )]
    NotYetCurrent {
        /// When it claims to be signed.
        signed: Timestamp,
        /// The server's clock.
        now: Timestamp,
    },
    /// A presigned request that asks to live too long.
    #[error("X-Amz-Expires must be between 1 and {EXPIRES_SECONDS_MAX} seconds")]
    BadExpiry,
    /// The credential scope is for another day than the request.
    #[error("Date in Credential scope does not match YYYYMMDD of X-Amz-Date")]
    WrongDate,
    /// The credential scope is for another region.
    #[error("Credential should be scoped to region {expected:?}, not {given:?}")]
    WrongRegion {
        /// This server's region.
        expected: String,
        /// The one in the scope.
        given: String,
    },
    /// The credential scope is for another service.
    #[error("Credential should be scoped to service {expected:?}, not {given:?}")]
    WrongService {
        /// The service that the request is for.
        expected: String,
        /// The one in the scope.
        given: String,
    },
    /// A header that must be signed is not.
    #[error("{header:?} must be a 'SignedHeader' in the AWS Authorization")]
    Unsigned {
        /// Its name.
        header: String,
    },
    /// A payload that is not covered by the signature.
    #[error("the payload must be signed: x-amz-content-sha256 has to be the SHA-256 of the body")]
    UnsignedPayload,
    /// No such access key, or its session token is not the right one.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The session of the access key has ended.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
}

impl AuthError {
    /// The name that AWS gives it. The status is each protocol's own matter: 403 for
    /// Backup, 400 for FSx.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationToken",
            Self::Incomplete { .. } => "IncompleteSignature",
            Self::Mismatch
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::BadExpiry
            | Self::WrongDate
            | Self::WrongRegion { .. }
            | Self::WrongService { .. }
            | Self::Unsigned { .. }
            | Self::UnsignedPayload => "InvalidSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
        }
    }
}
