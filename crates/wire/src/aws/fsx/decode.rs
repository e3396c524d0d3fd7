//! From a request to a [`Call`].
//!
//! Choices where the model leaves one:
//!
//! - Every break of the model's constraints is a `BadRequest`, as with the real service.
//! - A file system has one storage virtual machine, and an OpenZFS one has one root volume, with
//!   its own digits: `fs-01…` has `svm-01…` and `fsvol-01…`. That is how a new volume says
//!   in which file system it is to be.
//! - An empty list of ids asks for everything, as no list does.
//! - A configuration without members changes nothing of a file system, whatever type it is for:
//!   there are clients that send an empty one beside the one that is meant.
//! - What this server could not honour is refused, not ignored: a KMS key for a copy.

mod orders;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sexton_core::{
    FsxCopyOrder, InRealm, Realm, ResourceArn, Tags, TokenName, TokenUse, is_region,
};
use sha2::{Digest, Sha256};

use super::call::{BackedUp, Call, Request};
use super::error::{Error, not_served};
use super::filter::{BackupFilter, MachineFilter, VolumeFilter};
use crate::aws::model::check::{self, fitting};
use crate::aws::model::fsx::{
    CopyBackupRequest, CreateBackupRequest, DeleteBackupRequest, DescribeBackupsRequest,
    DescribeFileSystemsRequest, DescribeS3AccessPointAttachmentsRequest,
    DescribeStorageVirtualMachinesRequest, DescribeVolumesRequest, ListTagsForResourceRequest,
    Operation, Tag, TagResourceRequest, UntagResourceRequest,
};
use crate::aws::paging::{self, Paging};

type Members = Map<String, Value>;

/// The member that carries the client's token.
const TOKEN: &str = "ClientRequestToken";

/// Understands a request of `realm` for the operation of this name. Members that the model
/// does not have are ignored.
pub fn decode(operation: &str, body: &[u8], realm: &Realm) -> Result<Request, Error> {
    let known = Operation::ALL.iter().copied().find(|known| known.info().name == operation);
    let operation = known.ok_or_else(|| not_served(operation))?;
    let members = parse(body)?;
    check::members(operation.info().members, &members)?;
    let token = token(operation, &members, realm);
    let call = call(operation, members, realm)?;
    Ok(Request { operation, call, token })
}

fn call(operation: Operation, members: Members, realm: &Realm) -> Result<Call, Error> {
    match operation {
        Operation::CreateFileSystem => orders::create_file_system(typed(members)?),
        Operation::CreateFileSystemFromBackup => orders::from_backup(typed(members)?),
        Operation::DescribeFileSystems => {
            let page = page(operation, &members)?;
            let input: DescribeFileSystemsRequest = typed(members)?;
            Ok(Call::DescribeFileSystems { ids: ids(input.file_system_ids)?, page })
        }
        Operation::UpdateFileSystem => orders::update_file_system(typed(members)?),
        Operation::DeleteFileSystem => orders::delete_file_system(typed(members)?),
        Operation::CreateVolume => orders::create_volume(typed(members)?),
        Operation::DescribeVolumes => {
            let page = page(operation, &members)?;
            let input: DescribeVolumesRequest = typed(members)?;
            let filter = VolumeFilter::of(input.filters.unwrap_or_default())?;
            Ok(Call::DescribeVolumes { ids: ids(input.volume_ids)?, filter, page })
        }
        Operation::DescribeStorageVirtualMachines => {
            let page = page(operation, &members)?;
            let input: DescribeStorageVirtualMachinesRequest = typed(members)?;
            let filter = MachineFilter::of(input.filters.unwrap_or_default())?;
            let ids = input.storage_virtual_machine_ids.unwrap_or_default();
            Ok(Call::DescribeStorageVirtualMachines { ids, filter, page })
        }
        Operation::DescribeS3AccessPointAttachments => access_points(typed(members)?),
        Operation::DeleteVolume => orders::delete_volume(typed(members)?),
        Operation::CreateBackup => create_backup(typed(members)?),
        Operation::CopyBackup => copy_backup(typed(members)?, realm),
        Operation::DescribeBackups => {
            let page = page(operation, &members)?;
            let input: DescribeBackupsRequest = typed(members)?;
            let filter = BackupFilter::of(input.filters.unwrap_or_default())?;
            Ok(Call::DescribeBackups { ids: ids(input.backup_ids)?, filter, page })
        }
        Operation::DeleteBackup => {
            let input: DeleteBackupRequest = typed(members)?;
            Ok(Call::DeleteBackup { backup: required(input.backup_id)?.parse()? })
        }
        Operation::TagResource => {
            let input: TagResourceRequest = typed(members)?;
            let resource = tagged(input.resource_arn)?;
            Ok(Call::TagResource { resource, tags: tags(input.tags)? })
        }
        Operation::UntagResource => {
            let input: UntagResourceRequest = typed(members)?;
            let keys = input.tag_keys.unwrap_or_default();
            Ok(Call::UntagResource { resource: tagged(input.resource_arn)?, keys })
        }
        Operation::ListTagsForResource => {
            let page = page(operation, &members)?;
            let input: ListTagsForResourceRequest = typed(members)?;
            Ok(Call::ListTagsForResource { resource: tagged(input.resource_arn)?, page })
        }
    }
}

/// No name is there, so each that is asked for is refused.
fn access_points(input: DescribeS3AccessPointAttachmentsRequest) -> Result<Call, Error> {
    match input.names.unwrap_or_default().first() {
        Some(name) => Err(Error::no_access_point(name)),
        None => Ok(Call::DescribeS3AccessPointAttachments),
    }
}

/// No body is an empty object.
fn parse(body: &[u8]) -> Result<Members, Error> {
    if body.is_empty() {
        return Ok(Members::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_),
        )
        | Err(_) => Err(Error::serialization()),
    }
}

/// The typed input. What was checked always fits its type.
fn typed<T: DeserializeOwned>(members: Members) -> Result<T, Error> {
    serde_json::from_value(Value::Object(members)).map_err(|_| Error::serialization())
}

/// A member that the check has seen.
fn required<T>(member: Option<T>) -> Result<T, Error> {
    member.ok_or_else(Error::serialization)
}

fn page(operation: Operation, members: &Members) -> Result<Paging, Error> {
    Ok(Paging::of(operation.info().name, &[], members, &paging::FSX)?)
}

fn ids<T>(ids: Option<Vec<String>>) -> Result<Vec<T>, Error>
where
    T: std::str::FromStr,
    Error: From<T::Err>,
{
    let ids = ids.unwrap_or_default();
    let parsed: Result<Vec<T>, T::Err> = ids.iter().map(|id| id.parse::<T>()).collect();
    Ok(parsed?)
}

/// The client's token, with a digest of each member that was sent beside it. Passwords have no
/// part in it: not even a digest of one is kept.
fn token(operation: Operation, members: &Members, realm: &Realm) -> Option<TokenUse> {
    let info = operation.info();
    let token = members.get(TOKEN)?.as_str()?.to_owned();
    let name: InRealm<TokenName> = realm.with(TokenName { operation: info.name.to_owned(), token });
    let digests = info.members.iter().filter(|member| member.name != TOKEN).filter_map(|member| {
        let sent = fitting(member.shape, members.get(member.name)?)?;
        let digest = Sha256::digest(sent.to_string().as_bytes());
        Some((member.name.to_owned(), hex::encode(digest)))
    });
    let asked: BTreeMap<String, String> = digests.collect();
    Some(TokenUse { name, asked })
}

fn tags(tags: Option<Vec<Tag>>) -> Result<Tags, Error> {
    let mut found = Tags::new();
    for tag in tags.unwrap_or_default() {
        let (key, value) = (required(tag.key)?, required(tag.value)?);
        if found.insert(key, value).is_some() {
            return Err(Error::bad_request("Tags must not have the same key twice"));
        }
    }
    Ok(found)
}

/// What tags are asked of. Whether it is there is not known yet.
fn tagged(arn: Option<String>) -> Result<ResourceArn, Error> {
    let arn: ResourceArn = required(arn)?.parse()?;
    if arn.service() != "fsx" {
        return Err(Error::not_service_resource(arn.as_str()));
    }
    let kinds = ["file-system/", "volume/", "backup/"];
    if !kinds.iter().any(|kind| arn.resource().starts_with(kind)) {
        return Err(Error::does_not_support_tagging(arn.as_str()));
    }
    Ok(arn)
}

fn create_backup(input: CreateBackupRequest) -> Result<Call, Error> {
    let of = match (input.file_system_id, input.volume_id) {
        (Some(id), None) => BackedUp::FileSystem(id.parse()?),
        (None, Some(id)) => BackedUp::Volume(id.parse()?),
        (None, None) | (Some(_), Some(_)) => {
            let message = "either FileSystemId or VolumeId must be given, and not both";
            return Err(Error::bad_request(message));
        }
    };
    Ok(Call::CreateBackup { of, tags: tags(input.tags)? })
}

fn copy_backup(input: CopyBackupRequest, realm: &Realm) -> Result<Call, Error> {
    if input.kms_key_id.is_some() {
        return Err(Error::invalid_destination_key());
    }
    let from = match input.source_region {
        None => realm.clone(),
        Some(region) if region == realm.region => realm.clone(),
        Some(region) if is_region(&region) => Realm::new(region, realm.account.clone()),
        Some(region) => return Err(Error::invalid_region(&region)),
    };
    Ok(Call::CopyBackup(FsxCopyOrder {
        original: from.with(required(input.source_backup_id)?.parse()?),
        copy_tags: input.copy_tags.unwrap_or(false),
        tags: tags(input.tags)?,
    }))
}

#[cfg(test)]
mod tests;
