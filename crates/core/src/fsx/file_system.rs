//! File systems: what the server offers directories as.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    AutomaticBackups, DailyStart, FileSystemId, FsxBackupId, FsxBackupOrder, FsxRefusal, Made,
};
use crate::tags::check;
use crate::{
    Backup, BackupName, InRealm, JobId, Offered, Principal, Realm, Source, SourceKind, State, Tags,
    Use, UsedBy,
};

/// The type of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSystemType {
    /// Windows File Server.
    Windows,
    /// Lustre.
    Lustre,
    /// `NetApp` ONTAP: its volumes are backed up, not the whole.
    Ontap,
    /// `OpenZFS`.
    OpenZfs,
}

impl FileSystemType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Windows, Self::Lustre, Self::Ontap, Self::OpenZfs];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "WINDOWS",
            Self::Lustre => "LUSTRE",
            Self::Ontap => "ONTAP",
            Self::OpenZfs => "OPENZFS",
        }
    }

    /// The member that holds what only this type has.
    pub fn configuration(self) -> &'static str {
        match self {
            Self::Windows => "WindowsConfiguration",
            Self::Lustre => "LustreConfiguration",
            Self::Ontap => "OntapConfiguration",
            Self::OpenZfs => "OpenZFSConfiguration",
        }
    }

    /// Whether a last backup is taken of a deleted file system if nothing is said of it.
    fn has_final_backup(self) -> bool {
        match self {
            Self::Windows | Self::OpenZfs => true,
            Self::Lustre | Self::Ontap => false,
        }
    }
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// Its id.
    pub id: FileSystemId,
    /// Its type.
    pub kind: FileSystemType,
    /// Whether the server made its directory, and removes it with the file system. One that
    /// somebody registered is left alone.
    pub managed: bool,
    /// Its capacity in GiB, as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_capacity: Option<u32>,
    /// What else was said of it at the top, to be shown: members by their names on the wire.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub shown: Map<String, Value>,
    /// What was said of its type, to be shown: members by their names on the wire.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub configuration: Map<String, Value>,
    /// Its automatic backups.
    pub automatic: AutomaticBackups,
    /// Its tags.
    pub tags: Tags,
    /// Where it is in its life.
    pub state: FileSystemState,
}

impl FileSystem {
    /// A directory that somebody registered, or that the server begins with.
    pub fn registered(id: FileSystemId) -> Self {
        Self {
            id,
            kind: FileSystemType::OpenZfs,
            managed: false,
            storage_capacity: None,
            shown: Map::new(),
            configuration: Map::new(),
            automatic: AutomaticBackups::off(),
            tags: Tags::new(),
            state: FileSystemState::Available { problem: String::new() },
        }
    }

    /// Whether it is of a kind that keeps nothing for long.
    pub(super) fn is_scratch(&self) -> bool {
        let deployed = self.configuration.get("DeploymentType").and_then(Value::as_str);
        deployed.is_some_and(|deployed| deployed.starts_with("SCRATCH"))
    }
}

impl FileSystemState {
    /// It goes, as `by` asked for, and nothing keeps it yet.
    pub fn deleting(by: &Principal, last: Option<BackupName>) -> Self {
        Self::Deleting { by: by.clone(), last, problem: String::new() }
    }
}

/// Where a file system or a volume is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FileSystemState {
    /// A backup is being read into it.
    Creating {
        /// The restore: what uses the backup.
        job: JobId,
        /// Where the backup is.
        realm: Realm,
        /// The backup.
        backup: BackupName,
    },
    /// It can be used.
    Available {
        /// What went wrong last, in words; empty if nothing did.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        problem: String,
    },
    /// It goes, once its last backup is complete.
    Deleting {
        /// Who asked for it.
        by: Principal,
        /// Its last backup, if one is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<BackupName>,
        /// Why it is still there, in words; empty if nothing keeps it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        problem: String,
    },
    /// It could not be made.
    Failed {
        /// Why, in words for the caller.
        reason: String,
    },
}

impl FileSystemState {
    /// Its word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Creating { .. } => "CREATING",
            Self::Available { .. } => "AVAILABLE",
            Self::Deleting { .. } => "DELETING",
            Self::Failed { .. } => "FAILED",
        }
    }
}

/// A file system that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystemOrder {
    /// Its type; that of the backup, if it is made of one and nothing is said.
    pub kind: Option<FileSystemType>,
    /// Its capacity in GiB.
    pub storage_capacity: Option<u32>,
    /// What is shown of it: members by their names on the wire.
    pub shown: Map<String, Value>,
    /// What is said of its type: members by their names on the wire.
    pub configuration: Map<String, Value>,
    /// How many days automatic backups are kept; nothing for the default of the type.
    pub retention_days: Option<u8>,
    /// When they are taken.
    pub daily_start: Option<DailyStart>,
    /// Whether backups carry its tags.
    pub copy_tags: bool,
    /// Its tags.
    pub tags: Tags,
}

impl FileSystemOrder {
    fn begin(
        self,
        id: FileSystemId,
        kind: FileSystemType,
        now: Timestamp,
        state: FileSystemState,
    ) -> FileSystem {
        let retention_days = self.retention_days.unwrap_or(match kind {
            FileSystemType::Windows | FileSystemType::Ontap | FileSystemType::OpenZfs => 30,
            FileSystemType::Lustre => 0,
        });
        let daily_start = self.daily_start.unwrap_or_default();
        FileSystem {
            id,
            kind,
            managed: true,
            storage_capacity: self.storage_capacity,
            shown: self.shown,
            configuration: self.configuration,
            automatic: AutomaticBackups::begin(retention_days, daily_start, self.copy_tags, now),
            tags: self.tags,
            state,
        }
    }
}

fn source(file_system: FileSystem, realm: &Realm, folder: &str, now: Timestamp) -> Source {
    Source {
        realm: realm.clone(),
        arn: file_system.id.arn(realm),
        kind: SourceKind::Fsx { path: format!("{folder}/{}", file_system.id) },
        allow_empty: true,
        added: now,
        offered: Offered::FileSystem(file_system),
    }
}

/// Decides about a new file system, whose directory will be in `folder`.
pub fn decide_create_file_system(
    order: FileSystemOrder,
    realm: &Realm,
    folder: &str,
    now: Timestamp,
    random: [u8; 8],
) -> Result<Source, FsxRefusal> {
    check(&order.tags)?;
    let Some(kind) = order.kind else {
        let message = "FileSystemType is missing.".to_owned();
        return Err(FsxRefusal::BadRequest { message });
    };
    let id = FileSystemId::mint(now, random);
    let state = FileSystemState::Available { problem: String::new() };
    Ok(source(order.begin(id, kind, now, state), realm, folder, now))
}

/// Decides about a new file system that `backup` is read into, as `job`. Gives it, and its use
/// of the backup.
pub fn decide_restore_file_system(
    mut order: FileSystemOrder,
    (id, backup): (&FsxBackupId, Option<&Backup>),
    (realm, folder): (&Realm, &str),
    now: Timestamp,
    job: JobId,
    random: [u8; 8],
) -> Result<(Source, Use), FsxRefusal> {
    let missing = || FsxRefusal::BackupNotFound { id: id.clone() };
    let backup = backup.ok_or_else(missing)?;
    match &backup.state {
        State::Completed { .. } | State::Expired { .. } => (),
        State::Deleting { .. } => return Err(missing()),
        State::Creating => {
            return Err(FsxRefusal::BackupInProgress { what: format!("{id} is being made") });
        }
        State::Failed { .. } => {
            let message = format!("Backup {id} has failed and cannot be restored.");
            return Err(FsxRefusal::BadRequest { message });
        }
    }
    check(&order.tags)?;
    let of = backup.offered.as_deref().and_then(Offered::file_system);
    let known = of.map(|of| of.kind);
    let kind = order.kind.or(known).unwrap_or(FileSystemType::OpenZfs);
    if let Some(known) = known.filter(|known| *known != kind) {
        let message = format!(
            "Backup {id} is of a {} file system and cannot be restored as {}.",
            known.name(),
            kind.name()
        );
        return Err(FsxRefusal::BadRequest { message });
    }
    if let Some(of) = of {
        // What is not said is as it was.
        order.storage_capacity = order.storage_capacity.or(of.storage_capacity);
        for (name, value) in &of.configuration {
            order.configuration.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let new = FileSystemId::mint(now, random);
    let (realm_of, name) = (backup.realm.clone(), backup.name.clone());
    let state = FileSystemState::Creating { job, realm: realm_of, backup: name };
    let made = order.begin(new.clone(), kind, now, state);
    let reads = Use { job, by: UsedBy::FileSystem { id: new } };
    Ok((source(made, realm, folder, now), reads))
}

/// What a caller changes of a file system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSystemChange {
    /// The type that its configuration is of, if there is one.
    pub configuration_of: Option<FileSystemType>,
    /// Its new capacity in GiB.
    pub storage_capacity: Option<u32>,
    /// What else is shown of it.
    pub shown: Map<String, Value>,
    /// What is said of its type.
    pub configuration: Map<String, Value>,
    /// How many days automatic backups are kept.
    pub retention_days: Option<u8>,
    /// When they are taken.
    pub daily_start: Option<DailyStart>,
}

/// Decides about a change of a file system at `now`.
pub fn decide_update_file_system(
    source: Source,
    change: FileSystemChange,
    now: Timestamp,
) -> Result<Source, FsxRefusal> {
    let mut file_system = available(&source, "updated")?.clone();
    check_type(change.configuration_of, file_system.kind, "update")?;
    file_system.storage_capacity = change.storage_capacity.or(file_system.storage_capacity);
    file_system.shown.extend(change.shown);
    file_system.configuration.extend(change.configuration);
    if change.retention_days.is_some() || change.daily_start.is_some() {
        let before = file_system.automatic;
        file_system.automatic = AutomaticBackups {
            retention_days: change.retention_days.unwrap_or(before.retention_days),
            daily_start: change.daily_start.unwrap_or(before.daily_start),
            // Of a file system without automatic backups, no window has passed until now.
            settled: if before.retention_days == 0 { now } else { before.settled },
            ..before
        }
        .changed(now);
    }
    Ok(Source { offered: Offered::FileSystem(file_system), ..source })
}

pub(super) fn available<'a>(source: &'a Source, what: &str) -> Result<&'a FileSystem, FsxRefusal> {
    let Offered::FileSystem(file_system) = &source.offered else {
        return Err(FsxRefusal::no_source(&source.arn));
    };
    check_available(&source.offered, what)?;
    Ok(file_system)
}

pub(super) fn check_available(offered: &Offered, what: &str) -> Result<(), FsxRefusal> {
    match offered.state() {
        FileSystemState::Available { .. } => Ok(()),
        state @ (FileSystemState::Creating { .. }
        | FileSystemState::Deleting { .. }
        | FileSystemState::Failed { .. }) => Err(FsxRefusal::BadRequest {
            message: format!("{} is {} and cannot be {what}.", offered.id(), state.name()),
        }),
    }
}

pub(super) fn check_type(
    given: Option<FileSystemType>,
    kind: FileSystemType,
    what: &str,
) -> Result<(), FsxRefusal> {
    match given {
        Some(given) if given != kind => Err(FsxRefusal::BadRequest {
            message: format!(
                "{} cannot be applied to {what} a {} file system.",
                given.configuration(),
                kind.name()
            ),
        }),
        Some(_) | None => Ok(()),
    }
}

/// How a caller wants a file system to be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoveFileSystem {
    /// The type that its configuration is of, if there is one.
    pub configuration_of: Option<FileSystemType>,
    /// Whether no last backup is taken; nothing for the default of the type.
    pub skip_final: Option<bool>,
    /// The tags of that backup.
    pub final_tags: Tags,
    /// Whether its volumes go with it.
    pub with_volumes: bool,
}

/// Decides whether a file system goes that has so many `volumes`. Gives it, and the order of
/// its last backup if there is one; its name is put into the file system when it begins.
pub fn decide_remove_file_system(
    source: &Source,
    order: RemoveFileSystem,
    volumes: usize,
    by: &Principal,
) -> Result<(Source, Option<FsxBackupOrder>), FsxRefusal> {
    let mut file_system = match &source.offered {
        // What could not be made may go: there is nothing to be kept of it.
        Offered::FileSystem(failed @ FileSystem { state: FileSystemState::Failed { .. }, .. }) => {
            failed.clone()
        }
        Offered::FileSystem(_)
        | Offered::Volume(_)
        | Offered::Instance(_)
        | Offered::Resource(_) => available(source, "deleted")?.clone(),
    };
    check_type(order.configuration_of, file_system.kind, "delete")?;
    if volumes > 0 && !order.with_volumes {
        let message = format!(
            "File system {} still has volumes ({volumes}); delete them first.",
            file_system.id
        );
        return Err(FsxRefusal::BadRequest { message });
    }
    let wanted = order.skip_final.map_or(file_system.kind.has_final_backup(), |skip| !skip);
    let failed = matches!(file_system.state, FileSystemState::Failed { .. });
    let last = (wanted && !failed && file_system.kind != FileSystemType::Ontap).then(|| {
        let made = Made::Final;
        FsxBackupOrder { source: source.arn.clone(), made, tags: order.final_tags }
    });
    file_system.state = FileSystemState::deleting(by, None);
    Ok((Source { offered: Offered::FileSystem(file_system), ..source.clone() }, last))
}

impl FileSystem {
    /// The backup that is being read into it.
    pub fn reads(&self) -> Option<InRealm<BackupName>> {
        match &self.state {
            FileSystemState::Creating { realm, backup, .. } => Some(realm.with(backup.clone())),
            FileSystemState::Available { .. }
            | FileSystemState::Deleting { .. }
            | FileSystemState::Failed { .. } => None,
        }
    }
}
