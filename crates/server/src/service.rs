//! What request handlers and background loops share: one world of vaults in all its realms.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{ClockTrust, Event, EventKind, JobId, Principal, Realm};
use sexton_data::blobs::Blobs;
use sexton_data::managed::Managed;
use sexton_store::MetaStore;
use sexton_store::certificate::Log;
use sexton_store::clock::Clock;
use sexton_store::entropy::{Entropy, SystemEntropy};
use sexton_store::memory::Memory;
use sexton_wire::aws::error::MissingVault;
use sexton_wire::aws::paging::PageSecret;
use tokio::sync::Notify;

use crate::behalf::{self, Calls};
use crate::databases::{Databases, Imagined};
use crate::eraser::Seen;
use crate::identities::Identities;
use crate::instances::Instances;
use crate::jobs::Jobs;
use crate::log_backups::Logs;
use crate::ops::rds::SetRestores;
use crate::realms::Realms;

/// Everything that a service is made of. Nothing here is made inside, so the simulator
/// runs the very same service on other parts.
#[derive(Debug)]
pub struct Service {
    /// The realms in which it has something.
    pub realms: Realms,
    /// Its metadata.
    pub store: Arc<dyn MetaStore>,
    /// Its bytes.
    pub blobs: Blobs,
    /// Its time.
    pub clock: Arc<Clock>,
    /// Its randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The log of its certificates, and the key that signs it.
    pub log: Log,
    /// Where restores are written, and nowhere else.
    pub restore_folder: PathBuf,
    /// Where the directories of file systems are made; nothing if none can be.
    pub managed: Option<Arc<Managed>>,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// The captures and restores that are running.
    pub jobs: Jobs,
    /// A hint for the eraser that there may be work; never data.
    pub erasures: Notify,
    /// A hint for the scheduler that something of a file system is due; never data.
    pub due: Notify,
    /// A hint for the scheduler that what kept recovery points may be gone; never data.
    pub released: AtomicBool,
    /// What the eraser has seen of what it removes.
    pub seen: Seen,
    /// How databases are reached.
    pub databases: Arc<dyn Databases>,
    /// What was seen of them.
    pub probes: Instances,
    /// Log backups.
    pub logs: Logs,
    /// Restores of backup sets.
    pub set_restores: SetRestores,
    /// Who there is beside root.
    pub identities: Identities,
    /// What the audit trail was told of calls.
    pub calls: Calls,
}

/// What an operator chooses of a service's behaviour.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Resources that were never registered are backed up as a generated payload.
    pub generate_unknown_resources: bool,
    /// What a request that names an unknown vault is answered.
    pub missing_vault: MissingVault,
    /// zstd level of new backups.
    pub compression_level: i32,
    /// How long a backup of a database may have nothing come of it.
    pub stall_max: Duration,
    /// Binds page tokens to this server.
    pub page_secret: PageSecret,
}

impl Service {
    /// A service of nothing but memory, for tests and the simulator, which put parts of their
    /// own in it.
    pub fn in_memory() -> Self {
        Self {
            realms: Realms::default(),
            store: Arc::new(Memory::default()),
            blobs: Blobs::memory(),
            clock: Arc::default(),
            entropy: Arc::new(SystemEntropy),
            log: Log::from_seed([1; 32]),
            restore_folder: PathBuf::new(),
            managed: None,
            behaviour: Behaviour {
                generate_unknown_resources: true,
                missing_vault: MissingVault::default(),
                compression_level: 1,
                stall_max: Duration::from_mins(30),
                page_secret: PageSecret::new(&[1; 32]),
            },
            jobs: Jobs::default(),
            erasures: Notify::new(),
            due: Notify::new(),
            released: AtomicBool::default(),
            seen: Seen::default(),
            databases: Arc::new(Imagined),
            probes: Instances::default(),
            logs: Logs::default(),
            set_restores: SetRestores::default(),
            identities: Identities::new(&[2; 32]),
            calls: Calls::default(),
        }
    }

    /// Whether the clock is believed.
    pub fn clock_trusted(&self) -> bool {
        self.clock.trust() == ClockTrust::Trusted
    }

    /// The present instant, if the clock is believed: what is deleted because its time has come
    /// goes by no other.
    pub(crate) fn trusted_now(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        self.clock_trusted().then_some(now)
    }

    /// Has the scheduler look at every deletion that is asked for and waits.
    pub(crate) fn tell_released(&self) {
        self.released.store(true, Ordering::Relaxed);
        self.due.notify_one();
    }

    /// A fresh job id.
    pub(crate) fn new_job_id(&self, now: Timestamp) -> JobId {
        JobId::new(now, self.entropy.bytes())
    }
}

/// An event of the audit trail in one realm.
pub(crate) fn event(at: Timestamp, by: &Principal, realm: &Realm, kind: EventKind) -> Event {
    Event { realm: Some(realm.clone()), ..server_event(at, by, kind) }
}

/// An event of the audit trail that concerns the whole server.
pub(crate) fn server_event(at: Timestamp, by: &Principal, kind: EventKind) -> Event {
    Event { at, by: by.clone(), realm: None, via: behalf::note_event(), kind }
}
