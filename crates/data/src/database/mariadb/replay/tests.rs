//! Logs that are made byte by byte.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::super::events::tests::{ROTATE, event, file};
use super::*;

/// The kind of the first event of a file.
const FORMAT: u8 = 15;
/// The kind of a commit.
const COMMIT: u8 = 16;

/// Folders of a log.
struct Log(TempDir);

impl Log {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Puts a file into a folder. It is stored at that second; then come the last transaction
    /// before it and when it was begun, and the seconds of its transactions.
    fn put(&self, folder: &str, name: &str, stored: u64, (last, begun): (u64, u32), all: &[u32]) {
        let folder = self.0.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let one = |number: u64| [&number.to_le_bytes()[..], &[0; 4], &[0; 7]].concat();
        let mut before = u32::from(last > 0).to_le_bytes().to_vec();
        if last > 0 {
            before.extend(
                [&0_u32.to_le_bytes()[..], &1_u32.to_le_bytes(), &last.to_le_bytes()].concat(),
            );
        }
        let mut events = vec![event(begun, FORMAT, &[0; 40]), event(begun, GTID_LIST, &before)];
        for (number, seconds) in (last + 1..).zip(all) {
            events.extend([event(*seconds, GTID, &one(number)), event(*seconds, COMMIT, &[0; 8])]);
        }
        events.push(event(begun, ROTATE, &[0; 20]));
        file(&folder.join(name), &events);
        let opened = File::options().write(true).open(folder.join(name)).unwrap();
        opened.set_modified(UNIX_EPOCH + Duration::from_secs(stored)).unwrap();
    }

    fn plan(&self, set: (&str, u64, &str), time: i64) -> Result<Replay, String> {
        self.plan_of(set, None, None, time)
    }

    /// The same of a set that says how its file began, or of which it is known when it was made.
    fn plan_of(
        &self,
        set: (&str, u64, &str),
        beginning: Option<String>,
        made: Option<i64>,
        time: i64,
    ) -> Result<Replay, String> {
        let folders = std::fs::read_dir(self.0.path()).unwrap();
        let logs = folders.map(|it| it.unwrap().path()).collect();
        let recovery = Recovery { time: Timestamp::from_second(time).unwrap(), logs };
        let gtid = Some(set.2.to_owned());
        let end = Position { file: set.0.to_owned(), byte: set.1, gtid };
        let log = LogRange { start: None, end: Some(end.into_fact()), beginning };
        let made = made.map(|second| Timestamp::from_second(second).unwrap());
        let cancel = Cancel::default();
        Replay::plan(&recovery, &log, made, &cancel).map_err(|error| error.to_string())
    }
}

/// Where the transaction of that number begins in a file with a list of one transaction, and in
/// one that lists none.
const fn at(number: u64) -> u64 {
    empty_at(number) + 16
}
const fn empty_at(number: u64) -> u64 {
    4 + 59 + 23 + number * (38 + 27)
}

fn wanted(replay: &Replay) -> (Vec<&str>, u64, Option<u64>) {
    let name = |path: &'_ PathBuf| path.file_name().unwrap().to_str().unwrap().len();
    let names = replay.files.iter().map(|path| {
        let text = path.to_str().unwrap();
        &text[text.len() - name(path)..]
    });
    (names.collect(), replay.from, replay.to)
}

#[test]
fn one_statement_that_claims_another_year_cuts_nothing_off() {
    let log = Log::new();
    log.put("0", "b.000001", 140, (0, 90), &[100, 2_000_000_000, 110, 1, 120, 130]);
    log.put("0", "b.000002", 200, (6, 140), &[150, 2_000_000_000, 160]);
    let set = ("b.000001", empty_at(1), "0-1-1");
    let plan = |time| log.plan(set, time);
    let first = vec!["b.000001"];
    let found = plan(120).unwrap();
    assert_eq!(wanted(&found), (first.clone(), empty_at(1), Some(empty_at(4))));
    // The next file tells that the time has passed: nothing of it is needed.
    let found = plan(135).unwrap();
    assert_eq!(wanted(&found), (first, empty_at(1), None));
    let found = plan(155).unwrap();
    assert_eq!(wanted(&found), (vec!["b.000001", "b.000002"], empty_at(1), Some(at(2))));
    // Nothing came between the set and the time.
    let found = log.plan(("b.000001", empty_at(4), "0-1-4"), 115).unwrap();
    assert_eq!(found.files, Vec::<PathBuf>::new());
    // That somebody claims a later time proves nothing.
    let error = plan(161).unwrap_err();
    assert!(error.contains("ends at 1970-01-01T00:02:40Z"), "{error}");
}

#[test]
fn a_hole_in_the_log_is_in_the_way_of_later_times_only() {
    let log = Log::new();
    log.put("0", "b.000001", 140, (0, 90), &[100, 110]);
    log.put("0", "b.000003", 300, (9, 200), &[210]);
    let plan = |file, time| log.plan((file, empty_at(1), "0-1-1"), time);
    assert_eq!(plan("b.000001", 105).unwrap().to, Some(empty_at(1)));
    for (file, time, wanted) in [
        ("b.000001", 150, "the file b.000002 of"),
        ("b.000002", 150, "the file b.000002 of"),
        ("c.000001", 150, "the file c.000001 of"),
    ] {
        let error = plan(file, time).unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn what_was_received_in_part_before_is_a_part_of_the_same_file() {
    let log = Log::new();
    log.put("0", "b.000001", 140, (0, 90), &[100, 110, 120]);
    let whole = std::fs::read(log.0.path().join("0/b.000001")).unwrap();
    std::fs::create_dir(log.0.path().join("1")).unwrap();
    let cut = usize::try_from(empty_at(2)).unwrap();
    std::fs::write(log.0.path().join("1/b.000001"), &whole[..cut]).unwrap();
    let found = log.plan(("b.000001", empty_at(1), "0-1-1"), 120).unwrap();
    assert_eq!(found.files, [log.0.path().join("0/b.000001")]);
}

#[test]
fn files_of_two_lives_of_a_log_are_never_mixed() {
    let log = Log::new();
    let set = ("b.000002", at(0), "0-1-4");
    log.put("0", "b.000002", 140, (4, 90), &[100, 110]);
    log.put("0", "b.000003", 200, (6, 140), &[150, 160]);
    assert!(log.plan(set, 155).is_ok());
    // The log was begun anew, and its files have the same names.
    log.put("1", "b.000003", 400, (0, 300), &[310, 320, 330, 340]);
    for time in [145, 155, 320] {
        let error = log.plan(set, time).unwrap_err();
        assert!(error.contains("two files of the log backups are called b.000003"), "{error}");
    }
    assert!(log.plan(set, 105).is_ok(), "what is before it is of one log");
    // Or it goes on with the next name only.
    std::fs::remove_file(log.0.path().join("0/b.000003")).unwrap();
    let error = log.plan(set, 320).unwrap_err();
    assert!(error.contains("b.000003 of the binary log does not go on from"), "{error}");
    // Or the first file is already one of the new log.
    for (byte, gtid) in [(empty_at(1), "0-1-5"), (empty_at(1) + 1, "0-1-1"), (9999, "0-1-1")] {
        let error = log.plan(("b.000003", byte, gtid), 320).unwrap_err();
        assert!(error.contains("b.000003 of the binary log does not go on from"), "{error}");
    }
    assert!(log.plan(("b.000003", empty_at(1), "0-1-1"), 320).is_ok());
}

/// The log is begun anew, and the same work is done again: names, places and numbers are the same.
#[test]
fn a_log_that_was_begun_anew_with_work_of_the_same_shape_is_another_one() {
    let log = Log::new();
    let set = ("b.000001", empty_at(2), "0-1-2");
    log.put("0", "b.000001", 140, (0, 90), &[100, 110]);
    let path = log.0.path().join("0/b.000001");
    let told = events::beginning(&path, empty_at(2), &Cancel::default()).unwrap();
    assert!(told.is_some());
    log.put("0", "b.000001", 140, (0, 90), &[100, 110, 120, 130]);
    for (beginning, made) in [(told.clone(), None), (told.clone(), Some(50)), (None, Some(115))] {
        let found = log.plan_of(set, beginning, made, 130).unwrap();
        assert_eq!(wanted(&found), (vec!["b.000001"], empty_at(2), Some(empty_at(3))));
    }
    // What the new log says of its own beginning cannot be: a set that tells nothing has it.
    log.put("0", "b.000001", 340, (0, 2_000_000_000), &[310, 320, 330]);
    assert!(log.plan_of(set, None, Some(115), 330).is_ok());
    log.put("0", "b.000001", 340, (0, 300), &[310, 320, 330]);
    assert!(log.plan_of(set, None, None, 330).is_ok(), "nothing tells");
    for (beginning, made) in [(told.clone(), None), (told, Some(400)), (None, Some(115))] {
        let error = log.plan_of(set, beginning, made, 330).unwrap_err();
        assert!(error.contains("b.000001 of the binary log does not go on from"), "{error}");
    }
}

#[test]
fn a_damaged_file_is_in_the_way_of_later_times_only() {
    let log = Log::new();
    log.put("0", "b.000001", 140, (0, 90), &[100, 110, 120]);
    let path = log.0.path().join("0/b.000001");
    let opened = File::options().write(true).open(&path).unwrap();
    opened.set_len(empty_at(2) + 5).unwrap();
    opened.set_modified(UNIX_EPOCH + Duration::from_secs(140)).unwrap();
    let plan = |time| log.plan(("b.000001", empty_at(0), "0-1-0"), time);
    assert_eq!(plan(100).unwrap().to, Some(empty_at(0)));
    std::fs::write(log.0.path().join("0/b.000002"), "no log").unwrap();
    assert_eq!(plan(100).unwrap().to, Some(empty_at(0)));
    let error = plan(120).unwrap_err();
    assert!(error.contains("the file b.000001 of the binary log is damaged"), "{error}");
}

#[test]
fn the_file_after_another_has_the_next_number() {
    assert_eq!(following("binlog.000009"), "binlog.000010");
    assert_eq!(following("a.b.999999"), "a.b.1000000");
}
