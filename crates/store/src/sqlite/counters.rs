//! What the writing thread counts, and what a batch adds to it.

use std::collections::HashMap;

use crate::keys::RingOp;
use crate::merkle::Frontier;

/// What the writer knows beyond the tables. Copied before each change, and restored
/// when the change fails.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    pub(super) generation: u64,
    pub(super) next_slot: u64,
    pub(super) epoch: u64,
    pub(super) stored_bytes: u64,
    pub(super) erased_bytes: u64,
    pub(super) tokens: u64,
    pub(super) last_event: [u8; 32],
    pub(super) log: Frontier,
}

/// What the changes of one batch add up to, settled at its end.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    pub(super) ring: Vec<RingOp>,
    /// Differences of `counts` by vault and state.
    pub(super) backups: HashMap<(i64, i64), i64>,
}

/// What one change alone adds to the settlement.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) ring: Vec<RingOp>,
    pub(super) backups: Vec<((i64, i64), i64)>,
}

impl Settlement {
    /// Takes what a change adds, once all of that is written.
    pub(super) fn add(&mut self, mut difference: Difference) {
        self.ring.append(&mut difference.ring);
        for (key, by) in difference.backups {
            *self.backups.entry(key).or_default() += by;
        }
    }
}
