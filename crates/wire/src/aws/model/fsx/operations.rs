//! The operations that are served.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use super::constraints;
use crate::aws::model::{ErrorShape, OperationInfo};

/// An operation that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `CopyBackup`.
    CopyBackup,
    /// `CreateBackup`.
    CreateBackup,
    /// `CreateFileSystem`.
    CreateFileSystem,
    /// `CreateFileSystemFromBackup`.
    CreateFileSystemFromBackup,
    /// `CreateVolume`.
    CreateVolume,
    /// `DeleteBackup`.
    DeleteBackup,
    /// `DeleteFileSystem`.
    DeleteFileSystem,
    /// `DeleteVolume`.
    DeleteVolume,
    /// `DescribeBackups`.
    DescribeBackups,
    /// `DescribeFileSystems`.
    DescribeFileSystems,
    /// `DescribeS3AccessPointAttachments`.
    DescribeS3AccessPointAttachments,
    /// `DescribeStorageVirtualMachines`.
    DescribeStorageVirtualMachines,
    /// `DescribeVolumes`.
    DescribeVolumes,
    /// `ListTagsForResource`.
    ListTagsForResource,
    /// `TagResource`.
    TagResource,
    /// `UntagResource`.
    UntagResource,
    /// `UpdateFileSystem`.
    UpdateFileSystem,
}

impl Operation {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::CopyBackup,
        Self::CreateBackup,
        Self::CreateFileSystem,
        Self::CreateFileSystemFromBackup,
        Self::CreateVolume,
        Self::DeleteBackup,
        Self::DeleteFileSystem,
        Self::DeleteVolume,
        Self::DescribeBackups,
        Self::DescribeFileSystems,
        Self::DescribeS3AccessPointAttachments,
        Self::DescribeStorageVirtualMachines,
        Self::DescribeVolumes,
        Self::ListTagsForResource,
        Self::TagResource,
        Self::UntagResource,
        Self::UpdateFileSystem,
    ];

    /// Its row in the table.
    pub const fn info(self) -> &'static OperationInfo {
        match self {
            Self::CopyBackup => &COPY_BACKUP,
            Self::CreateBackup => &CREATE_BACKUP,
            Self::CreateFileSystem => &CREATE_FILE_SYSTEM,
            Self::CreateFileSystemFromBackup => &CREATE_FILE_SYSTEM_FROM_BACKUP,
            Self::CreateVolume => &CREATE_VOLUME,
            Self::DeleteBackup => &DELETE_BACKUP,
            Self::DeleteFileSystem => &DELETE_FILE_SYSTEM,
            Self::DeleteVolume => &DELETE_VOLUME,
            Self::DescribeBackups => &DESCRIBE_BACKUPS,
            Self::DescribeFileSystems => &DESCRIBE_FILE_SYSTEMS,
            Self::DescribeS3AccessPointAttachments => &DESCRIBE_S3_ACCESS_POINT_ATTACHMENTS,
            Self::DescribeStorageVirtualMachines => &DESCRIBE_STORAGE_VIRTUAL_MACHINES,
            Self::DescribeVolumes => &DESCRIBE_VOLUMES,
            Self::ListTagsForResource => &LIST_TAGS_FOR_RESOURCE,
            Self::TagResource => &TAG_RESOURCE,
            Self::UntagResource => &UNTAG_RESOURCE,
            Self::UpdateFileSystem => &UPDATE_FILE_SYSTEM,
        }
    }
}

static COPY_BACKUP: OperationInfo = OperationInfo {
    name: "CopyBackup",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "BackupNotFound",
        "ServiceLimitExceeded",
        "UnsupportedOperation",
        "IncompatibleParameterError",
        "InternalServerError",
        "InvalidSourceKmsKey",
        "InvalidDestinationKmsKey",
        "InvalidRegion",
        "SourceBackupUnavailable",
        "IncompatibleRegionForMultiAZ",
    ],
    members: constraints::COPY_BACKUP_REQUEST,
};

static CREATE_BACKUP: OperationInfo = OperationInfo {
    name: "CreateBackup",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "UnsupportedOperation",
        "FileSystemNotFound",
        "VolumeNotFound",
        "BackupInProgress",
        "IncompatibleParameterError",
        "ServiceLimitExceeded",
        "InternalServerError",
    ],
    members: constraints::CREATE_BACKUP_REQUEST,
};

static CREATE_FILE_SYSTEM: OperationInfo = OperationInfo {
    name: "CreateFileSystem",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "ActiveDirectoryError",
        "IncompatibleParameterError",
        "InvalidImportPath",
        "InvalidExportPath",
        "InvalidNetworkSettings",
        "InvalidPerUnitStorageThroughput",
        "ServiceLimitExceeded",
        "InternalServerError",
        "MissingFileSystemConfiguration",
    ],
    members: constraints::CREATE_FILE_SYSTEM_REQUEST,
};

static CREATE_FILE_SYSTEM_FROM_BACKUP: OperationInfo = OperationInfo {
    name: "CreateFileSystemFromBackup",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "ActiveDirectoryError",
        "IncompatibleParameterError",
        "InvalidNetworkSettings",
        "InvalidPerUnitStorageThroughput",
        "ServiceLimitExceeded",
        "BackupNotFound",
        "InternalServerError",
        "MissingFileSystemConfiguration",
    ],
    members: constraints::CREATE_FILE_SYSTEM_FROM_BACKUP_REQUEST,
};

static CREATE_VOLUME: OperationInfo = OperationInfo {
    name: "CreateVolume",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "FileSystemNotFound",
        "IncompatibleParameterError",
        "InternalServerError",
        "MissingVolumeConfiguration",
        "ServiceLimitExceeded",
        "StorageVirtualMachineNotFound",
        "UnsupportedOperation",
    ],
    members: constraints::CREATE_VOLUME_REQUEST,
};

static DELETE_BACKUP: OperationInfo = OperationInfo {
    name: "DeleteBackup",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "BackupInProgress",
        "BackupNotFound",
        "BackupRestoring",
        "IncompatibleParameterError",
        "InternalServerError",
        "BackupBeingCopied",
    ],
    members: constraints::DELETE_BACKUP_REQUEST,
};

static DELETE_FILE_SYSTEM: OperationInfo = OperationInfo {
    name: "DeleteFileSystem",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "IncompatibleParameterError",
        "FileSystemNotFound",
        "ServiceLimitExceeded",
        "InternalServerError",
    ],
    members: constraints::DELETE_FILE_SYSTEM_REQUEST,
};

static DELETE_VOLUME: OperationInfo = OperationInfo {
    name: "DeleteVolume",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "IncompatibleParameterError",
        "InternalServerError",
        "VolumeNotFound",
        "ServiceLimitExceeded",
    ],
    members: constraints::DELETE_VOLUME_REQUEST,
};

static DESCRIBE_BACKUPS: OperationInfo = OperationInfo {
    name: "DescribeBackups",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "FileSystemNotFound",
        "VolumeNotFound",
        "BackupNotFound",
        "InternalServerError",
    ],
    members: constraints::DESCRIBE_BACKUPS_REQUEST,
};

static DESCRIBE_FILE_SYSTEMS: OperationInfo = OperationInfo {
    name: "DescribeFileSystems",
    method: "POST",
    path: "/",
    status: 200,
    errors: &["BadRequest", "FileSystemNotFound", "InternalServerError"],
    members: constraints::DESCRIBE_FILE_SYSTEMS_REQUEST,
};

static DESCRIBE_S3_ACCESS_POINT_ATTACHMENTS: OperationInfo = OperationInfo {
    name: "DescribeS3AccessPointAttachments",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "S3AccessPointAttachmentNotFound",
        "BadRequest",
        "InternalServerError",
        "UnsupportedOperation",
    ],
    members: constraints::DESCRIBE_S3_ACCESS_POINT_ATTACHMENTS_REQUEST,
};

static DESCRIBE_STORAGE_VIRTUAL_MACHINES: OperationInfo = OperationInfo {
    name: "DescribeStorageVirtualMachines",
    method: "POST",
    path: "/",
    status: 200,
    errors: &["BadRequest", "InternalServerError", "StorageVirtualMachineNotFound"],
    members: constraints::DESCRIBE_STORAGE_VIRTUAL_MACHINES_REQUEST,
};

static DESCRIBE_VOLUMES: OperationInfo = OperationInfo {
    name: "DescribeVolumes",
    method: "POST",
    path: "/",
    status: 200,
    errors: &["BadRequest", "InternalServerError", "VolumeNotFound"],
    members: constraints::DESCRIBE_VOLUMES_REQUEST,
};

static LIST_TAGS_FOR_RESOURCE: OperationInfo = OperationInfo {
    name: "ListTagsForResource",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "InternalServerError",
        "ResourceNotFound",
        "NotServiceResourceError",
        "ResourceDoesNotSupportTagging",
    ],
    members: constraints::LIST_TAGS_FOR_RESOURCE_REQUEST,
};

static TAG_RESOURCE: OperationInfo = OperationInfo {
    name: "TagResource",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "InternalServerError",
        "ResourceNotFound",
        "NotServiceResourceError",
        "ResourceDoesNotSupportTagging",
    ],
    members: constraints::TAG_RESOURCE_REQUEST,
};

static UNTAG_RESOURCE: OperationInfo = OperationInfo {
    name: "UntagResource",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "InternalServerError",
        "ResourceNotFound",
        "NotServiceResourceError",
        "ResourceDoesNotSupportTagging",
    ],
    members: constraints::UNTAG_RESOURCE_REQUEST,
};

static UPDATE_FILE_SYSTEM: OperationInfo = OperationInfo {
    name: "UpdateFileSystem",
    method: "POST",
    path: "/",
    status: 200,
    errors: &[
        "BadRequest",
        "UnsupportedOperation",
        "IncompatibleParameterError",
        "InvalidNetworkSettings",
        "InternalServerError",
        "FileSystemNotFound",
        "MissingFileSystemConfiguration",
        "ServiceLimitExceeded",
    ],
    members: constraints::UPDATE_FILE_SYSTEM_REQUEST,
};

/// The modelled errors.
pub static ERRORS: &[ErrorShape] = &[
    ErrorShape { name: "ActiveDirectoryError", status: 400 },
    ErrorShape { name: "BackupBeingCopied", status: 400 },
    ErrorShape { name: "BackupInProgress", status: 400 },
    ErrorShape { name: "BackupNotFound", status: 400 },
    ErrorShape { name: "BackupRestoring", status: 400 },
    ErrorShape { name: "BadRequest", status: 400 },
    ErrorShape { name: "FileSystemNotFound", status: 400 },
    ErrorShape { name: "IncompatibleParameterError", status: 400 },
    ErrorShape { name: "IncompatibleRegionForMultiAZ", status: 400 },
    ErrorShape { name: "InternalServerError", status: 500 },
    ErrorShape { name: "InvalidDestinationKmsKey", status: 400 },
    ErrorShape { name: "InvalidExportPath", status: 400 },
    ErrorShape { name: "InvalidImportPath", status: 400 },
    ErrorShape { name: "InvalidNetworkSettings", status: 400 },
    ErrorShape { name: "InvalidPerUnitStorageThroughput", status: 400 },
    ErrorShape { name: "InvalidRegion", status: 400 },
    ErrorShape { name: "InvalidSourceKmsKey", status: 400 },
    ErrorShape { name: "MissingFileSystemConfiguration", status: 400 },
    ErrorShape { name: "MissingVolumeConfiguration", status: 400 },
    ErrorShape { name: "NotServiceResourceError", status: 400 },
    ErrorShape { name: "ResourceDoesNotSupportTagging", status: 400 },
    ErrorShape { name: "ResourceNotFound", status: 400 },
    ErrorShape { name: "S3AccessPointAttachmentNotFound", status: 400 },
    ErrorShape { name: "ServiceLimitExceeded", status: 400 },
    ErrorShape { name: "SourceBackupUnavailable", status: 400 },
    ErrorShape { name: "StorageVirtualMachineNotFound", status: 400 },
    ErrorShape { name: "UnsupportedOperation", status: 400 },
    ErrorShape { name: "VolumeNotFound", status: 400 },
];
