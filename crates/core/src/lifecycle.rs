//! How long a backup is meant to stay.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

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

    fn after(created: Timestamp, days: Option<i64>) -> Option<Timestamp> {
        let seconds = days?.checked_mul(24 * 60 * 60)?;
        created.checked_add(SignedDuration::from_secs(seconds)).ok()
    }
}
