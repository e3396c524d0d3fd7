//! What lists, maps and plain values may be.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::structures::{
    ADVANCED_BACKUP_SETTING, BACKUP_RULE_INPUT, CONDITION, CONDITION_PARAMETER, COPY_ACTION,
    INDEX_ACTION, SCAN_ACTION, SCAN_SETTING,
};
use super::texts::{
    ARN, BACKUP_OPTION_KEY, BACKUP_OPTION_VALUE, METADATA_KEY, METADATA_VALUE, PLAIN_STRING,
    RESOURCE_TYPE, TAG_KEY, TAG_VALUE,
};
use crate::aws::model::Shape;

pub(super) static ADVANCED_BACKUP_SETTINGS: Shape =
    Shape::List { member: &ADVANCED_BACKUP_SETTING, min: None, max: None };

pub(super) static BACKUP_OPTIONS: Shape =
    Shape::Map { key: &BACKUP_OPTION_KEY, value: &BACKUP_OPTION_VALUE };

pub(super) static BACKUP_RULES_INPUT: Shape =
    Shape::List { member: &BACKUP_RULE_INPUT, min: None, max: None };

pub(super) static BOOLEAN: Shape = Shape::Boolean;

pub(super) static CONDITION_PARAMETERS: Shape =
    Shape::List { member: &CONDITION_PARAMETER, min: None, max: None };

pub(super) static COPY_ACTIONS: Shape = Shape::List { member: &COPY_ACTION, min: None, max: None };

pub(super) static INDEX_ACTIONS: Shape =
    Shape::List { member: &INDEX_ACTION, min: None, max: None };

pub(super) static LIST_OF_TAGS: Shape = Shape::List { member: &CONDITION, min: None, max: None };

pub(super) static LONG: Shape = Shape::Integer { min: None, max: None };

pub(super) static MAX_RESULTS: Shape = Shape::Integer { min: Some(1), max: Some(1000) };

pub(super) static MAX_SCHEDULED_RUNS_PREVIEW: Shape =
    Shape::Integer { min: Some(0), max: Some(10) };

pub(super) static METADATA: Shape = Shape::Map { key: &METADATA_KEY, value: &METADATA_VALUE };

pub(super) static RESOURCE_ARNS: Shape = Shape::List { member: &ARN, min: None, max: None };

pub(super) static RESOURCE_IDENTIFIERS: Shape =
    Shape::List { member: &PLAIN_STRING, min: None, max: None };

pub(super) static RESOURCE_TYPES: Shape =
    Shape::List { member: &RESOURCE_TYPE, min: None, max: None };

pub(super) static SCAN_ACTIONS: Shape = Shape::List { member: &SCAN_ACTION, min: None, max: None };

pub(super) static SCAN_SETTINGS: Shape =
    Shape::List { member: &SCAN_SETTING, min: None, max: None };

pub(super) static TAG_KEY_LIST: Shape = Shape::List { member: &PLAIN_STRING, min: None, max: None };

pub(super) static TAGS: Shape = Shape::Map { key: &TAG_KEY, value: &TAG_VALUE };

pub(super) static VAULT_NAMES: Shape = Shape::List { member: &PLAIN_STRING, min: None, max: None };

pub(super) static WINDOW_MINUTES: Shape = Shape::Integer { min: None, max: None };

pub(super) static PLAIN_BOOLEAN: Shape = Shape::Boolean;

pub(super) static PLAIN_TIMESTAMP: Shape = Shape::Timestamp;
