//! Deletions that something keeps from being done, asked for all the same: written down with
//! their recovery point, decided again when that may be gone, given up at their deadline.

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, Because, Denied, ErasureRequest, EventKind, InRealm, Principal,
    RequestRefusal, Requested, Rights, User, UserName, VaultAction, VaultName, Why, decide_request,
    decide_requested, decide_withdrawal,
};
use sexton_store::{BackupSnapshot, Change, Commit, Expect, Follow, StoreError, Subject, Write};

use super::decide::Decided;
use crate::behalf;
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
                let mut snapshot = self.asked_of(vault, name, action, (by, now)).await?;
                let user = match self.user_of(by).await? {
                    None => None,
                    // Whoever signed, and nobody who got their name since.
                    Some((Some(user), expects))
                        if behalf::signer().is_none_or(|signer| signer == user.id) =>
                    {
                        snapshot.expects.extend(expects);
                        Some(user.id)
                    }
                    Some(_) => return Err(gone(by, name).into()),
                };
                self.forget_request_of_nobody(&mut snapshot).await?;
                let asked = (by, user.as_deref());
                let request = match decide_request(snapshot.delete_facts(), within, asked, now) {
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

    /// Leaves out what somebody asked for who was removed: it is never done, and must not stand in
    /// the way of whoever asks now.
    async fn forget_request_of_nobody(
        &self,
        snapshot: &mut BackupSnapshot,
    ) -> Result<(), StoreError> {
        let Some(first) = snapshot.backup.request() else { return Ok(()) };
        let (rights, expects) = self.rights_of(first).await?;
        snapshot.expects.extend(expects);
        if rights.is_none() {
            snapshot.backup = snapshot.backup.clone().with_request(None);
        }
        Ok(())
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
            let Some(mut snapshot) = self.store.backup(key).await? else { break };
            let Some(request) = snapshot.backup.request() else { return Ok(Commit::Done) };
            let (rights, expects) = self.rights_of(request).await?;
            // Whoever asked is changed or removed meanwhile as little as what keeps the backup.
            snapshot.expects.extend(expects);
            let job = self.new_job_id(now);
            let server = Principal::server();
            let (change, _) =
                match decide_requested(snapshot.delete_facts(), rights.as_ref(), now, job) {
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

    /// What whoever asked for a deletion earlier may do now, and what that was read from. A user
    /// who was removed may do nothing, whoever has their name now; a session has ended, and may do
    /// what it was asked for.
    async fn rights_of(
        &self,
        request: &ErasureRequest,
    ) -> Result<(Option<Rights>, Vec<Expect>), StoreError> {
        let Some((user, expects)) = self.user_of(&request.by).await? else {
            return Ok((Some(Rights::All), Vec::new()));
        };
        let is_same = |user: &User| request.user.as_ref() == Some(&user.id);
        Ok((user.filter(is_same).map(|user| user.rights()), expects))
    }

    /// The user that whoever asks is, as they are now, and what that was read from.
    async fn user_of(
        &self,
        by: &Principal,
    ) -> Result<Option<(Option<User>, Vec<Expect>)>, StoreError> {
        let Some(name) = UserName::of(by) else { return Ok(None) };
        let reading = self.store.read(&[Subject::User(name.clone())], Follow::Nothing).await?;
        Ok(Some((reading.user(&name).cloned(), reading.expects())))
    }
}

/// Refuses somebody who was removed since they signed.
fn gone(by: &Principal, name: &BackupName) -> Denied {
    let action = VaultAction::DeleteRecoveryPoint.name().to_owned();
    let (by, resource) = (by.clone(), name.as_str().to_owned());
    Denied { by, action, resource, because: Because::NothingAllows }
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
