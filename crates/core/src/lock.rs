//! Vault Lock: what keeps every recovery point of a vault from everybody, and for how long new
//! ones must and may stay.
//!
//! The present instant that is decided by is counted, and never the wall clock's own: a clock
//! that jumped ahead ends no time in which a lock can be changed. A lock that has become immutable
//! is sealed before a person may set the clock back ([`decide_seal`]), so that it stays so.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{BackupJobState, BeginBackup, Lifecycle, VaultPolicy};

/// What a vault protects its recovery points with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Its lock, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// Its access policy, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<VaultPolicy>,
}

impl Guard {
    /// Whether it protects nothing.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The same with this lock, or none.
    #[must_use]
    fn with(&self, lock: Option<Lock>) -> Self {
        let mut guard = self.clone();
        guard.lock = lock;
        guard
    }

    /// Whether the vault is logically air-gapped.
    pub fn is_air_gapped(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| lock.mode == LockMode::AirGapped)
    }

    /// Refuses a vault into which no backup is made: a logically air-gapped one takes copies.
    pub fn check_takes_backups(&self) -> Result<(), crate::BackupRefusal> {
        if self.is_air_gapped() { Err(crate::BackupRefusal::AirGapped) } else { Ok(()) }
    }

    /// Refuses if the vault has a lock, of whichever mode.
    pub fn check_unlocked(&self) -> Result<(), Locked> {
        if self.lock.is_some() { Err(Locked) } else { Ok(()) }
    }
}

/// The recovery point is in a vault that has a lock: nobody deletes it, or changes how long it
/// stays, but the lifecycle that it was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recovery point cannot be deleted or updated: its backup vault is locked")]
pub struct Locked;

/// The lock of a vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The fewest days that a new recovery point must stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_days: Option<i64>,
    /// The most days that a new recovery point may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<i64>,
    /// Who may change it.
    pub mode: LockMode,
}

/// Who may change a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// Whoever is permitted to.
    Governance,
    /// From an instant on, nobody.
    Compliance {
        /// From when on.
        lock_date: Timestamp,
        /// That instant has come, whatever a clock says from now on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sealed: bool,
    },
    /// Nobody, ever: the vault was made logically air-gapped.
    AirGapped,
}

impl Lock {
    /// The most days that it speaks of, and until which it may be changed.
    pub const DAYS_MAX: i64 = 36_500;

    /// The fewest days in which a lock of compliance mode can be changed.
    pub const CHANGEABLE_DAYS_MIN: i64 = 3;

    /// From when on nobody can change it; nothing if that never comes.
    pub fn lock_date(&self) -> Option<Timestamp> {
        match self.mode {
            LockMode::Governance | LockMode::AirGapped => None,
            LockMode::Compliance { lock_date, .. } => Some(lock_date),
        }
    }

    /// Whether nobody can change it at `now`, or ever again.
    pub fn is_immutable(&self, now: Timestamp) -> bool {
        match self.mode {
            LockMode::Governance => false,
            LockMode::Compliance { lock_date, sealed } => sealed || lock_date <= now,
            LockMode::AirGapped => true,
        }
    }
}

/// The lock that a caller asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockOrder {
    /// The fewest days that a new recovery point must stay.
    pub min_days: Option<i64>,
    /// The most days that a new recovery point may stay.
    pub max_days: Option<i64>,
    /// For how many days it can be changed. Without them it always can: governance mode.
    pub changeable_days: Option<i64>,
}

/// Why the lock of a vault stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockRefusal {
    /// Its lock date has passed.
    #[error("the vault lock is immutable and can be neither changed nor removed")]
    Immutable,
    /// The time to change it is too short or too long.
    #[error(
        "ChangeableForDays must be between {min} and {max}",
        min = Lock::CHANGEABLE_DAYS_MIN,
        max = Lock::DAYS_MAX
    )]
    Changeable,
    /// A retention is too short or too long.
    #[error("{which} must be between 1 and {max}", max = Lock::DAYS_MAX)]
    Retention {
        /// Which of the two.
        which: &'static str,
    },
    /// The same, of a logically air-gapped vault.
    #[error(
        "{which} must be between {min} and {max}", min = AirGap::DAYS_MIN, max = Lock::DAYS_MAX
    )]
    AirGapRetention {
        /// Which of the two.
        which: &'static str,
    },
    /// Nothing could be kept for as long as both ask.
    #[error("MinRetentionDays must not be greater than MaxRetentionDays")]
    MinAboveMax,
}

/// Decides which lock a vault has from `now` on that has this `guard`, where `order` is asked for.
pub fn decide_lock(order: LockOrder, guard: &Guard, now: Timestamp) -> Result<Guard, LockRefusal> {
    check_mutable(guard, now)?;
    let LockOrder { min_days, max_days, changeable_days } = order;
    for (which, days) in [("MinRetentionDays", min_days), ("MaxRetentionDays", max_days)] {
        if days.is_some_and(|days| !(1..=Lock::DAYS_MAX).contains(&days)) {
            return Err(LockRefusal::Retention { which });
        }
    }
    if min_days.zip(max_days).is_some_and(|(min, max)| min > max) {
        return Err(LockRefusal::MinAboveMax);
    }
    let mode = match changeable_days {
        None => LockMode::Governance,
        Some(days) if (Lock::CHANGEABLE_DAYS_MIN..=Lock::DAYS_MAX).contains(&days) => {
            let time = SignedDuration::from_hours(24 * days);
            let lock_date = now.saturating_add(time).unwrap_or(Timestamp::MAX);
            LockMode::Compliance { lock_date, sealed: false }
        }
        Some(_) => return Err(LockRefusal::Changeable),
    };
    Ok(guard.with(Some(Lock { min_days, max_days, mode })))
}

/// How long a logically air-gapped vault keeps what comes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AirGap {
    /// The fewest days.
    pub min_days: i64,
    /// The most days.
    pub max_days: i64,
}

impl AirGap {
    /// The fewest days that a logically air-gapped vault may keep.
    const DAYS_MIN: i64 = 7;

    /// What such a vault has from its first moment on.
    pub fn guard(self) -> Result<Guard, LockRefusal> {
        let Self { min_days, max_days } = self;
        for (which, days) in [("MinRetentionDays", min_days), ("MaxRetentionDays", max_days)] {
            if !(Self::DAYS_MIN..=Lock::DAYS_MAX).contains(&days) {
                return Err(LockRefusal::AirGapRetention { which });
            }
        }
        if min_days > max_days {
            return Err(LockRefusal::MinAboveMax);
        }
        let (min_days, max_days) = (Some(min_days), Some(max_days));
        let lock = Lock { min_days, max_days, mode: LockMode::AirGapped };
        Ok(Guard::default().with(Some(lock)))
    }
}

/// Decides whether the lock of a vault goes at `now`; nothing if there is none.
pub fn decide_unlock(guard: &Guard, now: Timestamp) -> Result<Option<Guard>, LockRefusal> {
    check_mutable(guard, now)?;
    Ok(guard.lock.is_some().then(|| guard.with(None)))
}

fn check_mutable(guard: &Guard, now: Timestamp) -> Result<(), LockRefusal> {
    let immutable = guard.lock.as_ref().is_some_and(|lock| lock.is_immutable(now));
    if immutable { Err(LockRefusal::Immutable) } else { Ok(()) }
}

/// Decides what of a vault's lock is to be written down before a person sets the clock back
/// from `now`: that it is immutable, if it is. Nothing if that need not be said, or is.
pub fn decide_seal(guard: &Guard, now: Timestamp) -> Option<Guard> {
    let lock = guard.lock.as_ref()?;
    match lock.mode {
        LockMode::Compliance { lock_date, sealed: false } if lock_date <= now => {
            let mode = LockMode::Compliance { lock_date, sealed: true };
            Some(guard.with(Some(Lock { mode, ..lock.clone() })))
        }
        LockMode::Compliance { .. } | LockMode::Governance | LockMode::AirGapped => None,
    }
}

/// Why a backup is not kept in a vault: its lifecycle does not keep to the lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetentionRefusal {
    /// It would stay for too short a time.
    #[error(
        "the retention of {days} days is shorter than the minimum retention of {min} days of the \
         vault lock"
    )]
    TooShort {
        /// How long it would stay.
        days: i64,
        /// The fewest.
        min: i64,
    },
    /// It would stay for too long a time.
    #[error(
        "the retention of {days} days is longer than the maximum retention of {max} days of the \
         vault lock"
    )]
    TooLong {
        /// How long it would stay.
        days: i64,
        /// The most.
        max: i64,
    },
    /// It would stay for ever.
    #[error(
        "a backup without DeleteAfterDays stays for ever, which is longer than the maximum \
         retention of {max} days of the vault lock"
    )]
    ForEver {
        /// The most.
        max: i64,
    },
}

/// Checks how long a new backup is to stay against the lock of its vault.
pub fn check_retention(lifecycle: &Lifecycle, guard: &Guard) -> Result<(), RetentionRefusal> {
    let Some(Lock { min_days, max_days, mode: _ }) = &guard.lock else { return Ok(()) };
    match (lifecycle.delete_after_days, *min_days, *max_days) {
        (Some(days), Some(min), _) if days < min => Err(RetentionRefusal::TooShort { days, min }),
        (Some(days), _, Some(max)) if days > max => Err(RetentionRefusal::TooLong { days, max }),
        (None, _, Some(max)) => Err(RetentionRefusal::ForEver { max }),
        (Some(_) | None, _, _) => Ok(()),
    }
}

/// What becomes of a backup that was ordered, once the lock of its vault is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retained {
    /// It begins.
    Begins(Box<BeginBackup>),
    /// Its job has failed, and nothing was read: the lock does not let it in.
    Failed(Box<crate::BackupJob>),
}

/// Decides whether a backup that would begin is let into its vault. A job whose lifecycle does
/// not keep to the lock is taken, and has failed at once, as it is with AWS Backup.
pub fn decide_retention(begin: BeginBackup, guard: &Guard) -> Retained {
    match check_retention(&begin.job.lifecycle, guard) {
        Ok(()) => Retained::Begins(Box::new(begin)),
        Err(refusal) => {
            let (at, reason) = (begin.job.created, refusal.to_string());
            let state = BackupJobState::Failed { at, reason };
            Retained::Failed(Box::new(crate::BackupJob { state, ..begin.job }))
        }
    }
}
