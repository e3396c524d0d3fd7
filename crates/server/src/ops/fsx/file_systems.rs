//! File systems: made, made of a backup, changed, and told to go.

use std::sync::Arc;

use sexton_core::{
    EventKind, FileSystemChange, FileSystemId, FileSystemOrder, FileSystemState, FsxBackupId,
    FsxRefusal, InRealm, Offered, Principal, ResourceArn, Source, TagKeys,
    decide_create_file_system, decide_restore_file_system, decide_update_file_system,
};
use sexton_store::{Change, Commit, Expect, Follow, Generation, Subject, Tally, Write};

use super::{Asked, answered, no_file_system};
use crate::api::admin::SOURCES_MAX;
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::ops::decide::{Beginning, Decided, again};
use crate::service::{Service, event};

impl Service {
    /// The folder in which the directories of file systems are made.
    fn file_systems(&self) -> String {
        let folder = self.managed.as_ref().map(|managed| managed.folder());
        folder.map_or_else(String::new, |folder| folder.to_string_lossy().into_owned())
    }

    /// Makes a file system: its directory first, so that none is shown that has none. A
    /// directory whose file system could not be written down is empty, and goes at the next
    /// start.
    pub async fn create_file_system(
        &self,
        order: FileSystemOrder,
        asked: &Asked<'_>,
    ) -> Result<Source, OpsError> {
        self.begin_realm(asked.realm, asked.by, asked.now).await?;
        let order = &order;
        self.decide_again(|| async move {
            let reading = self.store.read(&roots(asked), Follow::Nothing).await?;
            if let Some(first) = asked.first(&reading)? {
                let first = self.file_system(asked.realm, &answered(first)?).await?;
                return Ok(Decided::Answer(first));
            }
            let (folder, random) = (self.file_systems(), self.entropy.bytes());
            let (realm, now) = (asked.realm, asked.now);
            let source = decide_create_file_system(order.clone(), realm, &folder, now, random)?;
            let added = EventKind::SourceAdded { source: source.arn.clone() };
            let change = self.adding(&source, reading.expects(), added, asked).await?;
            self.make_directory(&source).await?;
            Ok(Decided::commit(change, source))
        })
        .await
    }

    /// What a change is that adds a source.
    pub(super) async fn adding(
        &self,
        source: &Source,
        mut expects: Vec<Expect>,
        kind: EventKind,
        asked: &Asked<'_>,
    ) -> Result<Change, OpsError> {
        if self.store.tally(&Tally::Sources).await? >= SOURCES_MAX {
            let message = format!("There are {SOURCES_MAX} file systems and volumes already.");
            return Err(FsxRefusal::TooMany { message }.into());
        }
        let subject = Subject::Source(source.key());
        expects.push(Expect { subject, generation: Generation(0) });
        let id = source.offered.id();
        let mut writes = vec![Write::PutSource(source.clone())];
        writes.extend(asked.used(id));
        Ok(Change {
            expects,
            requires: vec![self.room_for(asked.realm).await?, (Tally::Sources, SOURCES_MAX)],
            writes,
            event: Some(event(asked.now, asked.by, asked.realm, kind)),
            ..Change::default()
        })
    }

    /// Begins a file system of what is in a backup.
    pub async fn restore_file_system(
        self: &Arc<Self>,
        order: FileSystemOrder,
        id: &FsxBackupId,
        asked: &Asked<'_>,
    ) -> Result<Source, OpsError> {
        again(|| self.try_restore_file_system(&order, id, asked)).await
    }

    /// Nothing if what it was decided from has changed.
    async fn try_restore_file_system(
        self: &Arc<Self>,
        order: &FileSystemOrder,
        id: &FsxBackupId,
        asked: &Asked<'_>,
    ) -> Result<Option<Source>, OpsError> {
        let (realm, now) = (asked.realm, asked.now);
        let key = realm.with(id.name(realm));
        let mut roots = vec![Subject::Backup(key.clone())];
        roots.extend(asked.subject());
        let reading = self.store.read(&roots, Follow::Protectors).await?;
        if let Some(first) = asked.first(&reading)? {
            return self.file_system(realm, &answered(first)?).await.map(Some);
        }
        self.jobs.check_places().map_err(OpsError::TooManyRestores)?;
        let expects = reading.expects();
        let found = reading.into_backup(&key).map(|found| found.backup);
        let (folder, job) = (self.file_systems(), self.new_job_id(now));
        let random = self.entropy.bytes();
        let of = (id, found.as_ref());
        let to = (realm, folder.as_str());
        let (source, reads) = decide_restore_file_system(order.clone(), of, to, now, job, random)?;
        let backup = found.ok_or_else(|| super::no_backup(id))?;
        let restoring = EventKind::FileSystemRestoring {
            source: source.arn.clone(),
            backup: backup.name.clone(),
            backup_realm: backup.realm.clone(),
        };
        let mut change = self.adding(&source, expects, restoring, asked).await?;
        change.writes.push(Write::AddUse(key, reads));
        match self.begin_work(change, Subject::Source(source.key())).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_fsx_restore(source.clone(), backup, job, Begun::Surely);
                Ok(Some(source))
            }
            Beginning::Perhaps(lost) => {
                self.run_fsx_restore(source, backup, job, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }

    /// Writes down how the restore into a file system ended, and gives its backup free.
    pub(crate) async fn end_fsx_restore(
        &self,
        key: &InRealm<ResourceArn>,
        ended: &Result<String, String>,
    ) -> Result<(), OpsError> {
        loop {
            let (source, expect) = self.store.source(key).await?;
            let Some(source) = source else { return Ok(()) };
            let Offered::FileSystem(mut file_system) = source.offered.clone() else {
                return Ok(());
            };
            let (job, backup) = match &file_system.state {
                FileSystemState::Creating { job, realm, backup } => {
                    (*job, realm.with(backup.clone()))
                }
                FileSystemState::Available { .. }
                | FileSystemState::Deleting { .. }
                | FileSystemState::Failed { .. } => return Ok(()),
            };
            file_system.state = match ended {
                Ok(problem) => FileSystemState::Available { problem: problem.clone() },
                Err(reason) => FileSystemState::Failed { reason: reason.clone() },
            };
            let completed = ended.is_ok();
            let kind = EventKind::FileSystemRestored { source: source.arn.clone(), completed };
            let now = self.clock.now();
            let source = Source { offered: Offered::FileSystem(file_system), ..source };
            let change = Change {
                expects: vec![expect],
                event: Some(event(now, &Principal::server(), &source.realm, kind)),
                writes: vec![Write::RemoveUse(backup, job), Write::PutSource(source)],
                background: true,
                ..Change::default()
            };
            match self.store.commit(change).await? {
                Commit::Done => return Ok(()),
                Commit::Stale => (),
            }
        }
    }

    /// A file system.
    pub async fn file_system(
        &self,
        realm: &sexton_core::Realm,
        id: &FileSystemId,
    ) -> Result<Source, OpsError> {
        let (source, _) = self.store.source(&realm.with(id.arn(realm))).await?;
        source.ok_or_else(|| no_file_system(id))
    }

    /// Changes a file system.
    pub async fn update_file_system(
        &self,
        id: &FileSystemId,
        change: FileSystemChange,
        asked: &Asked<'_>,
    ) -> Result<Source, OpsError> {
        let key = &asked.realm.with(id.arn(asked.realm));
        let order = &change;
        let updated = self.decide_again(|| async move {
            let mut roots = roots(asked);
            roots.push(Subject::Source(key.clone()));
            let reading = self.store.read(&roots, Follow::Nothing).await?;
            let source = reading.source(key).cloned().ok_or_else(|| no_file_system(id))?;
            if asked.first(&reading)?.is_some() {
                return Ok(Decided::Answer(source));
            }
            let source = decide_update_file_system(source, order.clone(), asked.now)?;
            let kind = EventKind::SourceChanged {
                source: source.arn.clone(),
                snapshots: None,
                locked: None,
                tags: TagKeys::default(),
            };
            let mut writes = vec![Write::PutSource(source.clone())];
            writes.extend(asked.used(id.as_str()));
            let change = Change {
                expects: reading.expects(),
                writes,
                event: Some(event(asked.now, asked.by, asked.realm, kind)),
                ..Change::default()
            };
            Ok(Decided::commit(change, source))
        });
        let updated: Result<Source, OpsError> = updated.await;
        updated.inspect(|_| self.look_at_file_systems())
    }
}

/// What is to be read of the token.
pub(super) fn roots(asked: &Asked<'_>) -> Vec<Subject> {
    asked.subject().into_iter().collect()
}
