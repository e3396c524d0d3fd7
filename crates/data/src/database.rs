//! Databases: captured, restored and followed with the tools of their engines.
//!
//! The tools run as child processes ([decision 18]): what they write becomes files of an archive
//! of ours, in the same pipeline that directories take, and what they read comes out of one. No
//! library of a database is linked, so a backup is what the engine's own people say it is.
//!
//! A backup of a database is a **set**: an archive of a few files. Its first file says what the
//! others are ([`SetHead`], in [`HEAD_FILE`]), its last one where in the database's log it begins
//! and ends ([`LogRange`], in [`LOG_FILE`]). Restored as files, a set is something that the
//! engine's tools can read without us.
//!
//! # What is promised
//!
//! - A set is complete only if every tool ended with code 0, whatever its output looked like.
//! - Passwords reach a tool through a private file ([`private`](self)), never through its
//!   arguments, and stand in no error and no log.
//! - Nothing of a tool outlives the work that it was started for ([`tool`](self)).
//! - Memory: two buffers of 256 KiB for each tool, and what a pipeline has anyway.
//!
//! [decision 18]: ../../../docs/decisions/0018-the-engines-own-tools.md

mod chosen;
mod error;
mod logs;
mod mariadb;
mod postgres;
mod private;
mod restore;
mod set;
mod settings;
mod tool;

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use chosen::{Database, unsupported};
pub use error::DatabaseError;
pub use logs::{
    Receiver, ReceiverOrder, ReceiverState, drop_slot, end_receivers, finish_segment,
    is_same_server, lag_bytes, remove_segments,
};
pub use postgres::{COMPARED, Segment, first_gap, segments};
pub use restore::{
    DatabaseRestoreOrder, DatabaseRestored, Recovery, RestoreInto, restore_database,
};
use set::SetWriter;
pub use set::{DatabaseFile, HEAD_FILE, LOG_FILE, LogPosition, LogRange, SetFacts, SetHead};
pub use settings::{Engine, Password, Place, SETTINGS_BYTES_MAX, Settings, SettingsError, Tls};

use crate::source::{Cancel, Counts, Progress, SourceError};

/// How a database is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The files of the server, all databases at once.
    Physical,
    /// What makes the rows again, one database at a time.
    Logical,
}

/// A database to capture.
#[derive(Debug, Clone)]
pub struct DatabaseOrder {
    /// How it is reached.
    pub settings: Arc<Settings>,
    /// How it is backed up.
    pub method: Method,
    /// Which databases; none for all that there are. A physical set has all.
    pub databases: Vec<String>,
}

/// What a database says when it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The version of the server, as it says it.
    pub version: String,
    /// The databases that can be backed up, in the order of their names.
    pub databases: Vec<String>,
    /// How large they are on its disk, as far as that may be asked.
    pub bytes: u64,
    /// What tells this server from others, in words, if it says anything of the kind.
    pub identity: Option<String>,
}

/// Asks a database whether it is there. Takes no longer than [`PROBE_SECONDS_MAX`].
pub fn probe(settings: &Settings) -> Result<Probe, DatabaseError> {
    let cancel = Cancel::default();
    match settings.engine() {
        Engine::PostgreSql => postgres::probe(settings, &cancel),
        Engine::MySql | Engine::MariaDb => mariadb::probe(settings, &cancel),
    }
}

/// Why the log that is received into a spool may lack something that nobody can see, and what
/// helps: in words for the person who runs the server. Nothing if there is no such reason.
pub fn doubt(spool: &Path) -> Option<String> {
    mariadb::doubt(spool)
}

/// The longest that [`probe`] takes.
pub const PROBE_SECONDS_MAX: u64 = 10;

/// Writes the archive of a set.
pub(crate) fn write_archive(
    order: &DatabaseOrder,
    sink: impl Write,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<(Counts, SetFacts), SourceError> {
    let set = SetWriter::new(sink, progress, cancel)?;
    match order.settings.engine() {
        Engine::PostgreSql => postgres::capture(order, set),
        Engine::MySql | Engine::MariaDb => mariadb::capture(order, set),
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
