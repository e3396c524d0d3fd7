//! AWS Backup: each call to its operation, each result to its reply.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    AirGap, Backup, BackupArn, BackupJob, InRealm, JobId, Principal, Realm, ResourceArn,
    RestoreJob, Vault, VaultName,
};
use sexton_store::{self, BackupQuery, Cursor, Follow, Subject};
use sexton_wire::aws::backup::encode::{self, Progress};
use sexton_wire::aws::backup::{BackupJobFilter, Call, PointFilter, RestoreJobFilter, VaultFilter};
use sexton_wire::aws::error::MissingVault;
use sexton_wire::aws::paging::Paging;
use sexton_wire::aws::{Reply, WireError};

use crate::auth::Caller;
use crate::authorize::{of_backup, stated_to_backup};
use crate::behalf::note_stated;
use crate::error::OpsError;
use crate::ops::tags::Door;
use crate::service::Service;

mod copies;
mod plans;
mod protect;

impl From<WireError> for OpsError {
    fn from(error: WireError) -> Self {
        Self::Request(error)
    }
}

/// Refuses what whoever asks may not do.
async fn authorize(
    service: &Service,
    call: &Call,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), OpsError> {
    note_stated(stated_to_backup(call));
    service.authorize(caller, || of_backup(call, &caller.realm), now).await
}

/// Answers a call.
pub(crate) async fn answer(
    service: &Arc<Service>,
    call: Call,
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    let Caller { by, realm, .. } = caller;
    authorize(service, &call, caller, now).await?;
    match call {
        Call::CreateBackupVault { name, tags, encryption_key_arn, creator_request_id, gap } => {
            let guard = gap.map(AirGap::guard).transpose()?.unwrap_or_default();
            let new = Vault::new(realm.clone(), name, now);
            let wanted = Vault { creator_request_id, encryption_key_arn, tags, guard, ..new };
            service.create_vault(wanted, by, now).await.map(|it| encode::create_backup_vault(&it))
        }
        Call::DescribeBackupVault { vault, account } => {
            describe_vault(service, &realm.with(vault), account.as_ref()).await
        }
        Call::ListBackupVaults { filter, page } => list_vaults(service, realm, filter, &page).await,
        Call::DeleteBackupVault { vault } => {
            delete_vault(service, &realm.with(vault), by, now).await
        }
        Call::StartBackupJob(order) => {
            let job = service.start_backup(realm, order, by, now).await?;
            Ok(encode::start_backup_job(&job))
        }
        Call::StopBackupJob { job } => {
            service.stop_backup(realm, job, by, now).await.map(|()| encode::stop_backup_job())
        }
        Call::DeleteRecoveryPoint { vault, point } => {
            service.delete_point(&realm.with(vault), &point.into(), by, now).await?;
            Ok(encode::delete_recovery_point())
        }
        Call::StartRestoreJob(order) => {
            let job = service.start_restore(realm, order, by, now).await?;
            Ok(encode::start_restore_job(&job))
        }
        Call::TagResource { resource, tags } => service
            .tag(Door::Backup, realm, &resource, &tags, by, now)
            .await
            .map(|()| encode::tag_resource()),
        Call::UntagResource { resource, keys } => {
            service.untag(Door::Backup, realm, &resource, &keys, by, now).await?;
            Ok(encode::untag_resource())
        }
        Call::DescribeBackupJob { job } => describe_backup_job(service, realm, job).await,
        Call::ListBackupJobs { filter, page } => {
            list_backup_jobs(service, realm, filter, &page).await
        }
        Call::DescribeRestoreJob { job } => describe_restore_job(service, realm, job).await,
        Call::ListRestoreJobs { filter, page } => {
            list_restore_jobs(service, realm, filter, &page).await
        }
        Call::ListRecoveryPointsByBackupVault { vault, filter, page } => {
            list_backups(service, &realm.with(vault), filter, &page).await
        }
        Call::ListRecoveryPointsByResource { resource, page } => {
            list_points_of(service, realm, resource, &page).await
        }
        Call::DescribeRecoveryPoint { vault, point, account } => {
            describe_point(service, &realm.with(vault), (point, account), now).await
        }
        Call::GetRecoveryPointRestoreMetadata { vault, point, account } => {
            let found = point_of(service, &realm.with(vault), point, account).await?;
            let point = found.as_point().ok_or(OpsError::NoBackup)?;
            Ok(encode::get_recovery_point_restore_metadata(point))
        }
        Call::ListTags { resource, page } => list_tags(service, realm, &resource, &page).await,
        Call::Copy(call) => copies::answer(service, call, caller, now).await,
        Call::Plan(call) => plans::answer(service, call, caller, now).await,
        Call::Protect(call) => protect::answer(service, call, caller, now).await,
    }
}

/// Whatever `missing_vault` is: this is the one operation of which the real service says
/// that there is no such vault.
async fn delete_vault(
    service: &Service,
    vault: &InRealm<VaultName>,
    by: &Principal,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    match service.delete_vault(vault, by, now).await {
        Err(OpsError::NoVault(name)) => {
            Err(WireError::unknown_vault(name.as_str(), MissingVault::NotFound).into())
        }
        done => done.map(|()| encode::delete_backup_vault()),
    }
}

/// Nothing of another account is here.
fn own_account(account: Option<&String>, vault: &InRealm<VaultName>) -> Result<(), OpsError> {
    match account {
        Some(account) if *account != vault.realm.account => {
            Err(OpsError::NoVault(vault.name.clone()))
        }
        Some(_) | None => Ok(()),
    }
}

/// A recovery point, as its own account asks for it.
async fn point_of(
    service: &Service,
    vault: &InRealm<VaultName>,
    point: BackupArn,
    account: Option<String>,
) -> Result<Backup, OpsError> {
    own_account(account.as_ref(), vault)?;
    Ok(service.backup(vault, &point.into()).await?.backup)
}

async fn describe_point(
    service: &Service,
    vault: &InRealm<VaultName>,
    (point, account): (BackupArn, Option<String>),
    now: Timestamp,
) -> Result<Reply, OpsError> {
    let found = point_of(service, vault, point, account).await?;
    let vault = service.vault(vault).await?.vault;
    let point = found.as_point().ok_or(OpsError::NoBackup)?;
    Ok(encode::describe_recovery_point(point, &vault, now))
}

async fn describe_backup_job(
    service: &Service,
    realm: &Realm,
    job: JobId,
) -> Result<Reply, OpsError> {
    let job = service.backup_job_of(realm, job).await?;
    Ok(encode::describe_backup_job(&job, progress(service, job.id)))
}

async fn describe_vault(
    service: &Service,
    key: &InRealm<VaultName>,
    account: Option<&String>,
) -> Result<Reply, OpsError> {
    own_account(account, key)?;
    let found = service.vault(key).await?;
    Ok(encode::describe_backup_vault(&found.vault, found.backups))
}

fn progress(service: &Service, job: JobId) -> Option<Progress> {
    service.jobs.progress(job).map(|(percent, bytes)| Progress { percent, bytes })
}

fn cursor(service: &Service, realm: &Realm, page: &Paging) -> Result<Option<Cursor>, OpsError> {
    let secret = &service.behaviour.page_secret;
    Ok(page.cursor(secret, realm).map_err(WireError::from)?.map(Cursor))
}

fn token(service: &Service, realm: &Realm, page: &Paging, next: Option<Cursor>) -> Option<String> {
    let secret = &service.behaviour.page_secret;
    next.map(|cursor| page.token_after(&cursor.0, secret, realm))
}

async fn list_vaults(
    service: &Service,
    realm: &Realm,
    filter: VaultFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let after = cursor(service, realm, page)?;
    let before = service.realms.default_vault(realm).filter(|_| filter.plain);
    let found = service.store.list_vaults(realm, after.as_ref(), page.items_max).await?;
    let before = before.filter(|_| found.items.is_empty());
    let token = token(service, realm, page, found.next);
    let let_through = found.items.iter().filter(|(vault, _)| filter.matches(vault));
    let vaults = let_through.map(|(vault, points)| (vault, *points));
    let vaults = before.iter().map(|vault| (vault, 0)).chain(vaults);
    Ok(encode::list_backup_vaults(vaults, token))
}

async fn list_backup_jobs(
    service: &Service,
    realm: &Realm,
    filter: BackupJobFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let wanted = Arc::new(move |job: &BackupJob| filter.matches(job));
    let after = cursor(service, realm, page)?;
    let found =
        service.store.list_backup_jobs(realm, wanted, after.as_ref(), page.items_max).await?;
    let token = token(service, realm, page, found.next);
    let jobs = found.items.iter().map(|job| (job, progress(service, job.id)));
    Ok(encode::list_backup_jobs(jobs, token))
}

async fn describe_restore_job(
    service: &Service,
    realm: &Realm,
    job: JobId,
) -> Result<Reply, OpsError> {
    let job = service.restore_job_of(realm, job).await?;
    Ok(encode::describe_restore_job(&job, progress(service, job.id)))
}

async fn list_restore_jobs(
    service: &Service,
    realm: &Realm,
    filter: RestoreJobFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let wanted = Arc::new(move |job: &RestoreJob| filter.matches(job));
    let after = cursor(service, realm, page)?;
    let found =
        service.store.list_restore_jobs(realm, wanted, after.as_ref(), page.items_max).await?;
    let token = token(service, realm, page, found.next);
    let jobs = found.items.iter().map(|job| (job, progress(service, job.id)));
    Ok(encode::list_restore_jobs(jobs, token))
}

async fn list_points_of(
    service: &Service,
    realm: &Realm,
    resource: ResourceArn,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let query = BackupQuery::of_resource(realm.clone(), resource);
    let after = cursor(service, realm, page)?;
    let found = service.store.list_backups(&query, after.as_ref(), page.items_max).await?;
    let token = token(service, realm, page, found.next);
    // Few vaults have all points of a resource.
    let vault_of = |backup: &Backup| Some(realm.with(backup.in_vault()?.vault.clone()));
    let vaults: BTreeSet<_> = found.items.iter().filter_map(vault_of).collect();
    let subjects: Vec<_> = vaults.into_iter().map(Subject::Guard).collect();
    let reading = service.store.read(&subjects, Follow::Nothing).await?;
    let guards = found.items.iter().map(|it| vault_of(it).map(|vault| reading.guard(&vault)));
    let guards: Vec<_> = guards.collect();
    let points = found.items.iter().zip(guards.iter().map(Option::as_ref));
    Ok(encode::list_recovery_points_by_resource(points, token))
}

async fn list_backups(
    service: &Service,
    vault: &InRealm<VaultName>,
    filter: PointFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let realm = &vault.realm;
    let found = service.vault(vault).await?.vault;
    let after = cursor(service, realm, page)?;
    let query = BackupQuery {
        realm: realm.clone(),
        vault: Some(vault.name.clone()),
        resource: filter.resource.clone(),
        created: filter.created,
        resource_type: filter.resource_type.clone(),
        plan: filter.plan_id(),
    };
    let points = if filter.is_of_nothing(realm) {
        sexton_store::Page { items: Vec::new(), next: None }
    } else {
        service.store.list_backups(&query, after.as_ref(), page.items_max).await?
    };
    let token = token(service, realm, page, points.next);
    Ok(encode::list_recovery_points_by_backup_vault(&points.items, token, &found))
}

/// Tags are few, so a page is cut out of all of them; the cursor is the last key.
async fn list_tags(
    service: &Service,
    realm: &Realm,
    resource: &ResourceArn,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let after = cursor(service, realm, page)?;
    let mut tags = service.tags(Door::Backup, realm, resource).await?;
    if let Some(after) = after {
        tags.retain(|key, _| key.as_bytes() > after.0.as_slice());
    }
    let rest = tags.keys().nth(page.items_max).cloned().map(|key| tags.split_off(&key));
    let last = rest.and_then(|_| tags.keys().next_back().cloned());
    let token = token(service, realm, page, last.map(|key| Cursor(key.into_bytes())));
    Ok(encode::list_tags(tags, token))
}
