//! The folders that logs are received into, and those that they are restored into.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use sexton_core::{InstanceId, JobId, ResourceArn};

use crate::service::Service;

/// How folders begin in which log backups are restored.
pub(crate) const RESTORED: &str = ".restored-";

/// The spool of an instance.
pub(crate) fn spool(service: &Service, instance: &str) -> Option<PathBuf> {
    Some(service.logs.folder.as_ref()?.join(instance))
}

/// What the spool of an instance is called.
pub(super) fn name_of(instance: &ResourceArn) -> String {
    InstanceId::of(instance).map_or_else(String::new, |id| id.to_string())
}

/// Where log backups are restored that a restore needs.
pub(crate) fn restore_folder(service: &Service, job: JobId) -> Option<PathBuf> {
    Some(service.logs.folder.as_ref()?.join(format!("{RESTORED}{job}")))
}

/// Removes plain log files of which nobody has need any more, and their folder.
pub(crate) async fn remove_files(folder: &Path) {
    match tokio::fs::remove_dir_all(folder).await {
        Ok(()) => (),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
        Err(error) => {
            let folder = folder.display();
            tracing::error!(%error, %folder, "log files that are of no use were not removed");
        }
    }
}

/// Removes what restores have left that a crash interrupted.
pub(super) async fn remove_leftovers(service: &Service, folder: &Path) {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        let job = name.to_str().and_then(|name| name.strip_prefix(RESTORED)?.parse().ok());
        // What this server began itself is in use.
        if job.is_some_and(|job| !service.jobs.lock().contains_key(&job)) {
            remove_files(&entry.path()).await;
        }
    }
}

/// Removes the spools of all but these instances: nobody backs up what is in them any more.
pub(super) async fn remove_spools(service: &Service, kept: &HashSet<String>) {
    let Some(folder) = &service.logs.folder else { return };
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        let is_kept = name.to_str().is_none_or(|name| name.starts_with('.') || kept.contains(name));
        if !is_kept {
            remove_files(&entry.path()).await;
        }
    }
}
