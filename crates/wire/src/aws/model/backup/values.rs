//! What lists, maps and plain values may be.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::texts::{
    BACKUP_OPTION_KEY, BACKUP_OPTION_VALUE, METADATA_KEY, METADATA_VALUE, PLAIN_STRING, TAG_KEY,
    TAG_VALUE,
};
use crate::aws::model::Shape;

pub(super) static BACKUP_OPTIONS: Shape =
    Shape::Map { key: &BACKUP_OPTION_KEY, value: &BACKUP_OPTION_VALUE };

pub(super) static BOOLEAN: Shape = Shape::Boolean;

pub(super) static LONG: Shape = Shape::Integer { min: None, max: None };

pub(super) static MAX_RESULTS: Shape = Shape::Integer { min: Some(1), max: Some(1000) };

pub(super) static METADATA: Shape = Shape::Map { key: &METADATA_KEY, value: &METADATA_VALUE };

pub(super) static RESOURCE_IDENTIFIERS: Shape =
    Shape::List { member: &PLAIN_STRING, min: None, max: None };

pub(super) static TAG_KEY_LIST: Shape = Shape::List { member: &PLAIN_STRING, min: None, max: None };

pub(super) static TAGS: Shape = Shape::Map { key: &TAG_KEY, value: &TAG_VALUE };

pub(super) static VAULT_NAMES: Shape = Shape::List { member: &PLAIN_STRING, min: None, max: None };

pub(super) static WINDOW_MINUTES: Shape = Shape::Integer { min: None, max: None };

pub(super) static PLAIN_BOOLEAN: Shape = Shape::Boolean;

pub(super) static PLAIN_TIMESTAMP: Shape = Shape::Timestamp;
