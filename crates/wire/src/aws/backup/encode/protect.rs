//! Replies about what protects recovery points.

use sexton_core::{Backup, Hold, Point, Realm, Selection, VaultName};

use super::lifecycle;
use super::points::calculated_lifecycle;
use crate::aws::Reply;
use crate::aws::model::backup::{
    CreateLegalHoldOutput, DateRange, GetBackupVaultAccessPolicyOutput, GetLegalHoldOutput,
    LegalHold, LegalHoldStatus, ListLegalHoldsOutput, ListRecoveryPointsByLegalHoldOutput,
    RecoveryPointMember, RecoveryPointSelection, UpdateRecoveryPointLifecycleOutput,
};
use crate::aws::timestamp::EpochSeconds;

/// The answer to `PutBackupVaultLockConfiguration`.
pub fn put_backup_vault_lock_configuration() -> Reply {
    Reply::empty(200)
}

/// The answer to `DeleteBackupVaultLockConfiguration`.
pub fn delete_backup_vault_lock_configuration() -> Reply {
    Reply::empty(200)
}

/// The answer to `PutBackupVaultAccessPolicy`.
pub fn put_backup_vault_access_policy() -> Reply {
    Reply::empty(200)
}

/// The answer to `GetBackupVaultAccessPolicy`.
pub fn get_backup_vault_access_policy(realm: &Realm, vault: &VaultName, policy: String) -> Reply {
    let output = GetBackupVaultAccessPolicyOutput {
        backup_vault_name: Some(vault.to_string()),
        backup_vault_arn: Some(realm.vault_arn(vault)),
        policy: Some(policy),
    };
    Reply::json(200, &output)
}

/// The answer to `UpdateRecoveryPointLifecycle`.
pub fn update_recovery_point_lifecycle(Point { backup, kept }: Point<'_>) -> Reply {
    let output = UpdateRecoveryPointLifecycleOutput {
        backup_vault_arn: Some(backup.realm.vault_arn(&kept.vault)),
        calculated_lifecycle: calculated_lifecycle(kept, backup.created),
        lifecycle: lifecycle(&kept.lifecycle),
        recovery_point_arn: Some(backup.name.to_string()),
    };
    Reply::json(200, &output)
}

/// The answer to `DeleteBackupVaultAccessPolicy`.
pub fn delete_backup_vault_access_policy() -> Reply {
    Reply::empty(200)
}

/// The answer to `CreateLegalHold`.
pub fn create_legal_hold(hold: &Hold) -> Reply {
    let mut output = members_of!(listed(hold) => CreateLegalHoldOutput {
        title, status, description, legal_hold_id, legal_hold_arn, creation_date
    });
    output.recovery_point_selection = Some(selection(&hold.selection));
    Reply::json(200, &output)
}

/// The answer to `GetLegalHold`.
pub fn get_legal_hold(hold: &Hold) -> Reply {
    let mut output = members_of!(listed(hold) => GetLegalHoldOutput {
        title, status, description, legal_hold_id, legal_hold_arn, creation_date, cancellation_date
    });
    if let Some(end) = &hold.cancelled {
        output.cancel_description = Some(end.description.clone());
        output.retain_record_until = Some(EpochSeconds(end.kept_until));
    }
    output.recovery_point_selection = Some(selection(&hold.selection));
    Reply::json(200, &output)
}

/// The answer to `ListLegalHolds`.
pub fn list_legal_holds(holds: &[Hold], next_token: Option<String>) -> Reply {
    let list = holds.iter().map(listed).collect();
    Reply::json(200, &ListLegalHoldsOutput { legal_holds: Some(list), next_token })
}

/// The answer to `CancelLegalHold`.
pub fn cancel_legal_hold() -> Reply {
    Reply::empty(201)
}

/// The answer to `ListRecoveryPointsByLegalHold`.
pub fn list_recovery_points_by_legal_hold(points: &[Backup], next_token: Option<String>) -> Reply {
    let list = points.iter().filter_map(Backup::as_point).map(|point| RecoveryPointMember {
        backup_vault_name: Some(point.kept.vault.to_string()),
        recovery_point_arn: Some(point.backup.name.to_string()),
        resource_arn: Some(point.backup.source.to_string()),
        resource_type: Some(point.kept.resource_type.to_string()),
    });
    let recovery_points = Some(list.collect());
    Reply::json(200, &ListRecoveryPointsByLegalHoldOutput { next_token, recovery_points })
}

/// It holds from when it is placed until it is cancelled: nothing lies between.
fn listed(hold: &Hold) -> LegalHold {
    LegalHold {
        cancellation_date: hold.cancelled.as_ref().map(|end| EpochSeconds(end.at)),
        creation_date: Some(EpochSeconds(hold.created)),
        description: Some(hold.description.clone()),
        legal_hold_arn: Some(hold.id.arn(&hold.realm)),
        legal_hold_id: Some(hold.id.to_string()),
        status: Some(match hold.cancelled {
            None => LegalHoldStatus::Active,
            Some(_) => LegalHoldStatus::Canceled,
        }),
        title: Some(hold.title.clone()),
    }
}

fn selection(Selection { vaults, resources, dates }: &Selection) -> RecoveryPointSelection {
    let texts = |names: Vec<String>| (!names.is_empty()).then_some(names);
    RecoveryPointSelection {
        date_range: dates.map(|dates| DateRange {
            from_date: Some(EpochSeconds(dates.from)),
            to_date: Some(EpochSeconds(dates.to)),
        }),
        resource_identifiers: texts(resources.iter().map(ToString::to_string).collect()),
        vault_names: texts(vaults.iter().map(ToString::to_string).collect()),
    }
}
