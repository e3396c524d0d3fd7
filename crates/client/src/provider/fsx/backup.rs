//! One backup as FSx tells of it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::id::FsxBackupId;
use super::reply::unreadable;
use crate::provider::{Facts, Named, ProviderError, State};

/// One backup, as `DescribeBackups` tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FsxBackup {
    /// Its id.
    pub id: FsxBackupId,
    /// Its ARN.
    pub arn: Option<String>,
    /// Whoever made it: `AUTOMATIC`, `USER_INITIATED` or `AWS_BACKUP`.
    pub kind: String,
    /// Its state, in the service's words.
    pub lifecycle: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// How many bytes it holds.
    pub size: Option<u64>,
    /// Its tags, in the order in which they are told; nothing where none are told.
    pub tags: Option<Vec<(String, String)>>,
    /// What it is a backup of.
    pub file_system: FsxSource,
    /// The volume, if it is a backup of one.
    pub volume: Option<FsxSource>,
    /// Why it has failed.
    pub failure: Option<String>,
    /// The account that it belongs to.
    pub account: Option<String>,
}

/// A file system or a volume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FsxSource {
    /// Its id.
    pub id: Option<String>,
    /// Its ARN.
    pub arn: Option<String>,
    /// `WINDOWS`, `LUSTRE`, `ONTAP` or `OPENZFS`.
    pub kind: Option<String>,
}

/// Whoever made a backup that only AWS Backup deletes.
const AWS_BACKUP: &str = "AWS_BACKUP";

impl FsxBackup {
    /// Reads one of the `Backups` of a reply that was given in `region`.
    pub(super) fn read(told: &Value, region: &str) -> Result<Self, ProviderError> {
        let text = |of: &Value, name: &str| of.get(name)?.as_str().map(str::to_owned);
        let needed = |name: &str| {
            let told = text(told, name).filter(|text| !text.is_empty());
            told.ok_or_else(|| unreadable(&format!("a backup has no {name}")))
        };
        let source = |of: &Value, id: &str, kind: &str| FsxSource {
            id: text(of, id),
            arn: text(of, "ResourceARN"),
            kind: text(of, kind),
        };
        let id = needed("BackupId")?;
        let id: FsxBackupId =
            id.parse().map_err(|_| unreadable("a backup has an id that is none"))?;
        let arn = text(told, "ResourceARN");
        if let Some(arn) = &arn {
            check_arn(arn, &id, region)?;
        }
        let file_system = told.get("FileSystem").unwrap_or(&Value::Null);
        let account = arn.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
        let failure = told.get("FailureDetails").and_then(|details| text(details, "Message"));
        Ok(Self {
            kind: needed("Type")?,
            lifecycle: needed("Lifecycle")?,
            created: told.get("CreationTime").and_then(instant),
            size: told.get("SizeInBytes").and_then(Value::as_u64),
            tags: told.get("Tags").and_then(tags),
            file_system: source(file_system, "FileSystemId", "FileSystemType"),
            volume: told
                .get("Volume")
                .filter(|volume| volume.is_object())
                .map(|volume| source(volume, "VolumeId", "VolumeType")),
            failure,
            account: account.or_else(|| text(told, "OwnerId")),
            id,
            arn,
        })
    }

    /// Whether a vault of AWS Backup keeps it, so that FSx does not delete it.
    pub fn is_kept_by_vault(&self) -> bool {
        self.kind == AWS_BACKUP
    }

    /// The ARN by which AWS Backup knows what this is a backup of: the volume, or the file system.
    pub fn source_arn(&self) -> Option<&str> {
        let volume = self.volume.as_ref().and_then(|volume| volume.arn.as_deref());
        volume.or(self.file_system.arn.as_deref())
    }

    /// What matters of it to a deletion. One that is told to be DELETED is still there, or it
    /// would not be told.
    pub(super) fn named(self) -> Named {
        let state = if self.is_kept_by_vault() {
            State::Kept { source: self.source_arn().map(str::to_owned) }
        } else {
            match self.lifecycle.as_str() {
                "PENDING" | "CREATING" | "TRANSFERRING" | "COPYING" => State::Making,
                _ => State::Standing,
            }
        };
        let (status, kind) = (known(self.lifecycle), Some(known(self.kind)));
        let facts =
            Facts { state, status, created: self.created, size: self.size, kind, form: None };
        Named { name: self.id.into(), facts }
    }
}

/// A word of the service, which takes no room where it is one of those that are usual.
fn known(word: String) -> Cow<'static, str> {
    let usual = ["AVAILABLE", "USER_INITIATED", "AUTOMATIC", AWS_BACKUP];
    usual.into_iter().find(|it| *it == word).map_or(Cow::Owned(word), Cow::Borrowed)
}

/// The tags in a list of them; nothing if one of them cannot be read.
pub(super) fn tags(told: &Value) -> Option<Vec<(String, String)>> {
    let tag = |tag: &Value| {
        let text = |name: &str| tag.get(name)?.as_str().map(str::to_owned);
        Some((text("Key")?, text("Value")?))
    };
    told.as_array()?.iter().map(tag).collect()
}

/// Refuses what is told of a backup of another region, or under two names.
fn check_arn(arn: &str, id: &FsxBackupId, region: &str) -> Result<(), ProviderError> {
    let parsed: Result<FsxBackupId, _> = arn.parse();
    let Ok(named) = parsed else { return Err(unreadable("a backup has an ARN that is none")) };
    if named.as_str() != id.as_str() {
        return Err(unreadable("the id of a backup is not that of its ARN"));
    }
    let there = named.arn().map_or("", |arn| arn.region());
    if there == region { Ok(()) } else { Err(unreadable("it tells of another region")) }
}

/// A moment as the service tells it: seconds since 1970, which some write as text.
fn instant(told: &Value) -> Option<Timestamp> {
    if let Some(text) = told.as_str() {
        return text.parse().ok();
    }
    if let Some(seconds) = told.as_i64() {
        return Timestamp::from_second(seconds).ok();
    }
    let seconds = jiff::SignedDuration::try_from_secs_f64(told.as_f64()?).ok()?;
    Timestamp::UNIX_EPOCH.checked_add(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Class;
    use serde_json::json;

    const ARN: &str = "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0";

    const SOURCE: &str = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0";

    fn told() -> Value {
        json!({
            "BackupId": "backup-0123456789abcdef0", "ResourceARN": ARN, "Lifecycle": "AVAILABLE",
            "Type": "USER_INITIATED", "CreationTime": 1_700_000_000.25, "SizeInBytes": 5,
            "Tags": [{"Key": "a", "Value": "b"}],
            "FileSystem": {
                "FileSystemId": "fs-0123456789abcdef0", "FileSystemType": "WINDOWS",
                "ResourceARN": SOURCE,
            },
        })
    }

    #[test]
    fn what_a_listing_needs_is_read() {
        let backup = FsxBackup::read(&told(), "us-east-1").unwrap();
        assert_eq!((backup.id.as_str(), backup.arn.as_deref()), {
            ("backup-0123456789abcdef0", Some(ARN))
        });
        assert_eq!(backup.created.unwrap().to_string(), "2023-11-14T22:13:20.25Z");
        assert_eq!((backup.size, backup.account.as_deref()), (Some(5), Some("123456789012")));
        assert_eq!(backup.tags, Some(vec![("a".to_owned(), "b".to_owned())]));
        assert_eq!(backup.file_system.id.as_deref(), Some("fs-0123456789abcdef0"));
        assert!(backup.source_arn().unwrap().ends_with("file-system/fs-0123456789abcdef0"));
        assert_eq!(backup.named().facts.state, State::Standing);
    }

    #[test]
    fn a_moment_is_read_in_every_form_that_services_write() {
        for (told, expected) in [
            (json!(1_700_000_000), Some("2023-11-14T22:13:20Z")),
            (json!("2023-11-14T22:13:20Z"), Some("2023-11-14T22:13:20Z")),
            (json!(1e300), None),
            (json!("soon"), None),
            (json!(null), None),
        ] {
            assert_eq!(instant(&told).map(|it| it.to_string()).as_deref(), expected, "{told}");
        }
    }

    #[test]
    fn only_one_that_fsx_may_delete_stands() {
        for (kind, lifecycle, expected) in [
            ("USER_INITIATED", "AVAILABLE", State::Standing),
            ("AUTOMATIC", "FAILED", State::Standing),
            ("USER_INITIATED", "DELETED", State::Standing),
            ("USER_INITIATED", "CREATING", State::Making),
            ("USER_INITIATED", "COPYING", State::Making),
            ("AUTOMATIC", "SOMETHING_NEW", State::Standing),
        ] {
            let mut told = told();
            (told["Type"], told["Lifecycle"]) = (kind.into(), lifecycle.into());
            let facts = FsxBackup::read(&told, "us-east-1").unwrap().named().facts;
            assert_eq!((facts.state, &*facts.status), (expected, lifecycle));
        }
        let mut told = told();
        told["Type"] = "AWS_BACKUP".into();
        let facts = FsxBackup::read(&told, "us-east-1").unwrap().named().facts;
        let State::Kept { source: Some(source) } = facts.state else { panic!("{facts:?}") };
        assert!(source.ends_with("file-system/fs-0123456789abcdef0"));
    }

    #[test]
    fn what_does_not_say_which_backup_it_is_of_is_no_reply() {
        let other = "arn:aws:fsx:eu-west-1:123456789012:backup/backup-0123456789abcdef0";
        for (member, value) in [
            ("BackupId", json!(null)),
            ("BackupId", json!("backup-1")),
            ("BackupId", json!("backup-0123456789abcdef1")),
            ("Lifecycle", json!(null)),
            ("Type", json!("")),
            ("ResourceARN", json!(other)),
            ("ResourceARN", json!("x")),
        ] {
            let mut told = told();
            told[member] = value;
            let failure = FsxBackup::read(&told, "us-east-1").unwrap_err();
            assert_eq!(failure.class, Class::Lost, "{member}");
        }
    }
}
