//! How backup sets and log backups of an instance come to be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instance::{Engine, InstanceKind};
use super::{BackupSetNumber, Database, InstanceId, OWED_SLOTS_MAX, SetsRefusal};
use crate::{
    Backup, BackupId, BackupName, JobId, Keeper, Made, ObjectPrefix, Offered, Origin, Realm,
    ResourceArn, State, Tags,
};

/// Backup sets that somebody may ask for in a day.
pub const SETS_A_DAY_MAX: usize = 20;

/// Files that one run of log backups holds at the most.
pub const LOG_FILES_MAX: usize = 64;

/// What RDS says of a backup set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfInstance {
    /// Its instance.
    pub instance: InstanceId,
    /// Its id.
    pub set: BackupSetNumber,
    /// The id of the task that makes it.
    pub task: u32,
    /// Why it was made.
    pub made: Made,
    /// How.
    pub method: BackupMethod,
    /// The databases that it holds; all of them if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub databases: Vec<String>,
}

impl OfInstance {
    /// Looks whether the set can be restored like this: to a time after its own or not, into a
    /// database or as a folder. Log backups go on from the files of a database, and from nothing
    /// else.
    pub fn check_restore(&self, to_a_time: bool, into_database: bool) -> Result<(), RdsRefusal> {
        let why = match (self.method, to_a_time, into_database) {
            (BackupMethod::Physical, _, true) => {
                "is physical, which is the data folder of a database server: restore it into a \
                 new folder"
            }
            (BackupMethod::Logical, true, _) => {
                "is logical, and is restored as it is: for another time take a physical set"
            }
            (BackupMethod::Physical, _, false) | (BackupMethod::Logical, false, _) => {
                return Ok(());
            }
        };
        Err(RdsRefusal::Method { message: format!("backup set {} {why}", self.set) })
    }
}

/// How a set is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupMethod {
    /// The files of the database.
    Physical,
    /// What makes its tables again.
    Logical,
}

impl BackupMethod {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Physical => "Physical",
            Self::Logical => "Logical",
        }
    }
}

/// What RDS says of a run of log backups: whole files of the log, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfLog {
    /// The instance.
    pub instance: InstanceId,
    /// The id of the run.
    pub run: BackupSetNumber,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The life of the log that it is of: when that began. Older runs do not say it, and are of one
    /// life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<Timestamp>,
    /// The files, in the order of the log.
    pub files: Vec<LogFile>,
}

/// A whole file of the log of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// What the database calls it.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// From when on it tells, as far as that is known: the end of the one before it.
    pub from: Timestamp,
    /// Until when: when it was seen to be whole.
    pub until: Timestamp,
}

/// Why RDS does not do what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RdsRefusal {
    /// There is no such instance.
    #[error("there is no instance {id}")]
    NoInstance {
        /// Which.
        id: String,
    },
    /// Its database cannot be reached.
    #[error("the database of instance {id} cannot be reached: {why}")]
    NotRunning {
        /// Which.
        id: InstanceId,
        /// Why.
        why: String,
    },
    /// This is not done with an instance of its kind.
    #[error("read-only, disaster recovery and temporary instances have no backups of their own")]
    Kind,
    /// A backup set is being made.
    #[error("a backup set of instance {id} is being made")]
    BackupJobExists {
        /// Which.
        id: InstanceId,
    },
    /// Enough were asked for in a day.
    #[error("{SETS_A_DAY_MAX} backup sets were asked for within a day")]
    TooManyToday,
    /// Sets are not made this way.
    #[error("{message}")]
    Method {
        /// Why not.
        message: String,
    },
    /// Deletion of backup sets.
    #[error(transparent)]
    Sets(#[from] SetsRefusal),
    /// Too many databases were exchanged that may hold a replication slot still.
    #[error(
        "{OWED_SLOTS_MAX} databases may hold a replication slot for {name} still: have them \
         reached, or give them up with `sexton source set ARN --forget-slots`"
    )]
    SlotsOwed {
        /// The name of the instance, for people.
        name: String,
    },
    /// Backups are not kept for so long.
    #[error(
        "backups are kept for 7 to 730 days, and log backups ({log_days}) no longer than backup \
         sets ({days})"
    )]
    Retention {
        /// Of sets.
        days: u16,
        /// Of log backups.
        log_days: u16,
    },
}

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOrder {
    /// Why.
    pub made: Made,
    /// How; as the engine does it best if nothing is said.
    pub method: Option<BackupMethod>,
    /// The databases; all of them if none is named.
    pub databases: Vec<String>,
}

/// What a new backup set is decided from.
#[derive(Debug, Clone, Copy)]
pub struct SetFacts<'a> {
    /// The instance.
    pub database: &'a Database,
    /// Why its database cannot be reached, if it cannot.
    pub unreachable: Option<&'a str>,
    /// Sets that are being made.
    pub running: u64,
    /// Sets that somebody asked for within a day.
    pub today: usize,
}

/// Decides whether a backup set begins at `now`. `random` is spent on names.
pub fn decide_set(
    order: SetOrder,
    facts: SetFacts<'_>,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 38],
) -> Result<Backup, RdsRefusal> {
    let SetFacts { database, unreachable, running, today } = facts;
    match database.kind {
        InstanceKind::Primary => (),
        InstanceKind::ReadOnly | InstanceKind::Guard | InstanceKind::Temporary => {
            return Err(RdsRefusal::Kind);
        }
    }
    match database.engine {
        Engine::MySql | Engine::MariaDb | Engine::PostgreSql => (),
        Engine::SqlServer => {
            let message = "SQL Server is not backed up here".to_owned();
            return Err(RdsRefusal::Method { message });
        }
    }
    let method = order.method.unwrap_or(BackupMethod::Physical);
    if method == BackupMethod::Physical && !order.databases.is_empty() {
        let message = "a physical backup set holds every database: name none, or ask for a \
                       logical one"
            .to_owned();
        return Err(RdsRefusal::Method { message });
    }
    if let Some(why) = unreachable {
        return Err(RdsRefusal::NotRunning { id: database.id.clone(), why: why.to_owned() });
    }
    if running > 0 {
        return Err(RdsRefusal::BackupJobExists { id: database.id.clone() });
    }
    if order.made == Made::Asked && today >= SETS_A_DAY_MAX {
        return Err(RdsRefusal::TooManyToday);
    }
    let names = Names::of(random);
    let kept = OfInstance {
        instance: database.id.clone(),
        set: BackupSetNumber::mint(names.number),
        task: names.task,
        made: order.made,
        method,
        databases: order.databases,
    };
    let name = kept.set.name(&database.id, realm);
    Ok(names.backup(realm, database, (name, database.id.arn(realm)), Keeper::Instance(kept), now))
}

/// A run of log backups of these files, which begins at `now`.
pub fn log_run(
    database: &Database,
    files: Vec<LogFile>,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 38],
) -> Option<Backup> {
    let (first, last) = (files.first()?, files.last()?);
    let names = Names::of(random);
    let run = BackupSetNumber::mint(names.number);
    let (from, until) = (first.from, last.until);
    let (instance, life) = (database.id.clone(), database.log_life);
    let kept = OfLog { instance, run, from, until, life, files };
    let name = run.log_name(&database.id, realm);
    let source = database.id.log_arn(realm);
    Some(names.backup(realm, database, (name, source), Keeper::Log(kept), now))
}

/// What is drawn for a new backup.
struct Names {
    job: [u8; 10],
    prefix: [u8; 16],
    number: [u8; 8],
    task: u32,
}

impl Names {
    fn of(random: [u8; 38]) -> Self {
        let part = |from: usize, bytes: &mut [u8]| {
            bytes.iter_mut().zip(&random[from..]).for_each(|(to, from)| *to = *from);
        };
        let (mut job, mut prefix, mut number, mut task) = ([0; 10], [0; 16], [0; 8], [0; 4]);
        part(0, &mut job);
        part(10, &mut prefix);
        part(26, &mut number);
        part(34, &mut task);
        // Clients hold it in 31 bits.
        let task = (u32::from_be_bytes(task) & 0x7fff_ffff).max(1);
        Self { job, prefix, number, task }
    }

    fn backup(
        self,
        realm: &Realm,
        database: &Database,
        (name, source): (BackupName, ResourceArn),
        keeper: Keeper,
        now: Timestamp,
    ) -> Backup {
        Backup {
            id: BackupId::of_job(JobId::new(now, self.job)),
            realm: realm.clone(),
            name,
            source,
            created: now,
            objects: ObjectPrefix::new(self.prefix),
            keeper,
            origin: Origin::Captured,
            offered: Some(Box::new(Offered::Instance(Box::new(database.clone())))),
            tags: Tags::new(),
            problems: String::new(),
            state: State::Creating,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logical_set_has_no_other_time_and_a_physical_one_goes_into_no_database() {
        let check = |method, to_a_time, into_database| {
            let set = OfInstance {
                instance: "rm-abc0123456789defg".parse().unwrap(),
                set: "324909958".parse().unwrap(),
                task: 1,
                made: Made::Asked,
                method,
                databases: Vec::new(),
            };
            set.check_restore(to_a_time, into_database).map_err(|why| why.to_string())
        };
        for (method, to_a_time, into_database, says) in [
            (BackupMethod::Physical, false, false, None),
            (BackupMethod::Physical, true, false, None),
            (BackupMethod::Physical, false, true, Some("restore it into a new folder")),
            (BackupMethod::Physical, true, true, Some("restore it into a new folder")),
            (BackupMethod::Logical, false, false, None),
            (BackupMethod::Logical, false, true, None),
            (BackupMethod::Logical, true, false, Some("take a physical set")),
            (BackupMethod::Logical, true, true, Some("take a physical set")),
        ] {
            let found = check(method, to_a_time, into_database);
            let as_said = found.as_ref().err().map(|why| says.is_some_and(|it| why.contains(it)));
            assert_eq!(as_said, says.map(|_| true), "{method:?} {found:?}");
        }
    }
}
