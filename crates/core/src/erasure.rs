//! What follows an accepted deletion: from a destroyed key to removed bytes.
//!
//! The decision and the destroyed key were committed together, so nothing
//! here may refuse; it may only be slow. The eraser looks at what is there, asks
//! [`next_step`] what to do, does it, and looks again **from the start**. Every step
//! may be repeated: object names are never used again, so deleting one twice is free.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Content, JobId, LogCover, Principal, Protection, State, Why, counted};

/// The most objects that one step deletes: what one `DeleteObjects` takes.
pub const BATCH_OBJECTS_MAX: usize = 1000;

/// How many passes in a row may remove nothing before a person should look: with the
/// delays of [`retry_delay_seconds`] that is after twenty hours, longer than most outages.
pub const ATTEMPTS_MAX: u32 = 32;

/// The erasure of a backup, as it stands in the state of that backup.
///
/// The epoch whose end makes the data key unrecoverable is not part of it: the store
/// knows it, in the moment in which the key leaves the ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Its name.
    pub job: JobId,
    /// When it was decided.
    pub decided: Timestamp,
    /// Who decided it.
    pub decided_by: Principal,
    /// Why.
    pub why: Why,
    /// When it was asked for, if something kept the backup then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Timestamp>,
    /// What was expected to be as it was read when the decision was committed.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub checked: Vec<Protection>,
    /// Copies of the backup that were known when it was decided.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub known_copies: u64,
    /// Log backups that covered the data of a backup set when it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_backups: Option<Box<LogCover>>,
    /// Objects that are known to have been removed so far.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub removed: u64,
    /// How far it is.
    pub state: ErasureState,
}

impl Erasure {
    /// An erasure that is decided now: due at once, after what has been due for longer.
    pub fn begin(job: JobId, decided: Timestamp, decided_by: Principal, why: Why) -> Self {
        let state = ErasureState::Pending { not_before: decided, attempts: 0 };
        let checked = Vec::new();
        Self {
            job,
            decided,
            decided_by,
            why,
            asked: None,
            checked,
            known_copies: 0,
            log_backups: None,
            removed: 0,
            state,
        }
    }
}

/// What most erasures say need not be stored.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
        #[serde(default, skip_serializing_if = "is_usual")]
        attempts: u32,
    },
    /// Every object left has failed too often: a person should look.
    Parked {
        /// What went wrong last.
        reason: String,
    },
}

impl ErasureState {
    /// When it is due; nothing once it waits for a person.
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Pending { not_before, .. } => Some(*not_before),
            Self::Parked { .. } => None,
        }
    }
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
        /// Names under the backup's prefix.
        objects: BTreeSet<String>,
    },
    /// The bytes are gone; the epoch that held the key has not ended yet.
    AwaitEpoch,
    /// Nothing is left of key or bytes.
    Certify,
    /// It waits for a person.
    Park,
}

/// Decides what to do for an erasure after a look that began after everything before it
/// had ended. `epoch_ended`: whether the root key of its epoch is destroyed.
pub fn next_step(erasure: &Erasure, seen: &Sighting, epoch_ended: bool) -> Step {
    if !seen.present.is_empty() {
        return match &erasure.state {
            ErasureState::Pending { attempts, .. } if *attempts < ATTEMPTS_MAX => {
                Step::Delete { objects: seen.present.clone() }
            }
            ErasureState::Pending { .. } | ErasureState::Parked { .. } => Step::Park,
        };
    }
    if epoch_ended { Step::Certify } else { Step::AwaitEpoch }
}

/// Whether objects were stored, none is there, and none is known to have been removed: that
/// is a finding and no proof. The objects may lie on a disk that is not there.
pub fn is_unexplained(content: Option<Content>, erasure: &Erasure, seen: &Sighting) -> bool {
    stored(content) > 0 && erasure.removed == 0 && seen.present.is_empty()
}

/// The erasure after a look that [found nothing](is_unexplained) of what was stored: a person
/// should look, and a retry says that they did.
#[must_use]
pub fn after_nothing_found(content: Option<Content>, erasure: Erasure) -> Erasure {
    let stored = stored(content);
    let objects = counted(stored, "object");
    let reason = format!(
        "{objects} had been stored and none is there, although none was removed: look \
         where they went; a retry takes them for gone, and the certificate will say that 0 were \
         removed"
    );
    Erasure { state: ErasureState::Parked { reason }, ..erasure }
}

fn stored(content: Option<Content>) -> u64 {
    content.map_or(0, |content| content.objects)
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

/// The erasure after a bulk delete, [confirmed](Deleted::confirmed_by) at `now`: progress resets
/// the count of attempts. `why`: what is known of the reason why not everything is gone.
#[must_use]
pub fn after_delete(
    mut erasure: Erasure,
    result: &Deleted,
    why: Option<&str>,
    now: Timestamp,
) -> Erasure {
    let gone = u64::try_from(result.gone.len()).unwrap_or(u64::MAX);
    erasure.removed = erasure.removed.saturating_add(gone);
    erasure.state = match erasure.state {
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
    erasure
}

/// The erasure after a look at `now` that found no bytes, while the epoch of its key lasts:
/// due again when the epoch, which should end by `expected`, has ended. That is at once, if it
/// should just have ended: the look came between the commit and the end of the root.
#[must_use]
pub fn after_look_in_epoch(erasure: Erasure, expected: Timestamp, now: Timestamp) -> Erasure {
    let wait = jiff::SignedDuration::from_secs(EPOCH_LOOK_SECONDS);
    let is_late = now.duration_since(expected) >= wait;
    let soonest = if is_late { now.saturating_add(wait).unwrap_or(Timestamp::MAX) } else { now };
    let not_before = expected.max(soonest).min(put_off_max(now));
    Erasure { state: ErasureState::Pending { not_before, attempts: 0 }, ..erasure }
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

/// Decides what becomes of the erasure of a backup in `state` that a person wants to be
/// tried again: only one that waits for a person is, and it begins to count its attempts anew.
pub fn decide_retry(state: &State, now: Timestamp) -> Result<Erasure, RetryRefusal> {
    let erasing = state.erasing().ok_or(RetryRefusal::NotErasing)?;
    match erasing.state {
        ErasureState::Pending { .. } => Err(RetryRefusal::NotParked),
        ErasureState::Parked { .. } => {
            let state = ErasureState::Pending { not_before: now, attempts: 0 };
            Ok(Erasure { state, ..erasing.clone() })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each look between the commit of a deletion and the end of its root put its certificate
    /// off by a second.
    #[test]
    fn an_epoch_that_should_just_have_ended_is_looked_at_again_at_once() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let erasing = || {
            let by = Principal("tester".to_owned());
            Erasure::begin(JobId::from_bytes([1; 16]), at(0), by, Why::Asked)
        };
        for (expected, now, due) in [
            (10_000, 10_000, 10_000),
            (10_000, 10_999, 10_999),
            (10_000, 11_000, 12_000),
            (10_000, 9_000, 10_000),
        ] {
            let state = after_look_in_epoch(erasing(), at(expected), at(now)).state;
            assert_eq!(state.due(), Some(at(due)), "expected {expected}, seen at {now}");
        }
    }
}
