//! From a request to what protects recovery points.

use sexton_core::LockOrder;

use super::{Labels, Members};
use crate::aws::WireError;
use crate::aws::backup::call::{Call, Protect};
use crate::aws::backup::members::typed;
use crate::aws::model::backup::PutBackupVaultLockConfigurationInput;

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
