//! From a request to a [`Call`].
//!
//! Choices where the model leaves one:
//!
//! - Only `CreateBackupVault` demands the model's pattern of a vault's name. Elsewhere any
//!   name is looked up, because services make vaults such as
//!   `aws/efs/automatic-backup-vault`.
//! - Tags are asked of vaults, plans, legal holds and recovery points. An ARN that can name none
//!   of them is an invalid parameter, as the real service says; one that could is looked up.
//! - A job id that is not an id names no job: `ResourceNotFoundException`.
//! - What this server could not honour is refused, not ignored: an air-gapped target,
//!   an index, backup options, deletion after a copy, tags on what is restored; of plans
//!   continuous backups and scans as well.

use std::borrow::Cow;

use http::request::Parts;
use serde_json::{Map, Value};
use sexton_core::{
    AirGap, BackupArn, BackupOrder, JobId, Lifecycle, ResourceArn, ResourceType, RestoreOrder,
    Span, VaultName, Windows,
};

use super::call::Call;
use super::filter::{BackupJobFilter, PointFilter, RestoreJobFilter, VaultFilter};
use super::members::{gather, typed};
use crate::aws::WireError;
use crate::aws::model::backup::{
    CreateBackupVaultInput, CreateLogicallyAirGappedBackupVaultInput, DescribeBackupVaultInput,
    DescribeRecoveryPointInput, Index, Lifecycle as LifecycleMembers, ListBackupJobsInput,
    ListBackupVaultsInput, ListRecoveryPointsByBackupVaultInput, ListRestoreJobsInput, Operation,
    StartBackupJobInput, StartRestoreJobInput, TagResourceInput, UntagResourceInput, VaultType,
};
use crate::aws::model::check::echo;
use crate::aws::paging::{self, Paging};
use crate::aws::route::{Route, route};
use crate::aws::timestamp::EpochSeconds;

mod copies;
mod plans;
mod protect;

/// The longest idempotency token that is kept, in bytes.
const TOKEN_LEN_MAX: usize = 1024;

type Members = Map<String, Value>;

/// Which page of this listing is asked for.
fn page(operation: Operation, labels: &[&str], members: &Members) -> Result<Paging, WireError> {
    Ok(Paging::of(operation.info().name, labels, members, &paging::BACKUP)?)
}

/// Understands a request. The raw path decides, see [`crate::aws::route`]; members that
/// the model does not have are ignored.
pub fn decode(parts: &Parts, body: &[u8]) -> Result<Call, WireError> {
    let Route { operation, labels } = route(parts.method.as_str(), parts.uri.path())?;
    let labels = Labels(&labels);
    // The one call that comes by the thousand has nothing but its two labels.
    if operation == Operation::DeleteRecoveryPoint {
        return Ok(Call::DeleteRecoveryPoint { vault: labels.vault()?, point: labels.point()? });
    }
    let members = gather(operation, parts, body)?;
    match operation {
        Operation::CreateBackupVault => create_vault(&labels, members),
        Operation::CreateLogicallyAirGappedBackupVault => create_air_gapped(&labels, members),
        Operation::DescribeBackupVault => describe_vault(&labels, members),
        Operation::ListBackupVaults => list_vaults(members),
        Operation::DeleteBackupVault => Ok(Call::DeleteBackupVault { vault: labels.vault()? }),
        Operation::StartBackupJob => start_backup(members),
        Operation::DescribeBackupJob => Ok(Call::DescribeBackupJob { job: labels.job()? }),
        Operation::ListBackupJobs => list_backup_jobs(members),
        Operation::StopBackupJob => Ok(Call::StopBackupJob { job: labels.job()? }),
        Operation::ListRecoveryPointsByBackupVault => list_backups(&labels, members),
        Operation::ListRecoveryPointsByResource => {
            let page = page(operation, &labels.binding(), &members)?;
            Ok(Call::ListRecoveryPointsByResource { resource: labels.resource()?, page })
        }
        Operation::DescribeRecoveryPoint => {
            let (vault, point, account) = point_of(&labels, members)?;
            Ok(Call::DescribeRecoveryPoint { vault, point, account })
        }
        Operation::DeleteRecoveryPoint => {
            Ok(Call::DeleteRecoveryPoint { vault: labels.vault()?, point: labels.point()? })
        }
        Operation::GetRecoveryPointRestoreMetadata => {
            let (vault, point, account) = point_of(&labels, members)?;
            Ok(Call::GetRecoveryPointRestoreMetadata { vault, point, account })
        }
        Operation::StartRestoreJob => start_restore(members),
        Operation::DescribeRestoreJob => Ok(Call::DescribeRestoreJob { job: labels.job()? }),
        Operation::ListRestoreJobs => list_restore_jobs(members),
        Operation::StartCopyJob => copies::start(members),
        Operation::DescribeCopyJob => copies::describe(&labels),
        Operation::ListCopyJobs => copies::list(members),
        Operation::TagResource => tag(&labels, members),
        Operation::UntagResource => untag(&labels, members),
        Operation::ListTags => {
            let page = page(operation, &labels.binding(), &members)?;
            Ok(Call::ListTags { resource: labels.tagged()?, page })
        }
        Operation::PutBackupVaultLockConfiguration => protect::lock_vault(&labels, members),
        Operation::DeleteBackupVaultLockConfiguration => protect::unlock_vault(&labels),
        Operation::PutBackupVaultAccessPolicy => protect::put_policy(&labels, members),
        Operation::GetBackupVaultAccessPolicy => protect::get_policy(&labels),
        Operation::DeleteBackupVaultAccessPolicy => protect::delete_policy(&labels),
        Operation::GetBackupVaultNotifications => protect::get_notifications(&labels),
        Operation::UpdateRecoveryPointLifecycle => protect::change_lifecycle(&labels, members),
        Operation::DisassociateRecoveryPoint => protect::disassociate(&labels),
        Operation::DisassociateRecoveryPointFromParent => protect::leave_parent(&labels),
        Operation::CreateLegalHold => protect::create_hold(members),
        Operation::GetLegalHold => protect::get_hold(&labels),
        Operation::ListLegalHolds => protect::list_holds(&members),
        Operation::CancelLegalHold => protect::cancel_hold(&labels, members),
        Operation::ListRecoveryPointsByLegalHold => protect::list_held(&labels, &members),
        Operation::CreateBackupPlan => plans::create(members),
        Operation::GetBackupPlan => plans::get(&labels, members),
        Operation::UpdateBackupPlan => plans::update(&labels, members),
        Operation::DeleteBackupPlan => plans::delete(&labels),
        Operation::ListBackupPlans => plans::list(members),
        Operation::ListBackupPlanVersions => plans::list_versions(&labels, &members),
        Operation::CreateBackupSelection => plans::select(&labels, members),
        Operation::GetBackupSelection => plans::get_selection(&labels),
        Operation::DeleteBackupSelection => plans::unselect(&labels),
        Operation::ListBackupSelections => plans::list_selections(&labels, &members),
    }
}

/// The labels of a path. Each operation has either a vault and perhaps a point, or one
/// job, or one resource.
struct Labels<'a>(&'a [Cow<'a, str>]);

impl Labels<'_> {
    fn text(&self, index: usize) -> &str {
        self.0.get(index).map_or("", |label| &**label)
    }

    fn vault(&self) -> Result<VaultName, WireError> {
        Ok(self.text(0).parse()?)
    }

    fn point(&self) -> Result<BackupArn, WireError> {
        Ok(self.text(1).parse()?)
    }

    fn resource(&self) -> Result<ResourceArn, WireError> {
        Ok(self.text(0).parse()?)
    }

    /// What tags are asked of. Another service's ARN is the wrong one to ask with, whether
    /// there is such a resource or not, unless recovery points have ARNs like it.
    fn tagged(&self) -> Result<ResourceArn, WireError> {
        let arn = self.resource()?;
        if arn.service() == "backup" || arn.may_be_recovery_point() {
            return Ok(arn);
        }
        Err(WireError::invalid_parameter(format!(
            "ResourceArn must be that of a backup vault, a backup plan, a legal hold or a recovery \
             point, not {:?}",
            echo(arn.as_str())
        )))
    }

    fn job(&self) -> Result<JobId, WireError> {
        self.text(0).parse().map_err(|_| WireError::unknown_job(self.text(0)))
    }

    /// What a page of this path is bound to.
    fn binding(&self) -> Vec<&str> {
        self.0.iter().map(|label| &**label).collect()
    }
}

/// A point, and the account that it is asked of; two operations have this input in common.
fn point_of(
    labels: &Labels<'_>,
    members: Members,
) -> Result<(VaultName, BackupArn, Option<String>), WireError> {
    let input: DescribeRecoveryPointInput = typed(members)?;
    Ok((labels.vault()?, labels.point()?, input.backup_vault_account_id))
}

fn describe_vault(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: DescribeBackupVaultInput = typed(members)?;
    let account = input.backup_vault_account_id;
    Ok(Call::DescribeBackupVault { vault: labels.vault()?, account })
}

fn create_vault(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: CreateBackupVaultInput = typed(members)?;
    if let Some(key) = &input.encryption_key_arn {
        key.parse::<ResourceArn>()?;
    }
    Ok(Call::CreateBackupVault {
        name: VaultName::for_new_vault(labels.text(0))?,
        tags: input.backup_vault_tags.unwrap_or_default(),
        encryption_key_arn: input.encryption_key_arn,
        creator_request_id: creator_request(input.creator_request_id)?,
        gap: None,
    })
}

fn create_air_gapped(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: CreateLogicallyAirGappedBackupVaultInput = typed(members)?;
    if let Some(key) = &input.encryption_key_arn {
        key.parse::<ResourceArn>()?;
    }
    let days = |days: Option<i64>, name| days.ok_or_else(|| WireError::missing_parameter(name));
    let gap = AirGap {
        min_days: days(input.min_retention_days, "MinRetentionDays")?,
        max_days: days(input.max_retention_days, "MaxRetentionDays")?,
    };
    Ok(Call::CreateBackupVault {
        name: VaultName::for_new_vault(labels.text(0))?,
        tags: input.backup_vault_tags.unwrap_or_default(),
        encryption_key_arn: input.encryption_key_arn,
        creator_request_id: creator_request(input.creator_request_id)?,
        gap: Some(gap),
    })
}

fn creator_request(id: Option<String>) -> Result<Option<String>, WireError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = |id: &String| (1..=50).contains(&id.len()) && id.bytes().all(plain);
    if id.as_ref().is_some_and(|id| !fits(id)) {
        let message = "CreatorRequestId must be 1 to 50 letters, digits, '-', '_' or '.'";
        return Err(WireError::invalid_parameter(message));
    }
    Ok(id)
}

fn list_vaults(members: Members) -> Result<Call, WireError> {
    let page = page(Operation::ListBackupVaults, &[], &members)?;
    let input: ListBackupVaultsInput = typed(members)?;
    // Nothing is shared with anybody here.
    let all = input.by_shared != Some(true);
    let is = |kind| all && input.by_vault_type.as_ref().is_none_or(|asked| *asked == kind);
    let filter = VaultFilter {
        plain: is(VaultType::BackupVault),
        air_gapped: is(VaultType::LogicallyAirGappedBackupVault),
    };
    Ok(Call::ListBackupVaults { filter, page })
}

fn start_backup(members: Members) -> Result<Call, WireError> {
    let input: StartBackupJobInput = typed(members)?;
    if input.logically_air_gapped_backup_vault_arn.is_some() {
        return Err(unsupported("LogicallyAirGappedBackupVaultArn"));
    }
    if input.index == Some(Index::Enabled) {
        return Err(unsupported("Index ENABLED"));
    }
    if input.backup_options.is_some_and(|options| !options.is_empty()) {
        return Err(unsupported("BackupOptions"));
    }
    Ok(Call::StartBackupJob(BackupOrder {
        vault: required(input.backup_vault_name, "BackupVaultName")?.parse()?,
        resource: required(input.resource_arn, "ResourceArn")?.parse()?,
        role: required(input.iam_role_arn, "IamRoleArn")?.parse()?,
        idempotency_token: token(input.idempotency_token)?,
        lifecycle: lifecycle_of(input.lifecycle)?,
        tags: input.recovery_point_tags.unwrap_or_default(),
        windows: Windows::new(input.start_window_minutes, input.complete_window_minutes)?,
        created_by: None,
    }))
}

fn unsupported(what: &str) -> WireError {
    let message = format!("{what} is not supported by this server; leave it out");
    WireError::invalid_parameter(message)
}

/// A required text that is there and empty counts as missing: boto3 lets it pass.
fn required(text: Option<String>, name: &str) -> Result<String, WireError> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| WireError::missing_parameter(name))
}

fn token(token: Option<String>) -> Result<Option<String>, WireError> {
    if token.as_ref().is_some_and(|token| token.len() > TOKEN_LEN_MAX) {
        let message = format!("IdempotencyToken must be at most {TOKEN_LEN_MAX} bytes long");
        return Err(WireError::invalid_parameter(message));
    }
    // The copies that a plan makes have these.
    if token.as_ref().is_some_and(|token| token.starts_with("aws:")) {
        return Err(WireError::invalid_parameter("IdempotencyToken must not begin with aws:"));
    }
    Ok(token.filter(|token| !token.is_empty()))
}

fn lifecycle_of(members: Option<LifecycleMembers>) -> Result<Lifecycle, WireError> {
    let members = members.unwrap_or_default();
    if members.delete_after_event.is_some() {
        return Err(unsupported("Lifecycle.DeleteAfterEvent"));
    }
    Ok(Lifecycle {
        cold_after_days: members.move_to_cold_storage_after_days,
        delete_after_days: members.delete_after_days,
        archive_opt_in: members.opt_in_to_archive_for_supported_resources,
    })
}

fn start_restore(members: Members) -> Result<Call, WireError> {
    let input: StartRestoreJobInput = typed(members)?;
    if input.copy_source_tags_to_restored_resource == Some(true) {
        return Err(unsupported("CopySourceTagsToRestoredResource"));
    }
    Ok(Call::StartRestoreJob(RestoreOrder {
        backup: required(input.recovery_point_arn, "RecoveryPointArn")?.parse()?,
        resource_type: input.resource_type.map(ResourceType),
        role: input.iam_role_arn.map(|role| role.parse()).transpose()?,
        idempotency_token: token(input.idempotency_token)?,
        metadata: input.metadata.unwrap_or_default(),
    }))
}

fn tag(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: TagResourceInput = typed(members)?;
    let (resource, tags) = (labels.tagged()?, input.tags.unwrap_or_default());
    if tags.is_empty() {
        return Err(WireError::invalid_parameter("Tags must hold at least one tag"));
    }
    Ok(Call::TagResource { resource, tags })
}

fn untag(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: UntagResourceInput = typed(members)?;
    let (resource, keys) = (labels.tagged()?, input.tag_key_list.unwrap_or_default());
    if keys.is_empty() {
        return Err(WireError::invalid_parameter("TagKeyList must hold at least one key"));
    }
    Ok(Call::UntagResource { resource, keys })
}

fn span(after: Option<EpochSeconds>, before: Option<EpochSeconds>) -> Span {
    Span { after: after.map(|it| it.0), before: before.map(|it| it.0) }
}

/// The resource that a listing is narrowed to. Of a type that cannot be backed up it is
/// most often a recovery point's ARN, and an empty list would read as "there are none".
fn by_resource(arn: Option<String>) -> Result<Option<ResourceArn>, WireError> {
    let Some(arn) = arn else { return Ok(None) };
    let arn: ResourceArn = arn.parse()?;
    if arn.resource_type().is_none() {
        return Err(WireError::unsupported_resource(&arn));
    }
    Ok(Some(arn))
}

fn list_backups(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let operation = Operation::ListRecoveryPointsByBackupVault;
    let page = page(operation, &labels.binding(), &members)?;
    let input: ListRecoveryPointsByBackupVaultInput = typed(members)?;
    let filter = PointFilter {
        resource: by_resource(input.by_resource_arn)?,
        resource_type: input.by_resource_type.map(ResourceType),
        plan: input.by_backup_plan_id,
        created: span(input.by_created_after, input.by_created_before),
        parent: input.by_parent_recovery_point_arn.map(|arn| arn.parse()).transpose()?,
        account: input.backup_vault_account_id,
    };
    Ok(Call::ListRecoveryPointsByBackupVault { vault: labels.vault()?, filter, page })
}

fn list_backup_jobs(members: Members) -> Result<Call, WireError> {
    let page = page(Operation::ListBackupJobs, &[], &members)?;
    let input: ListBackupJobsInput = typed(members)?;
    let filter = BackupJobFilter {
        resource: by_resource(input.by_resource_arn)?,
        resource_type: input.by_resource_type.map(ResourceType),
        state: input.by_state,
        vault: input.by_backup_vault_name.map(|name| name.parse()).transpose()?,
        created: span(input.by_created_after, input.by_created_before),
        completed: span(input.by_complete_after, input.by_complete_before),
        account: input.by_account_id,
        parent: input.by_parent_job_id,
        message_category: input.by_message_category,
    };
    Ok(Call::ListBackupJobs { filter, page })
}

fn list_restore_jobs(members: Members) -> Result<Call, WireError> {
    let page = page(Operation::ListRestoreJobs, &[], &members)?;
    let input: ListRestoreJobsInput = typed(members)?;
    let filter = RestoreJobFilter {
        resource_type: input.by_resource_type.map(ResourceType),
        status: input.by_status,
        created: span(input.by_created_after, input.by_created_before),
        completed: span(input.by_complete_after, input.by_complete_before),
        account: input.by_account_id,
        testing_plan: input.by_restore_testing_plan_arn,
        parent: input.by_parent_job_id,
    };
    Ok(Call::ListRestoreJobs { filter, page })
}

#[cfg(test)]
mod tests;
