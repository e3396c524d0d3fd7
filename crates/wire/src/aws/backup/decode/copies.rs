//! Requests about copies.

use sexton_core::{CopyOrder, InRealm, Realm, ResourceArn, ResourceType, VaultName, is_region};

use super::{Labels, Members, by_resource, lifecycle_of, page, required, span, token};
use crate::aws::WireError;
use crate::aws::backup::call::{Call, Copying};
use crate::aws::backup::filter::CopyJobFilter;
use crate::aws::backup::members::typed;
use crate::aws::model::backup::{ListCopyJobsInput, Operation, StartCopyJobInput};
use crate::aws::model::check::echo;

pub(super) fn start(members: Members) -> Result<Call, WireError> {
    let input: StartCopyJobInput = typed(members)?;
    let source = required(input.source_backup_vault_name, "SourceBackupVaultName")?;
    let destination = required(input.destination_backup_vault_arn, "DestinationBackupVaultArn")?;
    Ok(Call::Copy(Copying::Start(CopyOrder {
        original: required(input.recovery_point_arn, "RecoveryPointArn")?.parse()?,
        vault: source.parse()?,
        destination: vault_at(&destination)?,
        role: required(input.iam_role_arn, "IamRoleArn")?.parse()?,
        idempotency_token: token(input.idempotency_token)?,
        lifecycle: lifecycle_of(input.lifecycle)?,
        created_by: None,
    })))
}

/// The vault of this ARN, in whatever account and region.
pub(super) fn vault_at(arn: &str) -> Result<InRealm<VaultName>, WireError> {
    let invalid = || {
        WireError::invalid_parameter(format!(
            "DestinationBackupVaultArn must be \
             arn:PARTITION:backup:REGION:ACCOUNT:backup-vault:NAME, not {:?}",
            echo(arn)
        ))
    };
    let parsed: ResourceArn = arn.parse().map_err(|_| invalid())?;
    let name = parsed.resource().strip_prefix("backup-vault:").ok_or_else(invalid)?;
    let (region, account) = (parsed.region(), parsed.account());
    let is_account = account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit());
    if parsed.service() != "backup" || !is_account || !is_region(region) {
        return Err(invalid());
    }
    let realm = Realm::new(region, account);
    if realm.partition() != parsed.partition() {
        return Err(invalid());
    }
    Ok(realm.with(name.parse().map_err(|_| invalid())?))
}

pub(super) fn describe(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Copy(Copying::Describe { job: labels.job()? }))
}

pub(super) fn list(members: Members) -> Result<Call, WireError> {
    let page = page(Operation::ListCopyJobs, &[], &members)?;
    let input: ListCopyJobsInput = typed(members)?;
    let filter = CopyJobFilter {
        resource: by_resource(input.by_resource_arn)?,
        resource_type: input.by_resource_type.map(ResourceType),
        state: input.by_state,
        destination: input.by_destination_vault_arn,
        original: input.by_source_recovery_point_arn,
        created: span(input.by_created_after, input.by_created_before),
        completed: span(input.by_complete_after, input.by_complete_before),
        account: input.by_account_id,
        parent: input.by_parent_job_id,
        message_category: input.by_message_category,
    };
    Ok(Call::Copy(Copying::List { filter, page }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_vault_is_a_destination() {
        let found = vault_at("arn:aws-cn:backup:cn-north-1:123456789012:backup-vault:far").unwrap();
        assert_eq!(found, Realm::new("cn-north-1", "123456789012").with("far".parse().unwrap()));
        for arn in [
            "far",
            "arn:aws:backup:us-east-1:123456789012:far",
            "arn:aws:backup:us-east-1:123456789012:backup-vault:",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:far",
            "arn:aws:fsx:us-east-1:123456789012:backup-vault:far",
            "arn:aws:backup::123456789012:backup-vault:far",
            "arn:aws:backup:us-east-1::backup-vault:far",
            "arn:aws:backup:us-east-1:1234567890123456:backup-vault:far",
            "arn:aws:backup:US/EAST-1:123456789012:backup-vault:far",
            "arn:aws:backup:cn-north-1:123456789012:backup-vault:far",
        ] {
            let error = vault_at(arn).unwrap_err();
            assert_eq!(error.name, "InvalidParameterValueException", "{arn}");
            assert!(error.message.contains("backup-vault:NAME"), "{error}");
        }
    }
}
