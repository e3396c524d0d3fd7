//! Log backups, as they are shown: the files that runs hold.

use sexton_core::{Keeper, LogFile, Span, State};
use sexton_store::{PAGE_ITEMS_MAX, SourceQuery};

use super::Found;
use crate::error::OpsError;
use crate::service::Service;

/// Log files that one answer counts at the most: a reply says how many there are in all.
const FILES_MAX: usize = 100_000;

impl Service {
    /// The files of complete log backups that tell of a time in `span`, the newest first.
    pub async fn log_files(&self, found: &Found, span: &Span) -> Result<Vec<LogFile>, OpsError> {
        let realm = &found.source.realm;
        let filter = SourceQuery::all(realm.with(found.database.id.log_arn(realm)));
        let (mut files, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.list_of_source(&filter, after.as_ref(), PAGE_ITEMS_MAX).await?;
            for backup in page.items {
                let (State::Completed { .. }, Keeper::Log(kept)) = (&backup.state, backup.keeper)
                else {
                    continue;
                };
                let told = kept.files.into_iter().rev().filter(|file| span.contains(file.until));
                files.extend(told.take(FILES_MAX.saturating_sub(files.len())));
            }
            after = page.next;
            if after.is_none() || files.len() >= FILES_MAX {
                return Ok(files);
            }
        }
    }
}
