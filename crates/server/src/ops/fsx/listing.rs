//! What `FSx` lists: backups by id or by filter, and what a start looks for.

use std::sync::Arc;

use sexton_core::{
    Backup, FileSystemState, FsxBackupId, InRealm, Keeper, Made, Realm, ResourceArn, Source,
    SourceKind,
};
use sexton_store::{Cursor, Follow, FsxQuery, PAGE_ITEMS_MAX, Page, StoreError, Subject};

use super::no_backup;
use crate::error::OpsError;
use crate::service::Service;

impl Service {
    /// The backups of these ids; every one of them must be there.
    pub async fn fsx_backups(
        &self,
        realm: &Realm,
        ids: &[FsxBackupId],
    ) -> Result<Vec<Backup>, OpsError> {
        let keys: Vec<_> = ids.iter().map(|id| realm.with(id.name(realm))).collect();
        let roots: Vec<Subject> = keys.iter().cloned().map(Subject::Backup).collect();
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        let found = ids.iter().zip(&keys).map(|(id, key)| {
            let shown = reading.backup(key).filter(|backup| backup.is_of_fsx());
            shown.cloned().ok_or_else(|| no_backup(id))
        });
        found.collect()
    }

    /// A page of the automatic backups of a file system, oldest first.
    pub(super) async fn automatic_backups(
        &self,
        of: &InRealm<ResourceArn>,
        after: Option<&Cursor>,
    ) -> Result<Page<Backup>, StoreError> {
        let wanted = |backup: &Backup| match &backup.keeper {
            Keeper::FileSystem(kept) => kept.made == Made::Automatic,
            Keeper::Vault(_) | Keeper::Instance(_) | Keeper::Log(_) => false,
        };
        let query = FsxQuery {
            realm: of.realm.clone(),
            file_system: sexton_core::FileSystemId::of(&of.name),
            wanted: Arc::new(wanted),
        };
        self.store.list_fsx_backups(&query, after, PAGE_ITEMS_MAX).await
    }

    /// Ends the restore of a file system that was being made when the last server stopped: what is
    /// not whole has failed.
    pub(crate) async fn end_interrupted_fsx_restore(
        &self,
        source: &Source,
    ) -> Result<(), OpsError> {
        if let FileSystemState::Creating { .. } = source.offered.state() {
            let ended = interrupted(source).map_err(StoreError::not_done)?;
            self.end_fsx_restore(&source.key(), &ended).await?;
        }
        Ok(())
    }
}

/// How a restore ended that nobody saw the end of. A restored directory gets its name when it is
/// whole and durable: one that has it is complete, whether or not that could be written down.
fn interrupted(source: &Source) -> std::io::Result<Result<String, String>> {
    let cut = || Err("the server stopped while the file system was being made".to_owned());
    let SourceKind::Fsx { path } = &source.kind else { return Ok(cut()) };
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {
            Ok(Ok("the server stopped right after the restore; what it \
             could not set, if anything, was not written down"
                .to_owned()))
        }
        Ok(_) => Ok(cut()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(cut()),
        Err(error) => Err(error),
    }
}
