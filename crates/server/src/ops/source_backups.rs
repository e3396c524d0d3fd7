//! Backups of services that have no jobs: begun, and ended.
//!
//! A backup of `FSx` or RDS, or a run of log backups, is the record of its own work: it says that
//! it is being made, that it is whole, or why it could not be made.

use std::sync::Arc;

use sexton_core::{
    Backup, BackupName, Content, DataKey, EventKind, FileSystemState, InRealm, Keeper, Made,
    Principal, Source, SourceKind, State, decide_record_loss,
};
use sexton_store::{Change, Commit, Expect, Subject, Write};

use crate::error::OpsError;
use crate::jobs::Begun;
use crate::ops::decide::Beginning;
use crate::ops::deletion::checked;
use crate::service::{Service, event};

/// A backup that is about to begin, and what it reads.
pub(crate) struct Beginner {
    pub(crate) backup: Backup,
    pub(crate) key: DataKey,
    pub(crate) source: SourceKind,
}

impl Service {
    /// Commits the beginning of a backup, and has it made.
    pub(crate) async fn begin_source_backup(
        self: &Arc<Self>,
        change: Change,
        begins: Beginner,
    ) -> Result<Option<Backup>, OpsError> {
        let Beginner { backup, key, source } = begins;
        match self.begin_work(change, Subject::Backup(backup.key())).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_source_backup(backup.clone(), source, key, Begun::Surely);
                Ok(Some(backup))
            }
            Beginning::Perhaps(lost) => {
                self.run_source_backup(backup, source, key, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }

    /// Writes down that a backup is whole, and gives free what it was copied from. `false` if it
    /// is not there any more as one that is being made. If it was the last one of something that
    /// goes, and misses anything of it, that stays.
    pub(crate) async fn complete_source_backup(
        &self,
        key: &InRealm<BackupName>,
        content: Content,
        (problems, misses): (String, bool),
    ) -> Result<bool, OpsError> {
        loop {
            let Some(snapshot) = self.store.backup(key).await? else { return Ok(false) };
            match &snapshot.backup.state {
                State::Creating => (),
                State::Completed { .. } => return Ok(true),
                State::Deleting { .. } | State::Expired { .. } | State::Failed { .. } => {
                    return Ok(false);
                }
            }
            let backup = Backup {
                state: State::Completed { content },
                problems: problems.clone(),
                ..snapshot.backup
            };
            let completed = EventKind::BackupCompleted {
                job: backup.id.job(),
                backup: backup.name.clone(),
                size_bytes: content.size_bytes,
            };
            let server = Principal::server();
            let (mut expects, mut writes) = (snapshot.expects, no_longer_used(&backup));
            // What it could not read would be nowhere once its source is gone.
            if misses {
                let way_out = "mend that, or delete without a last backup";
                let reason = format!("does not hold everything: {problems}; {way_out}");
                keep(self.kept_after(&backup, &reason).await?, &mut expects, &mut writes);
            }
            let event = Some(event(content.completed, &server, &backup.realm, completed));
            writes.push(Write::PutBackup(backup));
            let change = Change { expects, writes, event, background: true, ..Change::default() };
            match self.store.commit(change).await? {
                Commit::Done => return Ok(true),
                // Tags may change as often as somebody likes: each round is progress.
                Commit::Stale => (),
            }
        }
    }

    /// Writes down that a backup could not be made, and has what it has stored so far erased. If
    /// it was the last one of something that goes, that stays.
    pub(crate) async fn lose_source_backup(
        &self,
        key: &InRealm<BackupName>,
        reason: &str,
    ) -> Result<(), OpsError> {
        loop {
            let now = self.clock.now();
            let Some(snapshot) = self.store.backup(key).await? else { return Ok(()) };
            let erasure = self.new_job_id(now);
            let used = no_longer_used(&snapshot.backup);
            let backup = snapshot.backup;
            let lost = decide_record_loss(backup, reason.to_owned(), now, erasure);
            let Some(lost) = lost else { return Ok(()) };
            let checked = checked(&snapshot.expects);
            let Some(erasing) = lost.state.erasing().cloned() else { return Ok(()) };
            let lost = lost.erased_so_far(sexton_core::Erasure { checked, ..erasing });
            let failed = EventKind::SourceBackupFailed {
                backup: lost.name.clone(),
                erasure,
                reason: reason.to_owned(),
            };
            let event = Some(event(now, &Principal::server(), &lost.realm, failed));
            let mut expects = snapshot.expects;
            let mut writes = used;
            let failed = format!("failed: {reason}");
            keep(self.kept_after(&lost, &failed).await?, &mut expects, &mut writes);
            writes.push(Write::BeginErasure(lost));
            let change = Change { expects, writes, event, background: true, ..Change::default() };
            match self.store.commit(change).await? {
                Commit::Done => {
                    self.erasures.notify_one();
                    return Ok(());
                }
                Commit::Stale => (),
            }
        }
    }
}

impl Service {
    /// The source of a last backup with which something is wrong: it is not deleted after all.
    async fn kept_after(
        &self,
        lost: &Backup,
        reason: &str,
    ) -> Result<Option<(Source, Expect)>, OpsError> {
        let Keeper::FileSystem(kept) = &lost.keeper else { return Ok(None) };
        match kept.made {
            Made::Final => (),
            Made::Asked | Made::Automatic => return Ok(None),
        }
        let (source, expect) = self.store.source(&lost.realm.with(lost.source.clone())).await?;
        let Some(source) = source else { return Ok(None) };
        let problem = format!("it was not deleted, since its last backup {reason}");
        let offered = source.offered.clone().with_state(FileSystemState::Available { problem });
        Ok(Some((Source { offered, ..source }, expect)))
    }
}

/// Writes that a source stays, if there is one.
fn keep(kept: Option<(Source, Expect)>, expects: &mut Vec<Expect>, writes: &mut Vec<Write>) {
    if let Some((source, expect)) = kept {
        expects.push(expect);
        writes.push(Write::PutSource(source));
    }
}

/// What a copy writes once it has ended.
fn no_longer_used(backup: &Backup) -> Vec<Write> {
    let original = backup.copied_from();
    original.into_iter().map(|key| Write::RemoveUse(key, backup.id.job())).collect()
}
