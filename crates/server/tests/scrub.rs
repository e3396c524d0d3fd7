//! A data folder is whole, or it is said what of it is not.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sexton_core::{
    Backup, BackupId, BackupPolicy, Content, DataKey, Database, Edition, Engine, InVault,
    InstanceId, InstanceKind, JobId, Keeper, Lifecycle, LogBackup, Looks, ObjectPrefix, Offered,
    Origin, Realm, ResourceArn, ResourceType, Schedule, Source, SourceKind, State, Tags, Vault,
};
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::capture::{CaptureOrder, capture};
use sexton_data::home::DiskRoom;
use sexton_data::source::{Cancel, OwnFiles, Readable};
use sexton_server::scrub::{Finding, Looked, ScrubError, scrub};
use sexton_server::stopped::StoppedError;
use sexton_store::clock::Clock;
use sexton_store::entropy::SystemEntropy;
use sexton_store::keys::root::FileRoots;
use sexton_store::sqlite::{Parts, RollPolicy, Sqlite};
use sexton_store::{Change, Commit, MetaStore, Write};
use tempfile::TempDir;

const ARN: &str = "arn:aws:fsx:eu-central-1:123456789012:backup/backup-1";

fn open(data: &Path) -> Sqlite {
    let parts = Parts {
        roots: Arc::new(FileRoots::open(&data.join("root-key")).unwrap()),
        entropy: Arc::new(SystemEntropy),
        clock: Arc::new(Clock::default()),
        roll: RollPolicy::EveryCommit,
    };
    Sqlite::open(&data.join("sexton.db"), parts).unwrap()
}

fn realm() -> Realm {
    Realm::new("eu-central-1", "123456789012")
}

fn backup(state: State) -> Backup {
    let resource: ResourceArn =
        "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1".parse().unwrap();
    Backup {
        realm: realm(),
        name: ARN.parse().unwrap(),
        origin: Origin::Captured,
        offered: None,
        keeper: Keeper::Vault(InVault {
            vault: "gold".parse().unwrap(),
            resource_type: ResourceType("FSx".to_owned()),
            role: "arn:aws:iam::123456789012:role/backup".parse().unwrap(),
            lifecycle: Lifecycle::default(),
            restore_metadata: BTreeMap::new(),
            created_by: None,
            request: None,
        }),
        source: resource,
        created: jiff::Timestamp::UNIX_EPOCH,
        id: BackupId::of_job(JobId::from_bytes([3; 16])),
        objects: ObjectPrefix::new([0xab; 16]),
        tags: Tags::new(),
        problems: String::new(),
        state,
    }
}

/// A data folder with one backup, of one object, and nobody who serves it.
struct Bench(TempDir);

impl Bench {
    async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let store = open(home.path());
        let owner = Owner { store: *store.identity().as_bytes(), has_backups: false };
        let blobs = Blobs::local(&home.path().join("blobs"), owner).unwrap();
        let key = DataKey::from_bytes(&[7; 32]);
        let begun = backup(State::Creating);
        let order = CaptureOrder {
            id: begun.id.job(),
            prefix: &begun.objects,
            key: &key,
            source: &Readable::Generated,
            allow_empty: false,
            own: &OwnFiles::default(),
            level: 1,
            segment_bytes: 64 << 20,
            room: DiskRoom::default(),
        };
        let captured = capture(order, &blobs, &Arc::default(), &Cancel::default()).await.unwrap();
        let content = Content {
            size_bytes: captured.size_bytes,
            stored_bytes: captured.stored_bytes,
            objects: captured.objects,
            completed: jiff::Timestamp::UNIX_EPOCH,
        };
        let vault = Vault::new(realm(), "gold".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH);
        for writes in [
            vec![Write::PutVault(vault), Write::CreateBackup(begun, key.copy())],
            vec![Write::PutBackup(backup(State::Completed { content }))],
        ] {
            let change = Change { writes, ..Change::default() };
            assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
        }
        Self(home)
    }

    fn blobs(&self) -> PathBuf {
        self.0.path().join("blobs")
    }

    /// The only object of the only backup.
    fn object(&self) -> PathBuf {
        self.blobs().join("ab").join(ObjectPrefix::new([0xab; 16]).as_str())
    }

    async fn scrub(&self, read_data: bool) -> (Looked, Vec<Finding>) {
        let mut found = Vec::new();
        let note = |finding: &Finding| found.push(finding.clone());
        let looked = scrub(self.0.path(), read_data, note).await.unwrap();
        assert_eq!(looked.findings, u64::try_from(found.len()).unwrap());
        (looked, found)
    }
}

#[tokio::test]
async fn a_whole_data_folder_is_found_whole() {
    let bench = Bench::new().await;
    let (looked, found) = bench.scrub(true).await;
    assert_eq!(found, []);
    assert_eq!((looked.backups, looked.objects, looked.opened), (1, 1, 1));
    assert_eq!(looked.bytes, fs::metadata(bench.object()).unwrap().len());
}

#[tokio::test]
async fn an_object_of_no_backup_is_found_and_left_where_it_is() {
    let bench = Bench::new().await;
    let backup = ObjectPrefix::new([0xcd; 16]).to_string();
    let orphan = bench.blobs().join("cd").join(&backup);
    fs::create_dir_all(&orphan).unwrap();
    fs::write(orphan.join("000001"), "sealed").unwrap();
    let (_, found) = bench.scrub(false).await;
    let backup = format!("cd/{backup}");
    assert_eq!(found, [Finding::Orphan { backup, objects: 1, bytes: 6 }]);
    assert!(orphan.join("000001").exists());
}

#[tokio::test]
async fn a_backup_without_its_object_is_found() {
    let bench = Bench::new().await;
    fs::remove_file(bench.object()).unwrap();
    let (looked, found) = bench.scrub(true).await;
    let (backup, object) = (ARN.parse().unwrap(), "manifest".to_owned());
    assert_eq!(found, [Finding::Missing { backup, object }]);
    assert_eq!(looked.opened, 0);
}

#[tokio::test]
async fn a_changed_object_is_found_when_it_is_read() {
    let bench = Bench::new().await;
    let mut bytes = fs::read(bench.object()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(bench.object(), bytes).unwrap();
    assert_eq!(bench.scrub(false).await.1, [], "it has its name and its length");
    let (looked, found) = bench.scrub(true).await;
    let [Finding::Damaged { reason, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert!(reason.contains("corrupt"), "{reason}");
    assert_eq!(looked.opened, 0, "it was not opened to its last byte");
}

/// A stranger beside the objects of a backup kept all of it from being read.
#[tokio::test]
async fn damage_beside_a_stranger_is_found_as_well() {
    let bench = Bench::new().await;
    let folder = bench.object();
    let mut bytes = fs::read(&folder).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("manifest"), bytes).unwrap();
    fs::write(folder.join("stranger"), "").unwrap();
    let (looked, found) = bench.scrub(true).await;
    let [Finding::Stray { object, .. }, Finding::Damaged { .. }] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((object.as_str(), looked.opened), ("stranger", 0));
}

/// Everything in a folder: what it holds, when that was changed, and how it may be used.
fn everything(folder: &Path, into: &mut BTreeMap<PathBuf, (Vec<u8>, SystemTime, u32)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stat = fs::metadata(&path).unwrap();
        let bytes = if stat.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
        if stat.is_dir() {
            everything(&path, into);
        }
        into.insert(path, (bytes, stat.modified().unwrap(), stat.permissions().mode()));
    }
}

/// Allows, or forbids, to change what is in `folder`.
fn allow_writing(folder: &Path, allow: bool) {
    let mut all = BTreeMap::new();
    everything(folder, &mut all);
    for path in all.keys().map(PathBuf::as_path).chain([folder]) {
        let mode = if path.is_dir() { 0o500 } else { 0o400 };
        let mode = if allow { mode | 0o200 } else { mode };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// Copies a folder as it stands.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// It wrote into the root key's file how far the database had come.
#[tokio::test]
async fn a_read_only_folder_is_scrubbed_and_nothing_in_it_changes() {
    let stopped = Bench::new().await;
    let store = open(stopped.0.path());
    let home = TempDir::new().unwrap();
    // What is in the write-ahead log alone, as after a crash or in a copy of a running server.
    let vault = Vault::new(realm(), "silver".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH);
    let change = Change { writes: vec![Write::PutVault(vault)], ..Change::default() };
    assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
    let crashed = home.path().join("crashed # 1% ?");
    copy(stopped.0.path(), &crashed);
    fs::remove_file(crashed.join("sexton.db-shm")).unwrap();
    assert!(fs::metadata(crashed.join("sexton.db-wal")).unwrap().len() > 0);
    drop(store);
    let whole = home.path().join("whole # 1% ?");
    copy(stopped.0.path(), &whole);
    for folder in [crashed, whole] {
        allow_writing(&folder, false);
        let (mut before, mut after, mut found) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        everything(&folder, &mut before);
        let looked = scrub(&folder, true, |it| found.push(it.clone())).await.unwrap();
        everything(&folder, &mut after);
        assert!(before == after, "{folder:?}: {:?}", after.keys());
        assert_eq!((found, looked.backups, looked.opened), (vec![], 1, 1));
        allow_writing(&folder, true);
    }
}

#[tokio::test]
async fn a_folder_in_use_or_not_there_is_not_looked_at_and_not_made() {
    let bench = Bench::new().await;
    let store = open(bench.0.path());
    let refused = scrub(bench.0.path(), false, |_| ()).await.unwrap_err();
    assert!(matches!(refused, ScrubError::Folder(StoppedError::InUse(_))), "{refused:?}");
    drop(store);
    let missing = bench.0.path().join("missing");
    let refused = scrub(&missing, false, |_| ()).await.unwrap_err();
    assert!(matches!(refused, ScrubError::Folder(StoppedError::Missing(_))), "{refused:?}");
    assert!(!missing.exists());
}

#[tokio::test]
async fn what_nobody_would_back_up_of_the_logs_is_found() {
    let bench = Bench::new().await;
    let spools = bench.0.path().join("log-spool");
    fs::create_dir_all(spools.join("rm-1")).unwrap();
    fs::create_dir_all(spools.join("rm-2/folder")).unwrap();
    fs::create_dir_all(spools.join("rm-2/.compared")).unwrap();
    fs::create_dir_all(spools.join(".restored-1")).unwrap();
    fs::write(spools.join("letter"), "dear heirs").unwrap();
    for name in ["rm-1/000000010000000000000001", "rm-2/000000010000000000000001"] {
        fs::write(spools.join(name), "log").unwrap();
    }
    let store = open(bench.0.path());
    let source = instance("rm-2");
    let change = Change { writes: vec![Write::PutSource(source)], ..Change::default() };
    assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
    drop(store);
    let (_, mut found) = bench.scrub(false).await;
    found.sort_by_key(ToString::to_string);
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "log-spool/.restored-1: was left by a restore that was interrupted: the next start \
             removes it",
            "log-spool/letter: is no folder of an instance: move it away",
            "log-spool/rm-1: is of no instance that is known: the next start removes it",
            "log-spool/rm-2/.compared: was left by a receiver that was interrupted: the next one \
             removes it",
            "log-spool/rm-2/folder: is no file: no log backup takes it",
        ]
    );
    assert!(spools.join("rm-1/000000010000000000000001").exists(), "nothing is changed");
}

fn instance(id: &str) -> Source {
    let id: InstanceId = id.parse().unwrap();
    let schedule = Schedule::default();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let arn = id.arn(&realm());
    let database = Database {
        id,
        engine: Engine::PostgreSql,
        version: "15.0".to_owned(),
        edition: Edition::HighAvailability,
        kind: InstanceKind::Primary,
        primary: None,
        description: "orders".to_owned(),
        policy: BackupPolicy { days: 7, log: LogBackup::On { days: 7 } },
        schedule,
        looks: Looks::begin(schedule, now),
        restores: Vec::new(),
        owed: Vec::new(),
        log_life: None,
        identity: None,
        locked: false,
        detached: None,
        tags: Tags::new(),
    };
    Source {
        realm: realm(),
        arn,
        kind: SourceKind::Database,
        allow_empty: false,
        added: now,
        offered: Offered::Instance(Box::new(database)),
    }
}
