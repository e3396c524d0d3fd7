//! What a vault protects its backups with: changed for whoever asks, and locks sealed.

use jiff::Timestamp;
use sexton_core::{
    EventKind, Guard, InRealm, LockOrder, Principal, Realm, Tags, VaultAction, VaultName,
    decide_lock, decide_seal, decide_unlock,
};
use sexton_store::{
    Change, Commit, Cursor, Expect, Follow, MetaStore, PAGE_ITEMS_MAX, Reading, StoreError,
    Subject, Write,
};

use super::decide::Decided;
use crate::authorize::access;
use crate::error::{DECISIONS_MAX, OpsError};
use crate::service::{Service, event};

/// What a vault protects its backups with from now on, and what the trail says of that.
pub(super) type GuardChange = (Guard, EventKind);

impl Service {
    /// Locks a vault, or gives it another lock, unless it has one that is immutable.
    pub async fn lock_vault(
        &self,
        key: &InRealm<VaultName>,
        order: LockOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = |guard: &Guard, _: Option<&Tags>| {
            let guard = decide_lock(order, guard, now)?;
            let lock = guard.lock.clone();
            let locked = lock.map(|lock| EventKind::VaultLocked { vault: key.name.clone(), lock });
            Ok(locked.map(|locked| (guard, locked)))
        };
        let action = VaultAction::PutBackupVaultLockConfiguration;
        self.change_guard(key, action, decide, by, now).await
    }

    /// Removes the lock of a vault, unless it is immutable. One that has none keeps none.
    pub async fn unlock_vault(
        &self,
        key: &InRealm<VaultName>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = |guard: &Guard, _: Option<&Tags>| {
            let unlocked = EventKind::VaultUnlocked { vault: key.name.clone() };
            Ok(decide_unlock(guard, now)?.map(|guard| (guard, unlocked)))
        };
        let action = VaultAction::DeleteBackupVaultLockConfiguration;
        self.change_guard(key, action, decide, by, now).await
    }

    /// Changes what a vault protects its backups with, as `decide` says, unless the policy that is
    /// there denies that.
    pub(super) async fn change_guard(
        &self,
        key: &InRealm<VaultName>,
        action: VaultAction,
        decide: impl Fn(&Guard, Option<&Tags>) -> Result<Option<GuardChange>, OpsError>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = &decide;
        let access = &access((by, now), &key.realm, action);
        self.begin_realm(&key.realm, by, now).await?;
        self.decide_again(|| async move {
            let subjects = [Subject::Guard(key.clone()), Subject::Vault(key.clone())];
            let reading = self.store.read(&subjects, Follow::Nothing).await?;
            if !reading.has(&Subject::Guard(key.clone())) {
                return Err(OpsError::NoVault(key.name.clone()));
            }
            let guard = reading.guard(key);
            let tags = reading.vault(key).map(|vault| &vault.tags);
            access.check_vault(&guard, &key.name, tags)?;
            let Some((guard, kind)) = decide(&guard, tags)? else { return Ok(Decided::Answer(())) };
            let change = put(key, guard, reading.expects(), (by, now, kind));
            Ok(Decided::commit(change, ()))
        })
        .await?;
        self.tell_released();
        Ok(())
    }
}

fn put(
    key: &InRealm<VaultName>,
    guard: Guard,
    expects: Vec<Expect>,
    (by, now, kind): (&Principal, Timestamp, EventKind),
) -> Change {
    Change {
        expects,
        writes: vec![Write::PutGuard(key.clone(), guard)],
        event: Some(event(now, by, &key.realm, kind)),
        ..Change::default()
    }
}

/// Writes down of every lock that is immutable at `now` that it is. A person who says that the
/// clock is right may set it back by that, and a lock must not become changeable again. Tells of
/// how many it was. Public for the simulator.
pub async fn seal_locks(
    store: &dyn MetaStore,
    by: &Principal,
    now: Timestamp,
) -> Result<u64, OpsError> {
    let mut sealed = 0;
    for realm in store.list_realms().await? {
        let mut after: Option<Cursor> = None;
        loop {
            let page = store.list_vaults(&realm, after.as_ref(), PAGE_ITEMS_MAX).await?;
            for (vault, _) in page.items {
                if decide_seal(&vault.guard, now).is_some() {
                    seal_lock(store, &realm, vault.name, by, now).await?;
                    sealed += 1;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(sealed)
}

async fn seal_lock(
    store: &dyn MetaStore,
    realm: &Realm,
    vault: VaultName,
    by: &Principal,
    now: Timestamp,
) -> Result<(), OpsError> {
    let key = realm.with(vault);
    for _decision in 0..DECISIONS_MAX {
        let reading = read(store, &key).await?;
        let Some(guard) = decide_seal(&reading.guard(&key), now) else { return Ok(()) };
        let sealed = EventKind::VaultLockSealed { vault: key.name.clone() };
        let change = put(&key, guard, reading.expects(), (by, now, sealed));
        if store.commit(change).await? == Commit::Done {
            return Ok(());
        }
    }
    Err(OpsError::Contended)
}

async fn read(store: &dyn MetaStore, key: &InRealm<VaultName>) -> Result<Reading, StoreError> {
    store.read(&[Subject::Guard(key.clone())], Follow::Nothing).await
}
