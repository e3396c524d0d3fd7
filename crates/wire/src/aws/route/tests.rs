//! Routing, mostly of what must not be routed.

use super::*;
use proptest::prelude::*;

const ARN: &str = "arn%3Aaws%3Aec2%3Aus-east-1%3A%3Aimage%2Fami-1234567890abcdef0";

fn operation(method: &str, path: &str) -> Result<(Operation, Vec<String>), RouteError> {
    let route = route(method, path)?;
    Ok((route.operation, route.labels.into_iter().map(Cow::into_owned).collect()))
}

fn served(method: &str, path: &str) -> Operation {
    operation(method, path).unwrap().0
}

fn empty(parameter: &'static str) -> RouteError {
    RouteError::EmptyLabel { parameter }
}

#[test]
fn an_arn_is_one_segment_decoded_once() {
    let (found, labels) =
        operation("DELETE", &format!("/backup-vaults/Default/recovery-points/{ARN}")).unwrap();
    assert_eq!(found, Operation::DeleteRecoveryPoint);
    assert_eq!(labels, ["Default", "arn:aws:ec2:us-east-1::image/ami-1234567890abcdef0"]);
}

#[test]
fn collections_have_two_spellings() {
    for (path, expected) in [
        ("/backup-vaults", Operation::ListBackupVaults),
        ("/backup-vaults/v/recovery-points", Operation::ListRecoveryPointsByBackupVault),
        ("/backup-jobs", Operation::ListBackupJobs),
        ("/restore-jobs", Operation::ListRestoreJobs),
        ("/tags/arn%3Aa", Operation::ListTags),
        ("/resources/arn%3Aa/recovery-points", Operation::ListRecoveryPointsByResource),
    ] {
        assert_eq!(served("GET", path), expected, "{path}");
        assert_eq!(served("GET", &format!("{path}/")), expected, "{path}/");
        assert_eq!(served("GET", &format!("{path}/?maxResults=5")), expected, "{path}/?");
    }
}

#[test]
fn what_is_not_a_collection_has_one_spelling() {
    for (method, path) in [
        ("DELETE", "/backup-vaults/v/"),
        ("GET", "/backup-vaults/v/"),
        ("DELETE", "/backup-vaults/v/recovery-points/arn%3Ax/"),
        ("POST", "/tags/arn%3Ax/"),
    ] {
        assert_eq!(operation(method, path), Err(RouteError::EmptySegment), "{method} {path}");
    }
}

#[test]
fn an_empty_label_is_named() {
    for (method, path, parameter) in [
        ("DELETE", "/backup-vaults/V/recovery-points/", "RecoveryPointArn"),
        ("DELETE", "/backup-vaults/", "BackupVaultName"),
        ("PUT", "/backup-vaults/", "BackupVaultName"),
        ("DELETE", "/backup-vaults//recovery-points/x", "BackupVaultName"),
        ("GET", "/backup-vaults//recovery-points/", "BackupVaultName"),
        ("GET", "/backup-vaults//recovery-points", "BackupVaultName"),
        ("GET", "/backup-vaults/V/recovery-points//restore-metadata", "RecoveryPointArn"),
        ("POST", "/backup-jobs/", "BackupJobId"),
        ("POST", "/tags/", "ResourceArn"),
        ("GET", "/tags//", "ResourceArn"),
    ] {
        assert_eq!(operation(method, path), Err(empty(parameter)), "{method} {path}");
    }
}

#[test]
fn describing_an_empty_arn_is_the_listing() {
    let found = served("GET", "/backup-vaults/V/recovery-points/");
    assert_eq!(found, Operation::ListRecoveryPointsByBackupVault);
}

#[test]
fn dot_segments_are_neither_resolved_nor_names() {
    for path in [
        "/backup-vaults/a/recovery-points/..",
        "/backup-vaults/../recovery-points/arn%3Ax",
        "/backup-vaults/..",
        "/backup-vaults/%2e%2E",
        "/backup-vaults/.",
    ] {
        let refused = operation("DELETE", path);
        assert!(matches!(refused, Err(RouteError::DotLabel { .. })), "{path}: {refused:?}");
    }
}

#[test]
fn an_arn_typed_by_hand_may_have_raw_slashes() {
    let path = "/backup-vaults/v/recovery-points/arn:aws:ec2:r::snapshot/snap-1";
    let (found, labels) = operation("DELETE", path).unwrap();
    assert_eq!(found, Operation::DeleteRecoveryPoint);
    assert_eq!(labels[1], "arn:aws:ec2:r::snapshot/snap-1");
    let (found, labels) = operation("GET", &format!("{path}/restore-metadata")).unwrap();
    assert_eq!(found, Operation::GetRecoveryPointRestoreMetadata);
    assert_eq!(labels[1], "arn:aws:ec2:r::snapshot/snap-1");
}

#[test]
fn a_joined_arn_holds_no_suffix_and_no_odd_segment() {
    let base = "/backup-vaults/v/recovery-points/arn:aws:ec2:r::snapshot";
    for tail in ["/a/disassociate", "/a/index", "/a/restore-metadata", "//a", "/../a", "/a/.."] {
        let refused = operation("DELETE", &format!("{base}{tail}"));
        assert!(refused.is_err(), "{tail}: {refused:?}");
    }
    let (detach, labels) = operation("DELETE", &format!("{base}/a/parentAssociation")).unwrap();
    assert_eq!(detach, Operation::DisassociateRecoveryPointFromParent);
    assert_eq!(labels[1], "arn:aws:ec2:r::snapshot/a");
}

#[test]
fn known_operations_are_refused_by_name() {
    for (method, path, name) in [
        ("PUT", "/backup-vaults/v/notification-configuration", "PutBackupVaultNotifications"),
        ("PUT", "/restore-testing/plans/", "CreateRestoreTestingPlan"),
        ("POST", "/audit/frameworks", "CreateFramework"),
        (
            "POST",
            "/backup-vaults/v/recovery-points/arn%3Ax/index",
            "UpdateRecoveryPointIndexSettings",
        ),
        ("GET", "/backup-vaults/v/resources", "ListProtectedResourcesByBackupVault"),
    ] {
        assert_eq!(operation(method, path), Err(RouteError::Unserved { name }), "{path}");
    }
}

#[test]
fn other_requests_have_no_operation() {
    for (method, path) in [
        ("GET", "/"),
        ("GET", ""),
        ("PATCH", "/backup-vaults"),
        ("GET", "/healthz"),
        ("DELETE", "/backup-vaults"),
        ("delete", "/backup-vaults/v"),
    ] {
        let refused = operation(method, path);
        assert!(matches!(refused, Err(RouteError::Unknown { .. })), "{method} {path}");
    }
}

#[test]
fn broken_encoding_is_refused() {
    for path in ["/backup-vaults/%", "/backup-vaults/%zz", "/backup-vaults/%ff"] {
        let parameter = "BackupVaultName";
        assert_eq!(operation("GET", path), Err(RouteError::BadEncoding { parameter }));
    }
}

#[test]
fn every_operation_is_found_by_its_own_path() {
    for operation in Operation::ALL {
        let info = operation.info();
        let labels = [
            "{backupVaultName}",
            "{recoveryPointArn}",
            "{resourceArn}",
            "{backupJobId}",
            "{restoreJobId}",
        ];
        let path = labels.iter().fold(info.path.to_owned(), |path, label| path.replace(label, "x"));
        assert_eq!(served(info.method, &path), *operation, "{path}");
    }
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("..".to_owned()),
        Just(".".to_owned()),
        Just("v".to_owned()),
        Just("backup-vaults".to_owned()),
        Just("recovery-points".to_owned()),
        Just("restore-metadata".to_owned()),
        Just("arn:aws:ec2:r::a".to_owned()),
        Just("arn%3Aa%2Fb".to_owned()),
        "[a-z%/.]{0,6}",
    ]
}

proptest! {
    #[test]
    fn routing_never_panics(method in "[A-Z]{0,7}", path in any::<String>()) {
        route(&method, &path).ok();
    }

    #[test]
    fn a_path_with_an_empty_or_dot_segment_deletes_nothing(
        segments in proptest::collection::vec(segment(), 0..6),
    ) {
        let path = format!("/backup-vaults/{}", segments.join("/"));
        if let Ok(found) = route("DELETE", &path) {
            let odd = |part: &str| matches!(part, "" | "." | "..");
            prop_assert!(!path[1..].split('/').any(odd), "{path} routed to {found:?}");
            prop_assert!(!found.labels.iter().any(|label| odd(label)));
        }
    }
}
