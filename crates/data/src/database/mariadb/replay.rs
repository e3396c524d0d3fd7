//! Brings what a set holds forward to a moment, with the binary log that continues it.
//!
//! Before anything is changed it is looked whether the files begin with the one that the set
//! names, whether none is missing between them, whether they are of one log, and whether they
//! reach the moment: the end of a log is no proof that nothing happened after it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::events::{self, Events, GTID, GTID_LIST};
use super::flavour::BINLOG;
use super::lives::Life;
use super::load::Turn;
use super::position::Position;
use super::session::{Session, flavour_of};
use super::stop::{Search, believed_until};
use super::stored::{Stored, stored_from};
use crate::database::restore::unsupported;
use crate::database::tool::{Feed, Input, Output, Tool};
use crate::database::{DatabaseError, LogRange, Recovery};
use crate::restore::RestoreError;
use crate::source::Cancel;

/// What is handed on at once.
const PIECE_BYTES: usize = 64 << 10;
/// Where the first event of a file begins.
const FIRST_BYTE: u64 = 4;

/// What is to be replayed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replay {
    /// The files, up to the one that has the end; none if nothing is to be replayed.
    files: Vec<PathBuf>,
    /// The byte of the first file where it begins.
    from: u64,
    /// The byte of the last file before which it ends; nothing if all of it is wanted.
    to: Option<u64>,
}

impl Replay {
    /// Looks which files are needed, and whether they are there.
    /// The set was whole at `made`, where that is known.
    pub(super) fn plan(
        recovery: &Recovery,
        log: &LogRange,
        made: Option<Timestamp>,
        cancel: &Cancel,
    ) -> Result<Self, RestoreError> {
        let Some(end) = log.end.as_ref().and_then(Position::from_fact) else {
            return Err(unsupported(
                "the backup does not say where in the binary log it is, because the log was off: \
                 it can only be restored as it is",
            ));
        };
        let mut files = stored_from(recovery, &end.file)?;
        let mut wanted = end.file.clone();
        let follows = |file: &&Stored| {
            let is_next = file.name == wanted;
            wanted = following(&wanted);
            is_next
        };
        let there = files.iter().take_while(follows).count();
        let hole = (there == 0 || there < files.len()).then(|| match there {
            0 => end.file.clone(),
            _ => following(&files[there - 1].name),
        });
        files.truncate(there);
        if let Some(first) = files.first() {
            must_be_of_the_set(first, &end, (log.beginning.as_deref(), made), cancel)?;
        }
        let mut walk = Walk { end: &end, time: recovery.time.as_second(), latest: 0 };
        match walk.find(&files)? {
            Some((last, to)) => Self::up_to(&files, end.byte, (last, to)),
            None => Err(hole.map_or_else(|| ends_before(walk.latest), |name| missing(&name))),
        }
    }

    fn up_to(files: &[Stored], from: u64, (last, to): (usize, u64)) -> Result<Self, RestoreError> {
        // Nothing of a file, or of the log.
        let count = if to <= FIRST_BYTE { last } else { last + 1 };
        let none = count == 0 || (count == 1 && last == 0 && to <= from);
        let files = if none { &[] } else { &files[..count] };
        let files = files.iter().map(|file| file.path().map(Path::to_path_buf));
        let files = files.collect::<Result<_, _>>()?;
        Ok(Self { files, from, to: (to > FIRST_BYTE).then_some(to) })
    }
}

fn missing(name: &str) -> RestoreError {
    unsupported(&format!(
        "the file {name} of the binary log was not backed up: take a time before it, or a later \
         backup"
    ))
}

fn ends_before(latest: i64) -> RestoreError {
    let end = Timestamp::from_second(latest).unwrap_or_default();
    unsupported(&format!(
        "the binary log that was backed up ends at {end}, before the time to restore to: take an \
         earlier time, or wait until the log is backed up"
    ))
}

fn another(name: &str) -> RestoreError {
    unsupported(&format!(
        "the file {name} of the binary log does not go on from what is before it: the database \
         began its log anew, or is another one. Take a time before it, or a later backup"
    ))
}

/// Fails unless this file, up to the place of a set, is the one that the set was made beside. One
/// of another log may have the same name, and events and transactions of the same numbers.
///
/// An older set does not say how its file began: then the file must not be later than the set.
fn must_be_of_the_set(
    file: &Stored,
    end: &Position,
    (beginning, made): (Option<&str>, Option<Timestamp>),
    cancel: &Cancel,
) -> Result<(), RestoreError> {
    let failed = |error| {
        if cancel.is_cancelled() { RestoreError::Cancelled } else { file.failed(error) }
    };
    let is_another = if let Some(wanted) = beginning {
        let found = events::beginning(file.path()?, end.byte, cancel).map_err(failed)?;
        found.is_none_or(|found| found != wanted)
    } else {
        let told = file.told()?;
        made.is_some_and(|made| told.is_begun_after(made.as_second()))
    };
    if is_another { Err(another(&file.name)) } else { Ok(()) }
}

/// Goes through a log from the place of a set on.
struct Walk<'a> {
    end: &'a Position,
    /// The first second that is not wanted.
    time: i64,
    /// The latest second that was believed.
    latest: i64,
}

impl Walk<'_> {
    /// Looks for the first event that is not wanted: in which file, and at which byte. Nothing
    /// tells that the log reaches the time if there is none.
    fn find(&mut self, files: &[Stored]) -> Result<Option<(usize, u64)>, RestoreError> {
        let told = files.iter().map(Stored::told).collect::<Result<Vec<_>, _>>()?;
        let mut life = Life::default();
        for (number, (file, until)) in files.iter().zip(believed_until(&told)).enumerate() {
            let events = Events::open(file.path()?).map_err(|error| file.failed(error))?;
            let from = if number == 0 { self.end.byte } else { FIRST_BYTE };
            let stop = self.find_in((file, events), from, &mut life, until)?;
            if let Some(stop) = stop {
                return Ok(Some((number, stop)));
            }
        }
        Ok(None)
    }

    fn find_in(
        &mut self,
        (file, mut events): (&Stored, Events),
        from: u64,
        life: &mut Life,
        until: i64,
    ) -> Result<Option<u64>, RestoreError> {
        let failed = |error| file.failed(error);
        let mut search = Search::new(self.time, until);
        // Where the set ends another event must begin.
        let mut begun = from == FIRST_BYTE;
        loop {
            if !begun && events.place() >= from {
                let set = self.end.gtid.as_deref().unwrap_or_default();
                if events.place() > from || !life.can_be_at(set) {
                    return Err(another(&file.name));
                }
                begun = true;
            }
            let Some(event) = events.step().map_err(failed)? else { break };
            if event.kind == GTID_LIST && !life.goes_on(&events.listed(&event).map_err(failed)?) {
                return Err(another(&file.name));
            }
            if event.kind == GTID {
                life.add(events.transaction(&event).map_err(failed)?);
            }
            let stop = if begun { search.take(event.at, event.kind, event.seconds) } else { None };
            self.latest = self.latest.max(search.latest);
            if stop.is_some() {
                return Ok(stop);
            }
        }
        let stop = search.end();
        self.latest = self.latest.max(search.latest);
        // A file that ends before the set does is of another log.
        if begun { Ok(stop) } else { Err(another(&file.name)) }
    }
}

/// Writes the log as SQL into `client`, which somebody else ends. Rows that a statement loaded
/// are put into `folder` for the server.
pub(super) fn feed(
    log: &Replay,
    folder: &Path,
    session: &Session<'_>,
    client: &mut Feed<'_>,
) -> Result<(), DatabaseError> {
    if log.files.is_empty() {
        return Ok(());
    }
    let tool = Tool::find_any(session.settings.tools(), &BINLOG)?;
    let flavour = flavour_of(&tool, session.cancel)?;
    let run = tool.run().hide(&folder.to_string_lossy()).arguments([
        "--no-defaults".to_owned(),
        "--verify-binlog-checksum".to_owned(),
        format!("--local-load={}", folder.display()),
        format!("--start-position={}", log.from),
    ]);
    let run = run.arguments(log.to.map(|to| format!("--stop-position={to}")));
    let run = run.arguments(flavour.replay_options()).arguments(["--"]).arguments(&log.files);
    let mut events = run.start(Input::Nothing, Output::Read, session.cancel)?;
    let (mut buffer, mut turn) = (vec![0; PIECE_BYTES], Turn::new(folder));
    loop {
        let bytes = events.fill(&mut buffer)?;
        if bytes == 0 {
            client.write(&turn.end())?;
            return events.end().map(drop);
        }
        client.write(&turn.take(&buffer[..bytes]))?;
    }
}

/// The number of a log file.
pub(in crate::database) fn number(name: &str) -> u64 {
    name.rsplit_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// The part of the names of log files that all have.
pub(super) fn base(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(base, _)| base)
}

/// The name of the log file after this one.
pub(super) fn following(name: &str) -> String {
    format!("{}.{:06}", base(name), number(name) + 1)
}

#[cfg(test)]
mod tests;
