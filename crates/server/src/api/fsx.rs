//! Amazon `FSx`: each call to its operation, each result to its reply.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, FileSystemId, FsxBackupOrder, FsxRefusal, Made, Offered, Realm, ResourceArn, Source,
    Tags, VolumeId,
};
use sexton_store::{Cursor, FsxQuery};
use sexton_wire::aws::Reply;
use sexton_wire::aws::fsx::encode;
use sexton_wire::aws::fsx::{
    BackedUp, BackupFilter, Call, Error, MachineFilter, Request, VolumeFilter,
};
use sexton_wire::aws::model::fsx::Operation;
use sexton_wire::aws::paging::Paging;

use crate::auth::Caller;
use crate::authorize::{of_fsx, stated_to_fsx};
use crate::behalf::note_stated;
use crate::error::OpsError;
use crate::ops::fsx::Asked;
use crate::ops::tags::Door;
use crate::service::Service;

/// The most items on a page, whatever is asked for: what the model lets a reply hold.
const PAGE_ITEMS_MAX: usize = 50;

/// Names an operation's failure in the words of `FSx`.
pub(crate) fn error(failure: &OpsError, operation: Operation) -> Error {
    match failure {
        OpsError::Fsx(refusal) => Error::refused(refusal.clone(), operation),
        OpsError::Tags(refusal) => Error::refused(refusal.clone().into(), operation),
        OpsError::TooManyJobs(_) | OpsError::TooManyRestores(_) | OpsError::TooManyRealms => {
            let message = failure.to_string();
            Error::refused(FsxRefusal::TooMany { message }, operation)
        }
        OpsError::NoResource(arn) => {
            Error::refused(FsxRefusal::ResourceNotFound { arn: arn.clone() }, operation)
        }
        OpsError::Denied(denied) => Error::access_denied(denied.in_words_of_aws()),
        OpsError::NoVault(_)
        | OpsError::NoBackup
        | OpsError::NoJob(_)
        | OpsError::Vault(..)
        | OpsError::Delete(_)
        | OpsError::NoPolicy(_)
        | OpsError::Policy(_)
        | OpsError::Lock(_)
        | OpsError::NoHold(_)
        | OpsError::Hold(_)
        | OpsError::NoNotifications(_)
        | OpsError::Association(_)
        | OpsError::Lifecycle(_)
        | OpsError::Plan(_)
        | OpsError::Backup(_)
        | OpsError::Stop(_)
        | OpsError::Restore(_)
        | OpsError::Copy(_)
        | OpsError::Rds(_)
        | OpsError::User(_)
        | OpsError::Role(_)
        | OpsError::Contended
        | OpsError::Store(_)
        | OpsError::Request(_) => Error::internal(),
    }
}

/// Answers a call.
pub(crate) async fn answer(
    service: &Arc<Service>,
    Request { operation, call, token: used }: Request,
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    let Caller { by, realm, .. } = caller;
    note_stated(stated_to_fsx(&call));
    service.authorize(caller, || of_fsx(&call, operation.info().name, caller), now).await?;
    let asked = &Asked { by, realm, now, token: used };
    match call {
        Call::DeleteBackup { backup } => {
            service.delete_fsx_backup(&backup, asked).await?;
            Ok(encode::delete_backup(&backup))
        }
        Call::DescribeBackups { ids, filter, page } => {
            describe_backups(service, realm, &ids, filter, &page).await
        }
        Call::CreateBackup { of, tags } => create_backup(service, of, tags, asked).await,
        Call::CopyBackup(order) => {
            let copy = service.copy_fsx_backup(order, asked).await?;
            Ok(encode::copy_backup(&copy, percent(service, &copy)))
        }
        Call::CreateFileSystem(order) => {
            let made = service.create_file_system(order, asked).await?;
            Ok(encode::create_file_system(&made))
        }
        Call::CreateFileSystemFromBackup { backup, order } => {
            let made = service.restore_file_system(order, &backup, asked).await?;
            Ok(encode::create_file_system_from_backup(&made))
        }
        Call::DescribeFileSystems { ids, page } => {
            describe_file_systems(service, realm, &ids, &page).await
        }
        Call::UpdateFileSystem { file_system, change } => {
            let updated = service.update_file_system(&file_system, change, asked).await?;
            Ok(encode::update_file_system(&updated))
        }
        Call::DeleteFileSystem { file_system, order } => {
            let tags = order.final_tags.clone();
            let deleting = service.delete_file_system(&file_system, order, asked).await?;
            Ok(encode::delete_file_system(&deleting, &tags))
        }
        Call::CreateVolume(order) => {
            let made = service.create_volume(order, asked).await?;
            Ok(encode::create_volume(&made))
        }
        Call::DescribeVolumes { ids, filter, page } => {
            describe_volumes(service, realm, &ids, &filter, &page).await
        }
        Call::DescribeStorageVirtualMachines { ids, filter, page } => {
            describe_machines(service, realm, &ids, &filter, &page).await
        }
        Call::DescribeS3AccessPointAttachments => {
            Ok(encode::describe_s3_access_point_attachments())
        }
        Call::DeleteVolume { volume, order } => {
            let tags = order.final_tags.clone();
            let deleting = service.delete_volume(&volume, order, asked).await?;
            Ok(encode::delete_volume(&deleting, &tags))
        }
        Call::TagResource { resource, tags } => {
            service.tag(Door::Fsx, realm, &resource, &tags, by, now).await?;
            Ok(encode::tag_resource())
        }
        Call::UntagResource { resource, keys } => {
            service.untag(Door::Fsx, realm, &resource, &keys, by, now).await?;
            Ok(encode::untag_resource())
        }
        Call::ListTagsForResource { resource, page } => {
            list_tags(service, realm, &resource, &page).await
        }
    }
}

async fn create_backup(
    service: &Arc<Service>,
    of: BackedUp,
    tags: Tags,
    asked: &Asked<'_>,
) -> Result<Reply, OpsError> {
    let source = match of {
        BackedUp::FileSystem(id) => id.arn(asked.realm),
        BackedUp::Volume(id) => service.volume(asked.realm, &id).await?.arn,
    };
    let order = FsxBackupOrder { source, made: Made::Asked, tags };
    let made = service.create_fsx_backup(order, asked).await?;
    Ok(encode::create_backup(&made, percent(service, &made)))
}

fn percent(service: &Service, backup: &Backup) -> Option<u8> {
    service.jobs.progress(backup.id.job()).map(|(percent, _)| percent)
}

fn cursor(service: &Service, realm: &Realm, page: &Paging) -> Result<Option<Cursor>, OpsError> {
    let opened = page.cursor(&service.behaviour.page_secret, realm);
    let refused =
        |_| FsxRefusal::BadRequest { message: "NextToken is not one of ours.".to_owned() };
    Ok(opened.map_err(refused)?.map(Cursor))
}

fn token(service: &Service, realm: &Realm, page: &Paging, next: Option<Cursor>) -> Option<String> {
    let secret = &service.behaviour.page_secret;
    next.map(|cursor| page.token_after(&cursor.0, secret, realm))
}

async fn describe_backups(
    service: &Service,
    realm: &Realm,
    ids: &[sexton_core::FsxBackupId],
    filter: BackupFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let (found, next) = if ids.is_empty() {
        let query = FsxQuery {
            realm: realm.clone(),
            file_system: filter.file_system(),
            wanted: Arc::new(move |backup: &Backup| filter.matches(backup)),
        };
        let after = cursor(service, realm, page)?;
        let limit = page.items_max.min(PAGE_ITEMS_MAX);
        let found = service.store.list_fsx_backups(&query, after.as_ref(), limit).await?;
        (found.items, token(service, realm, page, found.next))
    } else {
        (service.fsx_backups(realm, ids).await?, None)
    };
    let shown = found.iter().map(|backup| (backup, percent(service, backup)));
    Ok(encode::describe_backups(shown, next))
}

async fn describe_file_systems(
    service: &Service,
    realm: &Realm,
    ids: &[FileSystemId],
    page: &Paging,
) -> Result<Reply, OpsError> {
    let found = if ids.is_empty() {
        let mut all = service.store.list_sources(realm).await?;
        all.retain(|source| source.offered.file_system().is_some());
        all
    } else {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.push(service.file_system(realm, id).await?);
        }
        found
    };
    let (shown, next) = cut(service, realm, found, page)?;
    Ok(encode::describe_file_systems(&shown, next))
}

/// Tags are few, so a page is cut out of all of them. The cursor is how many were shown: the
/// last key may be too long for a token.
async fn list_tags(
    service: &Service,
    realm: &Realm,
    resource: &ResourceArn,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let tags = service.tags(Door::Fsx, realm, resource).await?;
    let after = cursor(service, realm, page)?;
    let shown_before = after.and_then(|after| <[u8; 8]>::try_from(after.0).ok());
    let skip = shown_before.map_or(0, usize::from_be_bytes);
    let limit = page.items_max.max(1);
    let shown: Tags =
        tags.iter().skip(skip).take(limit).map(|(k, v)| (k.clone(), v.clone())).collect();
    let end = skip.saturating_add(shown.len());
    let next = (end < tags.len()).then(|| Cursor(end.to_be_bytes().to_vec()));
    Ok(encode::list_tags_for_resource(&shown, token(service, realm, page, next)))
}

async fn describe_volumes(
    service: &Service,
    realm: &Realm,
    ids: &[VolumeId],
    filter: &VolumeFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let is = |source: &Source| source.offered.volume().is_some_and(|it| filter.matches(it));
    let found = volumes(service, realm, ids, is).await?;
    let (shown, next) = cut(service, realm, found, page)?;
    Ok(encode::describe_volumes(&shown, next))
}

async fn volumes(
    service: &Service,
    realm: &Realm,
    ids: &[VolumeId],
    wanted: impl Fn(&Source) -> bool,
) -> Result<Vec<Source>, OpsError> {
    let mut all = service.store.list_sources(realm).await?;
    all.retain(|source| match &source.offered {
        Offered::FileSystem(_) | Offered::Instance(_) | Offered::Resource(_) => false,
        Offered::Volume(_) if ids.is_empty() => wanted(source),
        Offered::Volume(volume) => ids.contains(&volume.id),
    });
    let is = |id: &&VolumeId| {
        all.iter().any(|source| source.offered.volume().is_some_and(|it| it.id == **id))
    };
    match ids.iter().find(|id| !is(id)) {
        Some(id) => Err(FsxRefusal::VolumeNotFound { id: id.to_string() }.into()),
        None => Ok(all),
    }
}

async fn describe_machines(
    service: &Service,
    realm: &Realm,
    ids: &[String],
    filter: &MachineFilter,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let mut all = service.store.list_sources(realm).await?;
    let of = |source: &Source| {
        let file_system = source.offered.file_system()?;
        let id = encode::storage_virtual_machine(file_system)?;
        Some((filter.matches(file_system), id))
    };
    let missing = |id: &&String| !all.iter().filter_map(of).any(|(_, machine)| machine == **id);
    if let Some(id) = ids.iter().find(missing) {
        return Err(FsxRefusal::StorageVirtualMachineNotFound { id: id.clone() }.into());
    }
    all.retain(|source| match of(source) {
        Some((matches, _)) if ids.is_empty() => matches,
        Some((_, id)) => ids.contains(&id),
        None => false,
    });
    let (shown, next) = cut(service, realm, all, page)?;
    Ok(encode::describe_storage_virtual_machines(&shown, next))
}

/// A page of sources, which are few: the cursor is the last ARN.
fn cut(
    service: &Service,
    realm: &Realm,
    mut all: Vec<Source>,
    page: &Paging,
) -> Result<(Vec<Source>, Option<String>), OpsError> {
    all.sort_by(|one, other| one.arn.cmp(&other.arn));
    if let Some(after) = cursor(service, realm, page)? {
        all.retain(|source| source.arn.as_str().as_bytes() > after.0.as_slice());
    }
    let limit = page.items_max.clamp(1, PAGE_ITEMS_MAX);
    let more = all.len() > limit;
    all.truncate(limit);
    let last = all.last().filter(|_| more).map(|it| Cursor(it.arn.as_str().as_bytes().to_vec()));
    Ok((all, token(service, realm, page, last)))
}
