//! Names are unique in a realm and nowhere else: what has one name in two of them is two things.

use sexton_core::{Backup, BackupId, BackupJob, DataKey, Realm, Source, SourceKind, State, Vault};
use sexton_store::{BackupQuery, Commit, Follow, MetaStore, Subject, Write};

use crate::fixture::{
    at, certification, change, content, delete, deletion, done, id, job_and_backup, key, offered,
    put_vault, realm, resource, vault, vault_name,
};

fn other() -> Realm {
    Realm::new("us-east-1", "123456789012")
}

fn directory(realm: Realm) -> Source {
    let kind = SourceKind::Fsx { path: "/srv".to_owned() };
    Source { realm, arn: resource(1), kind, allow_empty: false, added: at(1), offered: offered() }
}

/// A completed backup with the name and the token of backup `number`, made in another realm.
async fn twin(store: &dyn MetaStore, number: u32) -> Backup {
    let (job, backup) = job_and_backup("first", number, Some("token"));
    let id = id(5000 + number);
    let job = BackupJob { id, realm: other(), ..job };
    let backup = Backup { id: BackupId::of_job(id), realm: other(), ..backup };
    let key = DataKey::from_bytes(&key(5000 + number));
    let begin = vec![Write::CreateBackup(backup.clone(), key), Write::PutBackupJob(job)];
    done(store, change(begin)).await;
    let backup = Backup { state: State::Completed { content: content(number) }, ..backup };
    done(store, change(vec![Write::PutBackup(backup.clone())])).await;
    backup
}

async fn backups_of(store: &dyn MetaStore, realm: Realm) -> Vec<Backup> {
    let of_vault = BackupQuery::of_vault(realm.clone(), vault_name("first"));
    let listed = store.list_backups(&of_vault, None, 10).await.unwrap().items;
    let of_resource = BackupQuery::of_resource(realm, resource(1));
    assert_eq!(store.list_backups(&of_resource, None, 10).await.unwrap().items, listed);
    listed
}

pub(crate) async fn one_name_in_two_realms_is_two_things(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    done(store, change(vec![Write::PutVault(Vault { realm: other(), ..vault("first") })])).await;
    assert_eq!(store.list_realms().await.unwrap(), [realm(), other()]);
    let (job, backup) = job_and_backup("first", 1, Some("token"));
    let begin = vec![
        Write::CreateBackup(backup.clone(), DataKey::from_bytes(&key(1))),
        Write::PutBackupJob(job.clone()),
    ];
    done(store, change(begin)).await;
    let one = Backup { state: State::Completed { content: content(1) }, ..backup };
    done(store, change(vec![Write::PutBackup(one.clone())])).await;
    let two = twin(store, 1).await;
    assert_eq!(one.name, two.name);

    for backup in [&one, &two] {
        let realm = &backup.realm;
        assert_eq!(backups_of(store, realm.clone()).await, std::slice::from_ref(backup));
        assert_eq!(store.list_vaults(realm, None, 10).await.unwrap().items[0].1, 1);
        let all = store.list_backup_jobs(realm, std::sync::Arc::new(|_| true), None, 10);
        assert_eq!(all.await.unwrap().items[0].id, backup.id.job());
        let token = Subject::BackupToken(realm.with("token".to_owned()));
        let reading = store.read(std::slice::from_ref(&token), Follow::Nothing).await.unwrap();
        assert_eq!(reading.backup_job(&token).unwrap().id, backup.id.job());
    }
    // One is deleted and certified, and nothing of the other has moved.
    let untouched = store.backup(&two.key()).await.unwrap().unwrap();
    delete(store, &one.key(), id(100)).await;
    let claim = store.due_erasures(at(1000), None, 10).await.unwrap().items.remove(0);
    assert_eq!(claim.backup.key(), one.key());
    done(store, certification(&claim)).await;
    assert!(store.certificate(&one.key()).await.unwrap().is_some());
    assert!(store.certificate(&two.key()).await.unwrap().is_none());
    assert!(store.data_key(&one.key()).await.unwrap().is_none());
    let opened = store.data_key(&two.key()).await.unwrap().unwrap();
    assert_eq!(opened.as_bytes(), &key(5001));
    assert_eq!(backups_of(store, realm()).await, []);
    let change = deletion(&two, id(101), at(60));
    let change = sexton_store::Change { expects: untouched.expects, ..change };
    assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
}

pub(crate) async fn one_directory_can_be_a_source_of_two_realms(store: &dyn MetaStore) {
    let sources = [directory(realm()), directory(other())];
    done(store, change(sources.iter().cloned().map(Write::PutSource).collect())).await;
    for source in &sources {
        assert_eq!(store.list_sources(&source.realm).await.unwrap(), std::slice::from_ref(source));
    }
    done(store, change(vec![Write::RemoveSource(sources[0].key())])).await;
    assert_eq!(store.source(&sources[0].key()).await.unwrap().0, None);
    assert_eq!(store.source(&sources[1].key()).await.unwrap().0, Some(sources[1].clone()));
}

pub(crate) async fn a_realm_is_dropped_when_it_holds_no_backup(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let theirs = [
        Write::PutVault(Vault { realm: other(), ..vault("first") }),
        Write::PutSource(directory(other())),
    ];
    done(store, change(theirs.into())).await;
    let backup = twin(store, 1).await;
    let drop = || change(vec![Write::DropRealm(other())]);
    assert_eq!(store.commit(drop()).await.unwrap(), Commit::Stale);
    delete(store, &backup.key(), id(100)).await;
    assert_eq!(store.commit(drop()).await.unwrap(), Commit::Stale, "its bytes are not gone");
    let claim = store.due_erasures(at(1000), None, 10).await.unwrap().items.remove(0);
    done(store, certification(&claim)).await;
    assert!(store.list_realms().await.unwrap().contains(&other()));
    done(store, drop()).await;

    assert_eq!(store.list_realms().await.unwrap(), [realm()]);
    assert!(store.vault(&other().with(vault_name("first"))).await.unwrap().is_none());
    assert_eq!(store.list_sources(&other()).await.unwrap(), []);
    assert!(store.backup_job(backup.id.job()).await.unwrap().is_none());
    assert!(store.vault(&realm().with(vault_name("first"))).await.unwrap().is_some());
    assert!(store.certificate(&backup.key()).await.unwrap().is_some(), "proof is for ever");
    assert_eq!(store.commit(drop()).await.unwrap(), Commit::Stale, "it is gone already");
    // It may begin again.
    let again = Write::PutVault(Vault { realm: other(), ..vault("second") });
    done(store, change(vec![again])).await;
    assert_eq!(store.list_realms().await.unwrap().len(), 2);
    assert_eq!(store.tally(&sexton_store::Tally::Realms).await.unwrap(), 2);
}
