//! Finds the vaults of AWS Backup that keep backups which another service shows.
//!
//! The service that shows such a backup does not say in which vault it is. AWS Backup tells all
//! recovery points of a resource, with their vaults. What could not be found out is said, and
//! keeps nobody from anything: the backup is refused either way.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::caller::Caller;
use crate::options::Options;
use crate::provider::aws_backup::AwsBackup;
use crate::stop::Stop;

/// The most pages that the recovery points of one resource are followed for.
const PAGES_MAX: u32 = 1000;

/// The vault that keeps a backup, or why that is not known.
pub type Keeper = Result<String, String>;

/// Finds the vault of each backup of `sources`, which has the ids of the backups (`backup-…`)
/// by the ARN of what they are backups of.
pub async fn keepers(
    backup: &AwsBackup,
    sources: &BTreeMap<String, Vec<String>>,
    options: &Options,
) -> HashMap<String, Keeper> {
    let (_handle, stop) = Stop::new();
    let caller = Caller::new(stop, options);
    let mut found = HashMap::new();
    for (source, ids) in sources {
        let unknown = match find(&caller, backup, source, ids, &mut found).await {
            Ok(()) => "AWS Backup has no recovery point of it".to_owned(),
            Err(cause) => cause,
        };
        for id in ids {
            found.entry(id.clone()).or_insert_with(|| Err(unknown.clone()));
        }
    }
    found
}

/// Reads the recovery points of `source` until all of `ids` are found, or there are no more.
async fn find(
    caller: &Caller,
    backup: &AwsBackup,
    source: &str,
    ids: &[String],
    found: &mut HashMap<String, Keeper>,
) -> Result<(), String> {
    let mut open: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let mut token = None;
    for _ in 0..PAGES_MAX {
        let ask = || backup.points_of(source, token.clone());
        let page = caller.look(ask).await.map_err(|failure| failure.to_string())?;
        for (arn, vault) in page.items {
            let id = arn.rsplit_once(":backup/").map_or("", |(_, id)| id);
            if open.remove(id) {
                found.insert(id.to_owned(), Ok(vault));
            }
        }
        if open.is_empty() || page.next.is_none() {
            return Ok(());
        }
        if page.next == token {
            break;
        }
        token = page.next;
    }
    Err("the listing of its recovery points does not end".to_owned())
}
