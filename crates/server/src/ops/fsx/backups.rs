//! Backups of file systems and volumes: begun, and ended.

use std::sync::Arc;
use std::time::Duration;

use sexton_core::{
    Backup, BackupName, Content, DataKey, EventKind, FileSystemState, FsxBackupId, FsxBackupOrder,
    FsxRefusal, InRealm, Keeper, Made, Principal, Source, SourceKind, State, decide_fsx_backup,
    decide_record_loss,
};
use sexton_store::{Change, Commit, Expect, Follow, Generation, Subject, Tally, Write};

use super::{Asked, answered};
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::ops::decide::{Beginning, again};
use crate::ops::deletion::checked;
use crate::service::{Service, event};

/// How often, and how far apart, a caller is not refused yet because another backup of the
/// source is being made: one of a small directory has ended by then.
const IN_PROGRESS_LOOKS: u32 = 40;
const IN_PROGRESS_WAIT: Duration = Duration::from_millis(50);

/// Backups of one source that are made at the same time.
const CAPTURES_MAX: u64 = 1;

/// A backup that is about to begin, and what it reads.
pub(crate) struct Beginner {
    pub(crate) backup: Backup,
    pub(crate) key: DataKey,
    pub(crate) source: SourceKind,
}

impl Service {
    /// Begins a backup: it and its key are durable before the first byte is read. A repeat of
    /// the same call with its token answers with the first backup, as it is by then.
    pub async fn create_fsx_backup(
        self: &Arc<Self>,
        order: FsxBackupOrder,
        asked: &Asked<'_>,
    ) -> Result<Backup, OpsError> {
        self.begin_realm(asked.realm, asked.by, asked.now).await?;
        let mut patience = IN_PROGRESS_LOOKS;
        loop {
            match again(|| self.try_fsx_backup(&order, asked)).await {
                Err(OpsError::Fsx(FsxRefusal::BackupInProgress { .. })) if patience > 0 => {
                    patience -= 1;
                    tokio::time::sleep(IN_PROGRESS_WAIT).await;
                }
                ended => return ended,
            }
        }
    }

    /// Nothing if what it was decided from has changed.
    async fn try_fsx_backup(
        self: &Arc<Self>,
        order: &FsxBackupOrder,
        asked: &Asked<'_>,
    ) -> Result<Option<Backup>, OpsError> {
        let source = asked.realm.with(order.source.clone());
        let mut roots = vec![Subject::Source(source.clone())];
        roots.extend(asked.subject());
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        if let Some(first) = asked.first(&reading)? {
            return self.fsx_backup(asked.realm, &answered(first)?).await.map(Some);
        }
        // After the repeat: whoever has a backup already takes no further place.
        self.jobs.check_places().map_err(OpsError::TooManyJobs)?;
        let running = self.store.tally(&Tally::CapturesOf(source.clone())).await?;
        let source = reading.source(&source);
        let kind = source.map(|source| source.kind.clone());
        let random = self.entropy.bytes();
        let backup =
            decide_fsx_backup(order.clone(), source, running, asked.realm, asked.now, random)?;
        let kind = kind.ok_or_else(|| FsxRefusal::no_source(&order.source))?;
        let begins = Beginner { backup, key: self.entropy.key(), source: kind };
        let mut change = Change { expects: reading.expects(), ..Change::default() };
        begin(&mut change, &begins, order, asked);
        self.begin_fsx_backup(change, begins).await
    }

    /// Commits the beginning of a backup, and has it made.
    pub(crate) async fn begin_fsx_backup(
        self: &Arc<Self>,
        change: Change,
        begins: Beginner,
    ) -> Result<Option<Backup>, OpsError> {
        let Beginner { backup, key, source } = begins;
        match self.begin_work(change, Subject::Backup(backup.key())).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_fsx_backup(backup.clone(), source, key, Begun::Surely);
                Ok(Some(backup))
            }
            Beginning::Perhaps(lost) => {
                self.run_fsx_backup(backup, source, key, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }

    /// A backup that `FSx` shows.
    pub async fn fsx_backup(
        &self,
        realm: &sexton_core::Realm,
        id: &FsxBackupId,
    ) -> Result<Backup, OpsError> {
        let found = self.store.backup(&realm.with(id.name(realm))).await?;
        let shown = found.map(|found| found.backup).filter(Backup::is_of_fsx);
        shown.ok_or_else(|| super::no_backup(id))
    }

    /// Writes down that a backup is whole, and gives free what it was copied from. `false` if it
    /// is not there any more as one that is being made. If it was the last one of something that
    /// goes, and misses anything of it, that stays.
    pub(crate) async fn complete_fsx_backup(
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
    pub(crate) async fn lose_fsx_backup(
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

/// Adds to `change` what the beginning of a capture writes.
pub(super) fn begin(
    change: &mut Change,
    Beginner { backup, key, source: _ }: &Beginner,
    order: &FsxBackupOrder,
    asked: &Asked<'_>,
) {
    // Names are random: one that is taken makes the commit stale, and the next decision draws
    // another.
    let subject = Subject::Backup(backup.key());
    change.expects.push(Expect { subject, generation: Generation(0) });
    let source = asked.realm.with(order.source.clone());
    change.requires.push((Tally::CapturesOf(source), CAPTURES_MAX));
    change.writes.push(Write::CreateBackup(backup.clone(), key.copy()));
    let id = FsxBackupId::of(&backup.name);
    change.writes.extend(id.and_then(|id| asked.used(id.as_str())));
    let started = EventKind::SourceBackupStarted {
        backup: backup.name.clone(),
        source: order.source.clone(),
        made: order.made,
    };
    change.event.get_or_insert(event(asked.now, asked.by, asked.realm, started));
}

/// What a copy writes once it has ended.
fn no_longer_used(backup: &Backup) -> Vec<Write> {
    let original = backup.copied_from();
    original.into_iter().map(|key| Write::RemoveUse(key, backup.id.job())).collect()
}
