//! Words that parameters may be.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::words;

words! {
    /// The words of `BackupJobStatus`.
    BackupJobStatus {
        NoStart = "NoStart",
        Progressing = "Progressing",
    } "NoStart or Progressing"
}

words! {
    /// The words of `BackupLog`.
    BackupLog {
        Enable = "Enable",
        Disabled = "Disabled",
    } "Enable or Disabled"
}

words! {
    /// The words of `BackupMethod`.
    BackupMethod {
        Logical = "Logical",
        Physical = "Physical",
        Snapshot = "Snapshot",
    } "Logical, Physical or Snapshot"
}

words! {
    /// The words of `BackupMode`.
    BackupMode {
        Automated = "Automated",
        Manual = "Manual",
    } "Automated or Manual"
}

words! {
    /// The words of `BackupPolicyMode`.
    BackupPolicyMode {
        DataBackupPolicy = "DataBackupPolicy",
        LogBackupPolicy = "LogBackupPolicy",
    } "DataBackupPolicy or LogBackupPolicy"
}

words! {
    /// The words of `BackupStatus`.
    BackupStatus {
        Success = "Success",
        Failed = "Failed",
    } "Success or Failed"
}

words! {
    /// The words of `BackupStrategy`.
    BackupStrategy {
        Db = "db",
        Instance = "instance",
    } "db or instance"
}

words! {
    /// The words of `BackupType`.
    BackupType {
        FullBackup = "FullBackup",
        IncrementalBackup = "IncrementalBackup",
    } "FullBackup or IncrementalBackup"
}

words! {
    /// The words of `ConnectionMode`.
    ConnectionMode {
        Standard = "Standard",
        Safe = "Safe",
    } "Standard or Safe"
}

words! {
    /// The words of `CreateBackupType`.
    CreateBackupType {
        Auto = "Auto",
        FullBackup = "FullBackup",
    } "Auto or FullBackup"
}

words! {
    /// The words of `Engine`.
    Engine {
        MySql = "MySQL",
        SqlServer = "SQLServer",
        PostgreSql = "PostgreSQL",
        MariaDb = "MariaDB",
    } "MySQL, SQLServer, PostgreSQL or MariaDB"
}

words! {
    /// The words of `InstanceNetworkType`.
    InstanceNetworkType {
        Vpc = "VPC",
        Classic = "Classic",
    } "VPC or Classic"
}

words! {
    /// The words of `InstanceType`.
    InstanceType {
        Primary = "Primary",
        Readonly = "Readonly",
        Guard = "Guard",
        Temp = "Temp",
    } "Primary, Readonly, Guard or Temp"
}

words! {
    /// The words of `PayType`.
    PayType {
        Postpaid = "Postpaid",
        Prepaid = "Prepaid",
    } "Postpaid or Prepaid"
}

words! {
    /// The words of `Protection`.
    Protection {
        Enable = "Enable",
        Disable = "Disable",
    } "Enable or Disable"
}
