//! What continues a set, and what looks as if it did.

use super::super::BackupSetNumber;
use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Files that each have the name, and the second in which they were written last.
fn run(files: &[(&str, i64)]) -> OfLog {
    let file = |(name, until): &(&str, i64)| {
        let (name, life) = name.split_once('/').unwrap_or((name, ""));
        let until = at(*until);
        let bytes = 16 << 20;
        LogFile {
            name: name.to_owned(),
            bytes,
            sha256: format!("{name}{life}"),
            from: until,
            until,
        }
    };
    let files: Vec<_> = files.iter().map(file).collect();
    let instance = "rm-1234567890abcdef".parse().unwrap();
    let (from, until) = (files[0].from, files.last().unwrap().until);
    OfLog { instance, run: BackupSetNumber(1), from, until, life: None, files }
}

/// Which runs a set needs that was begun in second 10 and consistent in second 12.
fn needed(runs: &[OfLog], time: i64) -> Result<Range<usize>, String> {
    let runs: Vec<_> = runs.iter().collect();
    covering((at(10), at(12)), &runs, at(time)).map_err(|error| error.to_string())
}

fn segment(timeline: u32, number: u32) -> String {
    format!("{timeline:08X}00000000{number:08X}")
}

#[test]
fn a_name_says_where_in_the_log_a_file_is() {
    let bytes = 16 << 20;
    let place = |name| LogPlace::of(name, bytes);
    let segment = |timeline, number| Some(LogPlace::Segment { timeline, number });
    assert_eq!(place("000000010000000000000004"), segment(1, 4));
    assert_eq!(place("0000000A00000002000000FF"), segment(10, 2 * 256 + 255));
    assert_eq!(LogPlace::of("000000010000000100000000", 64 << 20), segment(1, 64));
    assert_eq!(place("00000002.history"), Some(LogPlace::History { timeline: 2 }));
    let binary = |base, number| Some(LogPlace::Binary { base, number });
    assert_eq!(place("binlog.000010"), binary("binlog", 10));
    assert_eq!(place("a.b.1000000"), binary("a.b", 1_000_000));
    for name in [
        "",
        "00000001000000000000000x",
        "000000010000000000000004.partial",
        "0000000.history",
        "binlog.1",
        ".x.000001",
        "a/b.000001",
        "000000010000000000000é",
    ] {
        assert_eq!(place(name), None, "{name}");
    }
    assert_eq!(LogPlace::of("000000010000000000000004", 0), None);
}

#[test]
fn a_time_needs_the_runs_that_reach_it_and_one_more_of_the_same_life() {
    let runs = [
        run(&[("b.000001", 5)]),
        run(&[("b.000002", 11), ("b.000003", 20)]),
        run(&[("b.000004", 30)]),
        run(&[("b.000005", 40)]),
        run(&[("b.000006", 50)]),
    ];
    assert_eq!(needed(&runs, 18), Ok(1..3), "what was before the set is not needed");
    assert_eq!(needed(&runs, 19), Ok(1..4), "the last commit may be older than the file");
    assert_eq!(needed(&runs, 48), Ok(1..5), "after the last one there is none more");
    let error = needed(&runs, 49).unwrap_err();
    assert!(error.contains("log backups tell of what was until 1970-01-01T00:00:48Z"), "{error}");
    let error = needed(&runs, 11).unwrap_err();
    assert!(error.contains("the backup set is of 1970-01-01T00:00:12Z"), "{error}");
    let error = needed(&runs[..1], 20).unwrap_err();
    assert!(error.contains("no log backups that go on from the backup set"), "{error}");
}

#[test]
fn a_time_before_a_hole_needs_nothing_behind_it_and_one_after_it_is_refused() {
    for (before, behind) in [
        ([segment(1, 3), segment(1, 4)], segment(1, 0xD)),
        (["b.000009".to_owned(), "b.000010".to_owned()], "b.000014".to_owned()),
    ] {
        let [one, other] = &before;
        let runs = [run(&[(one, 11), (other, 20)]), run(&[(&behind, 40)])];
        assert_eq!(needed(&runs, 18), Ok(0..1));
        let error = needed(&runs, 30).unwrap_err();
        let says = format!("breaks off after {other}, and {behind} does not follow it");
        assert!(error.contains(&says), "{error}");
        assert!(error.contains("restore to 1970-01-01T00:00:18Z or an earlier time"), "{error}");
    }
}

/// Somebody restored a set to a time before the end of what is stored, and goes on with that.
#[test]
fn what_a_restored_server_writes_under_the_same_instance_is_another_life() {
    let old = [segment(1, 2), segment(1, 3), segment(1, 4), segment(1, 5)];
    for first in [3, 4, 5, 7] {
        let new = segment(2, first);
        let runs = [
            run(&[(&old[0], 11), (&old[1], 20)]),
            run(&[(&old[2], 30), (&old[3], 40)]),
            run(&[("00000002.history", 50), (&new, 60)]),
        ];
        assert_eq!(needed(&runs, 18), Ok(0..2));
        assert_eq!(needed(&runs, 38), Ok(0..2), "{first}: no file of the new life");
        let error = needed(&runs, 50).unwrap_err();
        assert!(error.contains(&format!("breaks off after {}", old[3])), "{error}");
    }
}

#[test]
fn a_standby_that_takes_over_goes_on_in_the_same_life_and_is_taken_only_if_it_must() {
    let (old, new) = (segment(1, 4), segment(2, 5));
    let runs = [run(&[(&old, 20)]), run(&[("00000002.history", 21), (&new, 30)])];
    assert_eq!(needed(&runs, 25), Ok(0..2));
    assert_eq!(needed(&runs, 15), Ok(0..1), "the new timeline may be of somebody else");
    let runs = [run(&[(&new, 20)]), run(&[(&segment(1, 6), 30)])];
    needed(&runs, 25).expect_err("no older timeline goes on from a newer one");
}

#[test]
fn files_that_a_log_that_was_begun_anew_has_under_old_names_are_another_life() {
    let old = run(&[("b.000002", 11), ("b.000003", 20), ("b.000004", 21), ("b.000005", 22)]);
    for new in [
        run(&[("b.000003/new", 40), ("b.000004/new", 41)]),
        run(&[("b.000001/new", 40), ("b.000002/new", 41)]),
        run(&[("other.000006", 40)]),
        run(&[(&segment(1, 6), 40)]),
    ] {
        let runs = [old.clone(), new];
        assert_eq!(needed(&runs, 18), Ok(0..1));
        needed(&runs, 30).unwrap_err();
    }
}

/// A receiver that begins anew may be sent what is stored already.
#[test]
fn a_file_that_is_stored_twice_as_it_was_breaks_no_life() {
    let [two, three, four, five] = [2, 3, 4, 5].map(|number| segment(1, number));
    let runs = [
        run(&[(&three, 20), (&four, 21)]),
        run(&[(&two, 30), (&three, 30), (&four, 30), (&five, 40)]),
    ];
    assert_eq!(needed(&runs, 35), Ok(0..2));
    let changed = format!("{three}/new");
    let runs =
        [run(&[(&three, 20), (&four, 21)]), run(&[(&changed, 30), (&four, 30), (&five, 40)])];
    needed(&runs, 35).unwrap_err();
    let error = needed(&[run(&[("00000002.history", 50)])], 20).unwrap_err();
    assert_eq!(error, "log backups do not reach that time yet: wait until more is backed up");
}

/// Whatever the names say: what was not received between two lives is in neither.
#[test]
fn a_life_that_ended_is_left_by_no_set_although_the_next_file_has_the_next_name() {
    let of = |life: Option<i64>, run: OfLog| OfLog { life: life.map(at), ..run };
    for (before, after) in [(None, Some(25)), (Some(5), Some(25))] {
        let old = [segment(1, 3), segment(1, 4)];
        let runs = [
            of(before, run(&[(&old[0], 11), (&old[1], 20)])),
            of(after, run(&[(&segment(1, 5), 30)])),
            of(after, run(&[(&segment(1, 6), 40)])),
        ];
        assert_eq!(needed(&runs, 18), Ok(0..1), "nothing of the next life");
        let error = needed(&runs, 28).unwrap_err();
        assert!(error.contains(&format!("breaks off after {}", old[1])), "{error}");
        assert!(error.contains("restore to 1970-01-01T00:00:18Z or an earlier time"), "{error}");
    }
    // A set that was made before the first life that there is began has none.
    let runs = [of(Some(13), run(&[("b.000003", 20)])), of(Some(25), run(&[("b.000004", 40)]))];
    let error = needed(&runs, 18).unwrap_err();
    assert!(error.contains("the log was begun anew at 1970-01-01T00:00:13Z"), "{error}");
}

#[test]
fn a_set_is_of_the_life_that_had_begun_when_it_was_consistent() {
    let of = |life: Option<i64>, run: OfLog| OfLog { life: life.map(at), ..run };
    // The last file of the old life was written while the new one began.
    let runs = [
        of(None, run(&[("b.000001", 5)])),
        of(Some(4), run(&[("b.000007", 11)])),
        of(Some(12), run(&[("b.000008", 20)])),
        of(Some(12), run(&[("b.000009", 30)])),
    ];
    assert_eq!(needed(&runs, 17), Ok(2..4));
    assert_eq!(needed(&runs, 28), Ok(2..4));
}

/// Records of a server that did not keep the mark.
#[test]
fn a_run_without_a_mark_can_be_read_and_is_written_as_it_was() {
    let run = run(&[("b.000001", 5)]);
    let text = serde_json::to_string(&run).unwrap();
    assert!(!text.contains("life"), "{text}");
    assert_eq!(serde_json::from_str::<OfLog>(&text).unwrap(), run);
    let marked = OfLog { life: Some(at(4)), ..run };
    let text = serde_json::to_string(&marked).unwrap();
    assert_eq!(serde_json::from_str::<OfLog>(&text).unwrap(), marked);
}

/// A server that was killed often is ahead of its machine: a set was refused that was made while
/// the log was backed up.
#[test]
fn of_a_write_ahead_log_the_run_before_a_set_is_taken_too() {
    let one = |number, until| run(&[(&segment(1, number), until)]);
    let runs = [one(2, 5), one(3, 8), one(4, 20)];
    assert_eq!(needed(&runs, 18), Ok(1..3));
    let runs = [run(&[("b.000003", 8)]), run(&[("b.000004", 20)])];
    assert_eq!(needed(&runs, 18), Ok(1..2), "a binary log is found by the name of its file");
    let runs = [one(3, 8), OfLog { life: Some(at(9)), ..one(4, 20) }];
    assert_eq!(needed(&runs, 18), Ok(1..2), "the one before is of another life");
}
