//! A certificate holds, and whatever is changed in it is noticed.

use proptest::prelude::*;
use sexton_core::{
    Absence, Commitment, Destruction, Epoch, JobId, KeepingService, Kept, Method, MethodName,
    ObjectPrefix, OutOfScope, Protection, Sealing, SecretKey, Why,
};

use super::*;
use crate::entropy::SeededEntropy;
use crate::merkle::{NodeId, inclusion_proof};

fn certificate(number: u8) -> Certificate {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let tool = || "sexton 1".to_owned();
    Certificate {
        version: Certificate::VERSION,
        job: JobId::from_bytes([number; 16]),
        realm: sexton_core::Realm::new("r", "1"),
        backup: format!("arn:aws:backup:r:1:recovery-point:{number}").parse().unwrap(),
        kept: Kept { service: KeepingService::Backup, by: "Default".to_owned() },
        source: "arn:aws:fsx:r:1:file-system/fs-1".parse().unwrap(),
        created: at,
        size_bytes: Some(7),
        why: Why::Asked,
        asked: None,
        decided: at,
        protections_checked: vec![Protection::StateAndUses, Protection::Vault],
        log_backups: None,
        known_copies: 0,
        method: Method {
            name: MethodName::CryptographicEraseThenRemovalAndVerifiedAbsence,
            sealed: Some(Sealing {
                tool: tool(),
                algorithm: "AES-256-GCM".to_owned(),
                key_bits: 256,
                module: "AWS-LC".to_owned(),
                fips_validated: false,
            }),
            destroyed: Some(Destruction {
                tool: tool(),
                root_provider: "a file".to_owned(),
                root_file_system: "ext4".to_owned(),
            }),
        },
        epoch: Epoch(3),
        key_destroyed: at,
        objects: ObjectPrefix::new([number; 16]),
        objects_removed: 2,
        absence: Absence::ListedFromTheStart,
        verified_absent: at,
        out_of_scope: OutOfScope::ALL.to_vec(),
        commitments: openings(number)
            .into_iter()
            .map(|(it, one)| (it, one.commitment().unwrap()))
            .collect(),
    }
}

/// What certificate `number` commits to.
fn openings(number: u8) -> Openings {
    let entropy = SeededEntropy::new(number.into());
    let opening = |text: &str| Opening::new(text.to_owned(), &entropy);
    [(Detail::DecidedBy, opening("jane")), (Detail::Operator, opening("Jane \"J\" Doe, Léonberg"))]
        .into()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::new("sexton.alt/log/test".to_owned(), SecretKey::from_bytes(&[seed; 32])).unwrap()
}

/// The document of statement `pick` of a log of these, its leaves and the public key.
fn document_of(statements: &[String], pick: usize) -> (Document, Vec<Hash>, String) {
    let key = key(1);
    let mut frontier = Frontier::default();
    let mut nodes = BTreeMap::new();
    let leaves: Vec<Hash> = statements.iter().map(|it| leaf_hash(it.as_bytes())).collect();
    for leaf in &leaves {
        nodes.extend(frontier.append(*leaf));
    }
    let node = |id: NodeId| Ok::<_, std::convert::Infallible>(nodes[&id]);
    let leaf = u64::try_from(pick).unwrap();
    let hashes = inclusion_proof(leaf, frontier.size(), node).unwrap().unwrap();
    let trail = TrailHead { events: 40, hash: [4; 32] };
    let origin = key.verifying().name().to_owned();
    let head = Checkpoint { origin, size: frontier.size(), root: frontier.root(), trail };
    let proof = Proof { leaf, hashes, checkpoint: key.sign(&head.to_text()) };
    let public_key = key.verifying().to_string();
    let statement = statements[pick].clone();
    let (proof, openings) = (proof.to_text(), Openings::new());
    let document = Document { statement, proof, public_key: public_key.clone(), openings };
    (document, leaves, public_key)
}

/// The document of certificate `pick` in a log of `size`.
fn document(size: u8, pick: u8) -> (Document, Vec<Hash>, String) {
    let statements: Vec<String> =
        (0..size).map(|number| statement(&certificate(number)).unwrap()).collect();
    let (document, leaves, public_key) = document_of(&statements, pick.into());
    (Document { openings: openings(pick), ..document }, leaves, public_key)
}

#[test]
fn a_certificate_holds_with_and_without_the_log() {
    let (document, leaves, key) = document(13, 5);
    let printed = serde_json::to_string_pretty(&document).unwrap();
    let read = Document::parse(&printed).unwrap();
    let verified = read.verify(&key, None).unwrap();
    assert_eq!((verified.certificate, verified.leaf, verified.log.size), (certificate(5), 5, 13));
    assert!(read.verify(&format!("{key}\n"), Some(&leaves)).is_ok());
    let two = format!("{printed}\n{}\n", serde_json::to_string(&document).unwrap());
    let all: Vec<_> = Document::parse_all(&two).collect::<Result<_, _>>().unwrap();
    assert_eq!(all, [document.clone(), document]);
}

#[test]
fn whatever_is_changed_is_noticed() {
    let (good, leaves, trusted) = document(13, 5);
    let other = key(2).verifying().to_string();
    assert_eq!(good.verify(&other, None), Err(Invalid::OtherKey));
    assert_eq!(good.verify("key", None), Err(Invalid::NoKey(NoteError::Key)));

    let changed = |from: &str, to: &str| {
        let mut changed = good.clone();
        changed.proof = good.proof.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        changed.verify(&trusted, None).unwrap_err()
    };
    assert_eq!(changed("index 5", "index 6"), Invalid::NotInLog);
    assert_eq!(changed("\n13\n", "\n12\n"), Invalid::Checkpoint(NoteError::Signature));
    assert_eq!(changed("trail 40", "trail 41"), Invalid::Checkpoint(NoteError::Signature));
    assert_eq!(changed("— sexton", "— other"), Invalid::Checkpoint(NoteError::Unsigned));
    assert!(matches!(changed("index 5", "extra AAAA\nindex 5"), Invalid::Malformed(_)));
    assert!(matches!(changed("index 5", "index 05"), Invalid::Malformed(_)));

    // A statement of the same server that is in the log, in the place of another.
    let mut moved = good.clone();
    moved.statement = document(13, 6).0.statement;
    assert_eq!(moved.verify(&trusted, None), Err(Invalid::NotInLog));

    let mut forged = leaves.clone();
    forged[2] = [0; 32];
    assert_eq!(good.verify(&trusted, Some(&forged)), Err(Invalid::OtherLog(13)));
    assert_eq!(good.verify(&trusted, Some(&leaves[..4])), Err(Invalid::ShortLog(4)));
}

#[test]
fn no_byte_of_a_certificate_can_be_changed() {
    let (good, _, key) = document(13, 5);
    let printed = serde_json::to_string_pretty(&good).unwrap();
    let mut changes = 0;
    for place in 0..printed.len() {
        for with in [b'A', b'1', b' ', b'"', b'\\', b'\n', 0xff, printed.as_bytes()[place] ^ 1] {
            let mut bytes = printed.clone().into_bytes();
            bytes[place] = with;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let Ok(read) = Document::parse(&text) else { continue };
            // White space between the members says nothing.
            if read != good {
                changes += 1;
                assert!(read.verify(&key, None).is_err(), "byte {place}: {with}");
            }
        }
    }
    assert!(changes > 5000, "{changes}");
}

#[test]
fn a_statement_of_another_version_is_refused_and_its_version_named() {
    for (version, named) in [("2", 2), ("0", 0), ("4294967295", u32::MAX)] {
        // Whatever else its form has become.
        let body = format!("{{\"version\":{version},\"gone\":true}}");
        let (document, _, key) = document_of(&[body], 0);
        let refused = document.verify(&key, None).unwrap_err();
        assert_eq!(refused, Invalid::Version(named));
        assert!(refused.to_string().contains(&format!("version {version}")), "{refused}");
    }
    let (document, _, key) = document_of(&["{}".to_owned()], 0);
    assert!(matches!(document.verify(&key, None), Err(Invalid::Malformed(_))));
}

#[test]
fn a_redacted_certificate_still_verifies_and_tells_what_is_redacted() {
    let (whole, leaves, key) = document(13, 5);
    let said = |document: &Document| document.verify(&key, Some(&leaves)).unwrap();
    let verified = said(&whole);
    assert_eq!(verified.details[&Detail::DecidedBy].as_deref(), Some("jane"));
    assert_eq!(verified.redacted().count(), 0);
    let mut partly = whole.clone();
    partly.openings.remove(&Detail::DecidedBy);
    assert_eq!(said(&partly).redacted().collect::<Vec<_>>(), [Detail::DecidedBy]);
    assert!(said(&partly).details[&Detail::Operator].is_some());
    // Also when somebody takes the whole member out.
    let text = serde_json::to_string(&Document { openings: Openings::new(), ..whole }).unwrap();
    let without = text.replace(",\"openings\":{}", "");
    assert_ne!(without, text);
    for text in [text, without] {
        assert!(!text.contains("Jane") && !text.contains("jane"));
        let redacted = said(&Document::parse(&text).unwrap());
        assert_eq!(redacted.redacted().collect::<Vec<_>>(), [Detail::DecidedBy, Detail::Operator]);
        assert_eq!(redacted.certificate, verified.certificate);
    }
}

#[test]
fn an_opening_that_was_altered_is_named() {
    let (good, _, key) = document(13, 5);
    let refused =
        |openings: Openings| Document { openings, ..good.clone() }.verify(&key, None).unwrap_err();
    let altered = |change: &dyn Fn(&mut Opening)| {
        let mut openings = good.openings.clone();
        change(openings.get_mut(&Detail::Operator).unwrap());
        refused(openings)
    };
    let operator = Invalid::Opening(Detail::Operator);
    assert_eq!(altered(&|it| it.text = "John Doe".to_owned()), operator);
    assert_eq!(altered(&|it| it.salt = "00".repeat(32)), operator);
    assert_eq!(altered(&|it| it.salt.clear()), operator);
    assert!(operator.to_string().contains("operator"), "{operator}");
    // Nor is one taken from another certificate, from another member, or for no commitment.
    assert_eq!(refused(openings(6)), Invalid::Opening(Detail::DecidedBy));
    let mut moved = good.openings.clone();
    moved.insert(Detail::DecidedBy, good.openings[&Detail::Operator].clone());
    assert_eq!(refused(moved), Invalid::Opening(Detail::DecidedBy));
    let mut more = good.openings.clone();
    more.insert(Detail::Place, good.openings[&Detail::Operator].clone());
    assert_eq!(refused(more), Invalid::Opening(Detail::Place));
}

#[test]
fn what_is_not_a_certificate_is_named() {
    for text in ["", "{}", "[1]", "{\"statement\": 3}"] {
        assert!(matches!(Document::parse(text), Err(Invalid::Malformed(_))), "{text}");
    }
}

proptest! {
    #[test]
    fn a_statement_comes_back(number: u8, words: String, count: u64, bytes: Option<u64>) {
        let commitments = [(Detail::Place, Commitment(words))].into();
        let certificate = Certificate {
            commitments,
            epoch: Epoch(count),
            size_bytes: bytes,
            ..certificate(number)
        };
        let statement = statement(&certificate).unwrap();
        prop_assert_eq!(serde_json::from_str::<Certificate>(&statement).unwrap(), certificate);
    }

    #[test]
    fn reading_never_panics(text: String) {
        drop(Document::parse(&text));
        drop(Document::parse_all(&text).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_one_member_says_instead_checking_never_panics_nor_believes_it(
        place in 0..3,
        other in any::<String>(),
        (start, end) in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let (good, leaves, key) = document(13, 5);
        let mut changed = good.clone();
        let text = match place {
            0 => &mut changed.statement,
            1 => &mut changed.proof,
            _ => &mut changed.public_key,
        };
        let places: Vec<usize> = text.char_indices().map(|it| it.0).collect();
        let (start, end) = (start.index(places.len()), end.index(places.len()));
        text.replace_range(places[start.min(end)]..places[start.max(end)], &other);
        if changed != good {
            for log in [None, Some(&leaves[..])] {
                prop_assert!(changed.verify(&key, log).is_err());
            }
        }
        drop(good.verify(&other, None));
    }
}
