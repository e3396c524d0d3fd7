//! Restores a backup set: into a folder that a server starts from, or into a database.
//!
//! # What is promised
//!
//! - A folder appears whole or not at all, like that of any restore ([`crate::restore`]). A
//!   physical set becomes the data folder of a server; a logical one is put there as the files
//!   that it consists of, which the engine's tools can read.
//! - A database that a set is loaded into must be empty. With `PostgreSQL` it is empty again after
//!   an error: the last bytes are held back until the whole set was opened and is what was
//!   sealed. `MariaDB` cannot undo what was loaded: there a database goes that was made for this.
//! - No byte reaches a tool that was not authenticated first.

use std::cell::OnceCell;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, openat};
use sexton_core::{DataKey, JobId, ObjectPrefix};

use super::{
    DatabaseFile, Engine, HEAD_FILE, LOG_FILE, LogRange, Method, SetHead, Settings, mariadb,
    postgres,
};
use crate::blobs::Blobs;
use crate::database::DatabaseError;
use crate::home::{Ahead, DiskRoom};
use crate::restore::{Opening, RestoreError, Staging, open_for, publish};
use crate::seal::length;
use crate::source::archive::{ArchiveError, ArchiveReader, Record};
use crate::source::{Cancel, Counts, Progress};

/// The longest first or last file of a set.
const JSON_BYTES_MAX: usize = 16 << 20;

/// What is to be restored, and where to.
#[derive(Debug)]
pub struct DatabaseRestoreOrder<'a> {
    /// The job that made the backup: its id inside the sealed objects.
    pub id: JobId,
    /// Where the objects are.
    pub prefix: &'a ObjectPrefix,
    /// The backup's key.
    pub key: &'a DataKey,
    /// When it was whole, where that is known.
    pub made: Option<Timestamp>,
    /// Where to.
    pub into: RestoreInto,
    /// The disk that is written to.
    pub room: DiskRoom,
}

/// Where a set is restored to.
#[derive(Debug)]
pub enum RestoreInto {
    /// A folder.
    Folder {
        /// The folder to make. It must not exist; its parent must.
        target: PathBuf,
        /// Where the tools are; nothing for the search path of this process.
        tools: Option<PathBuf>,
        /// To which time, if not to that of the set. Only a physical set can go on from there.
        recovery: Option<Recovery>,
    },
    /// A database that is there and empty.
    Database {
        /// How it is reached; the database that they name is loaded into.
        settings: Arc<Settings>,
        /// Which database of the set; nothing if there is only one.
        name: Option<String>,
    },
}

/// How far a restored server goes on from the time of its set.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Until when.
    pub time: Timestamp,
    /// Folders with files of the log. What is needed of them is copied into the target.
    pub logs: Vec<PathBuf>,
}

/// A restored set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseRestored {
    /// How many files the set had, and how large they were.
    pub counts: Counts,
    /// What was in the set.
    pub head: SetHead,
    /// What it needed of the log.
    pub log: LogRange,
    /// Whether the engine's own tool found it as it was when it was made; not so if that tool is
    /// not there, or is none.
    pub verified: bool,
    /// What whoever starts a server from it must know, if there is something.
    pub advice: Option<String>,
}

/// Takes the files of a set, one after another, in the order in which they were captured.
pub(super) trait TakeSet {
    /// A file begins.
    fn begin(&mut self, name: &str) -> Result<(), RestoreError>;
    /// More of it.
    fn data(&mut self, bytes: &[u8]) -> Result<(), RestoreError>;
    /// It ends.
    fn end(&mut self) -> Result<(), RestoreError>;
    /// The whole set was opened and is what was sealed. Gives whether the engine's own tool
    /// verified it.
    fn finish(self: Box<Self>, head: &SetHead, log: &LogRange) -> Result<bool, RestoreError>;
}

/// Restores what `order` says.
pub async fn restore_database(
    order: DatabaseRestoreOrder<'_>,
    blobs: &Blobs,
    progress: &Arc<Progress>,
    cancel: &Cancel,
) -> Result<DatabaseRestored, RestoreError> {
    let DatabaseRestoreOrder { id, prefix, key, made, into, room } = order;
    if let RestoreInto::Database { settings, name } = &into
        && !settings.engine().is_postgresql()
    {
        let (settings, name, cancel) = (Arc::clone(settings), name.clone(), cancel.clone());
        let look = move |opening| look_into(opening, &settings, name.as_deref(), &cancel);
        open_for((id, prefix, key), blobs, &Arc::default(), look).await?;
    }
    let (shown, cancel) = (Arc::clone(progress), cancel.clone());
    let work = move |opening: Opening| match into {
        RestoreInto::Folder { target, tools, recovery } => {
            let room = room.for_restores(target.parent().unwrap_or(Path::new("/")));
            publish(&target, |staging| {
                let advice = OnceCell::new();
                let folder = Folder {
                    staging,
                    tools: tools.as_deref(),
                    recovery: recovery.as_ref(),
                    made,
                    cancel: &cancel,
                    ahead: Ahead::new(room),
                    advice: &advice,
                };
                let restored = read(opening, &shown, &cancel, |head| into_folder(folder, head))?;
                Ok(DatabaseRestored { advice: advice.get().cloned(), ..restored })
            })
        }
        RestoreInto::Database { settings, name } => read(opening, &shown, &cancel, |head| {
            into_database(&settings, name.as_deref(), head, &cancel)
        }),
    };
    open_for((id, prefix, key), blobs, progress, work).await
}

/// A folder that is being filled.
#[derive(Debug)]
pub(super) struct Folder<'a> {
    pub(super) staging: &'a Staging,
    pub(super) tools: Option<&'a Path>,
    pub(super) recovery: Option<&'a Recovery>,
    /// When the set was whole, where that is known.
    pub(super) made: Option<Timestamp>,
    pub(super) cancel: &'a Cancel,
    pub(super) ahead: Ahead,
    /// Takes what whoever starts a server from it must know.
    pub(super) advice: &'a OnceCell<String>,
}

fn into_folder<'a>(
    folder: Folder<'a>,
    head: &SetHead,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    match (head.engine, head.method) {
        (_, Method::Logical) if folder.recovery.is_some() => Err(unsupported(
            "a logical backup is restored as it is: for another time take a physical one",
        )),
        (_, Method::Logical) => Ok(Box::new(Files::new(folder, head)?)),
        (Engine::PostgreSql, Method::Physical) => postgres::into_folder(folder),
        (Engine::MySql | Engine::MariaDb, Method::Physical) => mariadb::into_folder(folder, head),
    }
}

fn into_database<'a>(
    settings: &'a Settings,
    name: Option<&str>,
    head: &SetHead,
    cancel: &'a Cancel,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    let chosen = chosen(settings, name, head)?;
    match head.engine {
        Engine::PostgreSql => postgres::into_database(settings, chosen, cancel),
        Engine::MySql | Engine::MariaDb => mariadb::into_database(settings, chosen, cancel),
    }
}

/// Looks through a set for what would lead out of the database that it is loaded into. It is
/// read a first time for that: the engine cannot take back what it has loaded.
fn look_into(
    opening: Opening,
    settings: &Settings,
    name: Option<&str>,
    cancel: &Cancel,
) -> Result<(), RestoreError> {
    let mut seen = None;
    let ended = opening.read(|archive| {
        let mut files = SetFiles { archive, progress: &Progress::default(), cancel };
        seen = Some(files.look(settings, name));
        // The rest is read when it is loaded.
        Err::<(Counts, ()), _>(RestoreError::Cancelled)
    });
    seen.unwrap_or(ended)
}

/// Which database of a set is to be loaded.
fn chosen<'a>(
    settings: &Settings,
    name: Option<&str>,
    head: &'a SetHead,
) -> Result<&'a DatabaseFile, RestoreError> {
    if head.method == Method::Physical {
        return Err(unsupported(
            "a physical backup is the data folder of a server: restore it into a folder",
        ));
    }
    if head.engine.is_postgresql() != settings.engine().is_postgresql() {
        let (from, to) = (head.engine.name(), settings.engine().name());
        return Err(unsupported(&format!("a backup of {from} cannot be loaded into {to}")));
    }
    match (name, head.databases.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => {
            let names = head.databases.iter().map(|it| sexton_core::plain(&it.name).into_owned());
            let names = names.take(10).collect::<Vec<_>>().join(", ");
            Err(unsupported(&format!("say which database of the backup: {names}")))
        }
        (Some(name), databases) => {
            let found = databases.iter().find(|database| database.name == name);
            let name = sexton_core::plain(name);
            found.ok_or_else(|| unsupported(&format!("the backup has no database {name}")))
        }
    }
}

pub(super) fn unsupported(why: &str) -> RestoreError {
    DatabaseError::Unsupported(why.to_owned()).into()
}

fn malformed(why: &'static str) -> RestoreError {
    RestoreError::Archive(ArchiveError::Malformed(why))
}

/// Opens a set and hands its files to what `begin` makes for it.
fn read<'a>(
    opening: Opening,
    progress: &Progress,
    cancel: &Cancel,
    begin: impl FnOnce(&SetHead) -> Result<Box<dyn TakeSet + 'a>, RestoreError>,
) -> Result<DatabaseRestored, RestoreError> {
    let (set, take) = opening.read(|archive| {
        let mut files = SetFiles { archive, progress, cancel };
        let head = files.head()?;
        let mut take = begin(&head)?;
        let mut log = None;
        while let Some(name) = files.next()? {
            if name == LOG_FILE {
                log = serde_json::from_slice::<LogRange>(&files.text()?).ok();
                continue;
            }
            take.begin(&name)?;
            files.each(|bytes| take.data(bytes))?;
            take.end()?;
        }
        let log = log.ok_or(malformed("the set does not say where it ends"))?;
        let counts = files.end()?;
        let restored = DatabaseRestored { counts, head, log, verified: false, advice: None };
        Ok((counts, (restored, take)))
    })?;
    let verified = take.finish(&set.head, &set.log)?;
    Ok(DatabaseRestored { verified, ..set })
}

/// The files of a set, which has nothing else.
struct SetFiles<'a, R> {
    archive: &'a mut ArchiveReader<R>,
    progress: &'a Progress,
    cancel: &'a Cancel,
}

impl<R: Read> SetFiles<'_, R> {
    /// What the set says of itself.
    fn head(&mut self) -> Result<SetHead, RestoreError> {
        let text = match self.next()? {
            Some(name) if name == HEAD_FILE => self.text()?,
            Some(_) | None => return Err(malformed("this is no backup set")),
        };
        SetHead::parse(&text).ok_or(malformed("the set does not say what it is"))
    }

    /// Looks whether what is to be loaded leads elsewhere.
    fn look(&mut self, settings: &Settings, name: Option<&str>) -> Result<(), RestoreError> {
        let head = self.head()?;
        let chosen = chosen(settings, name, &head)?;
        let mut look = mariadb::DumpLook::new(settings, chosen);
        while let Some(name) = self.next()? {
            if name == chosen.file {
                self.each(|bytes| {
                    look.take(bytes);
                    Ok(())
                })?;
                break;
            }
            self.each(|_| Ok(()))?;
        }
        look.end()
    }

    /// The name of the next file.
    fn next(&mut self) -> Result<Option<String>, RestoreError> {
        match self.archive.next_record()?.0 {
            Record::File { name } => match std::str::from_utf8(name) {
                Ok(name) => Ok(Some(name.to_owned())),
                Err(_) => Err(malformed("a file of the set has no name")),
            },
            Record::Leave { .. } => Ok(None),
            Record::Enter { .. }
            | Record::Data { .. }
            | Record::FileEnd { .. }
            | Record::Symlink { .. }
            | Record::HardLink { .. }
            | Record::Fifo { .. }
            | Record::Device { .. }
            | Record::End { .. } => Err(malformed("a backup set has nothing but files")),
        }
    }

    /// The bytes of this file, without holes.
    fn each(
        &mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), RestoreError>,
    ) -> Result<(), RestoreError> {
        let mut at = 0;
        loop {
            if self.cancel.is_cancelled() {
                return Err(RestoreError::Cancelled);
            }
            let (record, bytes) = self.archive.next_record()?;
            if let Record::Data { offset, .. } = record
                && offset == at
            {
                take(bytes)?;
                at += length(bytes.len());
                self.progress.add_bytes(length(bytes.len()));
            } else if let Record::FileEnd { size, whole: true, .. } = record
                && size == at
            {
                self.progress.add_file();
                return Ok(());
            } else {
                return Err(malformed("a file of the set has a hole"));
            }
        }
    }

    fn text(&mut self) -> Result<Vec<u8>, RestoreError> {
        let mut text = Vec::new();
        self.each(|bytes| {
            text.extend_from_slice(bytes);
            let fits = text.len() <= JSON_BYTES_MAX;
            fits.then_some(()).ok_or_else(|| malformed("what the set says of itself is too long"))
        })?;
        Ok(text)
    }

    fn end(&mut self) -> Result<Counts, RestoreError> {
        match self.archive.next_record()?.0 {
            Record::End { counts } => Ok(counts),
            Record::Enter { .. }
            | Record::Leave { .. }
            | Record::File { .. }
            | Record::Data { .. }
            | Record::FileEnd { .. }
            | Record::Symlink { .. }
            | Record::HardLink { .. }
            | Record::Fifo { .. }
            | Record::Device { .. } => Err(malformed("the set does not end")),
        }
    }
}

/// Puts the files of a set into a folder as they are.
struct Files<'a> {
    folder: Folder<'a>,
    root: OwnedFd,
    name: String,
    file: Option<std::fs::File>,
}

impl<'a> Files<'a> {
    fn new(folder: Folder<'a>, head: &SetHead) -> Result<Self, RestoreError> {
        let root = folder.staging.root()?;
        let mut files = Self { folder, root, name: String::new(), file: None };
        files.json(HEAD_FILE, head)?;
        Ok(files)
    }

    fn json(&mut self, name: &str, value: &impl serde::Serialize) -> Result<(), RestoreError> {
        let text = serde_json::to_vec_pretty(value);
        let text = text.map_err(|error| RestoreError::Interrupted(io::Error::other(error)))?;
        self.begin(name)?;
        self.data(&text)?;
        self.end()
    }

    fn failed(&self, source: impl Into<io::Error>) -> RestoreError {
        let path = sexton_core::plain(&self.name).into_owned();
        RestoreError::Write { path, source: source.into() }
    }
}

/// How files are made: never an existing one, never through a link.
pub(super) const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

impl TakeSet for Files<'_> {
    fn begin(&mut self, name: &str) -> Result<(), RestoreError> {
        name.clone_into(&mut self.name);
        // A name of an archive is a single component.
        let file = openat(&self.root, name, NEW_FILE, Mode::RUSR | Mode::WUSR);
        self.file = Some(file.map_err(|error| self.failed(error))?.into());
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.folder.ahead.take(length(bytes.len())).map_err(RestoreError::NoRoom)?;
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        written.map_err(|error| self.failed(error))
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        self.file = None;
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &SetHead, log: &LogRange) -> Result<bool, RestoreError> {
        self.json(LOG_FILE, log)?;
        Ok(false)
    }
}
