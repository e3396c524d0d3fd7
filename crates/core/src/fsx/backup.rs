//! How backups of file systems and volumes come to be: captured, or copied.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FileSystemId, FileSystemState, FileSystemType, FsxBackupId, FsxRefusal, VolumeId};
use crate::tags::check;
use crate::{
    Backup, BackupId, BackupName, Erasure, InRealm, JobId, Keeper, Leftover, ObjectPrefix, Offered,
    Principal, Realm, ResourceArn, Source, State, Tags, Use, UsedBy, VaultName, Why,
};

/// Copies that one realm makes at the same time.
pub const COPIES_MAX: u64 = 5;

/// What `FSx` says of a backup that it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfFileSystem {
    /// Its file system.
    pub file_system: FileSystemId,
    /// The volume of it that was backed up, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeId>,
    /// Why it was made.
    pub made: Made,
}

/// Why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// Somebody asked for it, or for a copy.
    Asked,
    /// It was the time of the day; it goes after some days, or with its file system.
    Automatic,
    /// Its file system was deleted, and this is what is kept of it.
    Final,
}

/// Where the bytes of a backup came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From its source.
    #[default]
    Captured,
    /// From another backup; sealed again under its own key.
    Copied {
        /// Where that was.
        realm: Realm,
        /// Its name there.
        name: BackupName,
        /// The backup that all copies go back to.
        root: BackupId,
        /// The vault that it was copied out of; nothing if `FSx` copied it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vault: Option<VaultName>,
    },
}

impl Origin {
    /// Whether it is the usual one.
    pub fn is_captured(&self) -> bool {
        *self == Self::Captured
    }
}

impl Backup {
    /// Whether `FSx` shows it, whoever keeps it. What is being deleted is gone.
    pub fn is_of_fsx(&self) -> bool {
        match self.state {
            State::Deleting { .. } => false,
            State::Creating
            | State::Completed { .. }
            | State::Expired { .. }
            | State::Failed { .. } => FsxBackupId::of(&self.name).is_some(),
        }
    }

    /// The backup that this one and all its copies go back to.
    pub fn root(&self) -> BackupId {
        match &self.origin {
            Origin::Captured => self.id,
            Origin::Copied { root, .. } => *root,
        }
    }

    /// What this backup was copied from.
    pub fn copied_from(&self) -> Option<InRealm<BackupName>> {
        match &self.origin {
            Origin::Captured => None,
            Origin::Copied { realm, name, .. } => Some(realm.with(name.clone())),
        }
    }
}

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FsxBackupOrder {
    /// The file system or volume.
    pub source: ResourceArn,
    /// Why.
    pub made: Made,
    /// The tags of the backup.
    pub tags: Tags,
}

/// Decides whether a backup begins at `now` of what `order` names, and is known as `source`.
/// `running`: backups of it that are being made. `random` is spent on names.
pub fn decide_fsx_backup(
    order: FsxBackupOrder,
    source: Option<&Source>,
    running: u64,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 34],
) -> Result<Backup, FsxRefusal> {
    let volume = VolumeId::of(&order.source);
    let missing = || FsxRefusal::no_source(&order.source);
    let file_system = FileSystemId::of(&order.source).ok_or_else(missing)?;
    let source = source.ok_or_else(missing)?;
    check_source(source, order.made)?;
    if running > 0 {
        return Err(FsxRefusal::BackupInProgress {
            what: format!("a backup of {} is being made", order.source.resource()),
        });
    }
    let copied = source.offered.copies_tags().then(|| source.offered.tags().clone());
    let mut tags = copied.unwrap_or_default();
    tags.extend(order.tags);
    check(&tags)?;
    let keeper = OfFileSystem { file_system, volume, made: order.made };
    Ok(begin(realm, order.source, keeper, tags, now, random).of(source.offered.clone()))
}

fn check_source(source: &Source, made: Made) -> Result<(), FsxRefusal> {
    match (source.offered.state(), made) {
        (FileSystemState::Available { .. }, _)
        | (FileSystemState::Deleting { .. }, Made::Final) => (),
        (
            state @ (FileSystemState::Creating { .. }
            | FileSystemState::Deleting { .. }
            | FileSystemState::Failed { .. }),
            Made::Asked | Made::Automatic | Made::Final,
        ) => {
            let (id, state) = (source.offered.id(), state.name());
            return Err(FsxRefusal::BadRequest {
                message: format!("{id} is {state}, and only what is AVAILABLE can be backed up."),
            });
        }
    }
    match &source.offered {
        Offered::FileSystem(file_system) => {
            if file_system.kind == FileSystemType::Ontap {
                let message = "ONTAP file system backup is unsupported.".to_owned();
                return Err(FsxRefusal::Unsupported { message });
            }
            if file_system.is_scratch() {
                let message = "Backups of scratch file systems are unsupported.".to_owned();
                return Err(FsxRefusal::Unsupported { message });
            }
            Ok(())
        }
        Offered::Volume(_) => Ok(()),
        Offered::Instance(_) | Offered::Resource(_) => Err(FsxRefusal::no_source(&source.arn)),
    }
}

/// Ten bytes for the id, sixteen for the prefix, eight for the name.
fn begin(
    realm: &Realm,
    source: ResourceArn,
    keeper: OfFileSystem,
    tags: Tags,
    now: Timestamp,
    random: [u8; 34],
) -> Backup {
    let part = |from: usize, bytes: &mut [u8]| {
        let random = random.iter().skip(from);
        bytes.iter_mut().zip(random).for_each(|(to, from)| *to = *from);
    };
    let (mut job, mut prefix, mut name) = ([0; 10], [0; 16], [0; 8]);
    part(0, &mut job);
    part(10, &mut prefix);
    part(26, &mut name);
    Backup {
        id: BackupId::of_job(JobId::new(now, job)),
        realm: realm.clone(),
        name: FsxBackupId::mint(now, name).name(realm),
        source,
        created: now,
        objects: ObjectPrefix::new(prefix),
        keeper: Keeper::FileSystem(keeper),
        origin: Origin::Captured,
        offered: None,
        tags,
        problems: String::new(),
        state: State::Creating,
    }
}

impl Backup {
    /// With a copy of what its source is offered as.
    fn of(self, offered: Offered) -> Self {
        Self { offered: Some(Box::new(offered)), ..self }
    }
}

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FsxCopyOrder {
    /// The backup.
    pub original: InRealm<FsxBackupId>,
    /// Whether the copy carries the tags of the original, where none are given.
    pub copy_tags: bool,
    /// The tags of the copy.
    pub tags: Tags,
}

/// Decides whether a copy of `original` begins at `now` in `realm`; `running`: copies that are
/// being made there. Gives the copy, and its use of the original.
pub fn decide_fsx_copy(
    order: FsxCopyOrder,
    original: Option<&Backup>,
    running: u64,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 34],
) -> Result<(Backup, Use), FsxRefusal> {
    let id = order.original.name;
    let original = original.ok_or_else(|| FsxRefusal::BackupNotFound { id: id.clone() })?;
    match &original.state {
        State::Completed { .. } | State::Expired { .. } => (),
        State::Deleting { .. } => return Err(FsxRefusal::BackupNotFound { id }),
        State::Creating | State::Failed { .. } => {
            return Err(FsxRefusal::SourceBackupUnavailable { id });
        }
    }
    if running >= COPIES_MAX {
        return Err(FsxRefusal::TooManyCopies);
    }
    let mut tags = if order.copy_tags { original.tags.clone() } else { Tags::new() };
    tags.extend(order.tags);
    check(&tags)?;
    let missing = || FsxRefusal::no_source(&original.source);
    let keeper = OfFileSystem {
        file_system: FileSystemId::of(&original.source).ok_or_else(missing)?,
        volume: VolumeId::of(&original.source),
        made: Made::Asked,
    };
    let copy = begin(realm, original.source.clone(), keeper, tags, now, random);
    let copy = Backup {
        origin: Origin::Copied {
            realm: original.realm.clone(),
            name: original.name.clone(),
            root: original.root(),
            vault: None,
        },
        offered: original.offered.clone(),
        ..copy
    };
    let by = FsxBackupId::of(&copy.name).map(|copy| UsedBy::Copy { backup: copy });
    let by = by.ok_or(FsxRefusal::SourceBackupUnavailable { id })?;
    let reads = Use { job: copy.id.job(), by };
    Ok((copy, reads))
}

/// The backup that could not be made, as it is from `at` on; what was stored of it goes, as
/// `erasure`. The record of what a caller asked for stays, for whoever looks what became of it.
pub fn decide_record_loss(
    backup: Backup,
    reason: String,
    at: Timestamp,
    erasure: JobId,
) -> Option<Backup> {
    match backup.state {
        State::Creating => (),
        State::Completed { .. }
        | State::Expired { .. }
        | State::Failed { .. }
        | State::Deleting { .. } => return None,
    }
    let erasing = Erasure::begin(erasure, at, Principal::server(), Why::FailedBackup);
    match &backup.keeper {
        // It has a job, which says what became of it.
        Keeper::Vault(_) => None,
        Keeper::FileSystem(_) | Keeper::Instance(_) => {
            let state = State::Failed { reason, at, bytes: Leftover::Erasing { erasing } };
            Some(Backup { state, ..backup })
        }
        // What it was to hold is backed up by the next one.
        Keeper::Log(_) => Some(backup.erased_by(erasing)),
    }
}
