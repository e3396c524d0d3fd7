//! `MariaDB` and `MySQL`, with their own tools.

use std::io::Write;

use super::logs::Work;
use super::restore::{Folder, TakeSet, unsupported};
use super::set::SetWriter;
use super::{DatabaseError, DatabaseFile, DatabaseOrder, Probe, SetFacts, SetHead, Settings};
use crate::restore::RestoreError;
use crate::source::{Cancel, Counts, SourceError};

/// See [`super::probe`].
pub(super) fn probe(settings: &Settings, _cancel: &Cancel) -> Result<Probe, DatabaseError> {
    Err(not_yet(settings))
}

/// See [`super::write_archive`].
pub(super) fn capture(
    order: &DatabaseOrder,
    _set: SetWriter<'_, impl Write>,
) -> Result<(Counts, SetFacts), SourceError> {
    Err(not_yet(&order.settings).into())
}

/// Makes the folder that a server starts from.
pub(super) fn into_folder<'a>(
    _folder: Folder<'a>,
    head: &SetHead,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    let engine = head.engine.name();
    Err(unsupported(&format!("this version restores no backups of {engine}")))
}

/// Loads one database.
pub(super) fn into_database<'a>(
    settings: &'a Settings,
    _database: &DatabaseFile,
    _cancel: &'a Cancel,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    Err(not_yet(settings).into())
}

/// Receives until the tool ends.
pub(super) fn receive(work: Work<'_>) -> Result<(), DatabaseError> {
    Err(not_yet(&work.order.settings))
}

/// See [`super::finish_segment`].
pub(super) fn finish_segment(settings: &Settings, _cancel: &Cancel) -> Result<(), DatabaseError> {
    Err(not_yet(settings))
}

fn not_yet(settings: &Settings) -> DatabaseError {
    let engine = settings.engine().name();
    DatabaseError::Unsupported(format!("this version makes no backups of {engine}"))
}
