//! What follows an accepted deletion: from a destroyed key to removed bytes.
//!
//! The decision, the destroyed key and the job were committed together, so nothing
//! here may refuse; it may only be slow. The eraser looks at what is there, asks
//! [`next_step`] what to do, does it, and looks again **from the start**. Every step
//! may be repeated: object names are never used again, so deleting one twice is free.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Content, Epoch, JobId, ObjectPrefix, Principal, Protection, RecoveryPointArn, ResourceArn,
    VaultName, Why,
};

/// The most objects that one step deletes: what one `DeleteObjects` takes.
pub const BATCH_OBJECTS_MAX: usize = 1000;

/// How many passes in a row may remove nothing before a person should look: with the
/// delays of [`retry_delay_seconds`] that is after twenty hours, longer than most outages.
pub const ATTEMPTS_MAX: u32 = 32;

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureJob {
    /// Its name.
    pub id: JobId,
    /// The point that it erases.
    pub point: RecoveryPointArn,
    /// The vault of that point.
    pub vault: VaultName,
    /// What had been backed up.
    pub resource: ResourceArn,
    /// The backup job that had made it.
    pub backup_job: JobId,
    /// When the point had been made.
    pub point_created: Timestamp,
    /// Where its objects are.
    pub objects: ObjectPrefix,
    /// What was stored; nothing if its capture never finished.
    pub content: Option<Content>,
    /// When it was decided.
    pub decided: Timestamp,
    /// Who decided it.
    pub decided_by: Principal,
    /// Why.
    pub why: Why,
    /// What was expected to be as it was read when the decision was committed.
    pub checked: Vec<Protection>,
    /// The epoch whose end made the data key unrecoverable.
    pub epoch: Epoch,
    /// Objects that are known to have been removed so far.
    pub removed: u64,
    /// Where it stands.
    pub state: ErasureState,
}

/// Where an erasure stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ErasureState {
    /// To be done, not before an instant.
    Pending {
        /// Earliest next attempt.
        not_before: Timestamp,
        /// Passes in a row that removed nothing although something was there.
        attempts: u32,
    },
    /// Every object left has failed too often: a person should look.
    Parked {
        /// What went wrong last.
        reason: String,
    },
}

/// What one look at a backup's objects found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Objects that are still there, at most [`BATCH_OBJECTS_MAX`] of them.
    pub present: BTreeSet<String>,
}

/// What the eraser is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Delete these, then look again.
    Delete {
        /// Names under the job's prefix.
        objects: BTreeSet<String>,
    },
    /// The bytes are gone; the epoch that held the key has not ended yet.
    AwaitEpoch,
    /// Nothing is left of key or bytes.
    Certify,
    /// It waits for a person.
    Park,
}

/// Decides what to do for a job after a look that began after everything before it
/// had ended. `epoch_ended`: whether the root key of the job's epoch is destroyed.
pub fn next_step(job: &ErasureJob, seen: &Sighting, epoch_ended: bool) -> Step {
    if !seen.present.is_empty() {
        return match &job.state {
            ErasureState::Pending { attempts, .. } if *attempts < ATTEMPTS_MAX => {
                Step::Delete { objects: seen.present.clone() }
            }
            ErasureState::Pending { .. } | ErasureState::Parked { .. } => Step::Park,
        };
    }
    if epoch_ended { Step::Certify } else { Step::AwaitEpoch }
}

/// What one bulk delete is known to have done.
///
/// An object that was tried and is not in `gone` is unknown, and unknown is treated
/// as still there: deleting twice is free, leaving a backup behind is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// What was asked for.
    pub tried: BTreeSet<String>,
    /// What is known to be gone; a missing object counts as gone.
    pub gone: BTreeSet<String>,
}

impl Deleted {
    /// What is left of it after a look that began when it had ended: what is still shown is
    /// not gone, whatever was said. The name that is listed may not be the one that lies
    /// there, and then deleting it finds nothing, every time.
    #[must_use]
    pub fn confirmed_by(mut self, seen: &Sighting) -> Self {
        self.gone.retain(|name| !seen.present.contains(name));
        self
    }
}

/// The job after a bulk delete, [confirmed](Deleted::confirmed_by) at `now`: progress resets
/// the count of attempts. `why`: what is known of the reason why not everything is gone.
#[must_use]
pub fn after_delete(
    mut job: ErasureJob,
    result: &Deleted,
    why: Option<&str>,
    now: Timestamp,
) -> ErasureJob {
    let gone = u64::try_from(result.gone.len()).unwrap_or(u64::MAX);
    job.removed = job.removed.saturating_add(gone);
    job.state = match job.state {
        ErasureState::Pending { .. } if gone > 0 => {
            ErasureState::Pending { not_before: now, attempts: 0 }
        }
        ErasureState::Pending { attempts, .. } if attempts + 1 >= ATTEMPTS_MAX => {
            let left = result.tried.difference(&result.gone).next();
            let mut reason = match left {
                Some(name) => format!("{name} could not be removed in {ATTEMPTS_MAX} attempts"),
                None => format!("the objects could not be listed in {ATTEMPTS_MAX} attempts"),
            };
            if let Some(why) = why {
                reason.push_str(": ");
                reason.push_str(why);
            }
            ErasureState::Parked { reason }
        }
        ErasureState::Pending { attempts, .. } => {
            let wait = jiff::SignedDuration::from_secs(retry_delay_seconds(attempts));
            let not_before = now.checked_add(wait).unwrap_or(now);
            ErasureState::Pending { not_before, attempts: attempts + 1 }
        }
        parked @ ErasureState::Parked { .. } => parked,
    };
    job
}

/// The job after a look at `now` that found no bytes, while the epoch of its key lasts:
/// due again when the epoch, which should end by `expected`, has ended.
#[must_use]
pub fn after_look_in_epoch(job: ErasureJob, expected: Timestamp, now: Timestamp) -> ErasureJob {
    let later = |seconds| now.saturating_add(jiff::SignedDuration::from_secs(seconds));
    let soonest = later(EPOCH_LOOK_SECONDS).unwrap_or(Timestamp::MAX);
    let not_before = expected.max(soonest).min(put_off_max(now));
    ErasureJob { state: ErasureState::Pending { not_before, attempts: 0 }, ..job }
}

/// Why an erasure is not tried again by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetryRefusal {
    /// Nothing is being erased.
    #[error("it is not being erased")]
    NotErasing,
    /// It is tried again by itself.
    #[error("its erasure is not parked: it goes on by itself")]
    NotParked,
}

/// Decides what becomes of an erasure that a person wants to be tried again: only one that
/// waits for a person does, and it begins to count its attempts anew.
pub fn decide_retry(job: Option<ErasureJob>, now: Timestamp) -> Result<ErasureJob, RetryRefusal> {
    let job = job.ok_or(RetryRefusal::NotErasing)?;
    match job.state {
        ErasureState::Pending { .. } => Err(RetryRefusal::NotParked),
        ErasureState::Parked { .. } => {
            let state = ErasureState::Pending { not_before: now, attempts: 0 };
            Ok(ErasureJob { state, ..job })
        }
    }
}

/// How long to wait between two looks at an epoch that is late.
const EPOCH_LOOK_SECONDS: i64 = 1;

/// The longest that an erasure is put off.
const PUT_OFF_SECONDS_MAX: i64 = 3600;

/// How long to wait after so many attempts without progress: 1 s, doubling up to an hour.
pub fn retry_delay_seconds(attempts: u32) -> i64 {
    // Twelve doublings are more than an hour.
    (1_i64 << attempts.min(12)).min(PUT_OFF_SECONDS_MAX)
}

/// The latest instant that an erasure is put off to at `now`. What is due later was put off
/// by a clock that has been set back since, and is due now: or it would wait for that clock
/// to come round again.
pub fn put_off_max(now: Timestamp) -> Timestamp {
    let longest = jiff::SignedDuration::from_secs(PUT_OFF_SECONDS_MAX);
    now.saturating_add(longest).unwrap_or(Timestamp::MAX)
}
