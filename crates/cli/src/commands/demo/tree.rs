//! Two directory trees, compared as strictly as a suspicious person would: names, kinds,
//! modes, owners, times, sizes, bytes, link targets, which names are one file, and
//! whether holes are still holes.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What a comparison has looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Files, under however many names.
    pub(super) files: u64,
    /// Bytes on the disk.
    pub(super) bytes: u64,
}

/// The first difference.
#[derive(Debug)]
pub(super) struct Difference {
    path: PathBuf,
    what: &'static str,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, what } = self;
        write!(f, "{} differs: {what}", path.display())
    }
}

/// Bytes on the disk under `root`, and how many files.
pub(super) fn measure(root: &Path) -> io::Result<Extent> {
    let mut extent = Extent::default();
    for metadata in walk(root)?.values().filter(|it| it.is_file()) {
        extent.files += 1;
        // Blocks are shared by all names of a file.
        extent.bytes += metadata.blocks() * 512 / metadata.nlink().max(1);
    }
    Ok(extent)
}

/// Compares two trees; `Ok(Err(_))` is a difference.
pub(super) fn compare(left: &Path, right: &Path) -> io::Result<Result<Extent, Difference>> {
    let (ours, theirs) = (walk(left)?, walk(right)?);
    let differs = |path: &Path, what| Ok(Err(Difference { path: path.to_owned(), what }));
    if let Some(path) = theirs.keys().find(|path| !ours.contains_key(*path)) {
        return differs(path, "it is not in the original");
    }
    // Which inode of ours became which of theirs: names of one file must stay one file.
    let mut inodes = BTreeMap::new();
    for (path, one) in &ours {
        let Some(other) = theirs.get(path) else { return differs(path, "it is missing") };
        if let Some(what) = attributes(one, other) {
            return differs(path, what);
        }
        if *inodes.entry(one.ino()).or_insert(other.ino()) != other.ino() {
            return differs(path, "its hard links");
        }
        let (left, right) = (left.join(path), right.join(path));
        if one.is_symlink() && fs::read_link(&left)? != fs::read_link(&right)? {
            return differs(path, "its target");
        }
        if one.is_file() && !same_bytes(&left, &right)? {
            return differs(path, "its bytes");
        }
    }
    Ok(Ok(measure(left)?))
}

/// Everything under `root`, and `root` itself, by relative path.
fn walk(root: &Path) -> io::Result<BTreeMap<PathBuf, Metadata>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(path) = waiting.pop() {
        // Joining an empty path would end in a slash, which resolves links.
        let place = if path.as_os_str().is_empty() { root.to_owned() } else { root.join(&path) };
        let metadata = fs::symlink_metadata(&place)?;
        if metadata.is_dir() {
            for entry in fs::read_dir(&place)? {
                waiting.push(path.join(entry?.file_name()));
            }
        }
        found.insert(path, metadata);
    }
    Ok(found)
}

fn attributes(one: &Metadata, other: &Metadata) -> Option<&'static str> {
    let modified = |it: &Metadata| (it.mtime(), it.mtime_nsec());
    let holed = |it: &Metadata| it.blocks() * 512 < it.size() / 2;
    if one.mode() != other.mode() {
        Some("its kind or mode")
    } else if (one.uid(), one.gid()) != (other.uid(), other.gid()) {
        Some("its owner")
    } else if modified(one) != modified(other) {
        Some("its time")
    } else if one.is_file() && one.size() != other.size() {
        Some("its size")
    } else if one.is_file() && holed(one) && !holed(other) {
        Some("its holes")
    } else {
        None
    }
}

fn same_bytes(left: &Path, right: &Path) -> io::Result<bool> {
    const CHUNK: u64 = 1 << 20;
    let (mut left, mut right) = (File::open(left)?, File::open(right)?);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    loop {
        one.clear();
        other.clear();
        (&mut left).take(CHUNK).read_to_end(&mut one)?;
        (&mut right).take(CHUNK).read_to_end(&mut other)?;
        if one != other {
            return Ok(false);
        }
        if one.is_empty() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::content;
    use super::*;

    fn pair() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (left, right) = (folder.path().join("left"), folder.path().join("right"));
        for side in [&left, &right] {
            fs::create_dir(side).unwrap();
            fs::write(side.join("a"), "text").unwrap();
            fs::hard_link(side.join("a"), side.join("b")).unwrap();
            for name in ["a", ""] {
                let time = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
                File::open(side.join(name)).unwrap().set_times(time).unwrap();
            }
        }
        (folder, left, right)
    }

    #[test]
    fn equal_trees_are_equal() {
        let (_folder, left, right) = pair();
        assert_eq!(compare(&left, &right).unwrap().unwrap().files, 2);
    }

    #[test]
    fn one_changed_byte_is_found() {
        let (_folder, left, right) = pair();
        let time = fs::metadata(right.join("a")).unwrap().modified().unwrap();
        fs::write(right.join("a"), "texT").unwrap();
        let times = fs::FileTimes::new().set_modified(time);
        File::open(right.join("a")).unwrap().set_times(times).unwrap();
        let found = compare(&left, &right).unwrap().unwrap_err().to_string();
        assert_eq!(found, "a differs: its bytes");
    }

    #[test]
    fn a_name_too_many_or_too_few_is_found() {
        let (_folder, left, right) = pair();
        fs::remove_file(right.join("b")).unwrap();
        assert!(compare(&left, &right).unwrap().is_err());
        assert!(compare(&right, &left).unwrap().is_err());
    }

    #[test]
    fn the_content_is_the_same_every_time() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1"), folder.path().join("2"));
        for home in [&one, &two] {
            let paths = content::make(home).unwrap();
            content::live_through(&paths, 7).unwrap();
        }
        for (path, metadata) in walk(&one).unwrap() {
            if metadata.is_file() {
                assert!(same_bytes(&one.join(&path), &two.join(&path)).unwrap(), "{path:?}");
            }
        }
    }
}
