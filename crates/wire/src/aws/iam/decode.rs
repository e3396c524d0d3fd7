//! Calls of IAM as they come.

use http::request::Parts;
use sexton_core::{RoleOrder, Tags, check_role_tag_keys, check_role_tags};

use super::{Call, Error, ITEMS_MAX, Page, RoleChange};
use crate::aws::query::{Invalid, Parameters};

/// Items on a page if nothing else is asked for.
const ITEMS: usize = 100;

/// How long a session of a role lasts if nothing else is asked for.
const SESSION_SECONDS: u32 = 3600;

/// Understands a request, sent as a form or as a query.
pub fn decode(parts: &Parts, body: &[u8]) -> Result<Call, Error> {
    let given = &Parameters::of(parts, body)?;
    let Some(action) = given.find("Action") else {
        let message = "The request must contain the parameter Action".to_owned();
        return Err(Error::new(400, "MissingAction", message));
    };
    let role = || given.need("RoleName");
    match &*action {
        "CreateRole" => create_role(given),
        "GetRole" => Ok(Call::GetRole { role: role()? }),
        "ListRoles" => Ok(Call::ListRoles { path_prefix: path_prefix(given)?, page: page(given)? }),
        "GetRolePolicy" => {
            Ok(Call::GetRolePolicy { role: role()?, policy: given.need("PolicyName")? })
        }
        "ListRolePolicies" => Ok(Call::ListRolePolicies { role: role()?, page: page(given)? }),
        "ListAttachedRolePolicies" => {
            let (path_prefix, page) = (path_prefix(given)?, page(given)?);
            Ok(Call::ListAttachedRolePolicies { role: role()?, path_prefix, page })
        }
        "ListRoleTags" => Ok(Call::ListRoleTags { role: role()?, page: page(given)? }),
        "CreateServiceLinkedRole" => {
            given.refuse(&["CustomSuffix", "Tags"])?;
            let service = given.need("AWSServiceName")?;
            Ok(Call::CreateServiceLinkedRole { service, description: given.text("Description") })
        }
        "DeleteServiceLinkedRole" => Ok(Call::DeleteServiceLinkedRole { role: role()? }),
        "GetServiceLinkedRoleDeletionStatus" => {
            let task = given.need("DeletionTaskId")?.parse()?;
            Ok(Call::GetServiceLinkedRoleDeletionStatus { task })
        }
        "ListInstanceProfilesForRole" => {
            page(given)?;
            Ok(Call::ListInstanceProfilesForRole { role: role()? })
        }
        other => match change(other, given)? {
            Some(change) => Ok(Call::Change { role: role()?, change }),
            None => Err(Error::unserved(other)),
        },
    }
}

/// What is to be changed of a role; nothing if that is no such call.
fn change(action: &str, given: &Parameters<'_>) -> Result<Option<RoleChange>, Error> {
    Ok(Some(match action {
        "DeleteRole" => RoleChange::DeleteRole,
        "PutRolePolicy" => {
            let (policy, document) = (given.need("PolicyName")?, given.need("PolicyDocument")?);
            RoleChange::PutRolePolicy { policy, document }
        }
        "DeleteRolePolicy" => RoleChange::DeleteRolePolicy { policy: given.need("PolicyName")? },
        "AttachRolePolicy" => RoleChange::AttachRolePolicy { arn: given.need("PolicyArn")? },
        "DetachRolePolicy" => RoleChange::DetachRolePolicy { arn: given.need("PolicyArn")? },
        "UpdateAssumeRolePolicy" => {
            RoleChange::UpdateAssumeRolePolicy { trust: given.need("PolicyDocument")? }
        }
        "TagRole" => {
            let tags = tags(given)?.ok_or(Invalid::Missing { name: "Tags".to_owned() })?;
            RoleChange::TagRole { tags }
        }
        "UntagRole" => RoleChange::UntagRole { keys: tag_keys(given)? },
        "UpdateRole" => RoleChange::UpdateRole {
            description: given.text("Description"),
            session_seconds: given.number("MaxSessionDuration")?,
        },
        "UpdateRoleDescription" => {
            let missing = || Invalid::Missing { name: "Description".to_owned() };
            let description = given.text("Description").ok_or_else(missing)?;
            RoleChange::UpdateRoleDescription { description }
        }
        _ => return Ok(None),
    }))
}

/// The tags that are given, if the parameter is: a list may be empty.
fn tags(given: &Parameters<'_>) -> Result<Option<Tags>, Error> {
    let Some(members) = given.list("Tags", ["Key", "Value"])? else { return Ok(None) };
    let pairs = members.into_iter().map(|[key, value]| (key, value)).collect();
    Ok(Some(check_role_tags(pairs)?))
}

fn tag_keys(given: &Parameters<'_>) -> Result<Vec<String>, Error> {
    let members = given.list("TagKeys", [""])?;
    let members = members.ok_or(Invalid::Missing { name: "TagKeys".to_owned() })?;
    let keys: Vec<String> = members.into_iter().flatten().collect();
    check_role_tag_keys(&keys)?;
    Ok(keys)
}

fn page(given: &Parameters<'_>) -> Result<Page, Error> {
    let asked = given.number("MaxItems")?.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    let items_max = asked.unwrap_or(ITEMS);
    if !(1..=ITEMS_MAX).contains(&items_max) {
        return Err(Error::validation(format!("MaxItems must be 1 to {ITEMS_MAX}")));
    }
    let after = given.text("Marker");
    if after.as_ref().is_some_and(|it| it.is_empty() || it.len() > 2048) {
        return Err(Error::validation("Marker is not one that was returned".to_owned()));
    }
    Ok(Page { after, items_max })
}

fn path_prefix(given: &Parameters<'_>) -> Result<String, Error> {
    let prefix = given.text("PathPrefix").unwrap_or_else(|| "/".to_owned());
    if !prefix.starts_with('/') || prefix.len() > 512 {
        return Err(Error::validation("PathPrefix must begin with /".to_owned()));
    }
    Ok(prefix)
}

fn create_role(given: &Parameters<'_>) -> Result<Call, Error> {
    // A boundary takes away what the policies allow: without it a role would do too much.
    given.refuse(&["PermissionsBoundary"])?;
    Ok(Call::CreateRole(RoleOrder {
        path: given.text("Path").unwrap_or_else(|| "/".to_owned()),
        name: given.need("RoleName")?,
        trust: given.need("AssumeRolePolicyDocument")?,
        description: given.text("Description"),
        session_seconds: given.number("MaxSessionDuration")?.unwrap_or(SESSION_SECONDS),
        tags: tags(given)?.unwrap_or_default(),
    }))
}
