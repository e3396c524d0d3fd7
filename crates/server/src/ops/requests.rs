//! Deletions that something keeps from being done, asked for all the same: written down with
//! their recovery point, decided again when that may be gone, given up at their deadline.

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, ErasureRequest, EventKind, InRealm, Principal, RequestRefusal, Requested,
    VaultAction, VaultName, Why, decide_request, decide_requested, decide_withdrawal,
};
use sexton_store::{BackupSnapshot, Change, Commit, StoreError, Write};

use super::decide::Decided;
use crate::error::{DECISIONS_MAX, OpsError};
use crate::service::{Service, event};

impl Service {
    /// Asks for the deletion of a recovery point as soon as nothing keeps it any more, for so
    /// long. Once this returns, the request is durable, and it is decided by the scheduler alone:
    /// at once, if nothing keeps the point now.
    pub async fn request_erasure(
        &self,
        vault: &InRealm<VaultName>,
        name: &BackupName,
        within: SignedDuration,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Result<Backup, RequestRefusal>, OpsError> {
        let asked: Result<_, OpsError> = self
            .decide_again(|| async move {
                let action = VaultAction::DeleteRecoveryPoint;
                let snapshot = self.asked_of(vault, name, action, (by, now)).await?;
                let request = match decide_request(snapshot.delete_facts(), within, by, now) {
                    Ok(request) => request,
                    Err(refusal) => return Ok(Decided::Answer(Err(refusal))),
                };
                let (until, kept_by) = (request.until, request.kept_by.clone());
                let kind = EventKind::ErasureRequested { backup: name.clone(), until, kept_by };
                let (change, backup) = put(snapshot, Some(request), Some((by, now, kind)));
                Ok(Decided::commit(change, Ok(backup)))
            })
            .await;
        self.tell_released();
        asked
    }

    /// Asks no more for the deletion of a recovery point.
    pub async fn withdraw_erasure(
        &self,
        key: &InRealm<BackupName>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Result<(), RequestRefusal>, OpsError> {
        self.decide_again(|| async move {
            let Some(snapshot) = self.store.backup(key).await? else {
                return Ok(Decided::Answer(Err(RequestRefusal::NotAsked)));
            };
            if let Err(refusal) = decide_withdrawal(&snapshot.backup) {
                return Ok(Decided::Answer(Err(refusal)));
            }
            let kind = EventKind::ErasureWithdrawn { backup: key.name.clone() };
            let (change, _) = put(snapshot, None, Some((by, now, kind)));
            Ok(Decided::commit(change, Ok(())))
        })
        .await
    }

    /// Decides about a deletion that is asked for, as things stand now.
    pub(crate) async fn decide_request_of(
        &self,
        key: &InRealm<BackupName>,
        now: Timestamp,
    ) -> Result<Commit, StoreError> {
        for _decision in 0..DECISIONS_MAX {
            let Some(snapshot) = self.store.backup(key).await? else { break };
            let Some(request) = snapshot.backup.request() else { return Ok(Commit::Done) };
            let rights = self.identities.rights_of(&request.by);
            let job = self.new_job_id(now);
            let server = Principal::server();
            let (change, _) = match decide_requested(snapshot.delete_facts(), &rights, now, job) {
                Requested::Nothing => return Ok(Commit::Done),
                Requested::Delete(deletion, request) => {
                    let by = request.by.clone();
                    let backup = snapshot.backup.clone().with_request(Some(request));
                    let snapshot = BackupSnapshot { backup, ..snapshot };
                    let why = (&by, Why::Asked);
                    match self.commit_deletion(snapshot, *deletion, why, None, now).await? {
                        Commit::Done => return Ok(Commit::Done),
                        Commit::Stale => continue,
                    }
                }
                Requested::Stays(request) => put(snapshot, Some(request), None),
                Requested::GivenUp(request) => {
                    let (backup, kept_by) = (key.name.clone(), request.kept_by.clone());
                    let kind = EventKind::ErasureGivenUp { backup, kept_by };
                    put(snapshot, Some(request), Some((&server, now, kind)))
                }
            };
            let change = Change { background: true, ..change };
            if self.store.commit(change).await? == Commit::Done {
                return Ok(Commit::Done);
            }
        }
        Ok(Commit::Stale)
    }
}

/// What writes this request, or none, down with its recovery point.
fn put(
    snapshot: BackupSnapshot,
    request: Option<ErasureRequest>,
    told: Option<(&Principal, Timestamp, EventKind)>,
) -> (Change, Backup) {
    let BackupSnapshot { backup, expects, .. } = snapshot;
    let backup = backup.with_request(request);
    let event = told.map(|(by, now, kind)| event(now, by, &backup.realm, kind));
    let writes = vec![Write::PutBackup(backup.clone())];
    (Change { expects, writes, event, ..Change::default() }, backup)
}
