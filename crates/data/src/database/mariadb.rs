//! `MariaDB` and `MySQL`, with their own tools.

use std::io::Write;

use super::set::SetWriter;
use super::{DatabaseError, DatabaseOrder, Probe, SetFacts, Settings};
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

fn not_yet(settings: &Settings) -> DatabaseError {
    let engine = settings.engine().name();
    DatabaseError::Unsupported(format!("this version makes no backups of {engine}"))
}
