//! Backup sets of real databases, kept in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::Blobs;
use sexton_data::capture::{CaptureError, CaptureOrder, Captured, capture};
use sexton_data::database::{
    DatabaseOrder, DatabaseRestoreOrder, DatabaseRestored, Method, RestoreInto, Settings,
    restore_database,
};
use sexton_data::home::{DiskRoom, FREE_BYTES_MIN, Home};
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::source::{Cancel, OwnFiles, Progress, Readable};
use tempfile::TempDir;

/// Backups in memory, each with its number, and a folder to restore them into.
pub(crate) struct Vault {
    pub(crate) folder: TempDir,
    blobs: Blobs,
    key: DataKey,
    pub(crate) progress: Arc<Progress>,
    pub(crate) cancel: Cancel,
    room: DiskRoom,
}

impl Vault {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (blobs, key) = (Blobs::memory(), DataKey::from_bytes(&[7; 32]));
        let (progress, cancel, room) = (Arc::default(), Cancel::default(), DiskRoom::default());
        Self { folder, blobs, key, progress, cancel, room }
    }

    /// The same on a disk that is full once so many bytes of a server have been read.
    pub(crate) fn full_after(bytes: u64) -> Self {
        let vault = Self::new();
        let progress = Arc::clone(&vault.progress);
        let free = move |_: &Path| {
            Ok(if progress.bytes() < bytes { u64::MAX } else { FREE_BYTES_MIN - 1 })
        };
        let home = Home::with_probe(vault.folder.path(), free).unwrap();
        Self { room: DiskRoom::beside(Some(Arc::new(home))), ..vault }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn capture(
        &self,
        number: u8,
        source: &Readable,
    ) -> Result<Captured, CaptureError> {
        let order = CaptureOrder {
            id: job(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &self.key,
            source,
            allow_empty: false,
            own: &OwnFiles::default(),
            level: 1,
            segment_bytes: 256 << 10,
            room: self.room.clone(),
        };
        capture(order, &self.blobs, &self.progress, &self.cancel).await
    }

    /// Makes a backup of a server.
    pub(crate) async fn back_up(
        &self,
        number: u8,
        settings: &Settings,
        method: Method,
    ) -> Result<Captured, CaptureError> {
        self.back_up_some(number, settings, method, &[]).await
    }

    /// Makes a backup of some databases of a server, which must have them.
    pub(crate) async fn back_up_some(
        &self,
        number: u8,
        settings: &Settings,
        method: Method,
        databases: &[&str],
    ) -> Result<Captured, CaptureError> {
        let settings = Arc::new(settings.clone());
        let databases = databases.iter().map(|&it| it.to_owned()).collect();
        let order = DatabaseOrder { settings, method, databases };
        self.capture(number, &Readable::Database(order)).await
    }

    pub(crate) async fn restore(
        &self,
        number: u8,
        into: RestoreInto,
    ) -> Result<DatabaseRestored, RestoreError> {
        let order = DatabaseRestoreOrder {
            id: job(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &self.key,
            made: None,
            into,
            room: DiskRoom::default(),
        };
        restore_database(order, &self.blobs, &Arc::default(), &self.cancel).await
    }

    /// Restores a backup as files.
    pub(crate) async fn files(&self, number: u8, name: &str) -> PathBuf {
        let order = RestoreOrder {
            id: job(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &self.key,
            target: self.path(name),
            room: DiskRoom::default(),
        };
        restore(order, &self.blobs, &Arc::default(), &self.cancel).await.unwrap();
        self.path(name)
    }
}

fn job(number: u8) -> JobId {
    JobId::new(jiff::Timestamp::UNIX_EPOCH, [number; 10])
}
