//! A deletion that something kept from being done, asked for all the same: decided again once
//! that goes, and given up at its deadline.
//!
//! It is a part of the backup that it is about, so it goes with it, and whoever decides about the
//! one expects the other unchanged. Nothing here lets anything go that a deletion of that moment
//! would not: [`decide_requested`] asks [`decide_delete_point`], and the policy of the vault, for
//! whoever asked.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Access, Asking, Backup, Busy, DeleteFacts, Deletion, Erasure, JobId, Keeper, PointRefusal,
    Principal, Rights, State, Stated, VaultAction, Why, decide_delete_point,
};

/// The longest that a request waits, in days: ten years.
pub const REQUEST_DAYS_MAX: i64 = 3650;

/// How long between two looks at what is asked for, if nobody tells that something went.
pub const REQUEST_LOOK_MINUTES: i64 = 60;

/// A deletion that is asked for, and waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRequest {
    /// When it was asked for first.
    pub asked: Timestamp,
    /// Who asked: it is decided as if they asked then.
    pub by: Principal,
    /// The unique id of the user who asked: another one of that name is somebody else. Nothing if
    /// it was no user, or if it was asked for before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When it is given up.
    pub until: Timestamp,
    /// What kept the backup when it was decided last.
    pub kept_by: String,
    /// When it was given up; nothing while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<Timestamp>,
}

impl ErasureRequest {
    /// Whether it still waits.
    pub fn is_waiting(&self) -> bool {
        self.given_up.is_none()
    }
}

impl Backup {
    /// The deletion that is asked for of it, whether it waits or was given up.
    pub fn request(&self) -> Option<&ErasureRequest> {
        self.in_vault()?.request.as_deref()
    }

    /// The backup with this request, or none. One that no vault keeps has none.
    #[must_use]
    pub fn with_request(mut self, request: Option<ErasureRequest>) -> Self {
        if let Keeper::Vault(kept) = &mut self.keeper {
            kept.request = request.map(Box::new);
        }
        self
    }
}

/// Why a deletion is not kept as a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// It cannot be deleted in the state that it is in.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// No vault keeps it.
    #[error("the backup is in no vault")]
    InNoVault,
    /// What keeps it never goes.
    #[error(
        "the lock of the vault is immutable: nothing but its lifecycle deletes the recovery point"
    )]
    Immutable,
    /// It waits for nothing, or for too long.
    #[error("a request waits for at least a second and at most {REQUEST_DAYS_MAX} days")]
    Deadline,
    /// Nothing is asked for.
    #[error("no erasure of the recovery point is asked for")]
    NotAsked,
}

/// Decides whether a deletion that `by` asks for at `now`, who has this unique id if it is a user,
/// is kept for so long. It is not decided here whether the backup may go: that comes after, by
/// [`decide_requested`].
///
/// One that waits already stays as it was asked for first, until the later of both deadlines. One
/// whose user was removed does not wait: whoever calls this leaves it out of `facts`.
pub fn decide_request(
    facts: DeleteFacts<'_>,
    within: SignedDuration,
    (by, user): (&Principal, Option<&str>),
    now: Timestamp,
) -> Result<ErasureRequest, RequestRefusal> {
    if facts.backup.in_vault().is_none() {
        return Err(RequestRefusal::InNoVault);
    }
    match &facts.backup.state {
        State::Completed { .. } | State::Expired { .. } => (),
        State::Creating => return Err(Busy::Creating.into()),
        State::Deleting { erasing, .. } => {
            return Err(Busy::AlreadyDeleting { job: erasing.job }.into());
        }
        State::Failed { .. } => return Err(Busy::Failed.into()),
    }
    if facts.guard.lock.as_ref().is_some_and(|lock| lock.is_immutable(now)) {
        return Err(RequestRefusal::Immutable);
    }
    let longest = SignedDuration::from_hours(24 * REQUEST_DAYS_MAX);
    if within < SignedDuration::from_secs(1) || within > longest {
        return Err(RequestRefusal::Deadline);
    }
    let until = now.checked_add(within).map_err(|_| RequestRefusal::Deadline)?;
    let kept_by = kept_by(facts);
    let waits = |it: &&ErasureRequest| it.is_waiting() && now < it.until;
    if let Some(first) = facts.backup.request().filter(waits) {
        let until = until.max(first.until);
        return Ok(ErasureRequest { until, kept_by, ..first.clone() });
    }
    let (by, user) = (by.clone(), user.map(str::to_owned));
    Ok(ErasureRequest { asked: now, by, user, until, kept_by, given_up: None })
}

/// What would keep the backup now.
fn kept_by(DeleteFacts { backup, uses, guard, holds, .. }: DeleteFacts<'_>) -> String {
    let refusal = crate::busy(backup, uses)
        .err()
        .map(PointRefusal::from)
        .or_else(|| holds.check(backup).err().map(PointRefusal::from))
        .or_else(|| guard.check_unlocked().err().map(PointRefusal::from));
    refusal.map_or_else(String::new, |refusal| refusal.to_string())
}

/// Decides that a deletion is not asked for any more, whether it waited or was given up.
pub fn decide_withdrawal(backup: &Backup) -> Result<(), RequestRefusal> {
    if let State::Deleting { erasing, .. } = &backup.state {
        return Err(Busy::AlreadyDeleting { job: erasing.job }.into());
    }
    backup.request().map(|_| ()).ok_or(RequestRefusal::NotAsked)
}

/// What becomes of a deletion that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// The backup goes the way of every deletion, or becomes `Expired` and the request waits.
    Delete(Box<Deletion>, ErasureRequest),
    /// It stays, and the request says what keeps it now.
    Stays(ErasureRequest),
    /// It stays, and the request is given up.
    GivenUp(ErasureRequest),
    /// Nothing is to be done.
    Nothing,
}

/// Decides at `now` about a deletion that is asked for: as if whoever asked for it, who may do what
/// `rights` say, did so now. There are none of a user who was removed: then nobody asks. Over which
/// connection they did is not known any more, nor of which role a session was: what a policy denies
/// some of these it denies. `job` names the erasure if there is one.
pub fn decide_requested(
    facts: DeleteFacts<'_>,
    rights: Option<&Rights>,
    now: Timestamp,
    job: JobId,
) -> Requested {
    let backup = facts.backup;
    let Some(request) = backup.request().filter(|it| it.is_waiting()) else {
        return Requested::Nothing;
    };
    if backup.state.erasing().is_some() {
        return Requested::Nothing;
    }
    let kept_by = match decide(facts, (request, rights), now, job) {
        Ok(_) if now >= request.until => request.kept_by.clone(),
        Ok(Deletion::Erase(erasing)) => {
            let erasing = Erasure { asked: Some(request.asked), ..erasing };
            return Requested::Delete(Box::new(Deletion::Erase(erasing)), request.clone());
        }
        Ok(Deletion::Expire { reason, content }) => {
            let request = ErasureRequest { kept_by: reason.clone(), ..request.clone() };
            match &backup.state {
                // It is so already, and stays so until its role is mended.
                State::Expired { reason: before, .. } if *before == reason => reason,
                State::Creating
                | State::Completed { .. }
                | State::Expired { .. }
                | State::Deleting { .. }
                | State::Failed { .. } => {
                    let deletion = Box::new(Deletion::Expire { reason, content });
                    return Requested::Delete(deletion, request);
                }
            }
        }
        Err(kept_by) => kept_by,
    };
    if now >= request.until {
        let given_up = Some(now);
        return Requested::GivenUp(ErasureRequest { kept_by, given_up, ..request.clone() });
    }
    if kept_by == request.kept_by {
        return Requested::Nothing;
    }
    Requested::Stays(ErasureRequest { kept_by, ..request.clone() })
}

/// The decision of a deletion that whoever asked would ask for now, or why it would be refused.
fn decide(
    facts: DeleteFacts<'_>,
    (request, rights): (&ErasureRequest, Option<&Rights>),
    at: Timestamp,
    job: JobId,
) -> Result<Deletion, String> {
    let DeleteFacts { backup, guard, .. } = facts;
    let (by, realm, action) = (&request.by, &backup.realm, VaultAction::DeleteRecoveryPoint);
    // A deletion says nothing beside what it is of.
    let stated = Arc::new(Stated::default());
    match rights {
        None => return Err("the user who asked for it was removed".to_owned()),
        Some(Rights::All) => (),
        Some(rights @ Rights::Said(_)) => {
            let (action, resource) = (action.name(), backup.name.as_str());
            let (connection, tags, role) = (None, Some(&backup.tags), None);
            let stated = Some(&*stated);
            let asking = Asking { by, role, realm, at, connection, action, resource, tags, stated };
            asking.check(rights, guard.policy.as_ref()).map_err(|denied| denied.to_string())?;
        }
    }
    let stated = Some(stated);
    // Nor is anything known of the role of a session, tags included.
    let (role, role_tags, connection) = (None, None, None);
    let access = Access { by, role, role_tags, realm, at, connection, action, stated };
    let checked = access.check_point(guard, &backup.name, Some(&backup.tags));
    checked.map_err(|denied| denied.to_string())?;
    decide_delete_point(facts, at, job, by, Why::Asked).map_err(|refusal| refusal.to_string())
}
