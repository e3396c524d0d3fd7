//! `DeleteRecoveryPoint`: load, decide, commit; steps 2 to 4 of the path of one deletion in
//! `docs/ARCHITECTURE.md`.

use jiff::Timestamp;
use sexton_core::{
    BeginErasure, DeleteFacts, Deletion, Epoch, ErasureJob, ErasureState, EventKind, Principal,
    RecoveryPoint, RecoveryPointArn, State, VaultName, Why, decide_delete,
};

use crate::failure::{DECISIONS_MAX, Failure};
use crate::service::{Service, event};
use crate::store::{Change, Commit, Expect, PointSnapshot, Write};

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
    /// the erasure job and the audit event are durable; the bytes follow.
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
            let deletion = decide_delete(facts, now, self.new_job_id(now))?;
            let erases = matches!(deletion, Deletion::BeginErasure(_));
            let (writes, kind) = match deletion {
                Deletion::BeginErasure(begin) => {
                    let cause = Cause { by, why: Why::Asked, expects: &expects };
                    begin_erasure(point, &begin, &cause)
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

/// What an erasure is begun by.
pub(crate) struct Cause<'a> {
    /// Who decided it.
    pub(crate) by: &'a Principal,
    /// Why.
    pub(crate) why: Why,
    /// What it was decided from, and is committed with.
    pub(crate) expects: &'a [Expect],
}

/// The writes that begin an erasure: they are one transaction.
fn begin_erasure(
    point: RecoveryPoint,
    begin: &BeginErasure,
    cause: &Cause<'_>,
) -> (Vec<Write>, EventKind) {
    let kind = EventKind::DeletionDecided { point: point.arn.clone(), erasure: begin.job };
    (erasure_writes(point, begin, cause), kind)
}

/// What turns a point into one that is being erased.
pub(crate) fn erasure_writes(
    point: RecoveryPoint,
    begin: &BeginErasure,
    cause: &Cause<'_>,
) -> Vec<Write> {
    let BeginErasure { job, since, content } = *begin;
    let erasure = ErasureJob {
        id: job,
        point: point.arn.clone(),
        vault: point.vault.clone(),
        resource: point.resource.clone(),
        backup_job: point.backup_job,
        point_created: point.created,
        objects: point.objects.clone(),
        content,
        decided: since,
        decided_by: cause.by.clone(),
        why: cause.why,
        checked: cause.expects.iter().filter_map(|it| it.subject.protection()).collect(),
        // The store knows the epoch, and fills it in as it destroys the key.
        epoch: Epoch::default(),
        removed: 0,
        // After what has been due for longer: nobody's turn is lost to those who come later.
        state: ErasureState::Pending { not_before: since, attempts: 0 },
    };
    let point = RecoveryPoint { state: State::Deleting { job, since, content }, ..point };
    vec![Write::PutPoint(point), Write::BeginErasure(erasure)]
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
