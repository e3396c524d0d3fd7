//! How values stand in rows. Bodies are JSON that begins with the version of its form.

use std::io::Write as _;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sexton_core::{
    Backup, BackupId, BackupJob, CopyJob, FileSystemId, Guard, JobId, Leftover, Realm, ResourceArn,
    RestoreJob, State, Vault,
};
use sha2::{Digest, Sha256};

use crate::Cause;

/// The version that leads every body, as `1{…}`.
const BODY_VERSION: char = '1';

/// Room for nearly every body, so that it is not moved while it is written.
const BODY_BYTES_USUAL: usize = 1024;

/// Writes a body.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<String, Cause> {
    let mut body = Vec::with_capacity(BODY_BYTES_USUAL);
    write!(body, "{BODY_VERSION}")?;
    serde_json::to_writer(&mut body, value)?;
    Ok(String::from_utf8(body)?)
}

/// Reads a body that [`encode`] wrote.
pub(super) fn decode<T: DeserializeOwned>(body: &str) -> Result<T, Cause> {
    match body.strip_prefix(BODY_VERSION) {
        Some(json) => Ok(serde_json::from_str(json)?),
        None => Err("a stored body has an unknown version".into()),
    }
}

/// A vault, from the columns at `at` and after it: its body, and what it protects with.
pub(super) fn vault_of(row: &Row<'_>, at: usize) -> Result<Vault, Cause> {
    let vault: Vault = decode(row.get_ref(at)?.as_str()?)?;
    Ok(Vault { guard: guard_of(row, at + 1)?, ..vault })
}

/// What a vault protects its backups with, from the column at `at`.
pub(super) fn guard_of(row: &Row<'_>, at: usize) -> Result<Guard, Cause> {
    row.get_ref(at)?.as_str_or_null()?.map_or_else(|| Ok(Guard::default()), decode)
}

/// The columns of a row of `backups` that [`backup_of`] reads.
macro_rules! backup_columns {
    () => {
        "backups.body, backups.epoch, (SELECT erasures.body FROM erasures
            WHERE erasures.epoch = backups.epoch AND erasures.slot = backups.slot)"
    };
}
pub(super) use backup_columns;

/// A backup, from the columns at `at` and after it: its body, and if it is being erased its epoch
/// and its state. One without the other is damage, and never a backup that still stands.
pub(super) fn backup_of(row: &Row<'_>, at: usize) -> Result<Backup, Cause> {
    let backup: Backup = decode(row.get_ref(at)?.as_str()?)?;
    let epoch: Option<i64> = row.get(at + 1)?;
    match (epoch, row.get_ref(at + 2)?.as_str_or_null()?) {
        (None, None) => Ok(backup),
        (Some(_), Some(state)) => Ok(backup.erased_to(decode(state)?)),
        (Some(_), None) | (None, Some(_)) => {
            Err(format!("the erasure of {} is not as its row says", backup.name).into())
        }
    }
}

/// Which kind of job a row of `jobs` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    Backup,
    Restore,
    Copy,
}

impl JobKind {
    /// The kind of this [number](Self::number).
    pub(super) fn of(number: i64) -> Result<Self, Cause> {
        let all = [Self::Backup, Self::Restore, Self::Copy];
        let found = all.into_iter().find(|kind| kind.number() == number);
        found.ok_or_else(|| format!("no job is of kind {number}").into())
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Backup => 1,
            Self::Restore => 2,
            Self::Copy => 3,
        }
    }
}

/// What the columns of a job row are made from.
pub(super) trait JobRow: Serialize {
    const KIND: JobKind;
    fn id(&self) -> JobId;
    fn realm(&self) -> &Realm;
    fn ended(&self) -> Option<Timestamp>;
    fn token(&self) -> Option<&str>;
}

impl JobRow for BackupJob {
    const KIND: JobKind = JobKind::Backup;
    fn id(&self) -> JobId {
        self.id
    }
    fn realm(&self) -> &Realm {
        &self.realm
    }
    fn ended(&self) -> Option<Timestamp> {
        self.state.ended()
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
    fn realm(&self) -> &Realm {
        &self.realm
    }
    fn ended(&self) -> Option<Timestamp> {
        self.state.ended()
    }
    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

impl JobRow for CopyJob {
    const KIND: JobKind = JobKind::Copy;
    fn id(&self) -> JobId {
        self.id
    }
    fn realm(&self) -> &Realm {
        &self.realm
    }
    fn ended(&self) -> Option<Timestamp> {
        self.state.ended()
    }
    fn token(&self) -> Option<&str> {
        self.idempotency_token.as_deref()
    }
}

/// The number of a backup's state, by which backups are counted.
pub(super) fn state_number(state: &State) -> i64 {
    match state {
        State::Creating => CREATING,
        State::Completed { .. } => COMPLETED,
        State::Deleting { .. } => DELETING,
        State::Expired { .. } => 4,
        State::Failed { bytes: Leftover::Erased, .. } => FAILED,
        State::Failed { bytes: Leftover::Erasing { .. }, .. } => FAILED_ERASING,
    }
}

/// The name that goes with [`state_number`].
pub(super) fn state_name(number: i64) -> &'static str {
    match number {
        1 => "creating",
        COMPLETED => "completed",
        3 => "deleting",
        4 => "expired",
        FAILED | FAILED_ERASING => "failed",
        _ => "unknown",
    }
}

/// What the columns of a backup's row are made from, those that change.
#[derive(Debug)]
pub(super) struct BackupRow {
    pub(super) state: i64,
    pub(super) stored_bytes: u64,
    /// When its erasure is due, or its expiry; nothing if there is neither, or if the erasure
    /// is parked.
    pub(super) due_ms: Option<i64>,
    /// 1 while `FSx` shows it.
    pub(super) is_of_fsx: Option<i64>,
    /// 0 while its deletion is asked for and waits, 1 once that was given up.
    pub(super) given_up: Option<i64>,
}

impl BackupRow {
    pub(super) fn of(backup: &Backup) -> Self {
        Self {
            state: state_number(&backup.state),
            stored_bytes: backup.state.content().map_or(0, |content| content.stored_bytes),
            due_ms: match backup.state.erasing() {
                Some(erasing) => erasing.state.due(),
                None => backup.expires_at(),
            }
            .map(Timestamp::as_millisecond),
            is_of_fsx: backup.is_of_fsx().then_some(1),
            given_up: backup.request().map(|request| i64::from(!request.is_waiting())),
        }
    }
}

/// Stands for the vault of a backup that no vault keeps.
pub(super) const NO_VAULT: i64 = 0;

/// The state of a backup whose backup has not ended.
pub(super) const CREATING: i64 = 1;

/// The state of a backup that is whole.
pub(super) const COMPLETED: i64 = 2;

/// The state of a backup that is being erased.
pub(super) const DELETING: i64 = 3;

/// The states of a backup that failed: once nothing is left of its bytes, and before.
pub(super) const FAILED: i64 = 5;
pub(super) const FAILED_ERASING: i64 = 6;

/// Whether the key of a backup in the state of this number is gone, and its bytes go.
pub(super) fn is_erasing(state: i64) -> bool {
    state == DELETING || state == FAILED_ERASING
}

/// The number that stands for a backup and all its copies: half of what is random in its id.
pub(super) fn root_number(root: BackupId) -> i64 {
    let mut number = [0; 8];
    number.iter_mut().zip(root.as_bytes().iter().skip(8)).for_each(|(to, from)| *to = *from);
    i64::from_be_bytes(number)
}

/// The number that stands for a resource of a realm in an index, where its ARN would take most
/// of the room. Two of them may have one: whoever looks by it compares what is in the body. A
/// volume has that of its file system, and so has what was copied from another realm.
pub(super) fn resource_number(realm: &Realm, resource: &ResourceArn) -> i64 {
    match FileSystemId::of(resource) {
        Some(id) => file_system_number(realm, &id),
        None => number_of(&format!("{realm} {resource}")),
    }
}

/// What [`resource_number`] is of a file system and its volumes.
pub(super) fn file_system_number(realm: &Realm, id: &FileSystemId) -> i64 {
    number_of(&format!("{realm} {}", id.arn(realm)))
}

fn number_of(name: &str) -> i64 {
    let hash = Sha256::digest(name);
    let mut number = [0; 8];
    number.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    i64::from_be_bytes(number)
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
