//! Signed notes (<https://c2sp.org/signed-note>): a text, and under it the signatures of
//! those who say so. Keys are written as Go's `note` package writes them, so that tools
//! of other people read both.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sexton_core::SecretKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The byte that stands for Ed25519 in key ids and written keys.
const ED25519_TYPE: u8 = 1;

/// What a written signing key begins with.
const SECRET: &str = "PRIVATE+KEY+";

/// Signatures of a note that are looked at; the format asks for 16.
const SIGNATURES_MAX: usize = 64;

/// Why a text is no note, or none of this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has not the form.
    #[error("not a signed note")]
    Malformed,
    /// Nobody that is trusted has signed it.
    #[error("not signed by the key that was given")]
    Unsigned,
    /// The signature is not of this text.
    #[error("the signature does not fit")]
    Signature,
    /// It is no key.
    #[error("not a key for signed notes (NAME+ID+KEY, Ed25519)")]
    Key,
}

/// Checks notes: a name and an Ed25519 public key, written as `NAME+ID+KEY` (a *vkey*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    public: [u8; 32],
}

impl VerifyingKey {
    /// Reads a written key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, public) = parse_key(text.trim(), |public| *public)?;
        Ok(Self { name, public: *public.as_bytes() })
    }

    /// Whose key it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.public)
    }

    /// The text of a note that this key has signed. Signatures of others are passed over.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        if note.chars().any(|it| it < ' ' && it != '\n') {
            return Err(NoteError::Malformed);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let mut signed = false;
        for (index, line) in signatures.split('\n').enumerate() {
            if index == SIGNATURES_MAX {
                return Err(NoteError::Malformed);
            }
            let line = line.strip_prefix("— ").ok_or(NoteError::Malformed)?;
            let (name, signature) = line.split_once(' ').ok_or(NoteError::Malformed)?;
            let signature = BASE64.decode(signature).map_err(|_| NoteError::Malformed)?;
            let (id, signature) = signature.split_first_chunk().ok_or(NoteError::Malformed)?;
            check_name(name)?;
            if name == self.name && *id == self.id() {
                UnparsedPublicKey::new(&ED25519, &self.public)
                    .verify(text.as_bytes(), signature)
                    .map_err(|_| NoteError::Signature)?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write_key(&self.name, self.id(), &self.public))
    }
}

/// Signs notes, under its name. The secret is never shown.
pub struct SigningKey {
    seed: SecretKey,
    pair: Ed25519KeyPair,
    verifying: VerifyingKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifying", &self.verifying).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key of `seed`, under a name without spaces and `+`.
    pub fn new(name: String, seed: SecretKey) -> Result<Self, NoteError> {
        check_name(&name)?;
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.as_bytes()).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(Self { seed, pair, verifying: VerifyingKey { name, public } })
    }

    /// Reads a written key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let text = text.trim().strip_prefix(SECRET).ok_or(NoteError::Key)?;
        let public = |seed: &[u8; 32]| {
            let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok();
            pair.and_then(|pair| pair.public_key().as_ref().try_into().ok()).unwrap_or_default()
        };
        let (name, seed) = parse_key(text, public)?;
        Self::new(name, seed)
    }

    /// The key as it is kept.
    pub fn to_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(write_key(
            &self.verifying.name,
            self.verifying.id(),
            self.seed.as_bytes(),
        ));
        Zeroizing::new(format!("{SECRET}{}\n", *key))
    }

    /// What its notes are checked with.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Another secret, the same for the same label as long as the key is.
    pub(crate) fn derive(&self, label: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.seed.as_bytes());
        let mut derived = [0; 32];
        let tag = hmac::sign(&key, label.as_bytes());
        derived.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        derived
    }

    /// Signs a text, which ends with a line feed.
    pub fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.signature(text))
    }

    /// The line of a note by which it signs a text.
    pub(super) fn signature(&self, text: &str) -> String {
        let mut signature = self.verifying.id().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("— {} {}\n", self.verifying.name, BASE64.encode(signature))
    }
}

fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', ED25519_TYPE]);
    hash.update(public);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    [a, b, c, d]
}

fn write_key(name: &str, id: [u8; 4], key: &[u8; 32]) -> String {
    let mut typed = Zeroizing::new([ED25519_TYPE; 33]);
    typed[1..].copy_from_slice(key);
    format!("{name}+{}+{}", hex::encode(id), BASE64.encode(*typed))
}

/// Name and 32 bytes of a written key, whose id fits what `public` makes of the bytes.
fn parse_key(
    text: &str,
    public: impl Fn(&[u8; 32]) -> [u8; 32],
) -> Result<(String, SecretKey), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::Key);
    };
    check_name(name)?;
    let key = Zeroizing::new(BASE64.decode(key).map_err(|_| NoteError::Key)?);
    let Some((&[ED25519_TYPE], key)) = key.split_first_chunk() else {
        return Err(NoteError::Key);
    };
    let key = SecretKey::from_bytes(key.try_into().map_err(|_| NoteError::Key)?);
    if hex::encode(key_id(name, &public(key.as_bytes()))) != id {
        return Err(NoteError::Key);
    }
    Ok((name.to_owned(), key))
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let odd = |it: char| it.is_whitespace() || it.is_control() || it == '+';
    if name.is_empty() || name.contains(odd) { Err(NoteError::Key) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of Go's `golang.org/x/mod/sumdb/note`.
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_SECRET: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    const GO_SIGNATURE: &str = "— PeterNeumann \
        x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ\
        SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn keys_and_notes_are_those_of_go() {
        let key = SigningKey::parse(GO_SECRET).unwrap();
        assert_eq!(key.verifying().to_string(), GO_KEY);
        assert_eq!(key.to_text().trim(), GO_SECRET);
        let note = key.sign(GO_TEXT);
        assert_eq!(note, format!("{GO_TEXT}\n{GO_SIGNATURE}"));
        assert_eq!(VerifyingKey::parse(GO_KEY).unwrap().open(&note), Ok(GO_TEXT));
        assert!(!format!("{key:?}").contains("AYEKFALV"));
    }

    #[test]
    fn signatures_of_others_are_passed_over_and_never_enough() {
        let key = VerifyingKey::parse(GO_KEY).unwrap();
        let other =
            SigningKey::new("other.example/log".into(), SecretKey::from_bytes(&[7; 32])).unwrap();
        let theirs = other.sign(GO_TEXT);
        assert_eq!(key.open(&theirs), Err(NoteError::Unsigned));
        assert_eq!(key.open(&format!("{theirs}{GO_SIGNATURE}")), Ok(GO_TEXT));
        // The name of this key, and another key's id.
        let named =
            SigningKey::new("PeterNeumann".into(), SecretKey::from_bytes(&[7; 32])).unwrap();
        assert_eq!(key.open(&named.sign(GO_TEXT)), Err(NoteError::Unsigned));
        let many = GO_SIGNATURE.repeat(SIGNATURES_MAX + 1);
        assert_eq!(key.open(&format!("{GO_TEXT}\n{many}")), Err(NoteError::Malformed));
        for bad in ["", "\n\n", "a\n\n\n", "a\n\nb\n", &format!("\t{theirs}"), theirs.trim_end()] {
            assert_eq!(key.open(bad), Err(NoteError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn a_key_that_does_not_fit_its_id_is_none() {
        let swapped = GO_KEY.replace("PeterNeumann", "PeterNewmann");
        for bad in ["", "a+b", "a+b+c", &swapped, GO_SECRET, &GO_KEY.replace("ARpc", "Arpc")] {
            assert_eq!(VerifyingKey::parse(bad), Err(NoteError::Key), "{bad:?}");
            assert!(SigningKey::parse(bad).is_err() || bad == GO_SECRET, "{bad:?}");
        }
        assert!(SigningKey::new("a b".into(), SecretKey::from_bytes(&[7; 32])).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_read_nothing_panics(text in any::<String>(), place: prop::sample::Index) {
            let key = SigningKey::parse(GO_SECRET).unwrap();
            prop_assert!(key.verifying().open(&text).is_err());
            drop(SigningKey::parse(&text));
            drop(VerifyingKey::parse(&text));
            let mut note = key.sign(GO_TEXT).into_bytes();
            let place = place.index(note.len());
            note[place] ^= 1;
            if let Ok(note) = String::from_utf8(note) {
                prop_assert!(key.verifying().open(&note).is_err());
            }
        }
    }
}
