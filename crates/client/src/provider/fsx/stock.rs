//! The backups of the file systems of a region, with all that a list tells of each.

use async_trait::async_trait;
use sexton_core::{Realm, Service};

use super::Fsx;
use super::backup::FsxBackup;
use super::reply::unasked;
use crate::list::{Entry, Narrow, Protection, Stock};
use crate::provider::{Listed, ProviderError};

/// All backups of a region that are to be listed.
#[derive(Debug, Clone)]
pub struct FsxStock(Fsx);

impl Fsx {
    /// Its backups, as a list shows them.
    pub fn stock(&self) -> FsxStock {
        FsxStock(self.clone())
    }
}

/// One backup as a list shows it.
fn entry(backup: FsxBackup, region: &str) -> Entry {
    let kept = backup.is_kept_by_vault().then_some(Protection::AwsBackup);
    Entry {
        service: Service::Fsx,
        region: region.to_owned(),
        vault: None,
        id: backup.id.as_str().to_owned(),
        source: backup.source_arn().map(str::to_owned),
        account: backup.account,
        file_system: backup.file_system.id,
        instance: None,
        kind: Some(backup.kind),
        state: Some(backup.lifecycle),
        created: backup.created,
        size: backup.size,
        tags: backup.tags.map(|tags| tags.into_iter().collect()),
        // FSx keeps no such time: a backup that it made by itself goes by the setting of its
        // file system.
        expires: None,
        protected_by: Some(kept.into_iter().collect()),
    }
}

#[async_trait]
impl Stock for FsxStock {
    fn name(&self) -> String {
        format!("the FSx backups of region {}", self.0.region())
    }

    /// Narrows nothing: the filter decides, and FSx finds no file system that was deleted.
    async fn page(
        &self,
        _narrow: &Narrow,
        token: Option<String>,
    ) -> Result<Listed<Entry>, ProviderError> {
        let page = self.0.list(None, token).await?;
        let items = page.items.into_iter().map(|backup| entry(backup, self.0.region()));
        Ok(Listed { items: items.collect(), next: page.next })
    }

    async fn tags(
        &self,
        entry: &Entry,
        token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        match &entry.account {
            Some(account) => {
                let realm = Realm::new(&*entry.region, &**account);
                self.0.tags(&realm.arn("fsx", &format!("backup/{}", entry.id)), token).await
            }
            None => Err(unasked("its account is not told, and so it has no ARN to ask by")),
        }
    }
}
