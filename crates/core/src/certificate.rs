//! What is claimed of a deletion once key and bytes are gone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Backup, BackupName, Epoch, Erasure, JobId, Keeper, ObjectPrefix, OfInstance, OfLog, Realm,
    ResourceArn,
};

/// What is claimed of one deletion, as a leaf of the log of certificates.
///
/// It speaks of two moments and keeps them apart: when the data key became
/// unrecoverable for everybody, and when the objects were seen to be absent.
///
/// The object prefix is 128 random bits, so the hash of a statement, which is what a
/// published log shows, cannot be found by guessing what the statement says. What may name a
/// person is not in it: it commits to that, and the rest can be forgotten ([`Detail`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of this statement's form.
    pub version: u32,
    /// The erasure job.
    pub job: JobId,
    /// Where the backup was: its name is unique there.
    pub realm: Realm,
    /// The backup that is gone.
    pub backup: BackupName,
    /// Who kept it.
    pub kept: Kept,
    /// What had been backed up.
    pub source: ResourceArn,
    /// When the backup had been made.
    pub created: Timestamp,
    /// Bytes that the backup held before compression; absent for a failed capture.
    pub size_bytes: Option<u64>,
    /// Why it was deleted.
    pub why: Why,
    /// When it was asked for, if something kept the backup then; absent if it was decided when it
    /// was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Timestamp>,
    /// When it was decided.
    pub decided: Timestamp,
    /// What was looked at before, and unchanged when the decision was committed: nothing of
    /// it protected the backup, or there would be no certificate.
    pub protections_checked: Vec<Protection>,
    /// Copies of the backup that this server knew of when it was decided.
    pub known_copies: u64,
    /// For a backup set: log backups that covered its data when that was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_backups: Option<LogCover>,
    /// How it was done.
    pub method: Method,
    /// The epoch whose root key was destroyed.
    pub epoch: Epoch,
    /// When the destruction of that root key was durable.
    pub key_destroyed: Timestamp,
    /// Where its objects were.
    pub objects: ObjectPrefix,
    /// How many objects the eraser is known to have removed. One that went right before a
    /// crash may be missing here; `verified_absent` speaks of all of them.
    pub objects_removed: u64,
    /// How they were seen to be absent.
    pub absence: Absence,
    /// When that was.
    pub verified_absent: Timestamp,
    /// What nothing is said about.
    pub out_of_scope: Vec<OutOfScope>,
    /// What may name a person, by hashes: nothing is said of what is not here.
    pub commitments: Commitments,
}

/// What a certificate says of people and places. A log cannot forget, so its leaf has only a
/// hash of it and of a random salt; the text and the salt are kept beside the log, until
/// somebody wants them forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Who decided the deletion.
    DecidedBy,
    /// Who answers for it.
    Operator,
    /// Where the server stands.
    Place,
    /// How confidential the data were.
    Categorization,
}

impl Detail {
    /// Its word, as in certificates.
    pub fn name(self) -> &'static str {
        match self {
            Self::DecidedBy => "decided_by",
            Self::Operator => "operator",
            Self::Place => "place",
            Self::Categorization => "categorization",
        }
    }
}

/// The SHA-256 of a salt and a text, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(pub String);

/// What a certificate commits to.
pub type Commitments = BTreeMap<Detail, Commitment>;

/// The epoch whose end made a data key unrecoverable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Which.
    pub epoch: Epoch,
    /// When the destruction of its root key was durable.
    pub at: Timestamp,
}

/// Who kept a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Which service: by its rules it was allowed to go.
    pub service: KeepingService,
    /// The vault, file system or instance of that service.
    pub by: String,
}

impl Kept {
    fn by(keeper: &Keeper) -> Self {
        match keeper {
            Keeper::Vault(kept) => {
                Self { service: KeepingService::Backup, by: kept.vault.to_string() }
            }
            Keeper::FileSystem(kept) => {
                Self { service: KeepingService::Fsx, by: kept.file_system.to_string() }
            }
            Keeper::Instance(OfInstance { instance, .. }) | Keeper::Log(OfLog { instance, .. }) => {
                Self { service: KeepingService::Rds, by: instance.to_string() }
            }
        }
    }
}

/// A service that keeps backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepingService {
    /// AWS Backup, in a vault.
    Backup,
    /// Amazon FSx, with a file system.
    Fsx,
    /// `ApsaraDB` RDS, with an instance.
    Rds,
}

/// Why a backup is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Somebody asked for it.
    Asked,
    /// Its backup job failed or was stopped, and what it had stored goes.
    FailedBackup,
    /// Its lifecycle has ended.
    Lifecycle,
    /// Its retention has ended.
    Retention,
    /// It went with its file system.
    FileSystemDeleted,
}

impl Why {
    /// Its word, as in certificates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::FailedBackup => "failed_backup",
            Self::Lifecycle => "lifecycle",
            Self::Retention => "retention",
            Self::FileSystemDeleted => "file_system_deleted",
        }
    }
}

/// Something that can protect a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Its own state, and the restores that read it.
    StateAndUses,
    /// Its vault and what that protects.
    Vault,
    /// The role that it was made with.
    Role,
    /// The legal holds of its account and region.
    LegalHolds,
    /// The snapshots that it was made of.
    Snapshots,
    /// Its instance, and how long that keeps backup sets and log backups.
    Instance,
}

/// Log backups that could make the data of a deleted backup set again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogCover {
    /// How many runs of log backups there were when the deletion was decided.
    pub runs: u64,
    /// From when on they tell.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When the last of these goes, if they are kept for as long as they were to be then.
    pub kept_until: Timestamp,
}

/// How a backup was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// What was done.
    pub name: MethodName,
    /// What its bytes were sealed with, as of then; absent if that is not known.
    pub sealed: Option<Sealing>,
    /// What its key was destroyed with, as of then; absent if that is not known.
    pub destroyed: Option<Destruction>,
}

/// What was done to a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodName {
    /// The key was destroyed, then the sealed bytes were removed, and seen to be absent.
    CryptographicEraseThenRemovalAndVerifiedAbsence,
}

/// What seals backups. Without a validated module this is no *Purge* in the sense of NIST
/// SP 800-88.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealing {
    /// The program.
    pub tool: String,
    /// The algorithm.
    pub algorithm: String,
    /// The length of its keys.
    pub key_bits: u32,
    /// The cryptographic module.
    pub module: String,
    /// Whether that module is validated by FIPS 140 as it was used.
    pub fips_validated: bool,
}

/// What keeps and destroys the root of all keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destruction {
    /// The program.
    pub tool: String,
    /// Where the root is kept, and how it is destroyed there.
    pub root_provider: String,
    /// The type of the file system under it.
    pub root_file_system: String,
}

/// What a server was made of, from one start until the next that is made of something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Means {
    /// From when on.
    pub since: Timestamp,
    /// What it seals with.
    pub sealing: Sealing,
    /// What it destroys keys with.
    pub destruction: Destruction,
}

/// How objects are seen to be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// After the last removal was durable, a listing from the start showed none.
    ListedFromTheStart,
}

/// What a certificate says nothing about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScope {
    /// What a restore wrote.
    RestoredCopies,
    /// Log backups that cover the same data.
    LogRuns,
    /// Copies of the root key that somebody took before it was destroyed.
    OldCopiesOfTheRoot,
    /// Snapshots of the disks under the server.
    DiskSnapshots,
    /// What flash memory keeps of blocks that were overwritten.
    Flash,
}

impl OutOfScope {
    /// All of it.
    pub const ALL: [Self; 5] = [
        Self::RestoredCopies,
        Self::LogRuns,
        Self::OldCopiesOfTheRoot,
        Self::DiskSnapshots,
        Self::Flash,
    ];
}

impl Certificate {
    /// The version of the statement that this code writes.
    pub const VERSION: u32 = 1;

    /// Certifies the erasure of `backup`, whose objects were seen to be absent at `now`, and
    /// the key of which left the ring in the epoch that `ended`. `means` are those of the
    /// server since it exists, in the order of time; `commitments` are to what it says of
    /// people and places.
    pub fn of(
        backup: &Backup,
        erasing: &Erasure,
        ended: Ended,
        now: Timestamp,
        means: &[Means],
        commitments: Commitments,
    ) -> Self {
        let at = |instant| means.iter().rev().find(|means| means.since <= instant);
        let Ended { epoch, at: key_destroyed } = ended;
        Self {
            version: Self::VERSION,
            job: erasing.job,
            realm: backup.realm.clone(),
            backup: backup.name.clone(),
            kept: Kept::by(&backup.keeper),
            source: backup.source.clone(),
            created: backup.created,
            size_bytes: backup.state.content().map(|content| content.size_bytes),
            why: erasing.why,
            asked: erasing.asked,
            decided: erasing.decided,
            protections_checked: erasing.checked.clone(),
            known_copies: erasing.known_copies,
            log_backups: erasing.log_backups.as_deref().cloned(),
            method: Method {
                name: MethodName::CryptographicEraseThenRemovalAndVerifiedAbsence,
                sealed: at(backup.created).map(|means| means.sealing.clone()),
                destroyed: at(key_destroyed).map(|means| means.destruction.clone()),
            },
            epoch,
            key_destroyed,
            objects: backup.objects.clone(),
            objects_removed: erasing.removed,
            absence: Absence::ListedFromTheStart,
            verified_absent: now,
            out_of_scope: OutOfScope::ALL.to_vec(),
            commitments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BackupId, InVault, Principal};

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn means(since: i64, version: &str) -> Means {
        let tool = version.to_owned();
        Means {
            since: second(since),
            sealing: Sealing {
                tool: tool.clone(),
                algorithm: "AES-256-GCM".to_owned(),
                key_bits: 256,
                module: "module".to_owned(),
                fips_validated: false,
            },
            destruction: Destruction {
                tool,
                root_provider: "file".to_owned(),
                root_file_system: "ext4".to_owned(),
            },
        }
    }

    #[test]
    fn a_certificate_names_what_sealed_and_what_destroyed_and_not_what_signs() {
        let source: ResourceArn = "arn:aws:fsx:r:1:file-system/fs-1".parse().unwrap();
        let by = Principal("tester".to_owned());
        let erasing = Erasure {
            checked: vec![Protection::StateAndUses],
            ..Erasure::begin(JobId::from_bytes([1; 16]), second(24), by, Why::FailedBackup)
        };
        let backup = Backup {
            id: BackupId::of_job(JobId::from_bytes([2; 16])),
            realm: Realm::new("r", "1"),
            name: "arn:aws:backup:r:1:recovery-point:a".parse().unwrap(),
            keeper: Keeper::Vault(InVault {
                vault: "gold".parse().unwrap(),
                role: "arn:aws:iam::1:role/backup".parse().unwrap(),
                lifecycle: crate::Lifecycle::default(),
                resource_type: source.resource_type().unwrap(),
                restore_metadata: BTreeMap::new(),
                created_by: None,
                request: None,
            }),
            source,
            created: second(15),
            objects: ObjectPrefix::new([7; 16]),
            origin: crate::Origin::Captured,
            offered: None,
            tags: crate::Tags::new(),
            problems: String::new(),
            state: crate::State::Creating,
        };
        let ended = Ended { epoch: Epoch(3), at: second(25) };
        let all = [means(10, "first"), means(20, "second"), means(30, "third")];
        let certify = |means: &[Means]| {
            Certificate::of(&backup, &erasing, ended, second(35), means, Commitments::new())
        };
        let certificate = certify(&all);
        assert_eq!(certificate.method.sealed.unwrap().tool, "first");
        assert_eq!(certificate.method.destroyed.unwrap().tool, "second");
        assert_eq!(certificate.why, Why::FailedBackup);
        assert_eq!(certificate.protections_checked, [Protection::StateAndUses]);
        assert_eq!(certify(&all[1..]).method.sealed, None, "what is not known is not guessed");
    }
}
