//! Users in a simulated world: who changes them, who signs for a deletion, and that nobody is let
//! in by what they were.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupName, Event, EventKind, InRealm, User, UserChange, UserName, UserRefusal,
    decide_create_user, random_id,
};
use sexton_server::OpsError;
use sexton_server::auth::Caller;
use sexton_server::service::Service;
use sexton_store::{Follow, Subject};

use crate::calls::{Answer, by};
use crate::report::Happened;
use crate::seen::kept_in;
use crate::world::Simulation;

const ACCOUNT: &str = "123456789012";
pub(crate) const USERS: [&str; 2] = ["ann", "ben"];

/// What users are given: whether it lets them delete, or denies it.
const LETS: &str = r#"{"Version": "2012-10-17", "Statement":
    {"Effect": "Allow", "Action": "backup:*", "Resource": "*"}}"#;
const DENIES: &str = r#"{"Version": "2012-10-17", "Statement":
    {"Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"}}"#;

/// A change of a user.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    Make,
    Let,
    Deny,
    Free,
    AddKey,
    DisableKey,
    Remove,
}

/// Deletions that users signed for: by whose ARN, and since how many events they could be let in by
/// what held then.
pub(crate) type Signed = BTreeMap<InRealm<BackupName>, Vec<(String, usize)>>;

/// What happens to users while callers wait for their answers.
#[derive(Debug, Default)]
pub(crate) struct KnownUsers {
    /// Changes that nobody has been told the end of: of whom, and how many events there were when
    /// they began.
    changing: Arc<Mutex<Vec<(&'static str, usize)>>>,
    /// Access keys that were made.
    keys: Vec<String>,
    /// See the type.
    pub(crate) signed: Signed,
}

impl KnownUsers {
    /// Changes that wait for another one to end: there is one at a time.
    pub(crate) fn waiting(&self) -> usize {
        self.changing.lock().unwrap().len().saturating_sub(1)
    }
}

/// A change, until its caller is told or is no more.
struct Changing(Arc<Mutex<Vec<(&'static str, usize)>>>, (&'static str, usize));

impl Drop for Changing {
    fn drop(&mut self) {
        let mut changing = self.0.lock().unwrap();
        let place = changing.iter().position(|it| *it == self.1).unwrap();
        changing.remove(place);
    }
}

impl Simulation {
    pub(crate) fn change_user(&mut self) {
        let turns = [Turn::Make, Turn::Let, Turn::Deny, Turn::Free, Turn::AddKey, Turn::DisableKey];
        let turn = match self.dice.roll(100) {
            0..20 => Turn::Remove,
            20..45 => Turn::Make,
            45..60 => Turn::AddKey,
            _ => *self.dice.pick(&turns).unwrap(),
        };
        let name = *self.dice.pick(&USERS).unwrap();
        self.turn_user(name, turn);
    }

    pub(crate) fn turn_user(&mut self, name: &'static str, turn: Turn) {
        let (service, now) = (Arc::clone(self.service()), self.now());
        let random = service.entropy.bytes();
        let change = (name, self.policies.judged());
        let changing = Arc::clone(&self.users.changing);
        changing.lock().unwrap().push(change);
        let changing = Changing(changing, change);
        self.start(async move {
            let _changing = changing;
            let key = UserName::new(ACCOUNT, name);
            if let Turn::Remove = turn {
                return match service.remove_user(&key, name, &by(), now).await {
                    Ok(()) => Answer::Happened(Happened::UserRemoved),
                    Err(_) => Answer::Other,
                };
            }
            let decide = |before: Option<&User>| match turn {
                Turn::Make => {
                    let user = decide_create_user(name, ACCOUNT, before, now, random)?;
                    let user = user.decide_put("lets", LETS)?;
                    let policies = user.policies.clone();
                    Ok((user, UserChange::Created { policies }))
                }
                Turn::Remove
                | Turn::Let
                | Turn::Deny
                | Turn::Free
                | Turn::AddKey
                | Turn::DisableKey => {
                    let user = before.ok_or_else(|| UserRefusal::no_user(name))?;
                    let id = || random_id("AKSX", 16, random);
                    turned(user, turn, id)
                }
            };
            match service.change_user(&key, decide, &by(), now).await {
                Ok(_) => Answer::Happened(Happened::UserChanged),
                Err(_) => Answer::Other,
            }
        });
    }

    /// A user signs for a deletion, with an access key that may be disabled, or be of nobody.
    pub(crate) fn delete_as_user(&mut self) {
        let Some(backup) = self.backup() else { return };
        let Some(key) = self.dice.pick(&self.users.keys).cloned() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        let caller = Caller::of_user(&service.identities, &key, backup.realm.clone(), now);
        let Some(caller) = caller else {
            return self.report.note(Happened::KeyRefused);
        };
        self.asked_to_go.insert(backup.key());
        let since = self.known_since(&caller.user().unwrap().name);
        let signed = self.users.signed.entry(backup.key()).or_default();
        signed.push((caller.by.0.clone(), since));
        self.start(async move {
            delete_signed(&service, &caller, &backup, now, Happened::DeniedByOwnPolicy).await
        });
    }

    /// Since how many events what is held of a user may be as it was: nobody was told yet of what
    /// has changed since then.
    fn known_since(&self, name: &str) -> usize {
        let changing = self.users.changing.lock().unwrap();
        let since = changing.iter().filter(|it| it.0 == name).map(|it| it.1).min();
        since.unwrap_or_else(|| self.policies.judged())
    }
}

/// Deletes a recovery point for whoever signed for it; `denied` is what happened if they may not.
pub(crate) async fn delete_signed(
    service: &Service,
    caller: &Caller,
    backup: &Backup,
    now: Timestamp,
    denied: Happened,
) -> Answer {
    let vault = kept_in(backup);
    match service.authorize_deletion(caller, &vault, &backup.name, now).await {
        Err(OpsError::Denied(_)) => return Answer::Happened(denied),
        Err(_) => return Answer::Other,
        Ok(()) => (),
    }
    match service.delete_point(&vault, &backup.name, &caller.by, now).await {
        Ok(()) => Answer::Accepted(backup.key()),
        Err(OpsError::Denied(_)) => Answer::Happened(Happened::DeniedByPolicy),
        Err(_) => Answer::Other,
    }
}

/// The user after a change of what they are.
fn turned(
    user: &User,
    turn: Turn,
    id: impl Fn() -> String,
) -> Result<(User, UserChange), UserRefusal> {
    let put = |policy: &str, text: &str| {
        let put = [(policy.to_owned(), text.to_owned())].into();
        let change = UserChange::PoliciesChanged { put, removed: Vec::new() };
        Ok((user.decide_put(policy, text)?, change))
    };
    match turn {
        Turn::Let => put("lets", LETS),
        Turn::Deny => put("denies", DENIES),
        Turn::Free => {
            let (put, removed) = (BTreeMap::new(), vec!["denies".to_owned()]);
            let change = UserChange::PoliciesChanged { put, removed };
            Ok((user.decide_remove_policy("denies")?, change))
        }
        Turn::AddKey => {
            let id = id();
            let now = user.created;
            Ok((user.decide_add_key(id.clone(), now)?, UserChange::KeyMade { key: id }))
        }
        Turn::DisableKey => {
            let active = user.keys.iter().find(|key| key.active);
            let no_key = || UserRefusal::NoKey { user: user.name.clone(), key: String::new() };
            let id = &active.ok_or_else(no_key)?.id;
            let changed = user.decide_set_key(id, false)?.expect("it was active");
            Ok((changed, UserChange::KeyDisabled { key: id.clone() }))
        }
        Turn::Make | Turn::Remove => unreachable!("whoever calls does these"),
    }
}

/// What holds at every moment: what is held of users is what is stored, unless a change has not
/// been answered yet. Whoever could not be read is not let in.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.policies.judged()..] {
        if let EventKind::UserChanged { change: UserChange::KeyMade { key }, .. } = &event.kind {
            world.users.keys.push(key.clone());
        }
    }
    if world.is_down() {
        return;
    }
    let (service, now) = (Arc::clone(world.service()), world.now());
    for name in USERS {
        if world.users.changing.lock().unwrap().iter().any(|it| it.0 == name) {
            continue;
        }
        let key = UserName::new(ACCOUNT, name);
        let read = world.ask(world.store.read(&[Subject::User(key.clone())], Follow::Nothing));
        let stored = read.unwrap().user(&key).cloned();
        for id in &world.users.keys {
            let of = |user: &User| user.keys.iter().any(|it| it.id == *id && it.active);
            let realm = crate::seen::realms()[0].clone();
            let caller = Caller::of_user(&service.identities, id, realm, now);
            let held = caller.as_ref().and_then(Caller::user).filter(|user| user.name == name);
            match held {
                Some(held) => assert_eq!(Some(held), stored.as_ref(), "of {name}, by {id}"),
                None if stored.as_ref().is_some_and(of) => {
                    world.report.note(Happened::LockedOut);
                    assert!(world.reads_fail(), "{name} is not let in with {id}");
                }
                None => (),
            }
        }
    }
}
