//! Replies about file systems and volumes.

use jiff::Timestamp;
use serde_json::{Map, Value};
use sexton_core::{
    BackupName, FileSystem, FileSystemState, FileSystemType, FsxBackupId, Offered, Realm, Source,
    SourceKind, Tags, Volume,
};

use super::{answer, list, words};
use crate::aws::Reply;
use crate::aws::model::fsx::{
    self as model, CreateFileSystemFromBackupResponse, CreateFileSystemResponse,
    CreateVolumeResponse, DeleteFileSystemLustreResponse, DeleteFileSystemOpenZFSResponse,
    DeleteFileSystemResponse, DeleteFileSystemWindowsResponse, DeleteVolumeOntapResponse,
    DeleteVolumeResponse, DescribeFileSystemsResponse, DescribeS3AccessPointAttachmentsResponse,
    DescribeStorageVirtualMachinesResponse, DescribeVolumesResponse, FileSystemFailureDetails,
    FileSystemLifecycle, LifecycleTransitionReason, StorageVirtualMachineLifecycle,
    StorageVirtualMachineSubtype, UpdateFileSystemResponse, VolumeLifecycle, VolumeType,
};
use crate::aws::timestamp::EpochSeconds;

/// The longest `DNSName` that the model has room for.
const DNS_NAME_CHARS_MAX: usize = 253;

/// The longest `VolumePath` that the model has room for.
const VOLUME_PATH_LEN_MAX: usize = 2048;

/// Where something is, since when, and in which directory; a backup's copy of it knows only
/// the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Where<'a> {
    pub(super) realm: &'a Realm,
    pub(super) added: Option<Timestamp>,
    pub(super) path: Option<&'a str>,
}

impl<'a> Where<'a> {
    fn of(source: &'a Source) -> Self {
        let path = match &source.kind {
            SourceKind::Fsx { path } => Some(path.as_str()),
            SourceKind::Database | SourceKind::Generated => None,
        };
        Self { realm: &source.realm, added: Some(source.added), path }
    }
}

/// The answer to `CreateFileSystem`.
pub fn create_file_system(source: &Source) -> Reply {
    answer(&CreateFileSystemResponse { file_system: shown_file_system(source) })
}

/// The answer to `CreateFileSystemFromBackup`.
pub fn create_file_system_from_backup(source: &Source) -> Reply {
    answer(&CreateFileSystemFromBackupResponse { file_system: shown_file_system(source) })
}

/// The answer to `UpdateFileSystem`.
pub fn update_file_system(source: &Source) -> Reply {
    answer(&UpdateFileSystemResponse { file_system: shown_file_system(source) })
}

/// The answer to `DescribeFileSystems`. Sources that are volumes are left out.
pub fn describe_file_systems<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    next_token: Option<String>,
) -> Reply {
    let list = sources.into_iter().filter_map(shown_file_system).collect();
    answer(&DescribeFileSystemsResponse { file_systems: Some(list), next_token })
}

/// The answer to `DeleteFileSystem`; `tags` are those of its last backup.
pub fn delete_file_system(source: &Source, tags: &Tags) -> Reply {
    let Some(file_system) = source.offered.file_system() else {
        return answer(&DeleteFileSystemResponse::default());
    };
    let output = DeleteFileSystemResponse {
        file_system_id: Some(file_system.id.to_string()),
        lifecycle: Some(FileSystemLifecycle::Deleting),
        ..DeleteFileSystemResponse::default()
    };
    let Some(id) = last_backup(&file_system.state) else { return answer(&output) };
    let (final_backup_id, final_backup_tags) = (Some(id), list(tags));
    answer(&match file_system.kind {
        FileSystemType::Windows => {
            let response = DeleteFileSystemWindowsResponse { final_backup_id, final_backup_tags };
            DeleteFileSystemResponse { windows_response: Some(response), ..output }
        }
        FileSystemType::Lustre => {
            let response = DeleteFileSystemLustreResponse { final_backup_id, final_backup_tags };
            DeleteFileSystemResponse { lustre_response: Some(response), ..output }
        }
        FileSystemType::OpenZfs => {
            let response = DeleteFileSystemOpenZFSResponse { final_backup_id, final_backup_tags };
            DeleteFileSystemResponse { open_zfs_response: Some(response), ..output }
        }
        FileSystemType::Ontap => output,
    })
}

/// The answer to `CreateVolume`.
pub fn create_volume(source: &Source) -> Reply {
    answer(&CreateVolumeResponse { volume: shown_volume(source) })
}

/// The answer to `DescribeVolumes`. Sources that are file systems are left out.
pub fn describe_volumes<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    next_token: Option<String>,
) -> Reply {
    let list = sources.into_iter().filter_map(shown_volume).collect();
    answer(&DescribeVolumesResponse { volumes: Some(list), next_token })
}

/// The answer to `DescribeStorageVirtualMachines`: the machine of each source that has one.
pub fn describe_storage_virtual_machines<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    next_token: Option<String>,
) -> Reply {
    let list = sources.into_iter().filter_map(machine).collect();
    answer(&DescribeStorageVirtualMachinesResponse {
        storage_virtual_machines: Some(list),
        next_token,
    })
}

/// The answer to `DescribeS3AccessPointAttachments`: there are none.
pub fn describe_s3_access_point_attachments() -> Reply {
    let none = Some(Vec::new());
    answer(&DescribeS3AccessPointAttachmentsResponse {
        s3_access_point_attachments: none,
        next_token: None,
    })
}

/// The answer to `DeleteVolume`; `tags` are those of its last backup.
pub fn delete_volume(source: &Source, tags: &Tags) -> Reply {
    let Some(volume) = source.offered.volume() else {
        return answer(&DeleteVolumeResponse::default());
    };
    let ontap_response = last_backup(&volume.state).map(|id| DeleteVolumeOntapResponse {
        final_backup_id: Some(id),
        final_backup_tags: list(tags),
    });
    answer(&DeleteVolumeResponse {
        volume_id: Some(volume.id.to_string()),
        lifecycle: Some(VolumeLifecycle::Deleting),
        ontap_response,
    })
}

fn last_backup(state: &FileSystemState) -> Option<String> {
    let last: Option<&BackupName> = match state {
        FileSystemState::Deleting { last, .. } => last.as_ref(),
        FileSystemState::Creating { .. }
        | FileSystemState::Available { .. }
        | FileSystemState::Failed { .. } => None,
    };
    last.and_then(FsxBackupId::of).map(|id| id.to_string())
}

fn shown_file_system(source: &Source) -> Option<model::FileSystem> {
    source.offered.file_system().map(|it| file_system(it, Where::of(source)))
}

fn shown_volume(source: &Source) -> Option<model::Volume> {
    source.offered.volume().map(|it| volume(it, Where::of(source)))
}

/// A file system as it is shown.
pub(super) fn file_system(it: &FileSystem, at: Where<'_>) -> model::FileSystem {
    let shown: model::FileSystem =
        serde_json::from_value(Value::Object(it.shown.clone())).unwrap_or_default();
    let mut output = model::FileSystem {
        owner_id: Some(at.realm.account.clone()),
        creation_time: at.added.map(EpochSeconds),
        file_system_id: Some(it.id.to_string()),
        file_system_type: Some(file_system_type(it.kind)),
        lifecycle: Some(file_system_lifecycle(&it.state)),
        failure_details: trouble(&it.state)
            .map(|message| FileSystemFailureDetails { message: Some(message) }),
        storage_capacity: it.storage_capacity.map(i64::from),
        dns_name: at.path.map(|path| dns_name(it.id.as_str(), path)),
        resource_arn: Some(it.id.arn(at.realm).to_string()),
        tags: list(&it.tags),
        ..shown
    };
    let configuration = configuration(it);
    match it.kind {
        FileSystemType::Windows => output.windows_configuration = Some(configuration),
        FileSystemType::Lustre => output.lustre_configuration = Some(configuration),
        FileSystemType::Ontap => output.ontap_configuration = Some(configuration),
        FileSystemType::OpenZfs => output.open_zfs_configuration = Some(configuration),
    }
    output
}

/// What was said of its type, and what the server itself goes by, as it is now.
fn configuration(it: &FileSystem) -> Map<String, Value> {
    let mut members = it.configuration.clone();
    let automatic = &it.automatic;
    members.insert("AutomaticBackupRetentionDays".to_owned(), automatic.retention_days.into());
    if automatic.retention_days > 0 {
        let start = automatic.daily_start.to_string();
        members.insert("DailyAutomaticBackupStartTime".to_owned(), start.into());
    }
    match it.kind {
        FileSystemType::Windows | FileSystemType::Lustre | FileSystemType::OpenZfs => {
            members.insert("CopyTagsToBackups".to_owned(), automatic.copy_tags.into());
        }
        FileSystemType::Ontap => {}
    }
    if let (FileSystemType::OpenZfs, Some(root)) = (it.kind, root_volume(it)) {
        members.insert("RootVolumeId".to_owned(), root.into());
    }
    members
}

/// The root volume of an OpenZFS file system has its digits.
fn root_volume(it: &FileSystem) -> Option<String> {
    digits(it).map(|digits| format!("fsvol-{digits}"))
}

/// The id of the storage virtual machine that a file system of ONTAP has: its own digits.
pub fn storage_virtual_machine(it: &FileSystem) -> Option<String> {
    match it.kind {
        FileSystemType::Ontap => digits(it).map(|digits| format!("svm-{digits}")),
        FileSystemType::Windows | FileSystemType::Lustre | FileSystemType::OpenZfs => None,
    }
}

/// The digits of a file system, if they are as many as what is in it has.
fn digits(it: &FileSystem) -> Option<&str> {
    it.id.as_str().strip_prefix("fs-").filter(|digits| digits.len() == 17)
}

/// A storage virtual machine as it is shown. It comes and goes with its file system.
fn machine(source: &Source) -> Option<model::StorageVirtualMachine> {
    let of = source.offered.file_system()?;
    let id = storage_virtual_machine(of)?;
    let lifecycle = match &of.state {
        FileSystemState::Creating { .. } => StorageVirtualMachineLifecycle::Creating,
        FileSystemState::Available { .. } => StorageVirtualMachineLifecycle::Created,
        FileSystemState::Deleting { .. } => StorageVirtualMachineLifecycle::Deleting,
        FileSystemState::Failed { .. } => StorageVirtualMachineLifecycle::Failed,
    };
    let (region, account) = (&source.realm.region, &source.realm.account);
    let arn = format!("arn:aws:fsx:{region}:{account}:storage-virtual-machine/{}/{id}", of.id);
    Some(model::StorageVirtualMachine {
        creation_time: Some(EpochSeconds(source.added)),
        file_system_id: Some(of.id.to_string()),
        lifecycle: Some(lifecycle),
        name: Some("svm".to_owned()),
        resource_arn: Some(arn),
        storage_virtual_machine_id: Some(id),
        subtype: Some(StorageVirtualMachineSubtype::Default),
        ..model::StorageVirtualMachine::default()
    })
}

/// Where a file system is found: as the source of a mount is written, the directory after the
/// host. There is no other member that would show it.
fn dns_name(id: &str, path: &str) -> String {
    let name = format!("{id}.localhost:{path}");
    let fits = name.chars().count() <= DNS_NAME_CHARS_MAX && !name.chars().any(char::is_control);
    if fits { name } else { format!("{id}.localhost") }
}

/// The type in the model's word.
pub(in crate::aws::fsx) fn file_system_type(kind: FileSystemType) -> model::FileSystemType {
    match kind {
        FileSystemType::Windows => model::FileSystemType::Windows,
        FileSystemType::Lustre => model::FileSystemType::Lustre,
        FileSystemType::Ontap => model::FileSystemType::Ontap,
        FileSystemType::OpenZfs => model::FileSystemType::Openzfs,
    }
}

/// The type of what is offered, or of the file system that it belongs to.
pub(in crate::aws::fsx) fn kind(offered: &Offered) -> Option<FileSystemType> {
    match offered {
        Offered::FileSystem(file_system) => Some(file_system.kind),
        Offered::Volume(volume) => Some(volume.kind),
        Offered::Instance(_) | Offered::Resource(_) => None,
    }
}

fn file_system_lifecycle(state: &FileSystemState) -> FileSystemLifecycle {
    match state {
        FileSystemState::Creating { .. } => FileSystemLifecycle::Creating,
        FileSystemState::Available { .. } => FileSystemLifecycle::Available,
        FileSystemState::Deleting { .. } => FileSystemLifecycle::Deleting,
        FileSystemState::Failed { .. } => FileSystemLifecycle::Failed,
    }
}

/// What went wrong last, if anything did.
fn trouble(state: &FileSystemState) -> Option<String> {
    match state {
        FileSystemState::Available { problem } | FileSystemState::Deleting { problem, .. } => {
            words(problem)
        }
        FileSystemState::Failed { reason } => words(reason),
        FileSystemState::Creating { .. } => None,
    }
}

/// A volume as it is shown.
pub(super) fn volume(it: &Volume, at: Where<'_>) -> model::Volume {
    let mut output = model::Volume {
        creation_time: at.added.map(EpochSeconds),
        file_system_id: Some(it.file_system.to_string()),
        lifecycle: at.added.map(|_| volume_lifecycle(it)),
        name: Some(it.name.clone()),
        resource_arn: Some(it.id.arn(&it.file_system, at.realm).to_string()),
        tags: list(&it.tags),
        volume_id: Some(it.id.to_string()),
        lifecycle_transition_reason: trouble(&it.state)
            .map(|message| LifecycleTransitionReason { message: Some(message) }),
        ..model::Volume::default()
    };
    let mut configuration = it.configuration.clone();
    match it.kind {
        FileSystemType::Ontap => {
            output.volume_type = Some(VolumeType::Ontap);
            output.ontap_configuration = Some(configuration);
        }
        // Volumes are of these two types only.
        FileSystemType::OpenZfs | FileSystemType::Windows | FileSystemType::Lustre => {
            if let Some(path) = at.path.filter(|path| is_volume_path(path)) {
                configuration.insert("VolumePath".to_owned(), path.into());
            }
            output.volume_type = Some(VolumeType::Openzfs);
            output.open_zfs_configuration = Some(configuration);
        }
    }
    output
}

fn is_volume_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-/".contains(&byte);
    path.len() <= VOLUME_PATH_LEN_MAX && path.bytes().all(plain)
}

fn volume_lifecycle(it: &Volume) -> VolumeLifecycle {
    match (&it.state, it.kind) {
        (FileSystemState::Creating { .. }, _) => VolumeLifecycle::Creating,
        (FileSystemState::Available { .. }, FileSystemType::Ontap) => VolumeLifecycle::Created,
        (
            FileSystemState::Available { .. },
            FileSystemType::OpenZfs | FileSystemType::Windows | FileSystemType::Lustre,
        ) => VolumeLifecycle::Available,
        (FileSystemState::Deleting { .. }, _) => VolumeLifecycle::Deleting,
        (FileSystemState::Failed { .. }, _) => VolumeLifecycle::Failed,
    }
}
