//! Taking on a role: who may, and what comes of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::IamRole;
use crate::policy::{Identity, Kind, MalformedPolicy, Policy, Request, Ruling};
use crate::rights::identity;
use crate::user::is_iam_name;
use crate::{Asking, Principal, Rights, RoleArn};

/// How long a session lasts if nothing else is asked for, in seconds.
const SECONDS: u32 = 3600;
/// The shortest session, in seconds.
const SECONDS_MIN: u32 = 900;
/// The longest session of a role that a session took on, in seconds.
const CHAINED_SECONDS_MAX: u32 = 3600;
/// The longest policy of a session, in bytes.
const POLICY_BYTES_MAX: usize = 2048;

/// Somebody wants to take on a role.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the parameters of AssumeRole")]
pub struct AssumeOrder {
    pub role: RoleArn,
    pub session: String,
    pub seconds: Option<u32>,
    pub policy: Option<String>,
    pub external_id: Option<String>,
}

/// A role that was taken on, until an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The role.
    pub role: RoleArn,
    /// Its id: another role of the same name is another role.
    pub role_id: String,
    /// What whoever took it on calls it.
    pub name: String,
    /// When it ends.
    pub until: Timestamp,
    /// What it may do at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// Why a role is not taken on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssumeRefusal {
    /// The root identity asked.
    #[error("Roles may not be assumed by root accounts.")]
    Root,
    /// A policy says no, or none says yes, or there is no such role.
    #[error("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", by.0)]
    Denied {
        /// Who asked.
        by: Principal,
        /// The role.
        role: RoleArn,
    },
    /// It would last longer than the role allows.
    #[error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")]
    TooLong,
    /// It would last longer than a session of a session may.
    #[error(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role \
         chaining"
    )]
    TooLongChained,
    /// A parameter is not acceptable.
    #[error("The specified value for {parameter} is invalid. It must be {form}")]
    Invalid {
        /// The parameter.
        parameter: &'static str,
        /// What it must be.
        form: &'static str,
    },
    /// The policy of the session cannot be understood.
    #[error("{0}")]
    Malformed(#[from] MalformedPolicy),
}

impl Session {
    /// Who acts in it.
    pub fn principal(&self) -> Principal {
        let (role, partition) = (self.role.as_str(), self.role.partition());
        let name = role.rsplit('/').next().unwrap_or_default();
        let account = self.role.account();
        let session = &self.name;
        Principal(format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"))
    }

    /// What it may do with the role as it is now. Nothing if that is gone, or if the policy of the
    /// session cannot be read: then nobody else may allow it anything either.
    pub fn rights(&self, role: Option<&IamRole>) -> Option<Rights> {
        let role = role.filter(|role| role.id == self.role_id)?;
        let rights = Rights::of(&role.inline, &role.attached).tagged(role.tags.clone());
        match &self.policy {
            None => Some(rights),
            Some(policy) => rights.within(policy).ok(),
        }
    }
}

/// Lets whoever asks take on a role, as it is now.
///
/// A role of their own account lets them by its trust policy alone if that names them. If it names
/// their account, or is in another one, a policy of theirs has to allow it too. The session begins
/// at `begins`, by the clock by which requests are signed.
pub fn decide_assume(
    order: AssumeOrder,
    role: Option<&IamRole>,
    asking: &Asking<'_>,
    rights: &Rights,
    begins: Timestamp,
) -> Result<Session, AssumeRefusal> {
    check(&order)?;
    let denied = || AssumeRefusal::Denied { by: asking.by.clone(), role: order.role.clone() };
    let by = identity(asking.by, asking.role).ok_or_else(denied)?;
    if by.is_root() {
        return Err(AssumeRefusal::Root);
    }
    let role = role.filter(|role| role.arn == order.role).ok_or_else(denied)?;
    let of_role = &Asking { tags: Some(&role.tags), ..*asking };
    if !is_let(&by, role, &order, of_role, rights) {
        return Err(denied());
    }
    let seconds = order.seconds.unwrap_or(SECONDS);
    if seconds > role.session_seconds {
        return Err(AssumeRefusal::TooLong);
    }
    if asking.role.is_some() && seconds > CHAINED_SECONDS_MAX {
        return Err(AssumeRefusal::TooLongChained);
    }
    let length = SignedDuration::from_secs(i64::from(seconds));
    let until = begins.checked_add(length).unwrap_or(Timestamp::MAX);
    let AssumeOrder { role: arn, session: name, policy, .. } = order;
    Ok(Session { role: arn, role_id: role.id.clone(), name, until, policy })
}

fn check(order: &AssumeOrder) -> Result<(), AssumeRefusal> {
    let invalid = |parameter, form| Err(AssumeRefusal::Invalid { parameter, form });
    if order.session.len() < 2 || !is_iam_name(&order.session, 64) {
        return invalid("roleSessionName", "2 to 64 letters, digits and +=,.@_-");
    }
    if order.seconds.is_some_and(|it| !(SECONDS_MIN..=43_200).contains(&it)) {
        return invalid("durationSeconds", "900 to 43200");
    }
    let external = order.external_id.as_ref();
    let fits = |it: char| it.is_ascii_alphanumeric() || "_+=,.@:/-".contains(it);
    let is_external = |it: &String| (2..=1224).contains(&it.len()) && it.chars().all(fits);
    if external.is_some_and(|it| !is_external(it)) {
        return invalid("externalId", "2 to 1224 letters, digits and +=,.@:/_-");
    }
    let Some(policy) = &order.policy else { return Ok(()) };
    if policy.len() > POLICY_BYTES_MAX {
        return invalid("policy", "2048 bytes at most");
    }
    Policy::parse(policy, Kind::Identity)?;
    Ok(())
}

fn is_let(
    by: &Identity,
    role: &IamRole,
    order: &AssumeOrder,
    asking: &Asking<'_>,
    rights: &Rights,
) -> bool {
    let Ok(trust) = Policy::parse(&role.trust, Kind::Trust) else { return false };
    let known = asking.context(by, rights).with("sts:RoleSessionName", order.session.as_str());
    let context = &match &order.external_id {
        Some(id) => known.with("sts:ExternalId", id.as_str()),
        None => known.without("sts:ExternalId"),
    };
    let request = Request { by, action: asking.action, resource: asking.resource, context };
    let Ok(own) = rights.allow(&request) else { return false };
    match trust.rule(&request) {
        Ruling::Denies => false,
        Ruling::Allows => own || by.is_in_account(role.arn.account()),
        Ruling::Silent => {
            let account = &by.root_of_account();
            own && trust.rule(&Request { by: account, ..request }) == Ruling::Allows
        }
    }
}
