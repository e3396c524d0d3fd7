//! Answers of IAM. Policies stand in them percent-encoded, as IAM has it.

use std::fmt::Write;

use sexton_core::{IamRole, Removal, RemovalName, RoleUse};

use super::NAMESPACE;
use crate::aws::{Reply, percent, query};
use crate::xml::escape;

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Listed<'a, T> {
    /// What is on it.
    pub items: &'a [T],
    /// The name of the last item, if more follow.
    pub marker: Option<&'a str>,
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// An element with others in it.
fn element_of(name: &str, xml: &str) -> String {
    format!("<{name}>{xml}</{name}>")
}

fn answer(action: &str, result: &str, request_id: &str) -> Reply {
    query::answer(NAMESPACE, action, result, request_id)
}

/// The answer to a call that tells nothing but that it is done.
pub fn done(action: &str, request_id: &str) -> Reply {
    query::done(NAMESPACE, action, request_id)
}

/// The answer to a call whose result has no members.
pub fn empty(action: &str, request_id: &str) -> Reply {
    answer(action, "", request_id)
}

/// The answer that there are no instance profiles with a role: there are none at all.
pub fn no_profiles(request_id: &str) -> Reply {
    let result = "<InstanceProfiles/><IsTruncated>false</IsTruncated>";
    answer("ListInstanceProfilesForRole", result, request_id)
}

/// The answer to `DeleteServiceLinkedRole`.
pub fn deletion_task(task: &RemovalName, request_id: &str) -> Reply {
    answer("DeleteServiceLinkedRole", &element("DeletionTaskId", &task.to_string()), request_id)
}

/// The answer to `GetServiceLinkedRoleDeletionStatus`.
pub fn deletion_status(removal: &Removal, request_id: &str) -> Reply {
    let result = match &removal.kept_by {
        None => element("Status", "SUCCEEDED"),
        Some(used) => element("Status", "FAILED") + &element_of("Reason", &reason(used)),
    };
    answer("GetServiceLinkedRoleDeletionStatus", &result, request_id)
}

fn reason(used: &RoleUse) -> String {
    let words = format!("The role is in use: {used}. Delete the role again when it has.");
    let resources = element_of("Resources", &element("member", &used.point));
    let usage = element_of("member", &(element("Region", &used.region) + &resources));
    element("Reason", &words) + &element_of("RoleUsageList", &usage)
}

fn members(role: &IamRole) -> String {
    let created = role.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (trust, session) = (percent::encode(&role.trust), role.session_seconds.to_string());
    let mut xml = [
        ("Path", role.path.as_str()),
        ("RoleName", role.name.as_str()),
        ("RoleId", role.id.as_str()),
        ("Arn", role.arn.as_str()),
        ("CreateDate", created.as_str()),
        ("AssumeRolePolicyDocument", trust.as_str()),
        ("MaxSessionDuration", session.as_str()),
    ]
    .map(|(name, text)| element(name, text))
    .concat();
    if let Some(description) = &role.description {
        xml.push_str(&element("Description", description));
    }
    xml
}

/// The answer that shows one role, with its tags.
pub fn role(action: &str, role: &IamRole, request_id: &str) -> Reply {
    let tags: String = role.tags.iter().map(tag).map(|tag| element_of("member", &tag)).collect();
    let tags = if tags.is_empty() { tags } else { element_of("Tags", &tags) };
    answer(action, &element_of("Role", &(members(role) + &tags)), request_id)
}

fn tag((key, value): (&String, &String)) -> String {
    element("Key", key) + &element("Value", value)
}

/// The answer to `ListRoleTags`: of keys and values.
pub fn tags(listed: &Listed<'_, (String, String)>, request_id: &str) -> Reply {
    let result = list("Tags", listed, |(key, value)| tag((key, value)));
    answer("ListRoleTags", &result, request_id)
}

/// The answer that shows one policy in a role.
pub fn policy(role: &str, policy: &str, document: &str, request_id: &str) -> Reply {
    let result = [
        element("RoleName", role),
        element("PolicyName", policy),
        element("PolicyDocument", &percent::encode(document)),
    ];
    answer("GetRolePolicy", &result.concat(), request_id)
}

fn list<T>(name: &str, listed: &Listed<'_, T>, member: impl Fn(&T) -> String) -> String {
    let mut xml = format!("<{name}>");
    for item in listed.items {
        write!(xml, "<member>{}</member>", member(item)).expect("a String takes everything");
    }
    write!(xml, "</{name}><IsTruncated>{}</IsTruncated>", listed.marker.is_some())
        .expect("a String takes everything");
    if let Some(marker) = listed.marker {
        xml.push_str(&element("Marker", marker));
    }
    xml
}

/// The answer to `ListRoles`.
pub fn roles(listed: &Listed<'_, IamRole>, request_id: &str) -> Reply {
    answer("ListRoles", &list("Roles", listed, members), request_id)
}

/// The answer to `ListRolePolicies`.
pub fn names(listed: &Listed<'_, String>, request_id: &str) -> Reply {
    let result = list("PolicyNames", listed, |name| escape(name));
    answer("ListRolePolicies", &result, request_id)
}

/// The answer to `ListAttachedRolePolicies`: of ARNs, whose last part is the name.
pub fn policies(listed: &Listed<'_, String>, request_id: &str) -> Reply {
    let member = |arn: &String| {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        element("PolicyName", name) + &element("PolicyArn", arn)
    };
    let result = list("AttachedPolicies", listed, member);
    answer("ListAttachedRolePolicies", &result, request_id)
}
