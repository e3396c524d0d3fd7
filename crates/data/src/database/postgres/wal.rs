//! Reads from the write-ahead log when transactions ended, as far as a recovery would read it.
//!
//! A server whose recovery has a time to stop at does not start if it finds no transaction that
//! ended after it. That must be known before a restore says that it succeeded. The engine's own
//! tool for it (`pg_waldump`) is on no search path of Debian's, and reads the log of its own
//! version only; what is needed of the format has been the same since `PostgreSQL` 9.5.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use crc32c::crc32c_append;
use jiff::Timestamp;

use self::records::{Kind, LONG_HEADER_BYTES, PageHeader, RECORD_HEADER_BYTES, u32_at, u64_at};
use crate::database::read_full;
use crate::seal::length;
use crate::source::Cancel;

mod records;

/// Where in the log a byte is, counted from its beginning.
pub(super) type Lsn = u64;

/// Reads `0/2000100`.
pub(super) fn lsn(text: &str) -> Option<Lsn> {
    let (high, low) = text.split_once('/')?;
    let part = |part: &str| u32::from_str_radix(part, 16).ok().map(u64::from);
    Some((part(high)? << 32) | part(low)?)
}

/// A file of the log, and where in the log it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) at: Lsn,
}

/// What is asked of a log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    /// To when a recovery goes.
    pub(super) time: Timestamp,
    /// Where it begins.
    pub(super) start: Lsn,
    /// Where the backup is consistent.
    pub(super) consistent: Lsn,
}

/// What would lead a recovery out of its folder: a tablespace, which is a folder of the server that
/// wrote the log, perhaps one that still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outside {
    /// Whether the tablespace is made there; otherwise it is removed.
    made: bool,
    /// When the latest transaction ended between the end of the backup and this: a recovery to
    /// any time before that stops short of it.
    before: Option<Timestamp>,
}

impl Outside {
    fn refusal(self) -> String {
        let (does, harm) =
            if self.made { ("makes", "write into it") } else { ("removes", "remove it") };
        let way_out = self.before.map_or_else(
            || "restore the backup without a time".to_owned(),
            |before| format!("take a time before {before}"),
        );
        format!(
            "the log {does} a tablespace, which is a folder of the server that wrote the log, and \
             the restored server would {harm}: {way_out}, or take a logical backup, as a server \
             with tablespaces has no others"
        )
    }
}

/// What a log tells of a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Where the first transaction ended after it: there a recovery stops.
    pub(super) stops: Option<Lsn>,
    /// Whether the server began a checkpoint after it: what ended before stands before that.
    pub(super) passed: bool,
    /// The latest time in it.
    pub(super) latest: Option<Timestamp>,
    /// How far it was read.
    pub(super) reached: Lsn,
    /// Where it cannot be read any more although there is more of it.
    pub(super) broken: Option<Lsn>,
    /// The first that would lead a recovery to that time out of its folder. What comes behind it
    /// was not looked at.
    pub(super) outside: Option<Outside>,
}

/// Where a recovery to a time ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Before the first transaction that ended after it.
    Time,
    /// With the log: nothing ended after it that is in there.
    End,
}

impl Told {
    /// Decides whether the server of a backup that is consistent at `consistent` replays nothing
    /// until there that leads out of its folder. Of what could not be read nobody knows. The error
    /// is for whoever asked.
    pub(super) fn stays_inside(&self, consistent: Lsn) -> Result<(), &'static str> {
        if self.outside.is_some() {
            return Err(
                "a tablespace was made or removed while the backup was made, and the restored \
                 server would change a folder of the one that it was made of: take another backup",
            );
        }
        if self.reached < consistent {
            return Err(
                "the log that the backup itself has cannot be read to the end of the backup, so \
                 that nobody knows whether the restored server would change a folder of the one \
                 that it was made of: restore another backup",
            );
        }
        Ok(())
    }

    /// Decides where a recovery to `time` ends of a backup that is consistent at `consistent`. The
    /// error is for whoever asked.
    pub(super) fn until(&self, time: Timestamp, consistent: Lsn) -> Result<Until, String> {
        if let Some(outside) = self.outside {
            return Err(outside.refusal());
        }
        match (self.stops, self.broken) {
            (Some(stops), _) if stops < consistent => Err(format!(
                "by the clock of the database {time} was before the end of the backup: take a \
                 later time"
            )),
            (Some(_), _) => Ok(Until::Time),
            (None, Some(broken)) => Err(format!(
                "the log is damaged at {:X}/{:X}: take an earlier time or a later backup",
                broken >> 32,
                broken & 0xFFFF_FFFF
            )),
            (None, None) if self.passed => Ok(Until::End),
            (None, None) => {
                let latest = self.latest.map(|latest| format!(" than {latest}"));
                Err(format!(
                    "it is not known whether the log that was backed up has all until {time}: take \
                     an earlier time{}, or wait until more is backed up",
                    latest.unwrap_or_default()
                ))
            }
        }
    }
}

/// Reads a log until a transaction ended after the time of `aim`, to what would lead out of the
/// folder, or to its end.
pub(super) fn read(pieces: &[Piece], aim: Aim, cancel: &Cancel) -> io::Result<Told> {
    let mut scan = Scan::new(aim);
    for (number, piece) in pieces.iter().enumerate() {
        let end = scan.piece(piece, cancel)?;
        match end {
            Step::On => {}
            Step::Found => break,
            Step::End => {
                if number + 1 < pieces.len() {
                    scan.told.broken = Some(scan.at);
                }
                break;
            }
        }
    }
    scan.told.reached = scan.at;
    Ok(scan.told)
}

/// Where the last record begins that is in a file of the log, or begins there.
pub(super) fn last_record(piece: &Piece) -> io::Result<Option<Lsn>> {
    let nowhere = Lsn::MAX;
    let aim = Aim { time: Timestamp::MAX, start: nowhere, consistent: nowhere };
    let mut scan = Scan::new(aim);
    scan.piece(piece, &Cancel::default())?;
    Ok(scan.record.map(|record| record.at).or(scan.last))
}

/// Where the record begins that is before the first one that begins in a file of the log. Nothing
/// if that cannot be seen from its first page.
pub(super) fn before_first_record(piece: &Piece) -> io::Result<Option<Lsn>> {
    let mut page = [0; FIRST_BYTES];
    let read = read_full(&mut File::open(&piece.path)?, &mut page)?;
    let page = &page[..read];
    let Some(header) = PageHeader::parse(page).filter(|it| it.at == piece.at) else {
        return Ok(None);
    };
    let rest = usize::try_from(header.rest).unwrap_or(usize::MAX);
    let first = header.bytes.saturating_add(rest).checked_next_multiple_of(ALIGNED);
    let is_one = |at: &usize| {
        u32_at(page, *at).is_some_and(|bytes| u64::from(bytes) >= length(RECORD_HEADER_BYTES))
    };
    Ok(first.filter(is_one).and_then(|at| u64_at(page, at + 8)))
}

/// No page is shorter.
const FIRST_BYTES: usize = 512;
/// How much of a record is looked at: what is wanted stands at its beginning.
const KEPT_BYTES: usize = 192;
const PAGE_BYTES_MAX: usize = 64 << 10;
/// Records begin at multiples of it.
const ALIGNED: usize = 8;

/// What comes after something that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// More; after the end of a page or a piece, the next one.
    On,
    /// What was looked for was found.
    Found,
    /// Nothing: here the log ends.
    End,
}

#[derive(Debug)]
struct Scan {
    aim: Aim,
    /// In microseconds, as the log counts them.
    wanted: i64,
    told: Told,
    /// The latest end of a transaction behind the end of the backup.
    ended: Option<i64>,
    /// Where it reads.
    at: Lsn,
    begun: bool,
    /// Where the last record begins.
    last: Option<Lsn>,
    /// A record of which not all has come.
    record: Option<Record>,
    /// What is left of the record in whose middle the log begins.
    skip: u64,
    /// Whether the rest of this file is empty.
    switched: bool,
}

#[derive(Debug)]
struct Record {
    at: Lsn,
    left: u64,
    /// Its first bytes.
    head: Vec<u8>,
    /// The checksum of what came behind its header.
    crc: u32,
}

impl Scan {
    fn new(aim: Aim) -> Self {
        Self {
            aim,
            // What is smaller is cut off from the setting of the recovery as well.
            wanted: aim.time.as_microsecond(),
            told: Told::default(),
            ended: None,
            at: 0,
            begun: false,
            last: None,
            record: None,
            skip: 0,
            switched: false,
        }
    }

    fn piece(&mut self, piece: &Piece, cancel: &Cancel) -> io::Result<Step> {
        let mut file = BufReader::with_capacity(256 << 10, File::open(&piece.path)?);
        self.at = piece.at;
        self.switched = false;
        let mut page = vec![0; 8192];
        let mut read = 0;
        while read < piece.bytes && !self.switched {
            if cancel.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if read == 0 {
                // The first header says how long the pages are.
                page.resize(LONG_HEADER_BYTES, 0);
                file.read_exact(&mut page)?;
                let (Some(segment), Some(bytes)) = (u32_at(&page, 32), u32_at(&page, 36)) else {
                    return Ok(Step::End);
                };
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                let fits = bytes.is_power_of_two() && (512..=PAGE_BYTES_MAX).contains(&bytes);
                if !fits || u64::from(segment) != piece.bytes {
                    return Ok(Step::End);
                }
                page.resize(bytes, 0);
                file.read_exact(&mut page[LONG_HEADER_BYTES..])?;
            } else {
                file.read_exact(&mut page)?;
            }
            match self.page(&page) {
                Step::On => {}
                end @ (Step::Found | Step::End) => return Ok(end),
            }
            read += length(page.len());
            self.at = piece.at.saturating_add(read);
        }
        // Also of one whose rest is empty.
        self.at = piece.at.saturating_add(piece.bytes);
        Ok(Step::On)
    }

    fn page(&mut self, page: &[u8]) -> Step {
        let start = self.at;
        let Some(header) = PageHeader::parse(page).filter(|it| it.at == start) else {
            return Step::End;
        };
        let mut from = header.bytes;
        let expected = self.record.as_ref().map_or(self.skip, |record| record.left);
        let rest = u64::from(header.rest);
        if !self.begun {
            self.begun = true;
            self.skip = rest;
        } else if rest != expected {
            // After a crash the server writes over what it had begun.
            if !header.overwrites {
                return Step::End;
            }
            (self.record, self.skip) = (None, 0);
        }
        if self.skip > 0 {
            let now = usize::try_from(self.skip).map_or(page.len(), |skip| skip.min(page.len()));
            let now = now.min(page.len() - from);
            self.skip -= length(now);
            from += now;
        } else if let Some(record) = self.record.take() {
            match self.feed(record, page, &mut from, header.magic) {
                Step::On => {}
                end @ (Step::Found | Step::End) => return end,
            }
        }
        while !self.switched && self.record.is_none() && self.skip == 0 {
            from = from.next_multiple_of(ALIGNED);
            let Some(bytes) = u32_at(page, from) else { break };
            self.at = start + length(from);
            if length(RECORD_HEADER_BYTES) > u64::from(bytes) {
                return Step::End;
            }
            let (left, head) = (u64::from(bytes), Vec::with_capacity(KEPT_BYTES));
            let record = Record { at: self.at, left, head, crc: 0 };
            match self.feed(record, page, &mut from, header.magic) {
                Step::On => {}
                end @ (Step::Found | Step::End) => return end,
            }
        }
        Step::On
    }

    /// Gives a record what this page has of it, and looks at it once all has come.
    fn feed(&mut self, mut record: Record, page: &[u8], from: &mut usize, magic: u16) -> Step {
        let now = usize::try_from(record.left).map_or(page.len(), |left| left.min(page.len()));
        let now = now.min(page.len() - *from);
        let mut bytes = &page[*from..*from + now];
        *from += now;
        record.left -= length(now);
        // The header is counted over last.
        let in_header = RECORD_HEADER_BYTES.saturating_sub(record.head.len()).min(bytes.len());
        let kept = (KEPT_BYTES - record.head.len().min(KEPT_BYTES)).min(bytes.len());
        record.head.extend_from_slice(&bytes[..kept]);
        bytes = &bytes[in_header..];
        record.crc = crc32c_append(record.crc, bytes);
        if record.left > 0 {
            self.record = Some(record);
            return Step::On;
        }
        self.complete(&record, magic)
    }

    fn complete(&mut self, record: &Record, magic: u16) -> Step {
        let head = record.head.as_slice();
        let (Some(last), Some(sum)) = (u64_at(head, 8), u32_at(head, 20)) else { return Step::End };
        let crc = crc32c_append(record.crc, &head[..20]);
        let follows = self.last.is_none_or(|known| known == last);
        if crc != sum || !follows {
            self.at = record.at;
            return Step::End;
        }
        self.last = Some(record.at);
        match Kind::of(head, magic) {
            Kind::Ended(time) => {
                self.note(time);
                if time > self.wanted {
                    self.told.stops = Some(record.at);
                    return Step::Found;
                }
                if record.at >= self.aim.consistent {
                    self.ended = self.ended.max(Some(time));
                }
            }
            // What stands before the backup is not replayed.
            Kind::Tablespace { made } if record.at >= self.aim.start => {
                let before = self.ended.and_then(|time| Timestamp::from_microsecond(time).ok());
                self.told.outside = Some(Outside { made, before });
                return Step::Found;
            }
            Kind::Checkpoint(seconds) => {
                let time = seconds.saturating_mul(1_000_000);
                self.note(time);
                self.told.passed |= time > self.wanted;
            }
            Kind::Switch => self.switched = true,
            Kind::Tablespace { .. } | Kind::Other => {}
        }
        Step::On
    }

    fn note(&mut self, microseconds: i64) {
        let time = Timestamp::from_microsecond(microseconds).ok();
        self.told.latest = self.told.latest.max(time);
    }
}

#[cfg(test)]
mod tests;
