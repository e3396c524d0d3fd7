//! What was signed of the log is never forgotten nor contradicted.

use std::fs;
use std::path::Path;

use sexton_core::{BackupName, InRealm};
use sexton_store::certificate::{Document, Invalid, Log, LogError, Proven};
use sexton_store::entropy::SystemEntropy;
use sexton_store::memory::Memory;
use sexton_store::{MetaStore, trail};
use tempfile::TempDir;

use crate::fixture::{at, certification, complete, delete, done, id, put_vault, run};

/// A store with the vault of [`certify`].
async fn memory() -> Memory {
    let store = Memory::default();
    put_vault(&store, "first").await;
    store
}

/// Makes, deletes and certifies backup `number`.
async fn certify(store: &dyn MetaStore, number: u32) -> InRealm<BackupName> {
    let backup = complete(store, "first", number).await.key();
    delete(store, &backup, id(100 + number)).await;
    let claim = store.due_erasures(at(1000), None, 1).await.unwrap().items.remove(0);
    done(store, certification(&claim)).await;
    backup
}

async fn open(folder: &Path, store: &dyn MetaStore) -> Result<Log, LogError> {
    Log::open(folder, &SystemEntropy, store).await
}

/// The checkpoint of a document.
fn checkpoint(document: &Document) -> &str {
    document.proof.split_once("\n\n").unwrap().1
}

#[test]
fn a_log_of_one_length_has_one_checkpoint_whoever_asks_and_whenever() {
    run(async {
        let (folder, store) = (TempDir::new().unwrap(), memory().await);
        let file = folder.path().join("log-checkpoint");
        let log = open(folder.path(), &store).await.unwrap();
        let begun = fs::read_to_string(&file).unwrap();
        assert_eq!(begun.lines().nth(1), Some("0"), "it stands there before the first leaf");
        let first = certify(&store, 1).await;
        let document = log.document(&first, &store).await.unwrap().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), checkpoint(&document));
        // The audit trail goes on, the log does not.
        put_vault(&store, "second").await;
        log.sign(&store).await.unwrap();
        assert_eq!(log.document(&first, &store).await.unwrap().unwrap(), document);
        drop(log);
        let log = open(folder.path(), &store).await.unwrap();
        assert_eq!(log.document(&first, &store).await.unwrap().unwrap(), document);
        let second = certify(&store, 2).await;
        let later = log.document(&second, &store).await.unwrap().unwrap();
        assert!(later.verify(&log.public_key(), None).unwrap().log.size == 2);
        assert_eq!(fs::read_to_string(&file).unwrap(), checkpoint(&later));
    });
}

#[test]
fn a_log_that_became_shorter_or_another_is_neither_signed_nor_opened() {
    run(async {
        let (folder, store) = (TempDir::new().unwrap(), memory().await);
        let log = open(folder.path(), &store).await.unwrap();
        for number in 1..=3 {
            certify(&store, number).await;
        }
        log.sign(&store).await.unwrap();

        // An older database.
        let older = memory().await;
        for number in 1..=2 {
            certify(&older, number).await;
        }
        for error in [log.sign(&older).await, open(folder.path(), &older).await.map(drop)] {
            let error = error.unwrap_err();
            assert!(matches!(error, LogError::OtherTrail(_) | LogError::Shorter { .. }), "{error}");
        }
        assert!(matches!(log.sign(&older).await, Err(LogError::Shorter { leaves: 2, signed: 3 })));
        // Another one of at least that length.
        let other = memory().await;
        for number in 4..=7 {
            certify(&other, number).await;
        }
        assert!(matches!(log.sign(&other).await, Err(LogError::OtherLog(3))));
        assert!(open(folder.path(), &other).await.is_err());
        // An empty one, as a lost write-ahead log leaves it.
        let empty = Memory::default();
        assert!(matches!(log.sign(&empty).await, Err(LogError::Shorter { leaves: 0, signed: 3 })));
        assert!(open(folder.path(), &empty).await.is_err());
        assert!(open(folder.path(), &store).await.is_ok(), "nothing was changed");
    });
}

/// Events name people, and what happened between two checkpoints is no secret: the hash of the
/// trail would tell whether a name that somebody guesses is the right one.
#[test]
fn no_name_can_be_tried_on_the_audit_trail_of_a_checkpoint() {
    run(async {
        let (folder, store) = (TempDir::new().unwrap(), memory().await);
        let log = open(folder.path(), &store).await.unwrap();
        let mut published = Vec::new();
        for number in 1..=3 {
            let backup = certify(&store, number).await;
            let document = log.document(&backup, &store).await.unwrap().unwrap();
            let found = document.verify(&log.public_key(), None).unwrap();
            published.push(found.log.trail);
        }
        let links = store.trail(0, 1000).await.unwrap();
        for trail in &published {
            let last = usize::try_from(trail.events).unwrap() - 1;
            let before = last.checked_sub(1).map_or(trail::BEGINNING, |it| links[it].hash);
            let guess = trail::next(&before, &links[last].body);
            assert_eq!(guess, links[last].hash, "a guess that is right");
            assert_ne!(guess, trail.hash, "it shows");
            // Nor is it enough to begin with what was published before.
            for start in &published {
                assert_ne!(trail::next(&start.hash, &links[last].body), trail.hash);
            }
        }
        assert!(open(folder.path(), &store).await.is_ok(), "the server itself knows it again");
    });
}

#[test]
fn a_cut_audit_trail_is_noticed() {
    run(async {
        let (folder, store) = (TempDir::new().unwrap(), memory().await);
        let log = open(folder.path(), &store).await.unwrap();
        certify(&store, 1).await;
        put_vault(&store, "second").await;
        log.sign(&store).await.unwrap();
        // The same certificates, and a trail that lacks an event.
        let cut = memory().await;
        certify(&cut, 1).await;
        let error = open(folder.path(), &cut).await.unwrap_err();
        assert!(matches!(error, LogError::OtherTrail(_)), "{error}");
    });
}

#[test]
fn a_key_or_a_checkpoint_that_is_gone_or_another_is_not_replaced_unless_asked_for() {
    run(async {
        let (folder, store) = (TempDir::new().unwrap(), memory().await);
        let path = |name: &str| folder.path().join(name);
        let log = open(folder.path(), &store).await.unwrap();
        let first = certify(&store, 1).await;
        let document = log.document(&first, &store).await.unwrap().unwrap();
        let trusted = log.public_key();
        assert_eq!(fs::read_to_string(path("certificate-key.pub")).unwrap().trim(), trusted);

        let other = TempDir::new().unwrap();
        open(other.path(), &Memory::default()).await.unwrap();
        for name in ["certificate-key", "certificate-key.pub", "log-checkpoint"] {
            let kept = fs::read(path(name)).unwrap();
            // Without the public key nothing is lost: it is in the other.
            fs::remove_file(path(name)).unwrap();
            let opened = open(folder.path(), &store).await;
            assert_eq!(opened.is_ok(), name == "certificate-key.pub", "{name}");
            assert_eq!(path(name).exists(), opened.is_ok(), "{name}");
            fs::copy(other.path().join(name), path(name)).unwrap();
            let error = open(folder.path(), &store).await.unwrap_err();
            assert!(error.to_string().contains(name), "{name}: {error}");
            fs::write(path(name), kept).unwrap();
        }
        // Whoever lost it can go on under another name, and says so.
        fs::write(path("certificate-key"), "new\n").unwrap();
        let log = open(folder.path(), &store).await.unwrap();
        assert_ne!(log.public_key(), trusted);
        let renewed = log.document(&first, &store).await.unwrap().unwrap();
        assert!(renewed.verify(&trusted, None).is_err());
        assert!(renewed.verify(&log.public_key(), None).is_ok());
        assert!(document.verify(&trusted, None).is_ok(), "what was handed out still holds");
    });
}

/// Whoever checks certificates knows one key, and learns the next by nothing but that.
#[test]
fn the_next_key_is_announced_by_a_leaf_and_both_sign_while_both_are_kept() {
    run(async {
        let (folder, store) = (TempDir::new().unwrap(), memory().await);
        let [secret, public] =
            ["certificate-key", "certificate-key.pub"].map(|it| folder.path().join(it));
        let secrets = || fs::read_to_string(&secret).unwrap();
        let size = || fs::read_to_string(folder.path().join("log-checkpoint")).unwrap();
        let log = open(folder.path(), &store).await.unwrap();
        let first = certify(&store, 1).await;
        let before = log.document(&first, &store).await.unwrap().unwrap();
        let old = log.public_key();
        fs::write(&secret, secrets() + "next\n").unwrap();

        let log = open(folder.path(), &store).await.unwrap();
        let new = log.public_key();
        assert_ne!(new, old);
        assert_eq!(new.split('+').next(), old.split('+').next(), "it is the same log");
        assert_eq!(fs::read_to_string(&public).unwrap().trim(), new);
        let (documents, _) = log.documents(0, 10, |_| true, &store).await.unwrap();
        let next = Ok(Proven::NextKey(new.clone()));
        assert_eq!(documents.len(), 2);
        for key in [&old, &new] {
            let leaves = store.log_leaves(0, 10).await.unwrap();
            assert_eq!(documents[1].prove(key, Some(&leaves)), next);
            assert!(documents[1].verify(key, None).is_err(), "it certifies no deletion");
            assert!(documents[0].verify(key, Some(&leaves)).is_ok());
        }
        assert!(before.verify(&old, None).is_ok(), "what was handed out holds");
        assert_eq!(before.verify(&new, None), Err(Invalid::OtherKey));
        let mut forged = documents[0].clone();
        forged.public_key = new.replace(&new[new.len() - 4..], "AAA=");
        assert!(forged.verify(&old, None).is_err());

        // It is announced once; more than once, if a crash left it open whether it was.
        let checkpoint = size();
        drop(open(folder.path(), &store).await.unwrap());
        assert_eq!(size(), checkpoint);
        fs::write(&secret, secrets() + "announce\n").unwrap();
        fs::write(&public, &old).unwrap();
        let log = open(folder.path(), &store).await.unwrap();
        let (documents, _) = log.documents(1, 10, |_| true, &store).await.unwrap();
        assert!(documents.iter().all(|it| it.prove(&old, None) == next));
        assert_eq!((documents.len(), log.public_key()), (2, new.clone()));

        // Until its owner takes the old one away.
        assert_eq!(secrets().lines().count(), 2);
        fs::write(&secret, secrets().lines().next().unwrap()).unwrap();
        let log = open(folder.path(), &store).await.unwrap();
        let second = certify(&store, 2).await;
        let document = log.document(&second, &store).await.unwrap().unwrap();
        assert!(document.verify(&new, None).is_ok());
        assert_eq!(document.verify(&old, None), Err(Invalid::OtherKey));
        // What is no such file is refused, and nothing is made.
        let key = secrets();
        for wrong in [format!("{key}\nannounce"), format!("{key}\nnext\nnext"), "next".to_owned()] {
            fs::write(&secret, &wrong).unwrap();
            assert!(matches!(open(folder.path(), &store).await, Err(LogError::Damaged { .. })));
            assert_eq!(secrets(), wrong);
        }
    });
}
