//! What an error reply of RDS means for the sweep.
//!
//! Pure. By the error's name, because its HTTP status differs from page to page of the
//! documentation; by the status only where there is no name that is known. The message never
//! decides anything.

use sexton_core::Obstacle;

use crate::classify::Class;

/// Classifies an error reply of this status and with this name.
pub(super) fn classify(status: u16, code: Option<&str>) -> Class {
    code.and_then(by_code).unwrap_or_else(|| by_status(status))
}

fn by_code(code: &str) -> Option<Class> {
    Some(match code {
        "InvalidBackupSetID.NotFound" | "InvalidBackupId.NotFound" => {
            Class::NotFound { target: true }
        }
        // Not "not found": the sets of a released instance may be kept.
        "InvalidDBInstanceName.NotFound"
        | "InvalidDBInstanceId.NotFound"
        | "InvalidDBInstance.NotFound" => Class::Refused(Obstacle::NoInstance),
        "OperationDenied.BackupSetDeleteNotSupport" => Class::Refused(Obstacle::NotDeletable),
        "IncorrectDBInstanceState"
        | "OperationDenied.DBInstanceStatus"
        | "OperationDenied.DBStatus" => Class::Refused(Obstacle::InstanceState),
        "ReadDBInstanceNotSupport" | "IncorrectDBInstanceCharacterType" => {
            Class::Refused(Obstacle::InstanceKind)
        }
        "IncorrectDBInstanceType" | "InstanceEngineType.NotSupport" => {
            Class::Refused(Obstacle::Edition)
        }
        "IncorrectDBInstanceLockMode" => Class::Refused(Obstacle::InstanceLock),
        "ParameterLeastAssociate" | "DeleteBackupSetNumExceed" => Class::Refused(Obstacle::Invalid),
        // The gateway has seen this very request: it may have been passed on.
        "SignatureNonceUsed" => Class::Lost,
        "IncompleteSignature"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeySecret"
        | "IllegalTimestamp"
        | "MissingSecurityToken" => Class::Credentials,
        "UnsupportedOperation" | "UnsupportedHTTPMethod" | "NoSuchVersion" => {
            Class::Refused(Obstacle::Unsupported)
        }
        "InternalError" | "UnknownError" | "SystemBusy" | "ServiceTimeout" => Class::Server,
        "NoPermission" | "AccessDenied" => Class::Forbidden { explicit: false },
        _ => return by_family(code),
    })
}

/// Classifies errors that have many names which begin alike.
fn by_family(code: &str) -> Option<Class> {
    let begins = |names: &[&str]| names.iter().any(|name| code.starts_with(name));
    Some(if begins(&["Throttling", "TooManyRequests"]) {
        Class::Throttled
    } else if begins(&["ServiceUnavailable"]) {
        Class::Server
    } else if begins(&["InvalidAccessKeyId", "InvalidSecurityToken", "InvalidTimeStamp"]) {
        Class::Credentials
    } else if begins(&["Forbidden"]) {
        Class::Forbidden { explicit: false }
    } else if begins(&["InvalidApi", "InvalidAction", "InvalidVersion"]) {
        Class::Refused(Obstacle::Unsupported)
    } else if begins(&["Order.", "Price."]) {
        Class::Refused(Obstacle::Billing)
    } else if begins(&["Invalid", "Missing"]) {
        Class::Refused(Obstacle::Invalid)
    } else {
        return None;
    })
}

/// What a reply means that does not name its error, or one that nobody knows.
fn by_status(status: u16) -> Class {
    match status {
        401 => Class::Credentials,
        408 => Class::Lost,
        429 => Class::Throttled,
        500.. => Class::Server,
        _ => Class::Refused(Obstacle::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sexton_core::Service;

    /// Every error that is documented for `DeleteBackup`, and those of the gateway.
    const ERRORS: [(u16, &str, Class); 27] = [
        (400, "ReadDBInstanceNotSupport", Class::Refused(Obstacle::InstanceKind)),
        (400, "ParameterLeastAssociate", Class::Refused(Obstacle::Invalid)),
        (400, "DeleteBackupSetNumExceed", Class::Refused(Obstacle::Invalid)),
        (400, "Order.ComboInstanceNotAllowOperate", Class::Refused(Obstacle::Billing)),
        (400, "Price.PricingPlanResultNotFound", Class::Refused(Obstacle::Billing)),
        (400, "Order.NoRealNameAuthentication", Class::Refused(Obstacle::Billing)),
        (403, "IncorrectDBInstanceState", Class::Refused(Obstacle::InstanceState)),
        (500, "IncorrectDBInstanceState", Class::Refused(Obstacle::InstanceState)),
        (403, "IncorrectDBInstanceType", Class::Refused(Obstacle::Edition)),
        (403, "InstanceEngineType.NotSupport", Class::Refused(Obstacle::Edition)),
        (403, "IncorrectDBInstanceCharacterType", Class::Refused(Obstacle::InstanceKind)),
        (403, "OperationDenied.BackupSetDeleteNotSupport", {
            Class::Refused(Obstacle::NotDeletable)
        }),
        (404, "InvalidDBInstanceName.NotFound", Class::Refused(Obstacle::NoInstance)),
        (404, "IncorrectDBInstanceLockMode", Class::Refused(Obstacle::InstanceLock)),
        (404, "InvalidBackupSetID.NotFound", Class::NotFound { target: true }),
        (404, "InvalidAccessKeyId.NotFound", Class::Credentials),
        (400, "SignatureDoesNotMatch", Class::Credentials),
        (400, "InvalidTimeStamp.Expired", Class::Credentials),
        (400, "SignatureNonceUsed", Class::Lost),
        (403, "Forbidden.RAM", Class::Forbidden { explicit: false }),
        (400, "Throttling.User", Class::Throttled),
        (403, "Throttling.Api", Class::Throttled),
        (500, "InternalError", Class::Server),
        (503, "ServiceUnavailable", Class::Server),
        (404, "InvalidApi.NotFound", Class::Refused(Obstacle::Unsupported)),
        (400, "MissingBackupId", Class::Refused(Obstacle::Invalid)),
        (418, "SomethingNew", Class::Refused(Obstacle::Other)),
    ];

    #[test]
    fn every_documented_error_has_its_class_and_a_way_out() {
        for (status, code, expected) in ERRORS {
            let class = classify(status, Some(code));
            assert_eq!(class, expected, "{code}");
            assert!(!class.obstacle().way_out(Service::ApsaraRds).is_empty());
        }
    }

    proptest! {
        #[test]
        fn only_its_own_name_says_that_a_set_is_not_there(
            status in 300_u16..600,
            code in proptest::option::of("[A-Za-z]{0,20}(.NotFound)?|InvalidBackupSetID.NotFound"),
        ) {
            let class = classify(status, code.as_deref());
            let named = matches!(
                code.as_deref(),
                Some("InvalidBackupSetID.NotFound" | "InvalidBackupId.NotFound")
            );
            prop_assert_eq!(matches!(class, Class::NotFound { .. }), named);
        }
    }
}
