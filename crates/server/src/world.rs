//! One world of vaults in one folder: opened, filled for the first time, closed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use leftovers::{Leftovers, Removal};
use mark::Mark;
use seed::{Planting, Seed};
use sexton_core::{ClockTrust, Principal, Realm};
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::home::Home;
use sexton_data::managed::{self, Managed};
use sexton_data::store_mark;
use sexton_store::certificate::{CHECKPOINT_FILE, KEY_FILE, Log, PUBLIC_KEY_FILE};
use sexton_store::clock::Clock;
use sexton_store::entropy::{Entropy, SystemEntropy};
use sexton_store::keys::root::{FileRoots, RootProvider as _};
use sexton_store::sqlite::{Parts, Sqlite, realm};
use sexton_store::{MetaStore, StoreError};
use sexton_wire::aws::paging::PageSecret;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::dev;
use crate::behalf::Calls;
use crate::config::Settings;
use crate::databases::Tools;
use crate::eraser;
use crate::identities::Identities;
use crate::instances::Instances;
use crate::jobs::Jobs;
use crate::log_backups::{self, Logs};
use crate::ops::rds::SetRestores;
use crate::realms::Realms;
use crate::scheduler;
use crate::service::{Behaviour, Service};

mod error;
mod instances;
mod leftovers;
pub(crate) mod mark;
mod means;
mod seed;

pub use error::WorldError;
pub use instances::INSTANCES_REGION;
pub use seed::EXPIRED_ROLE;

fn at(path: &Path) -> impl FnOnce(io::Error) -> WorldError {
    let path = path.to_owned();
    |source| WorldError::File { path, source }
}

/// The files of a world. Everything else in the data folder belongs to the server.
pub(crate) const FILES: [&str; 12] = [
    "sexton.db",
    "sexton.db-wal",
    "sexton.db-shm",
    "root-key",
    "blobs",
    "restores",
    managed::FOLDER,
    log_backups::FOLDER,
    KEY_FILE,
    PUBLIC_KEY_FILE,
    CHECKPOINT_FILE,
    store_mark::FILE,
];

/// How long jobs that run may go on when the server is asked to stop. They are told to
/// stop then, and have the rest of the server's patience to write that down.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(20);

/// A service and its loops.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) service: Arc<Service>,
    metadata: Arc<Sqlite>,
    roots: Arc<FileRoots>,
    stop: watch::Sender<bool>,
    eraser: JoinHandle<()>,
    scheduler: JoinHandle<()>,
    logs: JoinHandle<()>,
    leftovers: Removal,
}

impl World {
    /// Opens the world in the data folder. A new one begins with what `begin` says, and
    /// one that did not come to its beginning begins anew.
    pub(crate) async fn open(
        settings: &Settings,
        clock: Arc<Clock>,
        begin: dev::Beginning,
    ) -> Result<Self, WorldError> {
        let folder = &settings.data;
        let mark = Mark::read(folder).map_err(at(folder))?;
        // Before anything is changed: whoever holds the root file is served from this folder.
        let root_path = folder.join("root-key");
        let begins_anew = settings.dev.is_some() && mark == Some(Mark::Beginning);
        let mut roots = open_roots(&root_path, !begins_anew)?;
        let (mut planting, empty) = (None, is_empty(mark, begin));
        let default_since = (!empty).then(|| clock.now());
        if begins_anew {
            // Nobody was served it yet, so what is there of it is nobody's.
            planting = Some(Seed::of(settings, begin, clock.now())?);
            Self::remove_files(settings)?;
            drop(roots);
            roots = open_roots(&root_path, true)?;
        }
        let older = Consent::to(folder, OLDER_METADATA)?;
        if older.given {
            roots.forget_witness().map_err(at(&root_path))?;
        }
        let [restore_folder, blob_folder] = make_folders(folder)?;
        let managed = open_managed(folder)?;
        let leftovers = Leftovers::find(&restore_folder, &managed).map_err(at(folder))?;
        // Before the store is opened, which may destroy a root that a crash has left.
        let started = clock.now();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let parts = Parts {
            roots: Arc::<FileRoots>::clone(&roots),
            entropy: Arc::clone(&entropy),
            clock: Arc::clone(&clock),
            roll: settings.erasure_epoch,
        };
        let path = folder.join("sexton.db");
        let unopened = |source| WorldError::Metadata { path: path.clone(), source };
        let metadata = Arc::new(Sqlite::open(&path, parts).map_err(unopened)?);
        older.used_up()?;
        let log = Log::open(folder, &*entropy, &*metadata).await?.saying(settings.details.clone());
        means::note(&*metadata, folder, started).await.map_err(at(folder))??;
        let blobs = open_blobs(folder, &blob_folder, &metadata).await?;
        let mut realms = metadata.list_realms().await?;
        // What is planted begins with what the seed says.
        realms.extend(planting.as_ref().filter(|_| !empty).map(|_| settings.realm.clone()));
        let service = Arc::new(Service {
            realms: Realms::new(realms, default_since).serving(settings.all_served()),
            store: Arc::<Sqlite>::clone(&metadata),
            blobs,
            clock,
            entropy,
            identities: identities(&log, &*metadata).await?,
            behaviour: behaviour(settings, &log),
            log,
            restore_folder,
            managed: Some(managed),
            jobs: Jobs::beside(Home::new(folder).map_err(at(folder))?),
            erasures: tokio::sync::Notify::new(),
            due: tokio::sync::Notify::new(),
            released: std::sync::atomic::AtomicBool::default(),
            databases: Arc::new(Tools),
            probes: Instances::default(),
            logs: Logs::in_folder(folder, mark_of(&metadata)),
            set_restores: SetRestores::default(),
            seen: eraser::Seen::default(),
            calls: Calls::default(),
        });
        let targets = service.end_interrupted().await?;
        let leftovers = leftovers.of_nobody(&*metadata).await?.beside(targets).remove();
        let world = Self::start(service, metadata, roots, leftovers);
        world.begin(settings, planting).await?;
        if mark == Some(Mark::Beginning) {
            let mark = if empty { Mark::BegunEmpty } else { Mark::Begun };
            mark.write(folder).map_err(at(folder))?;
        }
        Ok(world)
    }

    /// Plants what it begins with, and has those realms begin that are to be there.
    async fn begin(
        &self,
        settings: &Settings,
        planting: Option<Planting>,
    ) -> Result<(), WorldError> {
        if let Some(planting) = planting {
            planting.plant(&self.service).await?;
        }
        if settings.dev.is_none() {
            self.begin_realms(&settings.listed_realms()).await?;
        }
        Ok(())
    }

    /// Has those of these realms begin that have not.
    async fn begin_realms(&self, realms: &[Realm]) -> Result<(), WorldError> {
        for realm in realms {
            let now = self.service.clock.now();
            self.service.begin_realm(realm, &Principal::server(), now).await?;
        }
        Ok(())
    }

    /// Starts the loops.
    fn start(
        service: Arc<Service>,
        metadata: Arc<Sqlite>,
        roots: Arc<FileRoots>,
        leftovers: Removal,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let scheduler = tokio::spawn(scheduler::run(Arc::clone(&service), stopped.clone()));
        let logs = tokio::spawn(log_backups::run(Arc::clone(&service), stopped.clone()));
        let eraser = tokio::spawn(eraser::run(Arc::clone(&service), stopped));
        check_pages(Arc::clone(&metadata));
        Self { service, metadata, roots, stop, eraser, scheduler, logs, leftovers }
    }

    /// Ends this world for good, so that the next one opened in its folder begins with
    /// what it is told to. A seed that would not do leaves everything as it is.
    pub(crate) async fn begin_anew(
        world: &mut Option<Self>,
        settings: &Settings,
        clock: &Arc<Clock>,
        begin: dev::Beginning,
    ) -> Result<(), WorldError> {
        Seed::of(settings, begin, clock.now())?;
        if let Some(world) = world.take() {
            world.discard().await;
        }
        // Before the first file goes: a crash from here on begins a new world as well.
        Mark::Beginning.write(&settings.data).map_err(at(&settings.data))?;
        *world = Some(Self::open(settings, Arc::clone(clock), begin).await?);
        Ok(())
    }

    /// Stops at once what is running, of a world that is to be removed.
    async fn discard(self) {
        self.service.jobs.drain(Duration::ZERO).await;
        self.close().await;
    }

    /// What a person should know although requests are answered, a line each.
    pub(crate) fn concerns(&self) -> String {
        let clock = match self.service.clock.trust() {
            ClockTrust::Trusted => String::new(),
            ClockTrust::Jumped { by } => {
                let words = "nothing is deleted by it until `sexton clock confirm`";
                format!("the clock jumped by {by:#}: {words}\n")
            }
        };
        let damaged = self.metadata.is_damaged();
        let pages = if damaged { "the metadata has damaged pages: see the log\n" } else { "" };
        let moved = self.roots.in_place().is_err();
        let root = if moved { "the root key is not in its place: see the log\n" } else { "" };
        let elsewhere = self.metadata.in_place().is_err();
        let metadata =
            if elsewhere { "the database is not in its place: see the log\n" } else { "" };
        let checked = self.service.jobs.home().map_or(Ok(()), Home::check_room);
        let full = checked.err().map_or_else(String::new, |reason| format!("{reason}\n"));
        clock + pages + root + metadata + &full
    }

    /// Why it cannot do what it is there for, if it cannot: deletions have to commit.
    pub(crate) fn check_ready(&self) -> Result<(), String> {
        if !self.service.store.healthy() {
            return Err("the metadata takes nothing more: see the log".to_owned());
        }
        self.service.jobs.home().map_or(Ok(()), Home::check_room_for_deletions)
    }

    /// Finishes what is running, within bounds, and stops the loops.
    pub(crate) async fn close(self) {
        self.service.jobs.drain(DRAIN_WAIT_MAX).await;
        self.service.tell_counted(self.service.clock.now()).await;
        self.stop.send_replace(true);
        self.service.erasures.notify_one();
        let loops = [
            ("eraser", self.eraser.await),
            ("scheduler", self.scheduler.await),
            ("loop of log backups", self.logs.await),
        ];
        for (name, ended) in loops.into_iter().chain([("cleaner", self.leftovers.stop().await)]) {
            if let Err(error) = ended {
                tracing::error!(%error, "the {name} did not stop as it should");
            }
        }
        // Whoever still holds the service finds its store closed.
        let metadata = self.metadata;
        if let Err(error) = tokio::task::spawn_blocking(move || metadata.close()).await {
            tracing::error!(%error, "the store was not closed as it should");
        }
    }

    /// Removes the files of a world that is closed.
    fn remove_files(settings: &Settings) -> Result<(), WorldError> {
        for name in FILES {
            let path = settings.data.join(name);
            let removed = match fs::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
                Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
            };
            removed.map_err(at(&path))?;
        }
        Ok(())
    }
}

/// A few letters that tell this world from others.
fn mark_of(metadata: &Sqlite) -> String {
    metadata.identity().to_string().chars().filter(char::is_ascii_alphanumeric).take(8).collect()
}

fn behaviour(settings: &Settings, log: &Log) -> Behaviour {
    Behaviour {
        generate_unknown_resources: settings.dev.is_some(),
        missing_vault: settings.missing_vault,
        compression_level: settings.compression_level,
        stall_max: settings.stall_max,
        // A listing goes on after a restart, so its tokens are as durable as what is listed: made
        // with the signing key, which stays for as long as the world does, and not with the root
        // of the key ring, which every deletion may replace.
        page_secret: PageSecret::new(&log.derive("sexton page tokens v1")),
    }
}

/// The users, whose access keys have secrets that last as long as they do.
async fn identities(log: &Log, store: &dyn MetaStore) -> Result<Identities, StoreError> {
    let identities = Identities::new(&log.derive("sexton access keys v1"));
    identities.load(store).await?;
    Ok(identities)
}

/// The folders of restores and of blobs.
fn make_folders(folder: &Path) -> Result<[PathBuf; 2], WorldError> {
    let folders = ["restores", "blobs"].map(|name| folder.join(name));
    for needed in &folders {
        fs::create_dir_all(needed).map_err(at(needed))?;
    }
    Ok(folders)
}

/// The folder of the directories of file systems.
fn open_managed(folder: &Path) -> Result<Arc<Managed>, WorldError> {
    let opened = Managed::open(folder).map(Arc::new).map_err(io::Error::other);
    opened.map_err(at(&folder.join(managed::FOLDER)))
}

/// Whether a world with this mark has no vault that nobody made.
fn is_empty(mark: Option<Mark>, begin: dev::Beginning) -> bool {
    match mark {
        Some(Mark::Beginning) => begin == dev::Beginning::Empty,
        Some(Mark::BegunEmpty) => true,
        Some(Mark::Begun) | None => false,
    }
}

/// Refuses a seed in which something is wrong, where one is going to be planted. To be called
/// before anything is made.
pub(crate) fn check_seed(settings: &Settings) -> Result<(), WorldError> {
    let folder = &settings.data;
    let begun = match Mark::read(folder).map_err(at(folder))? {
        Some(Mark::Begun | Mark::BegunEmpty) => true,
        Some(Mark::Beginning) | None => false,
    };
    if settings.dev.is_none() || begun {
        return Ok(());
    }
    Seed::of(settings, dev::Beginning::Default, Timestamp::UNIX_EPOCH).map(drop)
}

/// Refuses settings that do not serve all that is stored: nobody would find it any more. To be
/// called before anything is written.
pub(crate) fn check_realms(settings: &Settings) -> Result<(), WorldError> {
    let folder = &settings.data;
    if Mark::read(folder).map_err(at(folder))? == Some(Mark::Beginning) {
        return Ok(());
    }
    let path = folder.join("sexton.db");
    let stored = realm::stored(&path);
    let stored = stored.map_err(|source| WorldError::Metadata { path, source })?;
    let served = |realm: &Realm| settings.served(&realm.region, &realm.account).is_some();
    let unserved: Vec<Realm> = stored.into_iter().filter(|realm| !served(realm)).collect();
    if unserved.is_empty() {
        return Ok(());
    }
    let regions = settings.listed_realms().iter().map(|realm| realm.region.clone()).collect();
    let (path, asked) = (folder.clone(), settings.realm.clone());
    Err(WorldError::UnservedRealms { path, unserved, asked, regions })
}

/// Opens the blob folder of `store`, which it must be.
async fn open_blobs(
    folder: &Path,
    blob_folder: &Path,
    store: &Sqlite,
) -> Result<Blobs, WorldError> {
    let owner =
        Owner { store: *store.identity().as_bytes(), has_backups: has_backups(store).await? };
    mark_folder(folder, &owner.store).map_err(at(folder))?;
    Blobs::local(blob_folder, owner).map_err(WorldError::Blobs)
}

/// Marks the data folder as that of its store, so that no backup holds it, under whatever
/// name it comes by.
fn mark_folder(folder: &Path, store: &store_mark::Identity) -> io::Result<()> {
    let opened = fs::File::open(folder)?;
    match store_mark::read(&opened)? {
        Some(found) if found == *store => Ok(()),
        Some(found) => Err(io::Error::other(format!(
            "{} says that this is the folder of store {}, and the database in it is of store {}",
            store_mark::FILE,
            hex::encode(found),
            hex::encode(store)
        ))),
        None => store_mark::write(&opened, store),
    }
}

/// Whether the store knows of any bytes that should be in the blob folder.
async fn has_backups(store: &dyn MetaStore) -> Result<bool, StoreError> {
    let sums = store.sums().await?;
    Ok(sums.erasures > 0 || sums.backups.iter().any(|(_, count)| *count > 0))
}

/// A file that a person makes in the data folder to have something accepted once.
struct Consent {
    path: PathBuf,
    given: bool,
}

/// Goes on with a database that is older than its root file.
pub(crate) const OLDER_METADATA: &str = "accept-older-metadata";

impl Consent {
    fn to(folder: &Path, name: &str) -> Result<Self, WorldError> {
        let path = folder.join(name);
        let given = path.try_exists().map_err(at(&path))?;
        Ok(Self { path, given })
    }

    /// It was given once, and does not stand for the next time.
    fn used_up(self) -> Result<(), WorldError> {
        if self.given {
            tracing::warn!("{} was used and is removed", self.path.display());
            fs::remove_file(&self.path).map_err(at(&self.path))?;
        }
        Ok(())
    }
}

/// Refuses to make a root key beside a database that was sealed under another one. Nothing is
/// made or changed.
fn refuse_lost_root(root: &Path) -> Result<(), WorldError> {
    let has_root = root.try_exists().map_err(at(root))?;
    let database = root.with_file_name("sexton.db");
    let has_database = fs::metadata(database).is_ok_and(|found| found.len() > 0);
    if has_root || !has_database {
        return Ok(());
    }
    let words = "it is missing, and the keys of all backups are sealed under it: put the file \
                 back, or begin anew in another data folder";
    Err(at(root)(io::Error::new(io::ErrorKind::NotFound, words)))
}

/// Opens the root file, or makes it; `lasts` if the database beside it is to be served.
fn open_roots(path: &Path, lasts: bool) -> Result<Arc<FileRoots>, WorldError> {
    if lasts {
        refuse_lost_root(path)?;
    }
    FileRoots::open(path).map(Arc::new).map_err(|error| {
        if error.kind() == io::ErrorKind::WouldBlock {
            WorldError::InUse(path.to_owned())
        } else {
            at(path)(error)
        }
    })
}

/// Looks through the pages of the metadata beside everything else.
fn check_pages(metadata: Arc<Sqlite>) {
    drop(tokio::task::spawn_blocking(move || metadata.check_pages()));
}

#[cfg(test)]
mod tests;
