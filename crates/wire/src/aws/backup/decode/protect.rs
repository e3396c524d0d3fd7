//! From a request to what protects recovery points.

use sexton_core::{Association, Dates, HoldId, HoldOrder, LockOrder, Selection};

use super::{Labels, Members, lifecycle_of, page, required, token};
use crate::aws::WireError;
use crate::aws::backup::call::{Call, Protect};
use crate::aws::backup::members::typed;
use crate::aws::model::backup::{
    CancelLegalHoldInput, CreateLegalHoldInput, Operation, PutBackupVaultAccessPolicyInput,
    PutBackupVaultLockConfigurationInput, RecoveryPointSelection,
    UpdateRecoveryPointLifecycleInput,
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

pub(super) fn get_notifications(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Protect(Protect::GetNotifications { vault: labels.vault()? }))
}

pub(super) fn disassociate(labels: &Labels<'_>) -> Result<Call, WireError> {
    taken_out_of(labels, Association::Continuous)
}

pub(super) fn leave_parent(labels: &Labels<'_>) -> Result<Call, WireError> {
    taken_out_of(labels, Association::Parent)
}

fn taken_out_of(labels: &Labels<'_>, from: Association) -> Result<Call, WireError> {
    let (vault, point) = (labels.vault()?, labels.point()?);
    Ok(Call::Protect(Protect::Disassociate { vault, point, from }))
}

pub(super) fn change_lifecycle(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: UpdateRecoveryPointLifecycleInput = typed(members)?;
    let lifecycle = lifecycle_of(input.lifecycle)?;
    let (vault, point) = (labels.vault()?, labels.point()?);
    Ok(Call::Protect(Protect::ChangeLifecycle { vault, point, lifecycle }))
}

pub(super) fn create_hold(members: Members) -> Result<Call, WireError> {
    let input: CreateLegalHoldInput = typed(members)?;
    Ok(Call::Protect(Protect::CreateHold(HoldOrder {
        title: required(input.title, "Title")?,
        description: required(input.description, "Description")?,
        token: token(input.idempotency_token)?,
        selection: selection(input.recovery_point_selection.unwrap_or_default())?,
        tags: input.tags.unwrap_or_default(),
    })))
}

fn selection(members: RecoveryPointSelection) -> Result<Selection, WireError> {
    let vaults = members.vault_names.unwrap_or_default();
    let resources = members.resource_identifiers.unwrap_or_default();
    let dates = match members.date_range {
        None => None,
        Some(range) => match (range.from_date, range.to_date) {
            (Some(from), Some(to)) => Some(Dates { from: from.0, to: to.0 }),
            (None, _) => return Err(WireError::missing_parameter("DateRange.FromDate")),
            (Some(_), None) => return Err(WireError::missing_parameter("DateRange.ToDate")),
        },
    };
    Ok(Selection {
        vaults: vaults.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
        resources: resources.iter().map(|arn| arn.parse()).collect::<Result<_, _>>()?,
        dates,
    })
}

/// An id that is none names no hold.
fn hold(labels: &Labels<'_>) -> Result<HoldId, WireError> {
    labels.text(0).parse().map_err(|_| WireError::unknown_hold(labels.text(0)))
}

pub(super) fn get_hold(labels: &Labels<'_>) -> Result<Call, WireError> {
    Ok(Call::Protect(Protect::GetHold { hold: hold(labels)? }))
}

pub(super) fn list_holds(members: &Members) -> Result<Call, WireError> {
    let page = page(Operation::ListLegalHolds, &[], members)?;
    Ok(Call::Protect(Protect::ListHolds { page }))
}

pub(super) fn cancel_hold(labels: &Labels<'_>, members: Members) -> Result<Call, WireError> {
    let input: CancelLegalHoldInput = typed(members)?;
    let description = required(input.cancel_description, "CancelDescription")?;
    let record_days = input.retain_record_in_days;
    Ok(Call::Protect(Protect::CancelHold { hold: hold(labels)?, description, record_days }))
}

pub(super) fn list_held(labels: &Labels<'_>, members: &Members) -> Result<Call, WireError> {
    let page = page(Operation::ListRecoveryPointsByLegalHold, &labels.binding(), members)?;
    let id = labels.text(0);
    let hold = id.parse().map_err(|_| WireError::no_such_hold(id))?;
    Ok(Call::Protect(Protect::ListHeld { hold, page }))
}
