//! Connections, tables and the version of the stored format.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::Cause;

/// The version of everything in the database. A newer one is refused, an older one is
/// brought up, one step at a time.
const VERSION: i64 = 1;

/// Keys grow with time wherever rows are many: neighbours in time are neighbours on disk.
///
/// A backup is one row, at the place of its key in the ring, and no place is used twice.
/// `epoch` is there from the moment in which the key leaves the ring: the epoch whose end
/// makes it unrecoverable. It stands in no body, because the writer learns it last. `due_ms`
/// is when its lifecycle deletes it.
///
/// What the erasure of a backup has come to is a row of `erasures` for as long as it lasts, with
/// the state of the backup for its body, and the body of the backup stays as it was: a row that
/// grew would have to move others, and those that are deleted are written all over the table.
/// `resource` stands for what a backup is of, and volumes are their file system there: what `FSx`
/// lists of one needs no index of its own. `given_up` is there while the deletion of a recovery
/// point is asked for: 0 while that waits, 1 once it was given up. `fsx` is there while `FSx` shows
/// the backup. `root` stands for a backup and all its copies, in each of them whose bytes are
/// there.
/// What no vault keeps has 0 for a vault. A realm stays when it is dropped, because certificates
/// are of it. `guarded` is what a vault protects its backups with, if it does, and `guard` the
/// generation of that, which its tags leave alone. `realms.holds` is the generation of all legal
/// holds of a realm together, `kept_ms` until when the record of one is kept that was cancelled.
/// What a plan says stands in `document` as a hash, by which another that says the same is found,
/// until the plan is deleted; so does the `token` that made it.
/// `log_runs` has the complete runs of log backups, and `log_counts` how many they are: whoever
/// deletes a set says of them what they cover, without reading them.
const TABLES: &str = "
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL,
    next_slot INTEGER NOT NULL, epoch INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,
    erased_bytes INTEGER NOT NULL, tokens INTEGER NOT NULL,
    ring_levels INTEGER NOT NULL) STRICT;
CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1), store BLOB NOT NULL) STRICT;
CREATE TABLE realms (
    id INTEGER PRIMARY KEY, realm TEXT NOT NULL UNIQUE, dropped INTEGER NOT NULL,
    holds INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE vaults (
    id INTEGER PRIMARY KEY, realm INTEGER NOT NULL, name TEXT NOT NULL,
    generation INTEGER NOT NULL, guard INTEGER NOT NULL, guarded TEXT, body TEXT NOT NULL,
    UNIQUE (realm, name)) STRICT;
CREATE TABLE backups (
    slot INTEGER PRIMARY KEY, realm INTEGER NOT NULL, arn TEXT NOT NULL, vault INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, resource INTEGER NOT NULL, kind TEXT NOT NULL,
    state INTEGER NOT NULL, generation INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,
    due_ms INTEGER, epoch INTEGER, fsx INTEGER, root INTEGER, given_up INTEGER,
    body TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX backups_by_arn ON backups (realm, arn);
CREATE INDEX backups_by_vault ON backups (vault, created_ms);
CREATE INDEX backups_by_resource ON backups (resource, created_ms);
CREATE INDEX backups_expiring ON backups (due_ms) WHERE epoch IS NULL AND due_ms IS NOT NULL;
CREATE INDEX backups_requested ON backups (given_up) WHERE epoch IS NULL AND given_up IS NOT NULL;
CREATE INDEX backups_of_fsx ON backups (realm, slot) WHERE fsx IS NOT NULL;
CREATE INDEX backups_creating ON backups (resource) WHERE state = 1;
CREATE INDEX backups_by_root ON backups (root) WHERE root IS NOT NULL;
CREATE TABLE erasures (
    epoch INTEGER NOT NULL, slot INTEGER NOT NULL, due_ms INTEGER, body TEXT NOT NULL,
    PRIMARY KEY (epoch, slot)) WITHOUT ROWID, STRICT;
CREATE INDEX erasures_due ON erasures (due_ms, slot);
CREATE TABLE counts (
    vault INTEGER NOT NULL, state INTEGER NOT NULL, backups INTEGER NOT NULL,
    PRIMARY KEY (vault, state)) WITHOUT ROWID, STRICT;
CREATE TABLE log_runs (
    realm INTEGER NOT NULL, source TEXT NOT NULL, until BLOB NOT NULL, slot INTEGER NOT NULL,
    since BLOB NOT NULL, PRIMARY KEY (realm, source, until, slot)) WITHOUT ROWID, STRICT;
CREATE INDEX log_runs_by_since ON log_runs (realm, source, since);
CREATE TABLE log_counts (
    realm INTEGER NOT NULL, source TEXT NOT NULL, runs INTEGER NOT NULL,
    PRIMARY KEY (realm, source)) WITHOUT ROWID, STRICT;
CREATE TABLE uses (
    slot INTEGER NOT NULL, job BLOB NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (slot, job)) WITHOUT ROWID, STRICT;
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, realm INTEGER NOT NULL,
    kind INTEGER NOT NULL, ended_ms INTEGER, generation INTEGER NOT NULL, token TEXT,
    body TEXT NOT NULL) STRICT;
CREATE INDEX jobs_by_kind ON jobs (realm, kind);
CREATE INDEX jobs_running ON jobs (kind) WHERE ended_ms IS NULL;
CREATE INDEX jobs_ended ON jobs (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX jobs_by_token ON jobs (realm, kind, token) WHERE token IS NOT NULL;
CREATE TABLE certificates (
    leaf INTEGER PRIMARY KEY, realm INTEGER NOT NULL, arn TEXT NOT NULL, body TEXT NOT NULL)
    STRICT;
CREATE INDEX certificates_by_arn ON certificates (realm, arn);
CREATE TABLE openings (leaf INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE means (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE log_nodes (
    level INTEGER NOT NULL, node INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (level, node)) WITHOUT ROWID, STRICT;
CREATE TABLE ring (
    level INTEGER NOT NULL, page INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (level, page)) STRICT;
CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, ended_ms INTEGER NOT NULL) STRICT;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE sources (
    realm INTEGER NOT NULL, arn TEXT NOT NULL, generation INTEGER NOT NULL, due_ms INTEGER,
    body TEXT NOT NULL, PRIMARY KEY (realm, arn)) WITHOUT ROWID, STRICT;
CREATE INDEX sources_due ON sources (due_ms) WHERE due_ms IS NOT NULL;
CREATE TABLE secrets (
    slot INTEGER PRIMARY KEY, realm INTEGER NOT NULL, arn TEXT NOT NULL, sealed BLOB NOT NULL,
    UNIQUE (realm, arn)) STRICT;
CREATE TABLE tokens (
    generation INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, realm INTEGER NOT NULL,
    makes INTEGER NOT NULL, used_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX tokens_by_use ON tokens (makes, used_ms);
CREATE TABLE holds (
    realm INTEGER NOT NULL, id BLOB NOT NULL, generation INTEGER NOT NULL, kept_ms INTEGER,
    body TEXT NOT NULL, PRIMARY KEY (realm, id)) WITHOUT ROWID, STRICT;
CREATE INDEX holds_active ON holds (realm) WHERE kept_ms IS NULL;
CREATE INDEX holds_ended ON holds (kept_ms) WHERE kept_ms IS NOT NULL;
CREATE TABLE plans (
    realm INTEGER NOT NULL, id BLOB NOT NULL, generation INTEGER NOT NULL, deleted INTEGER NOT NULL,
    token TEXT, document BLOB, due_ms INTEGER, body TEXT NOT NULL, PRIMARY KEY (realm, id))
    WITHOUT ROWID, STRICT;
CREATE INDEX plans_due ON plans (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX plans_by_token ON plans (realm, token) WHERE token IS NOT NULL;
CREATE INDEX plans_by_document ON plans (realm, document) WHERE document IS NOT NULL;
CREATE TABLE plan_versions (
    realm INTEGER NOT NULL, plan BLOB NOT NULL, id BLOB NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (realm, plan, id)) WITHOUT ROWID, STRICT;
CREATE TABLE roles (
    arn TEXT PRIMARY KEY, name TEXT UNIQUE, generation INTEGER NOT NULL, body TEXT NOT NULL)
    WITHOUT ROWID, STRICT;
CREATE TABLE users (
    name TEXT PRIMARY KEY, generation INTEGER NOT NULL, body TEXT NOT NULL)
    WITHOUT ROWID, STRICT;
";

/// How long a connection waits for the writer or a checkpoint.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(10);

/// A write-ahead log that became longer is cut to this when it is begun anew.
const WAL_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// What the writing connection keeps of the database. A commit that has split a page looks
/// through all that is kept: with 32 MiB that was a sixth of the writing thread's time.
const WRITER_CACHE_KIB: i64 = 8192;

/// Prepared statements that each connection keeps.
const STATEMENTS_MAX: usize = 128;

pub(super) fn open_writer(file: &Path) -> Result<Connection, Cause> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The log is moved when the writing thread chooses, and cut when it is begun anew.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

/// A connection that copies the write-ahead log into the database, and waits for nobody.
pub(super) fn open_checkpointer(file: &Path) -> Result<Connection, Cause> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}

pub(super) fn open_reader(file: &Path) -> Result<Connection, Cause> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

/// A connection that writes nothing, and needs nothing to be writable: not even the locks and
/// the index beside a write-ahead log. Whoever opens it keeps writers away.
pub(super) fn open_read_only(file: &Path) -> Result<Connection, Cause> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let has_log = match std::fs::metadata(log_of(file)) {
        Ok(log) => log.len() > 0,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    if !has_log {
        let flags = flags | OpenFlags::SQLITE_OPEN_URI;
        return Ok(Connection::open_with_flags(immutable(file), flags)?);
    }
    // Alone with the file, the index of the log is kept in memory.
    let connection = Connection::open_with_flags_and_vfs(file, flags, c"unix-none")?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// The write-ahead log of the database `file`.
pub(super) fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// The name of a file that nobody changes, as `SQLite` takes it.
fn immutable(file: &Path) -> PathBuf {
    let mut name = b"file:".to_vec();
    if file.is_absolute() {
        // Without a host before it, a path that begins with two slashes would be one.
        name.extend_from_slice(b"//");
    }
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => name.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            _ => name.push(*byte),
        }
    }
    name.extend_from_slice(b"?immutable=1");
    OsString::from_vec(name).into()
}

/// Whether the database holds nothing yet, not even tables.
pub(super) fn is_new(connection: &Connection) -> Result<bool, Cause> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(version == 0)
}

/// Makes the tables, or says that somebody newer has made them.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Cause> {
    let transaction = connection.transaction()?;
    if is_new(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    check_version(&transaction)?;
    transaction.commit()?;
    Ok(())
}

/// Refuses tables that somebody newer has made.
pub(super) fn check_version(connection: &Connection) -> Result<(), Cause> {
    match connection.query_row("PRAGMA user_version", [], |row| row.get(0))? {
        VERSION => Ok(()),
        other => Err(format!(
            "the metadata has version {other} and this program knows up to {VERSION}; \
             use a newer sexton"
        )
        .into()),
    }
}
