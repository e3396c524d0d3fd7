//! Instances as they are offered: databases that somebody registered.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::instance::{BackupPolicy, Edition, Engine, Instance, InstanceKind, LogBackup};
use super::schedule::{Looks, Schedule, Weekdays};
use super::{InstanceId, OwedSlot, RdsRefusal};
use crate::{Backup, BackupName, JobId, Keeper, Tags};

/// How many days backup sets and log backups are kept: from, and to.
const DAYS: std::ops::RangeInclusive<u16> = 7..=730;

/// An instance of RDS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Its id.
    pub id: InstanceId,
    /// Its engine.
    pub engine: Engine,
    /// The version of that, as the API shows it.
    pub version: String,
    /// Its edition.
    pub edition: Edition,
    /// What it is to others.
    pub kind: InstanceKind,
    /// The instance that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<InstanceId>,
    /// For people.
    pub description: String,
    /// What is backed up, and how long that is kept.
    pub policy: BackupPolicy,
    /// When it is backed up by itself.
    pub schedule: Schedule,
    /// Where the looks at it stand.
    pub looks: Looks,
    /// Restores that read its backup sets, each of which is a use of one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<SetRestore>,
    /// Replication slots that its databases may hold still for log backups that are over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<OwedSlot>,
    /// What tells its database from others, as it was said when it was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// When the present life of its log began: what was received since has no hole that nobody
    /// can see. Nothing if log backup was on before this was kept, and never off since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_life: Option<Timestamp>,
    /// Whether somebody has locked it, so that nobody asks for the deletion of its sets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
    /// Since when it is registered no more, and only its backups are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detached: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

impl Database {
    /// What the deletion of its sets asks for.
    pub fn facts(&self, is_running: bool) -> Instance {
        let Self { engine, edition, kind, locked, .. } = *self;
        Instance { engine, edition, kind, is_running, is_locked: locked }
    }

    /// Refuses a database that is not the one that was registered: its sets would be mixed with
    /// those of the other. One of which nothing was known is taken as it is.
    pub fn check_identity(&self, seen: Option<&str>) -> Result<(), String> {
        let Some(known) = self.identity.as_deref().filter(|known| seen != Some(*known)) else {
            return Ok(());
        };
        let seen = seen.unwrap_or("one that does not say which");
        Err(format!(
            "another database answers at its address ({seen}) than the one that was registered \
             ({known}): give it its own name, or register it with `sexton source add` as {name} \
             again to go on with it",
            name = self.description
        ))
    }

    /// Begins a new life of its log at `now`: what comes does not go on from what was received.
    pub fn begin_log_life(&mut self, now: Timestamp) {
        const MOMENT: SignedDuration = SignedDuration::from_nanos(1);
        // Lives are told from each other, and put in their order, by when they began.
        let after = self.log_life.and_then(|before| before.checked_add(MOMENT).ok());
        self.log_life = Some(after.map_or(now, |after| after.max(now)));
    }

    /// Whether a set that was made by itself, or a run of log backups, has been kept for as long
    /// as it should be at `now`. Sets that somebody asked for are kept as long as the others.
    pub fn is_over(&self, backup: &Backup, now: Timestamp) -> bool {
        let (days, since) = match (&backup.keeper, self.policy.log) {
            (Keeper::Instance(_), _) => (self.policy.days, backup.created),
            (Keeper::Log(kept), LogBackup::On { days }) => (days, kept.until),
            // Logs are not backed up any more: what there is goes as sets go.
            (Keeper::Log(kept), LogBackup::Off) => (self.policy.days, kept.until),
            (Keeper::Vault(_) | Keeper::FileSystem(_), _) => return false,
        };
        now.duration_since(since) >= SignedDuration::from_hours(24 * i64::from(days))
    }
}

/// A restore that reads a backup set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRestore {
    /// The restore.
    pub job: JobId,
    /// What it reads: the set, and runs of log backups.
    pub reads: Vec<BackupName>,
    /// The new folder that it makes, if it makes one: what a crash leaves of it is beside that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What a caller changes of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// How many days backup sets are kept.
    pub days: Option<u16>,
    /// Whether logs are backed up.
    pub log: Option<bool>,
    /// How many days log backups are kept.
    pub log_days: Option<u16>,
    /// On which days sets are made.
    pub weekdays: Option<Weekdays>,
    /// From and to which minute of the day.
    pub window: Option<(u16, u16)>,
}

/// Decides about a change of the policy of an instance at `now`.
pub fn decide_policy(
    database: &Database,
    change: &PolicyChange,
    now: Timestamp,
) -> Result<Database, RdsRefusal> {
    match database.kind {
        InstanceKind::Primary => (),
        InstanceKind::ReadOnly | InstanceKind::Guard | InstanceKind::Temporary => {
            return Err(RdsRefusal::Kind);
        }
    }
    let before = database.policy;
    let days = change.days.unwrap_or(before.days);
    let (was_on, log_before) = match before.log {
        LogBackup::Off => (false, days),
        LogBackup::On { days } => (true, days),
    };
    let log_days = change.log_days.unwrap_or(log_before);
    // Days of log backups that nobody makes mean nothing.
    let log = if change.log.unwrap_or(was_on) {
        LogBackup::On { days: log_days }
    } else {
        LogBackup::Off
    };
    let is_too_long = matches!(log, LogBackup::On { days: log_days } if log_days > days);
    if !DAYS.contains(&days) || !DAYS.contains(&log_days) || is_too_long {
        return Err(RdsRefusal::Retention { days, log_days });
    }
    let (from_minute, to_minute) =
        change.window.unwrap_or((database.schedule.from_minute, database.schedule.to_minute));
    let days_of_week = change.weekdays.unwrap_or(database.schedule.days);
    let schedule = Schedule { days: days_of_week, from_minute, to_minute };
    let moved = schedule != database.schedule;
    // What is kept is looked at at once; a window that has begun already is not caught up with.
    let settled = if moved { now } else { database.looks.settled };
    let looks = Looks { due: now, settled };
    let policy = BackupPolicy { days, log };
    let mut changed = Database { policy, schedule, looks, ..database.clone() };
    // Nobody knows what became of the database while nobody looked.
    if !was_on && matches!(log, LogBackup::On { .. }) {
        changed.begin_log_life(now);
    }
    Ok(changed)
}
