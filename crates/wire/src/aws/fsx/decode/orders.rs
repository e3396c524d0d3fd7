//! Requests that make, change or remove file systems and volumes.

use serde_json::{Map, Value, json};
use sexton_core::{
    FileSystemChange, FileSystemId, FileSystemOrder, FileSystemType, RemoveFileSystem,
    RemoveVolume, Tags, VolumeOrder,
};

use super::{required, tags};
use crate::aws::fsx::call::Call;
use crate::aws::fsx::configuration::{Given, of_volume, only, said, top};
use crate::aws::fsx::error::Error;
use crate::aws::model::fsx::{
    self as model, CreateFileSystemFromBackupRequest, CreateFileSystemRequest, CreateVolumeRequest,
    DeleteFileSystemRequest, DeleteVolumeRequest, StorageType, Tag, UpdateFileSystemRequest,
    VolumeType,
};

pub(super) fn create_file_system(input: CreateFileSystemRequest) -> Result<Call, Error> {
    let kind = match required(input.file_system_type)? {
        model::FileSystemType::Windows => FileSystemType::Windows,
        model::FileSystemType::Lustre => FileSystemType::Lustre,
        model::FileSystemType::Ontap => FileSystemType::Ontap,
        model::FileSystemType::Openzfs => FileSystemType::OpenZfs,
        model::FileSystemType::Unknown(_) => return Err(Error::serialization()),
    };
    let given: Given = [
        (FileSystemType::Windows, input.windows_configuration),
        (FileSystemType::Lustre, input.lustre_configuration),
        (FileSystemType::Ontap, input.ontap_configuration),
        (FileSystemType::OpenZfs, input.open_zfs_configuration),
    ];
    let elastic = input.storage_type == Some(StorageType::IntelligentTiering);
    if input.storage_capacity.is_none() && !elastic {
        return Err(Error::bad_request("missing required parameter StorageCapacity"));
    }
    let shown = top_of(json!({
        "StorageType": input.storage_type, "SubnetIds": input.subnet_ids,
        "KmsKeyId": input.kms_key_id, "FileSystemTypeVersion": input.file_system_type_version,
        "NetworkType": input.network_type,
    }));
    let order = order(Some(kind), given, input.storage_capacity, shown, input.tags)?;
    Ok(Call::CreateFileSystem(order))
}

pub(super) fn from_backup(input: CreateFileSystemFromBackupRequest) -> Result<Call, Error> {
    let given: Given = [
        (FileSystemType::Windows, input.windows_configuration),
        (FileSystemType::Lustre, input.lustre_configuration),
        (FileSystemType::Ontap, None),
        (FileSystemType::OpenZfs, input.open_zfs_configuration),
    ];
    let shown = top_of(json!({
        "StorageType": input.storage_type, "SubnetIds": input.subnet_ids,
        "KmsKeyId": input.kms_key_id, "FileSystemTypeVersion": input.file_system_type_version,
        "NetworkType": input.network_type,
    }));
    let order = order(None, given, input.storage_capacity, shown, input.tags)?;
    Ok(Call::CreateFileSystemFromBackup { backup: required(input.backup_id)?.parse()?, order })
}

fn top_of(members: Value) -> Map<String, Value> {
    match members {
        Value::Object(members) => top(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// An order of a file system. With a `kind`, the configuration must be there, except for
/// Lustre, and must be of that kind; without, it says the kind.
fn order(
    kind: Option<FileSystemType>,
    given: Given,
    capacity: Option<i64>,
    shown: Map<String, Value>,
    given_tags: Option<Vec<Tag>>,
) -> Result<FileSystemOrder, Error> {
    let given = only(given)?;
    match (kind, &given) {
        (Some(kind), Some((other, _))) if kind != *other => {
            return Err(Error::bad_request(format!(
                "{} cannot be applied to create a {} file system.",
                other.configuration(),
                kind.name()
            )));
        }
        (
            Some(
                kind @ (FileSystemType::Windows | FileSystemType::Ontap | FileSystemType::OpenZfs),
            ),
            None,
        ) => return Err(Error::missing_file_system_configuration(kind.configuration())),
        (Some(_) | None, Some(_)) | (Some(FileSystemType::Lustre) | None, None) => {}
    }
    let kind = kind.or(given.as_ref().map(|(kind, _)| *kind));
    let said = given.map(|(kind, given)| said(kind, given)).transpose()?.unwrap_or_default();
    Ok(FileSystemOrder {
        kind,
        storage_capacity: gibibytes(capacity),
        shown,
        configuration: said.shown,
        retention_days: said.retention_days,
        daily_start: said.daily_start,
        copy_tags: said.copy_tags,
        tags: tags(given_tags)?,
    })
}

/// The model allows no more than 31 bits.
fn gibibytes(capacity: Option<i64>) -> Option<u32> {
    capacity.and_then(|capacity| u32::try_from(capacity).ok())
}

pub(super) fn update_file_system(input: UpdateFileSystemRequest) -> Result<Call, Error> {
    let given: Given = [
        (FileSystemType::Windows, input.windows_configuration),
        (FileSystemType::Lustre, input.lustre_configuration),
        (FileSystemType::Ontap, input.ontap_configuration),
        (FileSystemType::OpenZfs, input.open_zfs_configuration),
    ];
    let given = only(given.map(|(kind, it)| (kind, it.filter(|it| !it.is_empty()))))?;
    let configuration_of = given.as_ref().map(|(kind, _)| *kind);
    let said = given.map(|(kind, given)| said(kind, given)).transpose()?.unwrap_or_default();
    let change = FileSystemChange {
        configuration_of,
        storage_capacity: gibibytes(input.storage_capacity),
        shown: top_of(json!({
            "StorageType": input.storage_type, "NetworkType": input.network_type,
            "FileSystemTypeVersion": input.file_system_type_version,
        })),
        configuration: said.shown,
        retention_days: said.retention_days,
        daily_start: said.daily_start,
    };
    Ok(Call::UpdateFileSystem { file_system: required(input.file_system_id)?.parse()?, change })
}

/// How something is to be deleted: whether its last backup is left out, the tags of that, and
/// whether what is in it goes too.
type Removal = (Option<bool>, Option<Vec<Tag>>, bool);

pub(super) fn delete_file_system(input: DeleteFileSystemRequest) -> Result<Call, Error> {
    let windows = input.windows_configuration;
    let windows = windows.map(|it| (it.skip_final_backup, it.final_backup_tags, false));
    let lustre = input.lustre_configuration;
    let lustre = lustre.map(|it| (it.skip_final_backup, it.final_backup_tags, false));
    let open_zfs: Option<Removal> = input.open_zfs_configuration.map(|it| {
        let with_volumes = it.options.is_some_and(|options| !options.is_empty());
        (it.skip_final_backup, it.final_backup_tags, with_volumes)
    });
    let given = only([
        (FileSystemType::Windows, windows),
        (FileSystemType::Lustre, lustre),
        (FileSystemType::OpenZfs, open_zfs),
    ])?;
    let (configuration_of, removal) =
        given.map_or((None, None), |(kind, it)| (Some(kind), Some(it)));
    let (skip_final, final_tags, with_volumes) = removal.unwrap_or_default();
    let final_tags = tags(final_tags)?;
    let order = RemoveFileSystem { configuration_of, skip_final, final_tags, with_volumes };
    Ok(Call::DeleteFileSystem { file_system: required(input.file_system_id)?.parse()?, order })
}

pub(super) fn create_volume(input: CreateVolumeRequest) -> Result<Call, Error> {
    let (kind, inside) = match required(input.volume_type)? {
        VolumeType::Ontap => (FileSystemType::Ontap, "StorageVirtualMachineId"),
        VolumeType::Openzfs => (FileSystemType::OpenZfs, "ParentVolumeId"),
        VolumeType::Unknown(_) => return Err(Error::serialization()),
    };
    let given = only([
        (FileSystemType::Ontap, input.ontap_configuration),
        (FileSystemType::OpenZfs, input.open_zfs_configuration),
    ])?;
    let missing = || Error::missing_volume_configuration(kind.configuration());
    let (other, given) = given.ok_or_else(missing)?;
    if other != kind {
        return Err(missing());
    }
    let of = given.get(inside).and_then(Value::as_str).unwrap_or_default();
    Ok(Call::CreateVolume(VolumeOrder {
        file_system: file_system_of(of)?,
        kind,
        name: required(input.name)?,
        configuration: of_volume(kind, &given),
        tags: tags(input.tags)?,
    }))
}

/// The file system whose storage virtual machine or root volume this is.
fn file_system_of(id: &str) -> Result<FileSystemId, Error> {
    let digits = id.split_once('-').map_or("", |(_, digits)| digits);
    Ok(format!("fs-{digits}").parse()?)
}

pub(super) fn delete_volume(input: DeleteVolumeRequest) -> Result<Call, Error> {
    let ontap = input.ontap_configuration.map(|it| (it.skip_final_backup, it.final_backup_tags));
    let given = only([
        (FileSystemType::Ontap, ontap),
        (FileSystemType::OpenZfs, input.open_zfs_configuration.map(|_| (None, None))),
    ])?;
    let (configuration_of, removal) =
        given.map_or((None, None), |(kind, it)| (Some(kind), Some(it)));
    let (skip_final, final_tags) = removal.unwrap_or_default();
    let final_tags: Tags = tags(final_tags)?;
    let order = RemoveVolume { configuration_of, skip_final, final_tags };
    Ok(Call::DeleteVolume { volume: required(input.volume_id)?.parse()?, order })
}
