//! STS: who asks, and taking on a role.

use jiff::Timestamp;
use sexton_core::{
    AssumeOrder, AssumeRefusal, EventKind, RoleName, Stated, chain, decide_assume, random_id,
};
use sexton_store::{Follow, StoreError, Subject};
use sexton_wire::aws::Reply;
use sexton_wire::aws::sts::{self, Credentials, Error};

use crate::auth::Caller;
use crate::authorize::Want;
use crate::behalf::{self, Failed};
use crate::service::{Service, event};

/// Who asks.
pub(crate) fn caller_identity(caller: &Caller, id: &str) -> Reply {
    let (account, user_id) = (caller.realm.account.as_str(), &caller.id());
    let identity = sts::Identity { arn: &caller.by.0, user_id, account };
    sts::caller_identity(&identity, id)
}

/// Lets whoever asks act as a role, until the session ends. Decided at `now`, by the clock of the
/// vault; the session begins at `system`, by that of requests.
pub(crate) async fn assume(
    service: &Service,
    order: AssumeOrder,
    caller: &Caller,
    (now, system): (Timestamp, Timestamp),
    id: &str,
) -> Result<Reply, Failed<Error>> {
    let failed = |error: StoreError| Failed::new(Error::unavailable(), Some(chain(&error)));
    let role = RoleName::of(&order.role);
    let subject: Vec<_> = role.iter().cloned().map(Subject::RoleNamed).collect();
    let reading = service.store.read(&subject, Follow::Nothing).await.map_err(failed)?;
    let role = role.and_then(|role| reading.role_named(&role));
    let rights = service.rights(caller).await.map_err(failed)?;
    let want = Want::new("sts:AssumeRole", order.role.as_str());
    behalf::note_call(&want.action, &want.resource);
    let stated = Stated::default();
    let asking = caller.asking(&want, Some(&stated), now);
    let gone = || AssumeRefusal::Denied { by: caller.by.clone(), role: order.role.clone() };
    let rights = rights.ok_or_else(|| Failed::new(gone().into(), None))?;
    let session = decide_assume(order, role, &asking, &rights, system);
    let session = session.map_err(|refusal| Failed::new(refusal.into(), None))?;
    // Whoever takes on a role changes nothing by it, and could fill the trail with it.
    if !service.is_told(caller, &want.action, now) {
        behalf::note_quiet();
        return Err(Failed::new(Error::throttled(), None));
    }
    let key = random_id("ASSX", 16, service.entropy.bytes());
    let secret = &service.identities.secret(&key);
    let token = &service.identities.token(&key, &session, service.entropy.bytes());
    let reply = sts::assumed(&session, &Credentials { key: &key, secret, token }, id);
    let (role, until) = (session.role.clone(), session.until);
    let kind = EventKind::RoleAssumed { role, session: session.name.clone(), key, until };
    // Nobody acts as a role before the trail tells of it.
    let told = service.tell(event(now, &caller.by, &caller.realm, kind)).await;
    told.map_err(failed)?;
    Ok(reply)
}
