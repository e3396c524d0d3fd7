//! The SQLite store and the plain maps, held against each other over random changes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use sexton_core::{
    Backup, BackupJob, BackupJobState, DataKey, Epoch, ErasureState, Lifecycle, RoleStatus, State,
    Use,
};
use sexton_store::memory::Memory;
use sexton_store::{
    BackupQuery, Change, Claim, Commit, EpochEnd, Follow, MetaStore, Slot, StoreError, Subject,
    Write,
};
use tempfile::TempDir;

use crate::fixture::{
    at, certification, change, content, deletion, erased, expect_none, id, job_and_backup, key,
    open, put_off, realm, restore, restore_of_token, role, role_arn, roots, run, staying, vault,
    vault_key, vault_name,
};
use crate::guards::locked;
use crate::holds::{cancelled, hold, portray_holds};
use crate::model_fsx::{FsxTry, any_fsx_try, fsx_change_of, portray_fsx};

const VAULTS: [&str; 3] = ["aa", "bb", "cc"];
const POINTS: u32 = 12;
/// Something that a caller tries, right or wrong.
#[derive(Debug, Clone)]
enum Try {
    PutVault(usize),
    RemoveVault(usize),
    Guard(usize, bool),
    Hold(u32, bool),
    ForgetHold(u32),
    Begin(u32),
    Complete(u32),
    Tag(u32),
    Use(u32, u32),
    EndUse(u32, u32),
    Restore(u32, u32),
    Stop(u32),
    Delete(u32, u32),
    PutErasure(u32, i64),
    Park(u32),
    Certify(u32),
    Role(bool),
    Forget(usize),
    PutOffExpiry(u32, i64),
    /// Something of `FSx`.
    Fsx(FsxTry),
    /// A deletion decided from what was read before the next thing happened.
    Late(u32, Box<Try>),
}

fn any_try() -> impl Strategy<Value = Try> {
    let backup = 0..POINTS;
    let plain = prop_oneof![
        2 => (0_usize..3).prop_map(Try::PutVault),
        1 => (0_usize..3).prop_map(Try::RemoveVault),
        1 => (0_usize..3, any::<bool>()).prop_map(|(v, locked)| Try::Guard(v, locked)),
        2 => (0_u32..4, any::<bool>()).prop_map(|(h, ended)| Try::Hold(h, ended)),
        1 => (0_u32..4).prop_map(Try::ForgetHold),
        6 => backup.clone().prop_map(Try::Begin),
        6 => backup.clone().prop_map(Try::Complete),
        2 => backup.clone().prop_map(Try::Tag),
        2 => (backup.clone(), 0_u32..3).prop_map(|(p, j)| Try::Use(p, j)),
        2 => (backup.clone(), 0_u32..3).prop_map(|(p, j)| Try::EndUse(p, j)),
        1 => (backup.clone(), 0_u32..9).prop_map(|(p, j)| Try::Restore(p, j)),
        1 => backup.clone().prop_map(Try::Stop),
        6 => (backup.clone(), backup.clone()).prop_map(|(p, j)| Try::Delete(p, j)),
        2 => (backup.clone(), 0_i64..200).prop_map(|(j, at)| Try::PutErasure(j, at)),
        1 => backup.clone().prop_map(Try::Park),
        4 => backup.clone().prop_map(Try::Certify),
        1 => any::<bool>().prop_map(Try::Role),
        1 => (0_usize..3).prop_map(Try::Forget),
        2 => (backup.clone(), 0_i64..9).prop_map(|(p, days)| Try::PutOffExpiry(p, days)),
        16 => any_fsx_try().prop_map(Try::Fsx),
    ];
    (plain, prop::option::weighted(0.2, backup)).prop_map(|(plain, late)| match late {
        Some(backup) => Try::Late(backup, Box::new(plain)),
        None => plain,
    })
}

/// A backup never leaves its vault.
fn vault_of(number: u32) -> &'static str {
    VAULTS[usize::try_from(number % 3).unwrap()]
}

/// Some jobs have a token, and some of those the same one.
fn token_of(number: u32) -> Option<&'static str> {
    match number % 8 {
        0 => Some("token-0"),
        4 => Some("token-1"),
        _ => None,
    }
}

fn erasure_id(number: u32) -> sexton_core::JobId {
    id(500 + number)
}

/// The change that a try comes to, the same for both stores.
fn change_of(it: &Try) -> Change {
    let backup = |number: u32| job_and_backup(vault_of(number), number, None).1;
    match it {
        Try::PutVault(which) => change(vec![Write::PutVault(vault(VAULTS[*which]))]),
        Try::RemoveVault(which) => change(vec![Write::RemoveVault(vault_key(VAULTS[*which]))]),
        Try::Guard(which, locks) => {
            let guard = locks.then(locked).unwrap_or_default();
            change(vec![Write::PutGuard(vault_key(VAULTS[*which]), guard)])
        }
        Try::Hold(number, ended) => {
            let hold = hold(*number, vault_of(*number));
            change(vec![Write::PutHold(if *ended { cancelled(hold, 9) } else { hold })])
        }
        Try::ForgetHold(number) => change(vec![Write::RemoveHold(hold(*number, "aa").key())]),
        Try::Begin(number) => {
            let (job, backup) = job_and_backup(vault_of(*number), *number, token_of(*number));
            let key = DataKey::from_bytes(&key(*number));
            change(vec![Write::CreateBackup(backup, key), Write::PutBackupJob(job)])
        }
        Try::Complete(number) => {
            let state = State::Completed { content: content(*number) };
            // Some have an end.
            let delete_after_days = (number % 2 == 0).then_some(i64::from(number % 4) + 1);
            let lifecycle = Lifecycle { delete_after_days, ..Lifecycle::default() };
            let backup = Backup { state, ..staying(backup(*number), lifecycle) };
            let (job, _) = job_and_backup(vault_of(*number), *number, token_of(*number));
            let (at, size_bytes) = (at(i64::from(*number)), 1);
            let state = BackupJobState::Completed { at, size_bytes, message: String::new() };
            let job = BackupJob { state, ..job };
            change(vec![Write::PutBackup(backup), Write::PutBackupJob(job)])
        }
        Try::Use(number, job) => {
            change(vec![Write::AddUse(backup(*number).key(), Use::restore(id(700 + job)))])
        }
        Try::EndUse(number, job) => {
            change(vec![Write::RemoveUse(backup(*number).key(), id(700 + job))])
        }
        Try::Restore(number, job) => {
            let state = State::Completed { content: content(*number) };
            let backup = Backup { state, ..backup(*number) };
            let job = restore(&backup, id(800 + job), token_of(*job));
            change(vec![Write::PutRestoreJob(job)])
        }
        Try::Stop(number) => {
            let (job, _) = job_and_backup(vault_of(*number), *number, token_of(*number));
            let job = BackupJob { state: BackupJobState::Aborting, ..job };
            change(vec![Write::PutBackupJob(job)])
        }
        Try::Delete(number, job) => {
            let state = State::Completed { content: content(*number) };
            let backup = Backup { state, ..backup(*number) };
            deletion(&backup, erasure_id(*job), at(50 + i64::from(*number)))
        }
        Try::PutOffExpiry(number, days) => {
            let until = at(days * 86_400_000);
            change(vec![Write::PutOffExpiry(backup(*number).key(), until)])
        }
        Try::Role(denied) => {
            let status = if *denied { RoleStatus::Denied } else { RoleStatus::Permitted };
            change(vec![Write::PutRole(role(status))])
        }
        Try::Tag(_)
        | Try::Fsx(_)
        | Try::PutErasure(..)
        | Try::Park(_)
        | Try::Certify(_)
        | Try::Forget(_)
        | Try::Late(..) => {
            unreachable!("what depends on the store is made there")
        }
    }
}

/// A commit's answer without the words of its causes.
fn answer(result: Result<Commit, StoreError>) -> Option<Commit> {
    match result {
        Ok(commit) => Some(commit),
        Err(StoreError::NotDone(_)) => None,
        Err(StoreError::Unknown(cause)) => panic!("nothing was lost here: {cause}"),
    }
}

/// The change that tags a backup as it is now.
async fn tagging(store: &dyn MetaStore, number: u32) -> Change {
    let (_, absent) = job_and_backup(vault_of(number), number, None);
    let found = store.backup(&absent.key()).await.unwrap();
    let mut backup = found.map_or(absent, |snapshot| snapshot.backup);
    backup.tags.insert("tag".to_owned(), backup.tags.len().to_string());
    change(vec![Write::PutBackup(backup)])
}

/// The erasure of a backup, also if it is parked; one that is not there if it has none.
async fn claim(store: &dyn MetaStore, number: u32) -> Claim {
    let (_, backup) = job_and_backup(vault_of(number), number, None);
    let all = store.due_erasures(jiff::Timestamp::MAX, None, 100).await.unwrap().items;
    if let Some(found) = all.into_iter().find(|claim| claim.backup.name == backup.name) {
        return found;
    }
    let found = store.backup(&backup.key()).await.unwrap().map(|snapshot| snapshot.backup);
    let erasing = found.filter(|backup| backup.state.erasing().is_some());
    let backup = erasing.unwrap_or_else(|| erased(&backup, erasure_id(number), at(50)));
    let (slot, epoch) = (Slot(999), EpochEnd::Expected(at(0)));
    Claim {
        slot,
        erasing: backup.state.erasing().unwrap().clone(),
        backup,
        left_in: Epoch(1),
        epoch,
        expect: expect_none(Subject::Slot(slot)),
    }
}

/// Carries one try out, and tells what it was answered.
#[expect(clippy::wildcard_enum_match_arm, reason = "change_of names the rest")]
async fn carry_out(store: &dyn MetaStore, it: &Try) -> Vec<Option<Commit>> {
    match it {
        Try::Tag(number) => {
            let change = tagging(store, *number).await;
            vec![answer(store.commit(change).await)]
        }
        Try::PutErasure(number, millis) => {
            let state = ErasureState::Pending { not_before: at(*millis), attempts: 1 };
            vec![answer(store.commit(put_off(&claim(store, *number).await, state)).await)]
        }
        Try::Park(number) => {
            let state = ErasureState::Parked { reason: String::new() };
            vec![answer(store.commit(put_off(&claim(store, *number).await, state)).await)]
        }
        Try::Certify(number) => {
            vec![answer(store.commit(certification(&claim(store, *number).await)).await)]
        }
        Try::Forget(count) => {
            let jobs = store.ended_jobs(at(1000), None, *count).await.unwrap().items;
            let writes = jobs.iter().map(|job| Write::RemoveJob(job.id)).collect();
            vec![answer(store.commit(change(writes)).await)]
        }
        Try::Fsx(it) => match fsx_change_of(store, it).await {
            Some(change) => vec![answer(store.commit(change).await)],
            None => Vec::new(),
        },
        Try::Late(number, inner) => {
            let arn = job_and_backup(VAULTS[0], *number, None).1.key();
            let snapshot = store.backup(&arn).await.unwrap();
            let expects = snapshot.map_or_else(Vec::new, |snapshot| snapshot.expects);
            let late = Change { expects, ..tagging(store, *number).await };
            let mut answers = Box::pin(carry_out(store, inner)).await;
            answers.push(answer(store.commit(late).await));
            answers
        }
        other => vec![answer(store.commit(change_of(other)).await)],
    }
}

/// Everything that can be asked of a store, in a form that both give alike: generations
/// are told apart only by whether the subject is there.
async fn portrait(store: &dyn MetaStore) -> Vec<String> {
    let mut lines = Vec::new();
    let vaults = store.list_vaults(&realm(), None, 100).await.unwrap();
    lines.push(format!("{:?}", vaults.items));
    for name in VAULTS {
        let query = BackupQuery::of_vault(realm(), vault_name(name));
        let backups = store.list_backups(&query, None, 100).await.unwrap();
        lines.push(format!("{name}: {:?} {:?}", backups.items, backups.next));
    }
    for number in 0..POINTS {
        let arn = job_and_backup(VAULTS[0], number, None).1.key();
        let snapshot = store.backup(&arn).await.unwrap();
        let snapshot = snapshot.map(|it| {
            let there: Vec<_> = it.expects.iter().map(|it| it.generation.0 > 0).collect();
            (it.backup.state, it.uses, it.role, there)
        });
        let opened = store.data_key(&arn).await.unwrap().map(|key| *key.as_bytes());
        lines.push(format!("{number}: {snapshot:?} {opened:?}"));
        if let Some(issued) = store.certificate(&arn).await.unwrap() {
            let size = store.log_end(0).await.unwrap().size;
            let proof = store.inclusion(issued.leaf, size).await.unwrap();
            lines.push(format!("{number}: {issued:?} {proof:?}"));
        }
    }
    for token in ["token-0", "token-1"] {
        let subject = Subject::BackupToken(realm().with(token.to_owned()));
        let roots = [subject.clone(), Subject::Role(role_arn())];
        let reading = store.read(&roots, Follow::Nothing).await.unwrap();
        let (repeated, role) = (reading.backup_job(&subject), reading.role(&role_arn()));
        let restore = restore_of_token(store, token).await;
        lines.push(format!("{token}: {repeated:?} {role:?} {restore:?}"));
    }
    let all = std::sync::Arc::new(|_: &_| true);
    let jobs = store.list_backup_jobs(&realm(), all, None, 100).await.unwrap();
    lines.push(format!("{:?}", jobs.items));
    let all = std::sync::Arc::new(|_: &_| true);
    let jobs = store.list_restore_jobs(&realm(), all, None, 100).await.unwrap();
    lines.push(format!("{:?}", jobs.items));
    let (mut backups, mut restores) = store.interrupted_jobs().await.unwrap();
    backups.sort_by_key(|job| job.id);
    restores.sort_by_key(|job| job.id);
    lines.push(format!("{backups:?} {restores:?}"));
    for millis in [0, 55, 100, 1000] {
        let due = store.due_erasures(at(millis), None, 100).await.unwrap().items;
        let due: Vec<_> =
            due.into_iter().map(|it| (it.backup.name, it.erasing, it.epoch.has_ended())).collect();
        lines.push(format!("due at {millis}: {due:?}"));
    }
    for days in [1, 3, 9] {
        let due = store.due_expiries(at(days * 86_400_000 + 5), None, 100).await.unwrap();
        lines.push(format!("expired after {days} days: {due:?}"));
    }
    for parked in [false, true] {
        let erasing = store.list_erasing(parked, None, 100).await.unwrap().items;
        lines.push(format!("parked: {parked} {erasing:?}"));
    }
    portray_holds(store, &mut lines).await;
    portray_fsx(store, &mut lines).await;
    lines.push(format!("{:?}", store.events(0, 1000).await.unwrap()));
    lines.push(format!("{:?}", store.log_leaves(0, 1000).await.unwrap()));
    let end = store.log_end(1).await.unwrap();
    lines.push(format!("{} {:?} {:?}", end.size, end.root, end.root_before));
    let sums = store.sums().await.unwrap();
    let states: BTreeMap<_, _> = sums.backups.iter().copied().filter(|it| it.1 > 0).collect();
    let rest = sexton_store::Sums { backups: Vec::new(), ..sums };
    lines.push(format!("{states:?} {rest:?}"));
    lines
}

proptest! {
    #![proptest_config(Config {
        rng_seed: RngSeed::Fixed(11),
        failure_persistence: None,
        cases: 48,
        ..Config::default()
    })]

    #[test]
    fn sqlite_is_the_plain_maps(tries in prop::collection::vec(any_try(), 1..60)) {
        let folder = TempDir::new().unwrap();
        let roots = roots();
        run(async {
            let (memory, mut sqlite) = (Memory::default(), open(folder.path(), &roots));
            for name in VAULTS {
                let stores: [&dyn MetaStore; 2] = [&memory, &sqlite];
                for store in stores {
                    crate::fixture::put_vault(store, name).await;
                }
            }
            for (place, it) in tries.iter().enumerate() {
                let expected = carry_out(&memory, it).await;
                prop_assert_eq!(carry_out(&sqlite, it).await, expected, "{}: {:?}", place, it);
                if place % 23 == 22 {
                    drop(sqlite);
                    sqlite = open(folder.path(), &roots);
                }
            }
            let (expected, found) = (portrait(&memory).await, portrait(&sqlite).await);
            for (expected, found) in expected.into_iter().zip(found) {
                prop_assert_eq!(found, expected);
            }
            Ok(())
        })?;
    }
}
