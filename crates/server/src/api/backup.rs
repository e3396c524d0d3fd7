//! AWS Backup: each call to its operation, each result to its reply.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{Principal, ResourceArn, Vault, VaultName};
use sexton_store::{self, BackupQuery, Cursor};
use sexton_wire::aws::backup::encode::{self, Progress};
use sexton_wire::aws::backup::paging::Page;
use sexton_wire::aws::backup::{BackupJobFilter, Call, PointFilter, RestoreJobFilter};
use sexton_wire::aws::error::MissingVault;
use sexton_wire::aws::{Reply, WireError};

use crate::failure::Failure;
use crate::service::Service;

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self::Request(error)
    }
}

/// Answers a call of `by`.
pub(crate) async fn answer(
    service: &Arc<Service>,
    call: Call,
    by: &Principal,
    now: Timestamp,
) -> Result<Reply, Failure> {
    let realm = &service.realm;
    match call {
        Call::CreateBackupVault { name, tags, encryption_key_arn, creator_request_id } => {
            let wanted = Vault { name, created: now, creator_request_id, encryption_key_arn, tags };
            let vault = service.create_vault(wanted, by, now).await?;
            Ok(encode::create_backup_vault(&vault, realm))
        }
        Call::DescribeBackupVault { vault, account } => {
            describe_vault(service, &vault, account.as_ref()).await
        }
        Call::ListBackupVaults { plain, page } => list_vaults(service, plain, &page).await,
        Call::DeleteBackupVault { vault } => delete_vault(service, &vault, by, now).await,
        Call::StartBackupJob(order) => {
            let job = service.start_backup(order, by, now).await?;
            Ok(encode::start_backup_job(&job))
        }
        Call::StopBackupJob { job } => {
            service.stop_backup(job, by, now).await?;
            Ok(encode::stop_backup_job())
        }
        Call::DeleteRecoveryPoint { vault, point } => {
            service.delete_point(&vault, &point.into(), by, now).await?;
            Ok(encode::delete_recovery_point())
        }
        Call::StartRestoreJob(order) => {
            let job = service.start_restore(order, by, now).await?;
            Ok(encode::start_restore_job(&job))
        }
        Call::TagResource { resource, tags } => {
            service.tag(&resource, &tags, by, now).await?;
            Ok(encode::tag_resource())
        }
        Call::UntagResource { resource, keys } => {
            service.untag(&resource, &keys, by, now).await?;
            Ok(encode::untag_resource())
        }
        Call::DescribeBackupJob { job } => {
            let job = service.backup_job(job).await?.value;
            Ok(encode::describe_backup_job(&job, progress(service, job.id), realm))
        }
        Call::ListBackupJobs { filter, page } => list_backup_jobs(service, filter, &page).await,
        Call::DescribeRestoreJob { job } => {
            let job = service.restore_job(job).await?.value;
            Ok(encode::describe_restore_job(&job, progress(service, job.id), realm))
        }
        Call::ListRestoreJobs { filter, page } => list_restore_jobs(service, filter, &page).await,
        Call::ListRecoveryPointsByBackupVault { vault, filter, page } => {
            list_backups(service, &vault, filter, &page).await
        }
        Call::ListRecoveryPointsByResource { resource, page } => {
            list_points_of(service, resource, &page).await
        }
        Call::DescribeRecoveryPoint { vault, point, account } => {
            own_account(service, account.as_ref(), &vault)?;
            let found = service.backup(&vault, &point.into()).await?;
            let vault = service.vault(&vault).await?.vault;
            Ok(encode::describe_recovery_point(&found.backup, &vault, realm))
        }
        Call::GetRecoveryPointRestoreMetadata { vault, point, account } => {
            own_account(service, account.as_ref(), &vault)?;
            let point = service.backup(&vault, &point.into()).await?.backup;
            Ok(encode::get_recovery_point_restore_metadata(&point, realm))
        }
        Call::ListTags { resource, page } => list_tags(service, &resource, &page).await,
    }
}

/// Whatever `missing_vault` is: this is the one operation of which the real service says
/// that there is no such vault.
async fn delete_vault(
    service: &Service,
    vault: &VaultName,
    by: &Principal,
    now: Timestamp,
) -> Result<Reply, Failure> {
    match service.delete_vault(vault, by, now).await {
        Err(Failure::NoVault(name)) => {
            Err(WireError::unknown_vault(name.as_str(), MissingVault::NotFound).into())
        }
        done => done.map(|()| encode::delete_backup_vault()),
    }
}

/// Nothing of another account is here.
fn own_account(
    service: &Service,
    account: Option<&String>,
    vault: &VaultName,
) -> Result<(), Failure> {
    match account {
        Some(account) if *account != service.realm.account => Err(Failure::NoVault(vault.clone())),
        Some(_) | None => Ok(()),
    }
}

async fn describe_vault(
    service: &Service,
    name: &VaultName,
    account: Option<&String>,
) -> Result<Reply, Failure> {
    own_account(service, account, name)?;
    let found = service.vault(name).await?;
    Ok(encode::describe_backup_vault(&found.vault, found.backups, &service.realm))
}

fn progress(service: &Service, job: sexton_core::JobId) -> Option<Progress> {
    service.jobs.progress(job).map(|(percent, bytes)| Progress { percent, bytes })
}

/// A filter of the wire as the predicate that a store asks of each row.
fn filter_of<F, T>(
    service: &Service,
    filter: F,
    matches: impl Fn(&F, &T, &sexton_core::Realm) -> bool + Send + Sync + 'static,
) -> sexton_store::Wanted<T>
where
    F: Send + Sync + 'static,
{
    let realm = service.realm.clone();
    Arc::new(move |row| matches(&filter, row, &realm))
}

fn cursor(service: &Service, page: &Page) -> Result<Option<Cursor>, Failure> {
    let secret = &service.behaviour.page_secret;
    Ok(page.cursor(secret, &service.realm.account)?.map(Cursor))
}

fn token(service: &Service, page: &Page, next: Option<Cursor>) -> Option<String> {
    let secret = &service.behaviour.page_secret;
    next.map(|cursor| page.token_after(&cursor.0, secret, &service.realm.account))
}

async fn list_vaults(service: &Service, plain: bool, page: &Page) -> Result<Reply, Failure> {
    let after = cursor(service, page)?;
    if !plain {
        return Ok(encode::list_backup_vaults([], None, &service.realm));
    }
    let found = service.store.list_vaults(after.as_ref(), page.items_max).await?;
    let token = token(service, page, found.next);
    let vaults = found.items.iter().map(|(vault, points)| (vault, *points));
    Ok(encode::list_backup_vaults(vaults, token, &service.realm))
}

async fn list_backup_jobs(
    service: &Service,
    filter: BackupJobFilter,
    page: &Page,
) -> Result<Reply, Failure> {
    let wanted = filter_of(service, filter, BackupJobFilter::matches);
    let after = cursor(service, page)?;
    let found = service.store.list_backup_jobs(wanted, after.as_ref(), page.items_max).await?;
    let token = token(service, page, found.next);
    let jobs = found.items.iter().map(|job| (job, progress(service, job.id)));
    Ok(encode::list_backup_jobs(jobs, token, &service.realm))
}

async fn list_restore_jobs(
    service: &Service,
    filter: RestoreJobFilter,
    page: &Page,
) -> Result<Reply, Failure> {
    let wanted = filter_of(service, filter, RestoreJobFilter::matches);
    let after = cursor(service, page)?;
    let found = service.store.list_restore_jobs(wanted, after.as_ref(), page.items_max).await?;
    let token = token(service, page, found.next);
    let jobs = found.items.iter().map(|job| (job, progress(service, job.id)));
    Ok(encode::list_restore_jobs(jobs, token, &service.realm))
}

async fn list_points_of(
    service: &Service,
    resource: ResourceArn,
    page: &Page,
) -> Result<Reply, Failure> {
    let query = BackupQuery::of_resource(resource);
    let after = cursor(service, page)?;
    let found = service.store.list_backups(&query, after.as_ref(), page.items_max).await?;
    let token = token(service, page, found.next);
    Ok(encode::list_recovery_points_by_resource(&found.items, token))
}

async fn list_backups(
    service: &Service,
    vault: &VaultName,
    filter: PointFilter,
    page: &Page,
) -> Result<Reply, Failure> {
    let found = service.vault(vault).await?.vault;
    let after = cursor(service, page)?;
    let query = BackupQuery {
        vault: Some(vault.clone()),
        resource: filter.resource.clone(),
        created_before: filter.created_before,
        created_after: filter.created_after,
        resource_type: filter.resource_type.clone(),
    };
    let points = if filter.is_of_nothing(&service.realm) {
        sexton_store::Page { items: Vec::new(), next: None }
    } else {
        service.store.list_backups(&query, after.as_ref(), page.items_max).await?
    };
    let token = token(service, page, points.next);
    let realm = &service.realm;
    Ok(encode::list_recovery_points_by_backup_vault(&points.items, token, &found, realm))
}

/// Tags are few, so a page is cut out of all of them; the cursor is the last key.
async fn list_tags(
    service: &Service,
    resource: &ResourceArn,
    page: &Page,
) -> Result<Reply, Failure> {
    let after = cursor(service, page)?;
    let mut tags = service.tags(resource).await?;
    if let Some(after) = after {
        tags.retain(|key, _| key.as_bytes() > after.0.as_slice());
    }
    let rest = tags.keys().nth(page.items_max).cloned().map(|key| tags.split_off(&key));
    let last = rest.and_then(|_| tags.keys().next_back().cloned());
    let token = token(service, page, last.map(|key| Cursor(key.into_bytes())));
    Ok(encode::list_tags(tags, token))
}
