//! Policies of vaults, and users, in a simulated world: who asks for deletions, who changes what
//! they may, and that nothing goes which a policy denied when it was decided.
//!
//! What each policy of a vault denies is written down once more here, by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sexton_core::{
    BackupName, ErasureRequest, Event, EventKind, InRealm, Principal, Rights, UserChange, UserName,
    VaultName, Why,
};
use sexton_store::{Follow, Subject};

use crate::calls::{Answer, by};
use crate::report::Happened;
use crate::seen::Seen;
use crate::users::Signed;
use crate::world::{About, Simulation};

pub(crate) const ANN: &str = "arn:aws:iam::123456789012:user/ann";
const BEN: &str = "arn:aws:iam::123456789012:user/ben";
/// A session of the role `keeper`.
pub(crate) const NIGHT: &str = "arn:aws:sts::123456789012:assumed-role/keeper/night";

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

/// A user as the trail has them.
#[derive(Debug, Clone)]
struct Told {
    /// Which of all users that there have been.
    number: usize,
    policies: BTreeMap<String, String>,
}

/// How something was: since which of the events on.
pub(crate) type History<T> = Vec<(usize, T)>;

/// How it was at any moment after so many events.
pub(crate) fn since<T: Copy>(
    history: Option<&History<T>>,
    events: usize,
) -> impl Iterator<Item = T> {
    let history = history.map_or(&[][..], Vec::as_slice);
    let later = history.partition_point(|it| it.0 < events);
    history[later.saturating_sub(1)..].iter().map(|it| it.1)
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
    /// What the policies of each user say of deletions: whether they let, and whether they deny.
    own: BTreeMap<String, History<(bool, bool)>>,
    /// Whether the policy of each vault lets ann delete.
    lets: BTreeMap<InRealm<VaultName>, History<bool>>,
    /// The vault of each recovery point.
    kept: BTreeMap<InRealm<BackupName>, InRealm<VaultName>>,
    /// Who asked for deletions that wait: which of all users.
    asked: BTreeMap<InRealm<BackupName>, BTreeSet<usize>>,
    /// Recovery points that were `EXPIRED`.
    expired: BTreeSet<InRealm<BackupName>>,
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
            36..42 => self.delete(),
            42..48 => self.delete_as_user(),
            48..51 => self.ask_for_erasure(),
            51..54 => self.act_in_session(),
            54..59 => self.change_role(),
            59..65 => self.look_at_what_is_due(),
            65..75 => self.protect(),
            75..82 => self.put_policy(),
            82..86 => self.remove_policy(),
            86..95 => self.change_user(),
            _ => self.erase(),
        }
    }

    /// Who asks for a deletion at once: root, or a session. Users sign for it.
    pub(crate) fn asker_at_once(&mut self) -> Principal {
        if self.about == About::Policies && self.dice.percent(50) {
            return Principal(NIGHT.to_owned());
        }
        by()
    }

    /// Who asks for a deletion that may wait.
    pub(crate) fn asker(&mut self) -> Principal {
        if self.about != About::Policies {
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
}

/// What holds at every moment: nothing was decided that a policy denied to whoever asked.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.policies.judged..] {
        for happened in world.policies.judge(event, &world.users.signed) {
            world.report.note(happened);
        }
        world.policies.judged += 1;
    }
}

impl KnownPolicies {
    /// How many events were judged.
    pub(crate) fn judged(&self) -> usize {
        self.judged
    }

    fn judge(&mut self, event: &Event, signed: &Signed) -> Vec<Happened> {
        if let EventKind::UserChanged { user, change } = &event.kind {
            self.user_changes(user, change);
        }
        let Some(realm) = &event.realm else { return Vec::new() };
        if let EventKind::VaultPolicyPut { vault, policy } = &event.kind {
            let lets = RULES.iter().any(|rule| rule.0 == "Allow" && text_of(rule) == *policy);
            self.lets.entry(realm.with(vault.clone())).or_default().push((self.judged, lets));
            self.vaults.insert(realm.with(vault.clone()), policy.clone());
        }
        if let EventKind::VaultPolicyRemoved { vault } | EventKind::VaultDeleted { vault } =
            &event.kind
        {
            self.lets.entry(realm.with(vault.clone())).or_default().push((self.judged, false));
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
            let backup = realm.with(backup.clone());
            if asked.is_none() && [ANN, BEN].contains(&event.by.0.as_str()) {
                self.was_let_in(&event.by.0, &backup, signed);
            }
            return self.goes(event, &backup, asked.is_some());
        }
        Vec::new()
    }

    /// Panics if a user never could ask for a deletion while they did: from what held when they
    /// signed, or before, if they had not been told yet.
    fn was_let_in(&self, by: &str, backup: &InRealm<BackupName>, signed: &Signed) {
        let signed = signed.get(backup).into_iter().flatten();
        let first = signed.filter(|it| it.0 == by).map(|it| it.1).min();
        let first = first.unwrap_or_else(|| panic!("{by} did not sign for {backup}"));
        let vault = self.kept.get(backup);
        let let_by_vault =
            by == ANN && since(vault.and_then(|it| self.lets.get(it)), first).any(|it| it);
        let could =
            since(self.own.get(by), first).any(|(lets, denies)| !denies && (lets || let_by_vault));
        assert!(could, "{by} could not ask for {backup}, and it went");
    }

    fn user_changes(&mut self, user: &str, change: &UserChange) {
        self.user_becomes(user, change);
        let policies = self.users.get(user).map(|told| &told.policies);
        let has = |name: &str| policies.is_some_and(|it| it.contains_key(name));
        let says = (has("lets"), policies.is_none() || has("denies"));
        self.own.entry(user.to_owned()).or_default().push((self.judged, says));
    }

    fn user_becomes(&mut self, user: &str, change: &UserChange) {
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
