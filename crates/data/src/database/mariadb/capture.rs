//! Backs up a server: its files, or its databases as SQL.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::flavour::DUMP;
use super::session::flavour_of;
use super::{Flavour, Position, Server, Session};
use crate::database::set::SetWriter;
use crate::database::tool::{Input, Output, Tool};
use crate::database::{
    DatabaseError, DatabaseOrder, LogRange, Method, PROBE_SECONDS_MAX, SetFacts, SetHead,
};
use crate::source::{Cancel, Counts, SourceError};

/// See [`super::super::write_archive`].
pub(in crate::database) fn capture(
    order: &DatabaseOrder,
    set: SetWriter<'_, impl Write>,
) -> Result<(Counts, SetFacts), SourceError> {
    let session = Session::new(&order.settings, set.cancel())?;
    let server = Server::ask(&session, PROBE_SECONDS_MAX)?;
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
    server.must_be_local(session)?;
    let tool =
        copying_tool(session.settings.tools(), server.flavour, &server.version, session.cancel)?;
    let file = format!("base.{}", server.flavour.stream());
    let head = SetHead::new(server.flavour.engine(), &server.version, Method::Physical);
    let head = head.with_letter_case(server.letter_case);
    let all = (&*server.databases, server.bytes);
    let head = order.begin_physical(head, all, &file, &mut set)?;
    let run = session.run(&tool).arguments([
        "--backup".to_owned(),
        format!("--stream={}", server.flavour.stream()),
        format!("--datadir={}", server.folder().display()),
        // What it writes beside the stream.
        format!("--target-dir={}", session.folder().join("copy").display()),
    ]);
    let running = run.start(Input::Nothing, Output::Read, session.cancel)?;
    let streamed = set.stream(&file, running).map_err(last_words)?;
    streamed
        .must_end(|ending| streamed.said.ends_with("completed OK!") && is_end_of_stream(ending))?;
    let what = "it does not say where in the binary log the backup ends";
    let log = if server.logs {
        let position = Position::of_copy(&streamed.said);
        let position = position.ok_or(DatabaseError::NotUnderstood { tool: tool.name(), what })?;
        let beginning = server.beginning_of_log(&position, session.cancel)?;
        LogRange { beginning, ..at(position) }
    } else {
        LogRange::default()
    };
    let counts = set.finish(&log)?;
    Ok((counts, SetFacts { head, log }))
}

/// Whether this is the end of a stream of files: a last piece, which says that a file ends there.
fn is_end_of_stream(ending: &[u8]) -> bool {
    const MAGIC: &[u8] = b"XBSTCK01";
    let Some(at) = ending.windows(MAGIC.len()).rposition(|it| it == MAGIC) else { return false };
    let Some(([_flags, kind, length @ ..], name)) =
        ending[at + MAGIC.len()..].split_first_chunk::<6>()
    else {
        return false;
    };
    *kind == b'E' && usize::try_from(u32::from_le_bytes(*length)) == Ok(name.len())
}

/// The tool that copies the files. It reads them by itself, so it must be of the server's series.
pub(super) fn copying_tool(
    tools: Option<&Path>,
    flavour: Flavour,
    version: &str,
    cancel: &Cancel,
) -> Result<Tool, DatabaseError> {
    let tool = Tool::find_any(tools, flavour.backup_tools())?;
    let run = tool.run().at_most(Duration::from_secs(PROBE_SECONDS_MAX)).arguments(["--version"]);
    // It says so where others complain.
    let said = run.start(Input::Nothing, Output::Nowhere, cancel)?.end()?;
    let wanted = series(version);
    let words = said.split_whitespace();
    let mut versions = words.filter(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    if wanted.is_some() && versions.any(|version| series(version) == wanted) {
        return Ok(tool);
    }
    Err(DatabaseError::WrongVersion {
        tool: tool.name(),
        found: said.chars().take(64).collect(),
        server: version.to_owned(),
        way_out: "install the tool of the server's series, or make logical backups",
    })
}

/// The tool tells each file that it copies: what went wrong is at the end.
fn last_words(error: SourceError) -> SourceError {
    let SourceError::Database(DatabaseError::Tool { tool, how, said }) = error else {
        return error;
    };
    let lines: Vec<_> = said.split("; ").collect();
    let said = lines[lines.len().saturating_sub(3)..].join("; ");
    SourceError::Database(DatabaseError::Tool { tool, how, said })
}

/// `10.11` of `10.11.19-MariaDB`.
fn series(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn logical(
    order: &DatabaseOrder,
    session: &Session<'_>,
    server: &Server,
    mut set: SetWriter<'_, impl Write>,
) -> Result<(Counts, SetFacts), SourceError> {
    let tool = Tool::find_any(session.settings.tools(), &DUMP)?;
    let flavour = flavour_of(&tool, session.cancel)?;
    let head = SetHead::new(server.flavour.engine(), &server.version, Method::Logical);
    let head = order.begin_logical(head, &server.databases, "sql", &mut set)?;
    let mut log = LogRange::default();
    for database in &head.databases {
        let mut run = session.run(&tool).arguments(DUMP_OPTIONS);
        run = run.arguments(flavour.dump_options());
        if server.logs {
            run = run.arguments([flavour.position_option()]);
        }
        // What follows is a name, also if it begins like an option.
        let run = run.arguments(["--", &database.name]);
        let running = run.start(Input::Nothing, Output::Read, session.cancel)?;
        let streamed = set.stream(&database.file, running).map_err(broken_view)?;
        streamed.must_end_with("-- Dump completed")?;
        if server.logs {
            let what = "the dump does not say where in the binary log it is";
            let place = Position::of_dump(&String::from_utf8_lossy(&streamed.beginning));
            let place = place.ok_or(DatabaseError::NotUnderstood { tool: tool.name(), what })?;
            let place = server.with_gtid(session, place, PROBE_SECONDS_MAX)?.into_fact();
            log.start.get_or_insert_with(|| place.clone());
            log.end = Some(place);
        }
    }
    let counts = set.finish(&log)?;
    Ok((counts, SetFacts { head, log }))
}

/// The tool makes no dump of a database with a view that cannot be read, as one of a table that
/// was dropped, and does not say what helps. To go on without it (`--force`) would hide whatever
/// else is missing.
fn broken_view(error: SourceError) -> SourceError {
    let SourceError::Database(DatabaseError::Tool { tool, how, said }) = error else {
        return error;
    };
    let named = said.split_once("View '").and_then(|(_, rest)| rest.split_once("' references "));
    let Some((view, _)) = named else {
        return SourceError::Database(DatabaseError::Tool { tool, how, said });
    };
    SourceError::Database(DatabaseError::Unsupported(format!(
        "the view {view:.200} cannot be read, and so {tool} makes no backup of its database: a \
         table, column or function that the view needs is gone, or whom it belongs to may not use \
         it. Mend the view or drop it, or back up the other databases by their names: {said}"
    )))
}

/// One transaction for all tables, which also has what is not in tables. Bytes are written as
/// digits: no program on the way takes them for letters.
const DUMP_OPTIONS: [&str; 7] = [
    "--single-transaction",
    "--routines",
    "--events",
    "--triggers",
    "--hex-blob",
    "--default-character-set=utf8mb4",
    "--max-allowed-packet=1G",
];

/// A set that needs no log, and is continued by the log from here on.
fn at(position: Position) -> LogRange {
    let position = position.into_fact();
    LogRange { start: Some(position.clone()), end: Some(position), beginning: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_that_cannot_be_read_is_named_with_what_helps() {
        let error = |said: &str| {
            let (tool, how) = ("mariadb-dump", "ended with code 2".to_owned());
            let said = said.to_owned();
            broken_view(SourceError::Database(DatabaseError::Tool { tool, how, said })).to_string()
        };
        let refused = "references invalid table(s) or column(s) or function(s) or definer/invoker \
                       of view lack rights to use them";
        for said in [
            format!("Couldn't execute 'SHOW FIELDS FROM `old`': View 'shop.old' {refused} (1356)"),
            format!("Got error: 1356: View 'shop.old' {refused} when using LOCK TABLES"),
        ] {
            let told = error(&said);
            assert!(told.contains("the view shop.old cannot be read"), "{told}");
            assert!(told.contains("Mend the view or drop it") && told.contains(&said), "{told}");
        }
        let other = error("Got error: 1044: \"Access denied\"");
        assert!(!other.contains("view"), "{other}");
    }
}
