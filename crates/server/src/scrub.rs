//! Looks whether the data folder of a server that is stopped is whole, and changes nothing
//! that is stored.
//!
//! Metadata and objects know of each other: every object is named by a row, and every row
//! of a backup that can be restored has its objects. What is not so is a [`Finding`]; what
//! to do about it is for a person to decide. The memory is that of the list of backups.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

use sexton_core::{
    Backup, BackupName, Database, InRealm, JobId, ObjectPrefix, Source, State, chain, counted,
    plain,
};
use sexton_data::blobs::{BlobError, Blobs, Owner};
use sexton_data::restore::open_all;
use sexton_data::seal::ObjectName;
use sexton_store::sqlite::ReadOnly;

use crate::log_backups::FOLDER;
use crate::stopped::{self, StoppedError};

mod spool;

/// Why nothing was looked at.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// The data folder is not opened.
    #[error(transparent)]
    Folder(#[from] StoppedError),
    /// The blobs.
    #[error("the blob folder cannot be opened")]
    Blobs(#[source] BlobError),
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A page of the database is damaged.
    Database(String),
    /// Objects that no backup names.
    Orphan {
        /// What the backup would be called in the blob folder.
        backup: String,
        /// How many objects.
        objects: usize,
        /// How long they are together.
        bytes: u64,
    },
    /// An object that is not there.
    Missing {
        /// Of which backup.
        backup: BackupName,
        /// Its name.
        object: String,
    },
    /// An object in the place of a backup that is none of its own.
    Stray {
        /// Of which backup.
        backup: BackupName,
        /// Its name.
        object: String,
    },
    /// A backup that cannot be opened.
    Damaged {
        /// Which.
        backup: BackupName,
        /// Why.
        reason: String,
    },
    /// A part of the blob folder that cannot be looked at.
    Unreadable {
        /// The first two digits of the backups in it.
        shard: String,
        /// Why.
        reason: String,
    },
    /// Something in the folder of logs that wait to be backed up.
    Spool {
        /// Where, in that folder.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(words) => write!(f, "the database is damaged: {words}"),
            Self::Orphan { backup, objects, bytes } => {
                let (objects, bytes) = (counted(*objects, "object"), counted(*bytes, "byte"));
                write!(f, "blobs/{backup}: {objects}, {bytes}, of no known backup")
            }
            Self::Missing { backup, object } => write!(f, "{backup}: object {object} is missing"),
            Self::Stray { backup, object } => write!(f, "{backup}: {object} is no object of it"),
            Self::Damaged { backup, reason } => write!(f, "{backup}: cannot be opened: {reason}"),
            Self::Unreadable { shard, reason } => write!(f, "blobs/{shard}: {reason}"),
            Self::Spool { entry, reason } => write!(f, "{FOLDER}/{}: {reason}", plain(entry)),
        }
    }
}

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Backups, in whatever state.
    pub backups: u64,
    /// Objects.
    pub objects: u64,
    /// Bytes of the objects.
    pub bytes: u64,
    /// Backups that were opened from their first byte to their last.
    pub opened: u64,
    /// Findings.
    pub findings: u64,
}

/// What the metadata says of one backup.
struct Known {
    backup: InRealm<BackupName>,
    job: JobId,
    /// How many objects it has; nothing while it is made or erased.
    objects: Option<u64>,
}

/// Looks at the data folder `folder`, and hands out what it finds. With `read_data` every
/// backup is opened to its end as well, which takes as long as reading all of them.
pub async fn scrub(
    folder: &Path,
    read_data: bool,
    mut found: impl FnMut(&Finding),
) -> Result<Looked, ScrubError> {
    let (store, blobs) = open(folder)?;
    let mut looked = Looked::default();
    let mut note = |finding: Finding| found(&finding);
    for words in store.check_pages().map_err(StoppedError::Metadata)? {
        looked.findings += 1;
        note(Finding::Database(words));
    }
    let mut instances = BTreeSet::new();
    let mut keep = |source: Source| instances.extend(source.offered.instance().map(instance_of));
    store.each_source(&mut keep).map_err(StoppedError::Metadata)?;
    for finding in spool::look(folder, &instances) {
        looked.findings += 1;
        note(finding);
    }
    let mut known = HashMap::new();
    store.each_backup(|backup| known.extend([entry(&backup)])).map_err(StoppedError::Metadata)?;
    looked.backups = u64::try_from(known.len()).unwrap_or(u64::MAX);
    for shard in 0..=u8::MAX {
        let held = match blobs.holdings(shard).await {
            Ok(held) => held,
            Err(error) => {
                let shard = format!("{shard:02x}");
                known.retain(|prefix, _| !prefix.starts_with(&shard));
                looked.findings += 1;
                note(Finding::Unreadable { shard, reason: error.words() });
                continue;
            }
        };
        for (backup, objects) in held {
            let bytes = objects.values().sum::<u64>();
            looked.objects += u64::try_from(objects.len()).unwrap_or(u64::MAX);
            looked.bytes = looked.bytes.saturating_add(bytes);
            let Some(known) = known.remove(&backup) else {
                let backup = format!("{shard:02x}/{backup}");
                looked.findings += 1;
                note(Finding::Orphan { backup, objects: objects.len(), bytes });
                continue;
            };
            let mut wrong = compare(&known, &objects);
            let whole = !wrong.iter().any(|it| matches!(it, Finding::Missing { .. }));
            if read_data && whole && known.objects.is_some() {
                match opens(&store, &blobs, &known, &backup).await {
                    None => looked.opened += 1,
                    Some(damaged) => wrong.push(damaged),
                }
            }
            looked.findings += u64::try_from(wrong.len()).unwrap_or(u64::MAX);
            wrong.into_iter().for_each(&mut note);
        }
    }
    for known in known.into_values() {
        let wrong = compare(&known, &BTreeMap::new());
        looked.findings += u64::try_from(wrong.len()).unwrap_or(u64::MAX);
        wrong.into_iter().for_each(&mut note);
    }
    Ok(looked)
}

fn instance_of(database: &Database) -> String {
    database.id.to_string()
}

/// Opens what a server would, and changes nothing: it may all be read-only.
fn open(folder: &Path) -> Result<(ReadOnly, Blobs), ScrubError> {
    let store = stopped::look_at(folder)?;
    let blobs = stopped::part(folder, "blobs")?;
    let owner = Owner { store: *store.identity().as_bytes(), has_backups: true };
    let blobs = Blobs::local(&blobs, owner).map_err(ScrubError::Blobs)?;
    Ok((store, blobs))
}

fn entry(backup: &Backup) -> (String, Known) {
    let objects = match &backup.state {
        State::Completed { content } | State::Expired { content, .. } => Some(content.objects),
        State::Creating | State::Deleting { .. } | State::Failed { .. } => None,
    };
    (backup.objects.to_string(), Known { backup: backup.key(), job: backup.id.job(), objects })
}

/// What is missing of a backup that has its objects, and what is too much.
fn compare(known: &Known, held: &BTreeMap<String, u64>) -> Vec<Finding> {
    let Some(count) = known.objects else { return Vec::new() };
    let segments = (1..u32::try_from(count).unwrap_or(u32::MAX)).map(ObjectName::Segment);
    let wanted = std::iter::once(ObjectName::Manifest).chain(segments);
    let wanted: BTreeSet<String> = wanted.map(|name| name.to_string()).collect();
    let backup = || known.backup.name.clone();
    let missing = wanted.iter().filter(|name| !held.contains_key(*name));
    let missing =
        missing.map(|object| Finding::Missing { backup: backup(), object: object.clone() });
    let stray = held.keys().filter(|name| !wanted.contains(*name));
    let stray = stray.map(|object| Finding::Stray { backup: backup(), object: object.clone() });
    missing.chain(stray).collect()
}

/// Opens a backup from its first byte to its last; nothing if all of it is authentic.
async fn opens(store: &ReadOnly, blobs: &Blobs, known: &Known, backup: &str) -> Option<Finding> {
    let damaged =
        |reason: String| Some(Finding::Damaged { backup: known.backup.name.clone(), reason });
    let Ok(prefix) = ObjectPrefix::try_from(backup.to_owned()) else {
        return damaged("its prefix is none".to_owned());
    };
    match store.data_key(&known.backup) {
        Ok(Some(key)) => {
            let opened = open_all(known.job, &prefix, &key, blobs).await;
            opened.err().and_then(|error| damaged(chain(&error)))
        }
        Ok(None) => damaged("its key is not there".to_owned()),
        Err(error) => damaged(chain(&*error)),
    }
}
