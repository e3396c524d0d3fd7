//! The store as plain maps: the reference that the others are held against, and what
//! the simulator runs on. Keys stand in a map, since there is no disk to keep remnants.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    BackupJob, BackupName, CopyJob, DataKey, Event, InRealm, ResourceArn, RestoreJob,
};
use zeroize::Zeroizing;

use super::trail::{self, Link};
use super::{
    Change, Commit, Cursor, Expect, Follow, MetaStore, Page, Query, Reading, Row, StoreError,
    Subject, Sums, Tally,
};
use crate::certificate::{Issued, LogEnd, TrailHead};
use crate::merkle::{Frontier, Hash, inclusion_proof, leaf_hash};
use crate::sealed;

mod jobs;
mod listing;
mod plans;
mod state;
mod tokens;

use listing::{list_jobs, page, whole};
use state::State;

/// Metadata in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<State>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// A store whose epochs should last for so long, and last until [`Self::end_epoch`].
    pub fn with_epochs_of(lasting: SignedDuration) -> Self {
        Self(Mutex::new(State { epochs_last: Some(lasting), ..State::default() }))
    }

    /// Ends the epoch that lasts: it ended `at` that instant.
    pub fn end_epoch(&self, at: Timestamp) {
        self.lock().end_epoch(at);
    }
}

#[async_trait]
impl MetaStore for Memory {
    async fn commit(&self, change: Change) -> Result<Commit, StoreError> {
        let mut state = self.lock();
        let moved = |it: &Expect| state.generation(&it.subject) != it.generation;
        if change.expects.iter().any(moved) {
            return Ok(Commit::Stale);
        }
        // Worked out on a copy, so that half a change is never seen.
        let mut next = state.clone();
        let at = change.event.as_ref().map(|event| event.at);
        for write in change.writes {
            match next.apply(write, at) {
                Ok(Commit::Done) => (),
                Ok(Commit::Stale) => return Ok(Commit::Stale),
                Err(cause) => return Err(StoreError::NotDone(cause)),
            }
        }
        if change.requires.iter().any(|(of, most)| next.tally(of) > *most) {
            return Ok(Commit::Stale);
        }
        if let Some(event) = change.event {
            let body = serde_json::to_string(&event).map_err(StoreError::not_done)?;
            let before = next.trail.last().map_or(trail::BEGINNING, |link| link.hash);
            let number = u64::try_from(next.trail.len()).unwrap_or(u64::MAX) + 1;
            next.trail.push(Link { number, hash: trail::next(&before, &body), body });
            next.events.push(event);
        }
        *state = next;
        Ok(Commit::Done)
    }

    async fn read(&self, roots: &[Subject], follow: Follow) -> Result<Reading, StoreError> {
        let state = self.lock();
        let mut reading = Reading::default();
        for subject in roots {
            reading.add(subject.clone(), state.generation(subject), state.thing(subject));
        }
        let protectors = match follow {
            Follow::Nothing => Vec::new(),
            Follow::Protectors => reading.protectors(),
        };
        for subject in protectors {
            let (generation, found) = (state.generation(&subject), state.thing(&subject));
            reading.add(subject, generation, found);
        }
        Ok(reading)
    }

    async fn page(
        &self,
        query: &Query,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Row>, StoreError> {
        let state = self.lock();
        let mut rows = match query {
            Query::Realms => {
                return Ok(Page::whole(state.realms.iter().cloned().map(Row::Realm).collect()));
            }
            Query::Vaults(realm) => state.list_vaults(realm),
            Query::BackupsIn(vault) => {
                return Ok(Page::whole(vec![Row::Count(state.backups_in(vault))]));
            }
            Query::Backups(filter) => state.list_backups(filter),
            Query::FsxBackups(filter) => state.list_fsx_backups(filter),
            Query::OfSource(filter) => state.list_of_source(filter),
            Query::LogSpan(of) => {
                let span = state.log_span(of);
                return Ok(Page::whole(span.into_iter().map(Row::LogSpan).collect()));
            }
            Query::CreatingWithoutJob => {
                let rows = state.creating_without_job();
                return Ok(Page::whole(rows));
            }
            Query::TokensUsedBefore(until) => {
                let old = state.tokens_used_before(*until);
                return Ok(Page::whole(vec![Row::Count(old)]));
            }
            Query::DueSources(now) => state.due_sources(*now),
            Query::BackupJobs(realm, wanted) => {
                let wanted = |job: &BackupJob| job.realm == *realm && wanted(job);
                list_jobs(&state.backup_jobs, wanted, Row::BackupJob)
            }
            Query::RestoreJobs(realm, wanted) => {
                let wanted = |job: &RestoreJob| job.realm == *realm && wanted(job);
                list_jobs(&state.restore_jobs, wanted, Row::RestoreJob)
            }
            Query::CopyJobs(realm, wanted) => {
                let wanted = |job: &CopyJob| job.realm == *realm && wanted(job);
                list_jobs(&state.copy_jobs, wanted, Row::CopyJob)
            }
            Query::RunningBackups => {
                let running = |job: &BackupJob| job.state.ended().is_none();
                return Ok(whole(&state.backup_jobs, running, Row::BackupJob));
            }
            Query::RunningRestores => {
                let running = |job: &RestoreJob| job.state.ended().is_none();
                return Ok(whole(&state.restore_jobs, running, Row::RestoreJob));
            }
            Query::RunningCopies => {
                let running = |job: &CopyJob| job.state.ended().is_none();
                return Ok(whole(&state.copy_jobs, running, Row::CopyJob));
            }
            Query::Sources(realm) => state.list_sources(realm),
            Query::Roles => state.list_roles(),
            Query::Users => state.list_users(),
            Query::Means => {
                let means = state.means.iter().map(|it| Row::Means(Box::new(it.clone())));
                return Ok(Page::whole(means.collect()));
            }
            Query::Holds(realm) => state.list_holds(realm),
            Query::HeldBy(hold) => state.held_by(hold),
            Query::EndedHolds(now) => state.ended_holds(*now),
            Query::Plans { realm, deleted } => state.list_plans(realm, *deleted),
            Query::PlanVersions(plan, one) => state.list_plan_versions(plan, *one),
            Query::DuePlans(now) => state.due_plans(*now),
            Query::DueErasures(now) => state.due_erasures(*now),
            Query::Erasing { parked } => state.list_erasing(*parked),
            Query::Requested { waiting } => state.list_requested(*waiting),
            Query::DueExpiries(now) => state.due_expiries(*now),
            Query::EndedJobs(until) => state.ended_jobs(*until),
        };
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(page(rows, after, limit))
    }

    async fn tally(&self, of: &Tally) -> Result<u64, StoreError> {
        Ok(self.lock().tally(of))
    }

    async fn data_key(&self, key: &InRealm<BackupName>) -> Result<Option<DataKey>, StoreError> {
        let state = self.lock();
        Ok(state.backups.get(key).and_then(|row| row.key.as_deref()).map(DataKey::copy))
    }

    async fn secret(
        &self,
        of: &InRealm<ResourceArn>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let state = self.lock();
        let kept = state.secrets.get(of);
        let opened = kept.map(|kept| sealed::open(of, &kept.key, &kept.body));
        opened.transpose().map_err(StoreError::not_done)
    }

    async fn certificate(&self, key: &InRealm<BackupName>) -> Result<Option<Issued>, StoreError> {
        let state = self.lock();
        Ok(state.certificates.iter().rfind(|it| it.0.as_ref() == Some(key)).map(|it| it.1.clone()))
    }

    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError> {
        let state = self.lock();
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let found = state.certificates.iter().skip(skip).take(limit);
        Ok(found.map(|it| it.1.clone()).collect())
    }

    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        let state = self.lock();
        if size > state.log.size() {
            return Ok(None);
        }
        inclusion_proof(leaf, size, |id| state.log_node(id)).map_err(StoreError::not_done)
    }

    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError> {
        let state = self.lock();
        let (size, root) = (state.log.size(), state.log.root());
        let known = (before <= size).then(|| Frontier::load(before, |id| state.log_node(id)));
        let known = known.transpose().map_err(StoreError::not_done)?;
        let events = u64::try_from(state.trail.len()).unwrap_or(u64::MAX);
        let hash = state.trail.last().map_or(trail::BEGINNING, |link| link.hash);
        let root_before = known.map(|log| log.root());
        Ok(LogEnd { size, root, root_before, trail: TrailHead { events, hash } })
    }

    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError> {
        let state = self.lock();
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let leaves = state.certificates.iter().skip(from).take(limit);
        Ok(leaves.map(|(_, issued)| leaf_hash(issued.statement.as_bytes())).collect())
    }

    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.lock().events.iter().skip(from).take(limit).cloned().collect())
    }

    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let fits = |link: &&Link| {
            let fits = bytes < trail::READ_BYTES_MAX;
            bytes += link.body.len();
            fits
        };
        Ok(self.lock().trail.iter().skip(from).take(limit).take_while(fits).cloned().collect())
    }

    async fn sums(&self) -> Result<Sums, StoreError> {
        let state = self.lock();
        let mut backups = BTreeMap::new();
        for row in state.backups.values() {
            *backups.entry(row.backup.state.name()).or_default() += 1;
        }
        let erasing = state.erasing();
        let parked = erasing.iter().filter(|(_, erasing, _)| erasing.state.due().is_none());
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Sums {
            backups: backups.into_iter().collect(),
            erasures: count(erasing.len()),
            parked: count(parked.count()),
            oldest_erasure: erasing.first().map(|(_, erasing, _)| erasing.decided),
            next_expiry: state.backups.values().filter_map(|row| row.expires).min(),
            certificates: count(state.certificates.len()),
            stored_bytes: state
                .backups
                .values()
                .filter_map(|row| row.backup.state.content())
                .map(|content| content.stored_bytes)
                .sum(),
            erased_bytes: state.erased_bytes,
            tokens: count(state.tokens.len()),
        })
    }

    fn healthy(&self) -> bool {
        true
    }
}
