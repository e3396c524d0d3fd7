//! `DeleteRecoveryPoint`: load, decide, commit; steps 2 to 4 of the path of one deletion in
//! `docs/ARCHITECTURE.md`.

use jiff::Timestamp;
use sexton_core::{
    DeleteFacts, Deletion, Erasure, EventKind, Principal, Protection, RecoveryPoint,
    RecoveryPointArn, State, VaultName, decide_delete,
};
use sexton_store::{Change, Commit, Expect, PointSnapshot, Write};

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
            let PointSnapshot { point, uses, role, expects } = snapshot;
            let facts = DeleteFacts { point: &point, uses: &uses, role };
            let deletion = decide_delete(facts, now, self.new_job_id(now), by)?;
            let erases = matches!(deletion, Deletion::Erase(_));
            let (writes, kind) = match deletion {
                Deletion::Erase(erasing) => {
                    erase(point, Erasure { checked: checked(&expects), ..erasing })
                }
                Deletion::Expire { reason, content } => expire(point, reason, content, now),
            };
            let change =
                Change { expects, writes, event: Some(event(now, by, kind)), background: false };
            match self.store.commit(change).await? {
                Commit::Done => {
                    if erases {
                        self.erasures.notify_one();
                    }
                    return Ok(());
                }
                Commit::Stale => (),
            }
        }
        Err(Failure::Contended)
    }
}

/// What can protect a point of all that its deletion was decided from.
pub(crate) fn checked(expects: &[Expect]) -> Vec<Protection> {
    expects.iter().filter_map(|expect| expect.subject.protection()).collect()
}

/// The one write that begins an erasure.
fn erase(point: RecoveryPoint, erasing: Erasure) -> (Vec<Write>, EventKind) {
    let kind = EventKind::DeletionDecided { point: point.arn.clone(), erasure: erasing.job };
    (vec![Write::BeginErasure(point.erased_by(erasing))], kind)
}

fn expire(
    point: RecoveryPoint,
    reason: String,
    content: sexton_core::Content,
    since: Timestamp,
) -> (Vec<Write>, EventKind) {
    let kind = EventKind::DeletionExpired { point: point.arn.clone(), reason: reason.clone() };
    let point = RecoveryPoint { state: State::Expired { reason, since, content }, ..point };
    (vec![Write::PutPoint(point)], kind)
}
