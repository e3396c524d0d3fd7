//! A service in memory over a real directory, whose blobs can be held up.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use sexton_core::{
    BackupJob, BackupJobState, BackupName, BackupOrder, FileSystem, FileSystemId, InRealm, JobId,
    Offered, Principal, Realm, ResourceArn, RestoreJob, RestoreJobState, RestoreOrder, Source,
    SourceKind, Use, Vault,
};
use sexton_data::blobs::Blobs;
use sexton_data::home::{FREE_BYTES_MIN, Home};
use sexton_data::managed::Managed;
use sexton_data::source::Cancel;
use sexton_server::service::Service;
use sexton_server::{Jobs, OpsError};
use sexton_store::certificate::Issued;
use sexton_store::{Change, Commit, Write};
use tempfile::TempDir;
use tokio::sync::watch;

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/backup";
const RESOURCE: &str = "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1";

/// Bytes that do not compress.
pub(crate) fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut noise = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.truncate(bytes);
    noise
}

/// A door that requests of one kind wait at while it is closed.
#[derive(Debug)]
pub(crate) struct Doorway {
    closed: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Default for Doorway {
    fn default() -> Self {
        Self { closed: watch::Sender::new(false), waiting: watch::Sender::new(0) }
    }
}

impl Doorway {
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    pub(crate) fn open(&self) {
        self.closed.send_replace(false);
    }

    pub(crate) async fn somebody_waits(&self) {
        self.waiting_are(1).await;
    }

    pub(crate) async fn waiting_are(&self, wanted: usize) {
        self.waiting.subscribe().wait_for(|waiting| *waiting == wanted).await.unwrap();
    }

    async fn pass(&self) {
        let _waiting = Waiting::new(&self.waiting);
        self.closed.subscribe().wait_for(|closed| !closed).await.unwrap();
    }
}

/// One who waits, until it goes on or is dropped.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|waiting| *waiting += 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

/// Objects in memory behind two doors.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    objects: InMemory,
    pub(crate) puts: Doorway,
    pub(crate) gets: Doorway,
    /// Whether nothing can be removed.
    pub(crate) stuck: AtomicBool,
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects behind doors")
    }
}

#[async_trait]
impl ObjectStore for Hold {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.puts.pass().await;
        self.objects.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.puts.pass().await;
        self.objects.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &Path,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        self.gets.pass().await;
        self.objects.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        if self.stuck.load(Ordering::SeqCst) {
            let source = "it is stuck".into();
            let failed = object_store::Error::Generic { store: "objects behind doors", source };
            return stream::once(std::future::ready(Err(failed))).boxed();
        }
        self.objects.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}

pub(crate) struct Bench {
    home: TempDir,
    pub(crate) hold: Arc<Hold>,
    pub(crate) service: Arc<Service>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|_| Jobs::default()).await
    }

    /// A service with a vault `gold` and one source, whose jobs `jobs` makes.
    pub(crate) async fn with(jobs: impl FnOnce(&std::path::Path) -> Jobs) -> Self {
        let home = TempDir::new().unwrap();
        for folder in ["source", "data", "data/restores"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        fs::write(home.path().join("source/letter"), "dear heirs").unwrap();
        let hold = Arc::<Hold>::default();
        let mut service = Service {
            blobs: Blobs::over(Arc::<Hold>::clone(&hold)),
            restore_folder: home.path().join("data/restores"),
            managed: Some(Arc::new(Managed::open(&home.path().join("data")).unwrap())),
            jobs: jobs(&home.path().join("data")),
            ..Service::in_memory()
        };
        service.behaviour.generate_unknown_resources = false;
        let service = Arc::new(service);
        let bench = Self { home, hold, service };
        let now = bench.service.clock.now();
        let path = bench.source().to_str().unwrap().to_owned();
        let arn: ResourceArn = RESOURCE.parse().unwrap();
        let source = Source {
            realm: realm(),
            arn,
            kind: SourceKind::Fsx { path },
            allow_empty: false,
            added: now,
            offered: Offered::FileSystem(FileSystem::registered(FileSystemId::mint(now, [1; 8]))),
        };
        let change = Change { writes: vec![Write::PutSource(source)], ..Change::default() };
        assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
        let vault = Vault::new(realm(), "gold".parse().unwrap(), now);
        bench.service.create_vault(vault, &by(), now).await.unwrap();
        bench
    }

    /// The same bench whose server has other parts.
    pub(crate) fn with_service(
        self,
        change: impl FnOnce(&std::path::Path, Service) -> Service,
    ) -> Self {
        let Self { home, hold, service } = self;
        let service = Arc::into_inner(service).expect("nobody else has it yet");
        let service = Arc::new(change(home.path(), service));
        Self { home, hold, service }
    }

    /// Another server on what this one has left, as it starts.
    pub(crate) fn restarted(self) -> Self {
        let Self { home, hold, service } = self;
        let managed = Managed::open(&home.path().join("data")).unwrap();
        for leftover in managed.leftovers().unwrap() {
            managed.remove_leftover(&leftover, &Cancel::default()).unwrap();
        }
        let service = Service {
            store: Arc::clone(&service.store),
            blobs: Blobs::over(Arc::<Hold>::clone(&hold)),
            clock: Arc::clone(&service.clock),
            restore_folder: home.path().join("data/restores"),
            managed: Some(Arc::new(managed)),
            behaviour: service.behaviour.clone(),
            ..Service::in_memory()
        };
        Self { home, hold, service: Arc::new(service) }
    }

    /// Where the server makes the directories of file systems.
    pub(crate) fn file_systems(&self) -> PathBuf {
        self.home.path().join("data").join(sexton_data::managed::FOLDER)
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.home.path().join("source")
    }

    pub(crate) fn restores(&self) -> PathBuf {
        self.home.path().join("data/restores")
    }

    pub(crate) async fn start_backup(&self) -> BackupJob {
        self.order_backup(backup_order()).await.unwrap()
    }

    pub(crate) async fn order_backup(&self, order: BackupOrder) -> Result<BackupJob, OpsError> {
        self.service.start_backup(&realm(), order, &by(), self.service.clock.now()).await
    }

    /// A backup that is complete.
    pub(crate) async fn completed(&self) -> BackupName {
        let job = self.start_backup().await;
        self.service.jobs.settled().await;
        let state = self.backed_up(job.id).await;
        assert!(matches!(state, BackupJobState::Completed { .. }), "{state:?}");
        job.backup
    }

    pub(crate) async fn let_the_source_be_empty(&self) {
        let arn: ResourceArn = RESOURCE.parse().unwrap();
        let (source, expect) = self.service.store.source(&realm().with(arn)).await.unwrap();
        let source = Source { allow_empty: true, ..source.unwrap() };
        let writes = vec![Write::PutSource(source)];
        let change = Change { expects: vec![expect], writes, ..Change::default() };
        assert_eq!(self.service.store.commit(change).await.unwrap(), Commit::Done);
    }

    /// Removes what is stored of a backup behind the back of the server.
    pub(crate) async fn lose_the_objects(&self, backup: &BackupName) {
        let snapshot = self.service.store.backup(&key(backup)).await.unwrap().unwrap();
        let prefix = &snapshot.backup.objects;
        let names = self.service.blobs.list(prefix).await.unwrap().objects;
        assert!(!names.is_empty());
        let deletion = self.service.blobs.delete(prefix, &names).await;
        assert_eq!(deletion.deleted.gone, names);
    }

    pub(crate) async fn delete(&self, backup: &BackupName) {
        let (vault, now) = (realm().with("gold".parse().unwrap()), self.service.clock.now());
        self.service.delete_point(&vault, backup, &by(), now).await.unwrap();
    }

    pub(crate) async fn certificate(&self, backup: &BackupName) -> Option<Issued> {
        self.service.store.certificate(&key(backup)).await.unwrap()
    }

    pub(crate) async fn backed_up(&self, id: JobId) -> BackupJobState {
        self.service.backup_job(id).await.unwrap().value.state
    }

    pub(crate) async fn start_restore(&self, backup: &BackupName) -> Result<RestoreJob, OpsError> {
        self.order_restore(restore_order(backup)).await
    }

    pub(crate) async fn order_restore(&self, order: RestoreOrder) -> Result<RestoreJob, OpsError> {
        self.service.start_restore(&realm(), order, &by(), self.service.clock.now()).await
    }

    pub(crate) async fn restored(&self, id: JobId) -> RestoreJobState {
        self.service.restore_job(id).await.unwrap().value.state
    }

    /// A restore job that a server began which is no more: a row and a use, and no task.
    pub(crate) async fn forgotten_restore(&self, backup: &BackupName) -> JobId {
        let job = self.start_restore(backup).await.unwrap();
        self.service.jobs.settled().await;
        fs::remove_dir_all(self.restores().join(job.id.to_string())).unwrap();
        let (id, backup) = (job.id, job.backup_key());
        let writes = vec![Write::PutRestoreJob(job), Write::AddUse(backup, Use::restore(id))];
        let change = Change { writes, ..Change::default() };
        assert_eq!(self.service.store.commit(change).await.unwrap(), Commit::Done);
        id
    }
}

/// A disk that is full when a test says so.
pub(crate) struct Disk(Arc<AtomicU64>);

impl Disk {
    pub(crate) fn with_room() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }

    /// A bench whose data folder is on it.
    pub(crate) async fn bench(&self) -> Bench {
        let free = Arc::clone(&self.0);
        Bench::with(move |data| {
            let probe = move |_: &std::path::Path| Ok(free.load(Ordering::SeqCst));
            Jobs::beside(Home::with_probe(data, probe).unwrap())
        })
        .await
    }

    /// What is left belongs to deletions.
    pub(crate) fn fill(&self) {
        self.0.store(FREE_BYTES_MIN - 1, Ordering::SeqCst);
    }

    pub(crate) fn empty(&self) {
        self.0.store(u64::MAX, Ordering::SeqCst);
    }
}

pub(crate) fn realm() -> Realm {
    Realm::new("eu-central-1", "123456789012")
}

/// What a backup is found by.
pub(crate) fn key(backup: &BackupName) -> InRealm<BackupName> {
    realm().with(backup.clone())
}

pub(crate) fn by() -> Principal {
    Principal("tester".to_owned())
}

pub(crate) fn backup_order() -> BackupOrder {
    BackupOrder::new("gold".parse().unwrap(), RESOURCE.parse().unwrap(), ROLE.parse().unwrap())
}

pub(crate) fn restore_order(backup: &BackupName) -> RestoreOrder {
    RestoreOrder {
        backup: backup.clone(),
        resource_type: None,
        role: None,
        idempotency_token: None,
        metadata: std::collections::BTreeMap::new(),
    }
}
