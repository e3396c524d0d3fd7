//! Replies about recovery points.

use jiff::Timestamp;
use sexton_core::{Backup, Guard, InVault, Origin, Point, State, Vault};

use super::plans::creator;
use super::vaults::{key_type, vault_type};
use super::{lifecycle, long};
use crate::aws::Reply;
use crate::aws::model::backup::{
    CalculatedLifecycle, DescribeRecoveryPointOutput, GetRecoveryPointRestoreMetadataOutput,
    ListRecoveryPointsByBackupVaultOutput, ListRecoveryPointsByResourceOutput,
    RecoveryPointByBackupVault, RecoveryPointByResource, RecoveryPointStatus, StorageClass,
};
use crate::aws::timestamp::EpochSeconds;

/// The answer to `DescribeRecoveryPoint`; `vault` is the one that keeps the point.
pub fn describe_recovery_point(point: Point<'_>, vault: &Vault, now: Timestamp) -> Reply {
    let member = by_vault(point, vault, &vault.realm.vault_arn(&vault.name));
    let mut output = members_of!(member => DescribeRecoveryPointOutput {
        recovery_point_arn, backup_vault_name, backup_vault_arn, source_backup_vault_arn,
        resource_arn, resource_type, created_by,
        iam_role_arn, status, status_message, creation_date, initiation_date, completion_date,
        backup_size_in_bytes, calculated_lifecycle, lifecycle, encryption_key_arn, is_encrypted,
        is_parent, vault_type, encryption_key_type
    });
    output.storage_class = Some(storage_class(point, now));
    Reply::json(200, &output)
}

/// The answer to `ListRecoveryPointsByBackupVault`; `vault` is the one that was listed.
pub fn list_recovery_points_by_backup_vault<'a>(
    points: impl IntoIterator<Item = &'a Backup>,
    next_token: Option<String>,
    vault: &Vault,
) -> Reply {
    let vault_arn = vault.realm.vault_arn(&vault.name);
    let list = points.into_iter().filter_map(Backup::as_point);
    let list = list.map(|point| by_vault(point, vault, &vault_arn));
    let output =
        ListRecoveryPointsByBackupVaultOutput { recovery_points: Some(list.collect()), next_token };
    Reply::json(200, &output)
}

/// The answer to `ListRecoveryPointsByResource`: each point with what its vault protects it with.
pub fn list_recovery_points_by_resource<'a>(
    points: impl IntoIterator<Item = (&'a Backup, Option<&'a Guard>)>,
    next_token: Option<String>,
) -> Reply {
    let shown = |(backup, guard): (&'a Backup, Option<&Guard>)| {
        Some(by_resource(backup.as_point()?, guard))
    };
    let list = points.into_iter().filter_map(shown).collect();
    let output = ListRecoveryPointsByResourceOutput { recovery_points: Some(list), next_token };
    Reply::json(200, &output)
}

/// The answer to an accepted `DeleteRecoveryPoint`: 200, and nothing to read.
pub fn delete_recovery_point() -> Reply {
    Reply::empty(200)
}

/// The answer to `GetRecoveryPointRestoreMetadata`.
pub fn get_recovery_point_restore_metadata(Point { backup: point, kept }: Point<'_>) -> Reply {
    let output = GetRecoveryPointRestoreMetadataOutput {
        backup_vault_arn: Some(point.realm.vault_arn(&kept.vault)),
        recovery_point_arn: Some(point.name.to_string()),
        restore_metadata: Some(kept.restore_metadata.clone()),
        resource_type: Some(kept.resource_type.to_string()),
    };
    Reply::json(200, &output)
}

fn by_vault(
    Point { backup: point, kept }: Point<'_>,
    vault: &Vault,
    vault_arn: &str,
) -> RecoveryPointByBackupVault {
    let content = point.state.content();
    RecoveryPointByBackupVault {
        recovery_point_arn: Some(point.name.to_string()),
        backup_vault_name: Some(kept.vault.to_string()),
        backup_vault_arn: Some(vault_arn.to_owned()),
        source_backup_vault_arn: source_vault(point),
        resource_arn: Some(point.source.to_string()),
        resource_type: Some(kept.resource_type.to_string()),
        created_by: creator(kept.created_by.as_deref()),
        iam_role_arn: Some(kept.role.to_string()),
        status: Some(status(&point.state)),
        status_message: status_message(point),
        creation_date: Some(EpochSeconds(point.created)),
        initiation_date: Some(EpochSeconds(point.created)),
        completion_date: content.map(|content| EpochSeconds(content.completed)),
        backup_size_in_bytes: content.map(|content| long(content.size_bytes)),
        calculated_lifecycle: calculated_lifecycle(kept, point.created),
        lifecycle: lifecycle(&kept.lifecycle),
        encryption_key_arn: vault.encryption_key_arn.clone(),
        is_encrypted: Some(true),
        is_parent: Some(false),
        vault_type: Some(vault_type(&vault.guard)),
        encryption_key_type: Some(key_type(vault)),
        ..RecoveryPointByBackupVault::default()
    }
}

/// The vault that a copy was made out of.
fn source_vault(point: &Backup) -> Option<String> {
    match &point.origin {
        Origin::Copied { realm, vault: Some(vault), .. } => Some(realm.vault_arn(vault)),
        Origin::Copied { vault: None, .. } | Origin::Captured => None,
    }
}

fn by_resource(
    Point { backup: point, kept }: Point<'_>,
    guard: Option<&Guard>,
) -> RecoveryPointByResource {
    let content = point.state.content();
    RecoveryPointByResource {
        recovery_point_arn: Some(point.name.to_string()),
        creation_date: Some(EpochSeconds(point.created)),
        status: Some(status(&point.state)),
        status_message: status_message(point),
        backup_size_bytes: content.map(|content| long(content.size_bytes)),
        backup_vault_name: Some(kept.vault.to_string()),
        is_parent: Some(false),
        vault_type: guard.map(vault_type),
        ..RecoveryPointByResource::default()
    }
}

fn status(state: &State) -> RecoveryPointStatus {
    match state {
        State::Creating => RecoveryPointStatus::Creating,
        State::Completed { .. } => RecoveryPointStatus::Completed,
        State::Deleting { .. } => RecoveryPointStatus::Deleting,
        State::Expired { .. } | State::Failed { .. } => RecoveryPointStatus::Expired,
    }
}

/// What is being made is warm, whatever it is to become.
fn storage_class(Point { backup, kept }: Point<'_>, now: Timestamp) -> StorageClass {
    match backup.state {
        State::Creating | State::Failed { .. } => StorageClass::Warm,
        State::Completed { .. } | State::Expired { .. } | State::Deleting { .. } => {
            let is_cold = kept.lifecycle.is_cold(backup.created, now);
            if is_cold { StorageClass::Cold } else { StorageClass::Warm }
        }
    }
}

fn status_message(point: &Backup) -> Option<String> {
    match &point.state {
        State::Expired { reason, .. } | State::Failed { reason, .. } => Some(reason.clone()),
        State::Completed { .. } if !point.problems.is_empty() => Some(point.problems.clone()),
        State::Creating | State::Completed { .. } | State::Deleting { .. } => None,
    }
}

pub(super) fn calculated_lifecycle(
    kept: &InVault,
    created: Timestamp,
) -> Option<CalculatedLifecycle> {
    let members = CalculatedLifecycle {
        move_to_cold_storage_at: kept.lifecycle.cold_at(created).map(EpochSeconds),
        delete_at: kept.lifecycle.delete_at(created).map(EpochSeconds),
    };
    (members != CalculatedLifecycle::default()).then_some(members)
}
