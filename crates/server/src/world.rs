//! One world of vaults in one folder: opened, filled for the first time, closed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use sexton_core::{
    BackupOrder, Lifecycle, Principal, Realm, ResourceArn, RoleArn, RoleStatus, Tags, Vault,
    VaultName,
};
use sexton_wire::aws::backup::paging::PageSecret;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::admin::set_role;
use crate::api::dev;
use crate::blobs::{BlobError, Blobs};
use crate::certificate::Signer;
use crate::clock::Clock;
use crate::config::Settings;
use crate::entropy::{Entropy, SystemEntropy};
use crate::eraser;
use crate::failure::Failure;
use crate::jobs::{Home, Jobs};
use crate::keys::root::FileRoots;
use crate::service::{Behaviour, Service};
use crate::store::sqlite::{Parts, Sqlite};
use crate::store::{Cause, StoreError};

/// Why a world could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file or folder.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The metadata.
    #[error("the metadata in {} cannot be opened", path.display())]
    Metadata {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The blobs.
    #[error("the blob folder cannot be opened")]
    Blobs(#[source] BlobError),
    /// What has to be written before serving.
    #[error("the store could not be made ready")]
    Store(#[source] Failure),
    /// The seed file.
    #[error("seed file {}: {reason}", path.display())]
    Seed {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<StoreError> for WorldError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl From<Failure> for WorldError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure)
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> WorldError {
    let path = path.to_owned();
    |source| WorldError::File { path, source }
}

/// The files of a world. Everything else in the data folder belongs to the server.
const FILES: [&str; 7] = [
    "sexton.db",
    "sexton.db-wal",
    "sexton.db-shm",
    "root-key",
    "blobs",
    "restores",
    "certificate-key",
];

/// How long jobs that run may go on when the server is asked to stop. They are told to
/// stop then, and have the rest of the server's patience to write that down.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(20);

/// A service and its loops.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) service: Arc<Service>,
    stop: watch::Sender<bool>,
    eraser: JoinHandle<()>,
}

impl World {
    /// Opens the world in the data folder. A new one begins with what `begin` says.
    pub(crate) async fn open(
        settings: &Settings,
        clock: Arc<Clock>,
        begin: dev::World,
    ) -> Result<Self, WorldError> {
        let folder = &settings.data;
        let restore_folder = folder.join("restores");
        let blob_folder = folder.join("blobs");
        for needed in [&restore_folder, &blob_folder] {
            fs::create_dir_all(needed).map_err(at(needed))?;
        }
        crate::restore::sweep(&restore_folder).map_err(at(&restore_folder))?;
        let root_path = folder.join("root-key");
        let roots = FileRoots::open(&root_path).map_err(at(&root_path))?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let parts = Parts {
            roots: Arc::new(roots),
            entropy: Arc::clone(&entropy),
            clock: Arc::clone(&clock),
            roll: settings.erasure_epoch,
        };
        let path = folder.join("sexton.db");
        let store = Sqlite::open(&path, parts)
            .map_err(|source| WorldError::Metadata { path: path.clone(), source })?;
        let secret: [u8; 32] = entropy.bytes();
        let service = Arc::new(Service {
            realm: settings.realm.clone(),
            store: Arc::new(store),
            blobs: Blobs::local(&blob_folder).map_err(WorldError::Blobs)?,
            clock,
            entropy,
            signer: Signer::open(folder).map_err(at(folder))?,
            restore_folder,
            behaviour: Behaviour {
                generate_unknown_resources: settings.dev.is_some(),
                missing_vault: settings.missing_vault,
                compression_level: settings.compression_level,
                page_secret: PageSecret::new(&secret),
            },
            jobs: Jobs::beside(Home::new(folder).map_err(at(folder))?),
            erasures: tokio::sync::Notify::new(),
        });
        service.end_interrupted().await?;
        let (stop, stopped) = watch::channel(false);
        let eraser = tokio::spawn(eraser::run(Arc::clone(&service), stopped));
        let world = Self { service, stop, eraser };
        if world.service.store.events(0, 1).await?.is_empty() {
            world.begin(settings, begin).await?;
        }
        Ok(world)
    }

    /// Stops at once what is running, of a world that is to be removed.
    pub(crate) async fn discard(self) {
        self.service.jobs.drain(Duration::ZERO).await;
        self.close().await;
    }

    /// Finishes what is running, within bounds, and stops the loops.
    pub(crate) async fn close(self) {
        self.service.jobs.drain(DRAIN_WAIT_MAX).await;
        self.stop.send_replace(true);
        self.service.erasures.notify_one();
        if let Err(error) = self.eraser.await {
            tracing::error!(%error, "the eraser did not stop as it should");
        }
    }

    /// Removes the files of a world that is closed.
    pub(crate) fn remove_files(settings: &Settings) -> Result<(), WorldError> {
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

    async fn begin(&self, settings: &Settings, begin: dev::World) -> Result<(), WorldError> {
        let seed = match (&settings.dev, begin) {
            (Some(dev), dev::World::Default) => match &dev.seed {
                Some(path) => Seed::load(path)?,
                None => Seed::default_world(&settings.realm),
            },
            (Some(_), dev::World::Empty) | (None, _) => Seed::default(),
        };
        seed.plant(&self.service).await
    }
}

/// What a world begins with, beside the vault `Default`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seed {
    vaults: Vec<SeedVault>,
    roles: Vec<sexton_core::Role>,
    recovery_points: Vec<SeedPoints>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedVault {
    name: String,
    #[serde(default)]
    tags: Tags,
}

/// Recovery points that are really made, of generated payloads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedPoints {
    vault: VaultName,
    resource: ResourceArn,
    role: Option<RoleArn>,
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

/// The role of the default world whose recovery points end `EXPIRED`.
pub const EXPIRED_ROLE: &str = "role/SextonExpired";

impl Seed {
    fn load(path: &Path) -> Result<Self, WorldError> {
        let text = fs::read_to_string(path).map_err(at(path))?;
        serde_json::from_str(&text)
            .map_err(|error| WorldError::Seed { path: path.to_owned(), reason: error.to_string() })
    }

    fn default_world(realm: &Realm) -> Self {
        let arn = format!("arn:{}:iam::{}:{EXPIRED_ROLE}", realm.partition(), realm.account);
        let roles = arn.parse().map(|arn| sexton_core::Role { arn, status: RoleStatus::Denied });
        Self { roles: roles.into_iter().collect(), ..Self::default() }
    }

    async fn plant(self, service: &Arc<Service>) -> Result<(), WorldError> {
        let by = Principal::server();
        let now = service.clock.now();
        let default = SeedVault { name: "Default".to_owned(), tags: Tags::new() };
        for SeedVault { name, tags } in std::iter::once(default).chain(self.vaults) {
            let name = VaultName::for_new_vault(&name).map_err(|error| WorldError::Seed {
                path: PathBuf::from("vaults"),
                reason: error.to_string(),
            })?;
            let vault = Vault {
                name,
                created: now,
                creator_request_id: Some("seed".to_owned()),
                encryption_key_arn: None,
                tags,
            };
            service.create_vault(vault, &by, now).await?;
        }
        for role in self.roles {
            let set = set_role(service, role.arn.as_str(), role.status, &by, now).await;
            set.map_err(|refused| WorldError::Seed {
                path: PathBuf::from("roles"),
                reason: format!("{refused:?}"),
            })?;
        }
        for points in self.recovery_points {
            points.plant(service, &by).await?;
        }
        service.jobs.settled().await;
        Ok(())
    }
}

impl SeedPoints {
    async fn plant(self, service: &Arc<Service>, by: &Principal) -> Result<(), WorldError> {
        let Realm { account, .. } = &service.realm;
        let partition = service.realm.partition();
        let usual =
            format!("arn:{partition}:iam::{account}:role/service-role/AWSBackupDefaultServiceRole");
        let role = match self.role {
            Some(role) => role,
            None => usual.parse().map_err(|_| Failure::NoPoint)?,
        };
        for _point in 0..self.count {
            let order = BackupOrder {
                vault: self.vault.clone(),
                resource: self.resource.clone(),
                role: role.clone(),
                idempotency_token: None,
                lifecycle: Lifecycle::default(),
                tags: Tags::new(),
                windows: sexton_core::Windows::default(),
            };
            loop {
                match service.start_backup(order.clone(), by, service.clock.now()).await {
                    Ok(_) => break,
                    Err(Failure::TooManyJobs(_)) => service.jobs.settled().await,
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        Ok(())
    }
}
