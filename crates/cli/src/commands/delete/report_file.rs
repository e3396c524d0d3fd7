//! The file that a run's report goes to, whatever is shown.
//!
//! It is opened before anything is deleted, so that a folder that cannot be written to is
//! found out in time. An older report in its place stays whole until the new one is.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::exit::{Exit, Failure};

/// A file that is going to hold a report.
#[derive(Debug)]
pub(super) struct ReportFile {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// Takes the place of the file once it is whole.
    Beside(NamedTempFile, PathBuf),
    /// A pipe or a device, which nothing can take the place of.
    Itself(File),
}

impl ReportFile {
    /// Makes ready to write to `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let target = target(path).map_err(|error| lost(path, &error))?;
        Ok(Self { path: path.to_owned(), target })
    }

    /// Writes `document`, whole or not at all.
    pub(super) fn write(self, document: &impl Serialize) -> Result<(), Failure> {
        let Self { path, target } = self;
        let written = match target {
            Target::Itself(file) => put(&file, document),
            Target::Beside(file, place) => put(file.as_file(), document)
                .and_then(|()| file.as_file().sync_all())
                .and_then(|()| file.persist(place).map(drop).map_err(|error| error.error)),
        };
        written.map_err(|error| lost(&path, &error))
    }
}

fn target(path: &Path) -> std::io::Result<Target> {
    // What a symbolic link points to is written, and the link stays.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return OpenOptions::new().write(true).open(path).map(Target::Itself);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sexton-report-").permissions(Permissions::from_mode(0o666));
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    Ok(Target::Beside(file, path))
}

fn put(file: &File, document: &impl Serialize) -> std::io::Result<()> {
    let mut writer = BufWriter::new(file);
    serde_json::to_writer(&mut writer, document)?;
    writer.write_all(b"\n")?;
    writer.flush()
}

fn lost(path: &Path, error: &std::io::Error) -> Failure {
    // What is said after the cause is the name of the temporary file, which nobody gave.
    let told = error.to_string();
    let cause = told.split(" at path \"").next().unwrap_or_default();
    let text = format!("the report cannot be written to {}: {cause}", path.display());
    Failure::text(Exit::Unexpected, text).hint("see --report")
}
