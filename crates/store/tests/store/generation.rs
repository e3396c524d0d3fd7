//! The one rule: what a decision was made from must not have moved at its commit.

use sexton_core::{
    Backup, DataKey, Offered, Resource, ResourceArn, RoleName, RoleStatus, Snapshots, Source,
    SourceKind, Tags, Use, UserName, Vault,
};
use sexton_store::certificate::Openings;
use sexton_store::{Change, Commit, Expect, Follow, MetaStore, Slot, StoreError, Subject, Write};

use crate::fixture::{
    at, begin, certification, change, complete, completed, delete, deletion, done, expect_none, id,
    job_and_backup, key, offered, put_vault, realm, resource, restore, restore_of_token, role,
    role_arn, vault, vault_key,
};
use crate::guards::locked;
use crate::holds::{cancelled, hold};
use crate::plans::plan;

pub(crate) async fn a_decision_commits_once(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let snapshot = store.backup(&backup.key()).await.unwrap().unwrap();
    let decided = |number| {
        let expects = snapshot.expects.clone();
        Change { expects, ..deletion(&snapshot.backup, id(number), at(50)) }
    };
    // Two callers decided from the same snapshot.
    assert_eq!(store.commit(decided(8)).await.unwrap(), Commit::Done);
    assert_eq!(store.commit(decided(9)).await.unwrap(), Commit::Stale);
    let due = store.due_erasures(at(50), None, 10).await.unwrap().items;
    assert_eq!(due.iter().map(|claim| claim.erasing.job).collect::<Vec<_>>(), [id(8)]);
}

/// Everything that a change can have been decided from, as it is now.
async fn expects(store: &dyn MetaStore, backup: &Backup) -> Vec<Expect> {
    let mut expects = store.backup(&backup.key()).await.unwrap().unwrap().expects;
    expects.push(store.source(&realm().with(backup.source.clone())).await.unwrap().1);
    let job = store.backup_job(backup.id.job()).await.unwrap().unwrap();
    expects.push(job.expect);
    let kept = backup.in_vault().unwrap();
    expects.push(store.vault(&realm().with(kept.vault.clone())).await.unwrap().unwrap().expect);
    expects.extend(
        store.due_erasures(at(1000), None, 1).await.unwrap().items.pop().map(|it| it.expect),
    );
    expects
}

pub(crate) async fn every_subject_makes_a_commit_stale_when_it_changes(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let other = complete(store, "first", 2).await;
    delete(store, &other.key(), id(9)).await;
    let backup = complete(store, "first", 3).await;
    let kind = SourceKind::Generated;
    let source = Source {
        realm: realm(),
        arn: backup.source.clone(),
        kind,
        allow_empty: false,
        added: at(1),
        offered: offered(),
    };
    done(store, change(vec![Write::PutSource(source.clone())])).await;
    done(store, change(vec![Write::PutRole(role(RoleStatus::Permitted))])).await;

    let tagged = Vault { tags: Tags::from([("a".to_owned(), "b".to_owned())]), ..vault("first") };
    let (job, _) = job_and_backup("first", 3, None);
    let erasing = store.due_erasures(at(1000), None, 1).await.unwrap().items.remove(0).backup;
    let restored = restore(&backup, id(5), None);
    let moves = [
        (Write::PutVault(tagged), 6),
        (Write::PutGuard(vault_key("first"), locked()), 1),
        (Write::PutHold(hold(1, "other")), 3),
        (Write::AddUse(backup.key(), Use::restore(id(5))), 0),
        (Write::RemoveUse(backup.key(), id(5)), 0),
        (Write::PutBackup(backup.clone()), 0),
        (Write::PutRole(role(RoleStatus::Permitted)), 2),
        (Write::PutSource(source), 4),
        (Write::RemoveSource(realm().with(backup.source.clone())), 4),
        (Write::PutBackupJob(job), 5),
        (Write::PutBackup(erasing), 7),
    ];
    for (write, which) in moves {
        let before = expects(store, &backup).await;
        assert_eq!(before.len(), 8);
        let moved = format!("{write:?}");
        done(store, change(vec![write])).await;
        for (index, expect) in before.into_iter().enumerate() {
            let unmoved = expect.subject.clone();
            let writes = vec![Write::PutRestoreJob(restored.clone())];
            let later = Change { expects: vec![expect], writes, ..Change::default() };
            let stale = store.commit(later).await.unwrap() == Commit::Stale;
            assert_eq!(stale, index == which, "{unmoved:?} after {moved}");
        }
    }
}

/// Deletions that wait together mostly ask for the same protections: what one of them found must
/// not be believed by the next, once something has come between.
pub(crate) async fn what_comes_between_two_deletions_of_a_batch_stops_the_second(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    done(store, change(vec![Write::PutRole(role(RoleStatus::Permitted))])).await;
    for round in 0..12 {
        let between = match round % 3 {
            0 => Write::PutGuard(vault_key("first"), locked()),
            1 => Write::PutRole(role(RoleStatus::Permitted)),
            _ => Write::PutHold(cancelled(hold(round, "other"), 9999)),
        };
        let mut decided = Vec::new();
        for number in 10 * round..10 * round + 3 {
            let backup = complete(store, "first", number).await;
            let read = store.backup(&backup.key()).await.unwrap().unwrap();
            let deletion = deletion(&backup, id(5000 + number), at(50));
            decided.push(Change { expects: read.expects, ..deletion });
        }
        let [writing, first, second] = <[Change; 3]>::try_from(decided).unwrap();
        // While the one is written, the others become a batch.
        let (written, first, between, second) = futures::join!(
            store.commit(writing),
            store.commit(first),
            store.commit(change(vec![between])),
            store.commit(second),
        );
        let ended = [written, first, between, second].map(Result::unwrap);
        assert_eq!(ended, [Commit::Done, Commit::Done, Commit::Done, Commit::Stale], "{round}");
    }
}

/// Whoever deletes a recovery point that is made of snapshots reads what keeps them.
pub(crate) async fn what_keeps_snapshots_is_read_with_a_backup_that_is_made_of_them(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    let volume: ResourceArn = "arn:aws:ec2:eu-central-1:123456789012:volume/vol-1".parse().unwrap();
    let (_, backup) = job_and_backup("first", 1, None);
    let name = "arn:aws:ec2:eu-central-1::snapshot/snap-1".parse().unwrap();
    let backup = completed(Backup { name, source: volume.clone(), ..backup }, 1);
    let data_key = DataKey::from_bytes(&key(1));
    done(store, change(vec![Write::CreateBackup(backup.clone(), data_key)])).await;
    let read = async || store.backup(&backup.key()).await.unwrap().unwrap();
    let before = read().await;
    assert_eq!(before.snapshots, Snapshots::Deletable, "nobody said anything");
    for snapshots in [Snapshots::Locked, Snapshots::InUse, Snapshots::Deletable] {
        let of = Resource { id: "vol-1".to_owned(), tags: Tags::new(), snapshots };
        let source = Source {
            realm: realm(),
            arn: volume.clone(),
            kind: SourceKind::Generated,
            allow_empty: false,
            added: at(1),
            offered: Offered::Resource(of),
        };
        done(store, change(vec![Write::PutSource(source)])).await;
        assert_eq!(read().await.snapshots, snapshots);
        let late = Change { expects: before.expects.clone(), ..Change::default() };
        assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
    }
    // One of the same volume that is made of none is not kept, and does not ask.
    let other = complete(store, "first", 2).await;
    let other = store.backup(&other.key()).await.unwrap().unwrap();
    assert!(other.expects.iter().all(|it| !matches!(it.subject, Subject::Source(_))));
}

/// Tags protect nothing. A vault that went and came back is another one.
pub(crate) async fn the_tags_of_a_vault_make_no_deletion_stale(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let expects = store.backup(&backup.key()).await.unwrap().unwrap().expects;
    let guard = expects.iter().find(|it| it.subject == Subject::Guard(vault_key("first")));
    let guard = guard.unwrap().clone();
    let before = store.vault(&vault_key("first")).await.unwrap().unwrap().expect;
    let tagged = Vault { tags: Tags::from([("a".to_owned(), "b".to_owned())]), ..vault("first") };
    done(store, change(vec![Write::PutVault(tagged.clone())])).await;
    // Whoever changes tags beside does read them again.
    let expecting = |expect| Change { expects: vec![expect], ..Change::default() };
    assert_eq!(store.commit(expecting(before)).await.unwrap(), Commit::Stale);

    let decided = Change { expects, ..deletion(&backup, id(8), at(50)) };
    assert_eq!(store.commit(decided).await.unwrap(), Commit::Done);
    let due = store.due_erasures(at(1000), None, 1).await.unwrap().items.remove(0);
    done(store, certification(&due)).await;
    assert_eq!(store.commit(expecting(guard.clone())).await.unwrap(), Commit::Done);
    done(store, change(vec![Write::RemoveVault(vault_key("first"))])).await;
    assert_eq!(store.commit(expecting(guard.clone())).await.unwrap(), Commit::Stale);
    done(store, change(vec![Write::PutVault(tagged)])).await;
    assert_eq!(store.commit(expecting(guard)).await.unwrap(), Commit::Stale);
}

pub(crate) async fn a_subject_that_comes_into_being_makes_a_commit_stale(store: &dyn MetaStore) {
    let (job, backup) = job_and_backup("first", 1, None);
    let absent = [
        Subject::Vault(vault_key("first")),
        Subject::Guard(vault_key("first")),
        Subject::Backup(backup.key()),
        Subject::Role(role_arn()),
        Subject::Holds(realm()),
        Subject::Hold(hold(1, "first").key()),
        Subject::Source(realm().with(backup.source.clone())),
        Subject::Job(job.id),
        Subject::Slot(Slot(0)),
        Subject::Plan(plan(1).key()),
        Subject::PlanOfToken(realm().with("made-1".to_owned())),
        Subject::PlanAlike(realm().with(plan(1).document())),
    ];
    let try_all = async || {
        let mut stale = Vec::new();
        for subject in absent.clone() {
            let nothing = Change { expects: vec![expect_none(subject)], ..Change::default() };
            stale.push(store.commit(nothing).await.unwrap() == Commit::Stale);
        }
        stale
    };
    assert_eq!(try_all().await, [false; 12]);
    put_vault(store, "first").await;
    complete(store, "first", 1).await;
    delete(store, &backup.key(), id(9)).await;
    let source = Source {
        realm: realm(),
        arn: resource(1),
        kind: SourceKind::Generated,
        allow_empty: false,
        added: at(1),
        offered: offered(),
    };
    done(store, change(vec![Write::PutSource(source)])).await;
    done(store, change(vec![Write::PutRole(role(RoleStatus::Denied))])).await;
    done(store, change(vec![Write::PutHold(hold(1, "first"))])).await;
    done(store, change(vec![Write::PutPlan(Box::new(plan(1)))])).await;
    assert_eq!(try_all().await, [true; 12]);
}

pub(crate) async fn a_stale_or_failed_change_writes_nothing(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let events = store.events(0, 100).await.unwrap();
    let sums = store.sums().await.unwrap();

    let stale = expect_none(Subject::Vault(vault_key("first")));
    let halfway = Change { expects: vec![stale], ..deletion(&backup, id(8), at(50)) };
    assert_eq!(store.commit(halfway).await.unwrap(), Commit::Stale);
    // The last write of this one cannot be done, so none is.
    let mut halfway = deletion(&backup, id(9), at(50));
    halfway.writes.push(Write::Certify(Slot(77), statement_of(&backup), Openings::new()));
    assert!(matches!(store.commit(halfway).await, Err(StoreError::NotDone(_))));
    // Nor is anything of one that finds a vault that is not empty.
    let mut halfway = deletion(&backup, id(9), at(50));
    halfway.writes.push(Write::RemoveVault(vault_key("first")));
    assert_eq!(store.commit(halfway).await.unwrap(), Commit::Stale);

    assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
    assert_eq!(store.backup(&backup.key()).await.unwrap().unwrap().backup, backup);
    assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items.is_empty());
    assert_eq!(store.events(0, 100).await.unwrap(), events);
    assert_eq!(store.sums().await.unwrap(), sums);
}

fn statement_of(backup: &Backup) -> String {
    crate::fixture::statement(&crate::fixture::erased(backup, id(77), at(1)))
}

/// Commits that wait together are written together, and still fail alone.
pub(crate) async fn a_change_that_fails_spoils_nobody_elses(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let mut backups = Vec::new();
    for number in 1..=12 {
        backups.push(complete(store, "first", number).await);
    }
    let commits = backups.iter().zip(100..).map(|(backup, number)| {
        let mut change = deletion(backup, id(number), at(50));
        match number % 4 {
            1 => {
                change.writes.push(Write::Certify(Slot(77), statement_of(backup), Openings::new()));
            }
            2 => change.writes.push(Write::RemoveVault(vault_key("first"))),
            _ => (),
        }
        store.commit(change)
    });
    let results = futures::future::join_all(commits).await;
    for ((backup, number), result) in backups.iter().zip(100..).zip(results) {
        let is_fate = match number % 4 {
            1 => matches!(result, Err(StoreError::NotDone(_))),
            2 => matches!(result, Ok(Commit::Stale)),
            _ => matches!(result, Ok(Commit::Done)),
        };
        assert!(is_fate, "{number}: {result:?}");
        let deleted = result.is_ok_and(|it| it == Commit::Done);
        assert_eq!(store.data_key(&backup.key()).await.unwrap().is_none(), deleted, "{number}");
        let now = store.backup(&backup.key()).await.unwrap().unwrap().backup;
        assert_eq!(now == *backup, !deleted, "{number}");
    }
    let due = store.due_erasures(at(1000), None, 100).await.unwrap().items;
    assert_eq!(due.len(), 6);
    for claim in due {
        done(store, certification(&claim)).await;
    }
    let vault = store.vault(&vault_key("first")).await.unwrap().unwrap();
    assert_eq!(vault.backups, 6);
}

pub(crate) async fn a_vault_with_points_is_not_removed(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let removal = || change(vec![Write::RemoveVault(vault_key("first"))]);
    let backup = begin(store, "first", 1).await;
    assert_eq!(store.commit(removal()).await.unwrap(), Commit::Stale);
    complete(store, "first", 2).await;
    assert_eq!(store.commit(removal()).await.unwrap(), Commit::Stale);
    delete(store, &backup.key(), id(9)).await;
    assert_eq!(store.commit(removal()).await.unwrap(), Commit::Stale);
    assert_eq!(store.vault(&vault_key("first")).await.unwrap().unwrap().backups, 2);

    // Both wait at the same time: whichever is first, no backup is ever without a vault.
    for number in 10..30 {
        let name = format!("vault-{number}");
        put_vault(store, &name).await;
        let vault = store.vault(&vault_key(&name)).await.unwrap().unwrap();
        let (job, backup) = job_and_backup(&name, number, None);
        let key = DataKey::from_bytes(&key(number));
        let begin = Change {
            expects: vec![vault.expect.clone()],
            writes: vec![Write::CreateBackup(backup, key), Write::PutBackupJob(job)],
            ..Change::default()
        };
        let expects = vec![vault.expect];
        let remove =
            Change { expects, writes: vec![Write::RemoveVault(vault_key(&name))], ..removal() };
        let (begun, removed) = if number % 2 == 0 {
            futures::join!(store.commit(begin), store.commit(remove))
        } else {
            let (removed, begun) = futures::join!(store.commit(remove), store.commit(begin));
            (begun, removed)
        };
        let done = [begun.unwrap(), removed.unwrap()].map(|commit| commit == Commit::Done);
        assert!(done == [true, false] || done == [false, true], "{done:?}");
    }
}

pub(crate) async fn a_vault_is_removed_after_its_last_point(store: &dyn MetaStore) {
    for number in 1..30 {
        put_vault(store, "first").await;
        let backup = complete(store, "first", number).await;
        delete(store, &backup.key(), id(number)).await;
        let claim = store.due_erasures(at(1000), None, 1).await.unwrap().items.remove(0);
        // Both wait together, as two background jobs could.
        let removal = || change(vec![Write::RemoveVault(vault_key("first"))]);
        let together = Change { background: true, ..removal() };
        let certify = store.commit(certification(&claim));
        let (certified, removed) = futures::join!(certify, store.commit(together));
        assert_eq!(certified.unwrap(), Commit::Done);
        if removed.unwrap() == Commit::Stale {
            done(store, removal()).await;
        }
        // Whatever takes the place of the vault begins with nothing.
        put_vault(store, "second").await;
        assert_eq!(store.vault(&vault_key("second")).await.unwrap().unwrap().backups, 0);
        done(store, change(vec![Write::RemoveVault(vault_key("second"))])).await;
    }
}

pub(crate) async fn one_token_begins_one_job(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let start = |number| {
        let (job, backup) = job_and_backup("first", number, Some("token"));
        let key = DataKey::from_bytes(&key(number));
        change(vec![Write::CreateBackup(backup, key), Write::PutBackupJob(job)])
    };
    let repeated = async |token| {
        let subject = Subject::BackupToken(realm().with(String::from(token)));
        let reading = store.read(std::slice::from_ref(&subject), Follow::Nothing).await.unwrap();
        reading.backup_job(&subject).map(|job| job.id)
    };
    assert_eq!(repeated("token").await, None);
    // Two callers found no job of this token.
    assert_eq!(store.commit(start(1)).await.unwrap(), Commit::Done);
    assert_eq!(store.commit(start(2)).await.unwrap(), Commit::Stale);
    let (first, backup) = job_and_backup("first", 1, Some("token"));
    assert_eq!(repeated("token").await, Some(first.id));
    assert_eq!(repeated("other").await, None);
    // The job itself may change, and a job without a token repeats nothing.
    done(store, change(vec![Write::PutBackupJob(first)])).await;
    begin(store, "first", 3).await;
    begin(store, "first", 4).await;

    let content = crate::fixture::content(1);
    let state = sexton_core::State::Completed { content };
    let backup = Backup { state, ..backup };
    let restore = |number| Write::PutRestoreJob(restore(&backup, id(number), Some("token")));
    assert_eq!(restore_of_token(store, "token").await, None);
    done(store, change(vec![restore(5)])).await;
    assert_eq!(store.commit(change(vec![restore(6)])).await.unwrap(), Commit::Stale);
    let found = restore_of_token(store, "token").await;
    assert_eq!(found.map(|job| job.id), Some(id(5)));
}

/// What is absent when it is read is expected to be absent at the commit.
pub(crate) async fn a_commit_expects_all_that_was_read(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let (_, other) = job_and_backup("first", 2, None);
    let roots = [
        Subject::Vault(vault_key("first")),
        Subject::Vault(vault_key("second")),
        Subject::Backup(backup.key()),
        Subject::Backup(other.key()),
        Subject::Source(realm().with(resource(0))),
        Subject::SourceOfPath(realm().with("/nowhere".to_owned())),
        Subject::Role(role_arn()),
        Subject::RoleNamed(RoleName::new("1", "nobody")),
        Subject::User(UserName::new("1", "nobody")),
        Subject::Job(id(77)),
        Subject::BackupToken(realm().with("token".to_owned())),
        Subject::RestoreToken(realm().with("token".to_owned())),
        Subject::CopyToken(realm().with("token".to_owned())),
        Subject::Plan(plan(1).key()),
        Subject::PlanOfToken(realm().with("token".to_owned())),
        Subject::PlanAlike(realm().with(plan(1).document())),
    ];
    let expects =
        async |roots: &[Subject], follow| store.read(roots, follow).await.unwrap().expects();
    let found = expects(&roots, Follow::Nothing).await;
    assert_eq!(
        found.iter().map(|it| &it.subject).collect::<Vec<_>>(),
        roots.iter().collect::<Vec<_>>()
    );
    let absent = found.iter().filter(|it| it.generation.0 == 0).count();
    assert_eq!(absent, 14, "{found:?}");
    // What protects a backup is read with it, where that is asked for.
    let guard = Subject::Guard(vault_key("first"));
    let protectors = [guard, Subject::Role(role_arn()), Subject::Holds(realm())];
    let followed = expects(&roots[2..3], Follow::Protectors).await;
    assert_eq!(
        followed[1..].iter().map(|it| &it.subject).collect::<Vec<_>>(),
        protectors.iter().collect::<Vec<_>>()
    );

    let nothing = |expects: &Vec<Expect>| Change { expects: expects.clone(), ..Change::default() };
    assert_eq!(store.commit(nothing(&found)).await.unwrap(), Commit::Done);
    // One that comes into being makes the whole decision stale.
    let (job, begun) = job_and_backup("first", 3, Some("token"));
    let key = DataKey::from_bytes(&key(3));
    done(store, change(vec![Write::CreateBackup(begun, key), Write::PutBackupJob(job)])).await;
    assert_eq!(store.commit(nothing(&found)).await.unwrap(), Commit::Stale);
    let token = Subject::BackupToken(realm().with("token".to_owned()));
    let without: Vec<Expect> = found.iter().filter(|it| it.subject != token).cloned().collect();
    assert_eq!(store.commit(nothing(&without)).await.unwrap(), Commit::Done);
    put_vault(store, "second").await;
    assert_eq!(store.commit(nothing(&without)).await.unwrap(), Commit::Stale);
}
