//! How the server reaches databases: a seam, so that tests and the simulator need none.

use std::fmt;

use sexton_core::Engine;

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

/// Databases that always answer, and of which nothing is read.
#[derive(Debug, Default)]
pub struct Imagined;

impl Databases for Imagined {
    fn describe(&self, _connection: &str) -> Result<Described, String> {
        Ok(Described { engine: Engine::MySql, version: "8.0".to_owned() })
    }
}
