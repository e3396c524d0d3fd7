//! The access policy of a vault, which decides beside the lock.

use sexton_core::{BackupName, Guard};
use sexton_store::{Change, Commit, Follow, MetaStore, Subject, Write};

use crate::fixture::{at, change, complete, deletion, id, put_vault, vault_key};

fn denying() -> Guard {
    Guard { policy: Some("{\"Statement\": []}".to_owned().into()), ..Guard::default() }
}

/// The policy is read together with the backup, whether there is such a backup or not, and the
/// deletion is committed only if it is still that.
pub(crate) async fn a_policy_that_is_put_while_a_deletion_is_decided_is_never_lost(
    store: &dyn MetaStore,
) {
    for number in 1..20 {
        let name = format!("vault-{number}");
        let vault = vault_key(&name);
        put_vault(store, &name).await;
        let backup = complete(store, &name, number).await;
        let roots = [Subject::Backup(backup.key()), Subject::Guard(vault.clone())];
        let before = store.read(&roots, Follow::Protectors).await.unwrap();
        assert_eq!(before.guard(&vault), Guard::default());
        let guards = before.expects().into_iter().filter(|it| it.subject == roots[1]).count();
        assert_eq!(guards, 1, "what protects a backup is read once");
        let decided = deletion(&backup, id(500 + number), at(50));
        let decided = Change { expects: before.expects(), ..decided };
        let put = store.commit(change(vec![Write::PutGuard(vault.clone(), denying())]));
        // Both wait at the same time.
        let (put, deleted) = if number % 2 == 0 {
            futures::join!(put, store.commit(decided))
        } else {
            let (deleted, put) = futures::join!(store.commit(decided), put);
            (put, deleted)
        };
        assert_eq!(put.unwrap(), Commit::Done);
        let after = store.read(&roots, Follow::Protectors).await.unwrap();
        assert_eq!(after.guard(&vault), denying());
        let is_deleted = after.backup(&backup.key()).unwrap().state.erasing().is_some();
        assert_eq!(is_deleted, deleted.unwrap() == Commit::Done);
        assert_eq!(is_deleted, number % 2 == 1, "whoever came first");

        let absent: BackupName = "arn:aws:ec2:r::snapshot/snap-none".parse().unwrap();
        let roots = [Subject::Backup(vault.realm.with(absent)), Subject::Guard(vault.clone())];
        let absent = store.read(&roots, Follow::Protectors).await.unwrap();
        assert_eq!(absent.guard(&vault), denying());
    }
}
