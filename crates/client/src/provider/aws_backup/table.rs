//! What an error reply of AWS Backup means for the sweep.
//!
//! Pure. By the exception's name first, then by the service's `ERROR_nnnn`, then by the
//! HTTP status. The message never decides a class; it only refines which way out is
//! shown, because nothing but the text tells a lock from a legal hold.

use sexton_core::Obstacle;

use crate::classify::Class;
use crate::provider::aws::{by_status, contains, usual};

/// An error reply, taken apart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reply<'a> {
    /// The HTTP status.
    pub(super) status: u16,
    /// The exception's name, without namespace.
    pub(super) code: Option<&'a str>,
    /// The service's `ERROR_nnnn`.
    pub(super) number: Option<&'a str>,
    /// The service's words.
    pub(super) message: &'a str,
}

/// Classifies an error reply.
pub(super) fn classify(reply: Reply<'_>) -> Class {
    reply
        .code
        .and_then(|code| by_code(code, reply))
        .or_else(|| reply.number.and_then(by_number))
        .unwrap_or_else(|| by_status(reply.status, reply.message))
}

fn by_code(code: &str, reply: Reply<'_>) -> Option<Class> {
    let code = code.strip_suffix("Exception").unwrap_or(code);
    Some(match code {
        "ResourceNotFound" => Class::NotFound { target: reply.number == Some(NO_SUCH_POINT) },
        "InvalidResourceState" => Class::Busy(Obstacle::InUse),
        "InvalidRequest" => Class::Refused(refusal(reply.message)),
        _ => return usual(code, reply.message),
    })
}

/// "Cannot find recovery point."
const NO_SUCH_POINT: &str = "ERROR_2603";

fn by_number(number: &str) -> Option<Class> {
    match number {
        NO_SUCH_POINT => Some(Class::NotFound { target: true }),
        "ERROR_3018" => Some(Class::Refused(Obstacle::Role)),
        _ => None,
    }
}

fn refusal(message: &str) -> Obstacle {
    if contains(message, "legal hold") {
        Obstacle::LegalHold
    } else if contains(message, "configured with lock") || contains(message, "vault lock") {
        Obstacle::VaultLock
    } else if contains(message, "nested") || contains(message, "composite") {
        Obstacle::Nested
    } else if contains(message, "in use") || contains(message, "restore") {
        Obstacle::InUse
    } else {
        Obstacle::Other
    }
}

/// What a point's status message means, after a deletion that was not carried out.
pub(super) fn expired_obstacle(message: Option<&str>) -> Obstacle {
    let message = message.unwrap_or("");
    let has = |needle| contains(message, needle);
    if has("in use by ami") || has("snapshot.inuse") {
        Obstacle::Image
    } else if has("snapshot lock") || has("snapshot is locked") {
        Obstacle::SnapshotLock
    } else if has("role") || has("permission") || has("authorized") || has("privileges") {
        Obstacle::Role
    } else {
        Obstacle::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply<'a>(
        status: u16,
        code: Option<&'a str>,
        number: Option<&'a str>,
        message: &'a str,
    ) -> Reply<'a> {
        Reply { status, code, number, message }
    }

    #[test]
    fn documented_replies_are_understood() {
        let locked =
            "RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)";
        let held = "The recovery point cannot be deleted because it has active legal hold(s)";
        let nested = "cannot be deleted until all other nested recovery points are";
        let denied = "User: x is not authorized to perform: y with an explicit deny in a policy";
        let request = Some("InvalidRequestException");
        let forbidden = Some("AccessDeniedException");
        let missing = Some("ResourceNotFoundException");
        let number = Some("ERROR_2603");
        for (given, expected) in [
            (reply(400, missing, number, ""), Class::NotFound { target: true }),
            (reply(400, missing, None, ""), Class::NotFound { target: false }),
            (reply(400, None, number, ""), Class::NotFound { target: true }),
            (reply(400, request, None, locked), Class::Refused(Obstacle::VaultLock)),
            (reply(400, request, None, held), Class::Refused(Obstacle::LegalHold)),
            (reply(400, request, None, nested), Class::Refused(Obstacle::Nested)),
            (reply(400, request, None, "x"), Class::Refused(Obstacle::Other)),
            (reply(400, Some("InvalidResourceStateException"), None, ""), {
                Class::Busy(Obstacle::InUse)
            }),
            (reply(403, forbidden, None, ""), Class::Forbidden { explicit: false }),
            (reply(403, forbidden, None, denied), Class::Forbidden { explicit: true }),
            (reply(403, Some("ExpiredTokenException"), None, ""), Class::Credentials),
            (reply(403, Some("InvalidSignatureException"), None, ""), Class::Credentials),
            (reply(403, Some("RequestTimeTooSkewed"), None, ""), Class::Credentials),
            (reply(400, Some("ThrottlingException"), None, "Rate exceeded"), Class::Throttled),
            (reply(503, Some("SlowDown"), None, ""), Class::Throttled),
            (reply(429, None, None, ""), Class::Throttled),
            (reply(500, Some("ServiceUnavailableException"), None, ""), Class::Server),
            (reply(502, None, None, "<html>"), Class::Server),
            (reply(404, Some("UnknownOperationException"), None, ""), {
                Class::Refused(Obstacle::Unsupported)
            }),
        ] {
            assert_eq!(classify(given), expected, "{given:?}");
        }
    }

    #[test]
    fn why_a_point_expired_is_told_apart() {
        let in_use = "The snapshot snap-1 is currently in use by ami-1 (Service: AmazonEC2; \
                      Error Code: InvalidSnapshot.InUse)";
        assert_eq!(expired_obstacle(Some(in_use)), Obstacle::Image);
        assert_eq!(expired_obstacle(Some("Role x does not exist")), Obstacle::Role);
        assert_eq!(expired_obstacle(None), Obstacle::Other);
    }

    proptest! {
        #[test]
        fn the_message_never_decides_whether_a_point_is_gone(
            status in 400_u16..600,
            code in proptest::option::of("[A-Za-z]{0,30}"),
            message in "(Cannot find recovery point.|not found|.{0,40})",
        ) {
            let class = classify(reply(status, code.as_deref(), None, &message));
            let named = code.is_some_and(|code| code.starts_with("ResourceNotFound"));
            prop_assert_eq!(matches!(class, Class::NotFound { .. }), named);
        }
    }
}
