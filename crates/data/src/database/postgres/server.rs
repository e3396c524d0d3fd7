//! What a server says of itself.

use super::super::{Database, DatabaseError, LogPosition, Probe};
use super::{MAJOR_MIN, Session};
use crate::database::tool::Tool;

/// What a server says of itself.
#[derive(Debug)]
pub(super) struct Server {
    /// Its version.
    pub(super) version: String,
    /// The first part of that.
    pub(super) major: u32,
    /// The databases that can be connected to and are no templates, by name.
    pub(super) databases: Vec<Database>,
    /// How large all of them are.
    pub(super) bytes: u64,
    /// How many folders it has outside of its own.
    pub(super) tablespaces: u64,
    /// How long its log files are.
    pub(super) segment_bytes: u64,
    /// Whether the passwords of its users may be read.
    pub(super) shows_passwords: bool,
    /// The number that its cluster was given when it was made.
    pub(super) system: String,
}

/// Sizes that may not be asked count as 0.
const QUESTION: &str = "
with databases as (
  select datname, datallowconn and not datistemplate as usable,
    case when has_database_privilege(oid, 'CONNECT') or pg_has_role('pg_read_all_stats', 'USAGE')
    then pg_database_size(oid) else 0 end as bytes
  from pg_database)
select 'version', current_setting('server_version'), current_setting('server_version_num')
union all select 'database', datname::text, bytes::text from databases where usable
union all select 'bytes', '', coalesce(sum(bytes), 0)::bigint::text from databases
union all select 'tablespaces', '', count(*)::text from pg_tablespace
  where spcname not in ('pg_default', 'pg_global')
union all select 'segment', '', setting from pg_settings where name = 'wal_segment_size'
union all select 'system', system_identifier::text, '0' from pg_control_system()
union all select 'passwords', '', has_table_privilege('pg_authid', 'SELECT')::int::text";

impl Server {
    /// Asks it.
    pub(super) fn ask(session: &Session<'_>, seconds_max: u64) -> Result<Self, DatabaseError> {
        let rows = session.ask(QUESTION, seconds_max)?;
        let wrong = || DatabaseError::NotUnderstood { tool: "psql", what: "a row is missing" };
        let mut databases = Vec::new();
        let mut said = [const { None }; 6];
        for row in rows {
            let [what, name, value] = <[String; 3]>::try_from(row).map_err(|_| wrong())?;
            let number = value.parse::<u64>().map_err(|_| wrong())?;
            let place = match what.as_str() {
                "database" => {
                    databases.push(Database { name, bytes: number });
                    continue;
                }
                "version" => 0,
                "bytes" => 1,
                "tablespaces" => 2,
                "segment" => 3,
                "passwords" => 4,
                "system" => 5,
                _ => return Err(wrong()),
            };
            said[place] = Some((name, number));
        }
        let [version, bytes, tablespaces, segment, passwords, system] = said;
        let (version, number) = version.ok_or_else(wrong)?;
        let version = sexton_core::plain(&version).into_owned();
        let major = u32::try_from(number / 10_000).map_err(|_| wrong())?;
        if major < MAJOR_MIN {
            return Err(DatabaseError::Unsupported(format!(
                "the database server is of version {version}; backups are made of version \
                 {MAJOR_MIN} and later"
            )));
        }
        databases.sort_by(|one, other| one.name.cmp(&other.name));
        let (_, segment_bytes) = segment.filter(|(_, bytes)| *bytes > 0).ok_or_else(wrong)?;
        Ok(Self {
            version,
            major,
            databases,
            bytes: bytes.ok_or_else(wrong)?.1,
            tablespaces: tablespaces.ok_or_else(wrong)?.1,
            segment_bytes,
            shows_passwords: passwords.ok_or_else(wrong)?.1 > 0,
            system: sexton_core::plain(&system.ok_or_else(wrong)?.0).into_owned(),
        })
    }

    /// Looks for a tool that is not older than the server: it would refuse, or miss something.
    pub(super) fn tool(
        &self,
        session: &Session<'_>,
        name: &'static str,
    ) -> Result<Tool, DatabaseError> {
        let tool = session.tool(name)?;
        let said = tool.run().arguments(["--version"]).answer(session.cancel)?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let newer = major(&said).is_some_and(|major| major >= self.major);
        if newer {
            return Ok(tool);
        }
        Err(DatabaseError::WrongVersion {
            tool: name,
            found: sexton_core::plain(version(&said)).chars().take(64).collect(),
            server: self.version.clone(),
            way_out: "install client tools that are not older than the server, and name their \
                      folder as tools in the connection settings",
        })
    }

    /// A place in its log.
    pub(super) fn position(&self, lsn: &str, timeline: u32, end: bool) -> Option<LogPosition> {
        let (high, low) = lsn.split_once('/')?;
        let high = u64::from(u32::from_str_radix(high, 16).ok()?);
        let low = u64::from(u32::from_str_radix(low, 16).ok()?);
        let byte = ((high << 32) | low).checked_sub(u64::from(end))?;
        let (segment, per_file) = (byte / self.segment_bytes, (1 << 32) / self.segment_bytes);
        let (log, number) = (segment.checked_div(per_file)?, segment.checked_rem(per_file)?);
        let file = format!("{timeline:08X}{log:08X}{number:08X}");
        Some(LogPosition { file, position: lsn.to_owned() })
    }
}

/// What a tool says of its version.
fn version(said: &str) -> &str {
    said.split_once("(PostgreSQL) ").map_or("", |(_, version)| version.trim())
}

/// The first number of what a tool says of its version.
pub(super) fn major(said: &str) -> Option<u32> {
    number(version(said))
}

/// The first number of a version.
pub(super) fn number(version: &str) -> Option<u32> {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

impl From<Server> for Probe {
    fn from(server: Server) -> Self {
        Self {
            version: server.version,
            databases: server.databases.into_iter().map(|database| database.name).collect(),
            bytes: server.bytes,
            identity: Some(format!("system identifier {}", server.system)),
        }
    }
}
