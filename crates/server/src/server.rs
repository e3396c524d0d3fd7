//! A running server: started, and stopped without losing what is in flight.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sexton_data::home::free_bytes;
use sexton_store::clock::Clock;
use sexton_store::entropy::SystemEntropy;
use tokio::net::TcpListener;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinHandle;

use crate::api::dev;
use crate::auth::{Keys, PROFILE_FILE, RootKey, root_key};
use crate::config::{AccessKey, Limits, Settings};
use crate::http::Door;
use crate::http::body::Room;
use crate::http::listen;
use crate::http::tls::{self, TlsError};
use crate::metrics::Metrics;
use crate::nonces::{Before, UsedNonces};
use crate::process;
use crate::server::folder::Taken;
use crate::world::mark::{self, Mark};
use crate::world::{self, World, WorldError};

pub(crate) mod folder;
pub(crate) mod reserve;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `--dev` where others could reach it.
    #[error("--dev listens on loopback only, and {0} is not a loopback address")]
    DevNotLoopback(SocketAddr),
    /// The data folder.
    #[error("data folder {}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others could read or change what is in it.
    #[error("data folder {} is open to other users and could not be closed", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its disk, on which even a start has no room.
    #[error(
        "the disk of the data folder {} has {free} KiB free, and a start needs {needed} MiB: make \
         room on that disk or make it larger, then start again and delete backups; nothing in the \
         data folder is to be removed by hand",
        path.display()
    )]
    Full {
        /// Which.
        path: PathBuf,
        /// KiB that are free.
        free: u64,
        /// MiB that have to be.
        needed: u64,
    },
    /// Somebody else has it.
    #[error("data folder {} is in use by another server", .0.display())]
    InUse(PathBuf),
    /// `--dev` in a folder that it did not make.
    #[error("data folder {} was not made by --dev, which could erase it", .0.display())]
    NotMadeForDev(PathBuf),
    /// A folder of `--dev` without it.
    #[error("data folder {} was made by --dev: anybody could change it", .0.display())]
    MadeForDev(PathBuf),
    /// The address.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// TLS.
    #[error("HTTPS cannot be served")]
    Tls(#[from] TlsError),
    /// What is in the data folder.
    #[error("the data folder cannot be opened")]
    World(#[from] WorldError),
}

/// A server that is listening.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    endpoint: String,
    root_key: RootKey,
    door: Arc<Door>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    /// Held for as long as the server lives.
    _taken: Taken,
}

impl Server {
    /// Opens the data folder, finishes what a crash interrupted, and listens.
    pub async fn start(mut settings: Settings) -> Result<Self, StartError> {
        let near = settings.listen.ip().is_loopback();
        if settings.dev.as_ref().is_some_and(|dev| !dev.allow_remote && !near) {
            return Err(StartError::DevNotLoopback(settings.listen));
        }
        fit_connections(&mut settings.limits);
        process::close_to_others();
        process::leave_no_core();
        let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        world::check_seed(&settings)?;
        let taken = folder::take(&settings.data)?;
        let ready = bind(settings.listen).await.and_then(|bound| {
            check_mark(&settings)?;
            reserve::prepare(&settings.data, settings.dev.is_none(), free_bytes)?;
            world::check_realms(&settings)?;
            Ok(bound)
        });
        let (listener, address) = match ready {
            Ok(bound) => bound,
            Err(error) => {
                taken.give_back();
                return Err(error);
            }
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint = format!("{scheme}://{}", reachable(address));
        let before = nonces_before(&settings);
        let root_key = root_key(&settings.data, &settings.realm, &endpoint, &SystemEntropy)
            .map_err(|source| StartError::Folder { path: settings.data.clone(), source })?;
        let keys = access_keys(&settings, &root_key);
        let clock = if settings.dev.is_some() { Clock::settable() } else { Clock::default() };
        let clock = Arc::new(clock);
        let world = World::open(&settings, Arc::clone(&clock), dev::Beginning::Default).await;
        let world = world.map_err(|error| {
            // Although somebody removed the lock of that server.
            if matches!(error, WorldError::InUse(_)) {
                StartError::InUse(settings.data.clone())
            } else {
                error.into()
            }
        })?;
        let nonces = UsedNonces::open(&settings.data, before, clock.system())
            .map_err(|source| StartError::Folder { path: settings.data.clone(), source })?;
        let door = Arc::new(Door {
            nonces,
            port: address.port(),
            room: Room::new(&settings.limits),
            settings,
            clock,
            keys: Keys::new(keys),
            metrics: Metrics::default(),
            world: RwLock::new(Some(world)),
        });
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(listen::run(Arc::clone(&door), listener, tls, stopped));
        Ok(Self { address, endpoint, root_key, door, stop, accepting, _taken: taken })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that clients are given.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The root access key.
    pub fn root_key(&self) -> &RootKey {
        &self.root_key
    }

    /// Stops accepting, finishes requests in flight and, within bounds, the jobs that run,
    /// and waits until those have written down how they ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "the listener did not stop as it should");
        }
        let nonces = self.door.nonces.close();
        // A store that takes no commits would keep a request or a job's end waiting for
        // ever. What is not written down by then is found interrupted at the next start.
        let close = async {
            nonces.await;
            if let Some(world) = self.door.world.write().await.take() {
                world.close().await;
            }
        };
        if tokio::time::timeout(CLOSE_WAIT_MAX, close).await.is_err() {
            tracing::warn!("requests or jobs were still running after {CLOSE_WAIT_MAX:?}");
        }
    }
}

async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let at_address = |source| StartError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(at_address)?;
    let address = listener.local_addr().map_err(at_address)?;
    Ok((listener, address))
}

/// What a data folder can know of nonces, before a start changes anything in it.
fn nonces_before(settings: &Settings) -> Before {
    if !settings.data.join(PROFILE_FILE).exists() {
        // No access key of this folder has ever been given out.
        Before::Nothing
    } else if settings.data.join(world::OLDER_METADATA).exists() {
        Before::MoreThanFile
    } else {
        Before::File
    }
}

/// The access keys that are accepted.
fn access_keys(settings: &Settings, root: &RootKey) -> Vec<AccessKey> {
    let key = |id: &str, secret: &str| AccessKey {
        id: id.to_owned(),
        secret: secret.to_owned(),
        account: settings.realm.account.clone(),
    };
    let mut keys = vec![key(&root.id, &root.secret)];
    if let Some(dev) = &settings.dev {
        keys.push(key("test", "test"));
        keys.extend(dev.keys.iter().cloned());
    }
    keys
}

/// How long a stopping server waits for requests to let go of the world, and for jobs to end
/// and to write that down; longer than [`crate::world`] lets them go on.
const CLOSE_WAIT_MAX: Duration = Duration::from_secs(30);

/// Where clients on this machine find a server: all addresses together are none.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => (),
    }
    address
}

/// Fits the connections to the files that the process may open, and says so.
fn fit_connections(limits: &mut Limits) {
    let descriptors = process::raise_descriptors();
    let fitting = process::connections_fitting(limits.connections_max, descriptors);
    if fitting < limits.connections_max {
        let wanted = limits.connections_max;
        tracing::warn!(
            "connections_max is {wanted}, and the limit of open files (ulimit -n) leaves room for \
             {fitting}: so many are served at once"
        );
        limits.connections_max = fitting;
    }
}

/// Holds `--dev` to the folders that it made, and everybody else to the others.
fn check_mark(settings: &Settings) -> Result<(), StartError> {
    let path = &settings.data;
    let failed = |source| StartError::Folder { path: path.clone(), source };
    match (&settings.dev, Mark::read(path).map_err(failed)?) {
        (Some(_), Some(_)) | (None, None) => Ok(()),
        (None, Some(_)) => Err(StartError::MadeForDev(path.clone())),
        (Some(_), None) if mark::is_empty(path).map_err(failed)? => {
            Mark::Beginning.write(path).map_err(failed)
        }
        (Some(_), None) => Err(StartError::NotMadeForDev(path.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_found_on_loopback() {
        for (listen, found) in [
            ("0.0.0.0:7878", "127.0.0.1:7878"),
            ("[::]:7878", "[::1]:7878"),
            ("10.0.0.1:7878", "10.0.0.1:7878"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), found);
        }
    }
}
