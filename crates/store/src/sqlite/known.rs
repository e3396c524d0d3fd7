//! What every deletion reads and hardly ever changes, kept as it was understood last: the row says
//! whether it still is that.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sexton_core::{Guard, Holds, InRealm, Realm, VaultName};

/// The most vaults whose guards are kept: a policy may have 20 KiB, and what is understood of it
/// is some times that.
const GUARDS_MAX: usize = 64;

/// What is known of rows that were read.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Holds of each realm, and at which generation. There are no more than realms.
    holds: Mutex<BTreeMap<Realm, (u64, Arc<Holds>)>>,
    /// What vaults protect their backups with, and the text that says so in the row.
    guards: Mutex<HashMap<InRealm<VaultName>, (String, Guard)>>,
}

impl Known {
    /// The holds of a realm, if they are known as of this generation.
    pub(super) fn holds(&self, realm: &Realm, generation: u64) -> Option<Arc<Holds>> {
        let known = locked(&self.holds);
        let (of, holds) = known.get(realm)?;
        (*of == generation).then(|| Arc::clone(holds))
    }

    pub(super) fn note_holds(&self, realm: &Realm, generation: u64, holds: &Arc<Holds>) {
        locked(&self.holds).insert(realm.clone(), (generation, Arc::clone(holds)));
    }

    /// What this text says that a vault protects its backups with, if that is known. A vault that
    /// comes back under its name may have another text, and the same generation.
    pub(super) fn guard(&self, vault: &InRealm<VaultName>, text: &str) -> Option<Guard> {
        let known = locked(&self.guards);
        let (of, guard) = known.get(vault)?;
        (of == text).then(|| guard.clone())
    }

    pub(super) fn note_guard(&self, vault: &InRealm<VaultName>, text: &str, guard: &Guard) {
        let mut known = locked(&self.guards);
        if known.len() >= GUARDS_MAX {
            known.clear();
        }
        known.insert(vault.clone(), (text.to_owned(), guard.clone()));
    }
}

fn locked<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
