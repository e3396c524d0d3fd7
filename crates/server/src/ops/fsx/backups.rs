//! Backups of file systems and volumes: begun, and found.

use std::sync::Arc;
use std::time::Duration;

use sexton_core::{Backup, EventKind, FsxBackupId, FsxBackupOrder, FsxRefusal, decide_fsx_backup};
use sexton_store::{Change, Expect, Follow, Generation, Subject, Tally, Write};

use super::{Asked, answered};
use crate::error::OpsError;
use crate::ops::decide::again;
use crate::ops::source_backups::Beginner;
use crate::service::{Service, event};

/// How often, and how far apart, a caller is not refused yet because another backup of the
/// source is being made: one of a small directory has ended by then.
const IN_PROGRESS_LOOKS: u32 = 40;
const IN_PROGRESS_WAIT: Duration = Duration::from_millis(50);

/// Backups of one source that are made at the same time.
const CAPTURES_MAX: u64 = 1;

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
        self.begin_source_backup(change, begins).await
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
