//! Fills a data folder before a server opens it, through the server's own store.
//!
//! Each backup gets there by the same two writes as a real backup, with a key of its own
//! in the ring. It has no objects: a million backups would measure the disk's patience.
//! They are looked for all the same when it is erased, and found absent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupId, Content, DataKey, FileSystem, FileSystemId, InVault, JobId, Keeper,
    Lifecycle, ObjectPrefix, Offered, Origin, Realm, ResourceType, Source, SourceKind, State, Tags,
    Vault,
};
use sexton_data::blobs::{Blobs, Owner};
use sexton_store::clock::Clock;
use sexton_store::entropy::{Entropy, SystemEntropy};
use sexton_store::keys::root::FileRoots;
use sexton_store::sqlite::{Parts, RollPolicy, Sqlite};
use sexton_store::{Change, Commit, MetaStore, Write};
use tokio::task::JoinSet;

use super::{ACCOUNT, REGION, Trouble, VAULT};

/// Backups of one change.
const CHANGE_POINTS: usize = 500;
/// Changes in flight.
const CHANGES_MAX: usize = 16;
/// Resources that the backups are of.
const RESOURCES: usize = 97;

/// The ARN of a backup by its number.
pub(crate) fn arn(number: usize) -> String {
    format!("arn:aws:fsx:{REGION}:{ACCOUNT}:backup/backup-{number:017x}")
}

/// Makes a vault with so many backups in `data`, and these directories the sources 0, 1 and
/// so on.
pub(crate) fn seed(data: &Path, backups: usize, sources: &[PathBuf]) -> Result<(), Trouble> {
    std::fs::create_dir_all(data)?;
    let parts = Parts {
        roots: Arc::new(FileRoots::open(&data.join("root-key"))?),
        entropy: Arc::new(SystemEntropy),
        clock: Arc::new(Clock::default()),
        roll: RollPolicy::EveryCommit,
    };
    let store = Sqlite::open(&data.join("sexton.db"), parts)?;
    let owner = Owner { store: *store.identity().as_bytes(), has_backups: false };
    drop(Blobs::local(&data.join("blobs"), owner)?);
    let store: Arc<dyn MetaStore> = Arc::new(store);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        for (number, path) in sources.iter().enumerate() {
            let path = path.to_str().ok_or("the folder of a source is not UTF-8")?.to_owned();
            let (arn, kind) = (resource(number).parse()?, SourceKind::Fsx { path });
            let added = Clock::default().now();
            let id = FileSystemId::mint(added, [1; 8]);
            let offered = Offered::FileSystem(FileSystem::registered(id));
            let source = Source { realm: realm(), arn, kind, allow_empty: false, added, offered };
            commit(&*store, vec![Write::PutSource(source)]).await?;
        }
        fill(store, backups).await
    })
}

fn realm() -> Realm {
    Realm::new(REGION, ACCOUNT)
}

/// The ARN of a resource by its number.
pub(crate) fn resource(number: usize) -> String {
    format!("arn:aws:fsx:{REGION}:{ACCOUNT}:file-system/fs-{number:017x}")
}

async fn fill(store: Arc<dyn MetaStore>, backups: usize) -> Result<(), Trouble> {
    let begin = Clock::default().now() - SignedDuration::from_hours(24 * 365);
    let vault = Vault::new(realm(), VAULT.parse()?, begin);
    commit(&*store, vec![Write::PutVault(vault)]).await?;
    let mut working = JoinSet::new();
    for first in (0..backups).step_by(CHANGE_POINTS) {
        if working.len() >= CHANGES_MAX
            && let Some(done) = working.join_next().await
        {
            done??;
        }
        let store = Arc::clone(&store);
        working.spawn(async move {
            let mut writes = Vec::with_capacity(2 * CHANGE_POINTS);
            for number in first..backups.min(first + CHANGE_POINTS) {
                let (backup, key) = backup(number, begin)?;
                let completed = State::Completed { content: content(backup.created) };
                let whole = Backup { state: completed, ..backup.clone() };
                writes.extend([Write::CreateBackup(backup, key), Write::PutBackup(whole)]);
            }
            commit(&*store, writes).await
        });
    }
    while let Some(done) = working.join_next().await {
        done??;
    }
    Ok(())
}

async fn commit(store: &dyn MetaStore, writes: Vec<Write>) -> Result<(), Trouble> {
    match store.commit(Change { writes, ..Change::default() }).await? {
        Commit::Done => Ok(()),
        Commit::Stale => Err("the seed is stale".into()),
    }
}

fn backup(number: usize, begin: Timestamp) -> Result<(Backup, DataKey), Trouble> {
    let random: &dyn Entropy = &SystemEntropy;
    let created = begin + SignedDuration::from_secs(30 * i64::try_from(number)?);
    let resource = resource(number % RESOURCES);
    let backup = Backup {
        realm: realm(),
        name: arn(number).parse()?,
        origin: Origin::Captured,
        offered: None,
        keeper: Keeper::Vault(InVault {
            vault: VAULT.parse()?,
            resource_type: ResourceType("FSx".to_owned()),
            role: format!("arn:aws:iam::{ACCOUNT}:role/nightly-backup").parse()?,
            lifecycle: Lifecycle::default(),
            restore_metadata: std::collections::BTreeMap::new(),
            created_by: None,
            request: None,
        }),
        source: resource.parse()?,
        created,
        id: BackupId::of_job(JobId::new(created, random.bytes())),
        objects: ObjectPrefix::new(random.bytes()),
        tags: Tags::new(),
        problems: String::new(),
        state: State::Creating,
    };
    Ok((backup, DataKey::from_bytes(&random.bytes())))
}

fn content(completed: Timestamp) -> Content {
    Content { size_bytes: 4 << 20, stored_bytes: 1 << 20, objects: 0, completed }
}
