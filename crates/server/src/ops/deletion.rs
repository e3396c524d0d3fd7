//! `DeleteRecoveryPoint`: load, decide, commit; steps 2 to 4 of the path of one deletion in
//! `docs/ARCHITECTURE.md`.

use jiff::Timestamp;
use sexton_core::{
    Content, Deletion, Erasure, EventKind, Principal, Protection, RecoveryPoint, RecoveryPointArn,
    State, VaultName, Why, decide_delete,
};
use sexton_store::{Change, Commit, Expect, PointSnapshot, StoreError, Write};

use crate::failure::{DECISIONS_MAX, Failure};
use crate::service::{Service, event};

impl Service {
    /// A recovery point of this vault; the vault is looked for first.
    pub async fn point(
        &self,
        vault: &VaultName,
        arn: &RecoveryPointArn,
    ) -> Result<PointSnapshot, Failure> {
        match self.store.point(arn).await? {
            Some(snapshot) if snapshot.point.vault == *vault => Ok(snapshot),
            Some(_) | None => {
                self.vault(vault).await?;
                Err(Failure::NoPoint)
            }
        }
    }

    /// Deletes a recovery point. When this returns `Ok`, the decision, the destroyed key,
    /// the erasure and the audit event are durable; the bytes follow.
    ///
    /// A point whose role is known to be broken becomes `EXPIRED` instead, and that is
    /// `Ok` too, as it is with the real service.
    pub async fn delete_point(
        &self,
        vault: &VaultName,
        arn: &RecoveryPointArn,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), Failure> {
        for _decision in 0..DECISIONS_MAX {
            let snapshot = self.point(vault, arn).await?;
            let facts = snapshot.delete_facts();
            let deletion = decide_delete(facts, now, self.new_job_id(now), by, Why::Asked)?;
            match self.commit_deletion(snapshot, deletion, (by, Why::Asked), now).await? {
                Commit::Done => return Ok(()),
                Commit::Stale => (),
            }
        }
        Err(Failure::Contended)
    }

    /// Commits what was decided of `snapshot`, if nothing of it has moved: for whom, and why.
    pub(crate) async fn commit_deletion(
        &self,
        snapshot: PointSnapshot,
        deletion: Deletion,
        (by, why): (&Principal, Why),
        now: Timestamp,
    ) -> Result<Commit, StoreError> {
        let PointSnapshot { point, expects, .. } = snapshot;
        let erases = matches!(deletion, Deletion::Erase(_));
        let (writes, kind) = match deletion {
            Deletion::Erase(erasing) => {
                erase(point, Erasure { checked: checked(&expects), ..erasing })
            }
            Deletion::Expire { reason, content } => expire(point, why, (reason, content), now),
        };
        // Whoever asked waits for the answer; nobody waits for anything else.
        let background = why != Why::Asked;
        let change = Change { expects, writes, event: Some(event(now, by, kind)), background };
        let committed = self.store.commit(change).await?;
        if erases && committed == Commit::Done {
            self.erasures.notify_one();
        }
        Ok(committed)
    }
}

/// What can protect a point of all that its deletion was decided from.
pub(crate) fn checked(expects: &[Expect]) -> Vec<Protection> {
    expects.iter().filter_map(|expect| expect.subject.protection()).collect()
}

/// The one write that begins an erasure.
fn erase(point: RecoveryPoint, erasing: Erasure) -> (Vec<Write>, EventKind) {
    let kind = EventKind::DeletionDecided {
        point: point.arn.clone(),
        erasure: erasing.job,
        why: erasing.why,
    };
    (vec![Write::BeginErasure(point.erased_by(erasing))], kind)
}

fn expire(
    point: RecoveryPoint,
    why: Why,
    (reason, content): (String, Content),
    since: Timestamp,
) -> (Vec<Write>, EventKind) {
    let kind = EventKind::DeletionExpired { point: point.arn.clone(), why, reason: reason.clone() };
    let point = RecoveryPoint { state: State::Expired { reason, since, content }, ..point };
    (vec![Write::PutPoint(point)], kind)
}
