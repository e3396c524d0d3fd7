//! Carries out erasures that have already been decided: the last step of the path of one
//! deletion in `docs/ARCHITECTURE.md`.
//!
//! The decision and the destroyed key were committed together, so nothing here may
//! refuse; it may only be slow. Each pass takes what is due from the store and no
//! other input: a wake-up is a hint. It looks at the objects that are there, asks
//! [`next_step`] what to do, does it, makes it durable, and looks again from the start.
//! A crash anywhere repeats a step, and every step may be repeated: object names are never used
//! again. A worker that was asleep finds its commit stale, because the
//! generation of the backup's row is its fence.
//!
//! A pass walks through all that is due, a page at a time. While the disk works on the
//! objects of one page, the certificates of the page before are committed. When nothing is
//! left to do, the log of certificates is signed.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use sexton_core::{
    Certificate, Deleted, Ended, ErasureState, EventKind, JobId, Means, ObjectPrefix, Principal,
    Sighting, Step, after_delete, after_look_in_epoch, after_nothing_found, chain, is_unexplained,
    next_step,
};
use sexton_data::blobs::{BlobError, Listing, Removal, Removed};
use sexton_store::certificate::{self, Openings};
use sexton_store::{Change, Claim, Commit, EpochEnd, StoreError, Write};

use crate::service::{Service, event};

mod seen;

pub use seen::Seen;

/// Erasures that are worked on together: enough that a flush of the disk is shared by
/// many, few enough that the first certificates do not wait for the last bytes.
const PAGE_JOBS_MAX: usize = 1024;

/// Fewer erasures than this are not worth the flush of the disk, the commit and the
/// signature that a pass costs, while others follow them closely.
const PASS_JOBS_FEW: usize = 64;

/// How long the eraser waits after a pass over a few: those that are decided meanwhile are
/// worked on together.
const GATHER_WAIT: Duration = Duration::from_millis(10);

/// How long the eraser sleeps when nothing wakes it: retries come due by themselves.
const IDLE_WAIT: Duration = Duration::from_millis(500);

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Erasures that were due.
    pub due: usize,
    /// Certificates that were issued.
    pub certified: usize,
    /// Whether anything went, or waits for nothing but an epoch that should just have ended, so
    /// that another pass is worth beginning.
    pub progressed: bool,
}

/// How many of some erasures were certified, and how many may be as soon as their epoch ends.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    certified: usize,
    soon: usize,
}

impl Pass {
    fn note(&mut self, Ends { certified, soon }: Ends) {
        self.certified += certified;
        self.progressed |= soon > 0;
    }

    /// How long to wait before the next pass, which is worth beginning, so that it has more to do.
    fn wait_for_more(&self) -> Option<Duration> {
        (self.due < PASS_JOBS_FEW || self.certified == 0).then_some(GATHER_WAIT)
    }
}

/// Runs passes until the service is dropped or `stop` says so.
pub(crate) async fn run(service: Arc<Service>, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut last = Timestamp::MIN;
    // What an earlier server has certified may not be signed.
    let mut unsigned = true;
    loop {
        let now = service.clock.now();
        let pass = match service.erase_due(until(now, last)).await {
            Ok(pass) => pass,
            Err(error) => {
                tracing::error!(error = chain(&error), "an erasure pass failed");
                Pass::default()
            }
        };
        last = now;
        unsigned |= pass.certified > 0;
        let stopping = *stop.borrow();
        if pass.progressed && !stopping {
            if let Some(wait) = pass.wait_for_more() {
                tokio::select! {
                    () = tokio::time::sleep(wait) => (),
                    _ = stop.changed() => (),
                }
            }
            continue;
        }
        // One signature for all that was certified since the last, whoever asks for it.
        if unsigned {
            match service.log.sign(&*service.store).await {
                Ok(()) => unsigned = false,
                Err(error) => {
                    tracing::error!(error = chain(&error), "the log of certificates is not signed");
                }
            }
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = service.erasures.notified() => (),
            () = tokio::time::sleep(IDLE_WAIT) => (),
            _ = stop.changed() => return,
        }
    }
}

/// Up to when a pass takes what is due. A clock that was set back since the last one says
/// nothing of what was put off before: all of it is tried.
fn until(now: Timestamp, last: Timestamp) -> Timestamp {
    if now < last { Timestamp::MAX } else { now }
}

/// An erasure whose objects were removed, as far as that went, and looked at once more.
struct Cleared {
    claim: Claim,
    /// What the last look showed; nothing if there was none, or if something could not be
    /// removed or not durably.
    seen: Option<Sighting>,
}

impl Service {
    /// One pass over what is due: look, remove what is there, look again, and certify
    /// what is absent. Public for the simulator and for tests.
    pub async fn erase_pass(&self) -> Result<Pass, StoreError> {
        self.erase_due(self.clock.now()).await
    }

    /// A pass over what is due at `now`.
    async fn erase_due(&self, now: Timestamp) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        let means = self.store.means().await?;
        let mut after = None;
        let mut cleared = Vec::new();
        // What is put back and due again at once waits for the next pass.
        let mut taken = HashSet::new();
        loop {
            let mut page = self.store.due_erasures(now, after.as_ref(), PAGE_JOBS_MAX).await?;
            page.items.retain(|claim| taken.insert(claim.erasing.job));
            pass.due += page.items.len();
            let (ended, next) = futures::join!(
                self.end_all(cleared, &means),
                self.clear_all(page.items, &mut pass)
            );
            pass.note(ended);
            cleared = next;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        pass.note(self.end_all(cleared, &means).await);
        self.seen.end_first_pass();
        pass.progressed |= pass.certified > 0;
        Ok(pass)
    }

    /// Removes what is there of each backup's objects, and looks again.
    async fn clear_all(&self, claims: Vec<Claim>, pass: &mut Pass) -> Vec<Cleared> {
        if claims.is_empty() {
            return Vec::new();
        }
        let seen = self.look(&claims).await;
        for (claim, seen) in claims.iter().zip(&seen) {
            let found = seen.as_ref().is_ok_and(|seen| !seen.present.is_empty());
            self.seen.note_look(claim.erasing.job, found);
        }
        let wanted = claims.iter().zip(seen).map(|(claim, seen)| removal(claim, seen)).collect();
        let removed = self.blobs.delete_many(wanted).await;
        let seen = self.look(&claims).await;
        let mut cleared = Vec::with_capacity(claims.len());
        for ((mut claim, deletion), seen) in claims.into_iter().zip(removed).zip(seen) {
            let (progressed, seen) = self.note(&mut claim, deletion, seen);
            pass.progressed |= progressed;
            cleared.push(Cleared { claim, seen });
        }
        cleared
    }

    /// Ends what can be ended.
    async fn end_all(&self, cleared: Vec<Cleared>, means: &[Means]) -> Ends {
        let ends = cleared.into_iter().map(|cleared| self.end(cleared, means));
        let ends = stream::iter(ends).buffer_unordered(PAGE_JOBS_MAX);
        ends.fold(Ends::default(), |sum, end| {
            let Ends { certified, soon } = end;
            std::future::ready(Ends { certified: sum.certified + certified, soon: sum.soon + soon })
        })
        .await
    }

    /// Looks at the objects of every backup, from the start.
    async fn look(&self, claims: &[Claim]) -> Vec<Result<Sighting, BlobError>> {
        let prefixes: Vec<ObjectPrefix> =
            claims.iter().map(|claim| claim.backup.objects.clone()).collect();
        let listings = self.blobs.list_many(&prefixes).await;
        let sight = |listing: Listing| Sighting { present: listing.objects };
        listings.into_iter().map(|listing| listing.map(sight)).collect()
    }

    /// Notes in the erasure what a removal did, as far as the look after it confirms it. Tells
    /// whether anything went, and what is seen now, unless any of it failed.
    fn note(
        &self,
        claim: &mut Claim,
        removed: Removed,
        seen: Result<Sighting, BlobError>,
    ) -> (bool, Option<Sighting>) {
        let Removed { deleted, failure } = removed;
        if let Some(error) = &failure {
            let (id, error) = (claim.erasing.job, chain(error));
            tracing::warn!(job = %id, backup = %claim.backup.name, error, "objects remain");
        }
        let (deleted, seen, why) = match (seen, failure) {
            (Ok(seen), None) if deleted.tried.is_empty() => return (false, Some(seen)),
            (Ok(seen), None) => (deleted.confirmed_by(&seen), Some(seen), None),
            (Ok(seen), Some(error)) => (deleted.confirmed_by(&seen), None, Some(error.words())),
            (Err(error), _) => {
                let (id, error_chain) = (claim.erasing.job, chain(&error));
                tracing::warn!(job = %id, error = error_chain, "objects were not listed");
                (Deleted::default(), None, Some(error.words()))
            }
        };
        let (before, now) = (claim.erasing.clone(), self.clock.now());
        claim.erasing = after_delete(before, &deleted, why.as_deref(), now);
        (!deleted.gone.is_empty(), seen)
    }

    /// Issues the certificate if nothing is left, or writes down when to try again.
    async fn end(&self, cleared: Cleared, means: &[Means]) -> Ends {
        let Cleared { claim, seen } = cleared;
        // What is absent now may not be durably so: a removal that failed, or could not be
        // made durable, is never certified in the same pass.
        let Some(seen) = seen else {
            self.put_back(claim).await;
            return Ends::default();
        };
        let (job, content) = (claim.erasing.job, claim.backup.state.content().copied());
        if is_unexplained(content, &claim.erasing, &seen) && !self.seen.explains(job) {
            let erasing = after_nothing_found(content, claim.erasing);
            self.put_back(Claim { erasing, ..claim }).await;
            return Ends::default();
        }
        match (next_step(&claim.erasing, &seen, claim.epoch.has_ended()), claim.epoch) {
            (Step::Certify, EpochEnd::Ended(key_destroyed)) => {
                let (ended, now) =
                    (Ended { epoch: claim.left_in, at: key_destroyed }, self.clock.now());
                let by = &claim.erasing.decided_by;
                let (commitments, openings) = self.log.commit(by, &*self.entropy);
                let (backup, erasing) = (&claim.backup, &claim.erasing);
                let said = Certificate::of(backup, erasing, ended, now, means, commitments);
                let certified = self.certify(claim, &said, openings).await;
                Ends { certified: usize::from(certified), soon: 0 }
            }
            (Step::AwaitEpoch | Step::Certify, EpochEnd::Expected(end)) => {
                let now = self.clock.now();
                let erasing = after_look_in_epoch(claim.erasing, end, now);
                let soon = erasing.state.due().is_some_and(|due| due <= now);
                self.put_back(Claim { erasing, ..claim }).await;
                Ends { certified: 0, soon: usize::from(soon) }
            }
            (Step::Delete { .. } | Step::Park | Step::AwaitEpoch, _) => {
                self.put_back(claim).await;
                Ends::default()
            }
        }
    }

    async fn certify(&self, claim: Claim, certificate: &Certificate, openings: Openings) -> bool {
        let now = certificate.verified_absent;
        let Claim { slot, backup, erasing, expect, .. } = claim;
        let statement = match certificate::statement(certificate) {
            Ok(statement) => statement,
            Err(error) => {
                tracing::error!(job = %erasing.job, %error, "a certificate was not written");
                return false;
            }
        };
        let (realm, name) = (backup.realm.clone(), backup.name.clone());
        let record_stays = backup.after_certificate().is_some();
        let erased = EventKind::Erased { erasure: erasing.job, backup: name, record_stays };
        let event = event(now, &Principal::server(), &realm, erased);
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::Certify(slot, statement, openings)],
            event: Some(event),
            background: true,
            ..Change::default()
        };
        let certified = self.commit_quietly(change, erasing.job).await;
        if certified {
            self.seen.forget(erasing.job);
        }
        certified
    }

    /// Writes down that an erasure is not finished, and when it is due again.
    async fn put_back(&self, claim: Claim) {
        let Claim { backup, erasing, expect, .. } = claim;
        let erasure = erasing.job;
        let parked = match &erasing.state {
            ErasureState::Pending { .. } => None,
            ErasureState::Parked { reason } => {
                let name = &backup.name;
                tracing::error!(job = %erasure, backup = %name, reason, "an erasure is parked");
                let (name, reason) = (backup.name.clone(), reason.clone());
                let parked = EventKind::ErasureParked { erasure, backup: name, reason };
                Some(event(self.clock.now(), &Principal::server(), &backup.realm, parked))
            }
        };
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::PutBackup(backup.erased_so_far(erasing))],
            event: parked,
            background: true,
            ..Change::default()
        };
        self.commit_quietly(change, erasure).await;
    }

    /// Commits; what fails or is stale is due again and will be found again.
    async fn commit_quietly(&self, change: Change, erasure: JobId) -> bool {
        match self.store.commit(change).await {
            Ok(Commit::Done) => true,
            Ok(Commit::Stale) => false,
            Err(error) => {
                tracing::warn!(job = %erasure, error = chain(&error), "an erasure was not saved");
                false
            }
        }
    }
}

/// What to remove of a backup's objects. Nothing, where they could not be seen: the look at
/// the end of the pass says so again.
fn removal(claim: &Claim, seen: Result<Sighting, BlobError>) -> Removal {
    let prefix = claim.backup.objects.clone();
    let step = seen.map(|seen| next_step(&claim.erasing, &seen, claim.epoch.has_ended()));
    let names = match step {
        Ok(Step::Delete { objects }) => objects,
        Ok(Step::AwaitEpoch | Step::Certify | Step::Park) | Err(_) => BTreeSet::new(),
    };
    Removal { prefix, names }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clients that delete one after the other had one flush of the disk for each deletion.
    #[test]
    fn a_few_erasures_wait_a_moment_for_others_and_many_do_not() {
        let wait = |(due, certified)| Pass { due, certified, progressed: true }.wait_for_more();
        let few = [(1, 1), (PASS_JOBS_FEW - 1, 1), (10_000, 0)];
        assert_eq!(few.map(wait), [Some(GATHER_WAIT); 3]);
        assert_eq!([(PASS_JOBS_FEW, 1), (10_000, 10_000)].map(wait), [None; 2]);
    }

    #[test]
    fn nothing_waits_for_a_clock_that_was_set_back() {
        let [early, late] = [10, 20].map(|second| Timestamp::from_second(second).unwrap());
        assert_eq!(until(late, early), late);
        assert_eq!(until(late, late), late);
        assert_eq!(until(early, late), Timestamp::MAX);
    }
}
