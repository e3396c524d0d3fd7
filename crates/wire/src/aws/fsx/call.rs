//! What a caller of Amazon FSx asks for, understood.

use sexton_core::{
    FileSystemChange, FileSystemId, FileSystemOrder, FsxBackupId, FsxCopyOrder, RemoveFileSystem,
    RemoveVolume, ResourceArn, Tags, TokenUse, VolumeId, VolumeOrder,
};

use super::filter::{BackupFilter, MachineFilter, VolumeFilter};
use crate::aws::model::fsx::Operation;
use crate::aws::paging::Paging;

/// A call, and the token that makes it the same as an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it is called.
    pub operation: Operation,
    /// What is asked for.
    pub call: Call,
    /// The client's token, and the digest of everything else that it sent.
    pub token: Option<TokenUse>,
}

/// One request, one variant for each operation that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Make a file system.
    CreateFileSystem(FileSystemOrder),
    /// Make a file system of what is in a backup.
    CreateFileSystemFromBackup {
        /// The backup.
        backup: FsxBackupId,
        /// What is said of the file system.
        order: FileSystemOrder,
    },
    /// List file systems.
    DescribeFileSystems {
        /// Only these, each of which must be there; all if empty.
        ids: Vec<FileSystemId>,
        /// Which page.
        page: Paging,
    },
    /// Change a file system.
    UpdateFileSystem {
        /// Which.
        file_system: FileSystemId,
        /// What of it.
        change: FileSystemChange,
    },
    /// Delete a file system.
    DeleteFileSystem {
        /// Which.
        file_system: FileSystemId,
        /// How.
        order: RemoveFileSystem,
    },
    /// Make a volume.
    CreateVolume(VolumeOrder),
    /// List volumes.
    DescribeVolumes {
        /// Only these, each of which must be there; all that the filter lets through if empty.
        ids: Vec<VolumeId>,
        /// Which of them.
        filter: VolumeFilter,
        /// Which page.
        page: Paging,
    },
    /// List storage virtual machines.
    DescribeStorageVirtualMachines {
        /// Only these, each of which must be there; all that the filter lets through if empty.
        ids: Vec<String>,
        /// Which of them.
        filter: MachineFilter,
        /// Which page.
        page: Paging,
    },
    /// List what is served through access points of S3: nothing is.
    DescribeS3AccessPointAttachments,
    /// Delete a volume.
    DeleteVolume {
        /// Which.
        volume: VolumeId,
        /// How.
        order: RemoveVolume,
    },
    /// Back up a file system or a volume.
    CreateBackup {
        /// Which.
        of: BackedUp,
        /// The tags of the backup.
        tags: Tags,
    },
    /// Copy a backup, perhaps from another region.
    CopyBackup(FsxCopyOrder),
    /// List backups.
    DescribeBackups {
        /// Only these, each of which must be there; all that the filter lets through if empty.
        ids: Vec<FsxBackupId>,
        /// Which of them.
        filter: BackupFilter,
        /// Which page.
        page: Paging,
    },
    /// Delete a backup.
    DeleteBackup {
        /// Which.
        backup: FsxBackupId,
    },
    /// Add tags to a file system, a volume or a backup.
    TagResource {
        /// Which.
        resource: ResourceArn,
        /// The tags.
        tags: Tags,
    },
    /// Remove tags from one of these.
    UntagResource {
        /// Which.
        resource: ResourceArn,
        /// The keys of the tags.
        keys: Vec<String>,
    },
    /// List the tags of one of these.
    ListTagsForResource {
        /// Which.
        resource: ResourceArn,
        /// Which page.
        page: Paging,
    },
}

/// What a backup is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackedUp {
    /// A whole file system.
    FileSystem(FileSystemId),
    /// One volume.
    Volume(VolumeId),
}
