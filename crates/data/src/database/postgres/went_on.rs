//! Whether a server has the log that was received of it.
//!
//! A machine that was put back to an earlier state goes on in the same timeline. As soon as its
//! log is longer than what was received before, names and places tell nothing of it any more; the
//! bytes do.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Session;
use super::logs::{RECEIVE, REMOVED, told};
use super::path::name_of;
use super::same::same;
use super::segments::{Known, Received, Segment, received};
use super::wal::{Lsn, Piece, before_first_record, lsn};
use crate::database::logs::{SpoolLock, Work};
use crate::database::tool::{Input, Output};
use crate::database::{DatabaseError, PROBE_SECONDS_MAX};

/// Where in the spool a file is received that is compared, and nothing else.
pub const COMPARED: &str = ".compared";
/// How long one file may take. The longest has 1 GiB.
const FILE_TIME_MAX: Duration = Duration::from_mins(20);

/// How far a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stands {
    /// Nothing for a standby, which is of the timeline that its primary is of.
    timeline: Option<u32>,
    /// What is before it has been written, and is what a receiver is sent.
    flushed: Lsn,
}

impl Stands {
    pub(super) fn ask(session: &Session<'_>) -> Result<Self, DatabaseError> {
        let question = "select case when pg_is_in_recovery() then '' else \
                        pg_walfile_name(pg_current_wal_flush_lsn()) end, \
                        coalesce(case when pg_is_in_recovery() then \
                        greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else \
                        pg_current_wal_flush_lsn() end, '0/0')::text";
        let rows = session.ask(question, PROBE_SECONDS_MAX)?;
        let what = "it does not say where its log ends";
        let wrong = DatabaseError::NotUnderstood { tool: "psql", what };
        let Some([file, flushed]) = rows.first().map(Vec::as_slice) else { return Err(wrong) };
        let Some(flushed) = lsn(flushed) else { return Err(wrong) };
        if file.is_empty() {
            return Ok(Self { timeline: None, flushed });
        }
        let timeline = file.get(..8).and_then(|it| u32::from_str_radix(it, 16).ok());
        Ok(Self { timeline: Some(timeline.ok_or(wrong)?), flushed })
    }

    pub(super) fn is_primary(self) -> bool {
        self.timeline.is_some()
    }

    /// Refuses a server whose log ends before `received`, until where it was received whole. A
    /// crash does not do that: what it sends it has written. A standby that starts again is behind
    /// until it has read its own log once more, and says no less than one that was put back: it is
    /// asked again.
    fn must_have(self, received: Lsn) -> Result<(), DatabaseError> {
        if received <= self.flushed {
            return Ok(());
        }
        let shown = |at: Lsn| format!("{:X}/{:X}", at >> 32, at & 0xFFFF_FFFF);
        let (ends, received) = (shown(self.flushed), shown(received));
        let is = format!(
            "the log of the database ends at {ends}, and was received until {received} before"
        );
        Err(if self.is_primary() {
            DatabaseError::LogParted(format!("{is}: the database was put back to an earlier state"))
        } else {
            let may = "the standby has not caught up yet, or was put back to an earlier state";
            DatabaseError::Unsupported(format!("{is}: {may}"))
        })
    }
}

const OTHER: &str = "the log of the database is not what was received of it before: the database \
                     was put back to an earlier state";
const NO_MORE: &str = "the database no longer has the end of what was received of its log, so \
                       nobody can tell whether it was put back to an earlier state meanwhile";

fn of_folder(error: io::Error) -> DatabaseError {
    DatabaseError::system("the folder of the log cannot be used", error)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Whether a server has what was received of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Has {
    Same,
    Other,
    /// It has removed what would tell.
    NoMore,
}

/// Receives files of the log once more.
pub(super) struct Again<'a, 'w> {
    work: Work<'w>,
    lock: &'a mut SpoolLock,
    session: &'a Session<'w>,
    folder: PathBuf,
    segment_bytes: u64,
    /// Whether the server has kept the log for us until now. A standby that was made anew, or a
    /// copy from before, has not.
    is_known: bool,
}

impl<'a, 'w> Again<'a, 'w> {
    pub(super) fn new(
        work: Work<'w>,
        lock: &'a mut SpoolLock,
        session: &'a Session<'w>,
        (segment_bytes, is_known): (u64, bool),
    ) -> Self {
        let folder = work.order.spool.join(COMPARED);
        Self { work, lock, session, folder, segment_bytes, is_known }
    }

    /// Refuses a server that does not have what was received.
    ///
    /// The last file that was received whole is received once more, into a folder of its own, and
    /// compared; of the timeline that it is of, also if the server has turned to another since. So
    /// is what was received of how the last timeline came about. A file that was not whole is
    /// received anew from its beginning, whatever was in it; it tells only if the server no longer
    /// has the one before.
    pub(super) fn check(mut self, stands: Stands) -> Result<(), DatabaseError> {
        let received = received(&self.work.order.spool, self.segment_bytes).map_err(of_folder)?;
        let end = |(_, whole): (u32, u64)| (whole + 1).saturating_mul(self.segment_bytes);
        stands.must_have(received.whole.map_or(0, end))?;
        let has = self.has(received, stands.flushed);
        remove(&self.folder).map_err(of_folder)?;
        match has {
            Ok(Has::Same) => Ok(()),
            Ok(Has::Other) => Err(DatabaseError::LogParted(OTHER.to_owned())),
            Ok(Has::NoMore) => Err(DatabaseError::LogParted(NO_MORE.to_owned())),
            Err(DatabaseError::Tool { tool, how, said }) => {
                Err(told(&said, stands.is_primary()).unwrap_or(DatabaseError::Tool {
                    tool,
                    how,
                    said,
                }))
            }
            Err(other) => Err(other),
        }
    }

    fn has(&mut self, received: Received, flushed: Lsn) -> Result<Has, DatabaseError> {
        let spool = self.work.order.spool.as_path();
        if let Some(until) = received.until
            && !self.has_history(until)?
        {
            return Ok(Has::Other);
        }
        let Some((timeline, whole)) = received.whole else { return Ok(Has::Same) };
        let end = (whole + 1).saturating_mul(self.segment_bytes);
        let name = self.name_of(timeline, whole)?;
        if self.receive((timeline, whole), end)? {
            let again = self.folder.join(&name);
            // A server that has turned to another timeline in the middle of it has less of it.
            let is_same = again.exists()
                && self.known(spool, &name)?.hash == self.known(&self.folder, &name)?.hash;
            return Ok(if is_same { Has::Same } else { Has::Other });
        }
        match received.until.filter(|(_, until)| *until > end) {
            Some(begun) => self.has_begun(begun, flushed),
            None => self.has_next((timeline, whole + 1), self.known(spool, &name)?.last, flushed),
        }
    }

    /// Whether the server has what was received of a file that is not whole.
    fn has_begun(
        &mut self,
        (timeline, until): (u32, Lsn),
        flushed: Lsn,
    ) -> Result<Has, DatabaseError> {
        if until > flushed {
            return Ok(Has::Other);
        }
        let number = until.saturating_sub(1).checked_div(self.segment_bytes).unwrap_or(0);
        let bytes = until.saturating_sub(number.saturating_mul(self.segment_bytes));
        let Some(again) = self.receive_begun((timeline, number), until)? else {
            return Ok(Has::NoMore);
        };
        let partial = format!("{}.partial", self.name_of(timeline, number)?);
        let is_same = same(&self.work.order.spool.join(partial), &again, bytes, self.work.cancel);
        Ok(if is_same.map_err(of_folder)? { Has::Same } else { Has::Other })
    }

    /// Whether the first record in a file of which nothing was received comes after this one. That
    /// is so by chance as well where both lives wrote records of the same lengths.
    fn has_next(
        &mut self,
        next: (u32, u64),
        last: Option<Lsn>,
        flushed: Lsn,
    ) -> Result<Has, DatabaseError> {
        let at = next.1.saturating_mul(self.segment_bytes);
        let until = flushed.min(at.saturating_add(self.segment_bytes));
        if until <= at || !self.is_known {
            return Ok(Has::NoMore);
        }
        let Some(path) = self.receive_begun(next, until)? else { return Ok(Has::NoMore) };
        let piece = Piece { path, bytes: self.segment_bytes, at };
        let before = before_first_record(&piece).map_err(of_folder)?;
        let (Some(before), Some(last)) = (before, last) else { return Ok(Has::NoMore) };
        Ok(if before == last { Has::Same } else { Has::Other })
    }

    /// Receives a segment up to `until`, and gives its file, if the server has it.
    fn receive_begun(
        &mut self,
        segment: (u32, u64),
        until: Lsn,
    ) -> Result<Option<PathBuf>, DatabaseError> {
        if !self.receive(segment, until)? {
            return Ok(None);
        }
        let name = self.name_of(segment.0, segment.1)?;
        let found = [format!("{name}.partial"), name].map(|name| self.folder.join(name));
        Ok(found.into_iter().find(|path| path.exists()))
    }

    /// Whether the server says of this timeline what was received of how it came about, if that is
    /// there still.
    fn has_history(&mut self, (timeline, until): (u32, Lsn)) -> Result<bool, DatabaseError> {
        let name = format!("{timeline:08X}.history");
        let known = match fs::read(self.work.order.spool.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            known => known.map_err(of_folder)?,
        };
        let number = until.saturating_sub(1).checked_div(self.segment_bytes).unwrap_or(0);
        // It comes before the log, of which one byte is enough.
        self.receive((timeline, number), number.saturating_mul(self.segment_bytes) + 1)?;
        Ok(fs::read(self.folder.join(&name)).map_err(of_folder)? == known)
    }

    /// What is known of a whole file in this folder.
    fn known(&self, folder: &Path, name: &str) -> Result<Known, DatabaseError> {
        let segment = Segment { name: name.to_owned(), bytes: self.segment_bytes };
        Known::of(&folder.join(name), &segment).map_err(of_folder)
    }

    /// Receives a segment of a timeline into the folder, up to `until`. Gives whether the server
    /// has it.
    fn receive(&mut self, segment: (u32, u64), until: Lsn) -> Result<bool, DatabaseError> {
        let (timeline, number) = segment;
        // The tool begins with the last file that it finds if that is not whole.
        remove(&self.folder).and_then(|()| fs::create_dir(&self.folder)).map_err(of_folder)?;
        let begun = self.folder.join(format!("{}.partial", self.name_of(timeline, number)?));
        File::create(begun).map_err(of_folder)?;
        // It stops once it has more than that.
        let last = until.saturating_sub(1);
        let end = format!("--endpos={:X}/{:X}", last >> 32, last & 0xFFFF_FFFF);
        let run = self.session.run(&self.session.tool(RECEIVE)?).arguments([
            "--no-password",
            "--no-loop",
            "--no-sync",
            &end,
            "--directory",
        ]);
        let run = run.arguments([self.folder.as_os_str()]).hide(&self.folder.to_string_lossy());
        let run = self.work.named(run).at_most(FILE_TIME_MAX);
        let held = Input::File(self.lock.held()?);
        let running = run.start(held, Output::Nowhere, self.work.cancel)?;
        self.lock.note(running.id())?;
        match running.end() {
            Ok(_) => Ok(true),
            Err(DatabaseError::Tool { said, .. }) if said.contains(REMOVED) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn name_of(&self, timeline: u32, number: u64) -> Result<String, DatabaseError> {
        let what = "it does not say how long the files of its log are";
        name_of(timeline, number, self.segment_bytes)
            .ok_or(DatabaseError::NotUnderstood { tool: "psql", what })
    }
}
