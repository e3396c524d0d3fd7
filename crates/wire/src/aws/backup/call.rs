//! What a caller of AWS Backup asks for, understood.

use sexton_core::{
    AirGap, Association, BackupArn, BackupOrder, CopyOrder, HoldId, HoldOrder, JobId, Lifecycle,
    LockOrder, PlanId, PlanOrder, ResourceArn, RestoreOrder, SelectionId, SelectionOrder, Tags,
    VaultName, VersionId,
};

use super::filter::{BackupJobFilter, CopyJobFilter, PointFilter, RestoreJobFilter, VaultFilter};
use crate::aws::paging::Paging;

/// One request, one variant for each operation that is served.
///
/// `account` is another account's id that the caller may name; a server finds nothing in
/// any account but its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Make a vault.
    CreateBackupVault {
        /// Its name, of the form that new vaults must have.
        name: VaultName,
        /// Its tags.
        tags: Tags,
        /// The key that the caller asks for.
        encryption_key_arn: Option<String>,
        /// Repeats of the same request carry the same id.
        creator_request_id: Option<String>,
        /// For how long it keeps, if it is to be logically air-gapped.
        gap: Option<AirGap>,
    },
    /// Show a vault.
    DescribeBackupVault {
        /// Which.
        vault: VaultName,
        /// Whose.
        account: Option<String>,
    },
    /// List vaults.
    ListBackupVaults {
        /// Which of this account the filters let through. No others are there.
        filter: VaultFilter,
        /// Which page.
        page: Paging,
    },
    /// Remove an empty vault.
    DeleteBackupVault {
        /// Which.
        vault: VaultName,
    },
    /// Back up a resource.
    StartBackupJob(BackupOrder),
    /// Show a backup job.
    DescribeBackupJob {
        /// Which.
        job: JobId,
    },
    /// List backup jobs.
    ListBackupJobs {
        /// Which of them.
        filter: BackupJobFilter,
        /// Which page.
        page: Paging,
    },
    /// Stop a backup job.
    StopBackupJob {
        /// Which.
        job: JobId,
    },
    /// List a vault's recovery points.
    ListRecoveryPointsByBackupVault {
        /// Which vault.
        vault: VaultName,
        /// Which of its points.
        filter: PointFilter,
        /// Which page.
        page: Paging,
    },
    /// List a resource's recovery points, in whatever vault. All of them are managed by
    /// this service, so the filter for that lets all through.
    ListRecoveryPointsByResource {
        /// Which resource.
        resource: ResourceArn,
        /// Which page.
        page: Paging,
    },
    /// Show a recovery point.
    DescribeRecoveryPoint {
        /// Where it should be.
        vault: VaultName,
        /// Which.
        point: BackupArn,
        /// Whose.
        account: Option<String>,
    },
    /// Delete a recovery point.
    DeleteRecoveryPoint {
        /// Where it should be.
        vault: VaultName,
        /// Which.
        point: BackupArn,
    },
    /// Show what a restore of a point needs to know.
    GetRecoveryPointRestoreMetadata {
        /// Where it should be.
        vault: VaultName,
        /// Which.
        point: BackupArn,
        /// Whose.
        account: Option<String>,
    },
    /// Restore a recovery point.
    StartRestoreJob(RestoreOrder),
    /// Show a restore job.
    DescribeRestoreJob {
        /// Which.
        job: JobId,
    },
    /// List restore jobs.
    ListRestoreJobs {
        /// Which of them.
        filter: RestoreJobFilter,
        /// Which page.
        page: Paging,
    },
    /// Copy recovery points, or ask after copies.
    Copy(Copying),
    /// Make backup plans and selections, or ask after them.
    Plan(Planning),
    /// Add tags to a vault, a plan, a legal hold or a recovery point.
    TagResource {
        /// Which.
        resource: ResourceArn,
        /// To be laid over its own.
        tags: Tags,
    },
    /// Take tags from one of these.
    UntagResource {
        /// Which.
        resource: ResourceArn,
        /// Of the tags that go.
        keys: Vec<String>,
    },
    /// List the tags of one of these.
    ListTags {
        /// Which.
        resource: ResourceArn,
        /// Which page.
        page: Paging,
    },
    /// Protect recovery points, or protect them no longer.
    Protect(Protect),
}

/// What is asked for of copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copying {
    /// Copy a recovery point.
    Start(CopyOrder),
    /// Show a copy job.
    Describe {
        /// Which.
        job: JobId,
    },
    /// List copy jobs.
    List {
        /// Which of them.
        filter: CopyJobFilter,
        /// Which page.
        page: Paging,
    },
}

impl Copying {
    fn operation(&self) -> &'static str {
        match self {
            Self::Start(_) => "StartCopyJob",
            Self::Describe { .. } => "DescribeCopyJob",
            Self::List { .. } => "ListCopyJobs",
        }
    }
}

/// What is asked for of backup plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planning {
    /// Make a plan.
    Create(PlanOrder),
    /// Show a plan.
    Get {
        /// Which.
        plan: PlanId,
        /// In which version; nothing for the newest.
        version: Option<VersionId>,
        /// How many of its next runs are shown.
        runs: usize,
    },
    /// Have a plan say something else.
    Update {
        /// Which.
        plan: PlanId,
        /// What it says from now on.
        order: PlanOrder,
    },
    /// Remove a plan.
    Delete {
        /// Which.
        plan: PlanId,
    },
    /// List plans.
    List {
        /// With those that were deleted.
        deleted: bool,
        /// Which page.
        page: Paging,
    },
    /// List the versions of a plan.
    ListVersions {
        /// Of which.
        plan: PlanId,
        /// Which page.
        page: Paging,
    },
    /// Have a plan back something up.
    Select {
        /// Which plan.
        plan: PlanId,
        /// What.
        order: SelectionOrder,
    },
    /// Show a selection.
    GetSelection {
        /// Of which plan.
        plan: PlanId,
        /// Which.
        selection: SelectionId,
    },
    /// Have a plan back something up no more.
    Unselect {
        /// Which plan.
        plan: PlanId,
        /// Which selection.
        selection: SelectionId,
    },
    /// List the selections of a plan.
    ListSelections {
        /// Of which.
        plan: PlanId,
        /// Which page.
        page: Paging,
    },
}

impl Planning {
    fn operation(&self) -> &'static str {
        match self {
            Self::Create(_) => "CreateBackupPlan",
            Self::Get { .. } => "GetBackupPlan",
            Self::Update { .. } => "UpdateBackupPlan",
            Self::Delete { .. } => "DeleteBackupPlan",
            Self::List { .. } => "ListBackupPlans",
            Self::ListVersions { .. } => "ListBackupPlanVersions",
            Self::Select { .. } => "CreateBackupSelection",
            Self::GetSelection { .. } => "GetBackupSelection",
            Self::Unselect { .. } => "DeleteBackupSelection",
            Self::ListSelections { .. } => "ListBackupSelections",
        }
    }
}

/// What is asked for of the protection of recovery points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protect {
    /// Lock a vault.
    LockVault {
        /// Which.
        vault: VaultName,
        /// With which lock.
        order: LockOrder,
    },
    /// Remove the lock of a vault.
    UnlockVault {
        /// Which.
        vault: VaultName,
    },
    /// Give a vault an access policy.
    PutPolicy {
        /// Which.
        vault: VaultName,
        /// The policy, not looked at yet.
        policy: String,
    },
    /// Show the access policy of a vault.
    GetPolicy {
        /// Which.
        vault: VaultName,
    },
    /// Take the access policy of a vault away.
    DeletePolicy {
        /// Which.
        vault: VaultName,
    },
    /// Place a legal hold.
    CreateHold(HoldOrder),
    /// Show a legal hold.
    GetHold {
        /// Which.
        hold: HoldId,
    },
    /// List legal holds.
    ListHolds {
        /// Which page.
        page: Paging,
    },
    /// Cancel a legal hold.
    CancelHold {
        /// Which.
        hold: HoldId,
        /// Why.
        description: String,
        /// For how many days its record is kept.
        record_days: Option<i64>,
    },
    /// Give a recovery point another lifecycle.
    ChangeLifecycle {
        /// Where it should be.
        vault: VaultName,
        /// Which.
        point: BackupArn,
        /// From now on.
        lifecycle: Lifecycle,
    },
    /// Take a recovery point out of what it is a part of.
    Disassociate {
        /// Where it should be.
        vault: VaultName,
        /// Which.
        point: BackupArn,
        /// Out of what.
        from: Association,
    },
    /// Show who is told of what happens in a vault.
    GetNotifications {
        /// Which.
        vault: VaultName,
    },
    /// List the recovery points that a legal hold is of.
    ListHeld {
        /// Which hold.
        hold: HoldId,
        /// Which page.
        page: Paging,
    },
}

impl Protect {
    fn operation(&self) -> &'static str {
        match self {
            Self::LockVault { .. } => "PutBackupVaultLockConfiguration",
            Self::UnlockVault { .. } => "DeleteBackupVaultLockConfiguration",
            Self::PutPolicy { .. } => "PutBackupVaultAccessPolicy",
            Self::GetPolicy { .. } => "GetBackupVaultAccessPolicy",
            Self::DeletePolicy { .. } => "DeleteBackupVaultAccessPolicy",
            Self::CreateHold(_) => "CreateLegalHold",
            Self::GetHold { .. } => "GetLegalHold",
            Self::ListHolds { .. } => "ListLegalHolds",
            Self::CancelHold { .. } => "CancelLegalHold",
            Self::ListHeld { .. } => "ListRecoveryPointsByLegalHold",
            Self::ChangeLifecycle { .. } => "UpdateRecoveryPointLifecycle",
            Self::Disassociate { from: Association::Continuous, .. } => "DisassociateRecoveryPoint",
            Self::Disassociate { from: Association::Parent, .. } => {
                "DisassociateRecoveryPointFromParent"
            }
            Self::GetNotifications { .. } => "GetBackupVaultNotifications",
        }
    }
}

impl Call {
    /// The name of the operation, for logs and metrics.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::CreateBackupVault { gap: None, .. } => "CreateBackupVault",
            Self::CreateBackupVault { gap: Some(_), .. } => "CreateLogicallyAirGappedBackupVault",
            Self::DescribeBackupVault { .. } => "DescribeBackupVault",
            Self::ListBackupVaults { .. } => "ListBackupVaults",
            Self::DeleteBackupVault { .. } => "DeleteBackupVault",
            Self::StartBackupJob(_) => "StartBackupJob",
            Self::DescribeBackupJob { .. } => "DescribeBackupJob",
            Self::ListBackupJobs { .. } => "ListBackupJobs",
            Self::StopBackupJob { .. } => "StopBackupJob",
            Self::ListRecoveryPointsByBackupVault { .. } => "ListRecoveryPointsByBackupVault",
            Self::ListRecoveryPointsByResource { .. } => "ListRecoveryPointsByResource",
            Self::DescribeRecoveryPoint { .. } => "DescribeRecoveryPoint",
            Self::DeleteRecoveryPoint { .. } => "DeleteRecoveryPoint",
            Self::GetRecoveryPointRestoreMetadata { .. } => "GetRecoveryPointRestoreMetadata",
            Self::StartRestoreJob(_) => "StartRestoreJob",
            Self::DescribeRestoreJob { .. } => "DescribeRestoreJob",
            Self::ListRestoreJobs { .. } => "ListRestoreJobs",
            Self::Copy(call) => call.operation(),
            Self::Plan(call) => call.operation(),
            Self::TagResource { .. } => "TagResource",
            Self::UntagResource { .. } => "UntagResource",
            Self::ListTags { .. } => "ListTags",
            Self::Protect(call) => call.operation(),
        }
    }
}
