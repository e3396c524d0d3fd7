//! The key ring in its table, and the turn of an epoch.
//!
//! [`Epochs::write`] runs inside the transaction: it seals the touched pages, and when
//! the epoch turns it first makes the new root durable in the free slot. The transaction
//! is committed by the writer. [`Epochs::destroy_old_root`] then overwrites the old
//! root. Whatever is interrupted, [`Epochs::recover`] finds one root that opens the
//! stored ring, and overwrites the other before anything is served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sexton_core::{Epoch, RecoveryPointArn};
use zeroize::Zeroizing;

use super::super::Parts;
use super::super::apply::Counters;
use super::super::rows::{hash, signed, unsigned};
use super::RollPolicy;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::keys::root::{Root, RootProvider, Slot};
use crate::keys::{PageId, Pages, Ring, RingError, RingOp};
use crate::merkle::{Frontier, NodeId};
use crate::seal::DataKey;
use crate::store::{Cause, trail};

/// How long the turn of an epoch that failed waits, if no change comes along before: a
/// full disk does not become emptier by being asked at once.
const RETRY_WAIT: Duration = Duration::from_secs(1);

/// The ring, its root, and when the epoch is to end.
#[derive(Debug)]
pub(super) struct Epochs {
    ring: Ring,
    root: Root,
    slot: Slot,
    /// The root of the next epoch, durable in the other slot, while a commit is tried.
    next: Option<Root>,
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
    /// Opens the stored ring with whichever root fits it, and finishes the interrupted
    /// turn of an epoch. Makes ring and root if there are none.
    pub(super) fn recover(db: &Connection, parts: Parts) -> Result<(Self, Counters), Cause> {
        let Parts { roots, entropy, clock, roll } = parts;
        let meta = |name: &str| -> Result<Option<u64>, Cause> {
            let sql = "SELECT value FROM meta WHERE name = ?1";
            let value: Option<i64> = db.query_row(sql, [name], |row| row.get(0)).optional()?;
            value.map(unsigned).transpose()
        };
        let stored_levels = meta("ring_levels")?;
        let found = roots.read()?;
        let (ring, root, slot) = match stored_levels {
            Some(levels) => open_with_either(db, u8::try_from(levels)?, &found)?,
            None => first_ring(db, &*roots, &*entropy, &found)?,
        };
        roots.erase(slot.other())?;
        let sql = "SELECT hash FROM events ORDER BY seq DESC LIMIT 1";
        let last_event = db.query_row(sql, [], |row| Ok(hash(row.get_ref(0)?)?)).optional()?;
        let last_event = last_event.unwrap_or(trail::BEGINNING);
        let counters = Counters {
            generation: meta("generation")?.unwrap_or(0),
            next_slot: meta("next_slot")?.unwrap_or(0),
            epoch: root.epoch.0,
            stored_bytes: meta("stored_bytes")?.unwrap_or(0),
            erased_bytes: meta("erased_bytes")?.unwrap_or(0),
            last_event,
            log: load_log(db)?,
        };
        // An epoch that ended without a note ended by now at the latest.
        let sql = "INSERT OR IGNORE INTO epochs (epoch, ended_ms)
            SELECT DISTINCT epoch, ?2 FROM erasures WHERE epoch < ?1";
        db.execute(sql, params![signed(root.epoch.0)?, clock.now().as_millisecond()])?;
        let sql = "SELECT count(*) FROM erasures WHERE epoch = ?1";
        let waiting: i64 = db.query_row(sql, [signed(root.epoch.0)?], |row| row.get(0))?;
        let due = (waiting > 0).then(now);
        let epochs = Self {
            ring,
            root,
            slot,
            next: None,
            roots,
            entropy,
            clock,
            policy: roll,
            due,
            pause: None,
        };
        Ok((epochs, counters))
    }

    pub(super) fn levels(&self) -> u8 {
        self.ring.levels()
    }

    /// The data key of a point.
    pub(super) fn key(
        &mut self,
        db: &Connection,
        arn: &RecoveryPointArn,
    ) -> Result<Option<DataKey>, Cause> {
        let sql = "SELECT key_slot FROM points WHERE arn = ?1";
        let slot: Option<i64> =
            db.prepare_cached(sql)?.query_row([arn.as_str()], |row| row.get(0)).optional()?;
        match slot {
            None => Ok(None),
            Some(slot) => Ok(self.ring.key(&Table(db), unsigned(slot)?)?),
        }
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
        if rolls {
            let epoch = Epoch(self.root.epoch.0 + 1);
            let next = Root { epoch, key: Zeroizing::new(self.entropy.bytes()) };
            self.roots.write(self.slot.other(), &next)?;
            self.next = Some(next);
        }
        let new_root = self.next.as_ref().map(|root| root.key.clone());
        self.ring.apply(ops, new_root, &mut Table(db), &*self.entropy)?;
        Ok(rolls)
    }

    /// Overwrites the root of the epoch that has just been committed away. Tells which
    /// epoch that was and when its root was gone.
    pub(super) fn destroy_old_root(&mut self) -> Result<(u64, Timestamp), Cause> {
        let next = self.next.take().ok_or("no epoch was turned")?;
        self.roots.erase(self.slot)?;
        let ended = self.root.epoch.0;
        self.root = next;
        self.slot = self.slot.other();
        (self.due, self.pause) = (None, None);
        Ok((ended, self.clock.now()))
    }

    /// After a transaction that was rolled back: what is in memory is of no use.
    pub(super) fn reopen(&mut self, db: &Connection) -> Result<(), Cause> {
        let sql = "SELECT value FROM meta WHERE name = 'ring_levels'";
        let levels: Option<i64> = db.query_row(sql, [], |row| row.get(0)).optional()?;
        self.next = None;
        self.pause = Some(now() + RETRY_WAIT);
        self.roots.erase(self.slot.other())?;
        self.ring = match levels {
            Some(levels) => Ring::open(u8::try_from(levels)?, self.root.key.clone(), &Table(db))?,
            None => Ring::new(self.root.key.clone()),
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

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
fn now() -> Instant {
    Instant::now()
}

fn open_with_either(
    db: &Connection,
    levels: u8,
    found: &[Option<Root>; 2],
) -> Result<(Ring, Root, Slot), Cause> {
    let [a, b] = found;
    for (slot, root) in [(Slot::A, a), (Slot::B, b)] {
        let Some(root) = root else { continue };
        match Ring::open(levels, root.key.clone(), &Table(db)) {
            Ok(ring) => return Ok((ring, root.clone(), slot)),
            Err(RingError::Sealed(_)) => (),
            Err(error) => return Err(error.into()),
        }
    }
    Err("no root key opens the key ring: the root file does not belong to this metadata".into())
}

/// The first ring of a new store. A root of epoch 1 without a ring is what a crash leaves
/// between the two, and is used: no root is ever overwritten but by the end of its epoch.
/// A later one belongs to other metadata. The ring is stored before anything else is: a
/// store without its first key must open again as well.
fn first_ring(
    db: &Connection,
    roots: &dyn RootProvider,
    entropy: &dyn Entropy,
    found: &[Option<Root>; 2],
) -> Result<(Ring, Root, Slot), Cause> {
    if found.iter().flatten().any(|root| root.epoch > Epoch(1)) {
        return Err("the database has no key ring, and the root key is that of another one: \
                    put the database of this root key back"
            .into());
    }
    let (root, slot) = match found {
        [Some(root), _] => (root.clone(), Slot::A),
        [None, Some(root)] => (root.clone(), Slot::B),
        [None, None] => {
            let root = Root { epoch: Epoch(1), key: Zeroizing::new(entropy.bytes()) };
            roots.write(Slot::A, &root)?;
            (root, Slot::A)
        }
    };
    let transaction = db.unchecked_transaction()?;
    let mut ring = Ring::new(root.key.clone());
    ring.apply(Vec::new(), Some(root.key.clone()), &mut Table(&transaction), entropy)?;
    let sql = "INSERT INTO meta (name, value) VALUES ('ring_levels', ?1)";
    transaction.execute(sql, [ring.levels()])?;
    transaction.commit()?;
    Ok((ring, root, slot))
}

fn load_log(db: &Connection) -> Result<Frontier, Cause> {
    let sql = "SELECT coalesce(max(leaf) + 1, 0) FROM certificates";
    let size = unsigned(db.query_row(sql, [], |row| row.get(0))?)?;
    Frontier::load(size, |id| node(db, id))
}

/// A stored node of the certificate log.
pub(in super::super) fn node(db: &Connection, id: NodeId) -> Result<[u8; 32], Cause> {
    let sql = "SELECT hash FROM log_nodes WHERE level = ?1 AND node = ?2";
    let key = params![id.level, signed(id.index)?];
    Ok(db.prepare_cached(sql)?.query_row(key, |row| Ok(hash(row.get_ref(0)?)?))?)
}

/// Ring pages as rows.
struct Table<'a>(&'a Connection);

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
