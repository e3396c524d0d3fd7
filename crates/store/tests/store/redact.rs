//! What a certificate commits to can be forgotten: in every file, and nothing else with it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use sexton_core::{BackupName, Detail, InRealm, Principal};
use sexton_store::certificate::{Log, Openings};
use sexton_store::entropy::SystemEntropy;
use sexton_store::keys::root::FileRoots;
use sexton_store::sqlite::{RollPolicy, Sqlite};
use sexton_store::{Change, MetaStore, Write};
use tempfile::TempDir;

use crate::fixture::{
    at, certification, change, complete, delete, done, id, log, open_with, put_vault, run,
    statement_with,
};

/// What is looked for in the files.
const OPERATOR: &str = "Jane Doe, who wishes to be forgotten, head of backup";

fn talkative() -> Log {
    log().saying([(Detail::Operator, OPERATOR.to_owned())].into())
}

/// Makes, deletes and certifies backup `number`; gives what its certificate commits to.
async fn certify(store: &dyn MetaStore, log: &Log, number: u32) -> (InRealm<BackupName>, Openings) {
    let backup = complete(store, "first", number).await.key();
    delete(store, &backup, id(1000 + number)).await;
    let claim = store.due_erasures(at(10_000), None, 1).await.unwrap().items.remove(0);
    let by = Principal(format!("arn:aws:iam::123456789012:user/jane-{number}"));
    let (commitments, openings) = log.commit(&by, &SystemEntropy);
    let statement = statement_with(&claim.backup, commitments);
    let write = Write::Certify(claim.slot, statement, openings.clone());
    done(store, Change { writes: vec![write], ..certification(&claim) }).await;
    (backup, openings)
}

async fn redact(store: &dyn MetaStore, leaves: &[u64]) {
    done(store, change(vec![Write::Redact(leaves.to_vec())])).await;
}

pub(crate) async fn what_is_redacted_is_forgotten_and_its_leaf_stays(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let log = talkative();
    let mut all = Vec::new();
    for number in 1..=5 {
        all.push(certify(store, &log, number).await);
    }
    let leaves = store.log_leaves(0, 100).await.unwrap();
    let before = store.log_end(5).await.unwrap();
    for _again in 0..2 {
        redact(store, &[1, 3]).await;
        assert_eq!(store.log_leaves(0, 100).await.unwrap(), leaves);
        assert_eq!(store.log_end(5).await.unwrap().root, before.root);
        let listed = store.certificates(0, 100).await.unwrap();
        for ((leaf, (backup, openings)), issued) in (0..).zip(&all).zip(listed) {
            let kept = if [1, 3].contains(&leaf) { &Openings::new() } else { openings };
            assert_eq!(&issued.openings, kept);
            assert_eq!(store.certificate(backup).await.unwrap(), Some(issued));
            let document = log.document(backup, store).await.unwrap().unwrap();
            let found = document.verify(&log.public_key(), Some(&leaves)).unwrap();
            assert_eq!(found.redacted().count(), 2 - kept.len());
        }
    }
    // Nothing of it is done where one of them is not there.
    let wrong = change(vec![Write::Redact(vec![0, 77])]);
    assert!(store.commit(wrong).await.is_err());
    assert_eq!(store.certificates(0, 1).await.unwrap()[0].openings, all[0].1);
}

/// Opens the store in `home` with the root file that is there.
fn open_home(home: &Path) -> Sqlite {
    let roots = FileRoots::open(&home.join("root-key")).unwrap();
    open_with(home, Arc::new(roots), RollPolicy::EveryCommit).unwrap()
}

/// A copy of the files of a store as they are at this moment: what a crash leaves.
fn as_killed(home: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for name in ["sexton.db", "sexton.db-wal", "root-key"] {
        fs::copy(home.join(name), copy.path().join(name)).unwrap();
    }
    copy
}

/// How many of these salts are found in the files of a store, and how often the text is.
fn found(home: &Path, openings: &[&Openings]) -> (usize, usize) {
    let read = |name| fs::read(home.join(name)).unwrap_or_default();
    let bytes = [read("sexton.db"), read("sexton.db-wal")].concat();
    let count = |text: &str| bytes.windows(text.len()).filter(|it| *it == text.as_bytes()).count();
    let salts = openings.iter().flat_map(|it| it.values()).filter(|it| count(&it.salt) > 0);
    (salts.count(), count(OPERATOR))
}

/// Waits until the writing thread has emptied the write-ahead log.
fn wiped(home: &Path) {
    while fs::metadata(home.join("sexton.db-wal")).unwrap().len() > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn what_is_redacted_is_in_no_file_any_more_and_a_kill_changes_nothing_of_that() {
    const MANY: u32 = 120;
    let folder = TempDir::new().unwrap();
    let home = folder.path();
    let store = open_home(home);
    run(async {
        put_vault(&store, "first").await;
        let log = talkative();
        let mut all = Vec::new();
        for number in 1..=MANY {
            all.push(certify(&store, &log, number).await.1);
        }
        let gone: Vec<u64> = (0..u64::from(MANY)).filter(|leaf| !leaf.is_multiple_of(3)).collect();
        let (forgotten, kept): (Vec<_>, Vec<_>) =
            (0..).zip(&all).partition(|it| gone.contains(&it.0));
        let [forgotten, kept] =
            [forgotten, kept].map(|it| it.into_iter().map(|it| it.1).collect::<Vec<_>>());
        assert!(found(home, &forgotten).0 == 2 * forgotten.len(), "the search finds them");

        // Somebody reads the log, so that it cannot be emptied yet; the commit does not wait.
        let reader = Connection::open(home.join("sexton.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM openings;").unwrap();
        let count: u32 =
            reader.query_row("SELECT count(*) FROM openings", [], |row| row.get(0)).unwrap();
        assert_eq!(count, MANY);
        let before = as_killed(home);
        redact(&store, &gone).await;
        let after = as_killed(home);
        assert!(found(home, &forgotten).0 > 0, "what somebody reads is there");
        drop(reader);
        wiped(home);
        let left = (0, kept.len());
        assert_eq!(found(home, &forgotten), left, "and is not, once they have left");
        assert_eq!(found(home, &kept).0, 2 * kept.len());

        // Killed right after the commit, before anything was emptied.
        assert!(found(after.path(), &forgotten).0 > 0);
        let opened = open_home(after.path());
        wiped(after.path());
        assert_eq!(found(after.path(), &forgotten), left);
        let issued = opened.certificates(0, 1000).await.unwrap();
        assert!(issued.iter().all(|it| it.openings.is_empty() == gone.contains(&it.leaf)));
        drop(opened);
        assert_eq!(found(after.path(), &forgotten), left);
        // Killed before it: nothing is forgotten.
        let opened = open_home(before.path());
        let issued = opened.certificates(0, 1000).await.unwrap();
        assert!(issued.iter().zip(&all).all(|(issued, openings)| issued.openings == *openings));
    });
}

#[test]
fn what_nobody_reads_is_in_no_file_when_the_redaction_is_answered() {
    let folder = TempDir::new().unwrap();
    let store = open_home(folder.path());
    run(async {
        put_vault(&store, "first").await;
        let (_, openings) = certify(&store, &talkative(), 1).await;
        redact(&store, &[0]).await;
        assert_eq!(found(folder.path(), &[&openings]), (0, 0));
    });
}
