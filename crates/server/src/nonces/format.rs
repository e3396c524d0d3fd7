//! The file of nonces: a head, and notes of one length, each with a check.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use sexton_core::nonce::{KeyDigest, NonceDigest, NonceNote, UsedNonce};

/// How the file begins.
const HEAD: &[u8; NOTE_LEN] = b"sexton nonces v1: do not change, remove\n";

/// The length of a note, and of the head.
const NOTE_LEN: usize = 40;

/// What a note checks itself with.
const CHECK_LEN: usize = 7;

const USED: u8 = 1;
const FORGOTTEN_OF_KEY: u8 = 2;
const FORGOTTEN: u8 = 3;
const STAMP: u8 = 4;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) notes: Vec<NonceNote>,
    /// The last stamp: when the system says that the file was changed, as of a moment before.
    pub(super) stamp: Option<i64>,
}

/// How an access key and its nonce are remembered.
pub(super) fn digests(access_key_id: &str, nonce: &str) -> (KeyDigest, NonceDigest) {
    let key = digest(&SHA256, access_key_id.as_bytes());
    let mut text = key.as_ref().to_vec();
    text.extend_from_slice(nonce.as_bytes());
    (beginning(key.as_ref()), beginning(digest(&SHA256, &text).as_ref()))
}

fn beginning<const LEN: usize>(bytes: &[u8]) -> [u8; LEN] {
    let mut part = [0; LEN];
    part.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    part
}

/// A whole file.
pub(super) fn whole(notes: &[NonceNote]) -> Vec<u8> {
    HEAD.iter().copied().chain(notes.iter().flat_map(note)).collect()
}

/// Says when the file was changed, in seconds. Its length is that of a note.
pub(super) fn stamp(second: i64) -> [u8; NOTE_LEN] {
    checked(STAMP, [0; 8], [0; 16], second)
}

/// One note. Its moment is rounded up to a second.
pub(super) fn note(note: &NonceNote) -> [u8; NOTE_LEN] {
    let (kind, key, nonce, until) = match note {
        NonceNote::Used(UsedNonce { key, nonce, until }) => (USED, *key, *nonce, until),
        NonceNote::Forgotten { key: Some(key), until } => (FORGOTTEN_OF_KEY, *key, [0; 16], until),
        NonceNote::Forgotten { key: None, until } => (FORGOTTEN, [0; 8], [0; 16], until),
    };
    let second = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
    checked(kind, key, nonce, second)
}

fn checked(kind: u8, key: KeyDigest, nonce: NonceDigest, second: i64) -> [u8; NOTE_LEN] {
    let said = [&[kind][..], &key, &nonce, &second.to_be_bytes()].concat();
    let check: [u8; CHECK_LEN] = beginning(digest(&SHA256, &said).as_ref());
    beginning(&[&said[..], &check].concat())
}

/// What a file says; nothing if it is none, or if a note is damaged that others follow. What a
/// crash has left of the last ones is no damage: they had not been promised.
pub(super) fn read(bytes: &[u8]) -> Option<Said> {
    let mut rest = bytes.strip_prefix(HEAD)?.chunks(NOTE_LEN).map(read_note);
    let mut said = Said { notes: Vec::new(), stamp: None };
    for found in rest.by_ref().map_while(|note| note) {
        match found {
            Found::Note(note) => said.notes.push(note),
            Found::Stamp(second) => said.stamp = Some(second),
        }
    }
    rest.all(|note| note.is_none()).then_some(said)
}

enum Found {
    Note(NonceNote),
    Stamp(i64),
}

fn read_note(bytes: &[u8]) -> Option<Found> {
    let (said, check) = bytes.split_at_checked(NOTE_LEN - CHECK_LEN)?;
    if check != beginning::<CHECK_LEN>(digest(&SHA256, said).as_ref()) {
        return None;
    }
    let (&kind, said) = said.split_first()?;
    let (key, said) = said.split_first_chunk()?;
    let (nonce, said) = said.split_first_chunk()?;
    let second = i64::from_be_bytes(said.try_into().ok()?);
    if kind == STAMP {
        return Some(Found::Stamp(second));
    }
    let until = Timestamp::from_second(second).ok()?;
    match kind {
        USED => Some(NonceNote::Used(UsedNonce { key: *key, nonce: *nonce, until })),
        FORGOTTEN_OF_KEY => Some(NonceNote::Forgotten { key: Some(*key), until }),
        FORGOTTEN => Some(NonceNote::Forgotten { key: None, until }),
        _ => None,
    }
    .map(Found::Note)
}
