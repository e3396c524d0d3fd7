//! Backup sets: begun, and shown.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupSet, EventKind, Made, Principal, RdsRefusal, Realm, SETS_A_DAY_MAX, SetFacts,
    SetOrder, Source, State, Use, decide_set, deletable,
};
use sexton_store::{
    Change, Expect, Generation, PAGE_ITEMS_MAX, SourceQuery, Subject, Tally, Wanted, Write,
};

use super::Found;
use super::instances::no_instance;
use crate::error::OpsError;
use crate::ops::decide::again;
use crate::ops::source_backups::Beginner;
use crate::service::{Service, event};

/// Backup sets of one instance that are made at the same time.
const SETS_AT_ONCE_MAX: u64 = 1;

/// A set, and whether it can be deleted now.
#[derive(Debug, Clone)]
pub struct ShownSet {
    /// The set.
    pub backup: Backup,
    /// What `StoreStatus` says.
    pub deletable: bool,
}

/// A page of the sets of an instance, the newest first.
#[derive(Debug, Clone)]
pub struct ShownSets {
    /// What is on it.
    pub items: Vec<ShownSet>,
    /// How many there are on all pages.
    pub total: usize,
}

/// What a backup set is to whoever deletes it; nothing if it is not shown any more.
pub(super) fn as_set(backup: &Backup, uses: &[Use]) -> Option<BackupSet> {
    match &backup.state {
        State::Creating => Some(BackupSet::Running),
        State::Completed { .. } if !uses.is_empty() => Some(BackupSet::InUse),
        State::Completed { content } => Some(BackupSet::Ended { at: content.completed }),
        State::Failed { at, .. } => Some(BackupSet::Ended { at: *at }),
        State::Deleting { .. } | State::Expired { .. } => None,
    }
}

impl Service {
    /// Begins a backup set: it and its key are durable before the first byte is read.
    pub async fn create_backup_set(
        self: &Arc<Self>,
        realm: &Realm,
        id: &str,
        order: SetOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Backup, OpsError> {
        let found = self.instance(realm, id, now).await?;
        let (found, order) = (&found, &order);
        again(|| async move {
            let (source, expect) = self.store.source(&found.source.key()).await?;
            let source = source.ok_or_else(|| no_instance(id))?;
            let mut change = Change { expects: vec![expect], ..Change::default() };
            let found = Found { source, ..found.clone() };
            let begins = self.begin_set(&found, order, (by, now), &mut change).await?;
            self.begin_source_backup(change, begins).await
        })
        .await
    }

    /// Decides about a new set of what was `found`, and adds what its beginning writes.
    pub(super) async fn begin_set(
        &self,
        found: &Found,
        order: &SetOrder,
        (by, now): (&Principal, Timestamp),
        change: &mut Change,
    ) -> Result<Beginner, OpsError> {
        self.jobs.check_places().map_err(OpsError::TooManyJobs)?;
        let source = &found.source;
        let database = source.offered.instance().ok_or_else(|| no_instance(source.offered.id()))?;
        let captures = Tally::CapturesOf(source.key());
        let running = self.store.tally(&captures).await?;
        let silent = found.seen.silent();
        let facts = SetFacts {
            database,
            unreachable: silent.as_deref(),
            running,
            today: self.sets_of_a_day(source, now).await?,
        };
        let random = self.entropy.bytes();
        let backup = decide_set(order.clone(), facts, &source.realm, now, random)?;
        let key = self.entropy.key();
        // Names are random: one that is taken makes the commit stale.
        let subject = Subject::Backup(backup.key());
        change.expects.push(Expect { subject, generation: Generation(0) });
        change.requires.push((captures, SETS_AT_ONCE_MAX));
        change.writes.push(Write::CreateBackup(backup.clone(), key.copy()));
        let started = EventKind::SourceBackupStarted {
            backup: backup.name.clone(),
            source: source.arn.clone(),
            made: order.made,
        };
        change.event.get_or_insert(event(now, by, &source.realm, started));
        Ok(Beginner { backup, key, source: source.kind.clone() })
    }

    /// How many sets somebody asked for within a day, counted as far as it matters.
    async fn sets_of_a_day(&self, source: &Source, now: Timestamp) -> Result<usize, OpsError> {
        let since = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let wanted: Wanted<Backup> = Arc::new(move |backup| {
            let asked = backup.as_set().is_some_and(|set| set.made == Made::Asked);
            asked && backup.created > since
        });
        let filter = SourceQuery { source: source.key(), wanted };
        Ok(self.store.list_of_source(&filter, None, SETS_A_DAY_MAX).await?.items.len())
    }

    /// The sets of an instance that are `wanted`, the newest first: page `page` of pages of
    /// `size`, counted from 1.
    pub async fn backup_sets(
        &self,
        found: &Found,
        wanted: Wanted<Backup>,
        (page, size): (usize, usize),
        now: Timestamp,
    ) -> Result<ShownSets, OpsError> {
        let shown: Wanted<Backup> =
            Arc::new(move |backup| as_set(backup, &[]).is_some() && wanted(backup));
        let filter = SourceQuery { source: found.source.key(), wanted: shown };
        let first = page.saturating_sub(1).saturating_mul(size);
        let (mut items, mut total, mut after) = (Vec::new(), 0_usize, None);
        loop {
            let got = self.store.list_of_source(&filter, after.as_ref(), PAGE_ITEMS_MAX).await?;
            for backup in got.items {
                if total >= first && items.len() < size {
                    items.push(backup);
                }
                total += 1;
            }
            after = got.next;
            if after.is_none() {
                break;
            }
        }
        let mut sets = Vec::with_capacity(items.len());
        for backup in items {
            let deletable = self.is_deletable(found, &backup, now).await?;
            sets.push(ShownSet { backup, deletable });
        }
        Ok(ShownSets { items: sets, total })
    }

    /// What `StoreStatus` says of a set: the rule that its deletion is decided by.
    async fn is_deletable(
        &self,
        found: &Found,
        backup: &Backup,
        now: Timestamp,
    ) -> Result<bool, OpsError> {
        let facts = found.database.facts(found.seen.unreachable.is_none());
        let Some(mut set) = as_set(backup, &[]) else { return Ok(false) };
        if deletable(&facts, &found.database.policy, &set, now).is_err() {
            return Ok(false);
        }
        // Only of what could go it matters whether somebody reads it.
        if let Some(snapshot) = self.store.backup(&backup.key()).await? {
            let Some(now_is) = as_set(&snapshot.backup, &snapshot.uses) else { return Ok(false) };
            set = now_is;
        }
        Ok(deletable(&facts, &found.database.policy, &set, now).is_ok())
    }

    /// The set of this task.
    pub async fn set_of_task(&self, found: &Found, task: u32) -> Result<Option<Backup>, OpsError> {
        let wanted: Wanted<Backup> =
            Arc::new(move |backup| backup.as_set().is_some_and(|set| set.task == task));
        let filter = SourceQuery { source: found.source.key(), wanted };
        let mut after = None;
        loop {
            let page = self.store.list_of_source(&filter, after.as_ref(), 1).await?;
            if let Some(backup) = page.items.into_iter().next() {
                return Ok(Some(backup));
            }
            after = page.next;
            if after.is_none() {
                return Ok(None);
            }
        }
    }
}

impl From<RdsRefusal> for OpsError {
    fn from(refusal: RdsRefusal) -> Self {
        Self::Rds(refusal)
    }
}
