//! Loads a logical set.

use super::words::error_only;
use super::{Server, Session};
use crate::database::restore::{TakeSet, unsupported};
use crate::database::tool::{Feed, Input, Output};
use crate::database::{
    DatabaseError, DatabaseFile, LogRange, PROBE_SECONDS_MAX, SetHead, Settings,
};
use crate::restore::RestoreError;
use crate::source::Cancel;

/// How much of a dump is held back until all of the set is known to be right.
const HELD_BYTES: usize = 64 << 10;

/// Loads one database of a set into another one.
pub(in crate::database) fn into_database<'a>(
    settings: &'a Settings,
    database: &DatabaseFile,
    cancel: &'a Cancel,
) -> Result<Box<dyn TakeSet + 'a>, RestoreError> {
    let session = Session::new(settings, cancel)?;
    Server::ask(&session, PROBE_SECONDS_MAX)?;
    let things = session.ask(THINGS, PROBE_SECONDS_MAX)?;
    let number = things.first().and_then(|row| row.first()?.parse::<u64>().ok());
    match number {
        Some(0) => {}
        Some(_) => {
            let name = sexton_core::plain(session.database());
            return Err(unsupported(&format!(
                "the database {name} is not empty: restore into one that is"
            )));
        }
        None => {
            let what = "it does not say whether the database is empty";
            return Err(DatabaseError::NotUnderstood { tool: "psql", what }.into());
        }
    }
    session.tool(RESTORE)?;
    let file = database.file.clone();
    Ok(Box::new(Loader { session, file, feed: Feed::default(), held: Vec::new(), taking: false }))
}

const RESTORE: &str = "pg_restore";

/// How many things somebody has made in a database.
const THINGS: &str = "
with ours as (select oid, nspname from pg_namespace where nspname !~ '^pg_'
  and nspname <> 'information_schema')
select (select count(*) from ours where nspname <> 'public')
  + (select count(*) from pg_class where relnamespace in (select oid from ours))
  + (select count(*) from pg_proc where pronamespace in (select oid from ours))
  + (select count(*) from pg_type where typnamespace in (select oid from ours))
  + (select count(*) from pg_largeobject_metadata)";

/// Feeds one dump to `pg_restore`, which does all of it in one transaction.
struct Loader<'a> {
    session: Session<'a>,
    /// The file that has the dump.
    file: String,
    feed: Feed<'a>,
    /// The end of what came.
    held: Vec<u8>,
    /// Whether this file is the one.
    taking: bool,
}

impl Loader<'_> {
    fn write(&mut self, until: usize) -> Result<(), RestoreError> {
        self.feed.write(&self.held[..until])?;
        self.held.drain(..until);
        Ok(())
    }
}

impl TakeSet for Loader<'_> {
    fn begin(&mut self, name: &str) -> Result<(), RestoreError> {
        self.taking = name == self.file;
        if self.taking {
            let tool = self.session.tool(RESTORE)?;
            let name = self.session.database().replace('\\', "\\\\").replace('\'', "\\'");
            let run = self.session.run(&tool).arguments([
                format!("--dbname=dbname='{name}'").as_str(),
                "--format=custom",
                "--single-transaction",
                "--exit-on-error",
                // Users of the server that it came from need not be here.
                "--no-owner",
                "--no-privileges",
                "--no-password",
            ]);
            let run = run.repeat(error_only);
            let running = run.start(Input::Written, Output::Nowhere, self.session.cancel)?;
            self.feed = Feed::new(running);
        }
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        if !self.taking {
            return Ok(());
        }
        self.held.extend_from_slice(bytes);
        match self.held.len().checked_sub(HELD_BYTES) {
            Some(over @ 1..) => self.write(over),
            Some(0) | None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        self.taking = false;
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &SetHead, _: &LogRange) -> Result<bool, RestoreError> {
        if !self.feed.is_taken() {
            return Err(unsupported("the backup does not have the dump of this database"));
        }
        self.write(self.held.len())?;
        self.feed.end()?;
        Ok(false)
    }
}
