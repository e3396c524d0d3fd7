//! Requests as clients send them, and as nobody should.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use sexton_core::{FileSystemChange, FileSystemOrder, FileSystemType};

use crate::aws::paging::PageSecret;

const BACKUP: &str = "backup-0123456789abcdef0";
const FILE_SYSTEM: &str = "fs-0123456789abcdef0";
const VOLUME: &str = "fsvol-0123456789abcdef0";
const SUBNET: &str = "subnet-0123456789abcdef0";

fn realm() -> Realm {
    Realm::new("us-east-1", "123456789012")
}

fn send(operation: &str, body: &Value) -> Result<Call, Error> {
    decode(operation, &serde_json::to_vec(body).unwrap(), &realm()).map(|request| request.call)
}

fn token_of(operation: &str, body: &Value) -> TokenUse {
    let body = serde_json::to_vec(body).unwrap();
    decode(operation, &body, &realm()).unwrap().token.unwrap()
}

fn refusal(operation: &str, body: &Value) -> (&'static str, String) {
    let error = send(operation, body).unwrap_err();
    assert_eq!(error.status, 400, "{error}");
    (error.name, error.message)
}

fn ordered(body: &Value) -> FileSystemOrder {
    let call = send("CreateFileSystem", body).unwrap();
    let Call::CreateFileSystem(order) = call else { panic!("{call:?}") };
    order
}

#[test]
fn a_deletion_is_an_id_and_a_token() {
    let body = json!({ "BackupId": BACKUP, "ClientRequestToken": "tok-1" });
    let request = decode("DeleteBackup", &serde_json::to_vec(&body).unwrap(), &realm()).unwrap();
    assert_eq!(request.operation, Operation::DeleteBackup);
    assert_eq!(request.call, Call::DeleteBackup { backup: BACKUP.parse().unwrap() });
    let token = request.token.unwrap();
    assert_eq!((&token.name.realm, token.name.name.token.as_str()), (&realm(), "tok-1"));
    assert_eq!(token.name.name.operation, "DeleteBackup");
    assert_eq!(token.asked.keys().collect::<Vec<_>>(), ["BackupId"]);
    let plain = json!({ "BackupId": BACKUP });
    let request = decode("DeleteBackup", &serde_json::to_vec(&plain).unwrap(), &realm()).unwrap();
    assert_eq!(request.token, None);
}

#[test]
fn what_is_malformed_deletes_nothing() {
    for body in [
        json!({}),
        json!({ "BackupId": null }),
        json!({ "BackupId": "" }),
        json!({ "BackupId": 7 }),
        json!({ "BackupId": [BACKUP] }),
        json!({ "BackupId": "backup-0123456789abcdeg0" }),
        json!({ "BackupId": "backup-01234567\n" }),
        json!({ "BackupId": "snap-0123456789abcdef0" }),
        json!({ "BackupId": format!("backup-{}", "0".repeat(122)) }),
        json!({ "BackupId": BACKUP, "ClientRequestToken": "" }),
        json!({ "BackupId": BACKUP, "ClientRequestToken": "x".repeat(64) }),
        json!({ "BackupId": BACKUP, "ClientRequestToken": 1 }),
    ] {
        let (name, message) = refusal("DeleteBackup", &body);
        assert_eq!(name, "BadRequest", "{body}: {message}");
        assert!(
            message.contains("BackupId") || message.contains("ClientRequestToken"),
            "{message}"
        );
    }
    for body in ["[]", "null", "1", "\"x\"", "{", "{\"BackupId\":", "\u{feff}{}", "{} {}"] {
        let error = decode("DeleteBackup", body.as_bytes(), &realm()).unwrap_err();
        assert_eq!((error.status, error.name), (400, "SerializationException"), "{body}");
    }
    let deep = "[".repeat(100_000);
    let error = decode("DeleteBackup", deep.as_bytes(), &realm()).unwrap_err();
    assert_eq!(error.name, "SerializationException");
}

#[test]
fn a_client_may_use_every_sign_that_the_model_lets_through_in_a_token() {
    for token in ["a", "4b0f3b58-0000-4000-8000-000000000000", "A_z.9[]^`\\"] {
        let body = json!({ "BackupId": BACKUP, "ClientRequestToken": token });
        assert!(send("DeleteBackup", &body).is_ok(), "{token}");
    }
}

#[test]
fn operations_that_are_not_served_are_refused_by_name() {
    for (operation, words) in [
        ("CreateSnapshot", "CreateSnapshot of Amazon FSx is not served"),
        ("DropEverything", "no operation of Amazon FSx"),
        ("", "no operation"),
        ("deletebackup", "no operation"),
        ("DeleteBackup ", "no operation"),
    ] {
        let (name, message) = refusal(operation, &json!({}));
        assert_eq!(name, "UnknownOperationException");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_token_stands_for_all_that_was_sent_beside_it() {
    let order = |tags: Value| {
        let token = "t";
        json!({ "FileSystemId": FILE_SYSTEM, "ClientRequestToken": token, "Tags": tags })
    };
    let first = token_of("CreateBackup", &order(json!([{ "Key": "a", "Value": "b" }])));
    let same = json!({
        "Tags": [{ "Value": "b", "Key": "a" }], "ClientRequestToken": "t", "VolumeId": null,
        "FileSystemId": FILE_SYSTEM, "Nonsense": 1,
    });
    assert_eq!(token_of("CreateBackup", &same), first);
    let other = token_of("CreateBackup", &order(json!([{ "Key": "a", "Value": "c" }])));
    assert_eq!(other.name, first.name);
    assert_ne!(other.asked["Tags"], first.asked["Tags"]);
    assert_eq!(other.asked["FileSystemId"], first.asked["FileSystemId"]);
}

#[test]
fn nothing_of_a_password_is_kept_in_an_order_or_a_token() {
    let body = |password: &str| {
        json!({
            "FileSystemType": "ONTAP", "SubnetIds": [SUBNET], "StorageCapacity": 1024,
            "ClientRequestToken": "t",
            "OntapConfiguration": {
                "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 128,
                "FsxAdminPassword": password,
            },
        })
    };
    let order = ordered(&body("correct-horse-1"));
    assert_eq!(
        Value::Object(order.configuration),
        json!({ "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 128 })
    );
    let first = token_of("CreateFileSystem", &body("correct-horse-1"));
    assert_eq!(token_of("CreateFileSystem", &body("correct-horse-2")), first);
    let windows = json!({
        "FileSystemType": "WINDOWS", "SubnetIds": [SUBNET], "StorageCapacity": 300,
        "WindowsConfiguration": {
            "ThroughputCapacity": 8,
            "SelfManagedActiveDirectoryConfiguration": {
                "DomainName": "corp.example.com", "UserName": "admin", "Password": "secret",
                "DnsIps": ["10.0.1.18"],
            },
        },
    });
    let kept = Value::Object(ordered(&windows).configuration).to_string();
    assert!(kept.contains("corp.example.com") && !kept.contains("secret"), "{kept}");
}

#[test]
fn each_of_the_four_types_is_made_in_the_shape_that_clients_send() {
    let windows = ordered(&json!({
        "FileSystemType": "WINDOWS", "SubnetIds": [SUBNET], "StorageCapacity": 300,
        "StorageType": "SSD", "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Tags": [{ "Key": "Name", "Value": "files" }],
        "WindowsConfiguration": {
            "ThroughputCapacity": 8, "ActiveDirectoryId": "d-0123456789",
            "AutomaticBackupRetentionDays": 7, "DailyAutomaticBackupStartTime": "02:30",
            "WeeklyMaintenanceStartTime": "1:03:00", "CopyTagsToBackups": true,
            "Aliases": ["files.example.com"],
        },
    }));
    assert_eq!(windows.kind, Some(FileSystemType::Windows));
    assert_eq!((windows.storage_capacity, windows.retention_days), (Some(300), Some(7)));
    assert_eq!(windows.daily_start.unwrap().to_string(), "02:30");
    assert!(windows.copy_tags);
    assert_eq!(windows.tags["Name"], "files");
    let shown = json!({ "StorageType": "SSD", "SubnetIds": [SUBNET] });
    assert_eq!(Value::Object(windows.shown), shown);
    let aliases = json!([{ "Name": "files.example.com", "Lifecycle": "AVAILABLE" }]);
    assert_eq!(windows.configuration["Aliases"], aliases);
    assert_eq!(windows.configuration["WeeklyMaintenanceStartTime"], "1:03:00");
    assert_eq!(windows.configuration.get("AutomaticBackupRetentionDays"), None);

    let lustre = ordered(&json!({
        "FileSystemType": "LUSTRE", "SubnetIds": [SUBNET], "StorageCapacity": 1200,
    }));
    assert_eq!(lustre.kind, Some(FileSystemType::Lustre));
    assert!(lustre.configuration.is_empty());
    let linked = ordered(&json!({
        "FileSystemType": "LUSTRE", "SubnetIds": [SUBNET], "StorageCapacity": 1200,
        "LustreConfiguration": { "ImportPath": "s3://bucket", "DeploymentType": "PERSISTENT_1" },
    }));
    let repository = json!({ "ImportPath": "s3://bucket", "Lifecycle": "AVAILABLE" });
    assert_eq!(linked.configuration["DataRepositoryConfiguration"], repository);

    let open_zfs = ordered(&json!({
        "FileSystemType": "OPENZFS", "SubnetIds": [SUBNET], "StorageType": "INTELLIGENT_TIERING",
        "OpenZFSConfiguration": {
            "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 64,
            "RootVolumeConfiguration": { "DataCompressionType": "LZ4" },
        },
    }));
    assert_eq!((open_zfs.storage_capacity, open_zfs.retention_days), (None, None));
    let shown = json!({ "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 64 });
    assert_eq!(Value::Object(open_zfs.configuration), shown);
}

#[test]
fn a_configuration_must_be_there_and_of_the_right_type() {
    let order = |extra: Value| {
        let mut body =
            json!({ "FileSystemType": "OPENZFS", "SubnetIds": [SUBNET], "StorageCapacity": 64 });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        refusal("CreateFileSystem", &body)
    };
    let windows = json!({ "ThroughputCapacity": 8 });
    let open_zfs = json!({ "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 64 });
    assert_eq!(order(json!({})).0, "MissingFileSystemConfiguration");
    let (name, message) = order(json!({ "WindowsConfiguration": windows }));
    let words = "WindowsConfiguration cannot be applied to create a OPENZFS file system.";
    assert_eq!((name, message.as_str()), ("BadRequest", words));
    let both = json!({ "WindowsConfiguration": windows, "OpenZFSConfiguration": open_zfs });
    assert_eq!(order(both).0, "BadRequest");
    let (name, message) =
        order(json!({ "StorageCapacity": null, "OpenZFSConfiguration": open_zfs }));
    assert_eq!(name, "BadRequest");
    assert!(message.contains("StorageCapacity"), "{message}");
    let (_, message) =
        order(json!({ "OpenZFSConfiguration": { "DeploymentType": "SINGLE_AZ_1" } }));
    assert!(message.contains("OpenZFSConfiguration.ThroughputCapacity"), "{message}");
}

#[test]
fn a_change_says_only_what_changes() {
    let call = send(
        "UpdateFileSystem",
        &json!({
            "FileSystemId": FILE_SYSTEM, "ClientRequestToken": "t",
            "LustreConfiguration": {
                "AutomaticBackupRetentionDays": 0, "WeeklyMaintenanceStartTime": "7:23:59",
            },
        }),
    );
    let Ok(Call::UpdateFileSystem { file_system, change }) = call else { panic!("{call:?}") };
    assert_eq!(file_system.as_str(), FILE_SYSTEM);
    assert_eq!(change.configuration_of, Some(FileSystemType::Lustre));
    assert_eq!((change.retention_days, change.daily_start), (Some(0), None));
    assert!(change.shown.is_empty() && change.storage_capacity.is_none());
    let kept = json!({ "WeeklyMaintenanceStartTime": "7:23:59" });
    assert_eq!(Value::Object(change.configuration), kept);
    for (days, start) in [(91, "05:00"), (-1, "05:00"), (7, "0500"), (7, "24:00")] {
        let body = json!({
            "FileSystemId": FILE_SYSTEM,
            "WindowsConfiguration": {
                "AutomaticBackupRetentionDays": days, "DailyAutomaticBackupStartTime": start,
            },
        });
        assert_eq!(refusal("UpdateFileSystem", &body).0, "BadRequest", "{days} {start}");
    }
}

#[test]
fn an_empty_configuration_of_another_type_changes_nothing() {
    // Cloud Custodian sends both, whatever the file system is.
    let both = json!({
        "FileSystemId": FILE_SYSTEM, "LustreConfiguration": {},
        "WindowsConfiguration": { "AutomaticBackupRetentionDays": 3 },
    });
    let call = send("UpdateFileSystem", &both);
    let Ok(Call::UpdateFileSystem { change, .. }) = call else { panic!("{call:?}") };
    assert_eq!(change.configuration_of, Some(FileSystemType::Windows));
    assert_eq!(change.retention_days, Some(3));
    let neither = json!({
        "FileSystemId": FILE_SYSTEM, "LustreConfiguration": {}, "WindowsConfiguration": {},
    });
    let call = send("UpdateFileSystem", &neither);
    let Ok(Call::UpdateFileSystem { change, .. }) = call else { panic!("{call:?}") };
    assert_eq!(change, FileSystemChange::default());
    let contrary = json!({
        "FileSystemId": FILE_SYSTEM, "WindowsConfiguration": { "ThroughputCapacity": 16 },
        "LustreConfiguration": { "WeeklyMaintenanceStartTime": "7:23:59" },
    });
    assert_eq!(refusal("UpdateFileSystem", &contrary).0, "BadRequest");
}

#[test]
fn a_file_system_goes_as_its_type_says() {
    let delete = |configuration: Value| {
        let mut body = json!({ "FileSystemId": FILE_SYSTEM });
        body.as_object_mut().unwrap().extend(configuration.as_object().unwrap().clone());
        match send("DeleteFileSystem", &body) {
            Ok(Call::DeleteFileSystem { order, .. }) => Ok(order),
            Ok(call) => panic!("{call:?}"),
            Err(error) => Err(error.name),
        }
    };
    let plain = delete(json!({})).unwrap();
    assert_eq!((plain.configuration_of, plain.skip_final), (None, None));
    let windows = json!({
        "SkipFinalBackup": false, "FinalBackupTags": [{ "Key": "why", "Value": "last" }],
    });
    let order = delete(json!({ "WindowsConfiguration": windows })).unwrap();
    assert_eq!(order.configuration_of, Some(FileSystemType::Windows));
    assert_eq!((order.skip_final, order.final_tags["why"].as_str()), (Some(false), "last"));
    let all = json!({ "Options": ["DELETE_CHILD_VOLUMES_AND_SNAPSHOTS"] });
    assert!(delete(json!({ "OpenZFSConfiguration": all })).unwrap().with_volumes);
    let both = json!({ "OpenZFSConfiguration": {}, "LustreConfiguration": {} });
    assert_eq!(delete(both).unwrap_err(), "BadRequest");
}

#[test]
fn a_volume_is_made_where_its_parent_says() {
    let create = |kind: &str, configuration: Value| {
        let mut body = json!({ "VolumeType": kind, "Name": "vol1" });
        body.as_object_mut().unwrap().extend(configuration.as_object().unwrap().clone());
        match send("CreateVolume", &body) {
            Ok(Call::CreateVolume(order)) => Ok(order),
            Ok(call) => panic!("{call:?}"),
            Err(error) => Err(error.name),
        }
    };
    let zfs = json!({ "OpenZFSConfiguration": { "ParentVolumeId": VOLUME } });
    let order = create("OPENZFS", zfs.clone()).unwrap();
    assert_eq!(order.file_system.as_str(), FILE_SYSTEM);
    assert_eq!(order.configuration["ParentVolumeId"], VOLUME);
    let machine = json!({
        "StorageVirtualMachineId": "svm-0123456789abcdef0", "SizeInBytes": 1_073_741_824,
        "JunctionPath": "/vol1",
    });
    let order = create("ONTAP", json!({ "OntapConfiguration": machine })).unwrap();
    assert_eq!((order.kind, order.file_system.as_str()), (FileSystemType::Ontap, FILE_SYSTEM));
    assert_eq!(order.configuration["JunctionPath"], "/vol1");
    assert_eq!(create("ONTAP", json!({})).unwrap_err(), "MissingVolumeConfiguration");
    assert_eq!(create("ONTAP", zfs).unwrap_err(), "MissingVolumeConfiguration");
}

#[test]
fn a_backup_is_of_a_file_system_or_of_a_volume() {
    let call = send("CreateBackup", &json!({ "VolumeId": VOLUME })).unwrap();
    let of = BackedUp::Volume(VOLUME.parse().unwrap());
    assert_eq!(call, Call::CreateBackup { of, tags: Tags::new() });
    for body in [json!({}), json!({ "VolumeId": VOLUME, "FileSystemId": FILE_SYSTEM })] {
        assert_eq!(refusal("CreateBackup", &body).0, "BadRequest");
    }
    let tags = json!([{ "Key": "a", "Value": "1" }, { "Key": "a", "Value": "2" }]);
    for tags in [tags, json!([]), json!([{ "Key": "a" }]), json!([{ "Key": "", "Value": "" }])] {
        let body = json!({ "FileSystemId": FILE_SYSTEM, "Tags": tags });
        assert_eq!(refusal("CreateBackup", &body).0, "BadRequest", "{body}");
    }
}

#[test]
fn a_copy_comes_from_where_its_region_says() {
    let copy = |extra: Value| {
        let mut body = json!({ "SourceBackupId": BACKUP });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        match send("CopyBackup", &body) {
            Ok(Call::CopyBackup(order)) => Ok(order),
            Ok(call) => panic!("{call:?}"),
            Err(error) => Err(error.name),
        }
    };
    assert_eq!(copy(json!({})).unwrap().original.realm, realm());
    let order = copy(json!({ "SourceRegion": "eu-west-1", "CopyTags": true })).unwrap();
    assert_eq!(order.original.realm, Realm::new("eu-west-1", "123456789012"));
    assert!(order.copy_tags);
    assert_eq!(copy(json!({ "SourceRegion": "elsewhere" })).unwrap_err(), "InvalidRegion");
    let key = "arn:aws:kms:us-east-1:123456789012:key/1";
    assert_eq!(copy(json!({ "KmsKeyId": key })).unwrap_err(), "InvalidDestinationKmsKey");
}

#[test]
fn backups_are_listed_by_id_or_by_filter() {
    let call = send("DescribeBackups", &json!({ "BackupIds": [BACKUP], "MaxResults": 5 })).unwrap();
    let Call::DescribeBackups { ids, page, .. } = call else { panic!("{call:?}") };
    assert_eq!((ids.len(), page.items_max), (1, 5));
    let filters = json!([
        { "Name": "file-system-id", "Values": [FILE_SYSTEM] },
        { "Name": "backup-type", "Values": ["AUTOMATIC", "AWS_BACKUP"] },
    ]);
    let call = send("DescribeBackups", &json!({ "Filters": filters })).unwrap();
    let Call::DescribeBackups { filter, .. } = call else { panic!("{call:?}") };
    assert_eq!(filter.file_system().unwrap().as_str(), FILE_SYSTEM);
    for filter in [
        json!({ "Name": "file-cache-id", "Values": ["fc-1"] }),
        json!({ "Name": "colour", "Values": ["red"] }),
        json!({ "Name": "backup-type", "Values": ["MANUAL"] }),
        json!({ "Name": "file-system-type", "Values": ["ZFS"] }),
        json!({ "Name": "file-system-id", "Values": [] }),
        json!({ "Name": "file-system-id" }),
        json!({ "Values": [FILE_SYSTEM] }),
        json!({ "Name": "file-system-id", "Values": [""] }),
        json!({ "Name": "file-system-id", "Values": ["a b"] }),
    ] {
        let body = json!({ "Filters": [filter] });
        assert_eq!(refusal("DescribeBackups", &body).0, "BadRequest", "{body}");
    }
    let many: Vec<String> = (0..51).map(|index| format!("backup-{index:017x}")).collect();
    assert_eq!(refusal("DescribeBackups", &json!({ "BackupIds": many })).0, "BadRequest");
    for page in
        [json!({ "MaxResults": 0 }), json!({ "NextToken": "" }), json!({ "NextToken": "?" })]
    {
        assert_eq!(refusal("DescribeBackups", &page).0, "BadRequest", "{page}");
    }
}

#[test]
fn machines_and_access_points_are_asked_for_by_file_system() {
    let of = json!([{ "Name": "file-system-id", "Values": [FILE_SYSTEM] }]);
    let asked = json!({ "Filters": of });
    let call = send("DescribeStorageVirtualMachines", &asked).unwrap();
    assert!(matches!(call, Call::DescribeStorageVirtualMachines { ids, .. } if ids.is_empty()));
    let call = send("DescribeS3AccessPointAttachments", &asked).unwrap();
    assert_eq!(call, Call::DescribeS3AccessPointAttachments);
    let named = json!({ "Names": ["no-such-point"] });
    let (name, message) = refusal("DescribeS3AccessPointAttachments", &named);
    assert_eq!(name, "S3AccessPointAttachmentNotFound");
    assert!(message.contains("no-such-point"), "{message}");
    for filter in [json!({ "Name": "colour", "Values": ["red"] }), json!({ "Values": ["red"] })] {
        let asked = json!({ "Filters": [filter] });
        assert_eq!(refusal("DescribeStorageVirtualMachines", &asked).0, "BadRequest", "{asked}");
    }
}

#[test]
fn a_page_is_one_of_its_own_filter() {
    let list = |filters: Value, token: Option<&str>| {
        let mut body = json!({ "Filters": filters });
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        let call = send("DescribeBackups", &body).unwrap();
        let Call::DescribeBackups { page, .. } = call else { panic!("{call:?}") };
        page
    };
    let secret = PageSecret::new(&[7; 32]);
    let of = |id: &str| json!([{ "Name": "file-system-id", "Values": [id] }]);
    let token = list(of(FILE_SYSTEM), None).token_after(b"key", &secret, &realm());
    let again = list(of(FILE_SYSTEM), Some(&token)).cursor(&secret, &realm());
    assert_eq!(again.unwrap().unwrap(), b"key");
    let other = list(of("fs-99999999"), Some(&token)).cursor(&secret, &realm());
    assert_eq!(Error::from(other.unwrap_err()).name, "BadRequest");
}

#[test]
fn tags_are_asked_of_what_has_some() {
    let list = |arn: &str| match send("ListTagsForResource", &json!({ "ResourceARN": arn })) {
        Ok(_) => "ok",
        Err(error) => error.name,
    };
    for (arn, answer) in [
        ("arn:aws:fsx:us-east-1:123456789012:file-system/fs-01234567", "ok"),
        ("arn:aws:fsx:us-east-1:123456789012:backup/backup-01234567", "ok"),
        ("arn:aws:fsx:us-east-1:123456789012:volume/fs-01234567/fsvol-0123456789abcdef0", "ok"),
        ("arn:aws:fsx:us-east-1:123456789012:task/task-1", "ResourceDoesNotSupportTagging"),
        ("arn:aws:s3:::bucket", "NotServiceResourceError"),
        ("backup-0123456789", "BadRequest"),
        ("", "BadRequest"),
    ] {
        assert_eq!(list(arn), answer, "{arn}");
    }
    let arn = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-01234567";
    assert_eq!(refusal("TagResource", &json!({ "ResourceARN": arn })).0, "BadRequest");
    let none = json!({ "ResourceARN": arn, "TagKeys": [] });
    assert_eq!(refusal("UntagResource", &none).0, "BadRequest");
    let odd = json!({ "ResourceARN": arn, "Tags": [{ "Key": "a\u{1b}[0m", "Value": "" }] });
    assert_eq!(refusal("TagResource", &odd).0, "BadRequest");
}

/// JSON that is near to what an operation wants: its own members, with whatever in them.
fn near_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2_i64..100).prop_map(Value::from),
        "[a-z0-9/:.-]{0,24}".prop_map(Value::from),
        prop_oneof![Just(BACKUP), Just(FILE_SYSTEM), Just(VOLUME), Just(SUBNET)]
            .prop_map(Value::from),
        prop_oneof![Just("OPENZFS"), Just("LUSTRE"), Just("ONTAP"), Just("WINDOWS")]
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![
            "(Key|Value|Name|Values|DeploymentType|ThroughputCapacity|Aliases|ImportPath)",
            "(ParentVolumeId|StorageVirtualMachineId|SkipFinalBackup|FinalBackupTags|Options)",
            "[A-Za-z]{0,12}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(
        operation in prop::sample::select(Operation::ALL),
        body in proptest::collection::vec(any::<u8>(), 0..80),
        values in proptest::collection::vec(near_json(), 14),
    ) {
        let name = operation.info().name;
        drop(decode(name, &body, &realm()));
        let members = operation.info().members.iter().map(|member| member.name.to_owned());
        let near: Members = members.zip(values).collect();
        let body = serde_json::to_vec(&near).unwrap();
        if let Err(error) = decode(name, &body, &realm()) {
            prop_assert_eq!(error.status, 400);
            prop_assert!(!error.message.is_empty());
        }
    }

    #[test]
    fn no_operation_name_makes_it_panic(name in any::<String>()) {
        let error = decode(&name, b"{}", &realm()).unwrap_err();
        prop_assert_eq!(error.reply().status, 400);
    }
}
