//! Restores of backup sets of RDS.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sexton_core::JobId;
use sexton_wire::aws::Reply;
use zeroize::Zeroizing;

use super::Refused;
use crate::auth::Caller;
use crate::error::OpsError;
use crate::ops::rds::{Into, SetRestoreOrder, SetRestoreState};
use crate::service::Service;

/// A restore that somebody asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRestore {
    instance: String,
    backup_set: String,
    /// A new folder on the server's machine.
    directory: Option<PathBuf>,
    /// Or a database that is there and empty: how it is reached, in TOML.
    #[serde(default, deserialize_with = "super::instances::maybe_secret")]
    connection: Option<Zeroizing<String>>,
    /// Which database of the set.
    database: Option<String>,
    /// To which time, if not to that of the set.
    time: Option<Timestamp>,
}

/// Begins one.
pub(super) async fn begin(
    service: &Arc<Service>,
    new: NewRestore,
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let Caller { by, realm, .. } = caller;
    if let Some(connection) = &new.connection {
        super::instances::check_tools(connection, caller)?;
    }
    let NewRestore { instance, backup_set, directory, connection, database, time } = new;
    let into = match (directory, connection) {
        (Some(folder), None) if database.is_none() => Into::Folder(folder),
        (None, Some(connection)) => Into::Database(connection, database),
        (Some(_), _) | (None, None) => {
            let error = "a restore goes into a directory, or into a database";
            return Err(Refused::new(400, error, "say one of both"));
        }
    };
    let order = SetRestoreOrder { instance, set: backup_set, into, time };
    match service.restore_set(order, by, realm, now).await {
        Ok(job) => Ok(Reply::json(200, &json!({ "restore": job.to_string() }))),
        Err(OpsError::Rds(refusal)) => {
            let hint = "`sexton list --service apsara-rds` shows the instances and their sets";
            Err(Refused::new(400, refusal.to_string(), hint))
        }
        Err(other) => Err(other.into()),
    }
}

/// What becomes of one.
pub(super) fn show(
    service: &Service,
    Caller { realm, .. }: &Caller,
    name: &str,
) -> Result<Reply, Refused> {
    let job: Option<JobId> = name.parse().ok();
    let state = job.and_then(|job| Some((job, service.set_restores.state(realm, job)?)));
    let Some((job, state)) = state else {
        let hint = "a restore is known until the server stops";
        return Err(Refused::new(404, format!("no restore {name:?}"), hint));
    };
    let (word, message) = match state {
        SetRestoreState::Running => ("running", String::new()),
        SetRestoreState::Completed(message) => ("completed", message),
        SetRestoreState::Failed(reason) => ("failed", reason),
    };
    let percent = service.jobs.progress(job).map(|(percent, _)| percent);
    Ok(Reply::json(200, &json!({ "state": word, "message": message, "percent": percent })))
}
