//! `PostgreSQL`, with its own tools: `psql`, `pg_basebackup`, `pg_dump`, `pg_dumpall`.

mod capture;
mod load;
mod logs;
mod own_settings;
mod path;
mod recovery;
mod restore;
mod same;
mod segments;
mod server;
mod session;
mod tar;
mod wal;
mod went_on;
mod words;

use capture::BASE_FILE;
pub(super) use capture::capture;
pub(super) use load::into_database;
pub(super) use logs::{drop_slot, finish_segment, is_same_server, lag_bytes, receive};
pub(super) use restore::into_folder;
pub use segments::{Segment, first_gap, segments};
pub(super) use segments::{hollow_out, remove_hollow};
use server::Server;
use session::Session;
pub use went_on::COMPARED;

use super::{DatabaseError, PROBE_SECONDS_MAX, Probe, Settings};
use crate::source::Cancel;

/// The oldest server that is served: it says in a manifest what a backup consists of.
const MAJOR_MIN: u32 = 13;

/// See [`super::probe`].
pub(super) fn probe(settings: &Settings, cancel: &Cancel) -> Result<Probe, DatabaseError> {
    let session = Session::new(settings, cancel)?;
    Server::ask(&session, PROBE_SECONDS_MAX).map(Probe::from)
}
