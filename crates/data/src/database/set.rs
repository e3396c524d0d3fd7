//! The archive of a backup set: a few files, the first of which says what the others are.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::tool::Running;
use super::{DatabaseError, Engine, Method};
use crate::seal::length;
use crate::source::archive::{ArchiveWriter, Attributes, DATA_BYTES_MAX, Record};
use crate::source::{Cancel, Counts, Progress, SourceError};

/// The first file of a set: JSON of a [`SetHead`].
pub const HEAD_FILE: &str = "sexton-set.json";
/// The last file of a set: JSON of a [`LogRange`].
pub const LOG_FILE: &str = "sexton-log.json";

/// The version of the two files.
const FORMAT: u32 = 1;

/// What is in a set, known before it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetHead {
    /// The version of this file.
    format: u32,
    /// What kind of database it is of.
    pub engine: Engine,
    /// The version of the server, as it said it.
    pub version: String,
    /// How it was backed up.
    pub method: Method,
    /// How the server compares names, where its files depend on it: `lower_case_table_names` of
    /// `MySQL` and `MariaDB`. Older sets do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter_case: Option<u8>,
    /// The databases in it.
    pub databases: Vec<DatabaseFile>,
}

/// A database of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFile {
    /// Its name.
    pub name: String,
    /// The file that has it, alone or with others.
    pub file: String,
}

/// A place in the log of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPosition {
    /// The file of the log: a segment of the write-ahead log, or a binary log.
    pub file: String,
    /// Where in the log, in the words of the engine.
    pub position: String,
}

/// What a set needs of the log, and from where on the log continues it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRange {
    /// Where it begins; nothing if the set needs no log and the engine does not say.
    pub start: Option<LogPosition>,
    /// Where the set is consistent: a restore to a later time continues here.
    pub end: Option<LogPosition>,
    /// What tells the file of the end, up to there, from one of another log with the same name.
    /// Older sets do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beginning: Option<String>,
}

/// What a capture tells of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFacts {
    /// What is in it.
    pub head: SetHead,
    /// What it needs of the log.
    pub log: LogRange,
}

impl SetHead {
    /// Says what a set is of.
    pub(crate) fn new(engine: Engine, version: &str, method: Method) -> Self {
        let (databases, version) = (Vec::new(), version.to_owned());
        Self { format: FORMAT, engine, version, method, letter_case: None, databases }
    }

    /// Says how the server compares names.
    pub(crate) fn with_letter_case(self, letter_case: u8) -> Self {
        Self { letter_case: Some(letter_case), ..self }
    }

    /// Adds a database.
    pub(crate) fn with(mut self, name: &str, file: &str) -> Self {
        self.databases.push(DatabaseFile { name: name.to_owned(), file: file.to_owned() });
        self
    }

    /// Reads the first file of a set.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(text).ok().filter(|head| head.format == FORMAT)
    }
}

/// How much of the end of a stream is looked at.
const ENDING_BYTES: usize = 4 << 10;

/// What a tool gave out, which is a file of a set now.
#[derive(Debug)]
pub(crate) struct Streamed {
    tool: &'static str,
    /// What it said of it.
    pub(crate) said: String,
    /// The first [`DATA_BYTES_MAX`] of it.
    pub(crate) beginning: Vec<u8>,
    ending: Vec<u8>,
}

impl Streamed {
    /// Fails unless it ends as the tool ends what is whole: an output that was cut on its way has
    /// a tool that ended well.
    pub(crate) fn must_end(
        &self,
        as_wanted: impl FnOnce(&[u8]) -> bool,
    ) -> Result<(), DatabaseError> {
        if as_wanted(&self.ending) {
            return Ok(());
        }
        let how = "ended with code 0, and its output is not whole".to_owned();
        Err(DatabaseError::Tool { tool: self.tool, how, said: self.said.clone() })
    }

    /// Fails unless one of its last lines begins with these words.
    pub(crate) fn must_end_with(&self, words: &str) -> Result<(), DatabaseError> {
        self.must_end(|ending| {
            String::from_utf8_lossy(ending).lines().any(|line| line.starts_with(words))
        })
    }
}

/// Writes the archive of a set.
pub(crate) struct SetWriter<'a, W> {
    archive: ArchiveWriter<W>,
    progress: &'a Progress,
    cancel: &'a Cancel,
}

impl<'a, W: Write> SetWriter<'a, W> {
    /// Begins one.
    pub(crate) fn new(
        sink: W,
        progress: &'a Progress,
        cancel: &'a Cancel,
    ) -> Result<Self, SourceError> {
        let archive = ArchiveWriter::new(sink).map_err(SourceError::Sink)?;
        Ok(Self { archive, progress, cancel })
    }

    /// Who asks to stop.
    pub(crate) fn cancel(&self) -> &'a Cancel {
        self.cancel
    }

    /// Says how much will come.
    pub(crate) fn expect_bytes(&self, bytes: u64) {
        self.progress.expect_bytes(bytes);
    }

    /// Writes the first file.
    pub(crate) fn head(&mut self, head: &SetHead) -> Result<(), SourceError> {
        self.json(HEAD_FILE, head)
    }

    /// Writes all that a tool gives out as one file, and waits for its end.
    pub(crate) fn stream(
        &mut self,
        name: &str,
        mut running: Running<'_>,
    ) -> Result<Streamed, SourceError> {
        self.archive.record(&Record::File { name: name.as_bytes() }).map_err(SourceError::Sink)?;
        let tool = running.name();
        let mut buffer = vec![0; DATA_BYTES_MAX];
        let (mut size, mut beginning, mut ending) = (0, Vec::new(), Vec::new());
        loop {
            let bytes = running.fill(&mut buffer)?;
            if bytes == 0 {
                break;
            }
            if size == 0 {
                beginning.extend_from_slice(&buffer[..bytes]);
            }
            ending.extend_from_slice(&buffer[bytes.saturating_sub(ENDING_BYTES)..bytes]);
            ending.drain(..ending.len().saturating_sub(ENDING_BYTES));
            self.data(size, &buffer[..bytes])?;
            size += length(bytes);
        }
        let said = running.end()?;
        self.end_file(size)?;
        Ok(Streamed { tool, said, beginning, ending })
    }

    /// Writes the last file and ends the archive.
    pub(crate) fn finish(mut self, log: &LogRange) -> Result<Counts, SourceError> {
        self.json(LOG_FILE, log)?;
        let attributes = attributes(0o700);
        self.archive.record(&Record::Leave { attributes }).map_err(SourceError::Sink)?;
        self.archive.finish().map_err(SourceError::Sink)
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), SourceError> {
        let mut text = serde_json::to_vec_pretty(value)
            .map_err(|error| SourceError::Sink(std::io::Error::other(error)))?;
        text.push(b'\n');
        self.archive.record(&Record::File { name: name.as_bytes() }).map_err(SourceError::Sink)?;
        let mut at = 0;
        for part in text.chunks(DATA_BYTES_MAX) {
            self.data(at, part)?;
            at += length(part.len());
        }
        self.end_file(at)
    }

    fn data(&mut self, at: u64, bytes: &[u8]) -> Result<(), SourceError> {
        self.archive.data(at, bytes).map_err(SourceError::Sink)?;
        self.progress.add_bytes(length(bytes.len()));
        Ok(())
    }

    fn end_file(&mut self, size: u64) -> Result<(), SourceError> {
        let end = Record::FileEnd { size, whole: true, attributes: attributes(0o600) };
        self.archive.record(&end).map_err(SourceError::Sink)?;
        self.progress.add_file();
        Ok(())
    }
}

/// Those of a file that this process makes for itself. Nobody modified it before.
fn attributes(mode: u32) -> Attributes<'static> {
    Attributes {
        mode,
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        mtime_seconds: 0,
        mtime_nanos: 0,
        xattrs: Vec::new(),
    }
}
