//! Reads the tar that `pg_basebackup` writes, and makes the data folder that is in it.
//!
//! It comes in pieces of any length. Only what such a tar has is accepted: files, directories,
//! names of single components below the folder. Everything is opened relative to the folder, never
//! through a link, and must not exist before.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, mkdirat, openat};

use crate::database::restore::NEW_FILE;
use crate::seal::length;
use crate::source::tree::DIRECTORY;

const BLOCK: usize = 512;

/// A tar that is being read into a folder.
#[derive(Debug)]
pub(super) struct Untar {
    root: OwnedFd,
    header: Vec<u8>,
    /// The file that is being read, with its name.
    file: Option<(File, String)>,
    /// What is left of it, and of the zeros that follow it.
    left: u64,
    padding: u64,
    ended: bool,
    /// Whether there was a manifest of what the backup consists of.
    pub(super) has_manifest: bool,
}

impl Untar {
    pub(super) fn new(root: OwnedFd) -> Self {
        Self {
            root,
            header: Vec::with_capacity(BLOCK),
            file: None,
            left: 0,
            padding: 0,
            ended: false,
            has_manifest: false,
        }
    }

    /// What an error is of.
    pub(super) fn name(&self) -> &str {
        self.file.as_ref().map_or("", |(_, name)| name)
    }

    /// Reads the next piece.
    pub(super) fn data(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let now = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                let (data, rest) = bytes.split_at(now);
                if let Some((file, _)) = &mut self.file {
                    file.write_all(data)?;
                }
                self.left -= length(now);
                bytes = rest;
            } else if self.padding > 0 {
                let now = bytes.len().min(usize::try_from(self.padding).unwrap_or(usize::MAX));
                self.padding -= length(now);
                bytes = &bytes[now..];
            } else {
                let now = bytes.len().min(BLOCK - self.header.len());
                self.header.extend_from_slice(&bytes[..now]);
                bytes = &bytes[now..];
                if self.header.len() == BLOCK {
                    let header = std::mem::take(&mut self.header);
                    self.entry(&header)?;
                    self.header = header;
                    self.header.clear();
                }
            }
        }
        Ok(())
    }

    /// Looks that nothing is missing.
    pub(super) fn finish(&self) -> io::Result<()> {
        if self.ended && self.left == 0 && self.padding == 0 && self.header.is_empty() {
            return Ok(());
        }
        Err(wrong("it ends too early"))
    }

    fn entry(&mut self, header: &[u8]) -> io::Result<()> {
        self.file = None;
        if header.iter().all(|byte| *byte == 0) {
            self.ended = true;
            return Ok(());
        }
        if self.ended {
            return Err(wrong("something follows its end"));
        }
        let entry = Entry::parse(header)?;
        let (last, folders) = entry.path.split_last().ok_or(wrong("an entry has no name"))?;
        let mut at: Option<OwnedFd> = None;
        for folder in folders {
            let from = at.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
            at = Some(openat(from, *folder, DIRECTORY | OFlags::RDONLY, Mode::empty())?);
        }
        let from = at.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
        if entry.is_directory {
            mkdirat(from, *last, Mode::RWXU)?;
            return Ok(());
        }
        let file = openat(from, *last, NEW_FILE, Mode::RUSR | Mode::WUSR)?;
        let name = entry.path.join("/");
        self.has_manifest |= name == "backup_manifest";
        self.file = Some((file.into(), name));
        self.left = entry.bytes;
        self.padding = entry.bytes.next_multiple_of(length(BLOCK)) - entry.bytes;
        Ok(())
    }
}

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    /// Single components.
    path: Vec<&'a str>,
    is_directory: bool,
    bytes: u64,
}

impl<'a> Entry<'a> {
    fn parse(header: &'a [u8]) -> io::Result<Self> {
        let sum = header.iter().enumerate().map(|(at, byte)| {
            // The sum is made with blanks in its own place.
            u64::from(if (148..156).contains(&at) { b' ' } else { *byte })
        });
        if number(&header[148..156]) != Some(sum.sum()) {
            return Err(wrong("a header is damaged"));
        }
        if !text(&header[345..500])?.is_empty() {
            return Err(wrong("a name is too long"));
        }
        let mut path = Vec::new();
        for component in text(&header[..100])?.split('/') {
            match component {
                "" | "." => {}
                ".." => return Err(wrong("a name leads out of the folder")),
                component => path.push(component),
            }
        }
        if header[0] == b'/' {
            return Err(wrong("a name leads out of the folder"));
        }
        let is_directory = match header[156] {
            b'0' | 0 => false,
            b'5' => true,
            b'1' | b'2' => return Err(wrong("it has a link")),
            _ => return Err(wrong("it has something that is no file and no directory")),
        };
        let bytes = number(&header[124..136]).ok_or(wrong("a size is not understood"))?;
        if is_directory && bytes != 0 {
            return Err(wrong("a directory has a size"));
        }
        Ok(Self { path, is_directory, bytes })
    }
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the files of the server: {what}"))
}

fn text(field: &[u8]) -> io::Result<&str> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    std::str::from_utf8(&field[..end]).map_err(|_| wrong("a name is not text"))
}

/// Octal digits, or for large numbers the bytes themselves after a mark.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, bytes @ ..] = field {
        let mut number: u64 = 0;
        for byte in bytes {
            number = number.checked_mul(256)?.checked_add(u64::from(*byte))?;
        }
        // What is added to it must not overflow.
        return Some(number).filter(|number| *number < 1 << 62);
    }
    let digits = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    u64::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn header(name: &str, kind: u8, bytes: u64) -> Vec<u8> {
        let mut header = vec![0; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{bytes:011o}").as_bytes());
        header[156] = kind;
        header[148..156].copy_from_slice(b"        ");
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        header
    }

    fn tar(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, kind, data) in entries {
            tar.extend(header(name, *kind, length(data.len())));
            tar.extend_from_slice(data);
            tar.resize(tar.len().next_multiple_of(BLOCK), 0);
        }
        tar.resize(tar.len() + 2 * BLOCK, 0);
        tar
    }

    fn untar(folder: &std::path::Path, tar: &[u8], piece: usize) -> io::Result<bool> {
        let root = rustix::fs::open(folder, DIRECTORY | OFlags::RDONLY, Mode::empty())?;
        let mut untar = Untar::new(root);
        for piece in tar.chunks(piece) {
            untar.data(piece)?;
        }
        untar.finish()?;
        Ok(untar.has_manifest)
    }

    #[test]
    fn files_come_out_as_they_went_in_whatever_the_pieces() {
        let long = vec![7; 1300];
        let entries: [(&str, u8, &[u8]); 5] = [
            ("base/", b'5', b""),
            ("base/1", b'0', &long),
            ("./base/inner", b'5', b""),
            ("base/inner/empty", 0, b""),
            ("backup_manifest", b'0', b"{}"),
        ];
        for piece in [1, 511, 512, 100_000] {
            let folder = tempfile::tempdir().unwrap();
            assert!(untar(folder.path(), &tar(&entries), piece).unwrap());
            assert_eq!(std::fs::read(folder.path().join("base/1")).unwrap(), long);
            assert_eq!(std::fs::read(folder.path().join("base/inner/empty")).unwrap(), b"");
            let mode = |name| folder.path().join(name).metadata().unwrap().mode() & 0o7777;
            assert_eq!((mode("base"), mode("base/1")), (0o700, 0o600));
        }
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        for (name, kind) in [
            ("../escaped", b'0'),
            ("base/../../escaped", b'0'),
            ("/tmp/escaped", b'0'),
            ("escaped", b'2'),
            ("escaped", b'1'),
            ("escaped", b'3'),
            ("link/escaped", b'0'),
            ("there", b'0'),
            ("", b'0'),
        ] {
            let outer = tempfile::tempdir().unwrap();
            let folder = outer.path().join("folder");
            std::fs::create_dir_all(folder.join("base")).unwrap();
            std::fs::write(folder.join("there"), "before").unwrap();
            std::os::unix::fs::symlink(outer.path(), folder.join("link")).unwrap();
            let data: &[u8] = if kind == b'0' { b"data" } else { b"" };
            untar(&folder, &tar(&[(name, kind, data)]), 4096).unwrap_err();
            assert!(!outer.path().join("escaped").exists(), "{name}");
            assert_eq!(std::fs::read(folder.join("there")).unwrap(), b"before");
        }
    }

    #[test]
    fn a_tar_that_is_cut_or_damaged_is_refused() {
        let whole = tar(&[("file", b'0', b"data")]);
        let folder = || tempfile::tempdir().unwrap();
        assert!(!untar(folder().path(), &whole, 4096).unwrap());
        for length in [0, 100, 512, 514, 1024, 1100, 2047] {
            untar(folder().path(), &whole[..length], 4096).unwrap_err();
        }
        let mut damaged = whole.clone();
        damaged[3] ^= 1;
        untar(folder().path(), &damaged, 4096).unwrap_err();
        let mut longer = whole;
        longer.extend(header("more", b'5', 0));
        untar(folder().path(), &longer, 4096).unwrap_err();
    }

    #[test]
    fn large_sizes_are_read() {
        let mut field = [0; 12];
        field[0] = 0x80;
        field[7] = 3;
        assert_eq!(number(&field), Some(3 << 32));
        assert_eq!(number(&[0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0]), None);
        assert_eq!(number(b"00000000017\0"), Some(15));
        assert_eq!(number(b"0000000009\0\0"), None);
    }
}
