//! Values to fill stores with, and the stores themselves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupJobState, BackupName, BackupOrder, BeginBackup, Certificate,
    Commitments, Content, DataKey, Ended, Epoch, Erasure, ErasureState, Event, EventKind,
    FileSystem, FileSystemId, FsxBackupId, FsxBackupOrder, FsxCopyOrder, InRealm, JobId, Keeper,
    Lifecycle, Made, Offered, Principal, Realm, ResourceArn, RestoreJob, RestoreOrder, Role,
    RoleArn, RoleStatus, Source, SourceKind, State, Tags, Use, Vault, VaultName, Why,
    decide_backup, decide_fsx_backup, decide_fsx_copy, decide_record_loss, decide_restore,
};
use sexton_store::certificate::{Log, Openings};
use sexton_store::clock::Clock;
use sexton_store::entropy::SystemEntropy;
use sexton_store::keys::root::{FileRoots, MemoryRoots, RootProvider};
use sexton_store::memory::Memory;
use sexton_store::sqlite::{Parts, RollPolicy, Sqlite};
use sexton_store::{
    Change, Claim, Commit, Expect, Follow, Generation, MetaStore, Subject, Write, trail,
};
use tempfile::TempDir;

/// Milliseconds after the epoch, as the stores keep time.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

pub(crate) fn vault_name(name: &str) -> VaultName {
    name.parse().unwrap()
}

pub(crate) fn realm() -> Realm {
    Realm::new("eu-central-1", "123456789012")
}

pub(crate) fn vault_key(name: &str) -> InRealm<VaultName> {
    realm().with(vault_name(name))
}

pub(crate) fn vault(name: &str) -> Vault {
    Vault::new(realm(), vault_name(name), at(1))
}

pub(crate) fn role_arn() -> RoleArn {
    "arn:aws:iam::123456789012:role/backup".parse().unwrap()
}

pub(crate) fn role(status: RoleStatus) -> Role {
    Role::told(role_arn(), status)
}

pub(crate) fn resource(number: u32) -> ResourceArn {
    format!("arn:aws:fsx:eu-central-1:123456789012:file-system/fs-{number:08x}").parse().unwrap()
}

/// The job and the backup of backup `number`, made at `number` milliseconds.
pub(crate) fn job_and_backup(vault: &str, number: u32, token: Option<&str>) -> (BackupJob, Backup) {
    let order = BackupOrder {
        idempotency_token: token.map(str::to_owned),
        ..BackupOrder::new(vault_name(vault), resource(number % 3), role_arn())
    };
    let random = random(number);
    let (source, permitted) = (Some((SourceKind::Generated, None)), RoleStatus::Permitted);
    let now = at(i64::from(number));
    let begin = decide_backup(order, source, permitted, &realm(), now, random).unwrap();
    let BeginBackup { job, backup } = begin;
    (job, backup)
}

/// A directory that is offered as file system `number`.
pub(crate) fn file_system(number: u32) -> Source {
    let arn = resource(number);
    let id = FileSystemId::of(&arn).unwrap();
    Source {
        realm: realm(),
        kind: SourceKind::Fsx { path: format!("/srv/{number}") },
        arn,
        allow_empty: false,
        added: at(1),
        offered: Offered::FileSystem(FileSystem::registered(id)),
    }
}

/// What names are made of, another for each number.
pub(crate) fn random(number: u32) -> [u8; 34] {
    let mut random = [0; 34];
    for (place, byte) in number.to_be_bytes().into_iter().enumerate() {
        random[place] = byte;
        random[10 + place] = byte;
        random[30 + place] = byte;
    }
    random
}

/// Backup `number`, which `FSx` keeps, of one of three file systems, made at `number`
/// milliseconds.
pub(crate) fn fsx_backup(number: u32, made: Made) -> Backup {
    let source = file_system(number % 3);
    let order = FsxBackupOrder { source: source.arn.clone(), made, tags: Tags::new() };
    let now = at(i64::from(number));
    decide_fsx_backup(order, Some(&source), 0, &realm(), now, random(number)).unwrap()
}

/// Copy `number` of a completed backup, and its use of that.
pub(crate) fn fsx_copy(original: &Backup, number: u32, realm: &Realm) -> (Backup, Use) {
    let id = FsxBackupId::of(&original.name).unwrap();
    let original_key = original.realm.with(id);
    let order = FsxCopyOrder { original: original_key, copy_tags: false, tags: Tags::new() };
    let now = at(i64::from(number));
    decide_fsx_copy(order, Some(original), 0, realm, now, random(number)).unwrap()
}

/// Begins a backup that no vault keeps.
pub(crate) async fn begin_fsx(store: &dyn MetaStore, number: u32, made: Made) -> Backup {
    let backup = fsx_backup(number, made);
    let data_key = DataKey::from_bytes(&key(number));
    done(store, change(vec![Write::CreateBackup(backup.clone(), data_key)])).await;
    backup
}

/// The backup once it is complete.
pub(crate) fn completed(backup: Backup, number: u32) -> Backup {
    Backup { state: State::Completed { content: content(number) }, ..backup }
}

/// Makes a backup that no vault keeps, completed.
pub(crate) async fn complete_fsx(store: &dyn MetaStore, number: u32, made: Made) -> Backup {
    let backup = completed(begin_fsx(store, number, made).await, number);
    done(store, change(vec![Write::PutBackup(backup.clone())])).await;
    backup
}

/// The backup once it could not be made, as of `now`.
pub(crate) fn lost(backup: &Backup, erasure: JobId, now: Timestamp) -> Backup {
    decide_record_loss(backup.clone(), "no".to_owned(), now, erasure).unwrap()
}

/// What a directory is offered as.
pub(crate) fn offered() -> Offered {
    Offered::FileSystem(FileSystem::registered(FileSystemId::mint(at(1), [1; 8])))
}

/// The backup, and it is meant to stay for that long.
pub(crate) fn staying(mut backup: Backup, lifecycle: Lifecycle) -> Backup {
    if let Keeper::Vault(kept) = &mut backup.keeper {
        kept.lifecycle = lifecycle;
    }
    backup
}

/// The data key of backup `number`.
pub(crate) fn key(number: u32) -> [u8; 32] {
    let mut key = [0xa5; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    key
}

pub(crate) fn content(number: u32) -> Content {
    Content {
        size_bytes: 1000 + u64::from(number),
        stored_bytes: 100 + u64::from(number),
        objects: 2,
        completed: at(i64::from(number)),
    }
}

pub(crate) fn id(number: u32) -> JobId {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&number.to_be_bytes());
    JobId::new(at(i64::from(number)), random)
}

/// `backup` as it is once its erasure was decided at `now`.
pub(crate) fn erased(backup: &Backup, job: JobId, now: Timestamp) -> Backup {
    let by = Principal("tester".to_owned());
    backup.clone().erased_by(Erasure::begin(job, now, by, Why::Asked))
}

pub(crate) fn restore(backup: &Backup, job: JobId, token: Option<&str>) -> RestoreJob {
    let order = RestoreOrder {
        backup: backup.name.clone(),
        resource_type: None,
        role: None,
        idempotency_token: token.map(str::to_owned),
        metadata: std::collections::BTreeMap::new(),
    };
    decide_restore(order, backup, RoleStatus::Permitted, at(5), job).unwrap().job
}

pub(crate) fn event(kind: EventKind) -> Event {
    Event { at: at(7), by: Principal("tester".to_owned()), via: None, realm: Some(realm()), kind }
}

/// A change that expects nothing.
pub(crate) fn change(writes: Vec<Write>) -> Change {
    Change { writes, ..Change::default() }
}

pub(crate) fn expect_none(subject: Subject) -> Expect {
    Expect { subject, generation: Generation(0) }
}

/// Commits, and insists that it was done.
pub(crate) async fn done(store: &dyn MetaStore, change: Change) {
    assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
}

pub(crate) async fn put_vault(store: &dyn MetaStore, name: &str) {
    let kind = EventKind::VaultCreated { vault: vault_name(name), lock: None };
    let writes = vec![Write::PutVault(vault(name))];
    done(store, Change { writes, event: Some(event(kind)), ..Change::default() }).await;
}

/// Begins backup `number` in `vault`.
pub(crate) async fn begin(store: &dyn MetaStore, vault: &str, number: u32) -> Backup {
    let (job, backup) = job_and_backup(vault, number, None);
    let kind = EventKind::BackupStarted {
        job: job.id,
        backup: backup.name.clone(),
        vault: vault_name(vault),
    };
    let writes = vec![
        Write::CreateBackup(backup.clone(), DataKey::from_bytes(&key(number))),
        Write::PutBackupJob(job),
    ];
    done(store, Change { writes, event: Some(event(kind)), ..Change::default() }).await;
    backup
}

/// Makes backup `number` in `vault`, completed.
pub(crate) async fn complete(store: &dyn MetaStore, vault: &str, number: u32) -> Backup {
    let backup = begin(store, vault, number).await;
    let content = content(number);
    let backup = Backup { state: State::Completed { content }, ..backup };
    let (job, _) = job_and_backup(vault, number, None);
    let (at, size_bytes) = (content.completed, content.size_bytes);
    let state = BackupJobState::Completed { at, size_bytes, message: String::new() };
    let kind = EventKind::BackupCompleted { job: job.id, backup: backup.name.clone(), size_bytes };
    let job = BackupJob { state, ..job };
    let writes = vec![Write::PutBackup(backup.clone()), Write::PutBackupJob(job)];
    done(store, Change { writes, event: Some(event(kind)), ..Change::default() }).await;
    backup
}

/// The change that a deletion of `backup` commits.
pub(crate) fn deletion(backup: &Backup, job: JobId, now: Timestamp) -> Change {
    let (backup_name, why) = (backup.name.clone(), Why::Asked);
    let kind = EventKind::DeletionDecided { backup: backup_name, erasure: job, why, asked: None };
    let writes = vec![Write::BeginErasure(erased(backup, job, now))];
    Change { writes, event: Some(event(kind)), ..Change::default() }
}

/// Deletes `backup` the way the service does: from a snapshot, with its expectations.
pub(crate) async fn delete(store: &dyn MetaStore, backup: &InRealm<BackupName>, job: JobId) {
    let snapshot = store.backup(backup).await.unwrap().unwrap();
    let change = deletion(&snapshot.backup, job, at(50));
    done(store, Change { expects: snapshot.expects, ..change }).await;
}

/// The audit trail, whole; insists that its chain is.
pub(crate) async fn audit(store: &dyn MetaStore) -> Vec<Event> {
    let events = store.events(0, 100_000).await.unwrap();
    let links = store.trail(0, 100_000).await.unwrap();
    trail::check(trail::BEGINNING, &links).unwrap();
    assert_eq!(links.len(), events.len(), "every event is a link of the chain");
    events
}

/// A log without files.
pub(crate) fn log() -> Log {
    Log::from_seed([9; 32])
}

/// The statement that certifies the erasure of a backup.
pub(crate) fn statement(backup: &Backup) -> String {
    statement_with(backup, Commitments::new())
}

/// The same, with commitments.
pub(crate) fn statement_with(backup: &Backup, commitments: Commitments) -> String {
    let erasing = backup.state.erasing().unwrap();
    let ended = Ended { epoch: Epoch(1), at: at(60) };
    let certificate = Certificate::of(backup, erasing, ended, at(70), &[], commitments);
    sexton_store::certificate::statement(&certificate).unwrap()
}

/// The change that certifies an erasure.
pub(crate) fn certification(claim: &Claim) -> Change {
    let (erasure, backup) = (claim.erasing.job, claim.backup.name.clone());
    let writes = vec![Write::Certify(claim.slot, statement(&claim.backup), Openings::new())];
    let event = Some(event(EventKind::Erased { erasure, backup, record_stays: false }));
    Change { writes, event, background: true, ..Change::default() }
}

/// The change that leaves a claimed erasure in another state.
pub(crate) fn put_off(claim: &Claim, state: ErasureState) -> Change {
    let erasing = Erasure { state, ..claim.erasing.clone() };
    change(vec![Write::PutBackup(claim.backup.clone().erased_so_far(erasing))])
}

pub(crate) fn roots() -> Arc<dyn RootProvider> {
    Arc::new(MemoryRoots::default())
}

/// Opens a store in `folder`.
pub(crate) fn open_with(
    folder: &Path,
    roots: Arc<dyn RootProvider>,
    roll: RollPolicy,
) -> Result<Sqlite, sexton_store::Cause> {
    let parts = Parts {
        roots,
        // Not seeded: a store that is opened again must not draw the same keys again.
        entropy: Arc::new(SystemEntropy),
        clock: Arc::new(Clock::default()),
        roll,
    };
    Sqlite::open(&folder.join("sexton.db"), parts)
}

pub(crate) fn open(folder: &Path, roots: &Arc<dyn RootProvider>) -> Sqlite {
    open_with(folder, Arc::clone(roots), RollPolicy::EveryCommit).unwrap()
}

/// The restore job that this idempotency token began.
pub(crate) async fn restore_of_token(store: &dyn MetaStore, token: &str) -> Option<RestoreJob> {
    let subject = Subject::RestoreToken(realm().with(token.to_owned()));
    let reading = store.read(std::slice::from_ref(&subject), Follow::Nothing).await.unwrap();
    reading.restore_job(&subject).cloned()
}

/// An epoch that outlasts every test.
pub(crate) const LONG: RollPolicy = RollPolicy::Every(Duration::from_hours(1));

/// Runs one test to its end, on one thread.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

pub(crate) fn with_memory(test: impl AsyncFn(&dyn MetaStore)) {
    run(test(&Memory::default()));
}

pub(crate) fn with_sqlite(test: impl AsyncFn(&dyn MetaStore)) {
    let folder = TempDir::new().unwrap();
    run(test(&open(folder.path(), &roots())));
}

pub(crate) fn with_root_file(test: impl AsyncFn(&dyn MetaStore)) {
    let folder = TempDir::new().unwrap();
    let roots = FileRoots::open(&folder.path().join("root-key")).unwrap();
    run(test(&open_with(folder.path(), Arc::new(roots), RollPolicy::EveryCommit).unwrap()));
}
