//! What a vault protects its backups with, beside the vault itself.

use sexton_core::{Guard, Lock, LockMode, Tags, Vault};
use sexton_store::{Change, Commit, Follow, MetaStore, Subject, Write};

use crate::fixture::{
    at, change, complete, deletion, done, id, put_vault, realm, vault, vault_key,
};

/// That of a vault that is locked until a date, with retentions.
pub(crate) fn locked() -> Guard {
    let mode = LockMode::Compliance { lock_date: at(99), sealed: false };
    let lock = Some(Lock { min_days: Some(7), max_days: None, mode });
    Guard { lock, ..Guard::default() }
}

fn lock(vault: &str) -> Write {
    Write::PutGuard(vault_key(vault), locked())
}

async fn guard_of(store: &dyn MetaStore, vault: &str) -> Guard {
    let subject = Subject::Guard(vault_key(vault));
    store.read(&[subject], Follow::Nothing).await.unwrap().guard(&vault_key(vault))
}

pub(crate) async fn a_guard_is_shown_with_its_vault_and_goes_with_it(store: &dyn MetaStore) {
    let absent = store.commit(change(vec![lock("first")])).await.unwrap();
    assert_eq!(absent, Commit::Stale, "there is no such vault");
    put_vault(store, "first").await;
    put_vault(store, "second").await;
    done(store, change(vec![lock("first")])).await;
    // The tags of the vault are written by whoever read it before.
    let tags = Tags::from([("a".to_owned(), "b".to_owned())]);
    let tagged = Vault { tags, ..vault("first") };
    done(store, change(vec![Write::PutVault(tagged.clone())])).await;
    assert_eq!(guard_of(store, "first").await, locked());
    let shown = store.vault(&vault_key("first")).await.unwrap().unwrap().vault;
    assert_eq!(shown, Vault { guard: locked(), ..tagged.clone() });
    let listed = store.list_vaults(&realm(), None, 10).await.unwrap().items;
    let guards: Vec<_> = listed.into_iter().map(|(vault, _)| vault.guard).collect();
    assert_eq!(guards, [locked(), Guard::default()]);

    done(store, change(vec![Write::PutGuard(vault_key("first"), Guard::default())])).await;
    assert_eq!(store.vault(&vault_key("first")).await.unwrap().unwrap().vault, tagged);
    done(store, change(vec![lock("first")])).await;
    done(store, change(vec![Write::RemoveVault(vault_key("first"))])).await;
    assert_eq!(guard_of(store, "first").await, Guard::default());
    put_vault(store, "first").await;
    assert_eq!(guard_of(store, "first").await, Guard::default(), "it is another vault");
}

/// It is read together with the backup, and the deletion is committed only if it is still so.
pub(crate) async fn a_lock_that_is_put_while_a_deletion_is_decided_is_never_lost(
    store: &dyn MetaStore,
) {
    for number in 1..20 {
        let name = format!("vault-{number}");
        put_vault(store, &name).await;
        let backup = complete(store, &name, number).await;
        let before = store.backup(&backup.key()).await.unwrap().unwrap();
        assert_eq!(before.guard, Guard::default());
        let deletion =
            Change { expects: before.expects, ..deletion(&backup, id(500 + number), at(50)) };
        // Both wait at the same time.
        let lock = store.commit(change(vec![lock(&name)]));
        let (deleted, locked_first) = if number % 2 == 0 {
            futures::join!(store.commit(deletion), lock)
        } else {
            let (locked, deleted) = futures::join!(lock, store.commit(deletion));
            (deleted, locked)
        };
        assert_eq!(locked_first.unwrap(), Commit::Done);
        let after = store.backup(&backup.key()).await.unwrap().unwrap();
        assert_eq!(after.guard, locked());
        let is_deleted = after.backup.state.erasing().is_some();
        assert_eq!(is_deleted, deleted.unwrap() == Commit::Done);
        assert_eq!(is_deleted, number % 2 == 0, "whoever came first");
    }
}
