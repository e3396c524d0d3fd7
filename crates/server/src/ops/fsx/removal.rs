//! File systems and volumes that go: told to, and what the loop does of it.
//!
//! Whoever asks is answered once it is written down, with the last backup begun if one is taken.
//! Then, in this order, each step only once the one before it is done: the last backup is whole;
//! automatic backups are deleted; volumes go, each by itself; the directory goes, if the server
//! made it; the record goes. Every step can be done again after a crash.

use std::sync::Arc;

use sexton_core::{
    BackupName, EventKind, FileSystemId, FileSystemState, FsxBackupOrder, InRealm, Principal,
    RemoveFileSystem, RemoveVolume, ResourceArn, Source, State, VolumeId, Why, chain,
    decide_fsx_backup, decide_remove_file_system, decide_remove_volume,
};
use sexton_store::{Change, Commit, Expect, Follow, Reading, StoreError, Subject, Tally, Write};

use super::backups::begin;
use super::file_systems::roots;
use super::{Asked, no_file_system};
use crate::error::OpsError;
use crate::ops::decide::again;
use crate::ops::source_backups::Beginner;
use crate::service::{Service, event};

impl Service {
    /// Tells a file system to go.
    pub async fn delete_file_system(
        self: &Arc<Self>,
        id: &FileSystemId,
        order: RemoveFileSystem,
        asked: &Asked<'_>,
    ) -> Result<Source, OpsError> {
        let key = &asked.realm.with(id.arn(asked.realm));
        let order = &order;
        let deleting = again(|| async move {
            let reading = self.read_source(key, asked).await?;
            let source = reading.source(key).ok_or_else(|| no_file_system(id))?;
            if asked.first(&reading)?.is_some() {
                return Ok(Some(source.clone()));
            }
            let volumes = self.volumes_of(asked.realm, id).await?.len();
            let decided = decide_remove_file_system(source, order.clone(), volumes, asked.by)?;
            self.begin_removal(decided, &reading, asked).await
        });
        let deleting: Result<Source, OpsError> = deleting.await;
        deleting.inspect(|_| self.look_at_file_systems())
    }

    /// Tells a volume to go.
    pub async fn delete_volume(
        self: &Arc<Self>,
        id: &VolumeId,
        order: RemoveVolume,
        asked: &Asked<'_>,
    ) -> Result<Source, OpsError> {
        let order = &order;
        let deleting = again(|| async move {
            let key = self.volume(asked.realm, id).await?.key();
            let reading = self.read_source(&key, asked).await?;
            let source = reading.source(&key).ok_or_else(|| super::volumes::missing(id))?;
            if asked.first(&reading)?.is_some() {
                return Ok(Some(source.clone()));
            }
            let decided = decide_remove_volume(source, order.clone(), asked.by)?;
            self.begin_removal(decided, &reading, asked).await
        });
        let deleting: Result<Source, OpsError> = deleting.await;
        deleting.inspect(|_| self.look_at_file_systems())
    }

    async fn read_source(
        &self,
        key: &InRealm<ResourceArn>,
        asked: &Asked<'_>,
    ) -> Result<Reading, OpsError> {
        let mut roots = roots(asked);
        roots.push(Subject::Source(key.clone()));
        Ok(self.store.read(&roots, Follow::Nothing).await?)
    }

    /// Writes down that a source goes, and begins its last backup. Nothing if what it was
    /// decided from has changed.
    async fn begin_removal(
        self: &Arc<Self>,
        (deleting, last): (Source, Option<FsxBackupOrder>),
        reading: &Reading,
        asked: &Asked<'_>,
    ) -> Result<Option<Source>, OpsError> {
        let mut change = Change { expects: reading.expects(), ..Change::default() };
        let begins = match &last {
            None => None,
            Some(last) => match self.last_backup(&deleting, last, asked).await {
                Ok(begins) => Some(begins),
                // Perhaps by the same call: then its token has the answer.
                Err(_) if self.has_moved(reading).await? => return Ok(None),
                Err(refused) => return Err(refused),
            },
        };
        let name = begins.as_ref().map(|begins| begins.backup.name.clone());
        let state = FileSystemState::deleting(asked.by, name.clone());
        let offered = deleting.offered.clone().with_state(state);
        let deleting = Source { offered, ..deleting };
        let kind = EventKind::SourceDeleting { source: deleting.arn.clone(), last_backup: name };
        change.event = Some(event(asked.now, asked.by, asked.realm, kind));
        change.writes.push(Write::PutSource(deleting.clone()));
        change.writes.extend(asked.used(deleting.offered.id()));
        let Some((begins, last)) = begins.zip(last) else {
            let committed = self.store.commit(change).await?;
            return Ok((committed == Commit::Done).then_some(deleting));
        };
        // The token is that of the source, not of its backup.
        begin(&mut change, &begins, &last, &Asked { token: None, ..asked.clone() });
        Ok(self.begin_source_backup(change, begins).await?.map(|_| deleting))
    }

    /// Whether something has changed of what was read.
    async fn has_moved(&self, reading: &Reading) -> Result<bool, OpsError> {
        let expects = reading.expects();
        let roots: Vec<Subject> = expects.iter().map(|expect| expect.subject.clone()).collect();
        Ok(self.store.read(&roots, Follow::Nothing).await?.expects() != expects)
    }

    async fn last_backup(
        &self,
        deleting: &Source,
        last: &FsxBackupOrder,
        asked: &Asked<'_>,
    ) -> Result<Beginner, OpsError> {
        self.jobs.check_places().map_err(OpsError::TooManyJobs)?;
        let running = self.store.tally(&Tally::CapturesOf(deleting.key())).await?;
        let (random, realm, now) = (self.entropy.bytes(), asked.realm, asked.now);
        let backup = decide_fsx_backup(last.clone(), Some(deleting), running, realm, now, random)?;
        Ok(Beginner { backup, key: self.entropy.key(), source: deleting.kind.clone() })
    }

    /// Goes on with a source that is to go, in a task of its own, unless one does already.
    pub(crate) fn go_on_removing(self: &Arc<Self>, key: InRealm<ResourceArn>) {
        if !self.jobs.begin_removal(&key) {
            return;
        }
        let service = Arc::clone(self);
        self.jobs.tasks.spawn(async move {
            match service.remove_source(&key).await {
                Ok(true) => service.look_at_file_systems(),
                Ok(false) => (),
                Err(error) => {
                    let source = &key.name;
                    tracing::warn!(%source, error = chain(&error), "a source does not go yet");
                }
            }
            service.jobs.end_removal(&key);
        });
    }

    /// Does what can be done of the removal of a source; tells whether it is gone.
    pub async fn remove_source(
        self: &Arc<Self>,
        key: &InRealm<ResourceArn>,
    ) -> Result<bool, OpsError> {
        let (source, expect) = self.store.source(key).await?;
        let Some(source) = source else { return Ok(true) };
        let FileSystemState::Deleting { by, last, .. } = source.offered.state().clone() else {
            return Ok(false);
        };
        let last = last.map(|last| key.realm.with(last));
        let is_waiting = match &last {
            Some(last) => self.is_being_made(last).await?,
            None => false,
        };
        if is_waiting || self.store.tally(&Tally::CapturesOf(key.clone())).await? > 0 {
            return Ok(false);
        }
        // A last backup that failed meanwhile has it stay. What has ended does not end again.
        if self.store.source(key).await?.1 != expect {
            return Ok(false);
        }
        if let Some(file_system) = source.offered.file_system() {
            let gone = self.delete_automatic(key, (&by, Why::FileSystemDeleted), |_| true).await?;
            if !gone {
                return Ok(false);
            }
            // Each goes the way of its own: what captures it is waited for.
            let volumes = self.volumes_of(&key.realm, &file_system.id).await?;
            for volume in &volumes {
                self.take_along(volume.key(), &by).await?;
            }
            if !volumes.is_empty() {
                return Ok(false);
            }
        }
        if let Err(error) = self.remove_directory(&source).await? {
            self.note_what_keeps(source, expect, error.for_caller()).await?;
            return Err(StoreError::not_done(error).into());
        }
        let now = self.clock.now();
        let kind = EventKind::SourceRemoved { source: key.name.clone() };
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::RemoveSource(key.clone())],
            event: Some(event(now, &by, &key.realm, kind)),
            background: true,
            ..Change::default()
        };
        Ok(self.store.commit(change).await? == Commit::Done)
    }

    /// Writes down why a source that is to go is still there, if that is news.
    async fn note_what_keeps(
        &self,
        source: Source,
        expect: Expect,
        problem: String,
    ) -> Result<(), OpsError> {
        let state = source.offered.state().clone();
        let FileSystemState::Deleting { by, last, problem: known } = state else { return Ok(()) };
        if known == problem || self.jobs.stopping.is_cancelled() {
            return Ok(());
        }
        let state = FileSystemState::Deleting { by, last, problem };
        let offered = source.offered.clone().with_state(state);
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::PutSource(Source { offered, ..source })],
            background: true,
            ..Change::default()
        };
        match self.store.commit(change).await? {
            // Whoever changed it meanwhile looks again.
            Commit::Done | Commit::Stale => Ok(()),
        }
    }

    async fn is_being_made(&self, key: &InRealm<BackupName>) -> Result<bool, OpsError> {
        let found = self.store.backup(key).await?;
        Ok(found.is_some_and(|found| matches!(found.backup.state, State::Creating)))
    }

    /// Has a volume go whose file system goes.
    async fn take_along(
        self: &Arc<Self>,
        key: InRealm<ResourceArn>,
        by: &Principal,
    ) -> Result<(), OpsError> {
        let (source, expect) = self.store.source(&key).await?;
        let Some(source) = source else { return Ok(()) };
        if !matches!(source.offered.state(), FileSystemState::Deleting { .. }) {
            let state = FileSystemState::deleting(by, None);
            let offered = source.offered.clone().with_state(state);
            let kind = EventKind::SourceDeleting { source: key.name.clone(), last_backup: None };
            let change = Change {
                expects: vec![expect],
                writes: vec![Write::PutSource(Source { offered, ..source })],
                event: Some(event(self.clock.now(), by, &key.realm, kind)),
                background: true,
                ..Change::default()
            };
            if self.store.commit(change).await? == Commit::Stale {
                return Err(OpsError::Contended);
            }
        }
        self.go_on_removing(key);
        Ok(())
    }
}
