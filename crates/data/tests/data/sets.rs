//! Backup sets of real databases, kept in memory.

use std::path::PathBuf;
use std::sync::Arc;

use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::Blobs;
use sexton_data::capture::{CaptureError, CaptureOrder, Captured, capture};
use sexton_data::database::{
    DatabaseOrder, DatabaseRestoreOrder, DatabaseRestored, Method, RestoreInto, Settings,
    restore_database,
};
use sexton_data::home::DiskRoom;
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
}

impl Vault {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (blobs, key) = (Blobs::memory(), DataKey::from_bytes(&[7; 32]));
        Self { folder, blobs, key, progress: Arc::default(), cancel: Cancel::default() }
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
            room: DiskRoom::default(),
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
