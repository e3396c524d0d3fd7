//! How values stand in rows. Bodies are JSON that begins with the version of its form.

use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sexton_core::{BackupJob, ErasureState, JobId, RestoreJob, State};

use crate::store::Cause;

/// The version that leads every body, as `1{…}`.
const BODY_VERSION: char = '1';

/// Writes a body.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<String, Cause> {
    let mut body = String::from(BODY_VERSION);
    body.push_str(&serde_json::to_string(value)?);
    Ok(body)
}

/// Reads a body that [`encode`] wrote.
pub(super) fn decode<T: DeserializeOwned>(body: &str) -> Result<T, Cause> {
    match body.strip_prefix(BODY_VERSION) {
        Some(json) => Ok(serde_json::from_str(json)?),
        None => Err("a stored body has an unknown version".into()),
    }
}

/// Which kind of job a row of `jobs` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    Backup,
    Restore,
}

impl JobKind {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Backup => 1,
            Self::Restore => 2,
        }
    }
}

/// What the columns of a job row are made from.
pub(super) trait JobRow: Serialize {
    const KIND: JobKind;
    fn id(&self) -> JobId;
    fn running(&self) -> bool;
    fn token(&self) -> Option<&str>;
}

impl JobRow for BackupJob {
    const KIND: JobKind = JobKind::Backup;
    fn id(&self) -> JobId {
        self.id
    }
    fn running(&self) -> bool {
        self.state.ended().is_none()
    }
    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

impl JobRow for RestoreJob {
    const KIND: JobKind = JobKind::Restore;
    fn id(&self) -> JobId {
        self.id
    }
    fn running(&self) -> bool {
        self.state.ended().is_none()
    }
    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

/// The number of a point's state, by which points are counted.
pub(super) fn state_number(state: &State) -> i64 {
    match state {
        State::Creating => 1,
        State::Completed { .. } => 2,
        State::Deleting { .. } => 3,
        State::Expired { .. } => 4,
    }
}

/// The name that goes with [`state_number`].
pub(super) fn state_name(number: i64) -> &'static str {
    match number {
        1 => "creating",
        2 => "completed",
        3 => "deleting",
        4 => "expired",
        _ => "unknown",
    }
}

/// When an erasure is due; nothing once it is parked.
pub(super) fn due_ms(state: &ErasureState) -> Option<i64> {
    match state {
        ErasureState::Pending { not_before, .. } => Some(not_before.as_millisecond()),
        ErasureState::Parked { .. } => None,
    }
}

/// A column of 32 bytes.
pub(super) fn hash(value: ValueRef<'_>) -> FromSqlResult<[u8; 32]> {
    value.as_blob()?.try_into().map_err(|_| FromSqlError::InvalidType)
}

/// Counters are never near the end of an `i64`; what is, is damage.
pub(super) fn unsigned(number: i64) -> Result<u64, Cause> {
    u64::try_from(number).map_err(|_| "a stored counter is negative".into())
}

pub(super) fn signed(number: u64) -> Result<i64, Cause> {
    i64::try_from(number).map_err(|_| "a counter is too large to store".into())
}

#[cfg(test)]
mod tests;
