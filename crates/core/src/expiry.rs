//! What becomes of a backup once its lifecycle says that it is to go.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Backup, Busy, DeleteFacts, Deletion, JobId, PointRefusal, Principal, State, Why,
    decide_delete_point,
};

/// How long a backup that something reads is left alone before it is looked at again.
const PUT_OFF_MINUTES: i64 = 15;

/// The same of one that a legal hold keeps: those last, and there may be many such backups.
const HELD_PUT_OFF_MINUTES: i64 = 60;

/// What is done about a backup that is said to be due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// It goes the way of every deletion.
    Delete(Deletion),
    /// Nothing yet; it is due again then.
    PutOff {
        /// Not before.
        until: Timestamp,
    },
    /// Nothing, now or later: it does not expire in the state that it is in.
    Nothing,
}

impl Backup {
    /// When its lifecycle deletes it, in the state that it is in.
    ///
    /// Only what is complete expires. A backup that is being created waits until it is, and
    /// one that is `Expired` already has been tried: deleting it again is up to a person, as
    /// it is with AWS Backup. What `FSx` keeps has no lifecycle of its own: its file system says
    /// how long.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let kept = self.in_vault()?;
        match self.state {
            State::Completed { .. } => kept.lifecycle.delete_at(self.created),
            State::Creating
            | State::Deleting { .. }
            | State::Expired { .. }
            | State::Failed { .. } => None,
        }
    }
}

/// Decides what becomes at `now` of a backup that is said to be due; `job` names the erasure
/// if there is one. It is decided like any other deletion, and what protects a backup from
/// a person protects it from its lifecycle.
pub fn decide_expiry(facts: DeleteFacts<'_>, now: Timestamp, job: JobId) -> Expiry {
    let Some(due) = facts.backup.expires_at() else { return Expiry::Nothing };
    if now < due {
        return Expiry::PutOff { until: due };
    }
    match decide_delete_point(facts, now, job, &Principal::server(), Why::Lifecycle) {
        Ok(deletion) => Expiry::Delete(deletion),
        Err(PointRefusal::Busy(Busy::InUse { .. })) => put_off(now, PUT_OFF_MINUTES),
        Err(PointRefusal::Held(_)) => put_off(now, HELD_PUT_OFF_MINUTES),
        Err(
            PointRefusal::Busy(Busy::Creating | Busy::AlreadyDeleting { .. } | Busy::Failed)
            // A lifecycle that has ended is not held back by a lock.
            | PointRefusal::Locked(_)
            | PointRefusal::InNoVault,
        ) => Expiry::Nothing,
    }
}

fn put_off(now: Timestamp, minutes: i64) -> Expiry {
    let wait = SignedDuration::from_mins(minutes);
    Expiry::PutOff { until: now.saturating_add(wait).unwrap_or(Timestamp::MAX) }
}
