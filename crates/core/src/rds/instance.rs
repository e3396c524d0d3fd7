//! What an instance of RDS is, as far as the deletion of its backup sets asks for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The engine of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// `MySQL`.
    MySql,
    /// `PostgreSQL`.
    PostgreSql,
    /// `MariaDB`.
    MariaDb,
    /// SQL Server.
    SqlServer,
}

/// The edition of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// One node.
    Basic,
    /// A primary and a secondary node.
    HighAvailability,
    /// More nodes.
    Cluster,
}

/// What an instance is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceKind {
    /// It stands for itself.
    Primary,
    /// It follows a primary one, and is read from.
    ReadOnly,
    /// It stands by in case of a disaster.
    Guard,
    /// It was made to look at a clone, for a time.
    Temporary,
}

/// An instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Its engine.
    pub engine: Engine,
    /// Its edition.
    pub edition: Edition,
    /// What it is to others.
    pub kind: InstanceKind,
    /// Whether its database answers.
    pub is_running: bool,
    /// Whether it is locked.
    pub is_locked: bool,
}

/// Whether the logs of an instance are backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogBackup {
    /// They are not.
    Off,
    /// They are, and are kept for so many days.
    On {
        /// How many.
        days: u16,
    },
}

/// What is backed up of an instance, and how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPolicy {
    /// How many days backup sets are kept.
    pub days: u16,
    /// And logs.
    pub log: LogBackup,
}

/// A backup set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupSet {
    /// It is being made.
    Running,
    /// It is complete or has failed.
    Ended {
        /// Since when.
        at: Timestamp,
    },
    /// It is complete, and a restore is reading it.
    InUse,
}
