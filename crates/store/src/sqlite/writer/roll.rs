//! The key ring in its table, and the turn of an epoch.
//!
//! [`Epochs::write`] runs inside the transaction: it seals the touched pages, and when
//! the epoch turns it first makes the new root durable in the free slot. The transaction
//! is committed by the writer. [`Epochs::destroy_old_root`] then overwrites the old
//! root: with zeros, or, while deletions wait, with the root of the epoch that they will begin,
//! so that the disk is waited for twice and not three times. Such a root seals nothing until
//! then, and is overwritten when nobody waits any more. Whatever is interrupted,
//! [`super::recover`] finds one root that opens the stored ring, and overwrites the other before
//! anything is served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sexton_core::{BackupName, DataKey, Epoch, InRealm, ResourceArn};

use super::super::Parts;
use super::super::counters::Counters;
use super::super::epochs::RollPolicy;
use super::super::rows::{signed, unsigned};
use super::recover::{Opened, roll_due};
use crate::Cause;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::keys::root::{Root, RootProvider, Slot, Witness};
use crate::keys::{PageId, Pages, Ring, RingOp};

/// How long the turn of an epoch that failed waits, if no change comes along before: a
/// full disk does not become emptier by being asked at once.
const RETRY_WAIT: Duration = Duration::from_secs(1);

/// How far the root file may lag behind the database. An older copy of the database that is
/// put in its place is recognised by what the root file says, and no sooner.
const NOTE_WAIT: Duration = Duration::from_secs(1);

/// How often the root file is told the time, when there is nothing else to say.
const TIME_NOTE_SECONDS: i64 = 3600;
const TIME_NOTE_WAIT: Duration = Duration::from_secs(TIME_NOTE_SECONDS.unsigned_abs());

/// The ring, its root, and when the epoch is to end.
#[derive(Debug)]
pub(super) struct Epochs {
    ring: Ring,
    root: Root,
    slot: Slot,
    /// The root of the next epoch, durable in the other slot, while a commit is tried.
    next: Option<Root>,
    /// The root of the epoch after this one, durable in the other slot before it is needed.
    spare: Option<Root>,
    /// What the root file says of the metadata, at the least.
    noted: Witness,
    noted_at: Instant,
    roots: Arc<dyn RootProvider>,
    entropy: Arc<dyn Entropy>,
    clock: Arc<Clock>,
    policy: RollPolicy,
    /// When the epoch must end because a key that left the ring waits for it.
    due: Option<Instant>,
    /// Not to be tried before, unless a change comes along: the last try failed.
    pause: Option<Instant>,
}

impl Epochs {
    /// The ring as it was opened, with its root in `slot`.
    pub(super) fn new(opened: Opened, parts: Parts, due: Option<Instant>) -> Self {
        let Opened { ring, root, slot, noted } = opened;
        let Parts { roots, entropy, clock, roll } = parts;
        Self {
            ring,
            root,
            slot,
            next: None,
            spare: None,
            noted,
            noted_at: now(),
            roots,
            entropy,
            clock,
            policy: roll,
            due,
            pause: None,
        }
    }

    pub(super) fn levels(&self) -> u8 {
        self.ring.levels()
    }

    /// A key that stands in the ring.
    pub(super) fn key(&mut self, db: &Connection, of: &KeyOf) -> Result<Option<DataKey>, Cause> {
        key_in(&mut self.ring, db, of)
    }

    /// Whether a key that left the ring waits for the end of this epoch, now.
    pub(super) fn roll_is_due(&self) -> bool {
        self.wakes_at().is_some_and(|at| at <= now())
    }

    /// How long until [`Epochs::roll_is_due`]; nothing if no key waits.
    pub(super) fn time_to_roll(&self) -> Option<Duration> {
        self.wakes_at().map(|at| at.saturating_duration_since(now()))
    }

    fn wakes_at(&self) -> Option<Instant> {
        self.due.map(|due| self.pause.map_or(due, |pause| due.max(pause)))
    }

    /// Writes the touched pages in the open transaction; `true` if the epoch turns with
    /// it, in which case the new root is durable when this returns.
    pub(super) fn write(
        &mut self,
        db: &Connection,
        ops: Vec<RingOp>,
        destroys: bool,
        counters: &Counters,
    ) -> Result<bool, Cause> {
        if destroys && self.due.is_none() {
            let wait = match self.policy {
                RollPolicy::EveryCommit => Duration::ZERO,
                RollPolicy::Every(wait) => wait,
            };
            self.due = Some(now() + wait);
        }
        let rolls = self.due.is_some_and(|due| due <= now());
        if ops.is_empty() && !rolls {
            return Ok(false);
        }
        self.roots.in_place()?;
        if rolls {
            let next = match self.spare.take() {
                Some(spare) => spare,
                None => self.write_root(self.slot.other(), self.root.epoch, counters)?,
            };
            self.next = Some(next);
        }
        let new_root = self.next.as_ref().map(|root| root.key.copy());
        self.ring.apply(ops, new_root, &mut Table(db), &*self.entropy)?;
        Ok(rolls)
    }

    /// Makes the root of the epoch after `epoch` durable in a slot.
    fn write_root(&self, slot: Slot, epoch: Epoch, counters: &Counters) -> Result<Root, Cause> {
        let (epoch, witness) = (Epoch(epoch.0 + 1), self.witness(counters));
        let root = Root { epoch, key: self.entropy.key(), witness };
        self.roots.write(slot, &root)?;
        Ok(root)
    }

    /// Overwrites the root of the epoch that has just been committed away, all of which
    /// `counters` count. Tells which epoch that was and when its root was gone. `waited_for`:
    /// the next epoch is about to end too.
    pub(super) fn destroy_old_root(
        &mut self,
        counters: &Counters,
        waited_for: bool,
    ) -> Result<(u64, Timestamp), Cause> {
        let next = self.next.take().ok_or("no epoch was turned")?;
        if waited_for && self.policy == RollPolicy::EveryCommit {
            self.spare = Some(self.write_root(self.slot, next.epoch, counters)?);
        } else {
            self.roots.erase(self.slot)?;
        }
        let ended = self.root.epoch.0;
        (self.noted, self.noted_at) = (next.witness, now());
        self.root = next;
        self.slot = self.slot.other();
        (self.due, self.pause) = (None, None);
        Ok((ended, self.clock.now()))
    }

    /// Overwrites a root that was made before it is needed, if there is one: nobody waits.
    pub(super) fn drop_spare(&mut self) -> Result<(), Cause> {
        if self.spare.is_some() {
            self.roots.erase(self.slot.other())?;
            self.spare = None;
        }
        Ok(())
    }

    /// What the root file is to say once all that `counters` count is durable.
    fn witness(&self, counters: &Counters) -> Witness {
        Witness {
            store: self.noted.store,
            generation: counters.generation,
            keys: counters.next_slot,
            time: self.clock.now(),
            log_size: counters.log.size(),
            log_root: counters.log.root(),
        }
    }

    /// Whether the root file knows nothing of the first key yet.
    pub(super) fn first_key_is_unknown(&self, counters: &Counters) -> bool {
        self.noted.keys == 0 && counters.next_slot > 0
    }

    /// How long until [`Epochs::note`] is due.
    pub(super) fn time_to_note(&self, counters: &Counters) -> Duration {
        let off = self.clock.now().duration_since(self.noted.time);
        // A clock that was confirmed is confirmed for the next start as well.
        let jumped = off.is_negative() || off.as_secs() > 2 * TIME_NOTE_SECONDS;
        let moved = jumped || self.noted.generation != counters.generation;
        let wait = if moved { NOTE_WAIT } else { TIME_NOTE_WAIT };
        (self.noted_at + wait).saturating_duration_since(now())
    }

    /// Writes into the root file how far the durable metadata has come.
    pub(super) fn note(&mut self, counters: &Counters) {
        let witness = self.witness(counters);
        self.noted_at = now();
        match self.roots.in_place().and_then(|()| self.roots.write_witness(&witness)) {
            Ok(()) => self.noted = witness,
            Err(error) => tracing::error!(%error, "the root file was not brought up to date"),
        }
    }

    /// After a transaction that was rolled back: what is in memory is of no use.
    pub(super) fn reopen(&mut self, db: &Connection) -> Result<(), Cause> {
        let sql = "SELECT ring_levels FROM meta";
        let levels: Option<i64> = db.query_row(sql, [], |row| row.get(0)).optional()?;
        (self.next, self.spare) = (None, None);
        // The deletion that asked for the end of the epoch may be undone.
        self.due = match roll_due(db, self.root.epoch)? {
            None => None,
            Some(now) => self.due.or(Some(now)),
        };
        self.pause = Some(now() + RETRY_WAIT);
        self.roots.erase(self.slot.other())?;
        self.ring = match levels {
            Some(levels) => Ring::open(u8::try_from(levels)?, self.root.key.copy(), &Table(db))?,
            None => Ring::new(self.root.key.copy()),
        };
        Ok(())
    }

    /// Forgets the ends of epochs that an earlier transaction has made durable. Those that
    /// stand in the open one are kept, so that a transaction that fails loses none of them.
    pub(super) fn saved(
        &self,
        ended: &Mutex<BTreeMap<u64, Timestamp>>,
        written: Vec<(u64, Timestamp)>,
    ) {
        // What was written by the transaction before the last one is certainly durable.
        let mut ended = ended.lock().expect("no holder of this lock panics");
        let keep_from = self.root.epoch.0.saturating_sub(2);
        for (epoch, _) in written {
            if epoch < keep_from {
                ended.remove(&epoch);
            }
        }
    }
}

/// What a key of the ring is that of.
#[derive(Debug, Clone)]
pub(in super::super) enum KeyOf {
    /// A backup.
    Backup(InRealm<BackupName>),
    /// What is kept sealed of a source.
    Secret(InRealm<ResourceArn>),
}

/// A key, if it is in the ring.
pub(in super::super) fn key_in(
    ring: &mut Ring,
    db: &Connection,
    of: &KeyOf,
) -> Result<Option<DataKey>, Cause> {
    let (sql, realm, name) = match of {
        KeyOf::Backup(key) => (
            "SELECT slot FROM backups
             WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2",
            &key.realm,
            key.name.as_str(),
        ),
        KeyOf::Secret(key) => (
            "SELECT slot FROM secrets
             WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2",
            &key.realm,
            key.name.as_str(),
        ),
    };
    let key = [realm.as_str(), name];
    let slot: Option<i64> = db.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    match slot {
        None => Ok(None),
        Some(slot) => Ok(ring.key(&Table(db), unsigned(slot)?)?),
    }
}

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Ring pages as rows.
pub(super) struct Table<'a>(pub(super) &'a Connection);

impl Pages for Table<'_> {
    fn read(&self, page: PageId) -> Result<Option<Vec<u8>>, Cause> {
        let sql = "SELECT sealed FROM ring WHERE level = ?1 AND page = ?2";
        let key = params![page.level, signed(page.index)?];
        Ok(self.0.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?)
    }

    fn write(&mut self, page: PageId, sealed: &[u8]) -> Result<(), Cause> {
        let sql = "INSERT INTO ring (level, page, sealed) VALUES (?1, ?2, ?3)
            ON CONFLICT (level, page) DO UPDATE SET sealed = ?3";
        let row = params![page.level, signed(page.index)?, sealed];
        self.0.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn remove(&mut self, page: PageId) -> Result<(), Cause> {
        let sql = "DELETE FROM ring WHERE level = ?1 AND page = ?2";
        let key = params![page.level, signed(page.index)?];
        self.0.prepare_cached(sql)?.execute(key)?;
        Ok(())
    }
}
