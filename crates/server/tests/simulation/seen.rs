//! What a world sees of its backups, file systems and instances, past the gate.

use std::sync::Arc;

use sexton_core::{Backup, InRealm, Realm, Source, SourceKind, State, VaultName};
use sexton_store::{BackupQuery, FsxQuery, MetaStore, SourceQuery};

use crate::parts::EVERYTHING;

/// A backup as the world sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) backup: Backup,
    /// Whether its data key still exists.
    pub(crate) has_key: bool,
    /// How many restores and copies use it.
    pub(crate) uses: usize,
}

/// Every backup that a store has, whoever keeps it.
pub(crate) async fn look(store: &dyn MetaStore) -> Vec<Seen> {
    let mut backups = Vec::new();
    for realm in realms() {
        for (vault, count) in store.list_vaults(&realm, None, EVERYTHING).await.unwrap().items {
            let query = BackupQuery::of_vault(realm.clone(), vault.name);
            let kept = store.list_backups(&query, None, EVERYTHING).await.unwrap().items;
            assert_eq!(u64::try_from(kept.len()).unwrap(), count, "of {query:?}");
            for backup in &kept {
                assert_eq!(backup.realm, realm, "{} is of another realm", backup.name);
            }
            backups.extend(kept);
        }
        backups.extend(shown_by_fsx(store, &realm).await.into_iter().filter(out_of_vaults));
    }
    for instance in instances(store).await {
        backups.extend(kept_by_instance(store, &instance).await);
    }
    // Nobody but a vault shows what is being deleted.
    let erasing = store.list_erasing(false, None, EVERYTHING).await.unwrap().items;
    let deleting = |backup: &Backup| matches!(backup.state, State::Deleting { .. });
    backups.extend(erasing.into_iter().filter(out_of_vaults).filter(deleting));
    let mut seen = Vec::with_capacity(backups.len());
    for backup in backups {
        let uses = store.backup(&backup.key()).await.unwrap().unwrap().uses.len();
        let has_key = store.data_key(&backup.key()).await.unwrap().is_some();
        seen.push(Seen { backup, has_key, uses });
    }
    seen
}

fn out_of_vaults(backup: &Backup) -> bool {
    backup.in_vault().is_none()
}

/// What `FSx` lists in a realm.
pub(crate) async fn shown_by_fsx(store: &dyn MetaStore, realm: &Realm) -> Vec<Backup> {
    let query = FsxQuery { realm: realm.clone(), file_system: None, wanted: Arc::new(|_| true) };
    store.list_fsx_backups(&query, None, EVERYTHING).await.unwrap().items
}

/// Every file system and volume of one that a store has.
pub(crate) async fn sources(store: &dyn MetaStore) -> Vec<Source> {
    let mut sources = offered(store).await;
    sources.retain(|source| matches!(source.kind, SourceKind::Fsx { .. }));
    sources
}

/// Every instance that a store has, those that are registered no more too.
pub(crate) async fn instances(store: &dyn MetaStore) -> Vec<Source> {
    let mut sources = offered(store).await;
    sources.retain(|source| source.offered.instance().is_some());
    sources
}

async fn offered(store: &dyn MetaStore) -> Vec<Source> {
    let mut sources = Vec::new();
    for realm in realms() {
        sources.extend(store.list_sources(&realm).await.unwrap());
    }
    sources
}

/// The backup sets and log backups of an instance that are not being deleted.
async fn kept_by_instance(store: &dyn MetaStore, source: &Source) -> Vec<Backup> {
    let database = source.offered.instance().expect("it is one");
    let mut kept = Vec::new();
    for of in [database.id.arn(&source.realm), database.id.log_arn(&source.realm)] {
        let query = SourceQuery::all(source.realm.with(of));
        kept.extend(store.list_of_source(&query, None, EVERYTHING).await.unwrap().items);
    }
    kept.retain(|backup| !matches!(backup.state, State::Deleting { .. }));
    kept
}

/// The realms of every world.
pub(crate) fn realms() -> [Realm; 2] {
    ["eu-central-1", "us-east-1"].map(|region| Realm::new(region, "123456789012"))
}

/// The vault that keeps a backup.
pub(crate) fn kept_in(backup: &Backup) -> InRealm<VaultName> {
    let kept = backup.in_vault().expect("it is in a vault");
    backup.realm.with(kept.vault.clone())
}
