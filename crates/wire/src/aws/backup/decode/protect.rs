//! From a request to what protects recovery points.

use sexton_core::LockOrder;

use super::{Labels, Members, required};
use crate::aws::WireError;
use crate::aws::backup::call::{Call, Protect};
use crate::aws::backup::members::typed;
use crate::aws::model::backup::{
    PutBackupVaultAccessPolicyInput, PutBackupVaultLockConfigurationInput,
};

pub(super) fn lock_vault(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: PutBackupVaultLockConfigurationInput = typed(members)?;
    let order = LockOrder {
        min_days: input.min_retention_days,
        max_days: input.max_retention_days,
        changeable_days: input.changeable_for_days,
    };
    Ok(Call::Protect(Protect::LockVault { vault: labels.vault()?, order }))
}

pub(super) fn unlock_vault(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Protect(Protect::UnlockVault { vault: labels.vault()? }))
}

pub(super) fn put_policy(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: PutBackupVaultAccessPolicyInput = typed(members)?;
    let policy = required(input.policy, "Policy")?;
    Ok(Call::Protect(Protect::PutPolicy { vault: labels.vault()?, policy }))
}

pub(super) fn get_policy(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Protect(Protect::GetPolicy { vault: labels.vault()? }))
}

pub(super) fn delete_policy(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Protect(Protect::DeletePolicy { vault: labels.vault()? }))
}
