//! What a server says of itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::events::beginning;
use super::{Flavour, Position, Session};
use crate::database::{Database, DatabaseError, Place, Probe, Tls};
use crate::source::Cancel;

/// What a server says of itself.
#[derive(Debug)]
pub(super) struct Server {
    /// Its version.
    pub(super) version: String,
    /// Whose it is.
    pub(super) flavour: Flavour,
    /// The databases that are not its own, by name.
    pub(super) databases: Vec<Database>,
    /// How large all of them are.
    pub(super) bytes: u64,
    /// Whether it writes a binary log.
    pub(super) logs: bool,
    /// How it compares names of tables: `lower_case_table_names`.
    pub(super) letter_case: u8,
    /// Where its data folder is, on its machine.
    folder: PathBuf,
    /// Where the files of its system tablespace are: a folder, and their names.
    system: (String, String),
    /// How the paths of its binary log begin.
    log_base: Option<PathBuf>,
    /// What its machine is called.
    machine: String,
    /// What tells it from others: `MySQL` draws a number, `MariaDB` has what it was given.
    identity: Option<String>,
}

/// Databases that every server makes for itself.
const OWN: [&str; 4] = ["information_schema", "performance_schema", "mysql", "sys"];
/// How a folder is named that is no database, such as `lost+found`.
const NO_DATABASE: &str = "#mysql50#";

const QUESTION: &str = "
select 'version', version(), @@version_comment
union all select 'log', @@log_bin, @@lower_case_table_names
union all select 'folder', @@datadir, @@hostname
union all select 'database', d.schema_name, coalesce(t.bytes, 0)
  from information_schema.schemata d left join (
    select table_schema, cast(sum(data_length + index_length) as unsigned) as bytes
    from information_schema.tables group by table_schema
  ) t on t.table_schema = d.schema_name;
show session status like 'Ssl_cipher';
show variables where variable_name in ('server_id', 'server_uuid', 'innodb_data_home_dir',
  'innodb_data_file_path', 'log_bin_basename')";

impl Server {
    /// Asks it.
    pub(super) fn ask(session: &Session<'_>, seconds_max: u64) -> Result<Self, DatabaseError> {
        let tool = session.client_name();
        let wrong = || DatabaseError::NotUnderstood { tool, what: "a row is missing" };
        let (mut version, mut logs, mut folder, mut cipher) = (None, None, None, None);
        let (mut id, mut uuid, mut log_base) = (None, None, None);
        let mut system = (String::new(), String::new());
        let (mut databases, mut bytes) = (Vec::new(), 0_u64);
        for row in session.ask(QUESTION, seconds_max)? {
            let mut fields = row.into_iter();
            let mut field = || fields.next().ok_or_else(wrong);
            match field()?.as_str() {
                "version" => version = Some((field()?, field()?)),
                "log" => {
                    let case = |case: String| case.parse().map_err(|_| wrong());
                    logs = Some((field()? == "1", case(field()?)?));
                }
                "folder" => folder = Some((PathBuf::from(field()?), field()?)),
                "server_id" => id = Some(format!("server id {}", field()?)),
                "server_uuid" => uuid = Some(format!("server uuid {}", field()?)),
                "innodb_data_home_dir" => system.0 = field()?,
                "innodb_data_file_path" => system.1 = field()?,
                "log_bin_basename" => log_base = Some(PathBuf::from(field()?)),
                "Ssl_cipher" => cipher = Some(field()?),
                "database" => {
                    let (name, size) = (field()?, field()?.parse().map_err(|_| wrong())?);
                    bytes = bytes.saturating_add(size);
                    let own = OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
                    if !own && !name.starts_with(NO_DATABASE) {
                        databases.push(Database { name, bytes: size });
                    }
                }
                _ => return Err(wrong()),
            }
        }
        let (version, comment) = version.ok_or_else(wrong)?;
        if session.settings.tls() >= Tls::Require && cipher.ok_or_else(wrong)?.is_empty() {
            return Err(DatabaseError::Unsupported(
                "the database server does not encrypt connections, and the connection settings \
                 require it: set up TLS there, or set tls to off if nobody else is on the network"
                    .to_owned(),
            ));
        }
        databases.sort_by(|one, other| one.name.cmp(&other.name));
        let (folder, machine) = folder.ok_or_else(wrong)?;
        let (logs, letter_case) = logs.ok_or_else(wrong)?;
        Ok(Self {
            flavour: Flavour::of(&format!("{version} {comment}")),
            version: sexton_core::plain(&version).into_owned(),
            databases,
            bytes,
            logs,
            letter_case,
            folder,
            system,
            log_base,
            machine,
            identity: uuid.or(id).map(|it| sexton_core::plain(&it).into_owned()),
        })
    }

    /// Fails unless its files can be read here. That a folder of this name is here proves
    /// nothing: a tunnel may lead to another machine that has one too.
    pub(super) fn must_be_local(&self, session: &Session<'_>) -> Result<(), DatabaseError> {
        let here = match session.settings.place() {
            Place::Socket { .. } => true,
            Place::Host { .. } => {
                let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
                !name.trim().is_empty() && name.trim() == self.machine
            }
        };
        if !here {
            return Err(not_local("the database server is on another machine"));
        }
        let files = system_files(&self.folder, &self.system.0, &self.system.1);
        if let Some(elsewhere) = files.iter().find(|it| it.parent() != Some(&*self.folder)) {
            let elsewhere = sexton_core::plain(&elsewhere.to_string_lossy()).into_owned();
            return Err(DatabaseError::Unsupported(format!(
                "the file {elsewhere} of the system tablespace is not in the data folder of the \
                 database server (innodb_data_home_dir, innodb_data_file_path), and a physical \
                 backup is one of that folder: make logical backups, or move the file there"
            )));
        }
        if files.iter().any(|file| File::open(file).is_err()) {
            return Err(not_local("the files of the database server cannot be read here"));
        }
        Ok(())
    }

    /// What tells a file of its binary log, up to a place, from one of another log; nothing if it
    /// cannot be read here, or is encrypted.
    pub(super) fn beginning_of_log(
        &self,
        place: &Position,
        cancel: &Cancel,
    ) -> Result<Option<String>, DatabaseError> {
        let Some(folder) = self.log_base.as_ref().and_then(|base| base.parent()) else {
            return Ok(None);
        };
        let path = self.folder.join(folder).join(&place.file);
        beginning(&path, place.byte, cancel).or_else(|error| {
            if cancel.is_cancelled() {
                return Err(DatabaseError::Cancelled);
            }
            tracing::debug!(%error, "the binary log of a database cannot be read");
            Ok(None)
        })
    }

    /// The data folder, on its machine.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds the name of the last transaction before a place in the binary log, where it can
    /// be asked.
    pub(super) fn with_gtid(
        &self,
        session: &Session<'_>,
        position: Position,
        seconds_max: u64,
    ) -> Result<Position, DatabaseError> {
        let gtid = match self.flavour {
            // The name of the file is one: it has no quotes.
            Flavour::MariaDb => {
                let (file, byte) = (&position.file, position.byte);
                let question = format!("select binlog_gtid_pos('{file}', {byte})");
                let rows = session.ask(&question, seconds_max)?;
                rows.into_iter().flatten().next()
            }
            Flavour::MySql => None,
        };
        let known = gtid.filter(|gtid| !gtid.is_empty() && gtid != "NULL");
        Ok(Position { gtid: known.map(|it| sexton_core::plain(&it).into_owned()), ..position })
    }
}

/// Where the files of a system tablespace are, which are named as `ibdata1:12M:autoextend`.
fn system_files(folder: &Path, home: &str, names: &str) -> Vec<PathBuf> {
    let home = folder.join(if home == "NULL" { "" } else { home });
    let name = |part: &str| part.split(':').next().unwrap_or_default().to_owned();
    let names: Vec<_> = names.split(';').map(name).filter(|name| !name.is_empty()).collect();
    let names = if names.is_empty() { vec!["ibdata1".to_owned()] } else { names };
    names.into_iter().map(|name| home.join(name)).collect()
}

fn not_local(why: &str) -> DatabaseError {
    DatabaseError::Unsupported(format!(
        "{why}, and a physical backup copies them: make logical backups, or run this server where \
         the database server is, as a user who may read its data folder"
    ))
}

impl From<Server> for Probe {
    fn from(server: Server) -> Self {
        let Server { version, databases, bytes, identity, .. } = server;
        let databases = databases.into_iter().map(|it| it.name).collect();
        Self { version, databases, bytes, identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_tablespace_is_where_the_settings_of_the_server_say() {
        let data = Path::new("/srv/data/");
        let all_in = |home: &str, names: &str| {
            let files = system_files(data, home, names);
            files.iter().all(|file| file.parent() == Some(data))
        };
        for home in ["", "NULL", "./", "/srv/data", "/srv/data/"] {
            assert!(all_in(home, "ibdata1:12M;./ibdata2:10M:autoextend"), "{home}");
            assert!(all_in(home, ""), "{home}");
            assert!(!all_in(home, "ibdata1:12M;/srv/other/ibdata2:10M"), "{home}");
        }
        assert!(!all_in("/srv", "ibdata1:12M") && !all_in("other", ""));
    }
}
