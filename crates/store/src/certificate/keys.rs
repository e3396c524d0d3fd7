//! The keys that sign the log, in their file.
//!
//! Whoever checks certificates knows one public key, and is to learn the next one by nothing
//! but that. So the key before is kept for a while: a leaf that it signed announces the next
//! key, and both sign what is signed from then on. The file of the signing key has
//!
//! - the key, alone;
//! - the key and the word `next`, which its owner adds: at the next start there is another;
//! - the key, the one before and the word `announce`, until the leaf is in the log;
//! - the key and the one before, until its owner takes that away;
//! - the word `new` alone, which somebody writes who has lost the key or the end of the log:
//!   a new key then signs the log on, under a new name.

use std::fs;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::checkpoint::Checkpoint;
use super::log::{CHECKPOINT_FILE, KEY_FILE, LogError, PUBLIC_KEY_FILE};
use super::note::{NoteError, SigningKey};
use super::{announcement, log};
use crate::entropy::Entropy;
use crate::files;

const NEW: &str = "new";
const NEXT: &str = "next";
const ANNOUNCE: &str = "announce";

/// What the name of every log begins with. `.alt` is for names that are in no DNS (RFC 9476).
pub(super) const ORIGIN: &str = "sexton.alt/log/";

/// See the module.
#[derive(Debug)]
pub(super) struct Keys {
    /// The key whose public key is handed out.
    pub(super) current: SigningKey,
    /// The one before, under the same name.
    earlier: Option<SigningKey>,
    /// Whether the leaf that announces the current one is still to be written.
    unannounced: bool,
}

impl Keys {
    /// One key.
    pub(super) fn of(current: SigningKey) -> Self {
        Self { current, earlier: None, unannounced: false }
    }

    /// The name of the log.
    pub(super) fn name(&self) -> &str {
        self.current.verifying().name()
    }

    /// Both of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &SigningKey> {
        [&self.current].into_iter().chain(&self.earlier)
    }

    /// A note that all of them have signed.
    pub(super) fn sign(&self, text: &str) -> String {
        let lines: String = self.all().map(|key| key.signature(text)).collect();
        format!("{text}\n{lines}")
    }

    /// The text of a note that one of them has signed.
    pub(super) fn read<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        match (self.current.verifying().open(note), &self.earlier) {
            (Err(NoteError::Unsigned), Some(earlier)) => earlier.verifying().open(note),
            (read, _) => read,
        }
    }

    /// The leaf that announces the current key, if it is to be written.
    pub(super) fn unannounced(&self) -> Option<String> {
        self.unannounced.then(|| announcement(self.current.verifying()))
    }

    /// That leaf is in the log, and signed.
    pub(super) fn announced(&self, folder: &Path) -> Result<(), LogError> {
        write(&folder.join(KEY_FILE), &self.to_text(""))
    }

    /// Opens the keys. They are made anew only while nothing was signed, or when somebody asks
    /// for it: with other keys the certificates that were handed out do not hold.
    pub(super) fn open(
        folder: &Path,
        entropy: &dyn Entropy,
        leaves: u64,
    ) -> Result<Self, LogError> {
        let [path, public, checkpoint] =
            [KEY_FILE, PUBLIC_KEY_FILE, CHECKPOINT_FILE].map(|name| folder.join(name));
        let damaged = |reason| LogError::Damaged { path: path.clone(), reason };
        let written = read(&path)?.map(Zeroizing::new);
        let keys = match written {
            Some(text) if text.trim() != NEW => {
                let (keys, asks) = Self::parse(&text).map_err(damaged)?;
                if asks { keys.followed(folder, entropy)? } else { keys }
            }
            None if leaves > 0 || has_signed(&checkpoint)? => return Err(LogError::NoKey(path)),
            Some(_) | None => {
                let id: [u8; 16] = entropy.bytes();
                let name = format!("{ORIGIN}{}", hex::encode(id));
                let keys = Self::of(SigningKey::new(name, entropy.key()).map_err(damaged)?);
                // The key comes last: a crash before leaves what is made again.
                write(&checkpoint, &log::begin(&keys).note)?;
                write(&public, &format!("{}\n", keys.current.verifying()))?;
                write(&path, &keys.to_text(""))?;
                keys
            }
        };
        if !keys.are_published(folder)? {
            write(&public, &format!("{}\n", keys.current.verifying()))?;
        }
        Ok(keys)
    }

    /// Whether the current key is the one that certificates are checked with, or that is still to
    /// be written; refused if it is another one's.
    fn are_published(&self, folder: &Path) -> Result<bool, LogError> {
        let [key, public] = [KEY_FILE, PUBLIC_KEY_FILE].map(|name| folder.join(name));
        let Some(found) = read(&public)? else { return Ok(false) };
        let is = |key: &SigningKey| found.trim() == key.verifying().to_string();
        match is(&self.current) {
            false if !self.earlier.as_ref().is_some_and(is) => {
                Err(LogError::OtherKey { key, public })
            }
            current => Ok(current),
        }
    }

    /// The keys in the text of their file, unless certificates are checked with other ones.
    pub(super) fn read_only(folder: &Path, text: &str) -> Result<Self, LogError> {
        let damaged = |reason| LogError::Damaged { path: folder.join(KEY_FILE), reason };
        let (keys, _) = Self::parse(text).map_err(damaged)?;
        keys.are_published(folder)?;
        Ok(keys)
    }

    /// Reads the file, and whether it asks for the next key.
    fn parse(text: &str) -> Result<(Self, bool), NoteError> {
        let mut lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.retain(|line| !line.is_empty());
        let word = lines.pop_if(|last| [NEXT, ANNOUNCE].contains(last));
        let mut keys = lines.into_iter().map(SigningKey::parse);
        let current = keys.next().ok_or(NoteError::Key)??;
        let earlier = keys.next().transpose()?;
        let fits = |key: &SigningKey| key.verifying().name() == current.verifying().name();
        let unannounced = word == Some(ANNOUNCE);
        if keys.next().is_some()
            || !earlier.as_ref().is_none_or(fits)
            || (unannounced && earlier.is_none())
        {
            return Err(NoteError::Key);
        }
        Ok((Self { current, earlier, unannounced }, word == Some(NEXT)))
    }

    /// The file, with a word at its end.
    fn to_text(&self, word: &str) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(1024));
        self.all().for_each(|key| text.push_str(&key.to_text()));
        text.push_str(word);
        text
    }

    /// The same log with another key, written down, so that it is the same after a crash.
    fn followed(self, folder: &Path, entropy: &dyn Entropy) -> Result<Self, LogError> {
        let path = folder.join(KEY_FILE);
        let next = SigningKey::new(self.name().to_owned(), entropy.key());
        let current = next.map_err(|reason| LogError::Damaged { path: path.clone(), reason })?;
        let keys = Self { current, earlier: Some(self.current), unannounced: true };
        write(&path, &keys.to_text(&format!("{ANNOUNCE}\n")))?;
        Ok(keys)
    }
}

/// Whether a checkpoint, whoever signed it, is of a log with something in it. One that cannot
/// be read may be.
fn has_signed(path: &Path) -> Result<bool, LogError> {
    let Some(note) = read(path)? else { return Ok(false) };
    let text = note.rsplit_once("\n\n").map_or("", |(text, _)| text);
    Ok(Checkpoint::parse(&format!("{text}\n")).is_none_or(|head| head.size > 0))
}

pub(super) fn read(path: &Path) -> Result<Option<String>, LogError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LogError::File { path: path.to_owned(), source }),
    }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), LogError> {
    files::write_private(path, text.as_bytes())
        .map_err(|source| LogError::File { path: path.to_owned(), source })
}
