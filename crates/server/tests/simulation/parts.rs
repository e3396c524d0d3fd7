//! The store and the blobs of the simulated service: behind the gate, with an eye on every
//! commit and every removal.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use sexton_core::{BackupName, DataKey, Event, InRealm, ResourceArn};
use sexton_store::certificate::{Issued, LogEnd};
use sexton_store::merkle::Hash;
use sexton_store::trail::Link;
use sexton_store::{
    Change, Commit, Cursor, Follow, MetaStore, Page, Query, Reading, Row, StoreError, Subject,
    Sums, Tally, Write,
};

use zeroize::Zeroizing;

use crate::gate::{Gate, Verdict};
use crate::rds::shorten;

/// What is wrong with a world for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Nothing.
    None,
    /// Some objects can never be removed; of some of those it is said that they are not there.
    StuckObjects,
    /// Of every object that is to be removed it is said that it is not there.
    NothingFound,
    /// The store forgets what decisions were made from. The invariants must notice.
    ForgottenExpectations,
    /// The store forgets tokens at once. The invariants must notice.
    ForgottenTokens,
    /// Listings show nothing. The invariants must notice.
    BlindListings,
    /// The clock is believed whatever it shows. The invariants must notice.
    CredulousClock,
    /// Of a batch one set less goes than was asked for. The invariants must notice.
    HalfBatches,
    /// The same, and the trail knows nothing of that set. The invariants must notice.
    ShortBatches,
}

/// What went against an invariant where it happened.
pub(crate) type Violations = Arc<Mutex<Vec<String>>>;

/// The metadata, which outlives every crash.
#[derive(Debug)]
pub(crate) struct Gated {
    pub(crate) store: Arc<dyn MetaStore>,
    pub(crate) objects: Arc<InMemory>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) violations: Violations,
    pub(crate) sabotage: Sabotage,
    /// How many commits a thread of the store works on: nobody looks meanwhile.
    pub(crate) busy: Arc<AtomicUsize>,
    /// Whether reading waits at the gate too, and fails there.
    pub(crate) reads_fail: bool,
    /// Whether the disk is full, where the store does not find that out itself.
    pub(crate) full: Option<Arc<AtomicBool>>,
}

impl Gated {
    /// Waits until the seed lets this reading go on.
    async fn pass(&self, what: &str) -> Result<(), StoreError> {
        if !self.reads_fail {
            return Ok(());
        }
        match self.gate.pass(format!("read {what}"), None).await {
            Verdict::Go => Ok(()),
            Verdict::Lost | Verdict::ReplyLost | Verdict::Corrupt => {
                Err(StoreError::not_done("it could not be read"))
            }
        }
    }

    /// A certificate is committed only while a look from the start finds nothing, and
    /// after the end of the epoch that could open the key.
    async fn watch(&self, writes: &[Write]) {
        for write in writes {
            let Write::Certify(slot, ..) = write else { continue };
            let all = self.store.due_erasures(Timestamp::MAX, None, EVERYTHING).await;
            let claims = all.map_or_else(|_| Vec::new(), |page| page.items);
            let Some(claim) = claims.into_iter().find(|it| it.slot == *slot) else { continue };
            if !claim.epoch.has_ended() {
                let backup = &claim.backup.name;
                self.violations.lock().unwrap().push(format!("{backup} certified in its epoch"));
            }
            let prefix = claim.backup.objects.to_string();
            let mut found = self.objects.list(None);
            while let Some(Ok(meta)) = found.next().await {
                if meta.location.as_ref().contains(&prefix) {
                    let place = meta.location;
                    self.violations.lock().unwrap().push(format!("certified over {place}"));
                }
            }
        }
    }
}

/// One commit that is being written.
struct Busy<'a>(&'a AtomicUsize);

impl<'a> Busy<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// More than any world has of anything.
pub(crate) const EVERYTHING: usize = 1_000_000;

/// What a commit is called at the gate. Without the ids of jobs: those of erasures hold
/// milliseconds that really passed, and would bring chance into the order.
fn label(change: &Change) -> String {
    let kind = change.event.as_ref().map(|event| format!("{:?}", event.kind)).unwrap_or_default();
    let mut parts = kind.split("JobId(");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    let label = format!("commit {first}{}", rest.collect::<String>());
    // How long a look is believed is a matter of real time.
    label.split(", running_seen").next().unwrap_or_default().to_owned()
}

fn lost() -> StoreError {
    StoreError::Unknown("the reply was lost".into())
}

#[async_trait]
impl MetaStore for Gated {
    async fn commit(&self, mut change: Change) -> Result<Commit, StoreError> {
        let verdict = self.gate.pass(label(&change), None).await;
        if verdict == Verdict::Lost {
            return Err(lost());
        }
        if self.full.as_ref().is_some_and(|full| full.load(Ordering::Relaxed)) {
            return Err(StoreError::not_done("the disk is full"));
        }
        self.watch(&change.writes).await;
        if self.sabotage == Sabotage::ForgottenExpectations {
            change.expects.clear();
        }
        if self.sabotage == Sabotage::ForgottenTokens {
            change.writes.retain(|write| !matches!(write, Write::PutToken(..)));
        }
        if matches!(self.sabotage, Sabotage::HalfBatches | Sabotage::ShortBatches) {
            shorten(&mut change, self.sabotage == Sabotage::ShortBatches);
        }
        let busy = Busy::new(&self.busy);
        let committed = self.store.commit(change).await;
        drop(busy);
        if verdict == Verdict::ReplyLost { Err(lost()) } else { committed }
    }

    async fn read(&self, roots: &[Subject], follow: Follow) -> Result<Reading, StoreError> {
        self.pass(&format!("{roots:?}")).await?;
        let _busy = Busy::new(&self.busy);
        self.store.read(roots, follow).await
    }

    async fn page(
        &self,
        query: &Query,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Row>, StoreError> {
        if matches!(query, Query::DueErasures(_) | Query::DueExpiries(_) | Query::EndedJobs(_)) {
            self.pass(query.name()).await?;
        }
        let _busy = Busy::new(&self.busy);
        self.store.page(query, after, limit).await
    }

    async fn tally(&self, of: &Tally) -> Result<u64, StoreError> {
        if let Tally::CapturesOf(source) = of {
            self.pass(&format!("captures of {}", source.name)).await?;
        }
        let _busy = Busy::new(&self.busy);
        self.store.tally(of).await
    }

    async fn data_key(&self, key: &InRealm<BackupName>) -> Result<Option<DataKey>, StoreError> {
        self.pass("data_key").await?;
        let _busy = Busy::new(&self.busy);
        self.store.data_key(key).await
    }

    async fn secret(
        &self,
        of: &InRealm<ResourceArn>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.secret(of).await
    }

    async fn certificate(&self, key: &InRealm<BackupName>) -> Result<Option<Issued>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.certificate(key).await
    }

    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.certificates(from, limit).await
    }

    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.log_leaves(from, limit).await
    }

    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.inclusion(leaf, size).await
    }

    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.log_end(before).await
    }

    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.events(from, limit).await
    }

    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.trail(from, limit).await
    }

    async fn sums(&self) -> Result<Sums, StoreError> {
        let _busy = Busy::new(&self.busy);
        self.store.sums().await
    }

    fn healthy(&self) -> bool {
        self.store.healthy()
    }
}

/// The bytes, which outlive every crash too.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    pub(crate) store: Arc<dyn MetaStore>,
    pub(crate) objects: Arc<InMemory>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) violations: Violations,
    pub(crate) sabotage: Sabotage,
    pub(crate) full: Arc<AtomicBool>,
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated objects")
    }
}

fn failed() -> object_store::Error {
    object_store::Error::Generic { store: "simulated", source: "the request failed".into() }
}

impl Objects {
    async fn remove(self, location: Path) -> object_store::Result<Path> {
        let verdict = self.gate.pass(format!("delete {location}"), None).await;
        // A third of all prefixes, which are hexadecimal.
        let stuck = location.as_ref().starts_with(['0', '1', '2', '3', '4']);
        let hidden = location.as_ref().starts_with(['3', '4']);
        let (stuck, hidden) = match self.sabotage {
            Sabotage::StuckObjects => (stuck, hidden),
            Sabotage::NothingFound => (true, true),
            Sabotage::None
            | Sabotage::ForgottenExpectations
            | Sabotage::ForgottenTokens
            | Sabotage::BlindListings
            | Sabotage::CredulousClock
            | Sabotage::HalfBatches
            | Sabotage::ShortBatches => (false, false),
        };
        if verdict == Verdict::Lost || stuck && !hidden {
            return Err(failed());
        }
        if hidden {
            let (path, source) = (location.to_string(), "it is not there".into());
            return Err(object_store::Error::NotFound { path, source });
        }
        let there = self.objects.head(&location).await.is_ok();
        let erasing = self.store.list_erasing(false, None, EVERYTHING).await.unwrap().items;
        let named = erasing.iter().any(|it| location.as_ref().contains(it.objects.as_str()));
        if there && !named {
            let mut violations = self.violations.lock().unwrap();
            violations.push(format!("{location} was removed and no job names it"));
        }
        self.objects.delete(&location).await?;
        if verdict == Verdict::ReplyLost { Err(failed()) } else { Ok(location) }
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let (objects, place, bytes) =
            (Arc::clone(&self.objects), location.clone(), payload.clone());
        let late = move || {
            let put = futures::executor::block_on(objects.put(&place, bytes));
            assert!(put.is_ok(), "memory takes everything");
        };
        let verdict = self.gate.pass(format!("put {location}"), Some(Box::new(late))).await;
        if verdict == Verdict::Lost || self.full.load(Ordering::Relaxed) {
            return Err(failed());
        }
        let done = self.objects.put_opts(location, payload, options).await;
        if verdict == Verdict::ReplyLost { Err(failed()) } else { done }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &Path,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        let head = options.head;
        let verdict = self.gate.pass(format!("get {location}"), None).await;
        if matches!(verdict, Verdict::Lost | Verdict::ReplyLost) {
            return Err(failed());
        }
        let got = self.objects.get_opts(location, options).await?;
        if verdict != Verdict::Corrupt || head {
            return Ok(got);
        }
        let (meta, range) = (got.meta.clone(), got.range.clone());
        let (attributes, extensions) = (got.attributes.clone(), got.extensions.clone());
        let mut bytes = got.bytes().await?.to_vec();
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 1;
        }
        let piece = stream::once(std::future::ready(Ok(Bytes::from(bytes)))).boxed();
        let payload = GetResultPayload::Stream(piece);
        Ok(GetResult { payload, meta, range, attributes, extensions })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        let this = self.clone();
        let removed = locations.then(move |location| {
            let this = this.clone();
            async move { this.remove(location?).await }
        });
        removed.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        let (this, prefix) = (self.clone(), prefix.cloned());
        let listed = async move {
            let place = prefix.as_ref().map(ToString::to_string).unwrap_or_default();
            let verdict = this.gate.pass(format!("list {place}"), None).await;
            if matches!(verdict, Verdict::Lost | Verdict::ReplyLost) {
                return stream::once(std::future::ready(Err(failed()))).boxed();
            }
            if this.sabotage == Sabotage::BlindListings {
                return stream::empty().boxed();
            }
            this.objects.list(prefix.as_ref())
        };
        stream::once(listed).flatten().boxed()
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
