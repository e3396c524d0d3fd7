//! The files of a binary log that were backed up.

use std::cmp::Reverse;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::events::{Events, is_damage};
use super::position::is_log_name;
use super::receive::begin_alike;
use super::replay::{base, number};
use super::stop::Told;
use crate::database::restore::unsupported;
use crate::database::{DatabaseError, Recovery};
use crate::restore::RestoreError;

/// A file of a log, wherever there is something of it.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its name.
    pub(super) name: String,
    /// Where it is, the longest first. One that was still being received is a beginning of the
    /// whole one.
    paths: Vec<PathBuf>,
}

impl Stored {
    /// Where all of it is. Fails if something of this name is of another log.
    pub(super) fn path(&self) -> Result<&Path, RestoreError> {
        let Some((longest, others)) = self.paths.split_first() else {
            return Err(self.failed(io::ErrorKind::NotFound.into()));
        };
        for other in others {
            let alike = begin_alike(longest, other, u64::MAX);
            if !alike.map_err(|error| self.failed(error))? {
                return Err(unsupported(&format!(
                    "two files of the log backups are called {}, and are of two binary logs: the \
                     database began its log anew between them. Take a time before it, or a later \
                     backup",
                    self.name
                )));
            }
        }
        Ok(longest)
    }

    /// What it tells of its own time.
    pub(super) fn told(&self) -> Result<Told, RestoreError> {
        let ask = |path: &Path| {
            let modified = std::fs::metadata(path)?.modified()?;
            let stored = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            // One that is damaged says nothing, and is in the way only once it is needed.
            let first = match Events::open(path).and_then(|mut events| events.step()) {
                Err(error) if is_damage(&error) => None,
                first => first?,
            };
            Ok(Told {
                begun: first.map_or(i64::MAX, |event| i64::from(event.seconds)),
                stored: i64::try_from(stored).unwrap_or(i64::MAX),
            })
        };
        ask(self.paths.first().map_or(Path::new(""), PathBuf::as_path))
            .map_err(|error| self.failed(error))
    }

    /// Why it cannot be read.
    pub(super) fn failed(&self, error: io::Error) -> RestoreError {
        if is_damage(&error) {
            return unsupported(&format!("the file {} of the binary log is damaged", self.name));
        }
        DatabaseError::system("the binary log cannot be read", error).into()
    }
}

/// The files of the log in the folders from one on, in their order.
pub(super) fn stored_from(recovery: &Recovery, first: &str) -> Result<Vec<Stored>, RestoreError> {
    let failed = |error| DatabaseError::system("the binary log cannot be read", error);
    let mut found = Vec::new();
    for folder in &recovery.logs {
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if is_log_name(&name) && base(&name) == base(first) && number(&name) >= number(first) {
                let bytes = entry.metadata().map_err(failed)?.len();
                found.push((name, bytes, entry.path()));
            }
        }
    }
    found.sort_by_key(|(name, bytes, _)| (number(name), Reverse(*bytes)));
    let mut files: Vec<Stored> = Vec::new();
    for (name, _, path) in found {
        match files.last_mut() {
            Some(last) if last.name == name => last.paths.push(path),
            Some(_) | None => files.push(Stored { name, paths: vec![path] }),
        }
    }
    Ok(files)
}
