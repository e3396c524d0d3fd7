//! The place of one backup in a local folder: found, listed and emptied without following
//! a link.
//!
//! Everything is opened relative to the folder above it. A link in place of a folder or of
//! an object is an error, never a way to somewhere else: what it leads to is nobody's that
//! we know, and may as well be the bytes of the backup, which a certificate would then
//! call absent.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawDir, mkdirat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use sexton_core::{Deleted, ObjectPrefix};

use super::super::{Holdings, LIST_OBJECTS_MAX, Listing, MANIFEST};
use crate::source::tree::{DIRECTORY, read_names};

/// Buffer for the system's directory entries.
const ENTRIES_BYTES: usize = 32 << 10;

/// How new objects are opened: by their owner alone, and only if the name is free.
const NEW: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// What a name gets while the object is being written.
const STAGED: &str = "#1";

/// What stands where a backup should be.
enum Found {
    Nothing,
    /// One file, which is the manifest and all.
    Alone,
    Folder(OwnedFd),
}

/// The folder of all backups whose prefix begins alike; nothing if there is none.
fn shard(root: BorrowedFd<'_>, prefix: &ObjectPrefix) -> io::Result<Option<OwnedFd>> {
    let name = shard_name(prefix);
    match openat(root, name, DIRECTORY | OFlags::RDONLY, Mode::empty()) {
        Ok(shard) => Ok(Some(shard)),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP) => Err(strange(root, name.as_bytes())),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn shard_name(prefix: &ObjectPrefix) -> &str {
    prefix.as_str().get(..2).unwrap_or("00")
}

fn find(shard: &OwnedFd, prefix: &ObjectPrefix) -> io::Result<Found> {
    let name = prefix.as_str();
    match openat(shard, name, DIRECTORY | OFlags::RDONLY, Mode::empty()) {
        Ok(folder) => Ok(Found::Folder(folder)),
        Err(Errno::NOENT) => Ok(Found::Nothing),
        Err(Errno::NOTDIR | Errno::LOOP) => match kind(shard.as_fd(), name.as_bytes()) {
            Ok(FileType::RegularFile) => Ok(Found::Alone),
            Err(Errno::NOENT) => Ok(Found::Nothing),
            Ok(_) => Err(strange(shard.as_fd(), name.as_bytes())),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn kind(folder: BorrowedFd<'_>, name: &[u8]) -> Result<FileType, Errno> {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

/// The error for something that the server has not put there.
fn strange(folder: BorrowedFd<'_>, name: &[u8]) -> io::Error {
    let what = match kind(folder, name) {
        Ok(FileType::Symlink) => "a symbolic link",
        Ok(FileType::Directory) => "a folder",
        Ok(_) => "no folder and no file",
        Err(error) => return error.into(),
    };
    let name = encode(name);
    io::Error::other(format!("{name} is {what}, which is neither followed nor removed"))
}

/// What is there of one backup, which has a folder unless it is one file.
pub(super) fn list(root: &File, prefix: &ObjectPrefix) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let Some(shard) = shard(root.as_fd(), prefix)? else { return Ok(listing) };
    let folder = match find(&shard, prefix)? {
        Found::Nothing => return Ok(listing),
        Found::Alone => {
            listing.objects.insert(MANIFEST.to_owned());
            return Ok(listing);
        }
        Found::Folder(folder) => folder,
    };
    let mut buffer = Vec::with_capacity(ENTRIES_BYTES);
    let mut entries = RawDir::new(&folder, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        if listing.objects.len() == LIST_OBJECTS_MAX {
            listing.more = true;
            break;
        }
        listing.objects.insert(encode(name));
    }
    Ok(listing)
}

/// All that is there of one shard: the sizes of objects, by backup and by name.
pub(super) fn holdings(root: &File, shard: &str) -> io::Result<Holdings> {
    let mut holdings = Holdings::new();
    let shard = match openat(root, shard, DIRECTORY | OFlags::RDONLY, Mode::empty()) {
        Ok(shard) => shard,
        Err(Errno::NOENT) => return Ok(holdings),
        Err(Errno::NOTDIR | Errno::LOOP) => return Err(strange(root.as_fd(), shard.as_bytes())),
        Err(error) => return Err(error.into()),
    };
    for backup in read_names(shard.as_fd(), b"", usize::MAX)?.names {
        let objects = match openat(&shard, backup.as_slice(), DIRECTORY, Mode::empty()) {
            Ok(folder) => {
                let names = read_names(folder.as_fd(), b"", usize::MAX)?.names;
                let size = |name: Vec<u8>| Ok((encode(&name), size(folder.as_fd(), &name)?));
                names.into_iter().map(size).collect::<io::Result<_>>()?
            }
            Err(Errno::NOTDIR | Errno::LOOP) => {
                [(MANIFEST.to_owned(), size(shard.as_fd(), &backup)?)].into()
            }
            // The eraser works beside us.
            Err(Errno::NOENT) => continue,
            Err(error) => return Err(error.into()),
        };
        holdings.insert(encode(&backup), objects);
    }
    Ok(holdings)
}

/// The size of an entry, 0 if it has just gone.
fn size(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<u64> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(u64::try_from(stat.st_size).unwrap_or(0)),
        Err(Errno::NOENT) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Removes `names`, and the folder with the last of them. The folders above stay: there
/// are 256 at most, and a writer may be on its way into one.
pub(super) fn remove(
    root: &File,
    prefix: &ObjectPrefix,
    names: BTreeSet<String>,
) -> (Deleted, Option<io::Error>) {
    let mut gone = BTreeSet::new();
    let mut failure = None;
    let place = shard(root.as_fd(), prefix).and_then(|shard| match shard {
        Some(shard) => find(&shard, prefix).map(|found| Some((shard, found))),
        None => Ok(None),
    });
    let place = match place {
        Ok(place) => place,
        Err(error) => return (Deleted { tried: names, gone }, Some(error)),
    };
    for name in &names {
        match decode(name).and_then(|name| remove_one(place.as_ref(), prefix, &name)) {
            Ok(()) => {
                gone.insert(name.clone());
            }
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    if let Some((shard, Found::Folder(_))) = &place
        && let Err(error) = unlinkat(shard, prefix.as_str(), AtFlags::REMOVEDIR)
        && !matches!(error, Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST)
    {
        failure.get_or_insert(error.into());
    }
    (Deleted { tried: names, gone }, failure)
}

/// Removes one object; what is not there is gone.
fn remove_one(
    place: Option<&(OwnedFd, Found)>,
    prefix: &ObjectPrefix,
    name: &[u8],
) -> io::Result<()> {
    let (folder, name) = match place {
        Some((shard, Found::Alone)) if name == MANIFEST.as_bytes() => {
            (shard, prefix.as_str().as_bytes())
        }
        Some((_, Found::Folder(folder))) => (folder, name),
        None | Some((_, Found::Nothing | Found::Alone)) => return Ok(()),
    };
    match kind(folder.as_fd(), name) {
        Ok(FileType::Symlink | FileType::Directory) => return Err(strange(folder.as_fd(), name)),
        Ok(_) => (),
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Opens an object to be read.
pub(super) fn open(root: &File, prefix: &ObjectPrefix, name: &str) -> io::Result<File> {
    let missing = || io::Error::from(ErrorKind::NotFound);
    let shard = shard(root.as_fd(), prefix)?.ok_or_else(missing)?;
    let name = decode(name)?;
    let (folder, name) = match find(&shard, prefix)? {
        Found::Alone if name == MANIFEST.as_bytes() => (shard, prefix.as_str().as_bytes()),
        Found::Nothing | Found::Alone => return Err(missing()),
        Found::Folder(folder) => (folder, name.as_slice()),
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match openat(&folder, name, flags, Mode::empty()) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP) => Err(strange(folder.as_fd(), name)),
        Err(error) => Err(error.into()),
    }
}

/// The only object of a backup, to be written as the file of its name; nothing if the
/// backup has a folder already.
pub(super) fn create_alone(root: &File, prefix: &ObjectPrefix) -> io::Result<Option<File>> {
    let shard = make_shard(root, prefix)?;
    match openat(&shard, prefix.as_str(), NEW, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(Some(file.into())),
        Err(Errno::EXIST) if matches!(find(&shard, prefix)?, Found::Folder(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn make_shard(root: &File, prefix: &ObjectPrefix) -> io::Result<OwnedFd> {
    let missing = || io::Error::from(ErrorKind::NotFound);
    if let Some(shard) = shard(root.as_fd(), prefix)? {
        return Ok(shard);
    }
    match mkdirat(root, shard_name(prefix), Mode::RWXU) {
        // Two writers may meet here.
        Ok(()) | Err(Errno::EXIST) => shard(root.as_fd(), prefix)?.ok_or_else(missing),
        Err(error) => Err(error.into()),
    }
}

/// An object that is being written: it gets its name with its last byte. A crash leaves it
/// under another name, which is listed and removed like every other.
#[derive(Debug)]
pub(super) struct Staged {
    folder: OwnedFd,
    name: String,
    pub(super) file: File,
}

impl Staged {
    pub(super) fn create(root: &File, prefix: &ObjectPrefix, name: &str) -> io::Result<Self> {
        let shard = make_shard(root, prefix)?;
        match mkdirat(&shard, prefix.as_str(), Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => (),
            Err(error) => return Err(error.into()),
        }
        let Found::Folder(folder) = find(&shard, prefix)? else {
            return Err(ErrorKind::NotADirectory.into());
        };
        let file = openat(&folder, format!("{name}{STAGED}"), NEW, Mode::RUSR | Mode::WUSR)?;
        Ok(Self { folder, name: name.to_owned(), file: file.into() })
    }

    pub(super) fn publish(&self) -> io::Result<()> {
        let staged = format!("{}{STAGED}", self.name);
        Ok(renameat(&self.folder, staged, &self.folder, self.name.as_str())?)
    }

    pub(super) fn abandon(&self) -> io::Result<()> {
        Ok(unlinkat(&self.folder, format!("{}{STAGED}", self.name), AtFlags::empty())?)
    }
}

/// A name as text that says exactly which name it is, and that is safe to show: whatever
/// is not printable ASCII is `%` and two digits, like `%` itself.
pub(super) fn encode(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name {
        if byte.is_ascii_graphic() && *byte != b'%' {
            text.push(char::from(*byte));
        } else {
            text.push('%');
            text.push_str(&hex::encode([*byte]));
        }
    }
    text
}

/// The name that [`encode`] made `text` of; never a way to another folder.
pub(super) fn decode(text: &str) -> io::Result<Vec<u8>> {
    let invalid = || io::Error::from(ErrorKind::InvalidFilename);
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let (digits, after) = rest.split_at_checked(2).ok_or_else(invalid)?;
            name.extend(hex::decode(digits).map_err(|_| invalid())?);
            rest = after;
        } else {
            name.push(*byte);
        }
    }
    let special = name.is_empty() || name == b"." || name == b"..";
    if special || name.iter().any(|byte| matches!(byte, 0 | b'/')) {
        return Err(invalid());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back_from_its_text() {
        let raw: [&[u8]; 5] = [b"manifest", b"000001#1", b"100%", b"\xff\xfe", b"a b\x1b[2J\n"];
        for name in raw {
            let text = encode(name);
            assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
            assert_eq!(decode(&text).unwrap(), name, "{text}");
        }
        for text in ["", ".", "..", "a/b", "%2e%2e", "%2fetc", "%00", "%", "%f", "%zz"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
