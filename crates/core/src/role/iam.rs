//! Roles that are made here, with the calls of IAM.

mod tags;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::{Kind, MalformedPolicy, Policy};
use crate::user::{is_iam_name, random_id};
use crate::{ResourceArn, Role, RoleArn, RoleStatus, Tags};

pub use tags::{check_role_tag_keys, check_role_tags};

/// The longest policy that says who may assume a role, in bytes, as IAM has it.
const TRUST_BYTES_MAX: usize = 2048;
/// The most that the policies in one role may have together, in bytes, as IAM has it.
const INLINE_BYTES_MAX: usize = 10_240;
/// The most bytes with white space, which IAM does not count: so many times more.
const WHITE_FACTOR: usize = 4;
/// The most policies in one role. IAM counts their bytes alone.
const INLINE_MAX: usize = 100;
/// The most managed policies of one role, as IAM has it.
const ATTACHED_MAX: usize = 10;

/// Where the roles are that belong to services of AWS.
pub(super) const LINKED: &str = "/aws-service-role/";
/// How the ARNs of managed policies begin that those roles alone have.
const LINKED_POLICIES: &str = "arn:aws:iam::aws:policy/aws-service-role/";
/// What the one of AWS Backup may do.
pub(super) const LINKED_POLICY: &str =
    "arn:aws:iam::aws:policy/aws-service-role/AWSBackupServiceLinkedRolePolicyForBackup";

/// A role as IAM keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IamRole {
    /// Its ARN, which holds path and name.
    pub arn: RoleArn,
    /// Unique among all roles that there were, such as `AROA…`.
    pub id: String,
    /// `/`, or what stands between slashes before the name.
    pub path: String,
    /// Unique in the account, whatever the path, and in whichever case.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How long a session may last.
    pub session_seconds: u32,
    /// The policy that says who may assume it.
    pub trust: String,
    /// The policies in it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, String>,
    /// The ARNs of the managed policies that are attached.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<String>,
    /// Its tags. No two keys differ in case alone.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// What a role that is made here is found by: its account, and its name in lower case. Both
/// together are unique, whatever the path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// Of the role of this name, in whichever case.
    pub fn new(account: &str, name: &str) -> Self {
        Self(format!("{account}/{}", name.to_ascii_lowercase()))
    }

    /// Of the role that an ARN names, if it names one.
    pub fn of(arn: &RoleArn) -> Option<Self> {
        let role = arn.resource().strip_prefix("role/").filter(|_| arn.is_role())?;
        Some(Self::new(arn.account(), role.rsplit('/').next().unwrap_or(role)))
    }

    /// As text. Texts of different names differ.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Somebody wants a role.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the parameters of CreateRole")]
pub struct RoleOrder {
    pub path: String,
    pub name: String,
    pub trust: String,
    pub description: Option<String>,
    pub session_seconds: u32,
    pub tags: Tags,
}

impl RoleOrder {
    /// Refuses the place of roles that belong to services.
    pub fn check_own(&self) -> Result<(), IamRefusal> {
        let form = "another one than that of the roles of services";
        let invalid = IamRefusal::Invalid { parameter: "path", form };
        if self.path.starts_with(LINKED) { Err(invalid) } else { Ok(()) }
    }

    /// The ARN of such a role in an account.
    pub fn arn(&self, account: &str) -> Result<RoleArn, IamRefusal> {
        check_role_name(&self.name)?;
        check_path(&self.path)?;
        let arn = format!("arn:aws:iam::{account}:role{}{}", self.path, self.name);
        let form = "one of which an ARN can be made";
        arn.parse().map_err(|_| IamRefusal::Invalid { parameter: "roleName", form })
    }
}

/// Why IAM does not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IamRefusal {
    /// There is a role of this name.
    #[error("Role with name {name} already exists.")]
    RoleExists {
        /// The name.
        name: String,
    },
    /// There is the role of that service.
    #[error(
        "Service role name {name} has been taken in this account, please try a different suffix."
    )]
    LinkedExists {
        /// The name.
        name: String,
    },
    /// There is no role of this name.
    #[error("The role with name {name} cannot be found.")]
    NoRole {
        /// The name.
        name: String,
    },
    /// There is no policy of this name in the role.
    #[error("The role policy with name {policy} cannot be found.")]
    NoPolicy {
        /// The name.
        policy: String,
    },
    /// There is no managed policy of this ARN.
    #[error("Policy {arn} does not exist or is not attachable.")]
    NoManaged {
        /// The ARN.
        arn: String,
    },
    /// The policy is not attached.
    #[error("Policy {arn} was not found.")]
    NotAttached {
        /// The ARN of the policy.
        arn: String,
    },
    /// The role belongs to a service.
    #[error(
        "Cannot perform the operation on the protected role '{name}' - this role is only \
         modifiable by AWS"
    )]
    Protected {
        /// Its name.
        name: String,
    },
    /// There is no role of this name that belongs to a service.
    #[error("The service-linked role with name {name} cannot be found.")]
    NotLinked {
        /// The name.
        name: String,
    },
    /// There is no such task that deletes a role, or none any more.
    #[error("The deletion task {task} cannot be found.")]
    NoTask {
        /// Its name.
        task: String,
    },
    /// A text is no name of such a task.
    #[error("DeletionTaskId must be one that DeleteServiceLinkedRole has answered with")]
    NoTaskName,
    /// The role has policies still.
    #[error("Cannot delete entity, must {0} first.")]
    InUse(&'static str),
    /// A policy cannot be understood.
    #[error("{0}")]
    Malformed(#[from] MalformedPolicy),
    /// Something would be too long, or too many.
    #[error("Cannot exceed quota for {what}: {most}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How much there may be.
        most: usize,
    },
    /// A request names the key of a tag twice.
    #[error(
        "The tag key {key} is given twice. The keys of tags are the same in upper and lower case"
    )]
    TagTwice {
        /// The key.
        key: String,
    },
    /// Nobody gives tags of such a key.
    #[error("The tag key {key} is not allowed: keys that begin with aws: are reserved")]
    ReservedTag {
        /// The key.
        key: String,
    },
    /// A parameter is not acceptable.
    #[error("The specified value for {parameter} is invalid. It must be {form}")]
    Invalid {
        /// The parameter.
        parameter: &'static str,
        /// What it must be.
        form: &'static str,
    },
}

/// Refuses what is no name of a role.
pub fn check_role_name(name: &str) -> Result<(), IamRefusal> {
    let form = "1 to 64 letters, digits and +=,.@_-";
    is_iam_name(name, 64).then_some(()).ok_or(IamRefusal::Invalid { parameter: "roleName", form })
}

/// Refuses what is no name of a policy.
fn check_policy_name(name: &str) -> Result<(), IamRefusal> {
    let form = "1 to 128 letters, digits and +=,.@_-";
    is_iam_name(name, 128)
        .then_some(())
        .ok_or(IamRefusal::Invalid { parameter: "policyName", form })
}

/// Refuses what is no path: a slash, or texts with slashes around.
pub(super) fn check_path(path: &str) -> Result<(), IamRefusal> {
    let printed = path.bytes().all(|it| (0x21..=0x7e).contains(&it));
    // A colon stays out of it: an ARN is told apart by colons.
    let fits = path.len() <= 512 && printed && !path.contains("//") && !path.contains(':');
    let form = "/, or begin and end with / and have 512 characters at most";
    (fits && path.starts_with('/') && path.ends_with('/'))
        .then_some(())
        .ok_or(IamRefusal::Invalid { parameter: "path", form })
}

/// Whose managed policy this is: `aws`, or an account.
fn owner_of_policy(arn: &str) -> Result<String, IamRefusal> {
    let is_policy = |it: &ResourceArn| {
        it.service() == "iam" && it.region().is_empty() && it.resource().starts_with("policy/")
    };
    let policy: Option<ResourceArn> = arn.parse().ok().filter(is_policy);
    let form = "the ARN of a policy, such as arn:aws:iam::aws:policy/AdministratorAccess";
    let invalid = IamRefusal::Invalid { parameter: "policyArn", form };
    policy.map(|it| it.account().to_owned()).ok_or(invalid)
}

/// Makes a role of `account`, unless `before` has its name.
pub fn decide_create_role(
    order: RoleOrder,
    account: &str,
    before: Option<&IamRole>,
    now: Timestamp,
    random: [u8; 16],
) -> Result<IamRole, IamRefusal> {
    let arn = order.arn(account)?;
    let RoleOrder { path, name, trust, description, session_seconds, tags } = order;
    description.as_deref().map_or(Ok(()), check_description)?;
    check_session(session_seconds)?;
    let tags = check_role_tags(tags.into_iter().collect())?;
    check_trust(&trust)?;
    if before.is_some() {
        let is_linked = path.starts_with(LINKED);
        return Err(if is_linked {
            IamRefusal::LinkedExists { name }
        } else {
            IamRefusal::RoleExists { name }
        });
    }
    let (id, inline, mut attached) =
        (random_id("AROA", 17, random), BTreeMap::new(), BTreeSet::new());
    if path.starts_with(LINKED) {
        attached.insert(LINKED_POLICY.to_owned());
    }
    let created = now;
    Ok(IamRole {
        arn,
        id,
        path,
        name,
        created,
        description,
        session_seconds,
        trust,
        inline,
        attached,
        tags,
    })
}

fn check_description(description: &str) -> Result<(), IamRefusal> {
    if description.chars().count() > 1000 {
        let form = "1000 characters at most";
        return Err(IamRefusal::Invalid { parameter: "description", form });
    }
    if !description.chars().all(is_of_description) {
        let form = "of printed letters of Latin-1, tabs and line ends";
        return Err(IamRefusal::Invalid { parameter: "description", form });
    }
    Ok(())
}

fn check_session(seconds: u32) -> Result<(), IamRefusal> {
    let form = "3600 to 43200 seconds";
    let invalid = IamRefusal::Invalid { parameter: "maxSessionDuration", form };
    if (3600..=43_200).contains(&seconds) { Ok(()) } else { Err(invalid) }
}

fn is_of_description(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}')
}

/// Whether these are too long for what IAM allows, which counts no white space.
fn are_too_long<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> bool {
    let (mut whole, mut counted) = (0, 0);
    for text in texts {
        whole += text.len();
        counted += text.bytes().filter(|it| !it.is_ascii_whitespace()).count();
    }
    counted > most || whole > WHITE_FACTOR * most
}

fn check_trust(trust: &str) -> Result<(), IamRefusal> {
    if are_too_long(std::iter::once(trust), TRUST_BYTES_MAX) {
        let what = "ACLSizePerRole";
        return Err(IamRefusal::Limit { what, most: TRUST_BYTES_MAX });
    }
    Policy::parse(trust, Kind::Trust)?;
    Ok(())
}

impl IamRole {
    /// What it is found by.
    pub fn key(&self) -> RoleName {
        RoleName::new(self.arn.account(), &self.name)
    }

    /// Refuses to change a role that belongs to a service.
    fn check_own(&self) -> Result<(), IamRefusal> {
        if self.path.starts_with(LINKED) {
            return Err(IamRefusal::Protected { name: self.name.clone() });
        }
        Ok(())
    }

    /// The role with another policy that says who may assume it.
    pub fn decide_trust(&self, trust: &str) -> Result<Self, IamRefusal> {
        self.check_own()?;
        check_trust(trust)?;
        Ok(Self { trust: trust.to_owned(), ..self.clone() })
    }

    /// The role with another description, and with sessions of another length. What is not given
    /// stays. A role that belongs to a service may be described in other words, and no more.
    pub fn decide_update(
        &self,
        description: Option<&str>,
        session_seconds: Option<u32>,
    ) -> Result<Self, IamRefusal> {
        let mut role = self.clone();
        if let Some(description) = description {
            check_description(description)?;
            role.description = Some(description.to_owned());
        }
        if let Some(seconds) = session_seconds {
            self.check_own()?;
            check_session(seconds)?;
            role.session_seconds = seconds;
        }
        Ok(role)
    }

    /// The role with this policy put in, in place of one of the same name.
    pub fn decide_put(&self, policy: &str, document: &str) -> Result<Self, IamRefusal> {
        self.check_own()?;
        check_policy_name(policy)?;
        let mut role = self.clone();
        role.inline.insert(policy.to_owned(), document.to_owned());
        if are_too_long(role.inline.values().map(String::as_str), INLINE_BYTES_MAX) {
            let what = "the size of the policies in a role";
            return Err(IamRefusal::Limit { what, most: INLINE_BYTES_MAX });
        }
        if role.inline.len() > INLINE_MAX {
            return Err(IamRefusal::Limit { what: "policies in a role", most: INLINE_MAX });
        }
        Policy::parse(document, Kind::Identity)?;
        Ok(role)
    }

    /// The policy of this name.
    pub fn policy(&self, policy: &str) -> Result<&str, IamRefusal> {
        check_policy_name(policy)?;
        let found = self.inline.get(policy).map(String::as_str);
        found.ok_or_else(|| IamRefusal::NoPolicy { policy: policy.to_owned() })
    }

    /// The role without the policy of this name.
    pub fn decide_remove(&self, policy: &str) -> Result<Self, IamRefusal> {
        self.check_own()?;
        self.policy(policy)?;
        let mut role = self.clone();
        role.inline.remove(policy);
        Ok(role)
    }

    /// The role with a managed policy attached, which it may be already.
    pub fn decide_attach(&self, arn: &str) -> Result<Self, IamRefusal> {
        self.check_own()?;
        // No policy of an account is kept here, and one that is not known may deny anything.
        if owner_of_policy(arn)? != "aws" || arn.starts_with(LINKED_POLICIES) {
            return Err(IamRefusal::NoManaged { arn: arn.to_owned() });
        }
        let mut role = self.clone();
        role.attached.insert(arn.to_owned());
        if role.attached.len() > ATTACHED_MAX {
            return Err(IamRefusal::Limit { what: "PoliciesPerRole", most: ATTACHED_MAX });
        }
        Ok(role)
    }

    /// The role without a managed policy that was attached.
    pub fn decide_detach(&self, arn: &str) -> Result<Self, IamRefusal> {
        self.check_own()?;
        owner_of_policy(arn)?;
        let mut role = self.clone();
        if !role.attached.remove(arn) {
            return Err(IamRefusal::NotAttached { arn: arn.to_owned() });
        }
        Ok(role)
    }

    /// What is left of it when it is deleted: nobody takes it on any more. A role that has
    /// policies, and one that belongs to a service, stay.
    pub fn decide_delete(&self) -> Result<Role, IamRefusal> {
        self.check_own()?;
        if !self.attached.is_empty() {
            return Err(IamRefusal::InUse("detach all policies"));
        }
        if !self.inline.is_empty() {
            return Err(IamRefusal::InUse("delete policies"));
        }
        Ok(Role::told(self.arn.clone(), RoleStatus::Missing))
    }
}

#[cfg(test)]
mod tests;
