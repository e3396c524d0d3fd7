//! Makes a data folder of a physical set, and loads a logical one.

use std::path::Path;
use std::{fs, io};

use super::capture::copying_tool;
use super::options::settle;
use super::qualified::Look;
use super::replay::Replay;
use super::scratch::Scratch;
use super::server::Server;
use super::{Flavour, Session};
use crate::database::restore::{Folder, TakeSet, unsupported};
use crate::database::tool::{Feed, Input, Output, Tool};
use crate::database::{
    DatabaseError, DatabaseFile, Engine, LogRange, PROBE_SECONDS_MAX, SetHead, Settings,
};
use crate::restore::RestoreError;
use crate::seal::length;
use crate::source::Cancel;

/// Makes the folder that a server starts from.
pub(in crate::database) fn into_folder<'a>(
    folder: Folder<'a>,
    head: &SetHead,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    let flavour = match head.engine {
        Engine::MariaDb => Flavour::MariaDb,
        Engine::MySql => Flavour::MySql,
        Engine::PostgreSql => return Err(unsupported("the set is one of PostgreSQL")),
    };
    let copying = copying_tool(folder.tools, flavour, &head.version, folder.cancel)?;
    let unpacking = Tool::find_in(folder.tools, flavour.stream())?;
    let file = format!("base.{}", flavour.stream());
    let feed = Feed::default();
    Ok(Box::new(DataFolder { folder, flavour, copying, unpacking, file, feed, unpacked: false }))
}

/// The data folder of a server.
struct DataFolder<'a> {
    folder: Folder<'a>,
    flavour: Flavour,
    copying: Tool,
    unpacking: Tool,
    /// The file of the set.
    file: String,
    feed: Feed<'a>,
    unpacked: bool,
}

impl TakeSet for DataFolder<'_> {
    fn begin(&mut self, name: &str) -> Result<(), RestoreError> {
        if name != self.file || self.unpacked {
            return Err(unsupported("the backup has files that this version does not know"));
        }
        let path = self.folder.staging.path();
        let run = self.unpacking.run().hide(&path.to_string_lossy()).arguments(["-x", "-C"]);
        let run = run.arguments([path.as_os_str()]);
        self.feed = Feed::new(run.start(Input::Written, Output::Nowhere, self.folder.cancel)?);
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.folder.ahead.take(length(bytes.len())).map_err(RestoreError::NoRoom)?;
        Ok(self.feed.write(bytes)?)
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        self.feed.end()?;
        self.unpacked = true;
        Ok(())
    }

    fn finish(self: Box<Self>, head: &SetHead, log: &LogRange) -> Result<bool, RestoreError> {
        if !self.unpacked {
            return Err(unsupported("the backup does not have the files of the server"));
        }
        let Folder { tools, cancel, made, .. } = self.folder;
        // Nothing is begun that cannot be brought to its end.
        let plan = |it| Replay::plan(it, log, made, cancel);
        let replay = self.folder.recovery.map(plan).transpose()?;
        let path = self.folder.staging.path();
        let failed = |error| DatabaseError::system("links of the backup cannot be removed", error);
        remove_links(&path).map_err(failed)?;
        // Before any tool reads them.
        settle(&path)?;
        let run = self.copying.run().hide(&path.to_string_lossy());
        let run = run.arguments(["--prepare".to_owned()]);
        let run = run.arguments([format!("--target-dir={}", path.display())]);
        run.start(Input::Nothing, Output::Nowhere, cancel)?.end()?;
        if let Some(replay) = replay {
            let case = head.letter_case;
            Scratch::start(tools, self.flavour, &path, case, cancel)?.replay(&replay)?;
        }
        Ok(false)
    }
}

/// Removes the files that say where else a table is. The set has the table itself, and whoever
/// follows them finds that of the live server.
fn remove_links(data: &Path) -> io::Result<()> {
    for database in fs::read_dir(data)? {
        let database = database?;
        if !database.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(database.path())? {
            let file = file?.path();
            if file.extension().is_some_and(|it| it == "isl") {
                fs::remove_file(file)?;
            }
        }
    }
    Ok(())
}

/// Looks into a dump before it is loaded, whether it leads into another database.
pub(in crate::database) struct DumpLook<'a> {
    look: Look<'a>,
    into: &'a str,
}

impl<'a> DumpLook<'a> {
    /// Begins with that of a database of a set.
    pub(in crate::database) fn new(settings: &'a Settings, database: &'a DatabaseFile) -> Self {
        let into = settings.database().unwrap_or(&database.name);
        Self { look: Look::new(&database.name, into), into }
    }

    /// Looks at more of it.
    pub(in crate::database) fn take(&mut self, bytes: &[u8]) {
        self.look.take(bytes);
    }

    /// Fails if it does.
    pub(in crate::database) fn end(self) -> Result<(), RestoreError> {
        let Some(other) = self.look.end() else { return Ok(()) };
        let (other, into) = (sexton_core::plain(&other), sexton_core::plain(self.into));
        Err(unsupported(&format!(
            "statements of the backup name the database {other}, as a trigger does that was made \
             with its name: loaded into {into} they would change {other}. Restore it into a \
             database that is called {other}, on another server"
        )))
    }
}

/// Loads one database of a set into another one, which is made if it is not there.
pub(in crate::database) fn into_database<'a>(
    settings: &'a Settings,
    database: &DatabaseFile,
    cancel: &'a Cancel,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    let session = Session::new(settings, cancel)?;
    let server = Server::ask(&session, PROBE_SECONDS_MAX)?;
    let name = settings.database().unwrap_or(&database.name).to_owned();
    let there = server.databases.iter().any(|it| it.name == name);
    must_be_empty(&session, &name)?;
    let (file, feed, made) = (database.file.clone(), Feed::default(), false);
    Ok(Box::new(Loader { session, name, file, there, made, feed, loaded: false }))
}

/// A dump drops tables before it makes them: nothing of somebody's is replaced.
fn must_be_empty(session: &Session<'_>, name: &str) -> Result<(), RestoreError> {
    let used = session.ask(
        "select distinct table_schema from information_schema.tables \
         union select distinct routine_schema from information_schema.routines \
         union select distinct event_schema from information_schema.events",
        PROBE_SECONDS_MAX,
    )?;
    if used.iter().flatten().any(|it| it.eq_ignore_ascii_case(name)) {
        let name = sexton_core::plain(name);
        return Err(unsupported(&format!(
            "the database {name} is not empty: restore into one that is, or is not there"
        )));
    }
    Ok(())
}

/// Feeds one dump to the client.
struct Loader<'a> {
    session: Session<'a>,
    /// Which database it goes into.
    name: String,
    /// The file that has the dump.
    file: String,
    /// Whether the database was there.
    there: bool,
    /// Whether it was made here, and is not known to be whole.
    made: bool,
    /// Takes the dump while it comes.
    feed: Feed<'a>,
    /// Whether all of it is loaded.
    loaded: bool,
}

impl Loader<'_> {
    fn quoted(&self) -> String {
        format!("`{}`", self.name.replace('`', "``"))
    }
}

impl TakeSet for Loader<'_> {
    fn begin(&mut self, name: &str) -> Result<(), RestoreError> {
        if name == self.file {
            if !self.there {
                let question = format!("create database {}", self.quoted());
                self.session.ask(&question, PROBE_SECONDS_MAX)?;
                self.made = true;
            }
            let run = self.session.loader().arguments([format!("--database={}", self.name)]);
            let cancel = self.session.cancel;
            self.feed = Feed::new(run.start(Input::Written, Output::Nowhere, cancel)?);
        }
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        Ok(self.feed.write(bytes)?)
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        self.loaded |= self.feed.is_taken();
        Ok(self.feed.end()?)
    }

    fn finish(mut self: Box<Self>, _: &SetHead, _: &LogRange) -> Result<bool, RestoreError> {
        if !self.loaded {
            return Err(unsupported("the backup does not have the dump of this database"));
        }
        self.made = false;
        Ok(false)
    }
}

/// What was loaded in part goes, if nobody but us can have put anything there.
impl Drop for Loader<'_> {
    fn drop(&mut self) {
        if !self.made {
            return;
        }
        self.feed = Feed::default();
        let question = format!("drop database if exists {}", self.quoted());
        let dropped = self.session.ask_with(&question, PROBE_SECONDS_MAX, &Cancel::default());
        if let Err(error) = dropped {
            let database = sexton_core::plain(&self.name);
            tracing::warn!(%database, %error, "a database loaded in part cannot be removed");
        }
    }
}
