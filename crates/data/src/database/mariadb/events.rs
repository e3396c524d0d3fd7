//! What a binary log file says without being decoded: where its events are, and when they were.
//!
//! A file begins with four bytes. Each event begins with the second in which it was made (4
//! bytes), its kind (1), a server (4), its length (4) and the place of the next one (4), all
//! little-endian. Both engines have kept to this since 2005.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use aws_lc_rs::digest;

use crate::seal::length;
use crate::source::Cancel;

const MAGIC: [u8; 4] = [0xfe, b'b', b'i', b'n'];
/// How long the head of an event is: what it says follows.
const HEADER_BYTES: u64 = 19;
/// The kind of an event that begins a transaction in a log of `MariaDB`, and names it.
pub(super) const GTID: u8 = 162;
/// The kind of an event that names the last transactions before a file of `MariaDB`.
pub(super) const GTID_LIST: u8 = 163;
/// The kind of an event after which all that follows is encrypted.
const START_ENCRYPTION: u8 = 164;
/// Where the flags of an event are in it.
const FLAGS_AT: u64 = 17;
/// How many bytes stand for each of them.
const LISTED_BYTES: usize = 16;
/// What is read at once.
const WINDOW_BYTES: usize = 64 << 10;

/// The head of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    /// The byte of the file where it begins.
    pub(super) at: u64,
    /// What it is.
    pub(super) kind: u8,
    /// The second in which it says that it was made, since 1970.
    pub(super) seconds: u32,
    /// The server that made it.
    pub(super) server: u32,
    length: u64,
}

/// A transaction: its domain, its server and its number.
pub(super) type Transaction = (u32, u32, u64);

/// The events of a binary log file, one after another.
pub(super) struct Events {
    window: Window,
    bytes: u64,
    at: u64,
}

impl Events {
    /// Opens a file. One that is no log is like one that is damaged.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut window = Window { file, at: 0, bytes: Vec::new() };
        if window.get::<4>(0)? != Some(MAGIC) {
            return Err(damaged());
        }
        Ok(Self { window, bytes, at: length(MAGIC.len()) })
    }

    /// The next event; nothing at the end. An event that is not whole is [`is_damage`].
    pub(super) fn step(&mut self) -> io::Result<Option<Event>> {
        let at = self.at;
        if at >= self.bytes {
            return Ok(None);
        }
        let Some(head) = self.window.get::<19>(at)? else { return Err(damaged()) };
        let number = |at: usize| u32::from_le_bytes(chunk(&head[at..]));
        let length = u64::from(number(9));
        if length < HEADER_BYTES || length > self.bytes - at {
            return Err(damaged());
        }
        self.at = at + length;
        Ok(Some(Event { at, kind: head[4], seconds: number(0), server: number(5), length }))
    }

    /// Where the next event begins.
    pub(super) fn place(&self) -> u64 {
        self.at
    }

    /// The transaction that an event of the kind [`GTID`] begins.
    pub(super) fn transaction(&mut self, event: &Event) -> io::Result<Transaction> {
        let body = self.window.get::<12>(event.at + HEADER_BYTES)?.ok_or_else(damaged)?;
        let (number, domain) = (u64::from_le_bytes(chunk(&body)), chunk(&body[8..]));
        Ok((u32::from_le_bytes(domain), event.server, number))
    }

    /// The transactions that an event of the kind [`GTID_LIST`] names.
    pub(super) fn listed(&mut self, event: &Event) -> io::Result<Vec<Transaction>> {
        let body = event.at + HEADER_BYTES;
        let count = self.window.get::<4>(body)?.ok_or_else(damaged)?;
        // The upper bits say something else.
        let count = u64::from(u32::from_le_bytes(count) & 0x0fff_ffff);
        if count * length(LISTED_BYTES) > event.length - HEADER_BYTES {
            return Err(damaged());
        }
        let mut listed = Vec::new();
        for number in 0..count {
            let at = body + 4 + number * length(LISTED_BYTES);
            let one = self.window.get::<LISTED_BYTES>(at)?.ok_or_else(damaged)?;
            let (domain, server) = (chunk(&one), chunk(&one[4..]));
            let number = u64::from_le_bytes(chunk(&one[8..]));
            listed.push((u32::from_le_bytes(domain), u32::from_le_bytes(server), number));
        }
        Ok(listed)
    }
}

fn chunk<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Whether a file could be read, and is not what it should be.
pub(super) fn is_damage(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

/// Whether the last byte of a file is that of an event.
pub(super) fn is_whole(path: &Path) -> io::Result<bool> {
    let whole = || {
        let mut events = Events::open(path)?;
        let mut any = false;
        while events.step()?.is_some() {
            any = true;
        }
        Ok(any)
    };
    whole().or_else(|error| if is_damage(&error) { Ok(false) } else { Err(error) })
}

/// What tells a file, up to this byte, from one of another log that has the same name and events of
/// the same length there: a hash of its bytes. Nothing if the file is shorter, or encrypted.
///
/// What its first event says of itself may change while the file is written, and is left out: its
/// flags, and what is counted over them. The second in which the file was begun is before that.
///
/// A file may be large: whoever asked to stop is heard meanwhile, with an error.
pub(super) fn beginning(path: &Path, byte: u64, cancel: &Cancel) -> io::Result<Option<String>> {
    let mut events = Events::open(path)?;
    let Some(first) = events.step()? else { return Ok(None) };
    let (flags, after) = (first.at + FLAGS_AT, events.place());
    let is_encrypted = events.step()?.is_some_and(|event| event.kind == START_ENCRYPTION);
    if is_encrypted || after > byte || byte > events.bytes {
        return Ok(None);
    }
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; WINDOW_BYTES];
    for (mut from, to) in [(0, flags), (after, byte)] {
        while from < to {
            if cancel.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let wanted = usize::try_from(to - from).map_or(WINDOW_BYTES, |it| it.min(WINDOW_BYTES));
            events.window.file.read_exact_at(&mut buffer[..wanted], from)?;
            hash.update(&buffer[..wanted]);
            from += length(wanted);
        }
    }
    Ok(Some(hex::encode(hash.finish())))
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
                let from = at + length(filled);
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
pub(super) mod tests {
    use super::*;

    pub(in super::super) const ROTATE: u8 = 4;

    /// An event of server 1.
    pub(in super::super) fn event(seconds: u32, kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(19 + body.len()).unwrap();
        let mut event = seconds.to_le_bytes().to_vec();
        event.push(kind);
        event.extend(1_u32.to_le_bytes());
        event.extend(length.to_le_bytes());
        event.extend([0; 6]);
        event.extend(body);
        event
    }

    /// A file with these events.
    pub(in super::super) fn file(path: &Path, events: &[Vec<u8>]) {
        std::fs::write(path, [MAGIC.to_vec(), events.concat()].concat()).unwrap();
    }

    fn whole(parts: &[&[u8]]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("binlog.000001");
        std::fs::write(&path, parts.concat()).unwrap();
        is_whole(&path).unwrap()
    }

    #[test]
    fn a_file_is_whole_only_if_it_ends_where_an_event_does() {
        let large = event(9, 30, &vec![7; 3 * WINDOW_BYTES]);
        let (first, last) = (event(5, 15, &[7; 40]), event(7, ROTATE, &[7; 20]));
        assert!(whole(&[&MAGIC, &first, &large, &last]));
        assert!(whole(&[&MAGIC, &first, &large]));
        for cut in [1, 19, large.len() - 1] {
            assert!(!whole(&[&MAGIC, &first, &large[..cut]]), "{cut}");
        }
        assert!(!whole(&[&MAGIC]));
        assert!(!whole(&[b"nothing of this"]));
        assert!(!whole(&[&MAGIC, &first, &[0; 64]]));
    }

    #[test]
    fn the_beginning_of_a_file_is_that_of_no_other_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("binlog.000001");
        let told = |events: &[Vec<u8>], byte: u64| {
            file(&path, events);
            beginning(&path, byte, &Cancel::default()).unwrap()
        };
        let head = event(5, 15, &[7; 40]);
        let (one, last) = (event(6, GTID, &[7; 19]), event(7, 2, &vec![7; 3 * WINDOW_BYTES]));
        let all = [head.clone(), one.clone(), last.clone()];
        let end = length(MAGIC.len() + all.concat().len());
        let place = end - length(last.len());
        let wanted = told(&all, place).unwrap();
        assert_eq!(wanted.len(), 64);
        // Neither what follows nor what is changed when the file is closed.
        assert_eq!(told(&all[..2], place).as_ref(), Some(&wanted));
        let mut closed = head.clone();
        closed[17] = 1;
        closed[58] = 9;
        assert_eq!(told(&[closed, one.clone(), last.clone()], place).as_ref(), Some(&wanted));
        let (later, other) = (event(6, 15, &[7; 40]), event(6, GTID, &[8; 19]));
        assert_ne!(told(&[later, one.clone()], place).as_ref(), Some(&wanted));
        assert_ne!(told(&[head.clone(), other.clone()], place).as_ref(), Some(&wanted));
        assert_ne!(told(&all, end), told(&[head.clone(), other, last.clone()], end));
        for (events, byte) in [
            (&all[..], end + 1),
            (&all[..], 30),
            (&[][..], 4),
            (&[head, event(5, START_ENCRYPTION, &[0; 17]), last][..], place),
        ] {
            assert_eq!(told(events, byte), None);
        }
    }

    #[test]
    fn a_beginning_is_not_read_for_somebody_who_has_asked_to_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("binlog.000001");
        file(&path, &[event(5, 15, &[7; 40])]);
        let cancel = Cancel::default();
        assert!(beginning(&path, 63, &cancel).unwrap().is_some());
        cancel.cancel();
        assert!(beginning(&path, 63, &cancel).is_err());
    }

    #[test]
    fn transactions_are_read_where_they_begin_and_where_a_file_lists_those_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("binlog.000001");
        let one = |domain: u32, server: u32, number: u64| {
            [&domain.to_le_bytes()[..], &server.to_le_bytes(), &number.to_le_bytes()].concat()
        };
        let list = [&0x1000_0002_u32.to_le_bytes()[..], &one(0, 3, 9), &one(4, 5, 1 << 40)];
        let begin = [&7_u64.to_le_bytes()[..], &4_u32.to_le_bytes(), &[0; 7]].concat();
        let short = event(2, GTID_LIST, &9_u32.to_le_bytes());
        file(&path, &[event(2, GTID_LIST, &list.concat()), event(3, GTID, &begin), short]);
        let mut events = Events::open(&path).unwrap();
        let event = events.step().unwrap().unwrap();
        assert_eq!(events.listed(&event).unwrap(), [(0, 3, 9), (4, 5, 1 << 40)]);
        let event = events.step().unwrap().unwrap();
        assert_eq!((event.at, event.seconds, event.kind), (4 + 19 + 36, 3, GTID));
        assert_eq!(events.transaction(&event).unwrap(), (4, 1, 7));
        let event = events.step().unwrap().unwrap();
        assert!(is_damage(&events.listed(&event).unwrap_err()), "it says more than it has");
        assert_eq!(events.step().unwrap(), None);
    }
}
