//! Roles in a simulated world: changed by the calls of IAM, and said by people; and that nothing
//! goes that its role may not delete.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sexton_core::{
    Backup, BackupName, BackupOrder, Event, EventKind, IamRefusal, IamRole, InRealm, Role, RoleArn,
    RoleOrder, RoleStatus, State, TagKeys, Tags, Why,
};
use sexton_server::ops::roles::RoleCall;
use sexton_store::{Change, Follow, Reading, Subject, Write};

use crate::calls::{Answer, by};
use crate::gate::Verdict;
use crate::parts::Sabotage;
use crate::replies::with_vault;
use crate::report::Happened;
use crate::seen::{kept_in, realms};
use crate::snapshots::volume;
use crate::world::Simulation;

const ACCOUNT: &str = "123456789012";
/// The one that changes.
pub(crate) const FICKLE: &str = "fickle";

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
const DELETES: &str = r#"{"Version": "2012-10-17", "Statement":
    {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// A change of the role.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Make,
    Let,
    Forbid,
    Tag,
    Delete,
    Said(RoleStatus),
}

/// What the trail has said of roles so far.
#[derive(Debug, Default)]
pub(crate) struct KnownRoles {
    judged: usize,
    /// The last word of each, and whether a call of IAM said it.
    status: BTreeMap<RoleArn, (RoleStatus, bool)>,
    /// Recovery points that stayed because of their role.
    expired: BTreeSet<InRealm<BackupName>>,
}

pub(crate) fn role_arn(name: &str) -> RoleArn {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}").parse().unwrap()
}

impl Simulation {
    pub(crate) fn change_role(&mut self) {
        let said = [RoleStatus::Permitted, RoleStatus::Denied, RoleStatus::Missing];
        let turn = match self.dice.roll(100) {
            0..20 => Turn::Said(*self.dice.pick(&said).unwrap()),
            20..45 => Turn::Make,
            45..75 => Turn::Let,
            75..85 => Turn::Forbid,
            85..90 => Turn::Tag,
            _ => Turn::Delete,
        };
        self.turn_role(turn);
    }

    fn turn_role(&mut self, turn: Turn) {
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let by = &by();
            let called = |call, policy| RoleCall { call, policy, by, now };
            let change = |call, policy, to: fn(&IamRole) -> Result<Role, IamRefusal>| {
                let to = move |role: &IamRole, _: &Role| to(role);
                service.change_role(ACCOUNT, FICKLE, called(call, policy), to)
            };
            let ended = match turn {
                Turn::Make => {
                    let order = RoleOrder {
                        path: "/".to_owned(),
                        name: FICKLE.to_owned(),
                        trust: TRUST.to_owned(),
                        description: None,
                        session_seconds: 3600,
                        tags: Tags::new(),
                    };
                    let made = service.create_role(ACCOUNT, &order, called("CreateRole", None));
                    made.await.map(drop)
                }
                Turn::Let => {
                    let put = |role: &IamRole| role.decide_put("deletes", DELETES).map(Role::made);
                    change("PutRolePolicy", Some("deletes"), put).await.map(drop)
                }
                Turn::Forbid => {
                    let remove = |role: &IamRole| role.decide_remove("deletes").map(Role::made);
                    change("DeleteRolePolicy", Some("deletes"), remove).await.map(drop)
                }
                Turn::Delete => change("DeleteRole", None, IamRole::decide_delete).await.map(drop),
                Turn::Tag => {
                    let tags = Tags::from([("team".to_owned(), "a".to_owned())]);
                    let tag = |role: &IamRole, whole: &Role| {
                        role.decide_tag(&tags).map(|tagged| whole.described(tagged))
                    };
                    let called = called("TagRole", None);
                    service.change_role(ACCOUNT, FICKLE, called, tag).await.map(drop)
                }
                Turn::Said(status) => {
                    let subject = [Subject::Role(role_arn(FICKLE))];
                    if let Ok(reading) = service.store.read(&subject, Follow::Nothing).await {
                        service.store.commit(said(&reading, status, now)).await.ok();
                    }
                    return Answer::Other;
                }
            };
            match ended {
                Ok(()) => Answer::Happened(Happened::RoleChanged),
                Err(_) => Answer::Other,
            }
        });
    }
}

/// As the admin command does it: what the role says stays.
fn said(reading: &Reading, status: RoleStatus, at: jiff::Timestamp) -> Change {
    let role = role_arn(FICKLE);
    let made = reading.whole_role(&role).and_then(|role| role.made.clone());
    let kind = EventKind::RoleChanged {
        role: role.clone(),
        status,
        call: None,
        policy: None,
        tags: TagKeys::default(),
    };
    Change {
        expects: reading.expects(),
        writes: vec![Write::PutRole(Role { made, ..Role::told(role, status) })],
        event: Some(Event { at, by: by(), via: None, realm: None, kind }),
        ..Change::default()
    }
}

/// What holds at every moment: no recovery point goes that its role may not delete.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.roles.judged..] {
        if let Some(happened) = world.roles.judge(event, world.protection.first()) {
            world.report.note(happened);
        }
    }
    world.roles.judged = events.len();
}

impl KnownRoles {
    fn judge(
        &mut self,
        event: &Event,
        first: &BTreeMap<InRealm<BackupName>, Backup>,
    ) -> Option<Happened> {
        if let EventKind::RoleChanged { role, status, call, .. } = &event.kind {
            let before = self.status.insert(role.clone(), (*status, call.is_some()));
            if let (Some("TagRole"), Some(before)) = (call.as_deref(), before) {
                assert_eq!(*status, before.0, "{role} may something else by its tags");
                self.status.insert(role.clone(), before);
            }
        }
        let realm = event.realm.as_ref()?;
        if let EventKind::DeletionExpired { backup, .. } = &event.kind {
            let backup = realm.with(backup.clone());
            let may = self.may_delete(first.get(&backup)?)?;
            return (!may && self.expired.insert(backup)).then_some(Happened::KeptByRole);
        }
        if let EventKind::DeletionDecided { backup, why, .. } = &event.kind
            && *why != Why::FailedBackup
        {
            let backup = realm.with(backup.clone());
            assert!(self.may_delete(first.get(&backup)?)?, "{backup} went");
            return self.expired.remove(&backup).then_some(Happened::GoneOnceRoleMended);
        }
        None
    }

    /// Whether the role of a recovery point may delete it. One of a bucket is in AWS Backup alone,
    /// which needs no policy of a role that IAM knows.
    fn may_delete(&self, backup: &Backup) -> Option<bool> {
        let role = &backup.in_vault()?.role;
        Some(match self.status.get(role) {
            None | Some((RoleStatus::Permitted, _)) => true,
            Some((RoleStatus::Denied, true)) => backup.source.service() == "s3",
            Some((RoleStatus::Denied | RoleStatus::Missing, _)) => false,
        })
    }
}

/// What a role may is part of what a deletion is decided from.
#[test]
fn a_role_that_loses_its_policy_while_a_deletion_is_decided_keeps_the_point() {
    let mut world = with_vault(Simulation::with(1, Sabotage::None));
    let realm = realms()[0].clone();
    for turn in [Turn::Make, Turn::Let] {
        world.turn_role(turn);
        world.finish();
    }
    let gold = "gold".parse().unwrap();
    let order = BackupOrder::new(gold, volume(&realm), role_arn(FICKLE));
    let (service, now) = (Arc::clone(world.service()), world.now());
    world.start(async move {
        drop(service.start_backup(&realm, order, &by(), now).await);
        Answer::Other
    });
    world.finish();
    let backup = world.look().remove(0).backup;
    let (service, now, of) = (Arc::clone(world.service()), world.now(), backup.clone());
    world.start(async move {
        service.delete_point(&kept_in(&of), &of.name, &by(), now).await.unwrap();
        Answer::Accepted(of.key())
    });
    world.settle();
    world.turn_role(Turn::Forbid);
    world.settle();
    assert_eq!(world.release("commit RoleChanged", Verdict::Go), 1);
    world.finish();
    crate::invariants::at_every_step(&mut world);
    let state = world.look().remove(0).backup.state;
    assert!(matches!(state, State::Expired { .. }), "{state:?}");
}
