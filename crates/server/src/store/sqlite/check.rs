//! Whether the pages of a database are undamaged.

use std::path::Path;

use super::super::Cause;
use super::schema::open_reader;

/// Problems that one check names.
const PROBLEMS_MAX: usize = 100;

/// Looks at every page of the database `file`. Gives what is wrong with it, in the words of
/// `SQLite`.
pub fn quick_check(file: &Path) -> Result<Vec<String>, Cause> {
    let connection = open_reader(file)?;
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({PROBLEMS_MAX})"))?;
    let words = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut problems = words.collect::<Result<Vec<_>, _>>()?;
    problems.retain(|words| words != "ok");
    Ok(problems)
}
