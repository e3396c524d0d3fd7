//! What a source is offered as, in the words of the service that offers it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Database, FileSystem, FileSystemState, Resource, Tags, Volume};

/// What a source is offered as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offered {
    /// A file system of `FSx`.
    FileSystem(FileSystem),
    /// A volume of such a file system.
    Volume(Volume),
    /// An instance of `ApsaraDB` RDS.
    Instance(Box<Database>),
    /// A resource of AWS Backup alone.
    Resource(Resource),
}

/// What is registered stays until it is removed.
static AVAILABLE: FileSystemState = FileSystemState::Available { problem: String::new() };

impl Offered {
    /// Its tags.
    pub fn tags(&self) -> &Tags {
        match self {
            Self::FileSystem(file_system) => &file_system.tags,
            Self::Volume(volume) => &volume.tags,
            Self::Instance(database) => &database.tags,
            Self::Resource(resource) => &resource.tags,
        }
    }

    /// Its tags, to be changed.
    pub fn tags_mut(&mut self) -> &mut Tags {
        match self {
            Self::FileSystem(file_system) => &mut file_system.tags,
            Self::Volume(volume) => &mut volume.tags,
            Self::Instance(database) => &mut database.tags,
            Self::Resource(resource) => &mut resource.tags,
        }
    }

    /// Whether its backups carry its tags.
    pub fn copies_tags(&self) -> bool {
        match self {
            Self::FileSystem(file_system) => file_system.automatic.copy_tags,
            Self::Volume(_) | Self::Instance(_) | Self::Resource(_) => false,
        }
    }

    /// Where it is in its life.
    pub fn state(&self) -> &FileSystemState {
        match self {
            Self::FileSystem(file_system) => &file_system.state,
            Self::Volume(volume) => &volume.state,
            Self::Instance(_) | Self::Resource(_) => &AVAILABLE,
        }
    }

    /// Whether it can be used.
    pub fn is_available(&self) -> bool {
        matches!(self.state(), FileSystemState::Available { .. })
    }

    /// The same in another state.
    #[must_use]
    pub fn with_state(mut self, state: FileSystemState) -> Self {
        match &mut self {
            Self::FileSystem(file_system) => file_system.state = state,
            Self::Volume(volume) => volume.state = state,
            Self::Instance(_) | Self::Resource(_) => (),
        }
        self
    }

    /// What it is called.
    pub fn id(&self) -> &str {
        match self {
            Self::FileSystem(file_system) => file_system.id.as_str(),
            Self::Volume(volume) => volume.id.as_str(),
            Self::Instance(database) => database.id.as_str(),
            Self::Resource(resource) => &resource.id,
        }
    }

    /// Whether the server made its directory, and removes it together with it. A volume is in
    /// the directory of its file system, and was made there.
    pub fn is_managed(&self) -> bool {
        match self {
            Self::FileSystem(file_system) => file_system.managed,
            Self::Volume(_) => true,
            Self::Instance(_) | Self::Resource(_) => false,
        }
    }

    /// When the scheduler looks at it: what is to go is due whatever the clock says.
    pub fn due(&self) -> Option<Timestamp> {
        match (self, self.state()) {
            (Self::Instance(database), _) => Some(database.looks.due),
            (_, FileSystemState::Deleting { .. }) => Some(Timestamp::MIN),
            (Self::FileSystem(file_system), FileSystemState::Available { .. }) => {
                file_system.automatic.due
            }
            (Self::Volume(_) | Self::Resource(_), FileSystemState::Available { .. })
            | (_, FileSystemState::Creating { .. } | FileSystemState::Failed { .. }) => None,
        }
    }

    /// The file system, if it is one.
    pub fn file_system(&self) -> Option<&FileSystem> {
        match self {
            Self::FileSystem(file_system) => Some(file_system),
            Self::Volume(_) | Self::Instance(_) | Self::Resource(_) => None,
        }
    }

    /// The volume, if it is one.
    pub fn volume(&self) -> Option<&Volume> {
        match self {
            Self::FileSystem(_) | Self::Instance(_) | Self::Resource(_) => None,
            Self::Volume(volume) => Some(volume),
        }
    }

    /// The instance, if it is one.
    pub fn instance(&self) -> Option<&Database> {
        match self {
            Self::FileSystem(_) | Self::Volume(_) | Self::Resource(_) => None,
            Self::Instance(database) => Some(database),
        }
    }

    /// The resource, if it is one of AWS Backup alone.
    pub fn resource(&self) -> Option<&Resource> {
        match self {
            Self::FileSystem(_) | Self::Volume(_) | Self::Instance(_) => None,
            Self::Resource(resource) => Some(resource),
        }
    }
}
