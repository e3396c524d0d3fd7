//! Backup jobs: how a backup is made.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tags::check;
use crate::{
    Backup, BackupArn, BackupId, BackupName, CreatedBy, Guard, InRealm, InVault, InvalidLifecycle,
    JobId, Keeper, Lifecycle, ObjectPrefix, Offered, Origin, ParseArnError, Realm, ResourceArn,
    ResourceType, RoleArn, RoleRefusal, SourceKind, State, TagRefusal, Tags, VaultName, Windows,
};

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupOrder {
    /// Where the backup is to be kept.
    pub vault: VaultName,
    /// What to back up.
    pub resource: ResourceArn,
    /// The role to do it with.
    pub role: RoleArn,
    /// A repeat of the same token starts nothing.
    pub idempotency_token: Option<String>,
    /// The lifecycle of the backup.
    pub lifecycle: Lifecycle,
    /// The tags of the backup.
    pub tags: Tags,
    /// How long it may wait and take.
    pub windows: Windows,
    /// The plan that gives it; nothing if somebody does.
    pub created_by: Option<Box<CreatedBy>>,
}

impl BackupOrder {
    /// One that nothing more is said of.
    pub fn new(vault: VaultName, resource: ResourceArn, role: RoleArn) -> Self {
        Self {
            vault,
            resource,
            role,
            idempotency_token: None,
            lifecycle: Lifecycle::default(),
            tags: Tags::new(),
            windows: Windows::default(),
            created_by: None,
        }
    }
}

/// One backup job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupJob {
    /// Its name.
    pub id: JobId,
    /// Where it is.
    pub realm: Realm,
    /// The vault that it writes to.
    pub vault: VaultName,
    /// The backup that it makes.
    pub backup: BackupName,
    /// What it backs up.
    pub resource: ResourceArn,
    /// The kind of that resource.
    pub resource_type: ResourceType,
    /// The role it runs with.
    pub role: RoleArn,
    /// When it was accepted.
    pub created: Timestamp,
    /// The lifecycle of its backup.
    pub lifecycle: Lifecycle,
    /// The tags that its backup was made with.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// How long it may wait and take, from when it was accepted.
    pub windows: Windows,
    /// The caller's token.
    pub idempotency_token: Option<String>,
    /// The plan that made it; nothing if somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Box<CreatedBy>>,
    /// What is being read.
    pub source: SourceKind,
    /// How far it is.
    pub state: BackupJobState,
}

impl BackupJob {
    /// What its backup is found by.
    pub fn backup_key(&self) -> InRealm<BackupName> {
        self.realm.with(self.backup.clone())
    }
}

/// How far a backup job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BackupJobState {
    /// It reads and stores.
    Running,
    /// It was told to stop and has not stopped yet.
    Aborting,
    /// It was stopped; its backup is being erased.
    Aborted {
        /// When.
        at: Timestamp,
        /// Why, in words for the caller.
        reason: String,
    },
    /// It did not begin within its start window; its backup is being erased.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Its backup is complete.
    Completed {
        /// When.
        at: Timestamp,
        /// Bytes of the resource.
        size_bytes: u64,
        /// What could not be read as it was, in words; empty if all was well.
        message: String,
    },
    /// It could not be done; its backup is being erased.
    Failed {
        /// When.
        at: Timestamp,
        /// Why, in words for the caller.
        reason: String,
    },
}

impl BackupJobState {
    /// When the job ended, if it has.
    pub fn ended(&self) -> Option<Timestamp> {
        match self {
            Self::Running | Self::Aborting => None,
            Self::Aborted { at, .. }
            | Self::Expired { at }
            | Self::Completed { at, .. }
            | Self::Failed { at, .. } => Some(*at),
        }
    }

    /// Why it made no backup, in words for the caller, if it says so.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Aborted { reason, .. } | Self::Failed { reason, .. } => Some(reason),
            Self::Running | Self::Aborting | Self::Expired { .. } | Self::Completed { .. } => None,
        }
    }
}

/// Why no backup was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupRefusal {
    /// AWS Backup has no such kind of resource.
    #[error("unsupported resource type: {resource}")]
    UnsupportedResource {
        /// The resource.
        resource: ResourceArn,
    },
    /// The server knows of no such resource.
    #[error("the resource {resource} is not registered; add it with `sexton source add`")]
    UnknownResource {
        /// The resource.
        resource: ResourceArn,
    },
    /// It is being made, or goes: what is read of it now would be half of it, or nothing.
    #[error("the resource {resource} is {state}; only what is AVAILABLE can be backed up")]
    NotAvailable {
        /// The resource.
        resource: ResourceArn,
        /// In what state it is.
        state: &'static str,
    },
    /// The vault takes copies alone.
    #[error("a logically air-gapped vault takes copies, and no backups")]
    AirGapped,
    /// The role cannot be used.
    #[error(transparent)]
    Role(#[from] RoleRefusal),
    /// The lifecycle contradicts itself.
    #[error(transparent)]
    Lifecycle(#[from] InvalidLifecycle),
    /// The tags are not acceptable.
    #[error(transparent)]
    Tags(#[from] TagRefusal),
    /// The token stands for another order.
    #[error(
        "token {token:?} is that of backup job {job}, of {resource} into vault {vault}: \
         the {differs} was another"
    )]
    TokenUsed {
        /// The token.
        token: String,
        /// The job that was started with it.
        job: JobId,
        /// What that job backs up.
        resource: ResourceArn,
        /// Where to.
        vault: VaultName,
        /// What the two orders differ in.
        differs: &'static str,
    },
}

/// Decides what a token answers that `first` was started with: that job, if `order` asks
/// for the same in everything. Otherwise a caller would believe in a backup that nobody made,
/// or that it is kept for as long, or found by the tags, that they asked for.
pub fn decide_backup_repeat(
    order: &BackupOrder,
    first: BackupJob,
) -> Result<BackupJob, BackupRefusal> {
    let BackupOrder { vault, resource, role, lifecycle, tags, windows, .. } = order;
    let differs = [
        ("vault", *vault != first.vault),
        ("resource", *resource != first.resource),
        ("role", *role != first.role),
        ("lifecycle", lifecycle.checked().as_ref() != Ok(&first.lifecycle)),
        ("set of tags", *tags != first.tags),
        ("start or completion window", *windows != first.windows),
    ];
    let Some((differs, _)) = differs.into_iter().find(|(_, differs)| *differs) else {
        return Ok(first);
    };
    let BackupJob { id: job, resource, vault, idempotency_token, .. } = first;
    let token = idempotency_token.unwrap_or_default();
    Err(BackupRefusal::TokenUsed { token, job, resource, vault, differs })
}

/// A backup that begins: what is written, all of it in one transaction with the
/// backup's new data key, before the first byte is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginBackup {
    /// The job.
    pub job: BackupJob,
    /// Its backup, in state [`State::Creating`].
    pub backup: Backup,
}

/// Decides whether `order` is taken, at `now`, for a resource that is read from
/// `source`, and offered as that. `random` is spent on names.
pub fn decide_backup(
    order: BackupOrder,
    source: Option<(SourceKind, Option<Offered>)>,
    role_status: crate::RoleStatus,
    realm: &Realm,
    now: Timestamp,
    random: [u8; 34],
) -> Result<BeginBackup, BackupRefusal> {
    let BackupOrder { vault, resource, role, lifecycle, tags, windows, .. } = order;
    let (idempotency_token, created_by) = (order.idempotency_token, order.created_by);
    let Some(resource_type) = resource.resource_type() else {
        return Err(BackupRefusal::UnsupportedResource { resource });
    };
    let Some((source, offered)) = source else {
        return Err(BackupRefusal::UnknownResource { resource });
    };
    if let Some(offered) = offered.as_ref().filter(|offered| !offered.is_available()) {
        let state = offered.state().name();
        return Err(BackupRefusal::NotAvailable { resource, state });
    }
    role_status.check(&role)?;
    let lifecycle = lifecycle.checked()?;
    check(&tags)?;

    let [job, prefix, name] = split_random(random);
    let id = JobId::new(now, first(job));
    let name = mint_backup_arn(realm, &resource, now, first(name))
        .map(BackupName::Arn)
        .map_err(|_| BackupRefusal::UnsupportedResource { resource: resource.clone() })?;
    let restore_metadata = restore_metadata(&resource, &source);
    let job = BackupJob {
        id,
        realm: realm.clone(),
        vault: vault.clone(),
        backup: name.clone(),
        resource: resource.clone(),
        resource_type: resource_type.clone(),
        role: role.clone(),
        created: now,
        lifecycle,
        tags: tags.clone(),
        windows,
        idempotency_token,
        created_by: created_by.clone(),
        source,
        state: BackupJobState::Running,
    };
    let keeper = Keeper::Vault(InVault {
        vault,
        role,
        lifecycle,
        resource_type,
        restore_metadata,
        created_by,
        request: None,
    });
    let backup = Backup {
        id: BackupId::of_job(id),
        realm: realm.clone(),
        name,
        source: resource,
        created: now,
        objects: ObjectPrefix::new(prefix),
        keeper,
        origin: Origin::Captured,
        offered: offered.map(Box::new),
        tags,
        problems: String::new(),
        state: State::Creating,
    };
    Ok(BeginBackup { job, backup })
}

/// Ten bytes for the job id, sixteen for the prefix, eight for the ARN, each at the
/// front of its own array.
pub(crate) fn split_random(random: [u8; 34]) -> [[u8; 16]; 3] {
    let mut parts = [[0; 16]; 3];
    let (job, rest) = random.split_at(10);
    let (prefix, name) = rest.split_at(16);
    for (part, bytes) in parts.iter_mut().zip([job, prefix, name]) {
        part.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    }
    parts
}

pub(crate) fn first<const N: usize>(bytes: [u8; 16]) -> [u8; N] {
    let mut part = [0; N];
    part.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    part
}

/// Names a backup of `resource` in the manner of its service: EBS snapshots
/// are `snapshot/snap-…` of EC2, FSx backups `backup/backup-…`, others are AWS Backup's own.
/// The names grow with time, which keeps neighbours in time neighbours on disk.
pub fn mint_backup_arn(
    realm: &Realm,
    resource: &ResourceArn,
    now: Timestamp,
    random: [u8; 8],
) -> Result<BackupArn, ParseArnError> {
    mint_arn(realm, resource, now, random, "job")
}

/// The same for a copy into a vault with this guard. Where the name tells of a job, it is that of
/// a copy job. What is in a logically air-gapped vault has a name of AWS Backup itself.
pub(crate) fn mint_copy_arn(
    realm: &Realm,
    guard: &Guard,
    resource: &ResourceArn,
    now: Timestamp,
    random: [u8; 8],
) -> Result<BackupArn, ParseArnError> {
    if guard.is_air_gapped() {
        let (short, random) = short_id(now, random);
        return recovery_point(realm, &short, random).parse();
    }
    mint_arn(realm, resource, now, random, "copyjob")
}

/// Letters that are unique among those of the same millisecond, and what they were made of.
fn short_id(now: Timestamp, random: [u8; 8]) -> (String, u64) {
    // 44 bits of milliseconds last until the year 2527.
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0) & 0xfff_ffff_ffff;
    let random = u64::from_be_bytes(random);
    (format!("{millis:011x}{:06x}", random & 0xff_ffff), random)
}

fn recovery_point(realm: &Realm, short: &str, random: u64) -> String {
    realm.arn("backup", &format!("recovery-point:{short}-{random:016x}"))
}

fn mint_arn(
    realm: &Realm,
    resource: &ResourceArn,
    now: Timestamp,
    random: [u8; 8],
    job: &str,
) -> Result<BackupArn, ParseArnError> {
    let (short, random) = short_id(now, random);
    let (partition, region) = (realm.partition(), &realm.region);
    let text = match (resource.service(), resource.resource()) {
        ("ec2", volume) if volume.starts_with("volume/") => {
            format!("arn:{partition}:ec2:{region}::snapshot/snap-{short}")
        }
        ("ec2", _) => format!("arn:{partition}:ec2:{region}::image/ami-{short}"),
        ("fsx", _) => realm.arn("fsx", &format!("backup/backup-{short}")),
        ("rds", name) if name.starts_with("cluster:") => {
            realm.arn("rds", &format!("cluster-snapshot:awsbackup:{job}-{short}"))
        }
        ("rds", _) => realm.arn("rds", &format!("snapshot:awsbackup:{job}-{short}")),
        ("dynamodb", table) if table.starts_with("table/") => {
            realm.arn("dynamodb", &format!("{table}/backup/{short}"))
        }
        _ => recovery_point(realm, &short, random),
    };
    text.parse()
}

fn restore_metadata(resource: &ResourceArn, source: &SourceKind) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::new();
    if let Some((_, id)) = resource.resource().split_once("file-system/") {
        metadata.insert("FileSystemId".to_owned(), id.to_owned());
    }
    let kind = match source {
        SourceKind::Fsx { .. } => "directory",
        SourceKind::Database => "database",
        SourceKind::Generated => "generated",
    };
    metadata.insert("sexton:source".to_owned(), kind.to_owned());
    metadata
}

/// Why a backup job was not stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopRefusal {
    /// It has ended.
    #[error("backup job {job} has already ended")]
    Ended {
        /// The job.
        job: JobId,
    },
}

/// Decides whether a backup job may be told to stop; telling it twice is harmless.
pub fn decide_stop(job: &BackupJob) -> Result<BackupJobState, StopRefusal> {
    match &job.state {
        BackupJobState::Running | BackupJobState::Aborting => Ok(BackupJobState::Aborting),
        BackupJobState::Aborted { .. }
        | BackupJobState::Expired { .. }
        | BackupJobState::Completed { .. }
        | BackupJobState::Failed { .. } => Err(StopRefusal::Ended { job: job.id }),
    }
}

/// Why a backup job that was accepted made no backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupLoss {
    /// It could not be done.
    Failed {
        /// Why, in words for the caller.
        reason: String,
    },
    /// It did not begin within its start window.
    NotStarted,
    /// It was not complete within its completion window.
    NotCompleted,
}

impl BackupLoss {
    /// What it is called in the audit trail.
    pub fn reason(&self) -> &str {
        match self {
            Self::Failed { reason } => reason,
            Self::NotStarted => "the backup did not start within its start window",
            Self::NotCompleted => "the backup was not complete within its completion window",
        }
    }
}

/// Decides how a job ends that made no backup; nothing if it has ended already. Whoever
/// told it to stop is answered before anything else.
pub fn decide_loss(job: &BackupJob, loss: &BackupLoss, at: Timestamp) -> Option<BackupJobState> {
    match (&job.state, loss) {
        (BackupJobState::Running, BackupLoss::Failed { reason }) => {
            Some(BackupJobState::Failed { at, reason: reason.clone() })
        }
        (BackupJobState::Running, BackupLoss::NotStarted) => Some(BackupJobState::Expired { at }),
        (BackupJobState::Running, BackupLoss::NotCompleted) => {
            Some(BackupJobState::Aborted { at, reason: loss.reason().to_owned() })
        }
        (
            BackupJobState::Aborting,
            BackupLoss::Failed { .. } | BackupLoss::NotStarted | BackupLoss::NotCompleted,
        ) => Some(BackupJobState::Aborted { at, reason: "the backup job was stopped".to_owned() }),
        (
            BackupJobState::Aborted { .. }
            | BackupJobState::Expired { .. }
            | BackupJobState::Completed { .. }
            | BackupJobState::Failed { .. },
            BackupLoss::Failed { .. } | BackupLoss::NotStarted | BackupLoss::NotCompleted,
        ) => None,
    }
}
