//! What replies mean that every service of AWS gives, and what it means that there is none.
//!
//! Errors are known by their names, and where they have none by their HTTP status. Pure. What only
//! one service says stands in the table beside its provider.

use std::error::Error;

use sexton_core::Obstacle;

use super::ProviderError;
use crate::cause::{chain, in_one_line};
use crate::classify::Class;
use crate::transport::Unanswered;

/// The longest message that is kept of a reply.
pub(super) const MESSAGE_CHARS_MAX: usize = 500;

/// Our name for a reply that cannot be understood.
pub(super) const UNREADABLE: &str = "UnreadableReply";

/// A reply of `service` that promised success and tells nothing: it counts as none.
pub(super) fn unreadable(service: &str, lack: &str) -> ProviderError {
    let message = format!("the reply is not one of {service}: {lack}");
    ProviderError::local(Class::Lost, UNREADABLE, message)
}

/// There are no credentials to sign with.
pub(super) fn no_credentials(error: &dyn Error) -> ProviderError {
    ProviderError::local(Class::Credentials, "NoCredentials", in_one_line(&chain(error)))
}

/// No answer came, and it is known what was missing.
pub(super) fn no_answer(unanswered: &Unanswered) -> ProviderError {
    let lack = unanswered.lack;
    let class = if lack.is_before_sending() { Class::Unreachable } else { Class::Lost };
    ProviderError::local(class, lack.code(), chain(unanswered))
}

/// The name of an error: `namespace#Name` in a body, `Name:http://…` in a head.
pub(super) fn name(told: &str) -> Option<&str> {
    let name = told.split(':').next().unwrap_or(told);
    let name = name.rsplit('#').next().unwrap_or(name).trim();
    Some(name).filter(|name| !name.is_empty())
}

/// Foreign text, as far as it is kept. It may end on a terminal: nothing in it moves the cursor.
pub(crate) fn short(text: &str) -> String {
    let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.take(MESSAGE_CHARS_MAX).collect()
}

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
