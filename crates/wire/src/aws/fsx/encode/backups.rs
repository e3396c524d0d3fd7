//! Replies about backups.

use sexton_core::{
    Backup, FileSystemId, FsxBackupId, Keeper, Made, Offered, Origin, State, VolumeId,
};

use super::sources::{self, Where};
use super::{answer, list, words};
use crate::aws::Reply;
use crate::aws::model::fsx::{
    self as model, BackupFailureDetails, BackupLifecycle, BackupType, CopyBackupResponse,
    CreateBackupResponse, DeleteBackupResponse, DescribeBackupsResponse, ResourceType,
};
use crate::aws::timestamp::EpochSeconds;

/// The longest name of a region that the model has room for.
const REGION_LEN_MAX: usize = 20;

/// The answer to `CreateBackup`; `percent` is how far it is, where that is known.
pub fn create_backup(made: &Backup, percent: Option<u8>) -> Reply {
    answer(&CreateBackupResponse { backup: Some(backup(made, percent)) })
}

/// The answer to `CopyBackup`.
pub fn copy_backup(copy: &Backup, percent: Option<u8>) -> Reply {
    answer(&CopyBackupResponse { backup: Some(backup(copy, percent)) })
}

/// The answer to `DescribeBackups`: each backup with how far it is, where that is known.
pub fn describe_backups<'a>(
    backups: impl IntoIterator<Item = (&'a Backup, Option<u8>)>,
    next_token: Option<String>,
) -> Reply {
    let list = backups.into_iter().map(|(made, percent)| backup(made, percent)).collect();
    answer(&DescribeBackupsResponse { backups: Some(list), next_token })
}

/// The answer to `DeleteBackup`: it is gone.
pub fn delete_backup(id: &FsxBackupId) -> Reply {
    let lifecycle = Some(BackupLifecycle::Deleted);
    answer(&DeleteBackupResponse { backup_id: Some(id.to_string()), lifecycle })
}

fn backup(backup: &Backup, percent: Option<u8>) -> model::Backup {
    let realm = &backup.realm;
    let (source_backup_id, source_backup_region) = match &backup.origin {
        Origin::Captured => (None, None),
        Origin::Copied { realm, name, root: _, vault: _ } => {
            let region = Some(realm.region.clone()).filter(|it| it.len() <= REGION_LEN_MAX);
            (FsxBackupId::of(name).map(|id| id.to_string()), region)
        }
    };
    let offered = backup.offered.as_deref();
    let key = offered.and_then(Offered::file_system).and_then(|it| it.shown.get("KmsKeyId"));
    let volume = offered.and_then(Offered::volume);
    let at = Where { realm, added: None, path: None };
    model::Backup {
        backup_id: FsxBackupId::of(&backup.name).map(|id| id.to_string()),
        lifecycle: Some(lifecycle(backup)),
        failure_details: failure(backup),
        r#type: Some(backup_type(&backup.keeper)),
        progress_percent: percent_of(&backup.state, percent).map(i64::from),
        creation_time: Some(EpochSeconds(backup.created)),
        kms_key_id: key.and_then(|key| key.as_str()).map(str::to_owned),
        resource_arn: Some(backup.name.to_string()),
        tags: list(&backup.tags),
        file_system: Some(file_system(backup, at)),
        directory_information: None,
        owner_id: Some(realm.account.clone()),
        source_backup_id,
        source_backup_region,
        resource_type: Some(match VolumeId::of(&backup.source) {
            Some(_) => ResourceType::Volume,
            None => ResourceType::FileSystem,
        }),
        volume: volume.map(|volume| sources::volume(volume, at)),
        size_in_bytes: backup
            .state
            .content()
            .map(|content| i64::try_from(content.size_bytes).unwrap_or(i64::MAX)),
    }
}

/// What was backed up, as it was then. It is shown when the file system is long gone.
fn file_system(backup: &Backup, at: Where<'_>) -> model::FileSystem {
    let shown = match backup.offered.as_deref() {
        Some(Offered::FileSystem(file_system)) => sources::file_system(file_system, at),
        Some(Offered::Volume(volume)) => model::FileSystem {
            file_system_type: Some(sources::file_system_type(volume.kind)),
            ..model::FileSystem::default()
        },
        Some(Offered::Instance(_) | Offered::Resource(_)) | None => model::FileSystem::default(),
    };
    let id = FileSystemId::of(&backup.source);
    model::FileSystem {
        file_system_id: id.as_ref().map(ToString::to_string),
        resource_arn: id.map(|id| id.arn(at.realm).to_string()),
        owner_id: Some(at.realm.account.clone()),
        // That of the file system, of which this is no record.
        lifecycle: None,
        failure_details: None,
        ..shown
    }
}

fn lifecycle(backup: &Backup) -> BackupLifecycle {
    match (&backup.state, &backup.origin) {
        (State::Creating, Origin::Captured) => BackupLifecycle::Creating,
        (State::Creating, Origin::Copied { .. }) => BackupLifecycle::Copying,
        (State::Completed { .. } | State::Expired { .. }, _) => BackupLifecycle::Available,
        (State::Failed { .. }, _) => BackupLifecycle::Failed,
        (State::Deleting { .. }, _) => BackupLifecycle::Deleted,
    }
}

/// Who made it and keeps it, in a word.
pub(in crate::aws::fsx) fn backup_type(keeper: &Keeper) -> BackupType {
    match keeper {
        Keeper::Vault(_) => BackupType::AwsBackup,
        // FSx shows none of these.
        Keeper::Instance(_) | Keeper::Log(_) => BackupType::Automatic,
        Keeper::FileSystem(kept) => match kept.made {
            Made::Asked | Made::Final => BackupType::UserInitiated,
            Made::Automatic => BackupType::Automatic,
        },
    }
}

/// Why it failed, or what it does not hold as it was: a client has nothing else to know it by.
fn failure(backup: &Backup) -> Option<BackupFailureDetails> {
    let message = match &backup.state {
        State::Failed { reason, .. } => reason,
        State::Completed { .. } | State::Expired { .. } if !backup.problems.is_empty() => {
            &backup.problems
        }
        State::Creating
        | State::Completed { .. }
        | State::Expired { .. }
        | State::Deleting { .. } => return None,
    };
    Some(BackupFailureDetails { message: words(message) })
}

fn percent_of(state: &State, percent: Option<u8>) -> Option<u8> {
    match state {
        State::Creating => Some(percent.unwrap_or(0).min(100)),
        State::Completed { .. } | State::Expired { .. } => Some(100),
        State::Failed { .. } | State::Deleting { .. } => None,
    }
}
