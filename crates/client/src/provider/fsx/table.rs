//! What an error reply of FSx means for the sweep.
//!
//! Pure. By the exception's name first, then by the HTTP status. The message never decides
//! whether a backup is gone; it only refines which way out is shown.

use sexton_core::Obstacle;

use crate::classify::Class;
use crate::provider::aws::{by_status, contains, usual};

/// Classifies an error reply of this status, with this name and these words.
pub(super) fn classify(status: u16, code: Option<&str>, message: &str) -> Class {
    code.and_then(|code| by_code(code, message)).unwrap_or_else(|| by_status(status, message))
}

fn by_code(code: &str, message: &str) -> Option<Class> {
    let code = code.strip_suffix("Exception").unwrap_or(code);
    Some(match code {
        "BackupNotFound" => Class::NotFound { target: true },
        "BackupInProgress" => Class::Busy(Obstacle::InUse),
        "BackupRestoring" => Class::Busy(Obstacle::Restoring),
        "BackupBeingCopied" => Class::Busy(Obstacle::Copying),
        // What AWS Backup keeps has no exception of its own.
        "BadRequest" if contains(message, "aws backup") => Class::Refused(Obstacle::KeptByVault),
        "BadRequest" | "FileSystemNotFound" | "VolumeNotFound" => Class::Refused(Obstacle::Invalid),
        "IncompatibleParameterError" => Class::Refused(Obstacle::Token),
        "UnsupportedOperation" => Class::Refused(Obstacle::Unsupported),
        "ServiceLimitExceeded" => Class::Refused(Obstacle::Other),
        _ => return usual(code, message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_exception_of_a_deletion_has_a_class_of_its_own() {
        let kept = "Backups of AWS Backup are deleted with AWS Backup";
        for (status, code, message, expected) in [
            (400, Some("BackupNotFound"), "", Class::NotFound { target: true }),
            (400, Some("BackupInProgress"), "", Class::Busy(Obstacle::InUse)),
            (400, Some("BackupRestoring"), "", Class::Busy(Obstacle::Restoring)),
            (400, Some("BackupBeingCopied"), "", Class::Busy(Obstacle::Copying)),
            (400, Some("BadRequest"), "", Class::Refused(Obstacle::Invalid)),
            (400, Some("BadRequest"), kept, Class::Refused(Obstacle::KeptByVault)),
            (400, Some("IncompatibleParameterError"), "", Class::Refused(Obstacle::Token)),
            (500, Some("InternalServerError"), "", Class::Server),
            (400, Some("AccessDeniedException"), "", Class::Forbidden { explicit: false }),
            (400, Some("ThrottlingException"), "", Class::Throttled),
            (400, Some("UnrecognizedClientException"), "", Class::Credentials),
            (400, Some("InvalidSignatureException"), "", Class::Credentials),
            (400, Some("ExpiredTokenException"), "", Class::Credentials),
            (400, Some("UnknownOperationException"), "", Class::Refused(Obstacle::Unsupported)),
            (400, None, "", Class::Refused(Obstacle::Other)),
            (503, None, "", Class::Server),
        ] {
            assert_eq!(classify(status, code, message), expected, "{code:?}");
        }
    }

    proptest! {
        #[test]
        fn only_the_name_says_that_a_backup_is_gone(
            status in 300_u16..600,
            code in proptest::option::of("[A-Za-z]{0,30}|BackupNotFound"),
            message in "(BackupNotFound|not found|.{0,40})",
        ) {
            let class = classify(status, code.as_deref(), &message);
            let code = code.as_deref().map(|it| it.strip_suffix("Exception").unwrap_or(it));
            let named = code == Some("BackupNotFound");
            prop_assert_eq!(matches!(class, Class::NotFound { .. }), named);
        }
    }
}
