//! A certificate holds, and whatever is changed in it is noticed.

use std::collections::BTreeMap;
use std::convert::Infallible;

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
        protection: "none".to_owned(),
        epoch: Epoch(3),
        key_destroyed: at,
        size_bytes: Some(7),
        objects: ObjectPrefix::new([number; 16]),
        objects_removed: 2,
        verified_absent: at,
    }
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
fn what_is_not_a_certificate_is_named() {
    for text in ["", "{}", "[1]", "{\"statement\": 3}"] {
        assert!(matches!(Document::parse(text), Err(Invalid::Malformed(_))), "{text}");
    }
}
