//! Backups that a plan makes: each is begun in one commit with the note that it was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CopyAction, Plan, PlanId, PlanSelection, PlanVersion, Rule, RuleId, VersionId};
use crate::backup_job::{first, mint_backup_arn, mint_copy_arn, split_random};
use crate::{
    BackupJob, BackupJobState, BackupName, BackupOrder, BackupRefusal, CopyJob, CopyJobState,
    CopyOrder, Guard, InRealm, JobId, ParseArnError, Principal, Realm, ResourceArn, RoleArn,
    SourceKind,
};

/// A time of a rule of which backups are made. Resources are taken in the order of their ARNs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The rule, as it was then.
    pub rule: Rule,
    /// What the plan was called.
    pub plan_name: String,
    /// Its version then.
    pub version: VersionId,
    /// The time.
    pub at: Timestamp,
    /// The last resource of which a backup was begun, or could not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ResourceArn>,
    /// How many jobs it has begun.
    pub jobs: u64,
    /// Whether a backup of every resource was begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begun: bool,
    /// Jobs of which copies are to be made once they are complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copying: Vec<JobId>,
}

/// Which plan made a backup or a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedBy {
    /// The plan.
    pub plan: PlanId,
    /// Its ARN.
    pub plan_arn: String,
    /// What it was called.
    pub plan_name: String,
    /// Its version.
    pub version: VersionId,
    /// The rule.
    pub rule: RuleId,
    /// What that was called.
    pub rule_name: String,
    /// Its schedule.
    pub schedule: String,
    /// The time zone of that.
    pub timezone: String,
}

impl Run {
    pub(super) fn new(rule: Rule, version: &PlanVersion, at: Timestamp) -> Self {
        let (plan_name, version) = (version.name.clone(), version.id);
        let (after, jobs, begun, copying) = (None, 0, false, Vec::new());
        Self { rule, plan_name, version, at, after, jobs, begun, copying }
    }

    /// What backups of it are made by.
    pub fn created_by(&self, plan: &Plan) -> CreatedBy {
        CreatedBy {
            plan: plan.id,
            plan_arn: plan.arn(),
            plan_name: self.plan_name.clone(),
            version: self.version,
            rule: self.rule.id,
            rule_name: self.rule.order.name.clone(),
            schedule: self.rule.order.schedule.expression().to_owned(),
            timezone: self.rule.order.schedule.timezone().to_owned(),
        }
    }

    /// Whether backups of it may still begin at `now`.
    pub fn may_begin(&self, now: Timestamp) -> bool {
        self.rule.may_begin(self.at, now)
    }

    /// Whether a backup of this resource was not begun yet.
    pub fn is_left(&self, resource: &ResourceArn) -> bool {
        !self.begun && self.after.as_ref().is_none_or(|after| resource > after)
    }

    fn is(&self, other: &Self) -> bool {
        self.rule.id == other.rule.id && self.at == other.at
    }
}

impl Plan {
    /// The same run of this plan, as it is now.
    pub fn run_like(&self, run: &Run) -> Option<&Run> {
        self.runs.iter().find(|it| it.is(run))
    }

    fn with_run(mut self, run: &Run, change: impl FnOnce(&mut Run), now: Timestamp) -> Self {
        if let Some(found) = self.runs.iter_mut().find(|it| it.is(run)) {
            change(found);
        }
        self.runs.retain(|run| !run.begun || !run.copying.is_empty());
        self.with_due(now)
    }

    /// Notes that a backup of `resource` was begun, by this job; nothing is noted to be copied if
    /// that job failed before it began.
    #[must_use]
    pub fn with_begun(
        self,
        run: &Run,
        resource: ResourceArn,
        job: Option<JobId>,
        now: Timestamp,
    ) -> Self {
        let note = |run: &mut Run| {
            run.after = Some(resource);
            run.jobs += 1;
            let copies = !run.rule.order.copies.is_empty();
            run.copying.extend(job.filter(|_| copies));
        };
        self.with_run(run, note, now)
    }

    /// Notes that a backup of every resource was begun.
    #[must_use]
    pub fn with_all_begun(self, run: &Run, now: Timestamp) -> Self {
        self.with_run(run, |run| run.begun = true, now)
    }

    /// Notes that the copies of what a job made were begun, or will not be.
    #[must_use]
    pub fn with_copied(self, run: &Run, job: JobId, now: Timestamp) -> Self {
        self.with_run(run, |run| run.copying.retain(|it| *it != job), now)
    }
}

/// The order for a backup of `resource`, begun at `now`.
pub fn planned_order(
    plan: &Plan,
    run: &Run,
    selection: &PlanSelection,
    resource: ResourceArn,
    now: Timestamp,
) -> BackupOrder {
    let rule = &run.rule.order;
    BackupOrder {
        lifecycle: rule.lifecycle,
        tags: rule.tags.clone(),
        windows: run.rule.windows_of(run.at, now),
        created_by: Some(Box::new(run.created_by(plan))),
        ..BackupOrder::new(rule.vault.clone(), resource, selection.order.role.clone())
    }
}

/// The job of an order that a plan gave and that could not be taken, which has ended with this
/// `state`. A resource of a kind that AWS Backup does not have has no job.
pub fn planned_failure(
    order: BackupOrder,
    state: BackupJobState,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 34],
) -> Result<BackupJob, BackupRefusal> {
    let BackupOrder { vault, resource, role, lifecycle, tags, windows, created_by, .. } = order;
    let Some(resource_type) = resource.resource_type() else {
        return Err(BackupRefusal::UnsupportedResource { resource });
    };
    let [job, _, name] = split_random(random);
    let backup = mint_backup_arn(realm, &resource, now, first(name))
        .map(BackupName::Arn)
        .map_err(|_| BackupRefusal::UnsupportedResource { resource: resource.clone() })?;
    Ok(BackupJob {
        id: JobId::new(now, first(job)),
        realm: realm.clone(),
        vault,
        backup,
        resource,
        resource_type,
        role,
        created: now,
        lifecycle,
        tags,
        windows,
        idempotency_token: None,
        created_by,
        source: SourceKind::Generated,
        state,
    })
}

/// The order for one of the copies of what `job` made. Its token has it begun once.
pub fn planned_copy(job: &BackupJob, action: &CopyAction, number: usize) -> CopyOrder {
    CopyOrder {
        original: job.backup.clone(),
        vault: job.vault.clone(),
        destination: action.destination(),
        role: job.role.clone(),
        idempotency_token: Some(format!("aws:backup-plan:{}:{number}", job.id)),
        lifecycle: action.lifecycle,
        created_by: job.created_by.clone(),
    }
}

/// The job of a copy that a plan ordered and that could not be begun: it has failed, and says why.
pub fn planned_copy_failure(
    job: &BackupJob,
    order: CopyOrder,
    reason: String,
    now: Timestamp,
    random: [u8; 34],
) -> Result<CopyJob, ParseArnError> {
    let [id, _, name] = split_random(random);
    let InRealm { realm: to_realm, name: to_vault } = order.destination;
    let copy = mint_copy_arn(&to_realm, &Guard::default(), &job.resource, now, first(name))?;
    let size_bytes = match &job.state {
        BackupJobState::Completed { size_bytes, .. } => *size_bytes,
        BackupJobState::Running
        | BackupJobState::Aborting
        | BackupJobState::Aborted { .. }
        | BackupJobState::Expired { .. }
        | BackupJobState::Failed { .. } => 0,
    };
    Ok(CopyJob {
        id: JobId::new(now, first(id)),
        realm: job.realm.clone(),
        vault: order.vault,
        original: order.original,
        to_realm,
        to_vault,
        copy: BackupName::Arn(copy),
        resource: job.resource.clone(),
        resource_type: job.resource_type.clone(),
        size_bytes,
        role: order.role,
        created: now,
        lifecycle: order.lifecycle,
        idempotency_token: order.idempotency_token,
        created_by: order.created_by,
        state: CopyJobState::Failed { at: now, reason },
    })
}

/// Whoever begins what a plan orders, as policies of vaults are asked about them: AWS Backup, as a
/// session of the role.
pub fn planned_principal(role: &RoleArn) -> Principal {
    let name = role.resource().rsplit('/').next().unwrap_or_default();
    let (partition, account) = (role.partition(), role.account());
    Principal(format!("arn:{partition}:sts::{account}:assumed-role/{name}/AWSBackup-Plan"))
}
