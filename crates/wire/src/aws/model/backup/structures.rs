//! What structures may hold.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::texts::LIFECYCLE_DELETE_AFTER_EVENT;
use super::values::{BOOLEAN, LONG};
use crate::aws::model::{Location, Member, Shape};

pub(super) static LIFECYCLE: Shape = Shape::Structure(&[
    Member::optional("DeleteAfterDays", Location::Body, &LONG),
    Member::optional("DeleteAfterEvent", Location::Body, &LIFECYCLE_DELETE_AFTER_EVENT),
    Member::optional("MoveToColdStorageAfterDays", Location::Body, &LONG),
    Member::optional("OptInToArchiveForSupportedResources", Location::Body, &BOOLEAN),
]);
