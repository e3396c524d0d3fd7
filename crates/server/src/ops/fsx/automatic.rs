//! Automatic backups: taken when it is their time, and deleted when their time has come.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    AutomaticBackups, AutomaticStep, Backup, EventKind, FileSystem, FileSystemState, FsxBackupId,
    FsxBackupOrder, FsxRefusal, InRealm, Made, Offered, Principal, ResourceArn, Source, Tags, Why,
    decide_fsx_backup,
};
use sexton_store::{Change, Commit, Follow, Reading, Subject, Tally, Write};

use super::Asked;
use super::backups::begin;
use crate::error::OpsError;
use crate::ops::source_backups::Beginner;
use crate::service::{Service, event};

impl Service {
    /// Does at `now` what is due of a file system or a volume. What cannot be done yet is
    /// due at the next look.
    pub(crate) async fn look_at_source(
        self: &Arc<Self>,
        key: InRealm<ResourceArn>,
        now: Option<Timestamp>,
    ) -> Result<Commit, OpsError> {
        let reading = self.store.read(&[Subject::Source(key.clone())], Follow::Nothing).await?;
        let Some(source) = reading.source(&key) else { return Ok(Commit::Stale) };
        match (source.offered.state(), now) {
            (FileSystemState::Deleting { .. }, _) => {
                self.go_on_removing(key);
                Ok(Commit::Stale)
            }
            (FileSystemState::Available { .. }, Some(now)) => {
                if source.offered.instance().is_some() {
                    return self.look_at_instance(source.clone(), reading.expects(), now).await;
                }
                let Offered::FileSystem(file_system) = &source.offered else {
                    return Ok(Commit::Stale);
                };
                self.automatic(source, file_system, &reading, now).await
            }
            (FileSystemState::Available { .. }, None)
            | (FileSystemState::Creating { .. } | FileSystemState::Failed { .. }, _) => {
                Ok(Commit::Stale)
            }
        }
    }

    async fn automatic(
        self: &Arc<Self>,
        source: &Source,
        file_system: &FileSystem,
        reading: &Reading,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        let automatic = &file_system.automatic;
        let step = automatic.step(now);
        let key = source.key();
        let server = Principal::server();
        let is_over = |backup: &Backup| match step {
            AutomaticStep::NotYet => false,
            AutomaticStep::Off => true,
            AutomaticStep::Backup | AutomaticStep::Missed | AutomaticStep::Tidy => {
                automatic.is_over(backup, now)
            }
        };
        if step == AutomaticStep::NotYet {
            return Ok(Commit::Stale);
        }
        // What is in use now goes with a later look; of what is switched off that is soon.
        let tidy = self.delete_automatic(&key, (&server, Why::Retention), is_over).await?;
        if step == AutomaticStep::Off && !tidy {
            return Ok(Commit::Stale);
        }
        let looked = looked_at(source, file_system, automatic.clone().looked_after(now));
        let mut change = Change {
            expects: reading.expects(),
            writes: vec![Write::PutSource(looked)],
            background: true,
            ..Change::default()
        };
        if step == AutomaticStep::Backup {
            return self.take(source, change, now).await;
        }
        if step == AutomaticStep::Missed {
            let missed = EventKind::AutomaticBackupMissed { source: source.arn.clone() };
            change.event = Some(event(now, &server, &source.realm, missed));
        }
        Ok(self.store.commit(change).await?)
    }

    /// Takes an automatic backup, if another is not being made.
    async fn take(
        self: &Arc<Self>,
        source: &Source,
        mut change: Change,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        if self.jobs.check_places().is_err() {
            return Ok(Commit::Stale);
        }
        let (realm, made) = (&source.realm, Made::Automatic);
        let order = FsxBackupOrder { source: source.arn.clone(), made, tags: Tags::new() };
        let running = self.store.tally(&Tally::CapturesOf(source.key())).await?;
        let random = self.entropy.bytes();
        let decided = decide_fsx_backup(order.clone(), Some(source), running, realm, now, random);
        let backup = match decided {
            Ok(backup) => backup,
            // Until the window has passed.
            Err(FsxRefusal::BackupInProgress { .. }) => return Ok(Commit::Stale),
            // Of such a file system none can be taken.
            Err(_) => return Ok(self.store.commit(change).await?),
        };
        let begins = Beginner { backup, key: self.entropy.key(), source: source.kind.clone() };
        let asked = Asked { by: &Principal::server(), realm, now, token: None };
        begin(&mut change, &begins, &order, &asked);
        let begun = self.begin_source_backup(change, begins).await?;
        Ok(begun.map_or(Commit::Stale, |_| Commit::Done))
    }

    /// Deletes the automatic backups of a file system of which `is_over` says so; tells whether
    /// none of these is left.
    pub(super) async fn delete_automatic(
        &self,
        key: &InRealm<ResourceArn>,
        (by, why): (&Principal, Why),
        is_over: impl Fn(&Backup) -> bool,
    ) -> Result<bool, OpsError> {
        let mut cursor = None;
        let mut gone = true;
        loop {
            let page = self.automatic_backups(key, cursor.as_ref()).await?;
            for backup in page.items.iter().filter(|backup| is_over(backup)) {
                let Some(id) = FsxBackupId::of(&backup.name) else { continue };
                let Some(snapshot) = self.store.backup(&backup.key()).await? else { continue };
                let now = self.clock.now();
                match self.delete_fsx(&id, snapshot, (by, why), None, now).await {
                    Ok(Commit::Done) | Err(OpsError::Fsx(FsxRefusal::BackupNotFound { .. })) => (),
                    // It is in use, being made, or was touched.
                    Ok(Commit::Stale) | Err(OpsError::Fsx(_)) => gone = false,
                    Err(error) => return Err(error),
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(gone);
            }
        }
    }
}

fn looked_at(source: &Source, file_system: &FileSystem, automatic: AutomaticBackups) -> Source {
    let offered = Offered::FileSystem(FileSystem { automatic, ..file_system.clone() });
    Source { offered, ..source.clone() }
}
