//! Snapshots that EC2 would keep in a simulated world: who says so, and that no recovery point
//! goes which is made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sexton_core::{
    Backup, BackupName, Event, EventKind, InRealm, Offered, Realm, Resource, ResourceArn,
    Snapshots, Source, SourceKind, State, TagKeys, Tags, Why,
};
use sexton_store::{Change, Write};

use crate::calls::{Answer, by};
use crate::gate::Verdict;
use crate::parts::Sabotage;
use crate::replies::{back_up_of, with_vault};
use crate::report::Happened;
use crate::seen::{kept_in, realms};
use crate::world::Simulation;

/// What the trail said so far.
#[derive(Debug, Default)]
pub(crate) struct KnownSnapshots {
    /// Events that were judged.
    judged: usize,
    /// What keeps the snapshots of each volume.
    kept: BTreeMap<InRealm<ResourceArn>, Snapshots>,
}

/// The one volume of a realm.
pub(crate) fn volume(realm: &Realm) -> ResourceArn {
    format!("arn:aws:ec2:{}:{}:volume/vol-1", realm.region, realm.account).parse().unwrap()
}

impl Simulation {
    pub(crate) fn set_snapshots(&mut self) {
        let realm = self.dice.pick(&realms()).unwrap().clone();
        let free = Snapshots::Deletable;
        let all = [free, free, Snapshots::Locked, Snapshots::InUse];
        let snapshots = *self.dice.pick(&all).unwrap();
        self.snapshots_become(&realm, snapshots);
    }

    /// As the admin command does it.
    fn snapshots_become(&mut self, realm: &Realm, snapshots: Snapshots) {
        let (service, at, arn) = (Arc::clone(self.service()), self.now(), volume(realm));
        let of = Resource { id: "vol-1".to_owned(), tags: Tags::new(), snapshots };
        let source = Source {
            realm: realm.clone(),
            arn: arn.clone(),
            kind: SourceKind::Generated,
            allow_empty: false,
            added: at,
            offered: Offered::Resource(of),
        };
        let kind = EventKind::SourceChanged {
            source: arn,
            snapshots: Some(snapshots),
            locked: None,
            tags: TagKeys::default(),
        };
        let change = Change {
            writes: vec![Write::PutSource(source)],
            event: Some(Event { at, by: by(), via: None, realm: Some(realm.clone()), kind }),
            ..Change::default()
        };
        self.start(async move {
            service.store.commit(change).await.ok();
            Answer::Other
        });
    }
}

/// What holds at every moment: no recovery point goes while EC2 would keep its snapshots.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.snapshots.judged..] {
        if let Some(happened) = world.snapshots.judge(event, world.protection.first()) {
            world.report.note(happened);
        }
    }
    world.snapshots.judged = events.len();
}

impl KnownSnapshots {
    fn judge(
        &mut self,
        event: &Event,
        first: &BTreeMap<InRealm<BackupName>, Backup>,
    ) -> Option<Happened> {
        let realm = event.realm.as_ref()?;
        if let EventKind::SourceChanged { source, snapshots: Some(snapshots), .. } = &event.kind {
            self.kept.insert(realm.with(source.clone()), *snapshots);
        }
        if let EventKind::DeletionExpired { backup, .. } = &event.kind {
            let backup = realm.with(backup.clone());
            let kept = self.keeps(first.get(&backup)?)?;
            return (kept != Snapshots::Deletable).then_some(Happened::KeptBySnapshot);
        }
        if let EventKind::DeletionDecided { backup, why, .. } = &event.kind
            && *why != Why::FailedBackup
        {
            let backup = realm.with(backup.clone());
            let kept = self.keeps(first.get(&backup)?)?;
            assert_eq!(kept, Snapshots::Deletable, "{backup} went");
        }
        None
    }

    /// What keeps the snapshots of a recovery point, if it is made of such.
    fn keeps(&self, backup: &Backup) -> Option<Snapshots> {
        let is_of_snapshot = backup.name.as_str().contains("::snapshot/snap-");
        let key = backup.realm.with(backup.source.clone());
        is_of_snapshot.then(|| self.kept.get(&key).copied().unwrap_or_default())
    }
}

/// What keeps the snapshots is part of what a deletion is decided from.
#[test]
fn a_snapshot_that_is_locked_while_a_deletion_is_decided_is_kept_until_it_is_free() {
    let mut world = with_vault(Simulation::with(1, Sabotage::None));
    let realm = realms()[0].clone();
    back_up_of(&mut world, "token", volume(&realm));
    world.finish();
    let backup = world.look().remove(0).backup;
    let (service, now, of) = (Arc::clone(world.service()), world.now(), backup.clone());
    world.start(async move {
        service.delete_point(&kept_in(&of), &of.name, &by(), now).await.unwrap();
        Answer::Accepted(of.key())
    });
    world.settle();
    world.snapshots_become(&realm, Snapshots::Locked);
    world.settle();
    assert_eq!(world.release("commit SourceChanged", Verdict::Go), 1);
    world.finish();
    crate::invariants::at_every_step(&mut world);
    let state = world.look().remove(0).backup.state;
    assert!(matches!(state, State::Expired { .. }), "{state:?}");
    world.snapshots_become(&realm, Snapshots::Deletable);
    world.finish();
    world.asked_to_go.insert(backup.key());
    let (service, now) = (Arc::clone(world.service()), world.now());
    world.start(async move {
        service.delete_point(&kept_in(&backup), &backup.name, &by(), now).await.unwrap();
        Answer::Accepted(backup.key())
    });
    world.finish();
    crate::invariants::at_every_step(&mut world);
    let left = world.look();
    assert!(left.iter().all(|it| it.backup.state.erasing().is_some()), "it goes: {left:?}");
}
