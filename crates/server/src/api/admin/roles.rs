//! What is known of roles, as people say and see it. Their policies are shown by the calls of
//! IAM.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sexton_core::{EventKind, Principal, Realm, Role, RoleArn, RoleStatus, TagKeys};
use sexton_store::{Change, Follow, PAGE_ITEMS_MAX, Subject, Tally, Write};
use sexton_wire::aws::Reply;

use super::{Refused, not_an_arn, parse};
use crate::auth::Caller;
use crate::ops::decide::Decided;
use crate::ops::roles::ROLES_MAX;
use crate::service::{Service, server_event};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStatus {
    status: RoleStatus,
}

/// What is shown of a role.
#[derive(Debug, Serialize)]
struct Shown {
    arn: RoleArn,
    status: RoleStatus,
    /// Whether the calls of IAM find it.
    made: bool,
    /// What its policies do not let AWS Backup do of all that deleting recovery points may need:
    /// points that need nothing of it go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    denied: Vec<String>,
}

impl Shown {
    fn of(role: &Role) -> Self {
        let denied = role.standing.as_ref().map_or_else(Vec::new, |it| it.denied().to_vec());
        Self { arn: role.arn.clone(), status: role.status, made: role.made.is_some(), denied }
    }
}

/// The roles of an account that something is known of.
pub(super) async fn list(service: &Service, realm: &Realm) -> Result<Reply, Refused> {
    let (mut shown, mut after) = (Vec::new(), None);
    loop {
        let page = service.store.list_roles(after.as_ref(), PAGE_ITEMS_MAX).await?;
        let own = page.items.iter().filter(|role| role.arn.account() == realm.account);
        shown.extend(own.map(Shown::of));
        after = page.next;
        if after.is_none() {
            return Ok(Reply::json(200, &json!({ "roles": shown })));
        }
    }
}

/// Sets what is known of a role of the caller's account: one of another would be set, and shown
/// to nobody here.
pub(super) async fn put(
    service: &Service,
    arn: &str,
    body: &[u8],
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let NewStatus { status } = parse(body)?;
    let (role, account): (RoleArn, _) =
        (arn.parse().map_err(|_| not_an_arn(arn))?, &caller.realm.account);
    if role.account() != account {
        let error = format!("{role} is of another account than yours, which is {account}");
        return Err(Refused::new(400, error, "check the account in the ARN"));
    }
    let role = set_role(service, &role, status, &caller.by, now).await?;
    Ok(Reply::json(200, &json!(Shown::of(&role))))
}

/// Sets what is known of a role. The last word counts.
pub(crate) async fn set_role(
    service: &Service,
    arn: &RoleArn,
    status: RoleStatus,
    by: &Principal,
    now: Timestamp,
) -> Result<Role, Refused> {
    if !arn.is_role() {
        let hint = "roles look like arn:aws:iam::123456789012:role/NAME";
        return Err(Refused::new(400, format!("{arn} is not the ARN of a role"), hint));
    }
    let decide = || async move {
        let (change, role) = role_change(service, (arn, status), ROLES_MAX, by, now).await?;
        Ok(Decided::commit(change, role))
    };
    let set = service.decide_again(decide).await;
    // A recovery point that waits to be deleted may have waited for its role.
    service.tell_released();
    set
}

/// What sets a role, if one more may be known or it is known already.
pub(super) async fn role_change(
    service: &Service,
    (arn, status): (&RoleArn, RoleStatus),
    most: u64,
    by: &Principal,
    now: Timestamp,
) -> Result<(Change, Role), Refused> {
    let reading = service.store.read(&[Subject::Role(arn.clone())], Follow::Nothing).await?;
    let known = reading.whole_role(arn);
    if known.is_none() && service.store.tally(&Tally::Roles).await? >= most {
        let hint = "a role that was never set counts as permitted: set only those that are broken";
        return Err(Refused::new(400, format!("there are {most} roles already"), hint));
    }
    // What a role says that was made here stays, and counts again once it is changed.
    let made = known.and_then(|role| role.made.clone());
    let role = Role { made, ..Role::told(arn.clone(), status).after(known) };
    let kind = EventKind::RoleChanged {
        role: arn.clone(),
        status,
        call: None,
        policy: None,
        tags: TagKeys::default(),
    };
    let change = Change {
        expects: reading.expects(),
        requires: vec![(Tally::Roles, most)],
        writes: vec![Write::PutRole(role.clone())],
        event: Some(server_event(now, by, kind)),
        ..Change::default()
    };
    Ok((change, role))
}
