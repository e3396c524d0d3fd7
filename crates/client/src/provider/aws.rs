//! What error replies mean that every service of AWS has: by their names, and where they have
//! none by their HTTP status.
//!
//! Pure. What only one service says stands in the table beside its provider.

use sexton_core::Obstacle;

use crate::classify::Class;

/// What the error of this name means, `Exception` at its end left out, if it is known.
pub(super) fn usual(code: &str, message: &str) -> Option<Class> {
    Some(match code {
        "InvalidParameterValue"
        | "MissingParameterValue"
        | "Validation"
        | "ValidationError"
        | "Serialization"
        | "MissingParameter" => Class::Refused(Obstacle::Invalid),
        "UnknownOperation" | "NotImplemented" => Class::Refused(Obstacle::Unsupported),
        "AccessDenied" | "Unauthorized" | "UnauthorizedAccess" | "NotAuthorized" => {
            Class::Forbidden { explicit: contains(message, "explicit deny") }
        }
        "ExpiredToken"
        | "UnrecognizedClient"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthToken"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "TokenRefreshRequired"
        | "OptInRequired"
        | "InvalidToken" => Class::Credentials,
        "Throttling"
        | "ThrottledRequest"
        | "RequestThrottled"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "LimitExceeded"
        | "BandwidthLimitExceeded"
        | "RequestThrottling"
        | "ProvisionedThroughputExceeded"
        | "PriorRequestNotComplete" => Class::Throttled,
        "ServiceUnavailable"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServer"
        | "InternalError"
        | "DependencyFailure" => Class::Server,
        "RequestTimeout" => Class::Lost,
        _ => return None,
    })
}

/// What a reply means that does not name its error, or one that nobody knows.
pub(super) fn by_status(status: u16, message: &str) -> Class {
    match status {
        401 => Class::Credentials,
        403 => Class::Forbidden { explicit: contains(message, "explicit deny") },
        408 => Class::Lost,
        429 => Class::Throttled,
        500.. => Class::Server,
        _ => Class::Refused(Obstacle::Other),
    }
}

pub(super) fn contains(text: &str, lower_case_needle: &str) -> bool {
    text.to_ascii_lowercase().contains(lower_case_needle)
}
