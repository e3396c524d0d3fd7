//! The archive reads as it was written, and nothing else does; it names no place outside of
//! the folder that it is restored into.

use proptest::prelude::*;
use sexton_data::source::archive::{
    ArchiveError, ArchiveReader, ArchiveWriter, Attributes, Record,
};

pub(super) fn attributes() -> Attributes<'static> {
    let xattrs = vec![(b"user.a".as_slice(), b"value".as_slice())];
    Attributes { mode: 0o644, uid: 1, gid: 2, mtime_seconds: -3, mtime_nanos: 4, xattrs }
}

fn sample() -> Vec<Record<'static>> {
    vec![
        Record::Enter { name: b"directory" },
        Record::Symlink { name: b"link", target: b"../..", attributes: attributes() },
        Record::Fifo { name: b"\xff", attributes: attributes() },
        Record::Leave { attributes: attributes() },
        Record::File { name: b"file" },
        Record::FileEnd { size: 1 << 40, whole: false, attributes: attributes() },
        Record::HardLink { name: b"again", to: b"directory/link" },
        Record::Device {
            name: b"null",
            block: false,
            major: 1,
            minor: 3,
            attributes: attributes(),
        },
        Record::Leave { attributes: attributes() },
    ]
}

pub(super) fn write(records: &[Record<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArchiveWriter::new(&mut bytes).unwrap();
    for record in records {
        writer.record(record).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn sample_archive() -> Vec<u8> {
    write(&sample())
}

/// Reads an archive to its end; gives the names in it.
fn read_all(bytes: &[u8]) -> Result<Vec<Vec<u8>>, ArchiveError> {
    let mut reader = ArchiveReader::new(bytes);
    let mut names = Vec::new();
    loop {
        match reader.next_record()?.0 {
            Record::Enter { name }
            | Record::File { name }
            | Record::Symlink { name, .. }
            | Record::HardLink { name, .. }
            | Record::Fifo { name, .. }
            | Record::Device { name, .. } => names.push(name.to_vec()),
            Record::Leave { .. } | Record::Data { .. } | Record::FileEnd { .. } => {}
            Record::End { .. } => return Ok(names),
        }
    }
}

#[test]
fn an_archive_reads_as_it_was_written() {
    let archive = sample_archive();
    let mut reader = ArchiveReader::new(archive.as_slice());
    for record in sample() {
        assert_eq!(reader.next_record().unwrap().0, record);
    }
    assert!(matches!(reader.next_record().unwrap().0, Record::End { .. }));
    assert!(reader.next_record().is_err());
    for end in 0..archive.len() {
        assert!(read_all(&archive[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn an_archive_cannot_name_a_place_outside() {
    let root = || Record::Leave { attributes: attributes() };
    let long = "x".repeat(256);
    for name in ["", ".", "..", "a/b", "/etc", "a\0b", long.as_str()] {
        let name = name.as_bytes();
        let enter = write(&[Record::Enter { name }, root(), root()]);
        let link = write(&[Record::HardLink { name: b"fine", to: name }, root()]);
        assert!(matches!(read_all(&enter), Err(ArchiveError::Malformed(_))));
        assert!(name == b"a/b" || matches!(read_all(&link), Err(ArchiveError::Malformed(_))));
    }
    for to in ["/etc/passwd", "../x", "a//b", "a/../b", "a/"] {
        let link = write(&[Record::HardLink { name: b"fine", to: to.as_bytes() }, root()]);
        assert!(matches!(read_all(&link), Err(ArchiveError::Malformed(_))), "{to}");
    }
    let misplaced = [
        vec![root(), root()],
        vec![Record::File { name: b"a" }, root()],
        vec![Record::Data { offset: 0, bytes: 0 }, root()],
        vec![Record::Enter { name: b"a" }, root()],
    ];
    for records in misplaced {
        assert!(read_all(&write(&records)).is_err(), "{records:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn arbitrary_bytes_are_no_archive_and_no_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..2000),
        begins: bool,
    ) {
        if begins {
            bytes.splice(..0, *b"SXAR\x01");
        }
        prop_assert!(read_all(&bytes).is_err());
    }

    #[test]
    fn a_mutated_archive_is_an_error_or_another_archive(
        at: prop::sample::Index,
        change in 1_u8..=255,
    ) {
        let mut archive = sample_archive();
        let at = at.index(archive.len());
        archive[at] ^= change;
        if let Ok(names) = read_all(&archive) {
            for name in names {
                prop_assert!(!name.is_empty() && name != b".." && !name.contains(&b'/'));
            }
        }
    }
}
