//! How the server reaches databases: a seam, so that tests and the simulator need none.

use std::fmt;

use sexton_core::Engine;
use sexton_data::database::{self, Settings, probe};

/// What a database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its engine.
    pub engine: Engine,
    /// The version of that, as RDS shows it: `8.0`, `15.0`.
    pub version: String,
}

/// Reaches databases by their connection settings, which are a text that holds a password. What
/// goes wrong is told in words for the caller. Everything blocks, for seconds at the most.
pub trait Databases: fmt::Debug + Send + Sync {
    /// Asks a database what it is: it answers, or it does not.
    fn describe(&self, connection: &str) -> Result<Described, String>;
}

/// Databases that are reached with the tools of their engines.
#[derive(Debug, Default)]
pub struct Tools;

impl Databases for Tools {
    fn describe(&self, connection: &str) -> Result<Described, String> {
        let settings = Settings::parse(connection).map_err(|error| error.to_string())?;
        let probe = probe(&settings).map_err(|error| error.for_caller())?;
        let engine = match settings.engine() {
            database::Engine::PostgreSql => Engine::PostgreSql,
            // RDS shows both as one: it has them back up and delete alike.
            database::Engine::MySql | database::Engine::MariaDb => Engine::MySql,
        };
        Ok(Described { engine, version: shown_version(engine, &probe.version) })
    }
}

/// A version as RDS shows it: of `PostgreSQL` the first number, and else the first two.
fn shown_version(engine: Engine, version: &str) -> String {
    let digits = |part: &str| -> String { part.chars().take_while(char::is_ascii_digit).collect() };
    let mut numbers = version.split('.').map(digits);
    let first = numbers.next().unwrap_or_default();
    match engine {
        Engine::PostgreSql => format!("{first}.0"),
        Engine::MySql | Engine::MariaDb | Engine::SqlServer => {
            format!("{first}.{}", numbers.next().unwrap_or_default())
        }
    }
}

/// Databases that always answer, and of which nothing is read.
#[derive(Debug, Default)]
pub struct Imagined;

impl Databases for Imagined {
    fn describe(&self, _connection: &str) -> Result<Described, String> {
        Ok(Described { engine: Engine::MySql, version: "8.0".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_shown_as_rds_shows_it() {
        for (engine, said, shown) in [
            (Engine::PostgreSql, "15.18 (Debian 15.18-0+deb12u1)", "15.0"),
            (Engine::PostgreSql, "17beta1", "17.0"),
            (Engine::MySql, "8.0.36-0ubuntu0.22.04.1", "8.0"),
            (Engine::MySql, "10.11.14-MariaDB-0+deb12u2", "10.11"),
        ] {
            assert_eq!(shown_version(engine, said), shown);
        }
    }
}
