//! Replies, held against the model: nothing that it does not have, nothing that it forbids.

use super::*;
use jiff::Timestamp;
use serde_json::{Value, json};
use sexton_core::{
    AutomaticBackups, Backup, BackupId, Content, Erasure, FileSystem, FileSystemState,
    FileSystemType, FsxBackupId, InVault, JobId, Keeper, Leftover, Lifecycle, Made, ObjectPrefix,
    OfFileSystem, Offered, Origin, Principal, Realm, ResourceType, Source, SourceKind, State,
    Volume, Why,
};

use crate::aws::fsx::{BackupFilter, MachineFilter, VolumeFilter};
use crate::aws::model::Shape;
use crate::aws::model::check::fitting;
use crate::aws::model::fsx::{
    BACKUP, FILE_SYSTEM, Filter, STORAGE_VIRTUAL_MACHINE, VOLUME, VolumeFilter as OfVolumes,
};

const ID: &str = "backup-0123456789abcdef0";
const OF: &str = "fs-0123456789abcdef0";

fn realm() -> Realm {
    Realm::new("us-east-1", "123456789012")
}

fn created() -> Timestamp {
    "2026-01-02T03:04:05.678Z".parse().unwrap()
}

fn job() -> JobId {
    "0192a3b4-0000-7000-8000-000000000001".parse().unwrap()
}

fn id() -> FsxBackupId {
    ID.parse().unwrap()
}

fn object(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn file_system(kind: FileSystemType) -> FileSystem {
    let configuration = match kind {
        FileSystemType::Windows => json!({ "ThroughputCapacity": 8 }),
        FileSystemType::Lustre => json!({ "DeploymentType": "PERSISTENT_2" }),
        FileSystemType::Ontap => json!({ "DeploymentType": "SINGLE_AZ_1", "HAPairs": 1 }),
        FileSystemType::OpenZfs => json!({ "DeploymentType": "SINGLE_AZ_1" }),
    };
    FileSystem {
        kind,
        managed: true,
        storage_capacity: Some(1200),
        shown: object(&json!({ "StorageType": "SSD", "KmsKeyId": "key-1" })),
        configuration: object(&configuration),
        automatic: AutomaticBackups::begin(7, "02:30".parse().unwrap(), true, created()),
        tags: [("Name".to_owned(), "files".to_owned())].into(),
        ..FileSystem::registered(OF.parse().unwrap())
    }
}

fn volume(kind: FileSystemType) -> Volume {
    Volume {
        id: "fsvol-0123456789abcdef1".parse().unwrap(),
        file_system: OF.parse().unwrap(),
        kind,
        name: "vol1".to_owned(),
        configuration: object(&match kind {
            FileSystemType::Ontap => json!({ "StorageVirtualMachineId": "svm-0123456789abcdef0" }),
            FileSystemType::OpenZfs | FileSystemType::Windows | FileSystemType::Lustre => {
                json!({ "ParentVolumeId": "fsvol-0123456789abcdef0" })
            }
        }),
        tags: Tags::new(),
        state: FileSystemState::Available { problem: String::new() },
    }
}

fn source(offered: Offered) -> Source {
    let arn = match &offered {
        Offered::FileSystem(file_system) => file_system.id.arn(&realm()),
        Offered::Volume(volume) => volume.id.arn(&volume.file_system, &realm()),
        Offered::Instance(database) => database.id.arn(&realm()),
        Offered::Resource(_) => panic!("FSx shows none"),
    };
    Source {
        realm: realm(),
        arn,
        kind: SourceKind::Fsx { path: format!("/data/file-systems/{OF}") },
        allow_empty: true,
        added: created(),
        offered,
    }
}

fn kept(made: Made) -> Keeper {
    Keeper::FileSystem(OfFileSystem { file_system: OF.parse().unwrap(), volume: None, made })
}

fn in_vault() -> Keeper {
    Keeper::Vault(InVault {
        vault: "Default".parse().unwrap(),
        resource_type: ResourceType("FSx".to_owned()),
        role: "arn:aws:iam::123456789012:role/r".parse().unwrap(),
        lifecycle: Lifecycle::default(),
        restore_metadata: std::collections::BTreeMap::new(),
        created_by: None,
        request: None,
    })
}

fn content() -> Content {
    Content { size_bytes: 42, stored_bytes: 10, objects: 2, completed: created() }
}

fn backup(offered: Option<Offered>, keeper: Keeper, state: State) -> Backup {
    let file_system = file_system(FileSystemType::OpenZfs);
    let of = offered.clone().unwrap_or(Offered::FileSystem(file_system));
    Backup {
        id: BackupId::of_job(job()),
        realm: realm(),
        name: id().name(&realm()),
        source: source(of).arn,
        created: created(),
        objects: ObjectPrefix::new([1; 16]),
        keeper,
        origin: Origin::Captured,
        offered: offered.map(Box::new),
        tags: Tags::new(),
        problems: String::new(),
        state,
    }
}

fn complete() -> State {
    State::Completed { content: content() }
}

fn body(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/x-amz-json-1.1"));
    serde_json::from_slice(&reply.body).unwrap()
}

/// The value, once nothing of it is unknown to the model or forbidden by it.
fn modelled(shape: &Shape, value: &Value) -> Value {
    assert_eq!(fitting(shape, value).as_ref(), Some(value), "this does not fit the model");
    value.clone()
}

fn shown(made: &Backup) -> Value {
    modelled(&BACKUP, &body(&create_backup(made, None))["Backup"])
}

fn shown_source(source: &Source) -> Value {
    let listed = match source.offered {
        Offered::FileSystem(_) => {
            let body = body(&describe_file_systems([source], None));
            modelled(&FILE_SYSTEM, &body["FileSystems"][0])
        }
        Offered::Volume(_) => {
            let body = body(&describe_volumes([source], None));
            modelled(&VOLUME, &body["Volumes"][0])
        }
        Offered::Instance(_) | Offered::Resource(_) => panic!("FSx shows none"),
    };
    assert!(listed.is_object(), "{listed}");
    listed
}

fn erasing() -> Erasure {
    Erasure::begin(job(), created(), Principal::server(), Why::FailedBackup)
}

#[test]
fn a_backup_of_each_type_of_file_system_fits_the_model() {
    for kind in FileSystemType::ALL {
        let offered = Offered::FileSystem(file_system(kind));
        let shown = shown(&backup(Some(offered), kept(Made::Asked), complete()));
        assert_eq!((&shown["BackupId"], &shown["Lifecycle"]), (&json!(ID), &json!("AVAILABLE")));
        assert_eq!((&shown["Type"], &shown["SizeInBytes"]), (&json!("USER_INITIATED"), &json!(42)));
        assert_eq!(shown["CreationTime"], json!(1_767_323_045.678));
        assert_eq!(shown["ResourceARN"], json!(id().name(&realm()).to_string()));
        assert_eq!(
            (&shown["ResourceType"], &shown["KmsKeyId"]),
            (&json!("FILE_SYSTEM"), &json!("key-1"))
        );
        assert_eq!(shown["FileSystem"]["FileSystemId"], OF);
        assert_eq!(shown["FileSystem"]["FileSystemType"], kind.name());
        assert_eq!(shown["FileSystem"]["Tags"], json!([{ "Key": "Name", "Value": "files" }]));
        assert_eq!(shown["FileSystem"].get("Lifecycle"), None, "it is a copy, not the file system");
        assert_eq!(shown.get("Tags"), None, "an empty list is forbidden");
    }
}

#[test]
fn a_backup_of_which_no_copy_was_kept_still_names_its_file_system() {
    let shown = shown(&backup(None, kept(Made::Asked), complete()));
    assert_eq!(shown["FileSystem"]["FileSystemId"], OF);
}

#[test]
fn a_backup_of_a_volume_shows_the_volume() {
    for kind in [FileSystemType::Ontap, FileSystemType::OpenZfs] {
        let shown =
            shown(&backup(Some(Offered::Volume(volume(kind))), kept(Made::Final), complete()));
        assert_eq!(shown["ResourceType"], "VOLUME");
        assert_eq!(shown["Volume"]["VolumeId"], "fsvol-0123456789abcdef1");
        assert_eq!(shown["FileSystem"]["FileSystemType"], kind.name());
        assert_eq!(shown["FileSystem"]["FileSystemId"], OF);
    }
}

#[test]
fn a_recovery_point_is_a_backup_of_the_type_of_aws_backup() {
    for (keeper, expected) in [
        (in_vault(), "AWS_BACKUP"),
        (kept(Made::Asked), "USER_INITIATED"),
        (kept(Made::Final), "USER_INITIATED"),
        (kept(Made::Automatic), "AUTOMATIC"),
    ] {
        assert_eq!(shown(&backup(None, keeper, complete()))["Type"], expected);
    }
}

#[test]
fn the_life_of_a_backup_has_the_words_of_fsx() {
    let reason = "x".repeat(300);
    let failed = |bytes| State::Failed { reason: reason.clone(), at: created(), bytes };
    let expired =
        State::Expired { reason: "no role".to_owned(), since: created(), content: content() };
    for (state, lifecycle, percent) in [
        (State::Creating, "CREATING", json!(0)),
        (complete(), "AVAILABLE", json!(100)),
        (expired, "AVAILABLE", json!(100)),
        (failed(Leftover::Erased), "FAILED", Value::Null),
        (failed(Leftover::Erasing { erasing: erasing() }), "FAILED", Value::Null),
    ] {
        let shown = shown(&backup(None, kept(Made::Asked), state));
        assert_eq!(shown["Lifecycle"], lifecycle);
        assert_eq!(shown.get("ProgressPercent").unwrap_or(&Value::Null), &percent, "{lifecycle}");
        let details = shown.get("FailureDetails").map(|it| it["Message"].as_str().unwrap().len());
        assert_eq!(details, (lifecycle == "FAILED").then_some(256));
    }
    let problems = "1 problem: a: cannot be read".to_owned();
    let partly = Backup { problems, ..backup(None, kept(Made::Asked), complete()) };
    assert_eq!(shown(&partly)["FailureDetails"]["Message"], partly.problems.as_str());
    let making = backup(None, kept(Made::Asked), State::Creating);
    let shown = body(&describe_backups([(&making, Some(140))], None));
    assert_eq!(shown["Backups"][0]["ProgressPercent"], 100);
}

#[test]
fn a_copy_says_what_it_is_of() {
    let elsewhere = Realm::new("eu-west-1", "123456789012");
    let original: FsxBackupId = "backup-0fedcba9876543210".parse().unwrap();
    let origin = Origin::Copied {
        name: original.name(&elsewhere),
        realm: elsewhere,
        root: BackupId::of_job(job()),
        vault: None,
    };
    let copy = Backup { origin, ..backup(None, kept(Made::Asked), State::Creating) };
    let shown = modelled(&BACKUP, &body(&copy_backup(&copy, Some(7)))["Backup"]);
    assert_eq!(shown["SourceBackupId"], "backup-0fedcba9876543210");
    assert_eq!(shown["SourceBackupRegion"], "eu-west-1");
    assert_eq!((&shown["Lifecycle"], &shown["ProgressPercent"]), (&json!("COPYING"), &json!(7)));
}

#[test]
fn a_deleted_backup_is_its_id_and_a_word() {
    assert_eq!(body(&delete_backup(&id())), json!({ "BackupId": ID, "Lifecycle": "DELETED" }));
}

#[test]
fn a_file_system_of_each_type_fits_the_model() {
    for kind in FileSystemType::ALL {
        let source = source(Offered::FileSystem(file_system(kind)));
        let shown = shown_source(&source);
        assert_eq!(
            (&shown["FileSystemType"], &shown["Lifecycle"]),
            (&json!(kind.name()), &json!("AVAILABLE"))
        );
        assert_eq!(
            (&shown["StorageCapacity"], &shown["StorageType"]),
            (&json!(1200), &json!("SSD"))
        );
        let configuration = &shown[kind.configuration()];
        assert_eq!(configuration["AutomaticBackupRetentionDays"], 7);
        assert_eq!(configuration["DailyAutomaticBackupStartTime"], "02:30");
        let copies = kind != FileSystemType::Ontap;
        assert_eq!(configuration.get("CopyTagsToBackups").is_some(), copies, "{kind:?}");
        let name = format!("{OF}.localhost:/data/file-systems/{OF}");
        assert_eq!(shown["DNSName"].as_str(), Some(name.as_str()));
        for reply in [
            create_file_system(&source),
            create_file_system_from_backup(&source),
            update_file_system(&source),
        ] {
            assert_eq!(body(&reply)["FileSystem"], shown);
        }
    }
}

#[test]
fn a_registered_file_system_fits_the_model() {
    let shown =
        shown_source(&source(Offered::FileSystem(FileSystem::registered(OF.parse().unwrap()))));
    let root = "fsvol-0123456789abcdef0";
    let expected = json!({
        "AutomaticBackupRetentionDays": 0, "CopyTagsToBackups": false, "RootVolumeId": root,
    });
    assert_eq!(shown["OpenZFSConfiguration"], expected);
    let short = FileSystem::registered("fs-01234567".parse().unwrap());
    let shown = shown_source(&source(Offered::FileSystem(short)));
    assert_eq!(shown["OpenZFSConfiguration"].get("RootVolumeId"), None);
}

#[test]
fn a_directory_that_does_not_fit_into_a_name_is_not_shown_in_it() {
    for path in ["/data/a\nb".to_owned(), format!("/{}", "x".repeat(300))] {
        let of = source(Offered::FileSystem(file_system(FileSystemType::Windows)));
        let shown = shown_source(&Source { kind: SourceKind::Fsx { path }, ..of });
        assert_eq!(shown["DNSName"].as_str(), Some(format!("{OF}.localhost").as_str()));
    }
    for path in ["/data/ä", "/data/a b"] {
        let of = source(Offered::Volume(volume(FileSystemType::OpenZfs)));
        let shown = shown_source(&Source { kind: SourceKind::Fsx { path: path.into() }, ..of });
        assert_eq!(shown["OpenZFSConfiguration"].get("VolumePath"), None);
    }
}

#[test]
fn the_life_of_a_file_system_has_the_words_of_fsx() {
    let creating =
        FileSystemState::Creating { job: job(), realm: realm(), backup: id().name(&realm()) };
    let deleting = FileSystemState::deleting(&Principal::server(), None);
    let failed = FileSystemState::Failed { reason: "no room".to_owned() };
    let trouble = FileSystemState::Available { problem: "x".repeat(300) };
    let problem = "something is mounted".to_owned();
    let stuck = FileSystemState::Deleting { by: Principal::server(), last: None, problem };
    for (state, lifecycle, of_volume, details) in [
        (creating, "CREATING", "CREATING", None),
        (deleting, "DELETING", "DELETING", None),
        (failed, "FAILED", "FAILED", Some("no room".to_owned())),
        (trouble, "AVAILABLE", "CREATED", Some("x".repeat(256))),
        (stuck, "DELETING", "DELETING", Some("something is mounted".to_owned())),
    ] {
        let it = FileSystem { state: state.clone(), ..file_system(FileSystemType::Ontap) };
        let shown = shown_source(&source(Offered::FileSystem(it)));
        assert_eq!(shown["Lifecycle"], lifecycle);
        assert_eq!(shown["FailureDetails"]["Message"].as_str(), details.as_deref());
        let it = Volume { state, ..volume(FileSystemType::Ontap) };
        let shown = shown_source(&source(Offered::Volume(it)));
        assert_eq!(shown["Lifecycle"], of_volume);
        assert_eq!(shown["LifecycleTransitionReason"]["Message"].as_str(), details.as_deref());
    }
}

#[test]
fn a_volume_of_each_type_fits_the_model() {
    let shown = shown_source(&source(Offered::Volume(volume(FileSystemType::OpenZfs))));
    assert_eq!(
        (&shown["VolumeType"], &shown["Lifecycle"]),
        (&json!("OPENZFS"), &json!("AVAILABLE"))
    );
    let path = format!("/data/file-systems/{OF}");
    assert_eq!(shown["OpenZFSConfiguration"]["VolumePath"].as_str(), Some(path.as_str()));
    let source = source(Offered::Volume(volume(FileSystemType::Ontap)));
    let shown = shown_source(&source);
    assert_eq!((&shown["VolumeType"], &shown["Lifecycle"]), (&json!("ONTAP"), &json!("CREATED")));
    let machine = &shown["OntapConfiguration"]["StorageVirtualMachineId"];
    assert_eq!(machine, "svm-0123456789abcdef0");
    assert_eq!(body(&create_volume(&source))["Volume"], shown);
}

#[test]
fn a_file_system_of_ontap_has_one_storage_virtual_machine() {
    let shown = |kind, state| {
        let it = FileSystem { state, ..file_system(kind) };
        let source = source(Offered::FileSystem(it));
        let shown = body(&describe_storage_virtual_machines([&source], None));
        let list = shown["StorageVirtualMachines"].as_array().unwrap().clone();
        list.iter().map(|it| modelled(&STORAGE_VIRTUAL_MACHINE, it)).collect::<Vec<_>>()
    };
    let available = FileSystemState::Available { problem: String::new() };
    let deleting = FileSystemState::deleting(&Principal::server(), None);
    for (state, lifecycle) in [(available.clone(), "CREATED"), (deleting, "DELETING")] {
        let list = shown(FileSystemType::Ontap, state);
        assert_eq!(list.len(), 1);
        // As a new volume names it.
        let volume = volume(FileSystemType::Ontap).configuration;
        assert_eq!(list[0]["StorageVirtualMachineId"], volume["StorageVirtualMachineId"]);
        assert_eq!(list[0]["FileSystemId"], OF);
        assert_eq!(list[0]["Lifecycle"], lifecycle);
    }
    for kind in [FileSystemType::Windows, FileSystemType::Lustre, FileSystemType::OpenZfs] {
        assert!(shown(kind, available.clone()).is_empty(), "{kind:?}");
    }
    let filter = |id: &str| {
        let filters = json!([{ "Name": "file-system-id", "Values": ["fs-99999999", id] }]);
        let filter = MachineFilter::of(serde_json::from_value(filters).unwrap()).unwrap();
        filter.matches(&file_system(FileSystemType::Ontap))
    };
    assert_eq!((filter(OF), filter("fs-88888888")), (true, false));
}

#[test]
fn what_goes_names_its_last_backup() {
    let last = Some(id().name(&realm()));
    let deleting = |last| FileSystemState::deleting(&Principal::server(), last);
    let tags: Tags = [("why".to_owned(), "last".to_owned())].into();
    let response = json!({
        "FinalBackupId": ID, "FinalBackupTags": [{ "Key": "why", "Value": "last" }],
    });
    for (kind, member) in [
        (FileSystemType::Windows, "WindowsResponse"),
        (FileSystemType::Lustre, "LustreResponse"),
        (FileSystemType::OpenZfs, "OpenZFSResponse"),
    ] {
        let it = FileSystem { state: deleting(last.clone()), ..file_system(kind) };
        let body = body(&delete_file_system(&source(Offered::FileSystem(it)), &tags));
        let expected = json!({ "FileSystemId": OF, "Lifecycle": "DELETING", member: response });
        assert_eq!(body, expected);
    }
    let it = FileSystem { state: deleting(None), ..file_system(FileSystemType::Windows) };
    let without = body(&delete_file_system(&source(Offered::FileSystem(it)), &Tags::new()));
    assert_eq!(without, json!({ "FileSystemId": OF, "Lifecycle": "DELETING" }));
    let it = Volume { state: deleting(last), ..volume(FileSystemType::Ontap) };
    let gone = body(&delete_volume(&source(Offered::Volume(it)), &tags));
    let expected = json!({
        "VolumeId": "fsvol-0123456789abcdef1", "Lifecycle": "DELETING", "OntapResponse": response,
    });
    assert_eq!(gone, expected);
}

#[test]
fn lists_are_there_when_they_are_empty_and_tags_are_not() {
    assert_eq!(body(&describe_backups([], None)), json!({ "Backups": [] }));
    assert_eq!(body(&describe_file_systems([], None)), json!({ "FileSystems": [] }));
    assert_eq!(
        body(&describe_volumes([], Some("t".into()))),
        json!({ "Volumes": [], "NextToken": "t" })
    );
    let machines = body(&describe_storage_virtual_machines([], None));
    assert_eq!(machines, json!({ "StorageVirtualMachines": [] }));
    let attached = body(&describe_s3_access_point_attachments());
    assert_eq!(attached, json!({ "S3AccessPointAttachments": [] }));
    assert_eq!(body(&list_tags_for_resource(&Tags::new(), None)), json!({}));
    let tags: Tags = [("a".to_owned(), String::new())].into();
    let expected = json!({ "Tags": [{ "Key": "a", "Value": "" }] });
    assert_eq!(body(&list_tags_for_resource(&tags, None)), expected);
    assert_eq!(body(&tag_resource()), json!({}));
    assert_eq!(body(&untag_resource()), json!({}));
}

#[test]
fn a_filter_lets_through_what_has_what_it_asks_for() {
    let offered = Offered::FileSystem(file_system(FileSystemType::Windows));
    let of_windows = backup(Some(offered), kept(Made::Automatic), complete());
    let of_volume =
        backup(Some(Offered::Volume(volume(FileSystemType::Ontap))), kept(Made::Asked), complete());
    let unknown = backup(None, in_vault(), complete());
    let found = |filters: Value| {
        let filters: Vec<Filter> = serde_json::from_value(filters).unwrap();
        let filter = BackupFilter::of(filters).unwrap();
        [&of_windows, &of_volume, &unknown].map(|it| filter.matches(it))
    };
    let by = |name: &str, values: &[&str]| json!({ "Name": name, "Values": values });
    for (filters, expected) in [
        (json!([]), [true, true, true]),
        (json!([by("file-system-id", &[OF])]), [true, true, true]),
        (json!([by("file-system-id", &["fs-99999999"])]), [false, false, false]),
        (json!([by("volume-id", &["fsvol-0123456789abcdef1"])]), [false, true, false]),
        (json!([by("backup-type", &["AUTOMATIC", "AWS_BACKUP"])]), [true, false, true]),
        // Of what no copy was kept, nobody knows the type.
        (json!([by("file-system-type", &["WINDOWS", "ONTAP"])]), [true, true, false]),
        (json!([by("file-system-type", &["OPENZFS"])]), [false, false, false]),
        (
            json!([by("file-system-type", &["WINDOWS"]), by("backup-type", &["USER_INITIATED"])]),
            [false, false, false],
        ),
    ] {
        assert_eq!(found(filters.clone()), expected, "{filters}");
    }
    let volumes = |name: &str, value: &str| {
        let filters: Vec<OfVolumes> = serde_json::from_value(json!([by(name, &[value])])).unwrap();
        let filter = VolumeFilter::of(filters).unwrap();
        [FileSystemType::Ontap, FileSystemType::OpenZfs].map(|kind| filter.matches(&volume(kind)))
    };
    assert_eq!(volumes("file-system-id", OF), [true, true]);
    assert_eq!(volumes("storage-virtual-machine-id", "svm-0123456789abcdef0"), [true, false]);
}
