//! The data folder of a server that is stopped.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sexton_store::Cause;
use sexton_store::clock::Clock;
use sexton_store::entropy::SystemEntropy;
use sexton_store::keys::root::FileRoots;
use sexton_store::sqlite::{Parts, ReadOnly, RollPolicy, Sqlite};

/// Why a data folder is not opened.
#[derive(Debug, thiserror::Error)]
pub enum StoppedError {
    /// There is no data folder of a server there, or not all of it.
    #[error("{} is missing: this is not the whole data folder of a server", .0.display())]
    Missing(PathBuf),
    /// A server has it.
    #[error("data folder {} is in use: stop its server first", .0.display())]
    InUse(PathBuf),
    /// The root file.
    #[error("the root file cannot be opened")]
    Roots(#[source] io::Error),
    /// The metadata.
    #[error("the metadata cannot be opened")]
    Metadata(#[source] Cause),
}

/// What is stored there, to be looked at: it may all be read-only.
pub(crate) fn look_at(folder: &Path) -> Result<ReadOnly, StoppedError> {
    let [database, root_key] = [part(folder, "sexton.db")?, part(folder, "root-key")?];
    let roots = opened(FileRoots::open_read_only(&root_key), folder)?;
    ReadOnly::open(&database, roots).map_err(StoppedError::Metadata)
}

/// What is stored there, to be changed.
pub(crate) fn open(folder: &Path, clock: Arc<Clock>) -> Result<Sqlite, StoppedError> {
    let [database, root_key] = [part(folder, "sexton.db")?, part(folder, "root-key")?];
    let parts = Parts {
        roots: opened(FileRoots::open(&root_key), folder)?,
        entropy: Arc::new(SystemEntropy),
        clock,
        roll: RollPolicy::EveryCommit,
    };
    Sqlite::open(&database, parts).map_err(StoppedError::Metadata)
}

/// A part of the data folder, which must be there.
pub(crate) fn part(folder: &Path, name: &str) -> Result<PathBuf, StoppedError> {
    let path = folder.join(name);
    if path.exists() { Ok(path) } else { Err(StoppedError::Missing(path)) }
}

fn opened(roots: io::Result<FileRoots>, folder: &Path) -> Result<Arc<FileRoots>, StoppedError> {
    roots.map(Arc::new).map_err(|error| {
        let in_use = error.kind() == io::ErrorKind::WouldBlock;
        if in_use { StoppedError::InUse(folder.to_owned()) } else { StoppedError::Roots(error) }
    })
}
