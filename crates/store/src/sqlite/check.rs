//! A look through every page of the database, beside everything else: a damaged page is
//! otherwise found by whoever needs it.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, InterruptHandle, params};

use super::schema;
use crate::Cause;

/// Findings that are told of one table.
const FINDINGS_MAX: u32 = 10;

/// Problems that one check of the whole file names.
const PROBLEMS_MAX: usize = 100;

/// Looks at every page of the database. Gives what is wrong with it, in the words of
/// `SQLite`.
pub(super) fn quick_check(connection: &Connection) -> Result<Vec<String>, Cause> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({PROBLEMS_MAX})"))?;
    let words = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut problems = words.collect::<Result<Vec<_>, _>>()?;
    problems.retain(|words| words != "ok");
    Ok(problems)
}

/// The look, while it lasts, and what it found.
#[derive(Default)]
pub(super) struct Check {
    damaged: AtomicBool,
    stopped: AtomicBool,
    running: Mutex<Option<InterruptHandle>>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("damaged", &self.damaged).finish_non_exhaustive()
    }
}

impl Check {
    pub(super) fn found(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Ends the look, if one is being taken, and lets no other begin.
    pub(super) fn stop(&self) {
        let running = self.running.lock().expect("no holder of this lock panics");
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(handle) = &*running {
            handle.interrupt();
        }
    }

    pub(super) fn run(&self, file: &Path) {
        match self.look(file) {
            Ok(()) => (),
            Err(_) if self.stopped.load(Ordering::Relaxed) => (),
            Err(error) => self.damage(&format!("the pages could not be looked through: {error}")),
        }
        *self.running.lock().expect("no holder of this lock panics") = None;
    }

    fn look(&self, file: &Path) -> Result<(), Cause> {
        let db = schema::open_reader(file)?;
        *self.running.lock().expect("no holder of this lock panics") =
            Some(db.get_interrupt_handle());
        // One table after the other: nobody reads for so long that the log cannot be emptied.
        for table in tables(&db)? {
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            let mut statement = db.prepare("SELECT * FROM pragma_quick_check(?1) LIMIT ?2")?;
            let found = statement.query_map(params![table, FINDINGS_MAX], |row| row.get(0))?;
            for line in found {
                let line: String = line?;
                if line != "ok" {
                    self.damage(&format!("table {table}: {line}"));
                }
            }
        }
        Ok(())
    }

    fn damage(&self, what: &str) {
        self.damaged.store(true, Ordering::Relaxed);
        tracing::error!("the metadata is damaged: {what}");
    }
}

fn tables(db: &Connection) -> Result<Vec<String>, Cause> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = db.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}
