//! What structures may hold.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::texts::{
    ARN, BACKUP_PLAN_NAME, BACKUP_RULE_NAME, BACKUP_SELECTION_NAME, BACKUP_VAULT_NAME,
    CONDITION_KEY, CONDITION_TYPE, CONDITION_VALUE, CRON_EXPRESSION, IAM_ROLE_ARN,
    LIFECYCLE_DELETE_AFTER_EVENT, MALWARE_SCANNER, RESOURCE_TYPE, SCAN_MODE, TIMEZONE,
};
use super::values::{
    ADVANCED_BACKUP_SETTINGS, BACKUP_OPTIONS, BACKUP_RULES_INPUT, BOOLEAN, CONDITION_PARAMETERS,
    COPY_ACTIONS, INDEX_ACTIONS, LIST_OF_TAGS, LONG, PLAIN_TIMESTAMP, RESOURCE_ARNS,
    RESOURCE_IDENTIFIERS, RESOURCE_TYPES, SCAN_ACTIONS, SCAN_SETTINGS, TAGS, VAULT_NAMES,
    WINDOW_MINUTES,
};
use crate::aws::model::{Location, Member, Shape};

pub(super) static ADVANCED_BACKUP_SETTING: Shape = Shape::Structure(&[
    Member::optional("BackupOptions", Location::Body, &BACKUP_OPTIONS),
    Member::optional("ResourceType", Location::Body, &RESOURCE_TYPE),
]);

pub(super) static BACKUP_PLAN_INPUT: Shape = Shape::Structure(&[
    Member::optional("AdvancedBackupSettings", Location::Body, &ADVANCED_BACKUP_SETTINGS),
    Member::required("BackupPlanName", Location::Body, &BACKUP_PLAN_NAME),
    Member::required("Rules", Location::Body, &BACKUP_RULES_INPUT),
    Member::optional("ScanSettings", Location::Body, &SCAN_SETTINGS),
]);

pub(super) static BACKUP_RULE_INPUT: Shape = Shape::Structure(&[
    Member::optional("CompletionWindowMinutes", Location::Body, &WINDOW_MINUTES),
    Member::optional("CopyActions", Location::Body, &COPY_ACTIONS),
    Member::optional("EnableContinuousBackup", Location::Body, &BOOLEAN),
    Member::optional("IndexActions", Location::Body, &INDEX_ACTIONS),
    Member::optional("Lifecycle", Location::Body, &LIFECYCLE),
    Member::optional("RecoveryPointTags", Location::Body, &TAGS),
    Member::required("RuleName", Location::Body, &BACKUP_RULE_NAME),
    Member::optional("ScanActions", Location::Body, &SCAN_ACTIONS),
    Member::optional("ScheduleExpression", Location::Body, &CRON_EXPRESSION),
    Member::optional("ScheduleExpressionTimezone", Location::Body, &TIMEZONE),
    Member::optional("StartWindowMinutes", Location::Body, &WINDOW_MINUTES),
    Member::required("TargetBackupVaultName", Location::Body, &BACKUP_VAULT_NAME),
    Member::optional("TargetLogicallyAirGappedBackupVaultArn", Location::Body, &ARN),
]);

pub(super) static BACKUP_SELECTION: Shape = Shape::Structure(&[
    Member::optional("Conditions", Location::Body, &CONDITIONS),
    Member::required("IamRoleArn", Location::Body, &IAM_ROLE_ARN),
    Member::optional("ListOfTags", Location::Body, &LIST_OF_TAGS),
    Member::optional("NotResources", Location::Body, &RESOURCE_ARNS),
    Member::optional("Resources", Location::Body, &RESOURCE_ARNS),
    Member::required("SelectionName", Location::Body, &BACKUP_SELECTION_NAME),
]);

pub(super) static CONDITION: Shape = Shape::Structure(&[
    Member::required("ConditionKey", Location::Body, &CONDITION_KEY),
    Member::required("ConditionType", Location::Body, &CONDITION_TYPE),
    Member::required("ConditionValue", Location::Body, &CONDITION_VALUE),
]);

pub(super) static CONDITION_PARAMETER: Shape = Shape::Structure(&[
    Member::optional("ConditionKey", Location::Body, &CONDITION_KEY),
    Member::optional("ConditionValue", Location::Body, &CONDITION_VALUE),
]);

pub(super) static CONDITIONS: Shape = Shape::Structure(&[
    Member::optional("StringEquals", Location::Body, &CONDITION_PARAMETERS),
    Member::optional("StringLike", Location::Body, &CONDITION_PARAMETERS),
    Member::optional("StringNotEquals", Location::Body, &CONDITION_PARAMETERS),
    Member::optional("StringNotLike", Location::Body, &CONDITION_PARAMETERS),
]);

pub(super) static COPY_ACTION: Shape = Shape::Structure(&[
    Member::required("DestinationBackupVaultArn", Location::Body, &ARN),
    Member::optional("Lifecycle", Location::Body, &LIFECYCLE),
]);

pub(super) static DATE_RANGE: Shape = Shape::Structure(&[
    Member::required("FromDate", Location::Body, &PLAIN_TIMESTAMP),
    Member::required("ToDate", Location::Body, &PLAIN_TIMESTAMP),
]);

pub(super) static INDEX_ACTION: Shape =
    Shape::Structure(&[Member::optional("ResourceTypes", Location::Body, &RESOURCE_TYPES)]);

pub(super) static LIFECYCLE: Shape = Shape::Structure(&[
    Member::optional("DeleteAfterDays", Location::Body, &LONG),
    Member::optional("DeleteAfterEvent", Location::Body, &LIFECYCLE_DELETE_AFTER_EVENT),
    Member::optional("MoveToColdStorageAfterDays", Location::Body, &LONG),
    Member::optional("OptInToArchiveForSupportedResources", Location::Body, &BOOLEAN),
]);

pub(super) static RECOVERY_POINT_SELECTION: Shape = Shape::Structure(&[
    Member::optional("DateRange", Location::Body, &DATE_RANGE),
    Member::optional("ResourceIdentifiers", Location::Body, &RESOURCE_IDENTIFIERS),
    Member::optional("VaultNames", Location::Body, &VAULT_NAMES),
]);

pub(super) static SCAN_ACTION: Shape = Shape::Structure(&[
    Member::optional("MalwareScanner", Location::Body, &MALWARE_SCANNER),
    Member::optional("ScanMode", Location::Body, &SCAN_MODE),
]);

pub(super) static SCAN_SETTING: Shape = Shape::Structure(&[
    Member::optional("MalwareScanner", Location::Body, &MALWARE_SCANNER),
    Member::optional("ResourceTypes", Location::Body, &RESOURCE_TYPES),
    Member::optional("ScannerRoleArn", Location::Body, &IAM_ROLE_ARN),
]);
