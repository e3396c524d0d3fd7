//! A change with its bodies written out, before it waits for the writing thread: that thread
//! serves everybody, and whoever asks has time to write what is theirs.

use super::rows::encode;
use crate::{Cause, Change, Write};

/// A change, and the text of what it writes.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) change: Change,
    /// The body of each write; empty if it has none.
    pub(super) bodies: Vec<String>,
    /// The body of the event.
    pub(super) event: Option<String>,
}

impl Encoded {
    /// Writes out what `change` writes.
    pub(super) fn of(change: Change) -> Result<Self, Cause> {
        let bodies = change.writes.iter().map(body).collect::<Result<_, _>>()?;
        let event = change.event.as_ref().map(encode).transpose()?;
        Ok(Self { change, bodies, event })
    }
}

fn body(write: &Write) -> Result<String, Cause> {
    match write {
        Write::PutVault(vault) => encode(vault),
        // What protects nothing has no body.
        Write::PutGuard(_, guard) if guard.is_open() => Ok(String::new()),
        Write::PutGuard(_, guard) => encode(guard),
        Write::CreateBackup(backup, _) => encode(backup),
        Write::PutBackup(backup) | Write::BeginErasure(backup) => {
            // What is being erased changes its state alone, which has a row of its own.
            match backup.state.erasing() {
                Some(_) => encode(&backup.state),
                None => encode(backup),
            }
        }
        Write::PutBackupJob(job) => encode(job),
        Write::PutRestoreJob(job) => encode(job),
        Write::PutCopyJob(job) => encode(job),
        Write::PutSource(source) => encode(source),
        Write::PutRole(role) => encode(role),
        Write::PutUser(user) => encode(user),
        Write::PutHold(hold) => encode(hold),
        Write::PutPlan(plan) => encode(plan),
        Write::AddMeans(means) => encode(means),
        Write::AddUse(_, reads) => encode(reads),
        Write::PutToken(_, token) => encode(token),
        Write::Certify(_, _, openings) if !openings.is_empty() => encode(openings),
        Write::RemoveVault(_)
        | Write::RemoveBackup(_)
        | Write::ForgetTokens(_)
        | Write::PutOffExpiry(..)
        | Write::Certify(..)
        | Write::Announce(_)
        | Write::Redact(_)
        | Write::RemoveJob(_)
        | Write::RemoveUse(..)
        | Write::RemoveSource(_)
        | Write::RemoveHold(_)
        | Write::RemovePlan(_)
        | Write::RemoveUser(_)
        | Write::PutSecret(..)
        | Write::RemoveSecret(_)
        | Write::DropRealm(_) => Ok(String::new()),
    }
}
