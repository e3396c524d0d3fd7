//! Volumes of file systems.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::file_system::{available, check_available, check_type};
use super::{
    FileSystemId, FileSystemState, FileSystemType, FsxBackupOrder, FsxRefusal, Made, VolumeId,
};
use crate::tags::check;
use crate::{Offered, Principal, Realm, Source, SourceKind, Tags};

/// A volume of a file system: a directory in that of the file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Its id.
    pub id: VolumeId,
    /// Its file system.
    pub file_system: FileSystemId,
    /// The type of that.
    pub kind: FileSystemType,
    /// Its name, and that of its directory.
    pub name: String,
    /// What was said of its type, to be shown: members by their names on the wire.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub configuration: Map<String, Value>,
    /// Its tags.
    pub tags: Tags,
    /// Where it is in its life.
    pub state: FileSystemState,
}

/// How a caller wants a volume to be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoveVolume {
    /// The type that its configuration is of, if there is one.
    pub configuration_of: Option<FileSystemType>,
    /// Whether no last backup is taken; nothing for the default of the type.
    pub skip_final: Option<bool>,
    /// The tags of that backup.
    pub final_tags: Tags,
}

/// Decides whether a volume goes. Gives it, and the order of its last backup if there is one.
pub fn decide_remove_volume(
    source: &Source,
    order: RemoveVolume,
    by: &Principal,
) -> Result<(Source, Option<FsxBackupOrder>), FsxRefusal> {
    let Offered::Volume(volume) = &source.offered else {
        return Err(FsxRefusal::no_source(&source.arn));
    };
    check_available(&source.offered, "deleted")?;
    check_type(order.configuration_of, volume.kind, "delete a volume of")?;
    // Those of ONTAP alone have a last backup.
    let wanted = volume.kind == FileSystemType::Ontap && !order.skip_final.unwrap_or(false);
    let last = wanted.then(|| {
        let made = Made::Final;
        FsxBackupOrder { source: source.arn.clone(), made, tags: order.final_tags }
    });
    let state = FileSystemState::deleting(by, None);
    Ok((Source { offered: source.offered.clone().with_state(state), ..source.clone() }, last))
}

/// A volume that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeOrder {
    /// The file system.
    pub file_system: FileSystemId,
    /// The type that its configuration is of.
    pub kind: FileSystemType,
    /// Its name.
    pub name: String,
    /// What is said of its type: members by their names on the wire.
    pub configuration: Map<String, Value>,
    /// Its tags.
    pub tags: Tags,
}

/// Decides about a new volume in the file system that is known as `parent`.
pub fn decide_create_volume(
    order: VolumeOrder,
    parent: Option<&Source>,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 8],
) -> Result<Source, FsxRefusal> {
    let id = order.file_system;
    let missing = || FsxRefusal::FileSystemNotFound { id: id.to_string() };
    let parent = parent.ok_or_else(missing)?;
    let file_system = available(parent, "given a volume")?;
    check(&order.tags)?;
    check_type(Some(order.kind), file_system.kind, "create a volume in")?;
    if !file_system.managed {
        // What somebody registered is theirs: nothing is made or removed in it.
        let message = format!("File system {id} is a registered directory and has no volumes.");
        return Err(FsxRefusal::Unsupported { message });
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if order.name.is_empty() || order.name.starts_with('.') || !order.name.chars().all(plain) {
        let message = "The name of a volume has letters, digits, '_', '-' and '.', and does not \
                       begin with '.'."
            .to_owned();
        return Err(FsxRefusal::BadRequest { message });
    }
    let SourceKind::Fsx { path } = &parent.kind else { return Err(missing()) };
    let volume = Volume {
        id: VolumeId::mint(now, random),
        file_system: id.clone(),
        kind: order.kind,
        name: order.name,
        configuration: order.configuration,
        tags: order.tags,
        state: FileSystemState::Available { problem: String::new() },
    };
    Ok(Source {
        realm: realm.clone(),
        arn: volume.id.arn(&id, realm),
        kind: SourceKind::Fsx { path: format!("{path}/{}", volume.name) },
        allow_empty: true,
        added: now,
        offered: Offered::Volume(volume),
    })
}
