//! What texts may be.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use crate::aws::model::{Shape, Text};

pub(super) static ARN: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static ACCOUNT_ID: Shape = Shape::Text(Text::new(None, None, Some(r"^[0-9]{12}$"), &[]));

pub(super) static BACKUP_JOB_STATE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &[
        "CREATED",
        "PENDING",
        "RUNNING",
        "ABORTING",
        "ABORTED",
        "COMPLETED",
        "FAILED",
        "EXPIRED",
        "PARTIAL",
    ],
));

pub(super) static BACKUP_OPTION_KEY: Shape =
    Shape::Text(Text::new(None, None, Some(r"^[a-zA-Z0-9\-\_\.]{1,50}$"), &[]));

pub(super) static BACKUP_OPTION_VALUE: Shape =
    Shape::Text(Text::new(None, None, Some(r"^[a-zA-Z0-9\-\_\.]{1,50}$"), &[]));

pub(super) static BACKUP_PLAN_NAME: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static BACKUP_RULE_NAME: Shape =
    Shape::Text(Text::new(None, None, Some(r"^[a-zA-Z0-9\-\_\.]{1,50}$"), &[]));

pub(super) static BACKUP_SELECTION_NAME: Shape =
    Shape::Text(Text::new(None, None, Some(r"^[a-zA-Z0-9\-\_\.]{1,50}$"), &[]));

pub(super) static BACKUP_VAULT_NAME: Shape =
    Shape::Text(Text::new(None, None, Some(r"^[a-zA-Z0-9\-\_]{2,50}$"), &[]));

pub(super) static CONDITION_KEY: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static CONDITION_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["STRINGEQUALS"]));

pub(super) static CONDITION_VALUE: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static COPY_JOB_STATE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["CREATED", "RUNNING", "COMPLETED", "FAILED", "PARTIAL"],
));

pub(super) static CRON_EXPRESSION: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static IAM_POLICY: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static IAM_ROLE_ARN: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static INDEX: Shape = Shape::Text(Text::new(None, None, None, &["ENABLED", "DISABLED"]));

pub(super) static LIFECYCLE_DELETE_AFTER_EVENT: Shape =
    Shape::Text(Text::new(None, None, None, &["DELETE_AFTER_COPY"]));

pub(super) static MALWARE_SCANNER: Shape = Shape::Text(Text::new(None, None, None, &["GUARDDUTY"]));

pub(super) static METADATA_KEY: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static METADATA_VALUE: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static RESOURCE_TYPE: Shape =
    Shape::Text(Text::new(None, None, Some(r"^[a-zA-Z0-9\-\_\.]{1,50}$"), &[]));

pub(super) static RESTORE_JOB_ID: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static RESTORE_JOB_STATUS: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["PENDING", "RUNNING", "COMPLETED", "ABORTED", "FAILED"],
));

pub(super) static SCAN_MODE: Shape =
    Shape::Text(Text::new(None, None, None, &["FULL_SCAN", "INCREMENTAL_SCAN"]));

pub(super) static TAG_KEY: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static TAG_VALUE: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static TIMEZONE: Shape = Shape::Text(Text::new(None, None, None, &[]));

pub(super) static VAULT_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["BACKUP_VAULT", "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", "RESTORE_ACCESS_BACKUP_VAULT"],
));

pub(super) static PLAIN_STRING: Shape = Shape::Text(Text::new(None, None, None, &[]));
