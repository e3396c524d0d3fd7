//! Makes a data folder of a physical set.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, mkdirat, openat};

use super::path::{LogPath, SetLog, same};
use super::recovery::{self, Goes};
use super::segments::{Segment, first_gap, segments};
use super::tar::Untar;
use super::wal::{self, Aim, Lsn, Piece, Until};
use super::{BASE_FILE, own_settings};
use crate::database::restore::{Folder, NEW_FILE, TakeSet, unsupported};
use crate::database::tool::{Input, Output, Tool};
use crate::database::{DatabaseError, LogPosition, LogRange, Recovery, SetHead};
use crate::restore::RestoreError;
use crate::seal::length;
use crate::source::Cancel;
use crate::source::tree::DIRECTORY;

/// Where the log that a recovery needs is, inside of the data folder.
pub(super) const LOG_FOLDER: &str = "sexton_wal";

/// How a file of the folder is read.
pub(super) const READ: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Makes the folder that a server starts from.
pub(in crate::database) fn into_folder(
    folder: Folder<'_>,
) -> Result<Box<dyn TakeSet + '_>, RestoreError> {
    let root = folder.staging.root()?;
    let tar = Untar::new(root.try_clone().map_err(RestoreError::Interrupted)?);
    Ok(Box::new(DataFolder { folder, root, tar }))
}

/// The data folder of a server.
struct DataFolder<'a> {
    folder: Folder<'a>,
    root: OwnedFd,
    tar: Untar,
}

impl TakeSet for DataFolder<'_> {
    fn begin(&mut self, name: &str) -> Result<(), RestoreError> {
        if name == BASE_FILE {
            return Ok(());
        }
        Err(unsupported("the backup has files that this version does not know"))
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.folder.ahead.take(length(bytes.len())).map_err(RestoreError::NoRoom)?;
        self.tar.data(bytes).map_err(|source| {
            let path = sexton_core::plain(self.tar.name()).into_owned();
            RestoreError::Write { path, source }
        })
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>, head: &SetHead, log: &LogRange) -> Result<bool, RestoreError> {
        let failed = |source| RestoreError::Write { path: BASE_FILE.to_owned(), source };
        self.tar.finish().map_err(failed)?;
        if !self.tar.has_manifest {
            return Err(failed(io::Error::other("it has no manifest")));
        }
        let verified = verify(&self.folder, head)?;
        let failed = |source| {
            let path = "the settings of the server".to_owned();
            RestoreError::Write { path, source }
        };
        if let Some(said) = own_settings::complete(&self.root).map_err(failed)? {
            self.folder.advice.set(said).ok();
        }
        if let Some(wanted) = self.folder.recovery {
            let (until, turns_to) = self.copy_log(wanted, log)?;
            let goes = match until {
                Until::Time => Goes::Until(wanted.time, turns_to),
                Until::End => Goes::On(turns_to),
            };
            recovery::write(&self.root, goes).map_err(failed)?;
        } else {
            self.check_own_log(log)?;
            if recovery::is_of_standby(&self.root).map_err(failed)? {
                recovery::write(&self.root, Goes::NoFarther).map_err(failed)?;
            }
        }
        Ok(verified)
    }
}

impl DataFolder<'_> {
    /// Looks where the recovery ends, and in which other timeline, if in another one.
    fn plan(
        &self,
        needed: &mut Vec<(PathBuf, Segment)>,
        time: Timestamp,
        log: &LogRange,
    ) -> Result<(Until, Option<u32>), RestoreError> {
        let Some(own) = OwnLog::of(log) else {
            return Err(unsupported("the backup does not say where in the log it is"));
        };
        let folder = self.folder.staging.path().join("pg_wal");
        let (first, last, end) = (own.first, own.last, own.end);
        let set = SetLog { first, last, end, folder: &folder };
        let path = LogPath::choose(set, needed, self.folder.cancel)?;
        self.check_system(needed)?;
        let aim = Aim { time, start: own.start, consistent: end };
        let told = self.read(&path.pieces, aim)?;
        let until = told.until(time, end).map_err(|why| unsupported(&why))?;
        Ok((until, path.turns_to))
    }

    fn read(&self, pieces: &[Piece], aim: Aim) -> Result<wal::Told, RestoreError> {
        let told = wal::read(pieces, aim, self.folder.cancel);
        if self.folder.cancel.is_cancelled() {
            return Err(RestoreError::Cancelled);
        }
        told.map_err(|error| DatabaseError::system("the log cannot be read", error).into())
    }

    /// Looks whether what the server replays of the log when it starts from the backup alone leads
    /// out of the folder: a tablespace that was made and removed again during the backup.
    fn check_own_log(&self, log: &LogRange) -> Result<(), RestoreError> {
        let Some(own) = OwnLog::of(log) else { return Ok(()) };
        let folder = self.folder.staging.path().join("pg_wal");
        let pieces = own.pieces(&folder)?;
        let aim = Aim { time: Timestamp::MAX, start: own.start, consistent: own.end };
        self.read(&pieces, aim)?.stays_inside(own.end).map_err(unsupported)
    }

    /// Copies what the recovery needs of the log, and looks that there is no hole in it. Gives
    /// where it ends, and in which timeline.
    fn copy_log(
        &mut self,
        recovery: &Recovery,
        log: &LogRange,
    ) -> Result<(Until, Option<u32>), RestoreError> {
        let mut needed = needed(&recovery.logs, log, self.folder.cancel)?;
        let planned = self.plan(&mut needed, recovery.time, log)?;
        let path = LOG_FOLDER.to_owned();
        let failed = |source: io::Error| RestoreError::Write { path: path.clone(), source };
        mkdirat(&self.root, LOG_FOLDER, Mode::RWXU).map_err(|error| failed(error.into()))?;
        let flags = DIRECTORY | OFlags::RDONLY;
        let to = openat(&self.root, LOG_FOLDER, flags, Mode::empty());
        let to = to.map_err(|error| failed(error.into()))?;
        for (folder, segment) in &needed {
            let mut source = File::open(folder.join(&segment.name)).map_err(failed)?;
            let made = openat(&to, segment.name.as_str(), NEW_FILE, Mode::RUSR | Mode::WUSR);
            let mut made = File::from(made.map_err(|error| failed(error.into()))?);
            let mut buffer = vec![0; 256 << 10];
            loop {
                if self.folder.cancel.is_cancelled() {
                    return Err(RestoreError::Cancelled);
                }
                let bytes = source.read(&mut buffer).map_err(failed)?;
                if bytes == 0 {
                    break;
                }
                self.folder.ahead.take(length(bytes)).map_err(RestoreError::NoRoom)?;
                made.write_all(&buffer[..bytes]).map_err(failed)?;
            }
        }
        Ok(planned)
    }

    /// Refuses a log that another database server has written: at the same address there may have
    /// been two.
    fn check_system(&self, needed: &[(PathBuf, Segment)]) -> Result<(), RestoreError> {
        let failed = |source| RestoreError::Write { path: LOG_FOLDER.to_owned(), source };
        let control = openat(&self.root, "global/pg_control", READ, Mode::empty());
        let control = control.map_err(|error| failed(error.into()))?;
        let ours = number_at(File::from(control), 0).map_err(failed)?;
        for (folder, segment) in needed.iter().filter(|(_, it)| it.is_write_ahead()) {
            let file = File::open(folder.join(&segment.name)).map_err(failed)?;
            if number_at(file, SYSTEM_AT).map_err(failed)? != ours {
                return Err(unsupported(&format!(
                    "{} of the log was written by another database server: take an earlier time",
                    segment.name
                )));
            }
        }
        Ok(())
    }
}

/// The log that a backup has itself.
#[derive(Debug, Clone, Copy)]
struct OwnLog<'a> {
    /// The first and the last of its segments.
    first: &'a str,
    last: &'a str,
    /// Where it begins, and where the backup is consistent.
    start: Lsn,
    end: Lsn,
}

impl<'a> OwnLog<'a> {
    fn of(log: &'a LogRange) -> Option<Self> {
        let (first, last) = (log.start.as_ref()?, log.end.as_ref()?);
        let (start, end) = (wal::lsn(&first.position)?, wal::lsn(&last.position)?);
        Some(Self { first: &first.file, last: &last.file, start, end })
    }

    /// Its segments in `folder`, as far as they follow each other.
    fn pieces(self, folder: &Path) -> Result<Vec<Piece>, RestoreError> {
        let failed = |source| RestoreError::Write { path: "the log".to_owned(), source };
        let of_set = |it: &Segment| (self.first..=self.last).contains(&it.name.as_str());
        let segments = segments(folder).map_err(failed)?.into_iter().filter(of_set);
        let piece = |it: Segment| {
            let at = it.number()?.checked_mul(it.bytes)?;
            Some(Piece { path: folder.join(&it.name), bytes: it.bytes, at })
        };
        Ok(segments.filter_map(piece).collect())
    }
}

/// Where the header of a segment has the number of the server that wrote it; the file of the
/// server itself begins with it.
const SYSTEM_AT: u64 = 24;

/// The eight bytes at a place of a file.
fn number_at(mut file: File, at: u64) -> io::Result<[u8; 8]> {
    let mut number = [0; 8];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut number)?;
    Ok(number)
}

/// The files of the log in `folders` that a recovery of a set needs, each once. The set itself has
/// all from its start to its end.
fn needed(
    folders: &[PathBuf],
    log: &LogRange,
    cancel: &Cancel,
) -> Result<Vec<(PathBuf, Segment)>, RestoreError> {
    let file = |position: &Option<LogPosition>| {
        position.as_ref().map_or(String::new(), |position| position.file.clone())
    };
    let (from, to) = (file(&log.start), file(&log.end));
    let mut found: Vec<(PathBuf, Segment)> = Vec::new();
    for folder in folders {
        let failed = |source| RestoreError::Write { path: LOG_FOLDER.to_owned(), source };
        for segment in segments(folder).map_err(failed)? {
            found.push((folder.clone(), segment));
        }
    }
    let bytes = found.iter().map(|(_, it)| it).find(|it| it.number().is_some());
    let of = |name: String| bytes.and_then(|it| Segment { name, ..it.clone() }.number());
    let (first, end) = (of(from), of(to.clone()));
    found.retain(|(_, segment)| match (segment.number(), first) {
        (Some(number), Some(first)) => number >= first,
        (Some(_) | None, _) => true,
    });
    let found = each_once(found, cancel)?;
    let all: Vec<_> = found.iter().map(|(_, segment)| segment.clone()).collect();
    let begins = all.iter().find(|segment| segment.number().is_some());
    if let (Some(segment), Some(end)) = (begins, end)
        && segment.number().is_some_and(|number| number > end.saturating_add(1))
    {
        return Err(unsupported(&format!(
            "the log begins with {}, and what was between that and the end of the backup, {to}, \
             is missing: take a later backup",
            segment.name
        )));
    }
    if let Some((before, after)) = first_gap(&all) {
        return Err(unsupported(&format!(
            "the log has a hole between {before} and {after}: take an earlier time or a later \
             backup"
        )));
    }
    Ok(found)
}

/// Each file of the log once. What was received again is the same, or more of the same; where two
/// differ, the database had two lives, and nobody knows which one is meant.
fn each_once(
    mut found: Vec<(PathBuf, Segment)>,
    cancel: &Cancel,
) -> Result<Vec<(PathBuf, Segment)>, RestoreError> {
    found.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut each: Vec<(PathBuf, Segment)> = Vec::with_capacity(found.len());
    for (folder, segment) in found {
        if let Some(last) = each.last_mut().filter(|(_, last)| last.name == segment.name) {
            let (one, other) = (last.0.join(&last.1.name), folder.join(&segment.name));
            // The longer one comes later.
            if !same(&one, &other, last.1.bytes, cancel)? {
                return Err(unsupported(&format!(
                    "the log backups have two different files {}, of two lives of the database: \
                     take an earlier time or a later backup",
                    segment.name
                )));
            }
            *last = (folder, segment);
        } else {
            each.push((folder, segment));
        }
    }
    Ok(each)
}

/// Has the engine's own tool look whether all is as its manifest says. Without the tool what was
/// sealed is all the same what came out.
fn verify(folder: &Folder<'_>, head: &SetHead) -> Result<bool, RestoreError> {
    let tool = match Tool::find_in(folder.tools, "pg_verifybackup") {
        Ok(tool) => tool,
        Err(error) => {
            tracing::info!(%error, "a restored data folder is not verified by its engine's tool");
            return Ok(false);
        }
    };
    let path = folder.staging.path();
    let mut run = tool.run().hide(&path.to_string_lossy()).arguments(["--quiet"]);
    let said = tool.run().arguments(["--version"]).answer(folder.cancel)?;
    // It can read the log of its own version only.
    if super::server::major(&String::from_utf8_lossy(&said)) != super::server::number(&head.version)
    {
        run = run.arguments(["--no-parse-wal"]);
    }
    let run = run.arguments([path.as_os_str()]);
    run.start(Input::Nothing, Output::Nowhere, folder.cancel)?.end()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn of_two_files_of_one_name_the_longer_one_is_taken_and_different_ones_are_refused() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = "000000010000000000000002";
        let place = |file: &str| {
            let position = "0/200028".to_owned();
            Some(LogPosition { file: file.to_owned(), position })
        };
        let range = LogRange { start: place(name), end: place(name), beginning: None };
        let found = |first: &str, second: &str| {
            fs::write(one.path().join(name), first).unwrap();
            fs::write(other.path().join(name), second).unwrap();
            let folders = [one.path().to_owned(), other.path().to_owned()];
            let needed = needed(&folders, &range, &Cancel::default());
            needed.map(|it| it.into_iter().map(|(folder, it)| (folder, it.bytes)).collect())
        };
        let [short, long] = [(one.path().to_owned(), 3), (other.path().to_owned(), 6)];
        let longer: Vec<_> = found("log", "log-on").unwrap();
        assert_eq!(longer, std::slice::from_ref(&long));
        let same: Vec<_> = found("log", "log").unwrap();
        assert_eq!((same.len(), same[0].1), (1, short.1));
        for (first, second) in [("log", "lag"), ("lag", "log-on"), ("log-on", "lag")] {
            let error = found(first, second).unwrap_err().for_caller();
            assert!(error.contains(&format!("two different files {name}")), "{error}");
        }
    }
}
