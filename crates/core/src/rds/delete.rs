//! When RDS lets backup sets go.
//!
//! [`deletable`] is what `DescribeBackups` shows as `StoreStatus` and what `DeleteBackup` asks of
//! each set: they cannot differ. The age of a set counts from its end, the later of the two moments
//! that the documentation could mean.

use jiff::{SignedDuration, Timestamp};

use super::instance::{
    BackupPolicy, BackupSet, Edition, Engine, Instance, InstanceKind, LogBackup,
};

/// Backup sets that one call deletes at the most.
pub const SETS_MAX: usize = 100;

/// How old a set is at least where logs are not backed up.
const DAYS_WITHOUT_LOGS: u16 = 7;

/// Why a backup set may not go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undeletable {
    /// Sets of this engine stay.
    #[error("only backup sets of MySQL and PostgreSQL can be deleted")]
    Engine,
    /// Sets of this edition stay.
    #[error("only backup sets of the High-availability Edition can be deleted")]
    Edition,
    /// It is being made.
    #[error("the backup set is being made")]
    Running,
    /// It is being read.
    #[error("the backup set is being restored")]
    InUse,
    /// Logs are kept for as long as sets are.
    #[error(
        "log backups are kept for {log_days} days and backup sets for {days}: sets can be deleted \
         while logs are kept for a shorter time than sets"
    )]
    LogsAsLong {
        /// How long logs are kept.
        log_days: u16,
        /// And sets.
        days: u16,
    },
    /// It is not old enough.
    #[error("the backup set is too young: it can be deleted after {after}")]
    TooYoung {
        /// The last moment at which it stays.
        after: Timestamp,
    },
}

/// Why `DeleteBackup` deletes nothing of what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetsRefusal {
    /// No set is named.
    #[error("no backup set is named")]
    NothingAsked,
    /// Too many are named.
    #[error("{count} backup sets are more than {SETS_MAX}")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// The sets of such an instance stay.
    #[error("backup sets of read-only, disaster recovery and temporary instances stay")]
    Kind,
    /// The instance is locked.
    #[error("the instance is locked")]
    Locked,
    /// The engine or edition is none whose sets can be deleted.
    #[error(transparent)]
    Unsupported(Undeletable),
    /// The instance does not run.
    #[error("the instance is not running")]
    NotRunning,
    /// The instance has no such set.
    #[error("the instance has no backup set {id}")]
    NoSet {
        /// Which.
        id: String,
    },
    /// A set may not go.
    #[error("backup set {id} stays: {why}")]
    Stays {
        /// Which.
        id: String,
        /// Why.
        why: Undeletable,
    },
}

/// Sets of such an instance can be deleted, whatever their age.
fn supported(instance: Instance) -> Result<(), Undeletable> {
    match instance.engine {
        Engine::MySql | Engine::PostgreSql => (),
        Engine::MariaDb | Engine::SqlServer => return Err(Undeletable::Engine),
    }
    match instance.edition {
        Edition::HighAvailability => Ok(()),
        Edition::Basic | Edition::Cluster => Err(Undeletable::Edition),
    }
}

/// The moment after which a set may go that ended at `ended`, as the policy is now.
pub fn deletable_after(policy: &BackupPolicy, ended: Timestamp) -> Result<Timestamp, Undeletable> {
    let days = match policy.log {
        LogBackup::Off => DAYS_WITHOUT_LOGS,
        LogBackup::On { days } if days < policy.days => days,
        LogBackup::On { days } => {
            return Err(Undeletable::LogsAsLong { log_days: days, days: policy.days });
        }
    };
    let age = SignedDuration::from_hours(24 * i64::from(days));
    // Beyond the end of time nothing is old enough.
    Ok(ended.checked_add(age).unwrap_or(Timestamp::MAX))
}

/// Whether a set of this instance may go at `now`.
pub fn deletable(
    instance: &Instance,
    policy: &BackupPolicy,
    set: &BackupSet,
    now: Timestamp,
) -> Result<(), Undeletable> {
    supported(*instance)?;
    let ended = match set {
        BackupSet::Ended { at } => *at,
        BackupSet::Running => return Err(Undeletable::Running),
        BackupSet::InUse => return Err(Undeletable::InUse),
    };
    let after = deletable_after(policy, ended)?;
    if now > after { Ok(()) } else { Err(Undeletable::TooYoung { after }) }
}

/// Decides about all the sets that one call names, which `find` knows those of the instance: all
/// of them go, or none does. Gives each once, in the order in which they were named first.
pub fn decide_delete_sets<'a>(
    instance: &Instance,
    policy: &BackupPolicy,
    asked: &'a [String],
    find: impl Fn(&str) -> Option<BackupSet>,
    now: Timestamp,
) -> Result<Vec<&'a str>, SetsRefusal> {
    match instance.kind {
        InstanceKind::Primary => (),
        InstanceKind::ReadOnly | InstanceKind::Guard | InstanceKind::Temporary => {
            return Err(SetsRefusal::Kind);
        }
    }
    if asked.is_empty() {
        return Err(SetsRefusal::NothingAsked);
    }
    // One that is named twice counts twice here.
    if asked.len() > SETS_MAX {
        return Err(SetsRefusal::TooMany { count: asked.len() });
    }
    if instance.is_locked {
        return Err(SetsRefusal::Locked);
    }
    supported(*instance).map_err(SetsRefusal::Unsupported)?;
    if !instance.is_running {
        return Err(SetsRefusal::NotRunning);
    }
    let mut going: Vec<&str> = Vec::with_capacity(asked.len());
    for id in asked {
        let set = find(id).ok_or_else(|| SetsRefusal::NoSet { id: id.clone() })?;
        deletable(instance, policy, &set, now)
            .map_err(|why| SetsRefusal::Stays { id: id.clone(), why })?;
        if !going.contains(&id.as_str()) {
            going.push(id);
        }
    }
    Ok(going)
}
