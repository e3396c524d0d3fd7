//! Sessions of the role that changes: what whoever took it on asks for, long afterwards too, and
//! that nothing goes for a session whose very role never let it since it asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use sexton_core::{BackupName, Event, EventKind, InRealm, RoleName, RoleStatus, Session};
use sexton_server::auth::Caller;
use sexton_store::{Follow, Subject};

use crate::policies::{History, since};
use crate::report::Happened;
use crate::roles::role_arn;
use crate::users::delete_signed;
use crate::world::Simulation;

/// Who acts in every one of them.
pub(crate) const DAY: &str = "arn:aws:sts::123456789012:assumed-role/fickle/day";

/// A role: which of all that had its name, and whether it lets its sessions delete.
type Standing = Option<(usize, bool)>;

/// What is known of sessions.
#[derive(Debug, Default)]
pub(crate) struct KnownSessions {
    judged: usize,
    /// Roles that were made.
    made: usize,
    role: History<Standing>,
    /// The one that was taken on last, and which role it is of.
    taken: Option<(Session, usize)>,
    /// Deletions that were signed for: for which role, and since how many events.
    signed: BTreeMap<InRealm<BackupName>, Vec<(usize, usize)>>,
}

impl KnownSessions {
    fn standing(&self) -> Standing {
        self.role.last().and_then(|it| it.1)
    }

    fn note(&mut self, standing: Standing) {
        self.role.push((self.judged, standing));
    }

    fn judge(&mut self, event: &Event) -> Option<Happened> {
        if let EventKind::RoleChanged { role, call, status, .. } = &event.kind
            && *role == role_arn(crate::roles::FICKLE)
        {
            let number = self.standing().map_or(self.made, |it| it.0);
            match call.as_deref() {
                Some("CreateRole") => {
                    self.made += 1;
                    self.note(Some((self.made, false)));
                }
                Some("DeleteRole") => self.note(None),
                // What somebody says of it lets its sessions no more and no less.
                Some("TagRole") | None => (),
                Some(_) => self.note(Some((number, *status == RoleStatus::Permitted))),
            }
        }
        if let EventKind::DeletionDecided { backup, asked: None, .. }
        | EventKind::DeletionExpired { backup, .. } = &event.kind
            && event.by.0 == DAY
        {
            let backup = event.realm.as_ref()?.with(backup.clone());
            let signed = self.signed.get(&backup).into_iter().flatten();
            let mut let_in = signed.map(|(number, from)| {
                since(Some(&self.role), *from).any(|it| it == Some((*number, true)))
            });
            assert!(let_in.any(|it| it), "no session could ask for {backup}, and it went");
            return Some(Happened::DeletedByTakenRole);
        }
        None
    }
}

impl Simulation {
    /// Somebody takes the role on, or a session of it signs for a deletion.
    pub(crate) fn act_in_session(&mut self) {
        if self.dice.percent(40) || self.sessions.taken.is_none() {
            return self.take_role();
        }
        let Some(backup) = self.backup() else { return };
        let Some((session, number)) = self.sessions.taken.clone() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.asked_to_go.insert(backup.key());
        let signed = self.sessions.signed.entry(backup.key()).or_default();
        signed.push((number, self.sessions.judged));
        self.start(async move {
            let caller = Caller::of_session(session, backup.realm.clone());
            delete_signed(&service, &caller, &backup, now, Happened::DeniedToTakenRole).await
        });
    }

    /// As `AssumeRole` does it, once it is decided.
    fn take_role(&mut self) {
        let arn = role_arn(crate::roles::FICKLE);
        let key = RoleName::of(&arn).unwrap();
        let subject = [Subject::RoleNamed(key.clone())];
        let read = self.ask(self.store.read(&subject, Follow::Nothing)).unwrap();
        let (Some(role), Some((number, _))) = (read.role_named(&key), self.sessions.standing())
        else {
            return;
        };
        let (role_id, name, until) = (role.id.clone(), "day".to_owned(), jiff::Timestamp::MAX);
        let session = Session { role: arn, role_id, name, until, policy: None };
        assert_eq!(session.principal().0, DAY);
        self.sessions.taken = Some((session, number));
    }
}

/// What holds at every moment: nothing goes for a session whose role never let it since it asked.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.sessions.judged..] {
        if let Some(happened) = world.sessions.judge(event) {
            world.report.note(happened);
        }
        world.sessions.judged += 1;
    }
}
