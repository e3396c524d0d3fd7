//! Users and their access keys: made, changed and removed by whoever administers the server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sexton_core::{
    Realm, User, UserChange, UserKey, UserName, UserRefusal, decide_create_user, random_id,
};
use sexton_store::{Cursor, PAGE_ITEMS_MAX};
use sexton_wire::aws::Reply;

use super::erasures::not_a_page;
use super::{Refused, parse};
use crate::auth::Caller;
use crate::authorize::Want;
use crate::error::OpsError;
use crate::service::Service;

/// What is shown of a user.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    name: &'a str,
    id: &'a str,
    arn: String,
    created: Timestamp,
    policies: &'a BTreeMap<String, String>,
    keys: &'a [UserKey],
}

impl<'a> Shown<'a> {
    fn of(user: &'a User) -> Self {
        let User { account: _, name, id, created, policies, keys } = user;
        Self { name, id, arn: user.arn(), created: *created, policies, keys }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: String,
    #[serde(default)]
    policies: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPolicies {
    #[serde(default)]
    put: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    user: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeyChange {
    Enable,
    Disable,
    Remove,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedKey {
    change: KeyChange,
}

impl From<UserRefusal> for Refused {
    fn from(refusal: UserRefusal) -> Self {
        let (status, hint) = match &refusal {
            UserRefusal::NoUser { .. } => (404, "list them with `sexton user list`"),
            UserRefusal::NoKey { .. } | UserRefusal::NoPolicy { .. } => {
                (404, "look with `sexton user show`")
            }
            UserRefusal::Exists { .. } => (409, "change it with `sexton user policy`"),
            UserRefusal::TooManyKeys { .. } => {
                (409, "remove one with `sexton key disable` and `sexton key remove`")
            }
            UserRefusal::ActiveKey { .. } => {
                (409, "nobody can use it after `sexton key disable`, and it can be enabled again")
            }
            UserRefusal::TooMany => (400, "remove one with `sexton user remove`"),
            UserRefusal::Malformed { .. } => {
                (400, "write it as for a user of IAM: statements without a principal")
            }
            UserRefusal::Name | UserRefusal::PolicyName | UserRefusal::TooMuch => (400, ""),
        };
        Self::new(status, refusal.to_string(), hint)
    }
}

/// A page of the users of an account, with where the next one begins.
pub(super) async fn list(service: &Service, realm: &Realm, query: &str) -> Result<Reply, Refused> {
    // What users are found by begins with the account: no page tells of another one.
    let account = &realm.account;
    let first = UserName::new(account, "").as_str().to_owned();
    let is_own = |cursor: &Cursor| cursor.0.starts_with(first.as_bytes());
    let after = match query.split('&').find_map(|pair| pair.strip_prefix("after=")) {
        None => Cursor(first.clone().into_bytes()),
        Some(after) => {
            let cursor = hex::decode(after).map(Cursor).map_err(|_| not_a_page())?;
            let is_name = str::from_utf8(&cursor.0).is_ok_and(|it| it.len() <= first.len() + 64);
            Some(cursor).filter(|it| is_name && is_own(it)).ok_or_else(not_a_page)?
        }
    };
    let page = service.store.list_users(Some(&after), PAGE_ITEMS_MAX).await?;
    let own = page.items.iter().filter(|user| user.account == *account);
    let shown: Vec<_> = own.map(Shown::of).collect();
    let next = page.next.filter(is_own).map(|cursor| hex::encode(cursor.0));
    Ok(Reply::json(200, &json!({ "users": shown, "next": next })))
}

/// Makes a user.
pub(super) async fn add(
    service: &Service,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let NewUser { name, policies } = parse(body)?;
    may(service, "sexton:AddUser", &name, caller, now).await?;
    let id = service.entropy.bytes();
    let decide = |before: Option<&User>| {
        let made = decide_create_user(&name, &caller.realm.account, before, now, id)?;
        let user =
            policies.iter().try_fold(made, |user, (name, text)| user.decide_put(name, text))?;
        Ok((user, UserChange::Created { policies: policies.clone() }))
    };
    let key = UserName::new(&caller.realm.account, &name);
    let user = service.change_user(&key, decide, &caller.by, now).await?;
    Ok(Reply::json(200, &json!(Shown::of(&user))))
}

/// Puts policies in a user, and removes some.
pub(super) async fn change(
    service: &Service,
    name: &str,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let NewPolicies { put, remove } = parse(body)?;
    if put.is_empty() && remove.is_empty() {
        return Err(Refused::new(400, "nothing is to be changed", "name policies"));
    }
    may(service, "sexton:ChangeUser", name, caller, now).await?;
    let decide = |user: &User| {
        let user =
            put.iter().try_fold(user.clone(), |user, (name, text)| user.decide_put(name, text))?;
        let user = remove.iter().try_fold(user, |user, name| user.decide_remove_policy(name))?;
        let (put, removed) = (put.clone(), remove.clone());
        Ok((user, UserChange::PoliciesChanged { put, removed }))
    };
    let user = change_existing(service, name, decide, caller, now).await?;
    Ok(Reply::json(200, &json!(Shown::of(&user))))
}

/// Removes a user of whom no access key is active.
pub(super) async fn remove(
    service: &Service,
    name: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    may(service, "sexton:RemoveUser", name, caller, now).await?;
    let key = UserName::new(&caller.realm.account, name);
    service.remove_user(&key, name, &caller.by, now).await?;
    Ok(Reply::json(200, &json!({})))
}

/// Makes an access key. Its secret is told once.
pub(super) async fn add_key(
    service: &Service,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let NewKey { user: name } = parse(body)?;
    may(service, "sexton:AddKey", &name, caller, now).await?;
    let id = random_id("AKSX", 16, service.entropy.bytes());
    let decide = |user: &User| {
        let made = UserChange::KeyMade { key: id.clone() };
        Ok((user.decide_add_key(id.clone(), now)?, made))
    };
    let user = change_existing(service, &name, decide, caller, now).await?;
    let secret = service.identities.secret(&id);
    let made = json!({ "user": user.name, "id": id, "secret": secret.as_str() });
    Ok(Reply::json(200, &made))
}

/// Enables, disables or removes an access key.
pub(super) async fn change_key(
    service: &Service,
    id: &str,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let ChangedKey { change } = parse(body)?;
    let owner = service.identities.owner(&caller.realm.account, id);
    let name = owner.as_ref().map_or("*", |known| known.user.name.as_str());
    may(service, "sexton:ChangeKey", name, caller, now).await?;
    let Some(owner) = owner else {
        let id: String = id.chars().take(128).collect();
        let hint = "list them with `sexton key list`";
        return Err(Refused::new(404, format!("no user has an access key {id}"), hint));
    };
    let key = || id.to_owned();
    let decide = |user: &User| match change {
        KeyChange::Enable => {
            let changed = user.decide_set_key(id, true)?.unwrap_or_else(|| user.clone());
            Ok((changed, UserChange::KeyEnabled { key: key() }))
        }
        KeyChange::Disable => {
            let changed = user.decide_set_key(id, false)?.unwrap_or_else(|| user.clone());
            Ok((changed, UserChange::KeyDisabled { key: key() }))
        }
        KeyChange::Remove => {
            Ok((user.decide_remove_key(id)?, UserChange::KeyRemoved { key: key() }))
        }
    };
    let user = change_existing(service, &owner.user.name, decide, caller, now).await?;
    Ok(Reply::json(200, &json!(Shown::of(&user))))
}

/// Refuses what whoever asks may not do with the user of this name.
async fn may(
    service: &Service,
    action: &str,
    name: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), Refused> {
    let name: String = name.chars().take(64).collect();
    let user = format!("arn:aws:iam::{}:user/{name}", caller.realm.account);
    Ok(service.authorize(caller, || vec![Want::new(action, user)], now).await?)
}

async fn change_existing(
    service: &Service,
    name: &str,
    decide: impl Fn(&User) -> Result<(User, UserChange), UserRefusal> + Sync,
    caller: &Caller,
    now: Timestamp,
) -> Result<User, OpsError> {
    let decide = |user: Option<&User>| match user {
        Some(user) => decide(user),
        None => Err(UserRefusal::no_user(name)),
    };
    let key = UserName::new(&caller.realm.account, name);
    service.change_user(&key, decide, &caller.by, now).await
}
