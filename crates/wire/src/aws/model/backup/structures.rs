//! What structures may hold.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::texts::LIFECYCLE_DELETE_AFTER_EVENT;
use super::values::{BOOLEAN, LONG, PLAIN_TIMESTAMP, RESOURCE_IDENTIFIERS, VAULT_NAMES};
use crate::aws::model::{Location, Member, Shape};

pub(super) static DATE_RANGE: Shape = Shape::Structure(&[
    Member::required("FromDate", Location::Body, &PLAIN_TIMESTAMP),
    Member::required("ToDate", Location::Body, &PLAIN_TIMESTAMP),
]);

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
