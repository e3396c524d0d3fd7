//! `MariaDB` and `MySQL`, with their own tools: the client, `mariadb-dump`, `mariadb-backup` and
//! `mariadb-binlog`, or what `MySQL` calls them. What differs between the two is in `flavour`.

mod capture;
mod complete;
mod events;
mod flavour;
mod lives;
mod load;
mod options;
mod position;
mod qualified;
mod receive;
mod replay;
mod restore;
mod scratch;
mod server;
mod session;
mod stop;
mod stored;
mod words;

pub(super) use capture::capture;
use flavour::Flavour;
use position::Position;
pub(super) use position::is_log_name;
pub(super) use receive::{doubt, finish_segment, lag_bytes, receive};
pub(super) use replay::number;
pub(super) use restore::{DumpLook, into_database, into_folder};
use server::Server;
use session::Session;

use super::{DatabaseError, PROBE_SECONDS_MAX, Probe, Settings};
use crate::source::Cancel;

/// See [`super::probe`].
pub(super) fn probe(settings: &Settings, cancel: &Cancel) -> Result<Probe, DatabaseError> {
    let session = Session::new(settings, cancel)?;
    Server::ask(&session, PROBE_SECONDS_MAX).map(Probe::from)
}
