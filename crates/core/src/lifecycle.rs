//! How long a backup is meant to stay.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Backup, Guard, Keeper, Locked, State};

/// The lifecycle that a backup job asked for. Absent members mean "never".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Days until the backup moves to cold storage.
    pub cold_after_days: Option<i64>,
    /// Days until the backup expires.
    pub delete_after_days: Option<i64>,
    /// Whether supported resources are archived.
    pub archive_opt_in: Option<bool>,
}

/// A lifecycle that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLifecycle {
    /// Outside 1 to 36,500 days.
    #[error("invalid lifecycle: DeleteAfterDays cannot be less than 1 or more than 36500 days")]
    DeleteOutOfRange,
    /// Cold storage is paid for 90 days at least.
    #[error("DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays")]
    ColdTooShort,
    /// Cold storage must be at least a day away.
    #[error("invalid lifecycle: MoveToColdStorageAfterDays cannot be less than 1")]
    ColdOutOfRange,
}

impl Lifecycle {
    /// The most days that a lifecycle can name.
    pub const DAYS_MAX: i64 = 36_500;

    /// Checks the rules of AWS Backup. `-1` means "never" there.
    pub fn checked(self) -> Result<Self, InvalidLifecycle> {
        let never = |days: &i64| *days != -1;
        let delete = self.delete_after_days.filter(never);
        let cold = self.cold_after_days.filter(never);
        if delete.is_some_and(|days| !(1..=Self::DAYS_MAX).contains(&days)) {
            return Err(InvalidLifecycle::DeleteOutOfRange);
        }
        if cold.is_some_and(|days| !(1..=Self::DAYS_MAX).contains(&days)) {
            return Err(InvalidLifecycle::ColdOutOfRange);
        }
        if let (Some(cold), Some(delete)) = (cold, delete)
            && delete < cold + 90
        {
            return Err(InvalidLifecycle::ColdTooShort);
        }
        Ok(Self { cold_after_days: cold, delete_after_days: delete, ..self })
    }

    /// When a backup made at `created` is due to expire.
    pub fn delete_at(&self, created: Timestamp) -> Option<Timestamp> {
        Self::after(created, self.delete_after_days)
    }

    /// When a backup made at `created` is due to move to cold storage.
    pub fn cold_at(&self, created: Timestamp) -> Option<Timestamp> {
        Self::after(created, self.cold_after_days)
    }

    /// Whether a backup made at `created` has moved to cold storage by `now`.
    pub fn is_cold(&self, created: Timestamp, now: Timestamp) -> bool {
        self.cold_at(created).is_some_and(|cold| cold <= now)
    }

    fn after(created: Timestamp, days: Option<i64>) -> Option<Timestamp> {
        let seconds = days?.checked_mul(24 * 60 * 60)?;
        created.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}

/// Why a recovery point keeps its lifecycle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifecycleRefusal {
    /// It is being made, or it goes.
    #[error("the recovery point is {state}, and its lifecycle stays as it is")]
    State {
        /// What it is.
        state: &'static str,
    },
    /// It is no recovery point: `FSx` keeps it.
    #[error("the backup is in no vault")]
    InNoVault,
    /// Its vault is locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The new one contradicts itself.
    #[error(transparent)]
    Invalid(#[from] InvalidLifecycle),
    /// It should be in cold storage by now, which nothing comes back from.
    #[error("MoveToColdStorageAfterDays cannot be changed once a recovery point is cold")]
    AlreadyCold,
    /// It would be cold before tomorrow.
    #[error("a recovery point cannot move to cold storage earlier than a day from now")]
    ColdTooSoon,
}

/// Decides whether a recovery point whose vault has this `guard` has this lifecycle from `now` on.
/// What is left out is no more: without days it stays for ever. One that has ended already deletes
/// at once.
pub fn decide_lifecycle(
    backup: Backup,
    guard: &Guard,
    wanted: Lifecycle,
    now: Timestamp,
) -> Result<Backup, LifecycleRefusal> {
    match backup.state {
        State::Completed { .. } | State::Expired { .. } => (),
        State::Creating | State::Deleting { .. } | State::Failed { .. } => {
            return Err(LifecycleRefusal::State { state: backup.state.name() });
        }
    }
    let Keeper::Vault(mut kept) = backup.keeper else {
        return Err(LifecycleRefusal::InNoVault);
    };
    guard.check_unlocked()?;
    let wanted = wanted.checked()?;
    if wanted.cold_after_days != kept.lifecycle.cold_after_days {
        if kept.lifecycle.is_cold(backup.created, now) {
            return Err(LifecycleRefusal::AlreadyCold);
        }
        let tomorrow = now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now);
        if wanted.cold_at(backup.created).is_some_and(|cold| cold < tomorrow) {
            return Err(LifecycleRefusal::ColdTooSoon);
        }
    }
    kept.lifecycle = wanted;
    Ok(Backup { keeper: Keeper::Vault(kept), ..backup })
}
