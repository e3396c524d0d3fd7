//! Backs up a server: its files, or its databases one by one.

use std::io::{Read, Write};

use super::super::set::SetWriter;
use super::super::tool::{Input, Output, Running};
use super::super::{
    DatabaseError, DatabaseOrder, Engine, LogRange, Method, SetFacts, SetHead, unsupported,
};
use super::{Server, Session};
use crate::source::{Counts, SourceError};

/// How long a server may take to say what it has: a large one counts many files.
const ASK_SECONDS_MAX: u64 = 300;

/// The files of a server, as `pg_basebackup` writes them.
pub(crate) const BASE_FILE: &str = "base.tar";
/// Users and settings of all databases, as SQL.
const GLOBALS_FILE: &str = "globals.sql";
/// The same of a server that does not show us the passwords of its users.
const GLOBALS_WITHOUT_PASSWORDS_FILE: &str = "globals-without-passwords.sql";

/// See [`super::super::write_archive`].
pub(in crate::database) fn capture(
    order: &DatabaseOrder,
    set: SetWriter<'_, impl Write>,
) -> Result<(Counts, SetFacts), SourceError> {
    let session = Session::new(&order.settings, set.cancel())?;
    let server = Server::ask(&session, ASK_SECONDS_MAX)?;
    match order.method {
        Method::Physical => physical(order, &session, &server, set),
        Method::Logical => logical(order, &session, &server, set),
    }
}

fn physical(
    order: &DatabaseOrder,
    session: &Session<'_>,
    server: &Server,
    mut set: SetWriter<'_, impl Write>,
) -> Result<(Counts, SetFacts), SourceError> {
    if server.tablespaces > 0 {
        return Err(unsupported(
            "the database server has tablespaces outside of its data folder, which cannot be \
             backed up physically as one stream; make logical backups of it",
        )
        .into());
    }
    let tool = server.tool(session, "pg_basebackup")?;
    let head = SetHead::new(Engine::PostgreSql, &server.version, Method::Physical);
    let all = (&*server.databases, server.bytes);
    let head = order.begin_physical(head, all, BASE_FILE, &mut set)?;
    let run = session.run(&tool).arguments([
        "--pgdata=-",
        "--format=tar",
        "--wal-method=fetch",
        "--checkpoint=fast",
        "--label=sexton",
        "--no-password",
        "--verbose",
    ]);
    let kept = keep_log(session);
    let running = run.start(Input::Nothing, Output::Read, session.cancel)?;
    let streamed = set.stream(BASE_FILE, running)?;
    drop(kept);
    streamed.must_end(is_end_of_tar)?;
    let log = log_range(&streamed.said, server).ok_or(DatabaseError::NotUnderstood {
        tool: "pg_basebackup",
        what: "it does not say where in the write-ahead log the backup begins and ends",
    })?;
    let counts = set.finish(&log)?;
    Ok((counts, SetFacts { head, log }))
}

/// Has the server keep the log that is written during the backup, which comes last: a slot that is
/// there as long as this connection. A server that refuses it is backed up all the same, and the
/// backup fails if the log is gone when its turn comes.
fn keep_log<'a>(session: &Session<'a>) -> Option<Running<'a>> {
    let keep = || {
        let mut running = session.talk()?;
        // Nor is the connection ended because nothing is asked over it.
        let question = b"select pg_catalog.pg_create_physical_replication_slot(\
            'sexton_' || pg_catalog.pg_backend_pid(), true, true), \
            (select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings \
            where name = 'idle_session_timeout');\n";
        let asked = running.write_all(question);
        asked.map_err(|error| DatabaseError::of("psql", error))?;
        let read = running.read(&mut [0]).map_err(|error| DatabaseError::of("psql", error))?;
        if read == 0 { running.end().map(|_| None) } else { Ok(Some(running)) }
    };
    keep().unwrap_or_else(|error| {
        tracing::info!(%error, "the log of a database is not kept during its backup");
        None
    })
}

/// Whether this is the end of what `pg_basebackup` writes: its manifest, and two empty blocks.
fn is_end_of_tar(ending: &[u8]) -> bool {
    const EMPTY_BYTES: usize = 1024;
    let zeros = ending.iter().rev().take_while(|byte| **byte == 0).count();
    let text = String::from_utf8_lossy(&ending[..ending.len() - zeros]);
    zeros >= EMPTY_BYTES && text.contains("\"Manifest-Checksum\"")
}

/// Reads `write-ahead log start point: 0/2000028 on timeline 1` and `… end point: 0/2000100`.
fn log_range(said: &str, server: &Server) -> Option<LogRange> {
    let after = |words: &str| {
        let (_, rest) = said.split_once(words)?;
        Some(rest.split([';', ' ']).next().unwrap_or_default().to_owned())
    };
    let start = after("write-ahead log start point: ")?;
    let end = after("write-ahead log end point: ")?;
    let timeline = after(" on timeline ")?.parse().ok()?;
    Some(LogRange {
        start: Some(server.position(&start, timeline, false)?),
        end: Some(server.position(&end, timeline, true)?),
        beginning: None,
    })
}

/// Whoever holds a table for so many milliseconds fails the backup, and does not stop it for ever.
const LOCK_WAIT: &str = "--lock-wait-timeout=600000";

fn logical(
    order: &DatabaseOrder,
    session: &Session<'_>,
    server: &Server,
    mut set: SetWriter<'_, impl Write>,
) -> Result<(Counts, SetFacts), SourceError> {
    let (dumpall, dump) = (server.tool(session, "pg_dumpall")?, server.tool(session, "pg_dump")?);
    let head = SetHead::new(Engine::PostgreSql, &server.version, Method::Logical);
    let head = order.begin_logical(head, &server.databases, "dump", &mut set)?;
    let mut run = session.run(&dumpall).arguments(["--globals-only", "--no-password"]);
    let mut globals = GLOBALS_FILE;
    if !server.shows_passwords {
        run = run.arguments(["--no-role-passwords"]);
        globals = GLOBALS_WITHOUT_PASSWORDS_FILE;
    }
    let running = run.start(Input::Nothing, Output::Read, session.cancel)?;
    let end = "-- PostgreSQL database cluster dump complete";
    set.stream(globals, running)?.must_end_with(end)?;
    for database in &head.databases {
        // Not compressed: the pipeline does that, and better.
        let run = session.run(&dump).variable("PGDATABASE", &database.name);
        let run = run.arguments(["--format=custom", "--compress=0", "--no-password", LOCK_WAIT]);
        let running = run.start(Input::Nothing, Output::Read, session.cancel)?;
        // Its format has no end that could be looked for.
        set.stream(&database.file, running)?;
    }
    let log = LogRange::default();
    let counts = set.finish(&log)?;
    Ok((counts, SetFacts { head, log }))
}
