//! Opening a store: finds the root that opens the stored ring, and makes sure that root
//! file and database belong together before either is changed.

use std::time::Instant;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sexton_core::Epoch;

use super::super::Parts;
use super::super::counters::Counters;
use super::super::nodes::node;
use super::super::rows::{hash, signed, unsigned};
use super::roll::{Epochs, Table, now};
use crate::keys::root::{Root, RootProvider, Slot, Witness};
use crate::keys::{Ring, RingError};
use crate::merkle::Frontier;
use crate::{Cause, StoreId, trail};

/// A ring and the root that opens it.
pub(super) struct Opened {
    pub(super) ring: Ring,
    pub(super) root: Root,
    pub(super) slot: Slot,
    /// What the root file says of the metadata.
    pub(super) noted: Witness,
}

/// Opens the stored ring with whichever root fits it, and finishes the interrupted turn of
/// an epoch. Makes ring and root if there are none.
pub(super) fn recover(db: &Connection, parts: Parts) -> Result<(Epochs, Counters), Cause> {
    let (ring, root, slot) = match open_stored(db, &*parts.roots)? {
        Some(opened) => opened,
        None => first_ring(db, &parts)?,
    };
    let (counters, noted) = check_parts(db, &*parts.roots, &root)?;
    parts.clock.resume((noted.time != Timestamp::UNIX_EPOCH).then_some(noted.time));
    parts.roots.erase(slot.other())?;
    // An epoch that ended without a note ended by now at the latest.
    let sql = "INSERT OR IGNORE INTO epochs (epoch, ended_ms)
        SELECT DISTINCT epoch, ?2 FROM erasures WHERE epoch < ?1";
    db.execute(sql, params![signed(root.epoch.0)?, parts.clock.now().as_millisecond()])?;
    let due = roll_due(db, root.epoch)?;
    let mut epochs = Epochs::new(Opened { ring, root, slot, noted }, parts, due);
    // From here on nobody takes another database for the one of this root, however empty.
    epochs.note(&counters);
    Ok((epochs, counters))
}

/// Makes sure that the database and the root file, of which `root` opens the ring, belong
/// together, and changes neither. Tells how far the database has come, and how far the root
/// file says it had.
pub(in super::super) fn check_parts(
    db: &Connection,
    roots: &dyn RootProvider,
    root: &Root,
) -> Result<(Counters, Witness), Cause> {
    let (found, noted) = (roots.read()?, roots.read_witness()?);
    let sql = "SELECT hash FROM events ORDER BY seq DESC LIMIT 1";
    let last_event = db.query_row(sql, [], |row| Ok(hash(row.get_ref(0)?)?)).optional()?;
    let counters = Counters {
        generation: meta(db, "generation")?.unwrap_or(0),
        next_slot: meta(db, "next_slot")?.unwrap_or(0),
        epoch: root.epoch.0,
        stored_bytes: meta(db, "stored_bytes")?.unwrap_or(0),
        erased_bytes: meta(db, "erased_bytes")?.unwrap_or(0),
        tokens: meta(db, "tokens")?.unwrap_or(0),
        last_event: last_event.unwrap_or(trail::BEGINNING),
        log: load_log(db)?,
    };
    let store = identity(db)?;
    let witnesses = found.iter().flatten().map(|root| &root.witness).chain(&noted);
    if witnesses.clone().any(|witness| witness.store != store) {
        return Err(foreign(store, witnesses));
    }
    // A root that does not open the ring was made for a commit that did not happen.
    for witness in [Some(root.witness), noted].iter().flatten() {
        check_witness(db, &counters, witness)?;
    }
    let newest = noted.filter(|noted| noted.generation >= root.witness.generation);
    Ok((counters, newest.unwrap_or(root.witness)))
}

fn meta(db: &Connection, name: &str) -> Result<Option<u64>, Cause> {
    let sql = format!("SELECT {name} FROM meta");
    let value: Option<i64> = db.query_row(&sql, [], |row| row.get(0)).optional()?;
    value.map(unsigned).transpose()
}

/// The identity of the store, which was written with its ring.
pub(in super::super) fn identity(db: &Connection) -> Result<StoreId, Cause> {
    let bytes = db.query_row("SELECT store FROM identity", [], |row| row.get(0)).optional()?;
    bytes.map(StoreId::from_bytes).ok_or_else(|| "the database has no identity".into())
}

/// When the epoch is to end: now, if a key that left the ring waits for it.
pub(super) fn roll_due(db: &Connection, epoch: Epoch) -> Result<Option<Instant>, Cause> {
    let sql = "SELECT count(*) FROM erasures WHERE epoch = ?1";
    let waiting: i64 = db.query_row(sql, [signed(epoch.0)?], |row| row.get(0))?;
    Ok((waiting > 0).then(now))
}

/// Refuses a database that has not come as far as its root file says it had.
fn check_witness(db: &Connection, counters: &Counters, witness: &Witness) -> Result<(), Cause> {
    let Witness { generation, keys, log_size, log_root, .. } = *witness;
    let has = (counters.generation, counters.next_slot, counters.log.size());
    if has.0 < generation || has.1 < keys || has.2 < log_size {
        return Err(format!(
            "the database is an older copy: it has come to change {} and the root key's file has \
             seen change {generation}; backups made since then would be lost from sight. Put the \
             newer database back, with its -wal. If it is lost, make a file accept-older-metadata \
             beside this one",
            has.0
        )
        .into());
    }
    if Frontier::load(log_size, |id| node(db, id))?.root() != log_root {
        return Err(format!(
            "the certificate log of the database does not begin as the root key's file has seen \
             it, when its size was {log_size}: put the database of this root key back"
        )
        .into());
    }
    Ok(())
}

fn foreign<'a>(store: StoreId, witnesses: impl Iterator<Item = &'a Witness>) -> Cause {
    let other = witnesses.map(|it| it.store).find(|it| *it != store);
    let other = other.map_or_else(String::new, |it| it.to_string());
    format!(
        "the root key is that of store {other}, and the database is of store {store}: \
         put the right one back"
    )
    .into()
}

/// Opens the stored ring with whichever root fits it; nothing if none is stored.
pub(in super::super) fn open_stored(
    db: &Connection,
    roots: &dyn RootProvider,
) -> Result<Option<(Ring, Root, Slot)>, Cause> {
    let Some(levels) = meta(db, "ring_levels")? else { return Ok(None) };
    let (levels, found) = (u8::try_from(levels)?, roots.read()?);
    let [a, b] = &found;
    for (slot, root) in [(Slot::A, a), (Slot::B, b)] {
        let Some(root) = root else { continue };
        match Ring::open(levels, root.key.copy(), &Table(db)) {
            Ok(ring) => return Ok(Some((ring, root.copy(), slot))),
            Err(RingError::Sealed(_)) => (),
            Err(error) => return Err(error.into()),
        }
    }
    let store = identity(db)?;
    let witnesses = found.iter().flatten().map(|root| &root.witness);
    if witnesses.clone().any(|witness| witness.store != store) {
        return Err(foreign(store, witnesses));
    }
    Err("no root key opens the key ring: the database is older than the root key, or newer".into())
}

/// Refuses to begin anew beside a root key that has metadata somewhere else. A root of
/// epoch 1 of which nobody has seen a ring is what a crash leaves between the two.
pub(in super::super) fn refuse_new_beside(roots: &dyn RootProvider) -> Result<(), Cause> {
    let (found, noted) = (roots.read()?, roots.read_witness()?);
    if noted.is_none() && found.iter().flatten().all(|root| root.epoch <= Epoch(1)) {
        return Ok(());
    }
    Err("the database has no key ring, and the root key is that of another one: put the \
         database of this root key back, with its -wal, or begin anew in another data folder"
        .into())
}

/// The first ring of a new store. A root of epoch 1 without a ring is what a crash leaves
/// between the two, and is used: no root is ever overwritten but by the end of its epoch.
/// A later one belongs to other metadata. The ring is stored before anything else is: a
/// store without its first key must open again as well.
fn first_ring(db: &Connection, parts: &Parts) -> Result<(Ring, Root, Slot), Cause> {
    let entropy = &*parts.entropy;
    refuse_new_beside(&*parts.roots)?;
    let (root, slot) = match &parts.roots.read()? {
        [Some(root), _] => (root.copy(), Slot::A),
        [None, Some(root)] => (root.copy(), Slot::B),
        [None, None] => {
            let witness = Witness::of_nothing(StoreId::from_bytes(entropy.bytes()));
            let root = Root { epoch: Epoch(1), key: entropy.key(), witness };
            parts.roots.write(Slot::A, &root)?;
            (root, Slot::A)
        }
    };
    let transaction = db.unchecked_transaction()?;
    let mut ring = Ring::new(root.key.copy());
    ring.apply(Vec::new(), Some(root.key.copy()), &mut Table(&transaction), entropy)?;
    let sql = "INSERT INTO meta
        (id, generation, next_slot, epoch, stored_bytes, erased_bytes, tokens, ring_levels)
        VALUES (1, 0, 0, ?1, 0, 0, 0, ?2)";
    transaction.execute(sql, params![signed(root.epoch.0)?, ring.levels()])?;
    let sql = "INSERT INTO identity (only, store) VALUES (1, ?1)";
    transaction.execute(sql, [root.witness.store.as_bytes()])?;
    transaction.commit()?;
    Ok((ring, root, slot))
}

fn load_log(db: &Connection) -> Result<Frontier, Cause> {
    let sql = "SELECT coalesce(max(leaf) + 1, 0) FROM certificates";
    let size = unsigned(db.query_row(sql, [], |row| row.get(0))?)?;
    Frontier::load(size, |id| node(db, id))
}
