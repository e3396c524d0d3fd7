//! The operations of Amazon FSx that are known and not served.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

/// Their names.
pub static UNSERVED: &[&str] = &[
    "AssociateFileSystemAliases",
    "CancelDataRepositoryTask",
    "CopySnapshotAndUpdateVolume",
    "CreateAndAttachS3AccessPoint",
    "CreateDataRepositoryAssociation",
    "CreateDataRepositoryTask",
    "CreateFileCache",
    "CreateSnapshot",
    "CreateStorageVirtualMachine",
    "CreateVolumeFromBackup",
    "DeleteDataRepositoryAssociation",
    "DeleteFileCache",
    "DeleteSnapshot",
    "DeleteStorageVirtualMachine",
    "DescribeDataRepositoryAssociations",
    "DescribeDataRepositoryTasks",
    "DescribeFileCaches",
    "DescribeFileSystemAliases",
    "DescribeSharedVpcConfiguration",
    "DescribeSnapshots",
    "DetachAndDeleteS3AccessPoint",
    "DisassociateFileSystemAliases",
    "ReleaseFileSystemNfsV3Locks",
    "RestoreVolumeFromSnapshot",
    "StartMisconfiguredStateRecovery",
    "UpdateDataRepositoryAssociation",
    "UpdateFileCache",
    "UpdateSharedVpcConfiguration",
    "UpdateSnapshot",
    "UpdateStorageVirtualMachine",
    "UpdateVolume",
];
