//! The ring is a map of what was not destroyed, and forgets what was.

use super::*;
use crate::entropy::SeededEntropy;
use proptest::prelude::*;

#[derive(Debug, Default, Clone)]
struct Map(BTreeMap<PageId, Vec<u8>>);

impl Pages for Map {
    fn read(&self, page: PageId) -> Result<Option<Vec<u8>>, Cause> {
        Ok(self.0.get(&page).cloned())
    }
    fn write(&mut self, page: PageId, sealed: &[u8]) -> Result<(), Cause> {
        self.0.insert(page, sealed.to_vec());
        Ok(())
    }
    fn remove(&mut self, page: PageId) -> Result<(), Cause> {
        self.0.remove(&page);
        Ok(())
    }
}

fn root(seed: u8) -> RingKey {
    RingKey::from_bytes(&[seed; 32])
}

fn key(slot: u64) -> DataKey {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&slot.to_be_bytes());
    DataKey::from_bytes(&bytes)
}

proptest! {
    /// Adds and destroys in any order; the ring always equals a plain map, also when it
    /// is opened again from its pages, and never opens under an older root.
    #[test]
    fn the_ring_is_a_map_of_what_was_not_destroyed(
        batches in prop::collection::vec(
            prop::collection::vec((any::<bool>(), 0_u64..9000), 1..12), 1..12),
    ) {
        let entropy = SeededEntropy::new(1);
        let mut pages = Map::default();
        let mut ring = Ring::new(root(1));
        ring.apply(vec![], Some(root(1)), &mut pages, &entropy).unwrap();
        let mut model = std::collections::BTreeSet::new();
        for (epoch, batch) in (2_u8..).zip(batches) {
            let mut destroyed = false;
            let mut ops = Vec::new();
            for (add, slot) in batch {
                if add && model.insert(slot) {
                    ops.push(RingOp::Add(slot, key(slot)));
                } else if !add && model.remove(&slot) {
                    destroyed = true;
                    ops.push(RingOp::Destroy(slot));
                }
            }
            let before = (pages.clone(), ring.levels());
            let new_root = destroyed.then(|| root(epoch));
            let current = new_root.as_ref().unwrap_or(&ring.root).copy();
            ring.apply(ops, new_root, &mut pages, &entropy).unwrap();
            ring = Ring::open(ring.levels(), current, &pages).unwrap();
            if destroyed {
                // What was stored before does not open under the new root.
                prop_assert!(Ring::open(before.1, root(epoch), &before.0).is_err());
            }
            for slot in [0, 63, 64, 4095, 4096, 8999].into_iter().chain(model.iter().copied()) {
                let found = ring.key(&pages, slot).unwrap();
                prop_assert_eq!(found.is_some(), model.contains(&slot), "slot {}", slot);
                if let Some(found) = found {
                    let expected = key(slot);
                    prop_assert_eq!(found.as_bytes(), expected.as_bytes());
                }
            }
        }
    }
}

/// With every page that was ever written and the last root, a destroyed key cannot be
/// had: this is the whole point of the ring.
#[test]
fn no_old_page_opens_a_destroyed_key() {
    let entropy = SeededEntropy::new(2);
    let mut pages = Map::default();
    let mut ring = Ring::new(root(1));
    let ops = (0..200).map(|slot| RingOp::Add(slot, key(slot))).collect();
    ring.apply(ops, None, &mut pages, &entropy).unwrap();
    let old = pages.clone();
    ring.apply(vec![RingOp::Destroy(70)], Some(root(2)), &mut pages, &entropy).unwrap();

    // Every mixture of an old and a new page, level by level, under the new root.
    let ids: Vec<PageId> = old.0.keys().copied().collect();
    for mask in 0_u32..(1 << ids.len()) {
        let mut mixed = pages.clone();
        for (bit, id) in ids.iter().enumerate() {
            if mask & (1 << bit) != 0 {
                mixed.0.insert(*id, old.0[id].clone());
            }
        }
        if let Ok(mut ring) = Ring::open(ring.levels(), root(2), &mixed) {
            assert!(!matches!(ring.key(&mixed, 70), Ok(Some(_))), "mask {mask:b}");
        }
    }
    assert!(ring.key(&pages, 70).unwrap().is_none());
    assert!(ring.key(&pages, 71).unwrap().is_some());
}

#[test]
fn a_damaged_page_is_named() {
    let entropy = SeededEntropy::new(3);
    let mut pages = Map::default();
    let mut ring = Ring::new(root(1));
    ring.apply(vec![RingOp::Add(0, key(0))], None, &mut pages, &entropy).unwrap();
    let page = pages.0.values_mut().next().unwrap();
    page[40] ^= 1;
    let error = Ring::open(1, root(1), &pages).unwrap_err();
    assert_eq!(error.to_string(), "key ring page 0/0 does not open");
}
