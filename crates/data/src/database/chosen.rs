//! How a set of either engine begins: which databases it is to have, and where they will be.

use std::io::Write;

use super::set::SetWriter;
use super::{DatabaseError, DatabaseOrder, SetHead};
use crate::source::SourceError;

/// A database of a server.
#[derive(Debug)]
pub(super) struct Database {
    /// Its name.
    pub(super) name: String,
    /// How large it is, as far as that may be asked.
    pub(super) bytes: u64,
}

impl DatabaseOrder {
    /// Begins a set of all databases, which are in one file. `bytes` is how large the server is.
    pub(super) fn begin_physical(
        &self,
        mut head: SetHead,
        (databases, bytes): (&[Database], u64),
        file: &str,
        set: &mut SetWriter<'_, impl Write>,
    ) -> Result<SetHead, SourceError> {
        if !self.databases.is_empty() {
            return Err(unsupported("a physical backup has all databases: name none").into());
        }
        for database in databases {
            head = head.with(&database.name, file);
        }
        set.expect_bytes(bytes);
        set.head(&head)?;
        Ok(head)
    }

    /// Begins a set of the databases that are wanted, each in a file of its own.
    pub(super) fn begin_logical(
        &self,
        mut head: SetHead,
        databases: &[Database],
        ending: &str,
        set: &mut SetWriter<'_, impl Write>,
    ) -> Result<SetHead, SourceError> {
        let is_there = |name: &String| databases.iter().any(|it| it.name == *name);
        if let Some(name) = self.databases.iter().find(|name| !is_there(name)) {
            let name = sexton_core::plain(name);
            return Err(unsupported(&format!("the server has no database {name}")).into());
        }
        let wanted =
            |it: &&Database| self.databases.is_empty() || self.databases.contains(&it.name);
        let chosen: Vec<_> = databases.iter().filter(wanted).collect();
        if chosen.is_empty() {
            return Err(unsupported("the server has no database but its own ones").into());
        }
        for (number, database) in (1..).zip(&chosen) {
            head = head.with(&database.name, &format!("database-{number}.{ending}"));
        }
        set.expect_bytes(chosen.iter().map(|database| database.bytes).sum());
        set.head(&head)?;
        Ok(head)
    }
}

/// Something that cannot be done with this server.
pub(super) fn unsupported(why: &str) -> DatabaseError {
    DatabaseError::Unsupported(why.to_owned())
}
