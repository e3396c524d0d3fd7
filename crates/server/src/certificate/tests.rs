//! A certificate holds, and whatever is changed in it is noticed.

use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;
use sexton_core::{Epoch, JobId, ObjectPrefix, Principal};

use super::*;
use crate::merkle::inclusion_proof;

fn certificate(number: u8) -> Certificate {
    let at = jiff::Timestamp::UNIX_EPOCH;
    Certificate {
        version: Certificate::VERSION,
        job: JobId::from_bytes([number; 16]),
        recovery_point: format!("arn:aws:backup:r:1:recovery-point:{number}").parse().unwrap(),
        vault: "Default".parse().unwrap(),
        resource: "arn:aws:fsx:r:1:file-system/fs-1".parse().unwrap(),
        created: at,
        decided_by: Principal::server(),
        decided: at,
        epoch: Epoch(3),
        key_destroyed: at,
        size_bytes: Some(7),
        objects: ObjectPrefix::new([number; 16]),
        objects_removed: 2,
        verified_absent: at,
    }
}

/// The document of a statement that is the only leaf of its log, and the public key.
fn alone(body: Vec<u8>) -> (Document, String) {
    let signer = Signer::from_seed([1; 32]);
    let signature = signer.0.sign(&body).as_ref().to_vec();
    let log_root = leaf_hash(&body);
    let statement = Statement { body, signature };
    let issued = IssuedCertificate { leaf: 0, statement, log_size: 1, log_root, proof: vec![] };
    (signer.document(&issued).unwrap(), signer.public_key())
}

/// The document of certificate `pick` in a log of `size`, its leaves and the public key.
fn document(size: u8, pick: u8) -> (Document, Vec<Hash>, String) {
    let signer = Signer::from_seed([1; 32]);
    let mut frontier = Frontier::default();
    let mut nodes = BTreeMap::new();
    let statements: Vec<Statement> =
        (0..size).map(|number| signer.sign(&certificate(number)).unwrap()).collect();
    let leaves: Vec<Hash> = statements.iter().map(|it| leaf_hash(&it.body)).collect();
    for leaf in &leaves {
        nodes.extend(frontier.append(*leaf));
    }
    let node = |id| Ok::<_, Infallible>(nodes[&id]);
    let proof = inclusion_proof(pick.into(), size.into(), node).unwrap().unwrap();
    let issued = IssuedCertificate {
        leaf: pick.into(),
        statement: statements[usize::from(pick)].clone(),
        log_size: size.into(),
        log_root: frontier.root(),
        proof,
    };
    (signer.document(&issued).unwrap(), leaves, signer.public_key())
}

#[test]
fn a_certificate_holds_with_and_without_the_log() {
    let (document, leaves, key) = document(13, 5);
    let printed = serde_json::to_string_pretty(&document).unwrap();
    let read = Document::parse(&printed).unwrap();
    assert_eq!(read.verify(&key, None).unwrap(), certificate(5));
    assert_eq!(read.verify(&format!("{key}\n"), Some(&leaves)).unwrap(), certificate(5));
}

#[test]
fn whatever_is_changed_is_noticed() {
    let (good, leaves, key) = document(13, 5);
    let other_key = Signer::from_seed([2; 32]).public_key();
    assert_eq!(good.verify(&other_key, None), Err(Invalid::OtherKey));

    let mut changed = good.clone();
    changed.statement = changed.statement.replace("Default", "Other");
    assert_eq!(changed.verify(&key, None), Err(Invalid::Signature));

    let mut changed = good.clone();
    changed.log.size = 12;
    assert_eq!(changed.verify(&key, None), Err(Invalid::LogHead));

    let mut changed = good.clone();
    changed.log.leaf = 6;
    assert_eq!(changed.verify(&key, None), Err(Invalid::NotInLog));

    let mut changed = good.clone();
    changed.log.proof.pop();
    assert_eq!(changed.verify(&key, None), Err(Invalid::NotInLog));

    // A statement of the same server that is in the log, in the place of another.
    let (other, ..) = document(13, 6);
    let mut changed = good.clone();
    (changed.statement, changed.signature) = (other.statement, other.signature);
    assert_eq!(changed.verify(&key, None), Err(Invalid::NotInLog));

    let mut forged = leaves.clone();
    forged[2] = [0; 32];
    assert_eq!(good.verify(&key, Some(&forged)), Err(Invalid::OtherLog(13)));
    assert_eq!(good.verify(&key, Some(&leaves[..4])), Err(Invalid::ShortLog(4)));
}

#[test]
fn a_statement_of_another_version_is_refused_and_its_version_named() {
    for (version, named) in [("2", 2), ("0", 0), ("4294967295", u32::MAX)] {
        // Whatever else its form has become.
        let body = format!("{{\"version\":{version},\"gone\":true}}").into_bytes();
        let (document, key) = alone(body);
        let refused = document.verify(&key, None).unwrap_err();
        assert_eq!(refused, Invalid::Version(named));
        assert!(refused.to_string().contains(&format!("version {version}")), "{refused}");
    }
    let (document, key) = alone(b"{}".to_vec());
    assert!(matches!(document.verify(&key, None), Err(Invalid::Malformed(_))));
}

#[test]
fn what_is_not_a_certificate_is_named() {
    for text in ["", "{}", "[1]", "{\"statement\": 3}"] {
        assert!(matches!(Document::parse(text), Err(Invalid::Malformed(_))), "{text}");
    }
}

/// The texts of a document, one after the other.
fn texts(document: &mut Document) -> Vec<&mut String> {
    let Document { statement, signature, log, public_key } = document;
    let Inclusion { leaf: _, size: _, root, proof, signature: head } = log;
    let mut texts = vec![statement, signature, root, head, public_key];
    texts.extend(proof);
    texts
}

proptest! {
    #[test]
    fn a_statement_comes_back(number: u8, words: String, count: u64, bytes: Option<u64>) {
        let certificate = Certificate {
            decided_by: Principal(words),
            epoch: Epoch(count),
            size_bytes: bytes,
            ..certificate(number)
        };
        let statement = Signer::from_seed([1; 32]).sign(&certificate).unwrap();
        let read: Certificate = serde_json::from_slice(&statement.body).unwrap();
        prop_assert_eq!(read, certificate);
    }

    #[test]
    fn reading_never_panics(text: String) {
        drop(Document::parse(&text));
    }

    #[test]
    fn whatever_one_member_says_instead_checking_never_panics_nor_believes_it(
        place: prop::sample::Index,
        other in prop_oneof![any::<String>(), "[0-9a-f]{64}", "[A-Za-z0-9+/]{43}="],
        (leaf, size) in any::<(u64, u64)>(),
    ) {
        let (good, leaves, key) = document(13, 5);
        let mut changed = good.clone();
        let mut texts = texts(&mut changed);
        let place = place.index(texts.len());
        texts[place].clone_from(&other);
        for log in [None, Some(&leaves[..])] {
            prop_assert!(changed.verify(&key, log).is_err());
            drop(good.verify(&other, log));
        }
        let mut moved = good.clone();
        (moved.log.leaf, moved.log.size) = (leaf, size);
        prop_assert_eq!(moved.verify(&key, Some(&leaves)).is_ok(), (leaf, size) == (5, 13));
    }
}
