//! Brings what a set holds forward to a moment, with the binary log that continues it.
//!
//! Before anything is changed it is looked whether the files begin with the one that the set
//! names, whether none is missing between them, and whether they reach the moment: the end of a
//! log is no proof that nothing happened after it.

use std::cmp::Reverse;
use std::path::PathBuf;

use jiff::Timestamp;

use super::events::Events;
use super::flavour::BINLOG;
use super::position::{Position, is_log_name};
use super::session::{Session, flavour_of};
use crate::database::restore::unsupported;
use crate::database::tool::{Feed, Input, Output, Tool};
use crate::database::{DatabaseError, LogRange, Recovery};
use crate::restore::RestoreError;

/// What is handed on at once.
const PIECE_BYTES: usize = 64 << 10;

/// What is to be replayed.
#[derive(Debug)]
pub(super) struct Replay {
    files: Vec<PathBuf>,
    /// The byte of the first file where it begins.
    from: u64,
    /// The second whose events are the first that are not wanted.
    until: Timestamp,
}

impl Replay {
    /// Looks which files are needed, and whether they are there.
    pub(super) fn plan(recovery: &Recovery, log: &LogRange) -> Result<Self, RestoreError> {
        let Some(end) = log.end.as_ref().and_then(Position::from_fact) else {
            return Err(unsupported(
                "the backup does not say where in the binary log it is, because the log was off: \
                 it can only be restored as it is",
            ));
        };
        let mut files = Vec::new();
        let mut wanted = end.file.clone();
        for (name, path) in files_from(recovery, &end.file)? {
            if name != wanted {
                return Err(missing(&wanted));
            }
            wanted = following(&name);
            files.push(path);
        }
        if files.is_empty() {
            return Err(missing(&wanted));
        }
        must_reach(&files, recovery.time)?;
        Ok(Self { files, from: end.byte, until: recovery.time })
    }
}

fn missing(name: &str) -> RestoreError {
    unsupported(&format!(
        "the file {name} of the binary log was not backed up: take a time before it, or a later \
         backup"
    ))
}

/// The files of the log in the folders from one on, each once, in their order.
fn files_from(recovery: &Recovery, first: &str) -> Result<Vec<(String, PathBuf)>, RestoreError> {
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
    // One that was still being received is a beginning of the whole one.
    found.sort_by_key(|(name, bytes, _)| (number(name), Reverse(*bytes)));
    found.dedup_by(|(one, ..), (other, ..)| one == other);
    Ok(found.into_iter().map(|(name, _, path)| (name, path)).collect())
}

/// Fails unless the files are whole, and something in them is of that moment or later.
fn must_reach(files: &[PathBuf], time: Timestamp) -> Result<(), RestoreError> {
    let mut latest = 0;
    for path in files {
        let events = Events::read(path);
        let events = events
            .map_err(|error| DatabaseError::system("the binary log cannot be read", error))?;
        if !events.whole {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(unsupported(&format!("the file {name} of the binary log is damaged")));
        }
        latest = latest.max(i64::from(events.latest_seconds));
    }
    if latest >= time.as_second() {
        return Ok(());
    }
    let end = Timestamp::from_second(latest).unwrap_or_default();
    Err(unsupported(&format!(
        "the binary log that was backed up ends at {end}, before the time to restore to: take an \
         earlier time, or wait until the log is backed up"
    )))
}

/// Writes the log as SQL into `client`, which somebody else ends.
pub(super) fn feed(
    log: &Replay,
    session: &Session<'_>,
    client: &mut Feed<'_>,
) -> Result<(), DatabaseError> {
    let tool = Tool::find_any(session.settings.tools(), &BINLOG)?;
    let flavour = flavour_of(&tool, session.cancel)?;
    let time = log.until.strftime("%Y-%m-%d %H:%M:%S");
    let run = tool.run().variable("TZ", "UTC").arguments([
        "--no-defaults".to_owned(),
        "--verify-binlog-checksum".to_owned(),
        format!("--start-position={}", log.from),
        format!("--stop-datetime={time}"),
    ]);
    let run = run.arguments(flavour.replay_options()).arguments(["--"]).arguments(&log.files);
    let mut events = run.start(Input::Nothing, Output::Read, session.cancel)?;
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let bytes = events.fill(&mut buffer)?;
        if bytes == 0 {
            return events.end().map(drop);
        }
        client.write(&buffer[..bytes])?;
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
mod tests {
    use super::*;

    #[test]
    fn the_file_after_another_has_the_next_number() {
        assert_eq!(following("binlog.000009"), "binlog.000010");
        assert_eq!(following("a.b.999999"), "a.b.1000000");
    }
}
