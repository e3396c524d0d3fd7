//! What is read of a log, beside what the engine's own tool says of it.

use std::process::Command;

use jiff::SignedDuration;
use sexton_testing::PostgreSql;

use super::*;

#[test]
fn a_place_in_the_log_is_read_as_the_engine_writes_it() {
    assert_eq!(lsn("0/2000100"), Some(0x200_0100));
    assert_eq!(lsn("A/FFFFFFFF"), Some(0xA_FFFF_FFFF));
    assert_eq!(lsn("12"), None);
    assert_eq!(lsn("0/100000000"), None);
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A recovery from the beginning of what there is.
fn to(time: Timestamp) -> Aim {
    Aim { time, start: 0, consistent: 0 }
}

#[test]
fn a_recovery_ends_where_the_log_says_and_is_refused_where_it_does_not() {
    let told = |stops, passed, broken| Told {
        stops,
        passed,
        broken,
        latest: Some(second(9)),
        ..Told::default()
    };
    let until = |told: Told| told.until(second(10), 100);
    assert_eq!(until(told(Some(100), false, None)), Ok(Until::Time));
    assert_eq!(until(told(None, true, None)), Ok(Until::End), "nothing ended after it");
    for (told, says) in [
        (told(Some(99), true, None), "was before the end of the backup"),
        (told(None, false, None), "take an earlier time than 1970-01-01T00:00:09Z"),
        (told(None, true, Some(0x5_0000_0010)), "the log is damaged at 5/10"),
    ] {
        let error = until(told).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_log_that_leads_out_of_the_folder_is_refused_with_why_and_what_helps() {
    let refusal = |made, before| {
        let outside = Some(Outside { made, before });
        Told { outside, passed: true, ..Told::default() }.until(second(10), 100).unwrap_err()
    };
    let error = refusal(true, Some(second(9)));
    let says = "the log makes a tablespace, which is a folder of the server that wrote the log, \
                and the restored server would write into it: take a time before \
                1970-01-01T00:00:09Z, or take a logical backup";
    assert!(error.starts_with(says), "{error}");
    let error = refusal(false, None);
    assert!(error.contains("would remove it: restore the backup without a time"), "{error}");
}

#[test]
fn a_tablespace_is_seen_unless_it_was_made_before_the_backup_or_after_the_time() {
    let server = PostgreSql::start_with_segments(
        1,
        &["allow_in_place_tablespaces=on", "wal_keep_size=500MB", "autovacuum=off"],
    );
    let ask = |sql: &str| server.query("postgres", sql);
    let place = || lsn(&ask("select pg_current_wal_insert_lsn()")).unwrap();
    ask("create table t (a int)");
    ask("insert into t values (1)");
    let before = place();
    ask("create tablespace x location ''");
    let between = place();
    ask("insert into t values (2)");
    let dropped = place();
    ask("drop tablespace x");
    let after = place();
    ask("select pg_switch_wal()");
    ask("insert into t values (3)");
    let (pieces, cancel) = (pieces(&server), Cancel::default());
    let ends = transactions(&pieces);
    let end_before = |place| ends.iter().filter(|(at, _)| *at < place).map(|it| it.1).max();
    let (made, removed) = (Some((true, end_before(before))), Some((false, end_before(dropped))));
    let first = end_before(before).unwrap() - SignedDuration::from_micros(1);
    for (start, time, seen) in [
        (0, Timestamp::MAX, made),
        (0, first, None),
        (before, Timestamp::MAX, Some((true, None))),
        (between, Timestamp::MAX, removed),
        (after, Timestamp::MAX, None),
    ] {
        let told = read(&pieces, Aim { time, start, consistent: start }, &cancel).unwrap();
        let outside = told.outside.map(|it| (it.made, it.before));
        assert_eq!(outside, seen, "{start:X} {time}");
    }
}

/// What comes behind the damage was not looked at, and counted as harmless.
#[test]
fn a_backup_is_refused_whose_own_log_cannot_be_read_to_its_end() {
    let server = PostgreSql::start_with_segments(1, &["wal_keep_size=500MB", "autovacuum=off"]);
    let ask = |sql: &str| server.query("postgres", sql);
    let place = || lsn(&ask("select pg_current_wal_insert_lsn()")).unwrap();
    ask("create table t (a int)");
    let start = place();
    ask("insert into t values (1)");
    let consistent = place();
    ask("select pg_switch_wal()");
    ask("insert into t values (2)");
    let mut pieces = pieces(&server);
    let judged_at = |pieces: &[Piece], consistent| {
        let aim = Aim { time: Timestamp::MAX, start, consistent };
        read(pieces, aim, &Cancel::default()).unwrap().stays_inside(consistent)
    };
    let judged = |pieces: &[Piece]| judged_at(pieces, consistent);
    assert_eq!(judged(&pieces), Ok(()));
    // A set of a standby may end where the server went on to the next file.
    let first = pieces.iter().rposition(|it| it.at <= consistent).unwrap();
    let next = pieces[first].at + pieces[first].bytes;
    assert_eq!(judged_at(&pieces[..=first], next), Ok(()));
    assert!(judged_at(&pieces[..=first], next + 8).is_err());
    let folder = tempfile::tempdir().unwrap();
    let damaged = pieces.iter_mut().rfind(|it| it.at <= start).unwrap();
    let mut bytes = std::fs::read(&damaged.path).unwrap();
    // What the record there says of the one before it.
    bytes[usize::try_from(start - damaged.at).unwrap() + 8] ^= 1;
    damaged.path = folder.path().join("damaged");
    std::fs::write(&damaged.path, bytes).unwrap();
    for pieces in [&pieces[..], &[]] {
        assert!(judged(pieces).unwrap_err().contains("cannot be read to the end of the backup"));
    }
}

/// Transactions as the engine's own tool tells of them.
fn transactions(pieces: &[Piece]) -> Vec<(Lsn, Timestamp)> {
    let [first, .., last] = pieces else { panic!("{pieces:?}") };
    let shown = Command::new(PostgreSql::program("pg_waldump"))
        .env("TZ", "UTC")
        .arg("--rmgr=Transaction")
        .arg("--path")
        .arg(first.path.parent().unwrap())
        .arg(first.path.file_name().unwrap())
        .arg(last.path.file_name().unwrap())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let of = |line: &str| {
        let (before, told) = line.split_once("desc: ")?;
        let at = before.split_once("lsn: ")?.1.split(',').next()?;
        let is_end = told.starts_with("COMMIT") || told.starts_with("ABORT");
        let (_, time) = told.split_once(' ').filter(|_| is_end)?;
        let time = time.split_once(": ").map_or(time, |(xid, rest)| {
            if xid.bytes().all(|it| it.is_ascii_digit()) { rest } else { time }
        });
        let time = time.get(..26)?.replace(' ', "T") + "Z";
        Some((lsn(at)?, time.parse().ok()?))
    };
    shown.lines().filter_map(of).collect()
}

/// The segments of a server from the first one on.
fn pieces(server: &PostgreSql) -> Vec<Piece> {
    let folder = server.data().join("pg_wal");
    let current = server.query("postgres", "select pg_walfile_name(pg_current_wal_lsn())");
    let current = u64::from_str_radix(&current[16..], 16).unwrap();
    let bytes = 1 << 20;
    let piece = |number: u64| {
        let path = folder.join(format!("0000000100000000{number:08X}"));
        path.exists().then(|| Piece { path, bytes, at: number * bytes })
    };
    (1..=current).filter_map(piece).collect()
}

#[test]
fn transactions_end_where_the_tool_of_the_engine_says_over_pages_files_and_a_crash() {
    let mut server = PostgreSql::start_with_segments(
        1,
        &["max_prepared_transactions=2", "wal_keep_size=500MB", "autovacuum=off"],
    );
    let ask = |server: &PostgreSql, sql: &str| server.query("postgres", sql);
    ask(&server, "create table t (a int, b text)");
    for number in 0..40 {
        // Records of every length, over the ends of pages, and some over those of files.
        let row = format!("insert into t values ({number}, repeat('x', {}))", number * 997);
        ask(&server, &row);
        let long = format!(
            "select pg_logical_emit_message(true, 'x', repeat('y', {}))",
            (number * 15_013) % 400_000
        );
        ask(&server, &long);
    }
    ask(
        &server,
        "begin; insert into t values (1); savepoint s; insert into t values (2); rollback",
    );
    for end in ["commit", "rollback"] {
        ask(&server, "begin; insert into t values (1); prepare transaction 'p'");
        ask(&server, &format!("{end} prepared 'p'"));
    }
    ask(&server, "select pg_switch_wal()");
    ask(&server, "insert into t values (3)");
    server.kill();
    server.start_again();
    ask(&server, "insert into t values (4); checkpoint");

    let (pieces, cancel) = (pieces(&server), Cancel::default());
    assert!(pieces.len() > 6, "{}", pieces.len());
    let known = transactions(&pieces);
    assert!(known.len() > 80, "{}", known.len());
    let (_, latest) = *known.iter().max_by_key(|(_, time)| *time).unwrap();
    let before = second(0);
    for time in known.iter().map(|(_, time)| *time).chain([before]) {
        let told = read(&pieces, to(time), &cancel).unwrap();
        let stops = known.iter().find(|(_, other)| *other > time).map(|(at, _)| *at);
        assert_eq!((told.stops, told.broken), (stops, None), "{time}");
    }
    let last = read(&pieces, to(latest), &cancel).unwrap();
    assert!(last.latest >= Some(latest), "{last:?}");

    // Two seconds later there was a checkpoint, and nothing else.
    ask(&server, "select pg_sleep(2.1)");
    ask(&server, "checkpoint");
    let passed = latest + SignedDuration::from_micros(1);
    ask(&server, "select pg_switch_wal()");
    let told = read(&self::pieces(&server), to(passed), &cancel).unwrap();
    assert_eq!((told.stops, told.passed, told.broken), (None, true, None), "{told:?}");
    let later = passed + SignedDuration::from_hours(1);
    let told = read(&self::pieces(&server), to(later), &cancel).unwrap();
    assert_eq!((told.stops, told.passed, told.broken), (None, false, None), "{told:?}");

    // One bit of a row.
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(&pieces[3].path).unwrap();
    bytes[500_000] ^= 1;
    let mut damaged = pieces;
    damaged[3].path = folder.path().join("damaged");
    std::fs::write(&damaged[3].path, bytes).unwrap();
    let told = read(&damaged, to(later), &cancel).unwrap();
    let broken = told.broken.unwrap();
    assert!(damaged[2].at < broken && broken <= damaged[3].at + 500_000, "{told:?}");
    assert!(told.latest < Some(latest), "{told:?}");
}
