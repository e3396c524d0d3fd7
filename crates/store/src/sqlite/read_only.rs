//! A store that is only looked at.
//!
//! Opening a store to use it finishes what a crash interrupted, and notes in the root file how
//! far it has come. Whoever looks must not: the folder may be evidence, a copy, or on a disk
//! that is mounted read-only. So nothing is finished, written, made or removed here.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use sexton_core::{Backup, BackupName, DataKey, Event, InRealm, Source};

use super::read::link_of;
use super::realm::Contents;
use super::rows::decode;
use super::rows::{backup_columns, backup_of, unsigned};
use super::writer::{KeyOf, check_parts, identity, key_in, open_stored};
use super::{check, realm, schema};
use crate::keys::Ring;
use crate::keys::root::RootProvider;
use crate::trail::Link;
use crate::{Cause, StoreId};

/// The store in one `SQLite` file, of which nothing changes.
#[derive(Debug)]
pub struct ReadOnly {
    identity: StoreId,
    db: Connection,
    ring: Mutex<Ring>,
    /// What keeps writers away.
    _roots: Arc<dyn RootProvider>,
}

impl ReadOnly {
    /// Opens the store in `file`, if `roots` are its own. Nobody may write it meanwhile: whoever
    /// holds `roots` keeps servers away, so they are held as long as this.
    pub fn open(file: &Path, roots: Arc<dyn RootProvider>) -> Result<Self, Cause> {
        let db = schema::open_read_only(file)?;
        schema::check_version(&db)?;
        let opened = open_stored(&db, &*roots)?;
        let (ring, root, _) = opened.ok_or("the database has no key ring")?;
        check_parts(&db, &*roots, &root)?;
        Ok(Self { identity: identity(&db)?, db, ring: Mutex::new(ring), _roots: roots })
    }

    /// Which store this is.
    pub fn identity(&self) -> StoreId {
        self.identity
    }

    /// Looks at every page of the database, which may take minutes. Gives what is wrong with
    /// it, in the words of `SQLite`.
    pub fn check_pages(&self) -> Result<Vec<String>, Cause> {
        check::quick_check(&self.db)
    }

    /// Hands out every backup, in the order in which they were made.
    pub fn each_backup(&self, mut take: impl FnMut(Backup)) -> Result<(), Cause> {
        let sql = concat!("SELECT ", backup_columns!(), " FROM backups ORDER BY slot");
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(backup_of(row, 0)?);
        }
        Ok(())
    }

    /// Hands out every source, of the realms in the order of their first one.
    pub fn each_source(&self, mut take: impl FnMut(Source)) -> Result<(), Cause> {
        let mut statement = self.db.prepare("SELECT body FROM sources ORDER BY realm, arn")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(decode(row.get_ref(0)?.as_str()?)?);
        }
        Ok(())
    }

    /// Hands out the events of the audit trail that come after event `after`, until `take` breaks
    /// off. From the beginning, whatever stands before the first one is an error: no server wrote
    /// it there.
    pub fn each_event(
        &self,
        after: u64,
        mut take: impl FnMut(Link) -> ControlFlow<()>,
    ) -> Result<(), Cause> {
        let first = match after {
            0 => i64::MIN,
            _ => i64::try_from(after).unwrap_or(i64::MAX).saturating_add(1),
        };
        let sql = "SELECT seq, body, hash FROM events WHERE seq >= ?1 ORDER BY seq";
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([first])?;
        while let Some(row) = rows.next()? {
            if take(link_of(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What an event of the audit trail says.
    pub fn event_of(link: &Link) -> Result<Event, Cause> {
        decode(&link.body)
    }

    /// The number of the last event of the audit trail; 0 if there is none.
    pub fn last_event(&self) -> Result<u64, Cause> {
        let sql = "SELECT coalesce(max(seq), 0) FROM events";
        unsigned(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// What each realm holds.
    pub fn contents(&self) -> Result<Vec<Contents>, Cause> {
        realm::contents(&self.db)
    }

    /// The data key of a backup; nothing if it was destroyed.
    pub fn data_key(&self, backup: &InRealm<BackupName>) -> Result<Option<DataKey>, Cause> {
        // What a panic leaves of the ring is pages that were opened, and no less true.
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        key_in(&mut ring, &self.db, &KeyOf::Backup(backup.clone()))
    }
}
