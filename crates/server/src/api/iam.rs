//! IAM: roles that are made here. They belong to the account, whatever the region.

mod change;

use jiff::Timestamp;
use sexton_core::{
    Denied, IamRefusal, IamRole, Role, RoleName, RoleOrder, Stated, Tags, chain, check_role_name,
};
use sexton_store::{Cursor, Follow, PAGE_ITEMS_MAX, StoreError, Subject};
use sexton_wire::aws::Reply;
use sexton_wire::aws::iam::{self, Call, Error, Listed, Page};

use crate::auth::Caller;
use crate::authorize::Want;
use crate::behalf::{self, Failed, note_stated};
use crate::error::OpsError;
use crate::ops::roles::RoleCall;
use crate::service::Service;
use change::{Answered, answered, changed, policy_of, tags_in};

/// Who may have a role that belongs to a service.
const BACKUP: &str = "backup.amazonaws.com";

/// Why a call does not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// IAM says no.
    Refused(IamRefusal),
    /// No such service has a role of its own here.
    NoService(String),
    /// The server could not.
    Ops(OpsError),
}

impl From<IamRefusal> for Failure {
    fn from(refusal: IamRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<OpsError> for Failure {
    fn from(error: OpsError) -> Self {
        if let OpsError::Role(refusal) = error {
            return Self::Refused(refusal);
        }
        Self::Ops(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Ops(OpsError::Store(error))
    }
}

impl Failure {
    /// What the caller is told, and what the log is told beside.
    pub(crate) fn failed(self) -> Failed<Error> {
        let (error, cause) = match self {
            Self::Refused(refusal) => (refusal.into(), None),
            Self::NoService(name) => (Error::no_service(&name), None),
            Self::Ops(error @ OpsError::Contended) => (Error::unavailable(), Some(chain(&error))),
            Self::Ops(OpsError::Denied(denied)) => (Error::denied(&denied), None),
            Self::Ops(error) => (Error::internal(), Some(chain(&error))),
        };
        Failed::new(error, cause)
    }
}

/// Answers one call.
pub(crate) async fn answer(
    service: &Service,
    call: Call,
    caller: &Caller,
    id: &str,
    now: Timestamp,
) -> Result<Reply, Failure> {
    authorize(service, &call, caller, now).await?;
    let (account, action) = (&*caller.realm.account, call.name());
    let of = |policy| RoleCall { call: action, policy, by: &caller.by, now };
    let find = |name: String| async move { service.role_named(account, &name).await };
    let reply = match call {
        Call::CreateRole(order) => {
            order.check_own()?;
            iam::role(action, &service.create_role(account, &order, of(None)).await?, id)
        }
        Call::CreateServiceLinkedRole { service: whose, description } => {
            let order = linked(whose, description)?;
            iam::role(action, &service.create_role(account, &order, of(None)).await?, id)
        }
        Call::GetRole { role } => iam::role(action, &find(role).await?, id),
        Call::ListRoles { path_prefix, page } => {
            let (items, marker) = list(service, account, &path_prefix, &page).await?;
            iam::roles(&Listed { items: &items, marker: marker.as_deref() }, id)
        }
        Call::GetRolePolicy { role, policy } => {
            let found = find(role).await?;
            iam::policy(&found.name, &policy, found.policy(&policy)?, id)
        }
        Call::ListRolePolicies { role, page } => {
            let all: Vec<String> = find(role).await?.inline.into_keys().collect();
            iam::names(&listed(&all, &page, |name| name), id)
        }
        Call::ListAttachedRolePolicies { role, path_prefix, page } => {
            let mut all: Vec<String> = find(role).await?.attached.into_iter().collect();
            all.retain(|arn| {
                arn.split_once(":policy").is_some_and(|(_, path)| path.starts_with(&path_prefix))
            });
            iam::policies(&listed(&all, &page, |arn| arn), id)
        }
        Call::DeleteServiceLinkedRole { role } => {
            let task = service.remove_linked_role(account, &role, of(None)).await?;
            iam::deletion_task(&task, id)
        }
        Call::GetServiceLinkedRoleDeletionStatus { task } => {
            iam::deletion_status(&service.removal(account, &task).await?, id)
        }
        Call::ListInstanceProfilesForRole { role } => {
            find(role).await?;
            iam::no_profiles(id)
        }
        Call::ListRoleTags { role, page } => {
            let all: Vec<(String, String)> = find(role).await?.tags.into_iter().collect();
            iam::tags(&listed(&all, &page, |(key, _)| key), id)
        }
        Call::Change { role, change } => {
            let decide = |role: &IamRole, whole: &Role| changed(role, whole, &change);
            let role = service.change_role(account, &role, of(policy_of(&change)), decide).await?;
            match (answered(&change), role.made) {
                (Answered::Role, Some(role)) => iam::role(action, &role, id),
                (Answered::Role | Answered::Empty, _) => iam::empty(action, id),
                (Answered::Done, _) => iam::done(action, id),
            }
        }
    };
    Ok(reply)
}

/// Refuses what whoever asks may not do with the role that the call is about.
async fn authorize(
    service: &Service,
    call: &Call,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), OpsError> {
    note_stated(stated(call));
    let account = &caller.realm.account;
    let of_new = |order: &RoleOrder| order.arn(account).ok();
    let resource = match (call, call.role()) {
        (Call::CreateRole(order), _) => of_new(order).map(|arn| arn.to_string()),
        // Also once the role is gone.
        (Call::GetServiceLinkedRoleDeletionStatus { task }, _) => {
            task.arn(account).map(|arn| arn.to_string())
        }
        (_, Some(name)) if check_role_name(name).is_ok() => {
            let key = RoleName::new(account, name);
            let subject = [Subject::RoleNamed(key.clone())];
            let reading = service.store.read(&subject, Follow::Nothing).await?;
            let found = reading.role_named(&key).map(|role| role.arn.to_string());
            Some(found.unwrap_or_else(|| format!("arn:aws:iam::{account}:role/{name}")))
        }
        (_, Some(_)) => None,
        (_, None) => Some("*".to_owned()),
    };
    // What is no name of a role is refused whoever asks.
    let Some(resource) = resource else {
        behalf::note_call(&format!("iam:{}", call.name()), "*");
        return Ok(());
    };
    match (service.authorize(caller, || wants(call, resource), now).await, call.role()) {
        // Neither whether there is such a role nor where is told.
        (Err(OpsError::Denied(denied)), Some(name)) => {
            let resource = format!("role {name}");
            Err(OpsError::Denied(Denied { resource, ..denied }))
        }
        (ended, _) => ended,
    }
}

/// What is asked for: who makes a role with tags must be allowed to tag it.
fn wants(call: &Call, resource: String) -> Vec<Want> {
    let named = Want::new(format!("iam:{}", call.name()), resource);
    match call {
        Call::CreateRole(order) if order.tags.is_empty() => vec![named.of_new()],
        Call::CreateRole(_) => {
            let tagged = Want::new("iam:TagRole", named.resource.clone());
            vec![named.of_new(), tagged.of_new()]
        }
        Call::GetRole { .. }
        | Call::ListRoles { .. }
        | Call::GetRolePolicy { .. }
        | Call::ListRolePolicies { .. }
        | Call::ListAttachedRolePolicies { .. }
        | Call::ListRoleTags { .. }
        | Call::CreateServiceLinkedRole { .. }
        | Call::DeleteServiceLinkedRole { .. }
        | Call::GetServiceLinkedRoleDeletionStatus { .. }
        | Call::ListInstanceProfilesForRole { .. }
        | Call::Change { .. } => vec![named],
    }
}

/// What a call says of which policies may ask: the tags that it puts, and the keys of those that it
/// takes off.
fn stated(call: &Call) -> Stated {
    let (tags, untagged) = match call {
        Call::CreateRole(order) => (order.tags.clone(), Vec::new()),
        Call::Change { change, .. } => tags_in(change),
        Call::GetRole { .. }
        | Call::ListRoles { .. }
        | Call::GetRolePolicy { .. }
        | Call::ListRolePolicies { .. }
        | Call::ListAttachedRolePolicies { .. }
        | Call::ListRoleTags { .. }
        | Call::CreateServiceLinkedRole { .. }
        | Call::DeleteServiceLinkedRole { .. }
        | Call::GetServiceLinkedRoleDeletionStatus { .. }
        | Call::ListInstanceProfilesForRole { .. } => (Tags::new(), Vec::new()),
    };
    Stated { tags, untagged, ..Stated::default() }
}

/// The part of `all`, which is in the order of its names, that is on the page.
fn listed<'a, T>(all: &'a [T], page: &Page, name: impl Fn(&T) -> &String) -> Listed<'a, T> {
    let is_before = |item: &T| page.after.as_ref().is_some_and(|after| name(item) <= after);
    let rest = all.get(all.partition_point(is_before)..).unwrap_or_default();
    let items = rest.get(..page.items_max).unwrap_or(rest);
    let more = items.len() < rest.len();
    Listed { items, marker: items.last().filter(|_| more).map(|item| name(item).as_str()) }
}

/// The part of the roles of an account that were made here, in the order of their ARNs, that is on
/// the page, and where the next one begins.
async fn list(
    service: &Service,
    account: &str,
    path_prefix: &str,
    page: &Page,
) -> Result<(Vec<IamRole>, Option<String>), Failure> {
    let mut found: Vec<IamRole> = Vec::new();
    let mut after = page.after.as_ref().map(|arn| Cursor(arn.clone().into_bytes()));
    loop {
        let looked = service.store.list_roles(after.as_ref(), PAGE_ITEMS_MAX).await?;
        for role in looked.items.into_iter().filter_map(|role| role.made) {
            if role.arn.account() != account || !role.path.starts_with(path_prefix) {
                continue;
            }
            if found.len() == page.items_max {
                let marker = found.last().map(|last| last.arn.as_str().to_owned());
                return Ok((found, marker));
            }
            found.push(*role);
        }
        after = looked.next;
        if after.is_none() {
            return Ok((found, None));
        }
    }
}

/// The role that AWS Backup has of its own.
fn linked(service: String, description: Option<String>) -> Result<RoleOrder, Failure> {
    if service != BACKUP {
        return Err(Failure::NoService(service));
    }
    let trust = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\
         {{\"Service\":\"{BACKUP}\"}},\"Action\":\"sts:AssumeRole\"}}]}}"
    );
    let path = format!("/aws-service-role/{BACKUP}/");
    let name = "AWSServiceRoleForBackup".to_owned();
    let (session_seconds, tags) = (3600, Tags::new());
    Ok(RoleOrder { path, name, trust, description, session_seconds, tags })
}
