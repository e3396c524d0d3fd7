//! Lost replies and lost certainty, one at a time.

use std::sync::{Arc, Mutex};

use serde_json::Map;
use sexton_core::{
    BackupJob, BackupOrder, FileSystemId, FileSystemOrder, FileSystemState, FileSystemType, Realm,
    RemoveFileSystem, ResourceArn, RestoreJob, RestoreOrder, State, Tags, TokenName, TokenUse,
    Vault,
};
use sexton_server::ops::fsx::Asked;
use sexton_store::Wanted;

use crate::calls::{Answer, by};
use crate::fsx::directory;
use crate::gate::Verdict;
use crate::invariants;
use crate::parts::Sabotage;
use crate::seen::{kept_in, realms};
use crate::world::Simulation;

fn first_realm() -> Realm {
    let [first, _] = realms();
    first
}

/// A world with a vault, in which only what is written waits.
fn world() -> Simulation {
    with_vault(Simulation::with(1, Sabotage::None))
}

pub(crate) fn with_vault(mut world: Simulation) -> Simulation {
    let (service, now) = (Arc::clone(world.service()), world.now());
    let vault = Vault::new(first_realm(), "gold".parse().unwrap(), now);
    world.start(async move {
        service.create_vault(vault, &by(), now).await.unwrap();
        Answer::Other
    });
    world.finish();
    world
}

pub(crate) fn back_up(world: &mut Simulation, token: &str) {
    back_up_of(world, token, "arn:aws:s3:::bucket".parse().unwrap());
}

pub(crate) fn back_up_of(world: &mut Simulation, token: &str, resource: ResourceArn) {
    let order = BackupOrder {
        idempotency_token: Some(token.to_owned()),
        ..BackupOrder::new(
            "gold".parse().unwrap(),
            resource,
            "arn:aws:iam::123456789012:role/steady".parse().unwrap(),
        )
    };
    let (service, now) = (Arc::clone(world.service()), world.now());
    world.start(async move {
        drop(service.start_backup(&first_realm(), order, &by(), now).await);
        Answer::Other
    });
    world.settle();
}

fn restore(world: &mut Simulation, token: Option<&str>) {
    let order = RestoreOrder {
        backup: world.look()[0].backup.name.clone(),
        resource_type: None,
        role: None,
        idempotency_token: token.map(str::to_owned),
        metadata: std::collections::BTreeMap::new(),
    };
    let (service, now) = (Arc::clone(world.service()), world.now());
    world.start(async move {
        drop(service.start_restore(&first_realm(), order, &by(), now).await);
        Answer::Other
    });
    world.settle();
}

fn jobs(world: &Simulation) -> (usize, usize) {
    let (all, every): (Wanted<BackupJob>, Wanted<RestoreJob>) =
        (Arc::new(|_| true), Arc::new(|_| true));
    let backups = world.ask(world.store.list_backup_jobs(&first_realm(), all, None, 10));
    let restores = world.ask(world.store.list_restore_jobs(&first_realm(), every, None, 10));
    (backups.unwrap().items.len(), restores.unwrap().items.len())
}

#[test]
fn a_retry_after_a_lost_reply_finds_the_first_job() {
    for verdict in [Verdict::ReplyLost, Verdict::Lost, Verdict::Go] {
        let mut world = world();
        back_up(&mut world, "token");
        assert_eq!(world.release("commit BackupStarted", verdict), 1);
        back_up(&mut world, "token");
        world.finish();
        assert_eq!(jobs(&world), (1, 0), "{verdict:?}");
        // And it was run, whoever heard of it.
        let backups = world.look();
        assert!(
            matches!(backups[0].backup.state, State::Completed { .. }),
            "{verdict:?}: {backups:?}"
        );

        restore(&mut world, Some("token"));
        assert_eq!(world.release("commit RestoreStarted", verdict), 1);
        restore(&mut world, Some("token"));
        world.finish();
        assert_eq!(jobs(&world), (1, 1), "{verdict:?}");
        assert_eq!(world.look()[0].uses, 0, "{verdict:?}: it is in use for ever");
    }
}

#[test]
fn a_job_is_run_although_its_reply_was_lost_and_nobody_could_look() {
    for written in [Verdict::ReplyLost, Verdict::Lost] {
        let jobs_begun = usize::from(written == Verdict::ReplyLost);
        // A world in which reading waits too.
        let mut world = with_vault(Simulation::with(6, Sabotage::None));
        back_up(&mut world, "token");
        assert_eq!(world.release("read [Vault(", Verdict::Go), 1);
        assert_eq!(world.release("commit BackupStarted", written), 1);
        assert_eq!(world.release("read [Job(", Verdict::Lost), 1);
        world.finish();
        assert_eq!(jobs(&world), (jobs_begun, 0), "{written:?}");
        invariants::at_every_step(&mut world);
        back_up(&mut world, "token");
        world.finish();
        assert_eq!(jobs(&world), (1, 0), "{written:?}");
        let backups = world.look();
        assert!(
            matches!(backups[0].backup.state, State::Completed { .. }),
            "{written:?}: {backups:?}"
        );

        restore(&mut world, None);
        assert_eq!(world.release("read [Backup(", Verdict::Go), 1);
        assert_eq!(world.release("commit RestoreStarted", written), 1);
        assert_eq!(world.release("read [Job(", Verdict::Lost), 1);
        world.finish();
        assert_eq!(jobs(&world), (1, jobs_begun), "{written:?}");
        assert_eq!(world.look()[0].uses, 0, "{written:?}: it is in use for ever");
    }
}

#[test]
fn two_calls_with_one_token_at_the_same_time_begin_one_job() {
    let mut world = world();
    back_up(&mut world, "token");
    back_up(&mut world, "token");
    assert_eq!(world.release("commit BackupStarted", Verdict::Go), 2);
    world.finish();
    assert_eq!(jobs(&world), (1, 0));
    restore(&mut world, Some("token"));
    restore(&mut world, Some("token"));
    assert_eq!(world.release("commit RestoreStarted", Verdict::Go), 2);
    world.finish();
    assert_eq!(jobs(&world), (1, 1));
}

#[test]
fn what_a_stop_interrupted_is_ended_together() {
    let mut world = world();
    back_up(&mut world, "token");
    world.finish();
    for _ in 0..3 {
        restore(&mut world, None);
        assert_eq!(world.release("commit RestoreStarted", Verdict::Go), 1);
    }
    let service = Arc::clone(world.service());
    world.start(async move {
        service.end_interrupted().await.unwrap();
        Answer::Other
    });
    world.settle();
    assert_eq!(world.release("commit RestoreEnded", Verdict::Go), 3);
    world.finish();
    assert_eq!(world.look()[0].uses, 0, "it is in use for ever");
}

#[test]
fn two_restores_of_one_backup_do_not_meet() {
    for _ in 0..8 {
        let mut world = world();
        back_up(&mut world, "token");
        world.finish();
        restore(&mut world, None);
        restore(&mut world, None);
        world.finish();
        assert_eq!(jobs(&world), (1, 2));
        assert_eq!(invariants::what_was_restored_is_what_was_captured(&world), 2);
        invariants::at_the_end(&mut world);
    }
}

#[test]
fn what_may_not_be_gone_for_good_is_not_certified() {
    let mut world = world();
    back_up(&mut world, "token");
    world.finish();
    let backup = world.look().remove(0).backup;
    let (service, now, key) = (Arc::clone(world.service()), world.now(), backup.key());
    world.start(async move {
        service.delete_point(&kept_in(&backup), &backup.name, &by(), now).await.unwrap();
        Answer::Other
    });
    world.finish();
    for certified in [false, true] {
        world.tick(1000);
        let service = Arc::clone(world.service());
        world.start(async move {
            service.erase_pass().await.unwrap();
            Answer::Other
        });
        world.settle();
        assert_eq!(world.release("list", Verdict::Go), 1);
        // It is removed, and whoever removes it cannot say so.
        while world.release("delete", Verdict::ReplyLost) > 0 {}
        world.finish();
        let found = world.ask(world.store.certificate(&key)).unwrap();
        assert_eq!(found.is_some(), certified);
    }
}

/// Makes a file system that takes a last backup.
fn file_system(world: &mut Simulation) -> FileSystemId {
    let order = FileSystemOrder {
        kind: Some(FileSystemType::OpenZfs),
        storage_capacity: None,
        shown: Map::new(),
        configuration: Map::new(),
        retention_days: Some(0),
        daily_start: None,
        copy_tags: false,
        tags: Tags::new(),
    };
    let (service, now) = (Arc::clone(world.service()), world.now());
    world.start(async move {
        let asked = Asked { by: &by(), realm: &first_realm(), now, token: None };
        service.create_file_system(order, &asked).await.unwrap();
        Answer::Other
    });
    world.finish();
    FileSystemId::of(&world.sources()[0].arn).unwrap()
}

/// One of them was refused, since the last backup of the other was in progress.
#[test]
fn two_equal_calls_that_delete_a_file_system_at_the_same_time_are_answered_alike() {
    // A world in which reading waits too.
    let mut world = Simulation::with(6, Sabotage::None);
    let (id, now) = (file_system(&mut world), world.now());
    let answers = Arc::<Mutex<Vec<bool>>>::default();
    let delete = |world: &mut Simulation| {
        let (service, id, answers) =
            (Arc::clone(world.service()), id.clone(), Arc::clone(&answers));
        world.start(async move {
            let name =
                TokenName { operation: "DeleteFileSystem".to_owned(), token: "once".to_owned() };
            let token = Some(TokenUse { name: first_realm().with(name), asked: [].into() });
            let asked = Asked { by: &by(), realm: &first_realm(), now, token };
            let order = RemoveFileSystem::default();
            let answer = service.delete_file_system(&id, order, &asked).await;
            answers.lock().unwrap().push(answer.is_ok());
            Answer::Other
        });
        world.settle();
    };
    // The second has read that nothing happened yet when the first is written down.
    delete(&mut world);
    assert_eq!(world.release("read [Token(", Verdict::Go), 1);
    assert_eq!(world.release("read captures", Verdict::Go), 1);
    delete(&mut world);
    assert_eq!(world.release("read [Token(", Verdict::Go), 1);
    assert_eq!(world.release("commit SourceDeleting", Verdict::Go), 1);
    assert_eq!(world.release("read captures", Verdict::Go), 1);
    world.finish();
    assert_eq!(*answers.lock().unwrap(), [true, true]);
}

/// Its directory went, although it stayed.
#[test]
fn a_last_backup_that_fails_while_a_removal_looks_keeps_the_directory() {
    // A world in which reading waits too.
    let mut world = Simulation::with(6, Sabotage::None);
    let id = file_system(&mut world);
    let source = world.sources().remove(0);
    std::fs::write(directory(&source).join("letter"), "dear heirs").unwrap();
    let (service, now) = (Arc::clone(world.service()), world.now());
    world.start(async move {
        let asked = Asked { by: &by(), realm: &first_realm(), now, token: None };
        let order = RemoveFileSystem::default();
        service.delete_file_system(&id, order, &asked).await.unwrap();
        Answer::Other
    });
    world.settle();
    while world.waiting().iter().all(|(label, _)| !label.starts_with("put ")) {
        assert!(world.release("", Verdict::Go) > 0, "the last backup does not begin");
    }
    // The removal has read that it goes, and not yet what became of its last backup.
    let (service, key) = (Arc::clone(world.service()), source.key());
    world.start(async move {
        assert!(!service.remove_source(&key).await.unwrap());
        Answer::Other
    });
    world.settle();
    assert_eq!(world.release("read [Source(", Verdict::Go), 1);
    let looking = world.waiting().iter().find(|who| who.0.starts_with("read [Backup(")).cloned();
    world.release("put ", Verdict::Lost);
    while let Some(who) = world.waiting().into_iter().find(|who| Some(who) != looking.as_ref()) {
        world.release_one(&who, Verdict::Go);
    }
    world.finish();
    let state = world.sources().remove(0).offered.state().clone();
    assert!(matches!(state, FileSystemState::Available { .. }), "{state:?}");
    assert!(directory(&source).join("letter").exists());
}
