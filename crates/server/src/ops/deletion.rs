//! `DeleteRecoveryPoint`: load, decide, commit; steps 2 to 4 of the path of one deletion in
//! `docs/ARCHITECTURE.md`.

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupName, Content, Deletion, Erasure, EventKind, InRealm, Principal, Protection,
    State, VaultAction, VaultName, Why, decide_delete_point,
};
use sexton_store::{BackupSnapshot, Change, Commit, Expect, Follow, StoreError, Subject, Write};

use super::decide::again;
use crate::authorize::access;
use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// A backup of this vault; the vault is looked for first.
    pub async fn backup(
        &self,
        vault: &InRealm<VaultName>,
        name: &BackupName,
    ) -> Result<BackupSnapshot, OpsError> {
        let found = self.store.backup(&vault.realm.with(name.clone())).await?;
        self.in_vault(found, vault).await
    }

    /// What was found, if it is in this vault. Otherwise the vault is looked for.
    async fn in_vault(
        &self,
        found: Option<BackupSnapshot>,
        vault: &InRealm<VaultName>,
    ) -> Result<BackupSnapshot, OpsError> {
        match found {
            Some(snapshot) if is_in(&snapshot.backup, &vault.name) => Ok(snapshot),
            Some(_) | None => {
                self.vault(vault).await?;
                Err(OpsError::NoBackup)
            }
        }
    }

    /// Deletes a backup. When this returns `Ok`, the decision, the destroyed key,
    /// the erasure and the audit event are durable; the bytes follow.
    ///
    /// A backup whose role is known to be broken becomes `EXPIRED` instead, and that is
    /// `Ok` too, as it is with the real service.
    pub async fn delete_point(
        &self,
        vault: &InRealm<VaultName>,
        name: &BackupName,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        again(|| async {
            let action = VaultAction::DeleteRecoveryPoint;
            let snapshot = self.asked_of(vault, name, action, (by, now)).await?;
            let facts = snapshot.delete_facts();
            let deletion = decide_delete_point(facts, now, self.new_job_id(now), by, Why::Asked)?;
            let asked = (by, Why::Asked);
            let committed = self.commit_deletion(snapshot, deletion, asked, None, now).await?;
            Ok((committed == Commit::Done).then_some(()))
        })
        .await
    }

    /// What `action` on a recovery point is decided from, if the policy of its vault lets anybody
    /// ask. That is decided first, and says nothing of whether there is such a point.
    pub(super) async fn asked_of(
        &self,
        vault: &InRealm<VaultName>,
        name: &BackupName,
        action: VaultAction,
        (by, at): (&Principal, Timestamp),
    ) -> Result<BackupSnapshot, OpsError> {
        let key = vault.realm.with(name.clone());
        let roots = [Subject::Backup(key.clone()), Subject::Guard(vault.clone())];
        let reading = self.store.read(&roots, Follow::Protectors).await?;
        let found = reading.backup(&key);
        let is_here = |it: &&Backup| it.in_vault().is_some_and(|kept| kept.vault == vault.name);
        let tags = found.filter(is_here).map(|backup| &backup.tags);
        access((by, at), &vault.realm, action).check_point(&reading.guard(vault), name, tags)?;
        self.in_vault(reading.into_backup(&key), vault).await
    }

    /// Commits what was decided of `snapshot`, if nothing of it has moved: for whom, and why.
    /// `token` is written together with it.
    pub(crate) async fn commit_deletion(
        &self,
        snapshot: BackupSnapshot,
        deletion: Deletion,
        (by, why): (&Principal, Why),
        token: Option<Write>,
        now: Timestamp,
    ) -> Result<Commit, StoreError> {
        let BackupSnapshot { backup, expects, copies: known_copies, .. } = snapshot;
        let realm = backup.realm.clone();
        let erases = matches!(deletion, Deletion::Erase(_));
        // Whoever asked waits for the answer; nobody waits for anything else.
        let waited = matches!(&deletion, Deletion::Erase(erasing) if erasing.asked.is_some());
        let background = why != Why::Asked || waited;
        let (mut writes, kind) = match deletion {
            Deletion::Erase(erasing) => {
                erase(backup, Erasure { checked: checked(&expects), known_copies, ..erasing })
            }
            Deletion::Expire { reason, content } => expire(backup, why, (reason, content), now),
        };
        writes.extend(token);
        let change = Change {
            expects,
            writes,
            event: Some(event(now, by, &realm, kind)),
            background,
            ..Change::default()
        };
        let committed = self.store.commit(change).await?;
        if erases && committed == Commit::Done {
            self.erasures.notify_one();
        }
        Ok(committed)
    }
}

fn is_in(backup: &Backup, vault: &VaultName) -> bool {
    backup.in_vault().is_some_and(|kept| kept.vault == *vault)
}

/// What can protect a backup of all that its deletion was decided from.
pub(crate) fn checked(expects: &[Expect]) -> Vec<Protection> {
    expects.iter().filter_map(|expect| expect.subject.protection()).collect()
}

/// The one write that begins an erasure.
fn erase(backup: Backup, erasing: Erasure) -> (Vec<Write>, EventKind) {
    let kind = EventKind::DeletionDecided {
        backup: backup.name.clone(),
        erasure: erasing.job,
        why: erasing.why,
        asked: erasing.asked,
    };
    (vec![Write::BeginErasure(backup.erased_by(erasing))], kind)
}

fn expire(
    backup: Backup,
    why: Why,
    (reason, content): (String, Content),
    since: Timestamp,
) -> (Vec<Write>, EventKind) {
    let kind =
        EventKind::DeletionExpired { backup: backup.name.clone(), why, reason: reason.clone() };
    let backup = Backup { state: State::Expired { reason, since, content }, ..backup };
    (vec![Write::PutBackup(backup)], kind)
}
