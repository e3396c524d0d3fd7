//! What a binary log file says without being decoded: where its events are, and when they were.
//!
//! A file begins with four bytes. Each event begins with the second in which it was made (4
//! bytes), its kind (1), a server (4), its length (4) and the place of the next one (4), all
//! little-endian. Both engines have kept to this since 2005.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: [u8; 4] = [0xfe, b'b', b'i', b'n'];
const HEADER_BYTES: usize = 19;
/// The kind of an event that says that the server ended as it should.
const STOP: u8 = 3;
/// The kind of an event that names the file in which the log goes on.
const ROTATE: u8 = 4;
/// What is read at once.
const WINDOW_BYTES: usize = 64 << 10;

/// What a binary log file consists of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Events {
    /// Whether the last byte of the file is that of an event.
    pub(super) whole: bool,
    /// Whether the last event is one that the server ends a file with.
    pub(super) ended: bool,
    /// The latest second in which an event was made, since 1970; 0 if there is none.
    pub(super) latest_seconds: u32,
}

impl Events {
    /// Reads the heads of all events of a file.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut window = Window { file, at: 0, bytes: Vec::new() };
        let mut events = Self::default();
        if window.get::<4>(0)? != Some(MAGIC) {
            return Ok(events);
        }
        let mut at = 4;
        while at < bytes {
            let Some(head) = window.get::<HEADER_BYTES>(at)? else { return Ok(events) };
            let number = |at: usize| {
                let bytes = head[at..].first_chunk().copied().unwrap_or_default();
                u32::from_le_bytes(bytes)
            };
            let length = u64::from(number(9));
            if length < 19 || length > bytes - at {
                return Ok(events);
            }
            events.latest_seconds = events.latest_seconds.max(number(0));
            events.ended = matches!(head[4], STOP | ROTATE);
            at += length;
        }
        events.whole = at > 4;
        Ok(events)
    }
}

/// A part of a file that is in memory.
struct Window {
    file: File,
    at: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// The bytes from `at` on; nothing if the file ends before the last of them.
    fn get<const N: usize>(&mut self, at: u64) -> io::Result<Option<[u8; N]>> {
        for _ in 0..2 {
            let start = at.checked_sub(self.at).and_then(|it| usize::try_from(it).ok());
            let found = start.and_then(|start| self.bytes.get(start..start.checked_add(N)?));
            if let Some(Ok(found)) = found.map(<[u8; N]>::try_from) {
                return Ok(Some(found));
            }
            self.bytes.resize(WINDOW_BYTES, 0);
            let mut filled = 0;
            while filled < WINDOW_BYTES {
                let from = at + crate::seal::length(filled);
                match self.file.read_at(&mut self.bytes[filled..], from)? {
                    0 => break,
                    read => filled += read,
                }
            }
            self.bytes.truncate(filled);
            self.at = at;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seconds: u32, kind: u8, body: usize) -> Vec<u8> {
        let length = u32::try_from(HEADER_BYTES + body).unwrap();
        let mut event = seconds.to_le_bytes().to_vec();
        event.push(kind);
        event.extend([0; 4]);
        event.extend(length.to_le_bytes());
        event.resize(HEADER_BYTES + body, 7);
        event
    }

    fn events(parts: &[&[u8]]) -> Events {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("binlog.000001");
        std::fs::write(&path, parts.concat()).unwrap();
        Events::read(&path).unwrap()
    }

    #[test]
    fn a_file_is_whole_only_if_it_ends_where_an_event_does() {
        let large = event(9, 30, 3 * WINDOW_BYTES);
        let (first, last) = (event(5, 15, 40), event(7, ROTATE, 20));
        let found = events(&[&MAGIC, &first, &large, &last]);
        assert_eq!(found, Events { whole: true, ended: true, latest_seconds: 9 });
        let found = events(&[&MAGIC, &first, &large]);
        assert_eq!(found, Events { whole: true, ended: false, latest_seconds: 9 });
        for cut in [1, HEADER_BYTES, large.len() - 1] {
            let found = events(&[&MAGIC, &first, &large[..cut]]);
            assert!(!found.whole, "{cut}: {found:?}");
        }
        assert!(!events(&[&MAGIC]).whole);
        assert!(!events(&[b"nothing of this"]).whole);
        assert!(!events(&[&MAGIC, &first, &[0; 64]]).whole);
    }
}
