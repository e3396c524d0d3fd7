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

/// One note. Its moment is rounded up to a second.
pub(super) fn note(note: &NonceNote) -> [u8; NOTE_LEN] {
    let (kind, key, nonce, until) = match note {
        NonceNote::Used(UsedNonce { key, nonce, until }) => (USED, *key, *nonce, until),
        NonceNote::Forgotten { key: Some(key), until } => (FORGOTTEN_OF_KEY, *key, [0; 16], until),
        NonceNote::Forgotten { key: None, until } => (FORGOTTEN, [0; 8], [0; 16], until),
    };
    let second = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
    let said = [&[kind][..], &key, &nonce, &second.to_be_bytes()].concat();
    let check: [u8; CHECK_LEN] = beginning(digest(&SHA256, &said).as_ref());
    beginning(&[&said[..], &check].concat())
}

/// The notes of a file; nothing if it is none, or if one is damaged that others follow. What a
/// crash has left of the last ones is no damage: they had not been promised.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<NonceNote>> {
    let mut rest = bytes.strip_prefix(HEAD)?.chunks(NOTE_LEN).map(read_note);
    let notes = rest.by_ref().map_while(|note| note).collect();
    rest.all(|note| note.is_none()).then_some(notes)
}

fn read_note(bytes: &[u8]) -> Option<NonceNote> {
    let (said, check) = bytes.split_at_checked(NOTE_LEN - CHECK_LEN)?;
    if check != beginning::<CHECK_LEN>(digest(&SHA256, said).as_ref()) {
        return None;
    }
    let (&kind, said) = said.split_first()?;
    let (key, said) = said.split_first_chunk()?;
    let (nonce, said) = said.split_first_chunk()?;
    let until = Timestamp::from_second(i64::from_be_bytes(said.try_into().ok()?)).ok()?;
    match kind {
        USED => Some(NonceNote::Used(UsedNonce { key: *key, nonce: *nonce, until })),
        FORGOTTEN_OF_KEY => Some(NonceNote::Forgotten { key: Some(*key), until }),
        FORGOTTEN => Some(NonceNote::Forgotten { key: None, until }),
        _ => None,
    }
}
