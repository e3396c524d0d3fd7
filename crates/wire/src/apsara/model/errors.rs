//! The errors that are documented for each action.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::ErrorRow;

pub(super) const CREATE_BACKUP: &[ErrorRow] = &[
    ErrorRow::new(400, "BackupType.NotSupport", "the specified backup type not support"),
    ErrorRow::new(
        400,
        "InvalidBackupMethod.ValueNotSupport",
        "The specified parameter \"BackupMethod\" is not valid.",
    ),
    ErrorRow::new(
        400,
        "ReadDBInstanceNotSupport",
        "The operation is not permitted due to type of the instance.",
    ),
    ErrorRow::new(
        400,
        "IncorrectDBInstanceLockMode.ValueNotSupported",
        "The Current DB instance lock mode does not support this operation.",
    ),
    ErrorRow::new(
        400,
        "BackupJobExists",
        "A backup job already exists in the specified DB instance.",
    ),
    ErrorRow::new(
        400,
        "InvalidPreferredBackupTime.Format",
        "Specified preferred backup time is not valid.",
    ),
    ErrorRow::new(400, "InvalidDBName.Format", "Specified DB name is not valid."),
    ErrorRow::new(403, "OperationDenied.ApiForbidden", "operation not permitted."),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceEngine",
        "Current DB Instance engine does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceType",
        "Current DB instance engine and type does not support operations.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceState",
        "Current DB instance state does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceCharacterType",
        "Current DB Instance character_type does not support this operation.",
    ),
    ErrorRow::new(403, "Exceeded.BackupTimes", "The backup times exceeds."),
    ErrorRow::new(404, "InvalidDBInstanceName.NotFound", "The database instance does not exist."),
    ErrorRow::new(
        404,
        "InvalidDB.NotFound",
        "Specified db does not exist or DB status does not support this operation.",
    ),
];

pub(super) const DELETE_BACKUP: &[ErrorRow] = &[
    ErrorRow::new(
        400,
        "ReadDBInstanceNotSupport",
        "The operation is not permitted due to type of the instance.",
    ),
    ErrorRow::new(400, "ParameterLeastAssociate", "Must input at least one optional parameter"),
    ErrorRow::new(400, "DeleteBackupSetNumExceed", "Delete backup set number is more than 100."),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceState",
        "Current DB instance state does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceType",
        "Current DB instance engine and type does not support operations.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceCharacterType",
        "Current DB Instance character_type does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "OperationDenied.BackupSetDeleteNotSupport",
        "The Specified backup does not support this operation.",
    ),
    ErrorRow::new(404, "InvalidDBInstanceName.NotFound", "Invalid DBInstanceId NotFound."),
    ErrorRow::new(
        404,
        "IncorrectDBInstanceLockMode",
        "Current DB instance lock mode does not support this operation.",
    ),
    ErrorRow::new(404, "InvalidBackupSetID.NotFound", "Specified backup set ID does not exist."),
];

pub(super) const DESCRIBE_BACKUP_POLICY: &[ErrorRow] = &[
    ErrorRow::new(400, "IO.Exception", "IO exception, retry later."),
    ErrorRow::new(400, "InternalFailure", "Internal failure, retry later."),
    ErrorRow::new(
        400,
        "InvalidParameter.OwnerAccount",
        "The specified parameter OwnerAccount is not valid.",
    ),
    ErrorRow::new(400, "InvalidEngine.Malformed", "Specified engine is not valid."),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceState",
        "Current DB instance state does not support this operation.",
    ),
    ErrorRow::new(
        404,
        "InvalidDBInstance.NotFound",
        "Specified instance does not exist or not support.",
    ),
    ErrorRow::new(404, "InvalidDBInstanceName.NotFound", "Invalid DBInstanceId NotFound."),
];

pub(super) const DESCRIBE_BACKUP_TASKS: &[ErrorRow] = &[
    ErrorRow::new(400, "InternalFailure", "Internal failure, retry later."),
    ErrorRow::new(
        400,
        "InvalidParameter.OwnerAccount",
        "The specified parameter OwnerAccount is not valid.",
    ),
    ErrorRow::new(
        400,
        "ReadDBInstanceNotSupport",
        "The operation is not permitted due to type of the instance.",
    ),
    ErrorRow::new(400, "InvalidParameters.Format", "Specified parameter is not valid"),
    ErrorRow::new(404, "InvalidDBInstanceName.NotFound", "Invalid DBInstanceId NotFound."),
    ErrorRow::new(
        404,
        "InvalidDBInstance.NotFound",
        "Specified instance does not exist or not support.",
    ),
];

pub(super) const DESCRIBE_BACKUPS: &[ErrorRow] = &[
    ErrorRow::new(400, "InvalidPageNumbers.Malformed", "Specified page number is not valid."),
    ErrorRow::new(400, "InvalidStartTime.Format", "Specified start time is not valid."),
    ErrorRow::new(400, "InvalidEndTime.Format", "Specified end time is not valid."),
    ErrorRow::new(
        400,
        "InvalidParameterCombination",
        "The end time must be greater than the start time",
    ),
    ErrorRow::new(
        400,
        "InvalidDBinstanceClass.ValueNotSupported",
        "The specified parameter DBinstanceClass is invalid.",
    ),
    ErrorRow::new(
        400,
        "InvalidBackupSetLocation.Format",
        "Specified backup set location is not valid.",
    ),
    ErrorRow::new(
        403,
        "InvalidMaxRecordsPerPage.Malformed",
        "Specified record number is not valid.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceState",
        "Current DB instance state does not support this operation.",
    ),
    ErrorRow::new(404, "InvalidDBInstanceName.NotFound", "The database instance does not exist."),
    ErrorRow::new(
        404,
        "InvalidDBInstance.NotFound",
        "The specified instance does not exist or is not supported.",
    ),
];

pub(super) const DESCRIBE_BINLOG_FILES: &[ErrorRow] = &[
    ErrorRow::new(400, "ParameterLeastAssociate", "Must input at least one optional parameter."),
    ErrorRow::new(400, "InvalidParameters.Format", "Specified parameter is not valid"),
    ErrorRow::new(400, "ParameterAbsence", "Necessary parameter is absence."),
    ErrorRow::new(400, "ServiceTemporarilyClosed", "Service temporarily closed."),
    ErrorRow::new(
        400,
        "ReadDBInstanceNotSupport",
        "The operation is not permitted due to type of the instance.",
    ),
    ErrorRow::new(400, "InvalidStartTime.Format", "Specified start time is not valid."),
    ErrorRow::new(400, "InvalidEndTime.Format", "Specified end time is not valid."),
    ErrorRow::new(
        400,
        "InvalidParameterCombination",
        "The end time must be greater than the start time",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceEngine",
        "Current DB Instance engine does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceCharacterType",
        "Current DB Instance character_type does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceState",
        "Current DB instance state does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceLockMode",
        "Current DB instance lock mode does not support this operation.",
    ),
    ErrorRow::new(
        404,
        "InvalidDBInstance.NotFound",
        "Specified instance does not exist or not support.",
    ),
];

pub(super) const DESCRIBE_DB_INSTANCE_ATTRIBUTE: &[ErrorRow] = &[
    ErrorRow::new(400, "ConnectTimeoutRetryLater", "Connect timeout retry later."),
    ErrorRow::new(400, "TimeoutRetryLater", "Timeout, please retry later."),
    ErrorRow::new(400, "DataNotExist", "Data not exist."),
    ErrorRow::new(
        400,
        "InvalidDBInstanceId.NotFound",
        "The DBInstanceId provided does not exist in records.",
    ),
];

pub(super) const DESCRIBE_DB_INSTANCES: &[ErrorRow] = &[
    ErrorRow::new(400, "Invalid.NextToken", "The parameter NextToken is invalid."),
    ErrorRow::new(
        400,
        "InvalidDBInstanceType.ValueNotSupport",
        "The specified parameter DBInstanceType is not valid.",
    ),
    ErrorRow::new(
        400,
        "InvalidParameter.OwnerAccount",
        "The specified parameter OwnerAccount is not valid.",
    ),
    ErrorRow::new(400, "TimeoutRetryLater", "Timeout, Please retry later."),
    ErrorRow::new(
        400,
        "InvalidExpired.Format",
        "The instance expiration status parameter is incorrect.",
    ),
];

pub(super) const DESCRIBE_DETACHED_BACKUPS: &[ErrorRow] = &[];

pub(super) const DESCRIBE_LOG_BACKUP_FILES: &[ErrorRow] = &[
    ErrorRow::new(400, "ParameterLeastAssociate", "Must input at least one optional parameter."),
    ErrorRow::new(400, "InvalidParameters.Format", "Specified parameter is not valid."),
    ErrorRow::new(400, "ParameterAbsence", "Necessary parameter is absence."),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceEngine",
        "Current DB Instance engine does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceCharacterType",
        "Current DB Instance character_type does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceState",
        "Current DB instance state does not support this operation.",
    ),
    ErrorRow::new(
        403,
        "IncorrectDBInstanceLockMode",
        "Current DB instance lock mode does not support this operation.",
    ),
    ErrorRow::new(
        404,
        "InvalidDBInstance.NotFound",
        "Specified instance does not exist or not support.",
    ),
];

pub(super) const DESCRIBE_REGIONS: &[ErrorRow] = &[];

pub(super) const MODIFY_BACKUP_POLICY: &[ErrorRow] = &[
    ErrorRow::new(400, "InvalidColdRetention.Format", "Invalid cold retention format."),
    ErrorRow::new(400, "InvalidLogBackupFrequency.Malformed", "Invalid log backup frequency."),
    ErrorRow::new(
        400,
        "InvalidBackupRetentionPeriod.Malformed",
        "The specified backup retention period is invalid.",
    ),
    ErrorRow::new(400, "BackupPropertyNotFound", "Backup policy not found"),
    ErrorRow::new(
        400,
        "InvalidReleasedKeepPolicy.Format",
        "Specified Released Keep Policy is not valid.",
    ),
    ErrorRow::new(
        400,
        "InvalidDBInstanceId.NotFound",
        "The DBInstanceId provided does not exist in records.",
    ),
    ErrorRow::new(403, "IncorrectCategory", "Current Instance type does not support Category."),
    ErrorRow::new(
        403,
        "OperationDenied.SwitchSnapshotToPhysical",
        "Only physical backup to snapshot backup is supported.",
    ),
    ErrorRow::new(
        403,
        "OperationDenied.ModifyBackupSwitchOff",
        "The switch is not turned on. It is forbidden to modify the backup mode.",
    ),
    ErrorRow::new(
        403,
        "OperationDenied.NotSupportedBackupMethod",
        "When the storage is larger than 4000 GB, only snapshot backup is supported.",
    ),
    ErrorRow::new(403, "OperationDenied.ApiForbidden", "Operation is not permitted."),
];
