//! The binary log, as the server sends it to a replica.
//!
//! The tool begins each file anew when it starts: it empties one that is there, and receives it
//! from its first byte on. So the last file of a spool is set aside before, under a name that ends
//! in `.partial`, until as much of it is there again. A file is whole once the tool has begun the
//! next one.
//!
//! The tool writes each file under the name that the server says, whatever that is: one with `..`
//! would be written anywhere. So it is told to put something before each name, with which a name
//! that has a folder in it is in a folder that is not there, and the tool fails. What has the name
//! of a log file gets that name by us.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::complete::{Look, Looks, look};
use super::events::is_whole;
use super::flavour::BINLOG;
use super::position::is_log_name;
use super::replay::{base, following, number};
use super::session::{Session, flavour_of};
use crate::database::logs::{Work, instant};
use crate::database::tool::{Input, Output, Tool};
use crate::database::{DatabaseError, PROBE_SECONDS_MAX, Settings, read_full};
use crate::seal::length;
use crate::source::Cancel;

/// How the name of a file ends that is set aside.
const PARTIAL: &str = ".partial";
/// How the name of a file begins that the tool has begun and nobody has looked at.
const RECEIVED: &str = ".received-";
/// The file of a spool that says what was found to be missing in the log.
const LACK: &str = ".lack";
/// The file of a spool that says why the log may lack something.
const DOUBT: &str = ".doubt";
/// How often the server is asked what its log leaves out while it is received.
const ASK_WAIT: Duration = Duration::from_secs(30);
/// How much of two files is compared at a time; more than the first event has.
const COMPARED_BYTES: usize = 64 << 10;
/// The first bytes of a file, which are there before any event.
const MAGIC_BYTES: u64 = 4;

/// Receives until the tool ends.
pub(in crate::database) fn receive(work: Work<'_>) -> Result<(), DatabaseError> {
    let order = work.order;
    let mut lock = work.lock()?;
    let session = Session::new(&order.settings, work.cancel)?;
    let tool = Tool::find_any(order.settings.tools(), &BINLOG)?;
    let flavour = flavour_of(&tool, work.cancel)?;
    let failed = |error| DatabaseError::system("the folder of the log cannot be used", error);
    may_go_on(&order.spool, look(&session)?)?;
    let there: Vec<_> = listed(&session)?.into_iter().map(|file| file.name).collect();
    // What the last tool has left.
    take_over(&order.spool, None)?;
    let first = begin_with(&order.spool, &there)?;
    set_aside(&order.spool, number(&first)).map_err(failed)?;
    let run = session.run(&tool).hide(&order.spool.to_string_lossy()).arguments([
        "--read-from-remote-server".to_owned(),
        "--raw".to_owned(),
        "--stop-never".to_owned(),
        format!("{}={}", flavour.receiver_option(), receiver_number(&order.slot)),
        format!("--result-file={}/{RECEIVED}", order.spool.display()),
        first.clone(),
    ]);
    let running = work.named(run).start(Input::File(lock.held()?), Output::Nowhere, work.cancel)?;
    lock.note(running.id())?;
    let mut again = Again::new(&order.spool, &first);
    let (mut looks, mut asked) = (Looks::default(), instant());
    let ended = work.watch(running, |_| {
        take_over(&order.spool, Some(&first))?;
        if asked.elapsed() >= ASK_WAIT {
            if let Some(look) = looks.take(look(&session))? {
                may_go_on(&order.spool, look)?;
            }
            asked = instant();
        }
        again.look().map_err(failed)
    });
    if again.is_another {
        // What was received before is what the next try is compared with.
        remove_from(&order.spool, number(&first)).map_err(failed)?;
        return Err(another_log());
    }
    // What it had begun when it ended.
    ended.and(take_over(&order.spool, Some(&first)))
}

/// Gives what the tool has begun the names that the server said, if they are those of files of a
/// log; beginning with `first`, where that is known. The tool goes on to write into them.
fn take_over(spool: &Path, first: Option<&str>) -> Result<(), DatabaseError> {
    let failed = |error| DatabaseError::system("the folder of the log cannot be used", error);
    let mut named = Vec::new();
    for entry in fs::read_dir(spool).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.as_bytes().strip_prefix(RECEIVED.as_bytes()) else { continue };
        named.push((String::from_utf8_lossy(name).into_owned(), entry.path()));
    }
    // Where the next one is there, the one before it is whole.
    named.sort_by_key(|(name, _)| number(name));
    for (name, path) in named {
        let (to, is_name) = (spool.join(&name), is_log_name(&name));
        let expected = is_name
            && first.is_none_or(|it| base(it) == base(&name) && number(it) <= number(&name))
            && !to.exists();
        if expected {
            fs::rename(&path, &to).map_err(failed)?;
            continue;
        }
        fs::remove_file(&path).map_err(failed)?;
        if first.is_some() {
            let name = name.escape_debug();
            return Err(DatabaseError::Unsupported(format!(
                "the database server names a file of its binary log that cannot come now, and it \
                 is not received: {name:.100}"
            )));
        }
    }
    Ok(())
}

/// A file that is received once more, beside what had been received of it before.
struct Again {
    received: PathBuf,
    before: PathBuf,
    /// The file after it, which is begun when this one is whole.
    next: PathBuf,
    /// Whether enough of it has come and is the same: the rest is compared when all is there.
    begins_alike: bool,
    /// Whether it is another one.
    is_another: bool,
}

impl Again {
    fn new(spool: &Path, name: &str) -> Self {
        Self {
            received: spool.join(name),
            before: spool.join(format!("{name}{PARTIAL}")),
            next: spool.join(following(name)),
            begins_alike: false,
            is_another: false,
        }
    }

    /// Looks at what has come. Gives whether something has; an error ends the tool.
    fn look(&mut self) -> io::Result<bool> {
        // In this order: if there is a next one, this one is whole.
        let is_whole = self.next.exists();
        let received = bytes_of(&self.received).unwrap_or(0);
        if let Some(before) = bytes_of(&self.before)
            && received > MAGIC_BYTES
        {
            let all = received >= before;
            if all || is_whole || !self.begins_alike {
                let bytes_max = if all { u64::MAX } else { length(COMPARED_BYTES) };
                let alike = begin_alike(&self.received, &self.before, bytes_max)?;
                self.is_another = !alike || (is_whole && !all);
                self.begins_alike = received.min(before) >= length(COMPARED_BYTES);
            }
            if self.is_another {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if all {
                fs::remove_file(&self.before)?;
            }
        }
        Ok(received > MAGIC_BYTES)
    }
}

fn another_log() -> DatabaseError {
    DatabaseError::LogParted(
        "the database server has begun its binary log anew, or is another one".to_owned(),
    )
}

/// Fails if the log lacks something, and once it does so no more: what was lacking stays so,
/// whoever restarts meanwhile. So it is noted in the spool. What it may lack is noted there for
/// whoever shows how the log is.
fn may_go_on(spool: &Path, look: Look) -> Result<(), DatabaseError> {
    let failed = |error| DatabaseError::system("the folder of the log cannot be used", error);
    note_doubt(spool, look.doubt.as_deref()).map_err(failed)?;
    let noted = spool.join(LACK);
    if let Some(lack) = look.lack {
        if !noted.exists() {
            let made = spool.join(".lack-made");
            let write = || {
                let mut file = fs::File::create(&made)?;
                file.write_all(lack.was.as_bytes())?;
                file.sync_all()?;
                fs::rename(&made, &noted)?;
                fs::File::open(spool)?.sync_all()
            };
            write().map_err(failed)?;
        }
        return Err(DatabaseError::Unsupported(lack.is));
    }
    match fs::read_to_string(&noted) {
        Ok(was) => Err(DatabaseError::LogParted(format!("for a while {was}"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Notes why the log may lack something, or that nothing says so any more.
fn note_doubt(spool: &Path, doubt: Option<&str>) -> io::Result<()> {
    let noted = spool.join(DOUBT);
    if let Some(doubt) = doubt {
        // Whoever reads it sees it whole.
        let made = spool.join(".doubt-made");
        fs::write(&made, doubt)?;
        return fs::rename(&made, &noted);
    }
    match fs::remove_file(&noted) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// See [`crate::database::doubt`].
pub(in crate::database) fn doubt(spool: &Path) -> Option<String> {
    fs::read_to_string(spool.join(DOUBT)).ok()
}

/// Removes what was received from this file on, but for what was set aside.
fn remove_from(spool: &Path, first: u64) -> io::Result<()> {
    for name in files(spool)?.iter().filter(|name| number(name) >= first) {
        match fs::remove_file(spool.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => (),
        }
    }
    Ok(())
}

/// Whether two files begin alike, as far as the shorter one goes and at most for so many bytes.
/// What the first event says of itself may change while the file is written: its flags, and what
/// is counted over them.
pub(super) fn begin_alike(received: &Path, before: &Path, bytes_max: u64) -> io::Result<bool> {
    const FLAGS_AT: usize = 21;
    let open = |path| fs::File::open(path).map(|file| file.take(bytes_max));
    let (mut received, mut before) = (open(received)?, open(before)?);
    let (mut one, mut other) = (vec![0; COMPARED_BYTES], vec![0; COMPARED_BYTES]);
    let mut first = true;
    loop {
        let known = read_full(&mut before, &mut one)?;
        let again = read_full(&mut received, &mut other)?;
        let both = known.min(again);
        let (one, other) = (&one[..both], &other[..both]);
        let same = if std::mem::take(&mut first) && both > FLAGS_AT {
            let length = one.get(13..17).and_then(|length| length.try_into().ok());
            let length = length.map_or(0, u32::from_le_bytes);
            let end = usize::try_from(length).unwrap_or(0).saturating_add(4).clamp(FLAGS_AT, both);
            one[..FLAGS_AT] == other[..FLAGS_AT] && one[end..] == other[end..]
        } else {
            one == other
        };
        if !same || both < COMPARED_BYTES {
            return Ok(same);
        }
    }
}

/// See [`crate::database::finish_segment`].
pub(in crate::database) fn finish_segment(
    settings: &Settings,
    cancel: &Cancel,
) -> Result<(), DatabaseError> {
    let session = Session::new(settings, cancel)?;
    session.ask("flush binary logs", PROBE_SECONDS_MAX).map(drop)
}

/// See [`crate::database::lag_bytes`].
pub(in crate::database) fn lag_bytes(
    settings: &Settings,
    spool: &Path,
    cancel: &Cancel,
) -> Result<u64, DatabaseError> {
    let failed = |error| DatabaseError::system("the folder of the log cannot be used", error);
    let there = listed(&Session::new(settings, cancel)?)?;
    let files = files(spool).map_err(failed)?;
    Ok(behind(&there, files.last(), |name| bytes_of(&spool.join(name)).unwrap_or(0)))
}

/// What is missing of the last file that was received, and of all after it.
fn behind(there: &[LogFile], last: Option<&String>, received: impl Fn(&str) -> u64) -> u64 {
    let newest = there.last().map(|file| &file.name);
    let from = last.or(newest).map_or(0, |name| number(name));
    let missing = there.iter().filter(|file| number(&file.name) >= from);
    missing.map(|file| file.bytes.saturating_sub(received(&file.name))).sum()
}

/// A file of the log that the server has.
#[derive(Debug, PartialEq, Eq)]
struct LogFile {
    name: String,
    bytes: u64,
}

/// The files of the log that the server has, in their order.
fn listed(session: &Session<'_>) -> Result<Vec<LogFile>, DatabaseError> {
    let rows = session.ask("show binary logs", PROBE_SECONDS_MAX)?;
    let file = |row: Vec<String>| {
        let mut fields = row.into_iter();
        let (name, bytes) = (fields.next()?, fields.next()?.parse().ok()?);
        is_log_name(&name).then_some(LogFile { name, bytes })
    };
    let mut files: Vec<_> = rows.into_iter().filter_map(file).collect();
    files.sort_by_key(|file| number(&file.name));
    Ok(files)
}

/// The file to begin with: the first that is not whole in the spool.
fn begin_with(spool: &Path, there: &[String]) -> Result<String, DatabaseError> {
    let refused = |why: &str| DatabaseError::Unsupported(why.to_owned());
    let failed = |error| DatabaseError::system("the folder of the log cannot be used", error);
    let (Some(oldest), Some(newest)) = (there.first(), there.last()) else {
        return Err(refused("the database server lists no file of its binary log"));
    };
    let files = files(spool).map_err(failed)?;
    let Some(last) = files.last() else { return Ok(newest.clone()) };
    if base(last) != base(newest) {
        return Err(another_log());
    }
    // What the machine forgot when it went down is received once more, if the server has it.
    let whole = |name: &String| is_whole(&spool.join(name)).unwrap_or(false);
    let again = files.iter().filter(|name| *name == last || !whole(name));
    let again = again.map(|name| number(name)).find(|it| *it >= number(oldest));
    let wanted = again.unwrap_or(number(last));
    if number(newest) < wanted {
        return Err(another_log());
    }
    let next = there.iter().find(|name| number(name) >= wanted);
    let next = next.unwrap_or(newest).clone();
    if number(&next) > wanted {
        tracing::warn!(next, "the database server removed files of its log that were not received");
    }
    Ok(next)
}

/// The files of the log that are there, in their order, also those that are set aside.
fn files(spool: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(spool)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let name = name.strip_suffix(PARTIAL).unwrap_or(&name).to_owned();
        if is_log_name(&name) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| number(name));
    names.dedup();
    Ok(names)
}

/// Gives the last file, and each that is received once more, another name: none of them is whole.
/// Of two the longer one is kept.
fn set_aside(spool: &Path, first: u64) -> io::Result<()> {
    let files = files(spool)?;
    for (at, name) in files.iter().enumerate() {
        let (path, aside) = (spool.join(name), spool.join(format!("{name}{PARTIAL}")));
        let again = number(name) >= first || at + 1 == files.len();
        if again && path.exists() {
            let longer = fs::metadata(&aside).is_ok_and(|it| Some(it.len()) > bytes_of(&path));
            if longer { fs::remove_file(path)? } else { fs::rename(path, aside)? }
        }
    }
    Ok(())
}

fn bytes_of(path: &Path) -> Option<u64> {
    fs::metadata(path).map(|it| it.len()).ok()
}

/// Who receives: the same number for the same slot, far from those of real servers.
fn receiver_number(slot: &str) -> u32 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    0x8000_0000 | slot.bytes().fold(0x811c_9dc5, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_is_the_rest_of_the_last_file_and_all_that_follow() {
        let file = |number: u32, bytes| LogFile { name: format!("b.{number:06}"), bytes };
        let there = [file(1, 50), file(2, 60), file(3, 70)];
        let last = "b.000002".to_owned();
        assert_eq!(behind(&there, Some(&last), |name| if name == last { 45 } else { 0 }), 15 + 70);
        assert_eq!(behind(&there, Some(&last), |_| 999), 0);
        assert_eq!(behind(&there, None, |_| 0), 70);
        assert_eq!(behind(&[], Some(&last), |_| 0), 0);
    }

    /// A hostile server may name anything; what has a folder in it does not come so far.
    #[test]
    fn a_file_that_the_server_names_gets_a_name_of_a_log_file_or_is_refused() {
        let spool = tempfile::tempdir().unwrap();
        let begun = |name: &str| {
            fs::write(spool.path().join(format!("{RECEIVED}{name}")), "log").unwrap();
        };
        let there = || {
            let entries = fs::read_dir(spool.path()).unwrap();
            let mut names: Vec<_> =
                entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let first = Some("b.000003");
        begun("b.000003");
        begun("b.000004");
        take_over(spool.path(), first).unwrap();
        assert_eq!(there(), ["b.000003", "b.000004"]);
        for name in ["", "..", ".receiver", "b", "b.000002", "b.000004", "other.000005"] {
            begun(name);
            let refused = take_over(spool.path(), first).unwrap_err().to_string();
            assert!(refused.contains("names a file of its binary log"), "{refused}");
            assert_eq!(there(), ["b.000003", "b.000004"], "{name}");
        }
        for name in ["b.000005", "b.000004", ".receiver"] {
            begun(name);
        }
        take_over(spool.path(), None).unwrap();
        assert_eq!(there(), ["b.000003", "b.000004", "b.000005"], "what another tool has left");
    }

    #[test]
    fn a_file_that_was_received_again_goes_on_or_is_one_of_another_log() {
        let spool = tempfile::tempdir().unwrap();
        let file = |time: u8, flags: u8, more: &str| {
            let mut bytes = b"\xfebin".to_vec();
            bytes.extend([time, 0, 0, 0, 15, 1, 0, 0, 0, 30, 0, 0, 0, 34, 0, 0, 0, flags, 0]);
            bytes.extend([flags; 11]);
            bytes.extend(more.as_bytes());
            bytes
        };
        let long = |last: &str| file(1, 1, &format!("{}{last}", "x".repeat(2 * COMPARED_BYTES)));
        for (was, is, is_whole, is_another) in [
            (file(1, 1, ""), file(1, 0, "abc"), false, false),
            (file(1, 1, "ab"), file(1, 0, "abc"), true, false),
            (file(1, 1, "ab"), file(1, 0, "axc"), false, true),
            (file(2, 1, ""), file(1, 1, "abc"), false, true),
            // Not all of it is there yet; or there will be no more of it.
            (file(1, 1, "abc"), file(1, 1, "ab"), false, false),
            (file(1, 1, "abc"), file(1, 1, "xb"), false, true),
            (file(1, 1, "abc"), file(1, 1, "ab"), true, true),
            (b"\xfebin".to_vec(), file(1, 1, ""), false, false),
            (long("abc"), long("abc"), false, false),
            (long("abc"), long("abx"), false, true),
        ] {
            let mut again = Again::new(spool.path(), "b.000001");
            fs::write(&again.before, &was).unwrap();
            fs::write(&again.received, &is).unwrap();
            fs::remove_file(&again.next).ok();
            if is_whole {
                fs::write(&again.next, "").unwrap();
            }
            assert_eq!(again.look().is_err(), is_another, "{was:?} {is:?}");
            assert_eq!(again.is_another, is_another);
            assert_eq!(again.before.exists(), is_another || is.len() < was.len());
        }
    }

    #[test]
    fn a_receiver_goes_on_with_the_first_file_that_is_not_whole_and_loses_no_byte_of_it() {
        let spool = tempfile::tempdir().unwrap();
        let names = |range: std::ops::RangeInclusive<u32>| {
            range.map(|it| format!("b.{it:06}")).collect::<Vec<_>>()
        };
        assert_eq!(begin_with(spool.path(), &names(1..=3)).unwrap(), "b.000003");
        let mut whole = b"\xfebin".to_vec();
        whole.extend([0; 9]);
        whole.extend([19, 0, 0, 0]);
        whole.extend([0; 6]);
        for name in names(3..=4) {
            fs::write(spool.path().join(name), &whole).unwrap();
        }
        fs::write(spool.path().join("b.000005"), "half").unwrap();
        assert_eq!(begin_with(spool.path(), &names(1..=9)).unwrap(), "b.000005");
        set_aside(spool.path(), 5).unwrap();
        assert_eq!(fs::read(spool.path().join("b.000005.partial")).unwrap(), b"half");
        assert_eq!(begin_with(spool.path(), &names(1..=9)).unwrap(), "b.000005");
        // It went down again, with less of it.
        fs::write(spool.path().join("b.000005"), "ha").unwrap();
        set_aside(spool.path(), 5).unwrap();
        assert_eq!(fs::read(spool.path().join("b.000005.partial")).unwrap(), b"half");
        assert!(!spool.path().join("b.000005").exists());
        // The server has removed it meanwhile: what follows leaves a hole that can be seen.
        assert_eq!(begin_with(spool.path(), &names(6..=9)).unwrap(), "b.000006");
        assert!(begin_with(spool.path(), &names(1..=2)).is_err());
        assert!(begin_with(spool.path(), &[]).is_err());
        // It writes another log since, with names of its own.
        assert!(begin_with(spool.path(), &["c.000007".to_owned()]).is_err());
        // A hole that is older than what the server has is left alone.
        fs::write(spool.path().join("b.000006"), &whole).unwrap();
        fs::write(spool.path().join("b.000007"), &whole).unwrap();
        assert_eq!(begin_with(spool.path(), &names(6..=9)).unwrap(), "b.000007");
        // The machine went down, and forgot the end of a file that was whole.
        fs::write(spool.path().join("b.000003"), &whole[..15]).unwrap();
        assert_eq!(begin_with(spool.path(), &names(1..=9)).unwrap(), "b.000003");
    }
}
