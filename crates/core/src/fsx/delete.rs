//! When `FSx` lets a backup go.

use jiff::Timestamp;

use super::{FileSystemId, FsxBackupId, VolumeId};
use crate::{
    Backup, Erasure, JobId, Keeper, Leftover, Principal, ResourceArn, State, TagRefusal, Use,
    UsedBy, VaultName, Why,
};

/// Why `FSx` does not do what is asked for. Each is one of its exceptions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FsxRefusal {
    /// There is no such backup, or it is being erased: for `FSx` that is the same.
    #[error("Backup {id} does not exist.")]
    BackupNotFound {
        /// Which.
        id: FsxBackupId,
    },
    /// There is no such file system.
    #[error("File system {id} does not exist.")]
    FileSystemNotFound {
        /// Which.
        id: String,
    },
    /// There is no such volume.
    #[error("Volume {id} does not exist.")]
    VolumeNotFound {
        /// Which.
        id: String,
    },
    /// No file system has such a storage virtual machine.
    #[error("Storage virtual machine {id} does not exist.")]
    StorageVirtualMachineNotFound {
        /// Which.
        id: String,
    },
    /// A backup is being made.
    #[error("Another backup is in progress: {what}.")]
    BackupInProgress {
        /// Of what.
        what: String,
    },
    /// A restore is reading the backup.
    #[error("The backup is being restored; it can be deleted when that has ended.")]
    BackupRestoring {
        /// The file system that is made of it, if it is one.
        file_system: Option<FileSystemId>,
    },
    /// A copy is reading the backup.
    #[error("The backup is being copied to {copy}; it can be deleted when that has ended.")]
    BackupBeingCopied {
        /// The backup.
        id: FsxBackupId,
        /// The copy.
        copy: FsxBackupId,
    },
    /// AWS Backup keeps it.
    #[error(
        "Backup {id} is kept by AWS Backup in vault {vault}: delete the recovery point {arn} there \
         with backup:DeleteRecoveryPoint."
    )]
    KeptByVault {
        /// Which.
        id: FsxBackupId,
        /// Its vault.
        vault: VaultName,
        /// Its name there.
        arn: String,
    },
    /// A token stands for another call.
    #[error("The client request token was used before with another {parameter}.")]
    TokenUsed {
        /// What was another.
        parameter: String,
    },
    /// There are as many copies as there may be.
    #[error("5 copies to this Region are in progress; wait until one has ended.")]
    TooManyCopies,
    /// There is as much as there may be of something.
    #[error("{message}")]
    TooMany {
        /// What.
        message: String,
    },
    /// The backup cannot be copied in the state that it is in.
    #[error("Backup {id} is not AVAILABLE and cannot be copied.")]
    SourceBackupUnavailable {
        /// Which.
        id: FsxBackupId,
    },
    /// No such region is served.
    #[error("Region {region} is not served here.")]
    InvalidRegion {
        /// Which.
        region: String,
    },
    /// `FSx` does not do this with this kind of file system.
    #[error("{message}")]
    Unsupported {
        /// What.
        message: String,
    },
    /// The call asks for what cannot be.
    #[error("{message}")]
    BadRequest {
        /// Why.
        message: String,
    },
    /// The tags are not acceptable.
    #[error(transparent)]
    Tags(#[from] TagRefusal),
    /// Nothing of this ARN carries tags here.
    #[error("The resource {arn} does not exist.")]
    ResourceNotFound {
        /// Which.
        arn: ResourceArn,
    },
}

impl FsxRefusal {
    /// There is no source of this ARN.
    pub fn no_source(arn: &ResourceArn) -> Self {
        match (VolumeId::of(arn), FileSystemId::of(arn)) {
            (Some(volume), _) => Self::VolumeNotFound { id: volume.to_string() },
            (None, Some(id)) => Self::FileSystemNotFound { id: id.to_string() },
            (None, None) => Self::FileSystemNotFound { id: arn.to_string() },
        }
    }
}

/// What an accepted deletion does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FsxDeletion {
    /// The backup becomes `Deleting`, and its data key leaves the ring.
    Erase(Erasure),
    /// The bytes of a failed backup are being erased already: the record goes with them.
    Join(Erasure),
    /// Nothing but the record of a failed backup was left: it goes, without a certificate.
    Forget,
}

/// Decides whether `FSx` lets `backup` go at `now`, which `uses` read, as `by` asks and for this
/// reason; `job` names the erasure if there is one.
pub fn decide_delete_fsx(
    id: &FsxBackupId,
    backup: &Backup,
    uses: &[Use],
    now: Timestamp,
    job: JobId,
    (by, why): (&Principal, Why),
) -> Result<FsxDeletion, FsxRefusal> {
    // What is gone is gone for both doors; only then does it matter who keeps it.
    if let State::Deleting { .. } = backup.state {
        return Err(FsxRefusal::BackupNotFound { id: id.clone() });
    }
    if let Keeper::Vault(kept) = &backup.keeper {
        let (vault, arn) = (kept.vault.clone(), backup.name.to_string());
        return Err(FsxRefusal::KeptByVault { id: id.clone(), vault, arn });
    }
    match &backup.state {
        State::Creating => {
            return Err(FsxRefusal::BackupInProgress { what: format!("{id} is being made") });
        }
        State::Failed { bytes, .. } => {
            return Ok(match bytes {
                Leftover::Erasing { erasing } => FsxDeletion::Join(erasing.clone()),
                Leftover::Erased => FsxDeletion::Forget,
            });
        }
        State::Completed { .. } | State::Expired { .. } | State::Deleting { .. } => (),
    }
    match uses.first().map(|reads| &reads.by) {
        None => Ok(FsxDeletion::Erase(Erasure::begin(job, now, by.clone(), why))),
        Some(UsedBy::Restore) => Err(FsxRefusal::BackupRestoring { file_system: None }),
        Some(UsedBy::FileSystem { id }) => {
            Err(FsxRefusal::BackupRestoring { file_system: Some(id.clone()) })
        }
        Some(UsedBy::Copy { backup }) => {
            Err(FsxRefusal::BackupBeingCopied { id: id.clone(), copy: backup.clone() })
        }
        // Of what a vault keeps, which is refused before.
        Some(UsedBy::CopyJob) => {
            Err(FsxRefusal::BackupInProgress { what: format!("AWS Backup is copying {id}") })
        }
    }
}
