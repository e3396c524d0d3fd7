//! What a crash has left of restores, and of file systems that were made or removed: found before
//! anything is served, so that nothing of now is among it, and removed beside everything else. It
//! may be large, and nobody finds it under the name that it has.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{FileSystemId, chain};
use sexton_data::managed::{Leftover, Managed};
use sexton_data::restore;
use sexton_data::source::Cancel;
use sexton_store::{MetaStore, StoreError};
use tokio::task::{JoinError, JoinHandle};

/// What there is of it.
#[derive(Debug)]
pub(super) struct Leftovers {
    restore_folder: PathBuf,
    restores: Vec<String>,
    managed: Arc<Managed>,
    file_systems: Vec<Leftover>,
    /// Directories of file systems; those that are nobody's once somebody has looked.
    directories: Vec<FileSystemId>,
    /// Folders elsewhere that backup sets were restored into.
    targets: Vec<PathBuf>,
}

impl Leftovers {
    /// Finds it. To be called before anything is served.
    pub(super) fn find(restore_folder: &Path, managed: &Arc<Managed>) -> io::Result<Self> {
        Ok(Self {
            restore_folder: restore_folder.to_owned(),
            restores: restore::leftovers(restore_folder)?,
            managed: Arc::clone(managed),
            file_systems: managed.leftovers().map_err(io::Error::other)?,
            directories: managed.ids().map_err(io::Error::other)?,
            targets: Vec::new(),
        })
    }

    /// Leaves out what is somebody's: the directories of file systems that are known, and what is
    /// left of those that are being removed, which whoever goes on with that takes as well.
    pub(super) async fn of_nobody(mut self, store: &dyn MetaStore) -> Result<Self, StoreError> {
        let (mut going, mut after) = (BTreeSet::new(), None);
        while !self.file_systems.is_empty() {
            let page = store.due_sources(Timestamp::MIN, after.as_ref(), PAGE_ITEMS).await?;
            going.extend(page.items.iter().filter_map(|key| FileSystemId::of(&key.name)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        self.file_systems.retain(|leftover| !going.contains(&leftover.id));
        if !self.directories.is_empty() {
            for realm in store.list_realms().await? {
                let sources = store.list_sources(&realm).await?;
                let known: BTreeSet<_> =
                    sources.iter().filter_map(|source| FileSystemId::of(&source.arn)).collect();
                self.directories.retain(|id| !known.contains(id));
            }
        }
        Ok(self)
    }

    /// The same, and what is beside these folders, which restores were making that are no more.
    pub(super) fn beside(self, targets: Vec<PathBuf>) -> Self {
        Self { targets, ..self }
    }

    /// Removes it in a thread of its own.
    pub(super) fn remove(self) -> Removal {
        let cancel = Cancel::default();
        let cancelled = cancel.clone();
        let task = tokio::task::spawn_blocking(move || self.remove_all(&cancelled));
        Removal { cancel, task }
    }

    fn remove_all(self, cancel: &Cancel) {
        for name in &self.restores {
            let removed = restore::remove_leftover(&self.restore_folder, name, cancel);
            tell(name, removed.map_err(|error| chain(&error)), cancel);
        }
        for target in &self.targets {
            match restore::remove_staging_of(target, cancel) {
                Ok(false) => (),
                Ok(true) => tell(target.display(), Ok(()), cancel),
                Err(error) => tell(target.display(), Err(chain(&error)), cancel),
            }
        }
        for leftover in &self.file_systems {
            let removed = self.managed.remove_leftover(leftover, cancel);
            tell(&leftover.id, removed.map_err(|error| chain(&error)), cancel);
        }
        // The directory comes before the record. One that holds anything is not for us to remove.
        for id in &self.directories {
            tell(id, self.managed.remove_empty(id).map_err(|error| chain(&error)), cancel);
        }
    }
}

/// Sources that are read together.
const PAGE_ITEMS: usize = 100;

fn tell(what: impl Display, removed: Result<(), String>, cancel: &Cancel) {
    if cancel.is_cancelled() {
        return;
    }
    match removed {
        Ok(()) => tracing::info!(of = %what, "what a crash has left is removed"),
        Err(error) => {
            tracing::warn!(of = %what, error, "what a crash has left is still there");
        }
    }
}

/// A removal that goes on.
#[derive(Debug)]
pub(super) struct Removal {
    cancel: Cancel,
    task: JoinHandle<()>,
}

impl Removal {
    /// Ends it where it is: the next start goes on.
    pub(super) async fn stop(mut self) -> Result<(), JoinError> {
        self.cancel.cancel();
        (&mut self.task).await
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

#[cfg(test)]
mod tests {
    use sexton_core::{FileSystem, FileSystemState, Offered, Principal, Realm, Source, SourceKind};
    use sexton_store::memory::Memory;
    use sexton_store::{Change, Commit, Write};

    use super::*;

    /// The source of a file system that is going.
    fn going(id: &FileSystemId, realm: Realm) -> Source {
        let deleting = FileSystemState::deleting(&Principal::server(), None);
        Source {
            arn: id.arn(&realm),
            realm,
            kind: SourceKind::Fsx { path: "/nowhere".to_owned() },
            allow_empty: true,
            added: Timestamp::UNIX_EPOCH,
            offered: Offered::FileSystem(FileSystem {
                managed: true,
                ..FileSystem::registered(id.clone())
            })
            .with_state(deleting),
        }
    }

    #[tokio::test]
    async fn what_is_left_of_a_removal_that_goes_on_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let managed = Arc::new(Managed::open(folder.path()).unwrap());
        let ids: [FileSystemId; 2] =
            ["fs-0123456789abcdef0", "fs-0123456789abcdef1"].map(|id| id.parse().unwrap());
        let left = |id: &FileSystemId| managed.folder().join(format!(".{id}.removing"));
        for id in &ids {
            std::fs::create_dir_all(left(id).join("a/b")).unwrap();
        }
        let store = Memory::default();
        let source = going(&ids[0], Realm::new("us-east-1", "123456789012"));
        let change = Change { writes: vec![Write::PutSource(source)], ..Change::default() };
        assert_eq!(store.commit(change).await.unwrap(), Commit::Done);

        let leftovers = Leftovers::find(folder.path(), &managed).unwrap();
        let removal = leftovers.of_nobody(&store).await.unwrap();
        removal.remove_all(&Cancel::default());
        assert!(left(&ids[0]).join("a/b").is_dir());
        assert!(!left(&ids[1]).exists());
    }

    #[tokio::test]
    async fn a_directory_that_was_made_before_a_crash_goes_if_it_is_empty_and_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let managed = Arc::new(Managed::open(folder.path()).unwrap());
        let [known, empty, full]: [FileSystemId; 3] =
            ["fs-0123456789abcdef0", "fs-0123456789abcdef1", "fs-0123456789abcdef2"]
                .map(|id| id.parse().unwrap());
        for id in [&known, &empty, &full] {
            managed.make(id).unwrap();
        }
        std::fs::write(managed.path_of(&full).join("letter"), "dear heirs").unwrap();
        let store = Memory::default();
        let source = going(&known, Realm::new("us-east-1", "123456789012"));
        let change = Change { writes: vec![Write::PutSource(source)], ..Change::default() };
        assert_eq!(store.commit(change).await.unwrap(), Commit::Done);

        let leftovers = Leftovers::find(folder.path(), &managed).unwrap();
        leftovers.of_nobody(&store).await.unwrap().remove_all(&Cancel::default());
        assert!(managed.path_of(&known).is_dir());
        assert!(!managed.path_of(&empty).exists());
        assert!(managed.path_of(&full).join("letter").is_file());
    }
}
