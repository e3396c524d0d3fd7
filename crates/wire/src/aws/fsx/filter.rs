//! What a listing asks for. The comparison is here because filters are words of the wire.
//!
//! Of the values of one filter any is enough; of several filters each has to fit. What a
//! backup or a volume does not have, no filter fits.

use sexton_core::{Backup, FileSystem, FileSystemId, Volume, VolumeId};

use super::encode;
use super::error::Error;
use crate::aws::model::check::echo;
use crate::aws::model::fsx::{
    BackupType, FileSystemType, Filter, FilterName, StorageVirtualMachineFilter,
    StorageVirtualMachineFilterName, VolumeFilter as VolumeFilterMembers, VolumeFilterName,
};

/// Which backups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupFilter(Vec<BackupClause>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum BackupClause {
    FileSystem(Vec<String>),
    Volume(Vec<String>),
    Type(Vec<BackupType>),
    FileSystemType(Vec<FileSystemType>),
}

impl BackupFilter {
    /// Reads the filters of a request. Those that ask for something else than backups are
    /// refused, and so is a word that no backup has: an empty list would read as "there are
    /// none".
    pub(super) fn of(filters: Vec<Filter>) -> Result<Self, Error> {
        let clauses = filters.into_iter().map(|filter| {
            let values = values(filter.values)?;
            match filter.name.ok_or_else(nameless)? {
                FilterName::FileSystemId => Ok(BackupClause::FileSystem(values)),
                FilterName::VolumeId => Ok(BackupClause::Volume(values)),
                FilterName::BackupType => {
                    let unknown = |word: &BackupType| matches!(word, BackupType::Unknown(_));
                    words(values, unknown, "backup-type").map(BackupClause::Type)
                }
                FilterName::FileSystemType => {
                    let unknown =
                        |word: &FileSystemType| matches!(word, FileSystemType::Unknown(_));
                    words(values, unknown, "file-system-type").map(BackupClause::FileSystemType)
                }
                FilterName::DataRepositoryType
                | FilterName::FileCacheId
                | FilterName::FileCacheType
                | FilterName::Unknown(_) => Err(Error::bad_request(
                    "backups are filtered by file-system-id, volume-id, backup-type and \
                     file-system-type only",
                )),
            }
        });
        clauses.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a backup is asked for.
    pub fn matches(&self, backup: &Backup) -> bool {
        self.0.iter().all(|clause| match clause {
            BackupClause::FileSystem(ids) => {
                let of = FileSystemId::of(&backup.source);
                of.is_some_and(|of| ids.iter().any(|id| id == of.as_str()))
            }
            BackupClause::Volume(ids) => {
                let of = VolumeId::of(&backup.source);
                of.is_some_and(|of| ids.iter().any(|id| id == of.as_str()))
            }
            BackupClause::Type(types) => types.contains(&encode::backup_type(&backup.keeper)),
            BackupClause::FileSystemType(types) => {
                let kind = backup.offered.as_deref().and_then(encode::kind);
                kind.is_some_and(|kind| types.contains(&encode::file_system_type(kind)))
            }
        })
    }

    /// The one file system whose backups are asked for, if it is one: a store that knows the
    /// backups of each need not look at others.
    pub fn file_system(&self) -> Option<FileSystemId> {
        self.0.iter().find_map(|clause| match clause {
            BackupClause::FileSystem(ids) => match ids.as_slice() {
                [id] => id.parse().ok(),
                _ => None,
            },
            BackupClause::Volume(_) | BackupClause::Type(_) | BackupClause::FileSystemType(_) => {
                None
            }
        })
    }
}

/// Which volumes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VolumeFilter(Vec<VolumeClause>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum VolumeClause {
    FileSystem(Vec<String>),
    StorageVirtualMachine(Vec<String>),
}

impl VolumeFilter {
    pub(super) fn of(filters: Vec<VolumeFilterMembers>) -> Result<Self, Error> {
        let clauses = filters.into_iter().map(|filter| {
            let values = values(filter.values)?;
            match filter.name.ok_or_else(nameless)? {
                VolumeFilterName::FileSystemId => Ok(VolumeClause::FileSystem(values)),
                VolumeFilterName::StorageVirtualMachineId => {
                    Ok(VolumeClause::StorageVirtualMachine(values))
                }
                VolumeFilterName::Unknown(_) => Err(nameless()),
            }
        });
        clauses.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a volume is asked for.
    pub fn matches(&self, volume: &Volume) -> bool {
        self.0.iter().all(|clause| match clause {
            VolumeClause::FileSystem(ids) => ids.iter().any(|id| id == volume.file_system.as_str()),
            VolumeClause::StorageVirtualMachine(ids) => {
                let machine = volume.configuration.get("StorageVirtualMachineId");
                let machine = machine.and_then(serde_json::Value::as_str);
                machine.is_some_and(|machine| ids.iter().any(|id| id == machine))
            }
        })
    }
}

/// Which storage virtual machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineFilter(Vec<Vec<String>>);

impl MachineFilter {
    pub(super) fn of(filters: Vec<StorageVirtualMachineFilter>) -> Result<Self, Error> {
        let clauses = filters.into_iter().map(|filter| {
            let values = values(filter.values)?;
            match filter.name.ok_or_else(nameless)? {
                StorageVirtualMachineFilterName::FileSystemId => Ok(values),
                StorageVirtualMachineFilterName::Unknown(_) => Err(nameless()),
            }
        });
        clauses.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the machine of this file system is asked for.
    pub fn matches(&self, file_system: &FileSystem) -> bool {
        self.0.iter().all(|ids| ids.iter().any(|id| id == file_system.id.as_str()))
    }
}

fn nameless() -> Error {
    Error::bad_request("every filter needs a Name")
}

fn values(values: Option<Vec<String>>) -> Result<Vec<String>, Error> {
    let values = values.filter(|values| !values.is_empty());
    values.ok_or_else(|| Error::bad_request("every filter needs at least one of Values"))
}

fn words<T: serde::de::DeserializeOwned>(
    values: Vec<String>,
    is_unknown: impl Fn(&T) -> bool,
    filter: &str,
) -> Result<Vec<T>, Error> {
    let read = |value: String| {
        let word: Option<T> = serde_json::from_value(value.as_str().into()).ok();
        word.filter(|word| !is_unknown(word)).ok_or_else(|| {
            Error::bad_request(format!("{:?} is not a {filter} that a backup has", echo(&value)))
        })
    };
    values.into_iter().map(read).collect()
}
