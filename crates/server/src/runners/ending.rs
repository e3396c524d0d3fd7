//! How jobs end: in words, and in the store, whatever that takes.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use sexton_core::{
    Backup, BackupJob, BackupLoss, CopyJob, JobId, RestoreJob, RestoreJobState, chain, counted,
};
use sexton_data::source::Findings;
use sexton_store::StoreError;

use crate::error::OpsError;
use crate::service::Service;

/// Problems that a job's message names; the rest are counted.
const MESSAGE_FINDINGS_MAX: usize = 5;

/// Interrupted jobs that are ended together: a transaction takes about as many, and nobody
/// is served before the last of thousands is ended.
const TOGETHER_MAX: usize = 64;

/// How long to wait before an end is written down again: doubled each time, up to the most.
const RETRY_WAIT: Duration = Duration::from_millis(100);
const RETRY_WAIT_MAX: Duration = Duration::from_secs(30);

impl Service {
    /// Ends what was running when the last server stopped: what is not whole has failed. To
    /// be called before anything is served. Gives the folders that restores of backup sets were
    /// making: what is left of those is beside them.
    pub async fn end_interrupted(&self) -> Result<Vec<PathBuf>, OpsError> {
        let (backups, restores) = self.store.interrupted_jobs().await?;
        let reason = "the server stopped while the backup was running".to_owned();
        let loss = BackupLoss::Failed { reason };
        let backups = stream::iter(backups).map(Ok);
        let fail = |job: BackupJob| self.lose_backup(job.id, &loss);
        backups.try_for_each_concurrent(TOGETHER_MAX, fail).await?;
        let restores = stream::iter(restores).map(Ok);
        let end = async |job: RestoreJob| {
            let state = self.interrupted_restore(job.id).map_err(StoreError::not_done)?;
            self.end_restore(job.id, state).await
        };
        restores.try_for_each_concurrent(TOGETHER_MAX, end).await?;
        let reason = "the server stopped while the copy was running";
        let copies = stream::iter(self.store.interrupted_copies().await?).map(Ok);
        let fail = async |job: CopyJob| self.lose_copy(job.id, reason).await;
        copies.try_for_each_concurrent(TOGETHER_MAX, fail).await?;
        let reason = "the server stopped while the backup was being made";
        let creating = stream::iter(self.store.creating_without_job().await?).map(Ok);
        let fail = async |backup: Backup| self.lose_source_backup(&backup.key(), reason).await;
        creating.try_for_each_concurrent(TOGETHER_MAX, fail).await?;
        let mut targets = Vec::new();
        for realm in self.store.list_realms().await? {
            for source in self.store.list_sources(&realm).await? {
                self.end_interrupted_fsx_restore(&source).await?;
                targets.extend(self.end_interrupted_set_restores(&source).await?);
            }
        }
        Ok(targets)
    }

    /// Reads or writes what becomes of a job, whatever that takes, and tells whether it
    /// came to that.
    pub(crate) async fn until_done<F>(&self, id: JobId, attempt: impl FnMut() -> F) -> bool
    where
        F: Future<Output = Result<(), OpsError>>,
    {
        until_done(|| self.store.healthy(), id, attempt).await
    }

    /// A restored directory gets its name when it is whole and durable: one that has it
    /// is complete, whether or not that could be written down.
    fn interrupted_restore(&self, id: JobId) -> io::Result<RestoreJobState> {
        let (at, created) = (self.clock.now(), id.to_string());
        match std::fs::symlink_metadata(self.restore_folder.join(&created)) {
            Ok(found) if found.is_dir() => {
                let message = "the server stopped right after the restore; \
                               what it could not set, if anything, was not written down";
                Ok(RestoreJobState::Completed { at, created, message: message.to_owned() })
            }
            // A restore makes a directory: whatever else has the name is not its work.
            Ok(_) => Ok(interrupted(at)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(interrupted(at)),
            Err(error) => Err(error),
        }
    }
}

fn interrupted(at: jiff::Timestamp) -> RestoreJobState {
    let reason = "the server stopped while the restore was running".to_owned();
    RestoreJobState::Failed { at, reason }
}

/// Reads or writes what becomes of a job, again and again while the store cannot do it;
/// tells whether it was done. A store that has stopped for good does nothing more: the next
/// start ends the job.
async fn until_done<F>(
    healthy: impl Fn() -> bool,
    id: JobId,
    mut attempt: impl FnMut() -> F,
) -> bool
where
    F: Future<Output = Result<(), OpsError>>,
{
    let mut wait = RETRY_WAIT;
    loop {
        match attempt().await {
            Ok(()) => return true,
            Err(failure) if !worth_retrying(&failure) => {
                // It has no row: it never began, or somebody reset the world under it.
                tracing::warn!(job = %id, error = chain(&failure), "a job is not there");
                return false;
            }
            Err(failure) if !healthy() => {
                let error = chain(&failure);
                tracing::error!(job = %id, error, "a job is left to the next start");
                return false;
            }
            Err(failure) => {
                tracing::error!(job = %id, error = chain(&failure), "a job waits for the store");
            }
        }
        tokio::time::sleep(wait).await;
        wait = next_wait(wait);
    }
}

fn next_wait(wait: Duration) -> Duration {
    wait.saturating_mul(2).min(RETRY_WAIT_MAX)
}

/// Whether trying again can help.
fn worth_retrying(failure: &OpsError) -> bool {
    matches!(failure, OpsError::Store(_) | OpsError::Contended)
}

/// What a completed job says of what it could not read or restore as it was.
pub(super) fn message(findings: &Findings) -> String {
    if findings.count == 0 {
        return String::new();
    }
    let named: Vec<String> =
        findings.list.iter().take(MESSAGE_FINDINGS_MAX).map(ToString::to_string).collect();
    let problems = counted(findings.count, "problem");
    let mut message = format!("{problems}: {}", named.join("; "));
    if findings.count > u64::try_from(named.len()).unwrap_or(u64::MAX) {
        message.push_str("; …");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_has_stopped_for_good_is_asked_once_and_left_alone() {
        let mut asked = 0;
        let write = || {
            asked += 1;
            async { Err(StoreError::not_done("the store is closed").into()) }
        };
        assert!(!until_done(|| false, JobId::from_bytes([1; 16]), write).await);
        assert_eq!(asked, 1);
    }

    #[tokio::test]
    async fn a_store_that_is_well_is_asked_until_it_takes_the_end() {
        let mut asked = 0;
        let write = || {
            asked += 1;
            let done = asked == 2;
            async move {
                if done { Ok(()) } else { Err(StoreError::not_done("the disk is full").into()) }
            }
        };
        assert!(until_done(|| true, JobId::from_bytes([1; 16]), write).await);
        assert_eq!(asked, 2);
    }

    #[test]
    fn the_wait_doubles_up_to_its_bound() {
        let mut waits = vec![RETRY_WAIT];
        for _ in 0..12 {
            waits.push(next_wait(waits[waits.len() - 1]));
        }
        assert_eq!(waits[1], RETRY_WAIT * 2);
        assert_eq!(waits[8], RETRY_WAIT * 256);
        assert_eq!(waits[9], RETRY_WAIT_MAX);
        assert_eq!(waits[12], RETRY_WAIT_MAX);
    }
}
