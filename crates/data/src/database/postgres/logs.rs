//! The write-ahead log, through `pg_receivewal` and a replication slot.

use super::segments::remove_half_made;
use super::went_on::{Again, Stands};
use super::{Server, Session};
use crate::database::logs::Work;
use crate::database::tool::{Input, Output, Run};
use crate::database::{DatabaseError, PROBE_SECONDS_MAX, Settings};
use crate::source::Cancel;

pub(super) const RECEIVE: &str = "pg_receivewal";
/// What the server says if what was received is not of its own log: it was restored since.
const FOREIGN: [&str; 3] = [
    "is not in this server's history",
    "is ahead of the WAL flush position of this server",
    "is not present in the server",
];
/// What it says if it has removed what was not received yet.
pub(super) const REMOVED: &str = "has already been removed";
const SLOT_BYTES_MAX: usize = 63;
/// How often a slot is looked at until it is no longer in use.
const DROP_TRIES_MAX: usize = 100;

/// Receives until the tool ends.
pub(in crate::database) fn receive(work: Work<'_>) -> Result<(), DatabaseError> {
    let order = work.order;
    let mut lock = work.lock()?;
    let session = Session::new(&order.settings, work.cancel)?;
    let server = Server::ask(&session, PROBE_SECONDS_MAX)?;
    server.tool(&session, RECEIVE)?;
    let of_folder = |error| DatabaseError::system("the folder of the log cannot be used", error);
    remove_half_made(&order.spool, server.segment_bytes).map_err(of_folder)?;
    let is_known = !create_slot(&session, &order.slot)?;
    let stands = Stands::ask(&session)?;
    let again = Again::new(work, &mut lock, &session, (server.segment_bytes, is_known));
    again.check(stands)?;
    let run = of_slot(&session, &order.slot)?.arguments(["--no-loop", "--verbose", "--directory"]);
    let run = run.arguments([order.spool.as_os_str()]).hide(&order.spool.to_string_lossy());
    let running = work.named(run).start(Input::File(lock.held()?), Output::Nowhere, work.cancel)?;
    lock.note(running.id())?;
    let received = work.watch(running, |it| Ok(it.said().contains("starting log streaming")));
    match received {
        Err(DatabaseError::Tool { tool, how, said }) => {
            Err(told(&said, stands.is_primary()).unwrap_or(DatabaseError::Tool { tool, how, said }))
        }
        other => other,
    }
}

/// What it means for the log that the receiver has ended with these words, if it means something.
pub(super) fn told(said: &str, is_primary: bool) -> Option<DatabaseError> {
    if said.contains(REMOVED) {
        return Some(DatabaseError::LogParted(format!("{NO_MORE}: {said}")));
    }
    FOREIGN.iter().any(|it| said.contains(it)).then(|| {
        let words = format!(
            "what was received so far is not of the log of this server, which may have been \
             restored: {said}"
        );
        // A standby that starts again may be behind for a moment.
        if is_primary { DatabaseError::LogParted(words) } else { DatabaseError::Unsupported(words) }
    })
}

const NO_MORE: &str = "the database no longer has what was not received of its log, because the \
                       replication slot kept nothing any more (max_slot_wal_keep_size), or was \
                       dropped by somebody";

/// Makes a slot, if there is none, that keeps the log from now on. One that the tool makes keeps
/// nothing until the first segment was received whole. One that has lost what it kept never keeps
/// anything again: another one takes its place. Gives whether it made one.
fn create_slot(session: &Session<'_>, slot: &str) -> Result<bool, DatabaseError> {
    check(slot)?;
    let lost = format!(
        "select slot_name, pg_drop_replication_slot(slot_name) from pg_replication_slots \
         where slot_name = '{slot}' and wal_status = 'lost' and not active"
    );
    let was_lost = !session.ask(&lost, PROBE_SECONDS_MAX)?.is_empty();
    let question = format!(
        "select pg_create_physical_replication_slot('{slot}', true) where not exists \
         (select 1 from pg_replication_slots where slot_name = '{slot}')"
    );
    let made = session.ask(&question, PROBE_SECONDS_MAX)?;
    if was_lost { Err(DatabaseError::LogParted(NO_MORE.to_owned())) } else { Ok(!made.is_empty()) }
}

/// See [`crate::database::lag_bytes`].
pub(in crate::database) fn lag_bytes(
    settings: &Settings,
    slot: &str,
    cancel: &Cancel,
) -> Result<Option<u64>, DatabaseError> {
    check(slot)?;
    let session = Session::new(settings, cancel)?;
    let question = format!(
        "select coalesce(pg_wal_lsn_diff(case when pg_is_in_recovery() then \
         pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn), 0)::bigint \
         from pg_replication_slots where slot_name = '{slot}'"
    );
    let rows = session.ask(&question, PROBE_SECONDS_MAX)?;
    let Some(row) = rows.first() else { return Ok(None) };
    let bytes = row.first().and_then(|bytes| bytes.parse::<i64>().ok());
    let what = "it does not say how much of the log is kept";
    let bytes = bytes.ok_or(DatabaseError::NotUnderstood { tool: "psql", what })?;
    Ok(Some(u64::try_from(bytes).unwrap_or(0)))
}

/// See [`crate::database::drop_slot`].
pub(in crate::database) fn drop_slot(
    settings: &Settings,
    slot: &str,
    cancel: &Cancel,
) -> Result<(), DatabaseError> {
    check(slot)?;
    let session = Session::new(settings, cancel)?;
    let question = format!(
        "select case when active then pg_sleep(0.1)::text else \
         pg_drop_replication_slot(slot_name)::text end \
         from pg_replication_slots where slot_name = '{slot}'"
    );
    let there = format!("select 1 from pg_replication_slots where slot_name = '{slot}'");
    // The server needs a moment to see that the receiver has gone.
    for _ in 0..DROP_TRIES_MAX {
        session.ask(&question, PROBE_SECONDS_MAX)?;
        if session.ask(&there, PROBE_SECONDS_MAX)?.is_empty() {
            return Ok(());
        }
    }
    Err(DatabaseError::Unsupported(format!(
        "the slot {slot} of the database server is in use: end its receiver, then try again"
    )))
}

/// See [`crate::database::is_same_server`]. A server that runs is known by when it began to.
pub(in crate::database) fn is_same_server(
    old: &Settings,
    new: &Settings,
    slot: &str,
    cancel: &Cancel,
) -> Result<bool, DatabaseError> {
    check(slot)?;
    let began = |settings: &Settings| {
        let session = Session::new(settings, cancel)?;
        let question = "select extract(epoch from pg_postmaster_start_time()), system_identifier \
                        from pg_control_system()";
        session.ask(question, PROBE_SECONDS_MAX)
    };
    let at_new = began(new)?;
    match began(old) {
        Ok(at_old) => Ok(at_old == at_new),
        Err(DatabaseError::Unreachable { .. }) => {
            let session = Session::new(new, cancel)?;
            let there = format!("select 1 from pg_replication_slots where slot_name = '{slot}'");
            Ok(!session.ask(&there, PROBE_SECONDS_MAX)?.is_empty())
        }
        Err(other) => Err(other),
    }
}

/// See [`crate::database::finish_segment`].
pub(in crate::database) fn finish_segment(
    settings: &Settings,
    cancel: &Cancel,
) -> Result<(), DatabaseError> {
    let session = Session::new(settings, cancel)?;
    // A commit, whose time a recovery can reach although nobody else writes. A standby begins a
    // file when its primary does.
    for what in ["pg_logical_emit_message(true, 'sexton', 'end of file')", "pg_switch_wal()"] {
        let question = format!("select case when not pg_is_in_recovery() then {what} end");
        session.ask(&question, PROBE_SECONDS_MAX)?;
    }
    Ok(())
}

/// The tool, about one slot.
fn of_slot(session: &Session<'_>, slot: &str) -> Result<Run, DatabaseError> {
    check(slot)?;
    let tool = session.tool(RECEIVE)?;
    Ok(session.run(&tool).arguments(["--no-password", "--slot", slot]))
}

/// What the server accepts, and what means nothing else in a question to it.
fn check(slot: &str) -> Result<(), DatabaseError> {
    let letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    if (1..=SLOT_BYTES_MAX).contains(&slot.len()) && slot.bytes().all(letter) {
        return Ok(());
    }
    Err(DatabaseError::Unsupported(
        "the name of a slot has at most 63 lower case letters, digits and underscores".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_parted_if_the_server_says_so_and_no_standby_that_starts_again() {
        for (said, is_primary, parted) in [
            ("requested WAL segment 000000010000000000000005 has already been removed", true, true),
            (
                "requested WAL segment 000000010000000000000005 has already been removed",
                false,
                true,
            ),
            (FOREIGN[0], true, true),
            (FOREIGN[1], true, true),
            (FOREIGN[1], false, false),
        ] {
            let error = told(said, is_primary).unwrap();
            let found = matches!(error, DatabaseError::LogParted(_));
            assert_eq!(found, parted, "{error}");
            assert!(error.to_string().ends_with(said), "{error}");
        }
        assert!(told("server closed the connection unexpectedly", true).is_none());
    }
}
