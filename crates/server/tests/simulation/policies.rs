//! Policies of vaults, and users, in a simulated world: who asks for deletions, who changes what
//! they may, and that nothing goes which a policy denied when it was decided.
//!
//! What each policy of a vault denies is written down once more here, by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    BackupName, ErasureRequest, Event, EventKind, InRealm, Principal, Rights, User, UserChange,
    UserName, UserRefusal, VaultName, Why, decide_create_user, random_id,
};
use sexton_server::service::Service;
use sexton_store::{Change, Follow, StoreError, Subject, Write};

use crate::calls::{Answer, by};
use crate::report::Happened;
use crate::seen::Seen;
use crate::world::{About, Simulation};

const ACCOUNT: &str = "123456789012";
pub(crate) const ANN: &str = "arn:aws:iam::123456789012:user/ann";
const BEN: &str = "arn:aws:iam::123456789012:user/ben";
/// A session of the role `keeper`.
pub(crate) const NIGHT: &str = "arn:aws:sts::123456789012:assumed-role/keeper/night";
const USERS: [&str; 2] = ["ann", "ben"];

/// A statement of a policy of a vault about deletions, beside its action: its effect, the rest of
/// it, and whether it denies them to somebody, of a recovery point.
pub(crate) type Rule = (&'static str, &'static str, fn(&str, &str) -> bool);

pub(crate) const RULES: [Rule; 9] = [
    ("Deny", r#""Principal": "*", "Resource": "*""#, |_, _| true),
    ("Deny", r#""Principal": {"AWS": "123456789012"}, "Resource": "*""#, |_, _| true),
    (
        "Deny",
        r#""Principal": {"AWS": "arn:aws:iam::123456789012:user/ann"}, "Resource": "*""#,
        |by, _| by == ANN,
    ),
    (
        "Deny",
        r#""Principal": {"AWS": "arn:aws:iam::123456789012:role/keeper"}, "Resource": "*""#,
        |by, _| by == NIGHT,
    ),
    (
        "Deny",
        r#""Principal": "*", "Resource": "arn:aws:backup:us-*:*:recovery-point:*""#,
        |_, point| point.starts_with("arn:aws:backup:us-"),
    ),
    ("Deny", r#""Principal": "*", "NotResource": "arn:aws:backup:us-*""#, |_, point| {
        !point.starts_with("arn:aws:backup:us-")
    }),
    (
        "Deny",
        r#""NotPrincipal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:user/ann"]},
           "Resource": "*""#,
        |it, _| it != ANN && it != by().0,
    ),
    (
        "Deny",
        r#""Principal": "*", "Resource": "*",
           "Condition": {"StringNotEquals": {"aws:username": "ben"}}"#,
        |by, _| by != BEN,
    ),
    // It lets somebody who may not by themselves, and takes nothing away.
    (
        "Allow",
        r#""Principal": {"AWS": "arn:aws:iam::123456789012:user/ann"}, "Resource": "*""#,
        |_, _| false,
    ),
];

pub(crate) fn text_of((effect, rest, _): &Rule) -> String {
    let action = r#""Action": "backup:DeleteRecoveryPoint""#;
    let version = r#""Version": "2012-10-17""#;
    format!(r#"{{{version}, "Statement": {{"Effect": "{effect}", {action}, {rest}}}}}"#)
}

/// What users are given: whether it lets them delete, or denies it.
const LETS: &str = r#"{"Version": "2012-10-17", "Statement":
    {"Effect": "Allow", "Action": "backup:*", "Resource": "*"}}"#;
const DENIES: &str = r#"{"Version": "2012-10-17", "Statement":
    {"Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"}}"#;

/// A user as the trail has them.
#[derive(Debug, Clone)]
struct Told {
    /// Which of all users that there have been.
    number: usize,
    policies: BTreeMap<String, String>,
}

/// What the trail said so far.
#[derive(Debug, Default)]
pub(crate) struct KnownPolicies {
    /// Events that were judged.
    judged: usize,
    /// The policy of each vault that has one.
    vaults: BTreeMap<InRealm<VaultName>, String>,
    users: BTreeMap<String, Told>,
    /// Users that there have been.
    made: usize,
    /// The vault of each recovery point.
    kept: BTreeMap<InRealm<BackupName>, InRealm<VaultName>>,
    /// Who asked for deletions that wait: which of all users.
    asked: BTreeMap<InRealm<BackupName>, BTreeSet<usize>>,
    /// Recovery points that were `EXPIRED`.
    expired: BTreeSet<InRealm<BackupName>>,
}

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

impl Simulation {
    /// Begins a call of a world in which policies are what changes.
    pub(crate) fn call_of_policies(&mut self) {
        match self.dice.roll(100) {
            0..8 => self.create_vault(),
            8..10 => self.delete_vault(),
            10..32 => self.back_up(),
            32..34 => self.restore(),
            34..36 => self.copy_point(),
            36..48 => self.delete(),
            48..54 => self.ask_for_erasure(),
            54..59 => self.set_role(),
            59..65 => self.look_at_what_is_due(),
            65..75 => self.protect(),
            75..82 => self.put_policy(),
            82..86 => self.remove_policy(),
            86..95 => self.change_user(),
            _ => self.erase(),
        }
    }

    /// Who asks for a deletion.
    pub(crate) fn asker(&mut self) -> Principal {
        if self.about == About::Everything {
            return by();
        }
        let users: Vec<String> = self.policies.users.keys().cloned().collect();
        match self.dice.roll(100) {
            0..20 => by(),
            20..40 => Principal(NIGHT.to_owned()),
            _ => self.dice.pick(&users).map_or_else(by, |user| Principal(user.clone())),
        }
    }

    /// What whoever asked for a deletion earlier may do now; nothing if they are gone.
    pub(crate) fn rights_of(&self, request: &ErasureRequest) -> Option<Rights> {
        let Some(name) = UserName::of(&request.by) else { return Some(Rights::All) };
        let read = self.ask(self.store.read(&[Subject::User(name.clone())], Follow::Nothing));
        let user = read.unwrap().user(&name).cloned();
        user.filter(|user| request.user.as_ref() == Some(&user.id)).map(|user| user.rights())
    }

    fn put_policy(&mut self) {
        let policy = text_of(self.dice.pick(&RULES).unwrap());
        let (service, now, key) = (Arc::clone(self.service()), self.now(), self.vault());
        self.start(async move {
            match service.put_vault_policy(&key, policy, &by(), now).await {
                Ok(()) => Answer::Happened(Happened::VaultPolicyPut),
                Err(_) => Answer::Other,
            }
        });
    }

    fn remove_policy(&mut self) {
        let (service, now, key) = (Arc::clone(self.service()), self.now(), self.vault());
        self.start(async move {
            match service.remove_vault_policy(&key, &by(), now).await {
                Ok(()) => Answer::Happened(Happened::VaultPolicyRemoved),
                Err(_) => Answer::Other,
            }
        });
    }

    fn change_user(&mut self) {
        let turns = [Turn::Make, Turn::Let, Turn::Deny, Turn::Free, Turn::AddKey, Turn::DisableKey];
        let turn = match self.dice.roll(100) {
            0..25 => Turn::Remove,
            25..50 => Turn::Make,
            _ => *self.dice.pick(&turns).unwrap(),
        };
        let name = *self.dice.pick(&USERS).unwrap();
        self.turn_user(name, turn);
    }

    pub(crate) fn turn_user(&mut self, name: &'static str, turn: Turn) {
        let (service, now) = (Arc::clone(self.service()), self.now());
        let random = service.entropy.bytes();
        self.start(async move {
            match change(&service, name, turn, (now, random)).await {
                Ok(Ok(())) if matches!(turn, Turn::Remove) => {
                    Answer::Happened(Happened::UserRemoved)
                }
                Ok(Ok(())) => Answer::Happened(Happened::UserChanged),
                Ok(Err(_)) | Err(_) => Answer::Other,
            }
        });
    }
}

/// Changes a user, as the admin command does it.
async fn change(
    service: &Service,
    name: &str,
    turn: Turn,
    (now, random): (Timestamp, [u8; 16]),
) -> Result<Result<(), UserRefusal>, StoreError> {
    let key = UserName::new(ACCOUNT, name);
    let reading = service.store.read(&[Subject::User(key.clone())], Follow::Nothing).await?;
    let (user, change) = match decide(reading.user(&key), name, turn, (now, random)) {
        Ok(decided) => decided,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let write = match turn {
        Turn::Remove => Write::RemoveUser(key),
        Turn::Make | Turn::Let | Turn::Deny | Turn::Free | Turn::AddKey | Turn::DisableKey => {
            Write::PutUser(user.clone())
        }
    };
    let kind = EventKind::UserChanged { user: user.arn(), change };
    let event = Event { at: now, by: by(), via: None, realm: None, kind };
    let (expects, writes) = (reading.expects(), vec![write]);
    let change = Change { expects, writes, event: Some(event), ..Change::default() };
    service.store.commit(change).await.map(|_| Ok(()))
}

fn decide(
    before: Option<&User>,
    name: &str,
    turn: Turn,
    (now, random): (Timestamp, [u8; 16]),
) -> Result<(User, UserChange), UserRefusal> {
    if let Turn::Make = turn {
        let user = decide_create_user(name, ACCOUNT, before, now, random)?;
        let user = user.decide_put("lets", LETS)?;
        let policies = user.policies.clone();
        return Ok((user, UserChange::Created { policies }));
    }
    let user = before.ok_or_else(|| UserRefusal::NoUser { name: name.to_owned() })?;
    let put = |policy: &str, text: &str| {
        let put = [(policy.to_owned(), text.to_owned())].into();
        let change = UserChange::PoliciesChanged { put, removed: Vec::new() };
        Ok((user.decide_put(policy, text)?, change))
    };
    match turn {
        Turn::Make | Turn::Let => put("lets", LETS),
        Turn::Deny => put("denies", DENIES),
        Turn::Free => {
            let (put, removed) = (BTreeMap::new(), vec!["denies".to_owned()]);
            let change = UserChange::PoliciesChanged { put, removed };
            Ok((user.decide_remove_policy("denies")?, change))
        }
        Turn::AddKey => {
            let id = random_id("AKSX", 16, random);
            Ok((user.decide_add_key(id.clone(), now)?, UserChange::KeyMade { key: id }))
        }
        Turn::DisableKey => {
            let active = user.keys.iter().find(|key| key.active);
            let (name, key) = (name.to_owned(), String::new());
            let id = &active.ok_or(UserRefusal::NoKey { user: name, key })?.id;
            let changed = user.decide_set_key(id, false)?.expect("it was active");
            Ok((changed, UserChange::KeyDisabled { key: id.clone() }))
        }
        Turn::Remove => {
            user.decide_remove()?;
            Ok((user.clone(), UserChange::Removed))
        }
    }
}

/// What holds at every moment: nothing was decided that a policy denied to whoever asked.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.policies.judged..] {
        for happened in world.policies.judge(event) {
            world.report.note(happened);
        }
    }
    world.policies.judged = events.len();
}

impl KnownPolicies {
    fn judge(&mut self, event: &Event) -> Vec<Happened> {
        if let EventKind::UserChanged { user, change } = &event.kind {
            self.user_changes(user, change);
        }
        let Some(realm) = &event.realm else { return Vec::new() };
        if let EventKind::VaultPolicyPut { vault, policy } = &event.kind {
            self.vaults.insert(realm.with(vault.clone()), policy.clone());
        }
        if let EventKind::VaultPolicyRemoved { vault } | EventKind::VaultDeleted { vault } =
            &event.kind
        {
            self.vaults.remove(&realm.with(vault.clone()));
        }
        if let EventKind::BackupStarted { backup, vault, .. }
        | EventKind::CopyStarted { backup, vault, .. } = &event.kind
        {
            self.kept.insert(realm.with(backup.clone()), realm.with(vault.clone()));
        }
        if let EventKind::ErasureRequested { backup, .. } = &event.kind
            && let Some(Told { number, .. }) = self.users.get(&event.by.0)
        {
            self.asked.entry(realm.with(backup.clone())).or_default().insert(*number);
        }
        if let EventKind::DeletionExpired { backup, why: Why::Asked, .. } = &event.kind {
            let backup = realm.with(backup.clone());
            self.is_not_denied(event, &backup);
            self.expired.insert(backup);
        }
        if let EventKind::DeletionDecided { backup, why: Why::Asked, asked, .. } = &event.kind {
            return self.goes(event, &realm.with(backup.clone()), asked.is_some());
        }
        Vec::new()
    }

    fn user_changes(&mut self, user: &str, change: &UserChange) {
        match change {
            UserChange::Created { policies } => {
                let told = Told { number: self.made, policies: policies.clone() };
                self.made += 1;
                assert!(self.users.insert(user.to_owned(), told).is_none(), "{user} was there");
            }
            UserChange::Removed => {
                assert!(self.users.remove(user).is_some(), "{user} was not there");
            }
            UserChange::PoliciesChanged { put, removed } => {
                let known = &mut self.users.get_mut(user).expect("it is there").policies;
                known.extend(put.clone());
                known.retain(|name, _| !removed.contains(name));
            }
            UserChange::KeyMade { .. }
            | UserChange::KeyDisabled { .. }
            | UserChange::KeyEnabled { .. }
            | UserChange::KeyRemoved { .. } => (),
        }
    }

    /// The rule of the vault, which does not deny it to whoever asked.
    fn is_not_denied(&self, event: &Event, backup: &InRealm<BackupName>) -> Option<&'static Rule> {
        let policy = self.vaults.get(self.kept.get(backup)?)?;
        let rule = RULES.iter().find(|rule| text_of(rule) == *policy).expect("one of ours");
        let (_, rest, denies) = rule;
        let by = &event.by.0;
        assert!(!denies(by, backup.name.as_str()), "{rest} denied {backup} to {by}, and it went");
        Some(rule)
    }

    fn goes(&mut self, event: &Event, backup: &InRealm<BackupName>, waited: bool) -> Vec<Happened> {
        let rule = self.is_not_denied(event, backup);
        let by = event.by.0.as_str();
        let mut happened = Vec::new();
        if let Some(("Deny", ..)) = rule {
            happened.push(Happened::SparedByPolicy);
        }
        if self.expired.contains(backup) {
            happened.push(Happened::ExpiredThenGone);
        }
        happened.push(match by {
            NIGHT => Happened::DeletedBySession,
            ANN | BEN if waited => Happened::DoneForUser,
            ANN | BEN => Happened::DeletedByUser,
            _ => return happened,
        });
        if waited && by != NIGHT {
            let user = self.users.get(by);
            let Told { number, policies } = user.unwrap_or_else(|| {
                panic!("{by} is gone, and what they asked for of {backup} was done");
            });
            let same = self.asked.get(backup).is_some_and(|asked| asked.contains(number));
            assert!(same, "{by} is somebody else now, and {backup} went for the one before");
            let let_by_vault = matches!(rule, Some(("Allow", ..))) && by == ANN;
            let may = let_by_vault || policies.contains_key("lets");
            let may = may && !policies.contains_key("denies");
            assert!(may, "{backup} went for {by}, who may not: {policies:?}");
        }
        happened
    }
}

/// What holds when everything has drained: what nobody may ask for any more is known to wait, or
/// was given up.
pub(crate) fn at_the_end(world: &mut Simulation) {
    for Seen { backup, .. } in world.look() {
        if let Some(request) = backup.request()
            && [ANN, BEN].contains(&request.by.0.as_str())
            && !world.policies.users.contains_key(&request.by.0)
        {
            world.report.note(Happened::KeptThoughAsked);
        }
    }
}
