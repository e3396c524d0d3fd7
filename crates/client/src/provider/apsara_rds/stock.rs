//! The backup sets of an instance, with all that a list tells of each.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sexton_core::Service;

use super::RdsSets;
use super::set::RdsBackupSet;
use crate::list::{Entry, Narrow, Protection, Stock};
use crate::provider::{Listed, ProviderError};

/// All backup sets of an instance that are to be listed.
#[derive(Debug, Clone)]
pub struct RdsStock(RdsSets);

impl RdsSets {
    /// The sets, as a list shows them.
    pub fn stock(&self) -> RdsStock {
        RdsStock(self.clone())
    }
}

/// One set as a list shows it.
fn entry(set: RdsBackupSet, instance: &str, region: &str) -> Entry {
    let protected_by = set
        .deletable
        .map(|deletable| if deletable { Vec::new() } else { vec![Protection::StoreStatus] });
    Entry {
        service: Service::ApsaraRds,
        account: None,
        region: region.to_owned(),
        vault: None,
        file_system: None,
        instance: Some(instance.to_owned()),
        id: set.id,
        source: Some(instance.to_owned()),
        kind: set.mode,
        state: Some(set.status),
        created: set.begun,
        size: set.size,
        // A set has none.
        tags: Some(BTreeMap::new()),
        // RDS does not tell: it goes by the policy of the instance as it is then.
        expires: None,
        protected_by,
    }
}

#[async_trait]
impl Stock for RdsStock {
    fn name(&self) -> String {
        format!("instance {}", self.0.id.as_str())
    }

    /// Narrows nothing: the filter decides.
    async fn page(
        &self,
        _narrow: &Narrow,
        token: Option<String>,
    ) -> Result<Listed<Entry>, ProviderError> {
        let Listed { items, next } = self.0.page(token.as_deref()).await?;
        let (instance, region) = (self.0.id.as_str(), self.0.rds.region());
        let items = items.into_iter().map(|set| entry(set, instance, region)).collect();
        Ok(Listed { items, next })
    }

    /// None: a set has no tags.
    async fn tags(
        &self,
        _entry: &Entry,
        _token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        Ok(Listed { items: Vec::new(), next: None })
    }
}
