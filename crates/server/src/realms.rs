//! The realms in which a server has something.
//!
//! A realm begins with the first thing that is stored of it. Until then it is only a name: what
//! is read of it is what it would begin with, and nothing is written down.

pub mod stopped;

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use jiff::Timestamp;
use sexton_core::{InRealm, Realm, Vault, VaultName, is_region};

/// The vault that every realm begins with, unless its world was begun empty.
pub(crate) const DEFAULT_VAULT: &str = "Default";

/// Which realms a server may have something in.
#[derive(Debug, Clone)]
pub struct Served {
    /// These.
    pub listed: Vec<Realm>,
    /// Every region of these accounts.
    pub accounts: Vec<String>,
}

impl Served {
    /// Whether this realm is one of them.
    pub(crate) fn has(&self, realm: &Realm) -> bool {
        let is_region =
            || is_region(&realm.region) || self.listed.iter().any(|it| it.region == realm.region);
        let is_open = self.accounts.contains(&realm.account) && is_region();
        is_open || self.listed.contains(realm)
    }
}

/// What is known of realms beside the store.
#[derive(Debug, Default)]
pub struct Realms {
    /// Those that have begun, as far as this process has seen it. None of them ends while a
    /// server runs.
    begun: RwLock<HashSet<Realm>>,
    /// Since when those that have not begun have their vault `Default`; nothing if they have
    /// none.
    default_since: Option<Timestamp>,
    /// Which may begin; nothing if all may.
    served: Option<Served>,
}

impl Realms {
    /// Those that have begun, in a world where the others have a vault `Default` since an
    /// instant, or have nothing.
    pub fn new(begun: Vec<Realm>, default_since: Option<Timestamp>) -> Self {
        Self { begun: RwLock::new(begun.into_iter().collect()), default_since, served: None }
    }

    /// The same, where no others may begin than these.
    #[must_use]
    pub(crate) fn serving(self, served: Served) -> Self {
        Self { served: Some(served), ..self }
    }

    /// Whether something may be stored of this realm, which nobody has asked for by a signature.
    pub(crate) fn may_begin(&self, realm: &Realm) -> bool {
        self.served.as_ref().is_none_or(|served| served.has(realm))
    }

    /// Whether this is the account of whoever runs the server: the first one that is served. The
    /// others are guests.
    pub(crate) fn is_operator(&self, account: &str) -> bool {
        let first = self.served.as_ref().and_then(|served| served.listed.first());
        first.is_none_or(|first| first.account == account)
    }

    /// Whether something was stored of this realm.
    pub(crate) fn has_begun(&self, realm: &Realm) -> bool {
        self.begun.read().unwrap_or_else(PoisonError::into_inner).contains(realm)
    }

    /// Something is stored of this realm now.
    pub(crate) fn note_begun(&self, realm: &Realm) {
        if !self.has_begun(realm) {
            self.begun.write().unwrap_or_else(PoisonError::into_inner).insert(realm.clone());
        }
    }

    /// The vault `Default` of a realm that has not begun.
    pub(crate) fn default_vault(&self, realm: &Realm) -> Option<Vault> {
        let created = self.default_since.filter(|_| !self.has_begun(realm))?;
        let name = VaultName::for_new_vault(DEFAULT_VAULT).ok()?;
        Some(Vault::new(realm.clone(), name, created))
    }

    /// The vault of this name, if it is one that a realm has before it begins.
    pub(crate) fn vault_before(&self, key: &InRealm<VaultName>) -> Option<Vault> {
        self.default_vault(&key.realm).filter(|vault| vault.name == key.name)
    }
}
