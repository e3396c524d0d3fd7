//! Trees that are planted, and what is compared of them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, mknodat, utimensat};

/// All that is compared of one entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    mode: u32,
    uid: u32,
    gid: u32,
    mtime: (i64, i64),
    size: u64,
    links: u64,
    /// The first path with the same inode.
    first: PathBuf,
    device: u64,
    xattrs: BTreeMap<OsString, Vec<u8>>,
    content: Vec<u8>,
}

pub(crate) fn fingerprints(root: &Path) -> BTreeMap<PathBuf, Fingerprint> {
    let mut paths = vec![PathBuf::new()];
    let mut found = BTreeMap::new();
    let mut inodes = BTreeMap::new();
    while let Some(path) = paths.pop() {
        let full = root.join(&path);
        let it = fs::symlink_metadata(&full).unwrap();
        let kind = it.file_type();
        let mut content = Vec::new();
        if kind.is_dir() {
            let names = fs::read_dir(&full).unwrap().map(|it| it.unwrap().file_name());
            let mut names: Vec<_> = names.collect();
            names.sort_by(|a, b| b.cmp(a));
            paths.extend(names.iter().map(|name| path.join(name)));
        } else if kind.is_file() {
            content = fs::read(&full).unwrap();
        } else if kind.is_symlink() {
            content = fs::read_link(&full).unwrap().into_os_string().into_vec();
        }
        let first = inodes.entry(it.ino()).or_insert_with(|| path.clone()).clone();
        let xattrs = xattr::list(&full).into_iter().flatten();
        let xattrs = xattrs.map(|name| (name.clone(), xattr::get(&full, name).unwrap().unwrap()));
        let directory = kind.is_dir();
        let fingerprint = Fingerprint {
            mode: it.mode(),
            uid: it.uid(),
            gid: it.gid(),
            mtime: (it.mtime(), it.mtime_nsec()),
            size: if directory { 0 } else { it.size() },
            links: if directory { 0 } else { it.nlink() },
            first,
            device: if kind.is_char_device() || kind.is_block_device() { it.rdev() } else { 0 },
            xattrs: xattrs.collect(),
            content,
        };
        found.insert(path, fingerprint);
    }
    found
}

pub(crate) fn assert_same(source: &Path, target: &Path) {
    let (source, target) = (fingerprints(source), fingerprints(target));
    for (path, wanted) in &source {
        assert_eq!(target.get(path), Some(wanted), "{}", path.display());
    }
    assert_eq!(source.len(), target.len());
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

pub(crate) fn set_mtime(path: &Path, seconds: i64, nanos: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Bytes that do not compress, and numbers that nobody chose.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to one less than `end`.
    fn below(&mut self, end: u64) -> u64 {
        (self.throw() >> 11) % end
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let index = self.below(u64::try_from(of.len()).unwrap());
        &of[usize::try_from(index).unwrap()]
    }

    /// As many bytes, of which one half in two compresses.
    fn bytes(&mut self, bytes: u64) -> Vec<u8> {
        let bytes = usize::try_from(bytes).unwrap();
        let mut content = Vec::with_capacity(bytes + 64);
        let text = self.below(2) == 0;
        while content.len() < bytes {
            if text {
                content
                    .extend_from_slice(format!("{} grave matters\n", self.below(999)).as_bytes());
            } else {
                content.extend_from_slice(&self.throw().to_le_bytes());
            }
        }
        content.truncate(bytes);
        content
    }
}

/// Plants a tree of so many entries that are no directories, as people have them: most of them
/// small, some large, some sparse, some links of either kind; modes, times, names, and owners
/// and attributes as far as this machine lets us.
pub(crate) fn plant_many(root: &Path, entries: u64, dice: &mut Dice) {
    let mut directories = vec![root.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    let attributes = xattr::set(root, "user.tree", b"planted").is_ok();
    for entry in 0..entries {
        if dice.below(40) == 0 {
            let directory = dice.pick(&directories).join(format!("directory {entry}"));
            // Deeper ones would not be reached by their paths.
            if directory.as_os_str().len() < 1000 {
                fs::create_dir(&directory).unwrap();
                directories.push(directory);
            }
        }
        let directory = dice.pick(&directories);
        let mut name = format!("{entry}").into_bytes();
        if dice.below(50) == 0 {
            name.extend_from_slice(b" \xff\xc3\x28 not text");
        }
        let path = directory.join(OsStr::from_bytes(&name));
        match dice.below(100) {
            0..3 if !files.is_empty() => fs::hard_link(dice.pick(&files), &path).unwrap(),
            3..6 => {
                symlink(format!("../{}", dice.below(entries)), &path).unwrap();
                set_mtime(&path, i64::try_from(dice.below(2_000_000_000)).unwrap(), 7);
            }
            6 => mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o640), 0).unwrap(),
            _ => {
                plant_file(&path, attributes, dice);
                files.push(path);
            }
        }
    }
    for directory in directories.iter().rev() {
        set_mode(directory, *dice.pick(&[0o755, 0o700, 0o2775, 0o1777]));
        set_mtime(directory, i64::try_from(dice.below(2_000_000_000)).unwrap(), 42);
    }
}

fn plant_file(path: &Path, attributes: bool, dice: &mut Dice) {
    let bytes = match dice.below(1000) {
        0..100 => 0,
        100..600 => dice.below(1 << 10),
        600..950 => dice.below(8 << 10),
        950..999 => dice.below(64 << 10),
        _ => dice.below(2 << 20),
    };
    let content = dice.bytes(bytes);
    if dice.below(200) == 0 {
        let file = fs::File::create(path).unwrap();
        file.write_all_at(&content, 1 << 20).unwrap();
        file.set_len((1 << 20) + bytes + dice.below(1 << 20)).unwrap();
    } else {
        fs::write(path, content).unwrap();
    }
    if is_root() && dice.below(20) == 0 {
        let owner = u32::try_from(1000 + dice.below(9)).unwrap();
        std::os::unix::fs::chown(path, Some(owner), Some(owner)).unwrap();
    }
    if attributes && dice.below(20) == 0 {
        let value = dice.bytes(40);
        xattr::set(path, "user.colour", &value).unwrap();
    }
    set_mode(path, *dice.pick(&[0o644, 0o600, 0o755, 0o444, 0o640, 0o4755]));
    let nanos = i64::try_from(dice.below(1_000_000_000)).unwrap();
    set_mtime(path, i64::try_from(dice.below(2_000_000_000)).unwrap(), nanos);
}
