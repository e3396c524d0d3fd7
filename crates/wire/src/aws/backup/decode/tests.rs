//! Requests as clients send them, and as nobody should.

use super::*;
use http::Request;
use proptest::prelude::*;
use serde_json::json;

use sexton_core::Association;

use crate::aws::backup::call::Protect;
use crate::aws::model::backup::{BackupJobState, RestoreJobStatus};
use crate::aws::paging::PageSecret;

const VOLUME: &str = "arn%3Aaws%3Aec2%3Aus-east-1%3A1%3Avolume%2Fvol-1";
const POINT: &str = "arn%3Aaws%3Aec2%3Aus-east-1%3A%3Aimage%2Fami-1234567890abcdef0";

fn parts(method: &str, target: &str) -> Parts {
    Request::builder().method(method).uri(target).body(()).unwrap().into_parts().0
}

fn get(target: &str) -> Result<Call, WireError> {
    decode(&parts("GET", target), b"")
}

fn send(method: &str, target: &str, body: &Value) -> Result<Call, WireError> {
    decode(&parts(method, target), &serde_json::to_vec(body).unwrap())
}

fn refusal(result: Result<Call, WireError>) -> (&'static str, String) {
    let error = result.unwrap_err();
    (error.name, error.message)
}

fn order(extra: &Value) -> Result<Call, WireError> {
    let mut body = json!({
        "BackupVaultName": "Default",
        "ResourceArn": "arn:aws:fsx:us-east-1:123456789012:file-system/fs-1",
        "IamRoleArn": "arn:aws:iam::123456789012:role/r",
        "IdempotencyToken": "4b0f3b58-0000-4000-8000-000000000000",
        "StartWindowMinutes": 60,
    });
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    send("PUT", "/backup-jobs", &body)
}

#[test]
fn a_deletion_is_a_vault_and_a_point() {
    let target =
        format!("/backup-vaults/aws%2Fefs%2Fautomatic-backup-vault/recovery-points/{POINT}");
    let call = decode(&parts("DELETE", &target), b"").unwrap();
    let Call::DeleteRecoveryPoint { vault, point } = call else { panic!("{call:?}") };
    assert_eq!(vault.as_str(), "aws/efs/automatic-backup-vault");
    assert_eq!(point.as_str(), "arn:aws:ec2:us-east-1::image/ami-1234567890abcdef0");
}

#[test]
fn what_is_malformed_deletes_nothing() {
    for (target, name) in [
        ("/backup-vaults/V/recovery-points/", "MissingParameterValueException"),
        ("/backup-vaults/", "MissingParameterValueException"),
        ("/backup-vaults//recovery-points/x", "MissingParameterValueException"),
        ("/backup-vaults/V/recovery-points/x", "InvalidParameterValueException"),
        ("/backup-vaults/V/recovery-points/..", "InvalidParameterValueException"),
        (
            "/backup-vaults/%00/recovery-points/arn%3Aa%3Ab%3A%3A%3Ac",
            "InvalidParameterValueException",
        ),
        ("/backup-vaults/V/notification-configuration", "UnknownOperationException"),
    ] {
        let (found, message) = refusal(decode(&parts("DELETE", target), b""));
        assert_eq!(found, name, "{target}: {message}");
    }
    let (_, message) =
        refusal(decode(&parts("DELETE", "/backup-vaults/V/notification-configuration"), b""));
    assert!(message.contains("DeleteBackupVaultNotifications"), "{message}");
}

#[test]
fn only_new_vaults_obey_the_pattern() {
    let call =
        send("PUT", "/backup-vaults/v1", &json!({ "BackupVaultTags": { "a": "b" } })).unwrap();
    let Call::CreateBackupVault { name, tags, .. } = call else { panic!("{call:?}") };
    assert_eq!((name.as_str(), tags["a"].as_str()), ("v1", "b"));
    let (name, message) = refusal(send("PUT", "/backup-vaults/a%20b", &json!({})));
    assert_eq!(name, "InvalidParameterValueException");
    assert_eq!(message, "Backup vault name \"a b\" is not valid");
    assert!(get("/backup-vaults/a%20b").is_ok());
}

#[test]
fn a_body_may_not_name_what_the_path_names() {
    let call = send("PUT", "/backup-vaults/mine", &json!({ "BackupVaultName": "other" })).unwrap();
    assert!(matches!(call, Call::CreateBackupVault { name, .. } if name.as_str() == "mine"));
}

#[test]
fn an_absent_body_is_an_empty_one() {
    assert!(decode(&parts("PUT", "/backup-vaults/v1"), b"").is_ok());
    let (name, message) = refusal(decode(&parts("PUT", "/backup-jobs"), b""));
    assert_eq!(name, "MissingParameterValueException");
    assert!(message.contains("BackupVaultName"), "{message}");
}

#[test]
fn what_is_not_a_json_object_is_refused() {
    for body in [&b"{"[..], b"[]", b"null", b"\xff", b"{} x"] {
        let (name, _) = refusal(decode(&parts("PUT", "/backup-jobs"), body));
        assert_eq!(name, "SerializationException");
    }
}

#[test]
fn a_backup_order_carries_its_types() {
    let extra = json!({
        "Lifecycle": { "DeleteAfterDays": 14, "MoveToColdStorageAfterDays": -1 },
        "RecoveryPointTags": { "k": "v" },
        "Index": "DISABLED",
        "SomethingNew": [1],
    });
    let Call::StartBackupJob(order) = order(&extra).unwrap() else { panic!() };
    assert_eq!(order.lifecycle.delete_after_days, Some(14));
    assert_eq!(order.lifecycle.cold_after_days, Some(-1));
    assert_eq!(order.tags["k"], "v");
    assert_eq!(order.resource.service(), "fsx");
    assert!(order.idempotency_token.is_some());
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    for (extra, word) in [
        (json!({ "Index": "ENABLED" }), "Index"),
        (json!({ "BackupOptions": { "WindowsVSS": "enabled" } }), "BackupOptions"),
        (json!({ "Lifecycle": { "DeleteAfterEvent": "DELETE_AFTER_COPY" } }), "DeleteAfterEvent"),
        (json!({ "LogicallyAirGappedBackupVaultArn": "arn:aws:b:r:a:v" }), "AirGapped"),
        (json!({ "ResourceArn": "fs-1" }), "Invalid ARN"),
        (json!({ "IamRoleArn": "r" }), "Invalid ARN"),
    ] {
        let (name, message) = refusal(order(&extra));
        assert_eq!(name, "InvalidParameterValueException");
        assert!(message.contains(word), "{message}");
    }
    let (name, message) = refusal(order(&json!({ "ResourceArn": "" })));
    assert_eq!(name, "MissingParameterValueException");
    assert!(message.contains("ResourceArn"), "{message}");
}

#[test]
fn every_filter_of_a_listing_is_read() {
    let call = get(&format!(
        "/backup-vaults/v1/recovery-points/?maxResults=10&resourceArn={VOLUME}&resourceType=EBS\
         &backupPlanId=p&createdAfter=2024-01-02T03%3A04%3A05.678000Z\
         &createdBefore=2024-01-02T03%3A04%3A05.678Z&parentRecoveryPointArn={POINT}\
         &backupVaultAccountId=123456789012"
    ));
    let Call::ListRecoveryPointsByBackupVault { vault, filter, page } = call.unwrap() else {
        panic!()
    };
    assert_eq!((vault.as_str(), page.items_max), ("v1", 10));
    assert_eq!(filter.created.after, filter.created.before);
    assert_eq!(filter.created.after.unwrap().as_millisecond(), 1_704_164_645_678);
    assert_eq!(filter.resource_type.as_ref().unwrap().0, "EBS");
    assert!(filter.resource.is_some() && filter.parent.is_some());
    assert!(filter.plan.is_some() && filter.account.is_some());
    let call = get("/backup-vaults/v1/recovery-points").unwrap();
    let Call::ListRecoveryPointsByBackupVault { filter, page, .. } = call else { panic!() };
    assert!(filter == PointFilter::default());
    assert_eq!(page.items_max, 1000);
}

#[test]
fn job_listings_filter_by_the_models_words() {
    let call = get("/backup-jobs/?state=RUNNING&accountId=123456789012&messageCategory=SUCCESS");
    let Call::ListBackupJobs { filter, .. } = call.unwrap() else { panic!() };
    assert_eq!(filter.state, Some(BackupJobState::Running));
    let Call::ListRestoreJobs { filter, .. } = get("/restore-jobs?status=FAILED").unwrap() else {
        panic!()
    };
    assert_eq!(filter.status, Some(RestoreJobStatus::Failed));
}

#[test]
fn bad_filters_are_named() {
    for (query, words) in [
        ("maxResults=0", "MaxResults"),
        ("maxResults=10001", "between 1 and 1000"),
        ("maxResults=ten", "maxResults"),
        ("maxResults=1&maxResults=2", "once"),
        ("createdAfter=yesterday", "ISO 8601"),
        ("createdAfter=", "ISO 8601"),
        ("resourceType=Storage%20Gateway", "pattern"),
        ("resourceArn=x", "Invalid ARN"),
        ("backupVaultAccountId=12", "BackupVaultAccountId"),
        ("nextToken=%zz", "UTF-8"),
    ] {
        let (name, message) = refusal(get(&format!("/backup-vaults/v/recovery-points?{query}")));
        assert_eq!(name, "InvalidParameterValueException", "{query}");
        assert!(message.contains(words), "{query}: {message}");
    }
    let (_, message) = refusal(get("/backup-jobs?state=WAITING"));
    assert!(message.contains("CREATED, PENDING, RUNNING"), "{message}");
    let (_, message) = refusal(get("/backup-vaults?shared=yes"));
    assert!(message.contains("true or false"), "{message}");
}

#[test]
fn a_filter_may_end_with_the_year_9999() {
    let Call::ListBackupJobs { filter, .. } =
        get("/backup-jobs?createdBefore=9999-12-31T00%3A00%3A00Z").unwrap()
    else {
        panic!()
    };
    assert_eq!(filter.created.before, Some(jiff::Timestamp::MAX));
}

#[test]
fn a_bad_filter_is_repeated_as_the_caller_wrote_it() {
    let (_, message) = refusal(get("/backup-jobs?createdBefore=2024-13-01T00%3A00%3A00Z"));
    assert!(message.ends_with("not \"2024-13-01T00:00:00Z\""), "{message}");
}

#[test]
fn a_token_is_bound_to_vault_and_filters() {
    let page = |target: &str| {
        let call = get(target).unwrap();
        let Call::ListRecoveryPointsByBackupVault { page, .. } = call else { panic!("{call:?}") };
        page
    };
    let secret = PageSecret::new(&[1; 32]);
    let first = page("/backup-vaults/v/recovery-points?resourceType=EBS");
    let realm = sexton_core::Realm::new("r", "1");
    let token = first.token_after(b"k", &secret, &realm);
    let next = |vault: &str, kind: &str| {
        let target = format!(
            "/backup-vaults/{vault}/recovery-points?maxResults=3&resourceType={kind}\
             &nextToken={token}"
        );
        page(&target).cursor(&secret, &realm)
    };
    assert_eq!(next("v", "EBS").unwrap().unwrap(), b"k");
    assert!(next("w", "EBS").is_err());
    assert!(next("v", "FSx").is_err());
}

#[test]
fn vault_listings_know_one_type() {
    let plain = |target: &str| {
        let call = get(target).unwrap();
        let Call::ListBackupVaults { filter, .. } = call else { panic!("{call:?}") };
        (filter.plain, filter.air_gapped)
    };
    assert_eq!(plain("/backup-vaults/"), (true, true));
    let of_type = |kind| plain(&format!("/backup-vaults?vaultType={kind}&shared=false"));
    assert_eq!(of_type("BACKUP_VAULT"), (true, false));
    assert_eq!(of_type("LOGICALLY_AIR_GAPPED_BACKUP_VAULT"), (false, true));
    assert_eq!(plain("/backup-vaults?shared=true"), (false, false));
}

#[test]
fn a_job_id_that_is_none_names_no_job() {
    for (method, target) in
        [("GET", "/backup-jobs/x"), ("POST", "/backup-jobs/x"), ("GET", "/restore-jobs/x")]
    {
        let (name, message) = refusal(decode(&parts(method, target), b""));
        assert_eq!((name, message.as_str()), ("ResourceNotFoundException", "Cannot find job x."));
    }
    let id = "0192a3b4-0000-7000-8000-000000000001";
    assert!(matches!(get(&format!("/backup-jobs/{id}")), Ok(Call::DescribeBackupJob { .. })));
}

#[test]
fn tags_come_and_go() {
    let arn = "arn%3Aaws%3Abackup%3Ar%3A1%3Abackup-vault%3Av";
    let call = send("POST", &format!("/tags/{arn}"), &json!({ "Tags": { "a": "1" } })).unwrap();
    assert!(matches!(call, Call::TagResource { tags, .. } if tags.len() == 1));
    let call = send("POST", &format!("/untag/{arn}"), &json!({ "TagKeyList": ["a"] })).unwrap();
    assert!(matches!(call, Call::UntagResource { keys, .. } if keys == ["a"]));
    assert!(matches!(get(&format!("/tags/{arn}/")).unwrap(), Call::ListTags { .. }));
    let (name, _) = refusal(send("POST", &format!("/tags/{arn}"), &json!({})));
    assert_eq!(name, "MissingParameterValueException");
}

#[test]
fn a_call_that_tags_or_untags_nothing_is_refused() {
    let arn = "arn%3Aaws%3Abackup%3Ar%3A1%3Abackup-vault%3Av";
    for (path, body, words) in [
        ("tags", json!({ "Tags": {} }), "Tags must hold"),
        ("untag", json!({ "TagKeyList": [] }), "TagKeyList must hold"),
    ] {
        let (name, message) = refusal(send("POST", &format!("/{path}/{arn}"), &body));
        assert_eq!(name, "InvalidParameterValueException");
        assert!(message.starts_with(words), "{message}");
    }
}

#[test]
fn tags_are_asked_of_what_aws_backup_keeps_alone() {
    for (arn, fits) in [
        ("arn:aws:backup:r:1:backup-vault:v", true),
        ("arn:aws:backup:r:1:backup-plan:p", true),
        ("arn:aws:backup:r:1:legal-hold:h", true),
        ("arn:aws:ec2:r::snapshot/snap-1", true),
        ("arn:aws:ec2:r:1:volume/vol-1", false),
        ("arn:aws:s3:::bucket", false),
        ("arn:aws:s3:::backup-vault:v", false),
    ] {
        let label = arn.replace(':', "%3A").replace('/', "%2F");
        let tags = json!({ "Tags": { "a": "b" } });
        let keys = json!({ "TagKeyList": ["a"] });
        for result in [
            get(&format!("/tags/{label}/")),
            send("POST", &format!("/tags/{label}"), &tags),
            send("POST", &format!("/untag/{label}"), &keys),
        ] {
            assert_eq!(result.is_ok(), fits, "{arn}: {result:?}");
            if !fits {
                let (name, message) = refusal(result);
                assert_eq!(name, "InvalidParameterValueException");
                assert!(message.contains(arn), "{message}");
            }
        }
    }
}

#[test]
fn a_legal_hold_is_ordered_with_its_tags() {
    let mut body = json!({ "Title": "t", "Description": "d", "Tags": { "case": "7" } });
    for tags in [1, 0] {
        let call = send("POST", "/legal-holds/", &body).unwrap();
        let Call::Protect(Protect::CreateHold(order)) = call else { panic!("{call:?}") };
        assert_eq!(order.tags.len(), tags);
        body.as_object_mut().unwrap().remove("Tags");
    }
}

/// The path of the point is that of its deletion, and what is asked for stands behind it.
#[test]
fn a_point_is_disassociated_by_its_own_path() {
    let path = format!("/backup-vaults/v/recovery-points/{POINT}");
    for (method, suffix, wanted) in [
        ("POST", "disassociate", Association::Continuous),
        ("DELETE", "parentAssociation", Association::Parent),
    ] {
        let call = decode(&parts(method, &format!("{path}/{suffix}")), b"").unwrap();
        let Call::Protect(Protect::Disassociate { vault, point, from }) = &call else {
            panic!("{call:?}")
        };
        assert_eq!((vault.as_str(), *from), ("v", wanted));
        assert_eq!(point.as_str(), "arn:aws:ec2:us-east-1::image/ami-1234567890abcdef0");
        let none = format!("/backup-vaults/v/recovery-points//{suffix}");
        assert_eq!(refusal(decode(&parts(method, &none), b"")).0, "MissingParameterValueException");
    }
    let call = get("/backup-vaults/v/notification-configuration").unwrap();
    assert_eq!(call.operation(), "GetBackupVaultNotifications");
}

#[test]
fn a_listing_by_what_cannot_be_backed_up_is_refused() {
    for target in ["/backup-vaults/v/recovery-points", "/backup-jobs"] {
        let (name, message) = refusal(get(&format!("{target}?resourceArn={POINT}")));
        assert_eq!(name, "InvalidParameterValueException");
        let arn = "arn:aws:ec2:us-east-1::image/ami-1234567890abcdef0";
        assert_eq!(message, format!("Unsupported resource type: {arn}"));
    }
}

#[test]
fn a_restore_order_carries_its_types() {
    let body = json!({
        "RecoveryPointArn": "arn:aws:fsx:r:1:backup/backup-1",
        "Metadata": { "a": "b" },
        "IamRoleArn": "arn:aws:iam::1:role/r",
        "ResourceType": "FSx",
        "CopySourceTagsToRestoredResource": false,
    });
    let Call::StartRestoreJob(order) = send("PUT", "/restore-jobs", &body).unwrap() else {
        panic!()
    };
    assert_eq!(order.metadata["a"], "b");
    assert_eq!(order.resource_type.unwrap().0, "FSx");
    assert!(order.role.unwrap().is_role());
}

#[test]
fn a_restore_that_would_copy_tags_is_refused() {
    let body = json!({
        "RecoveryPointArn": "arn:aws:fsx:r:1:backup/backup-1",
        "Metadata": {},
        "CopySourceTagsToRestoredResource": true,
    });
    let (name, message) = refusal(send("PUT", "/restore-jobs", &body));
    assert_eq!(name, "InvalidParameterValueException");
    assert!(message.starts_with("CopySourceTagsToRestoredResource is not"), "{message}");
}

proptest! {
    #[test]
    fn decoding_never_panics(
        method in prop_oneof![Just("GET"), Just("PUT"), Just("POST"), Just("DELETE")],
        path in "(/(backup-vaults|v|recovery-points|arn:a:b:c::d|tags|untag|backup-jobs\
                 |restore-jobs\
                 |%[0-9a-f]{2}|\\.\\.)?){1,5}",
        query in "((maxResults|nextToken|createdAfter|state)=[a-z0-9%+:-]{0,8}&?){0,3}",
        body in prop_oneof![
            Just(Vec::new()),
            proptest::collection::vec(any::<u8>(), 0..40),
            "\\{(\"(Tags|Lifecycle|ResourceArn|Metadata)\":(null|1|\"a\"|\\[\\]|\\{\\})){0,1}\\}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let target = format!("{path}?{query}");
        if let Ok(request) = Request::builder().method(method).uri(target).body(()) {
            decode(&request.into_parts().0, &body).ok();
        }
    }
}
