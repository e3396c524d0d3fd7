//! Tags of vaults and backups.

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupName, EventKind, Principal, Realm, ResourceArn, TagRefusal, Tags, Vault,
    VaultName,
};
use sexton_store::{Change, Expect, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

/// What carries tags.
enum Tagged {
    Vault(Vault, Expect),
    Point(Box<Backup>, Vec<Expect>),
}

impl Service {
    /// The tags of a vault or a backup.
    pub async fn tags(&self, realm: &Realm, arn: &ResourceArn) -> Result<Tags, OpsError> {
        Ok(match self.tagged(realm, arn).await? {
            Tagged::Vault(vault, _) => vault.tags,
            Tagged::Point(backup, _) => backup.tags,
        })
    }

    /// Lays tags over those that are there.
    pub async fn tag(
        &self,
        realm: &Realm,
        arn: &ResourceArn,
        tags: &Tags,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        self.change_tags(realm, arn, by, now, |mut before| {
            before.extend(tags.clone());
            before
        })
        .await
    }

    /// Removes the tags of these keys.
    pub async fn untag(
        &self,
        realm: &Realm,
        arn: &ResourceArn,
        keys: &[String],
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        self.change_tags(realm, arn, by, now, |mut before| {
            before.retain(|key, _| !keys.contains(key));
            before
        })
        .await
    }

    async fn change_tags(
        &self,
        realm: &Realm,
        arn: &ResourceArn,
        by: &Principal,
        now: Timestamp,
        change: impl Fn(Tags) -> Tags,
    ) -> Result<(), OpsError> {
        let change = &change;
        self.begin_realm(realm, by, now).await?;
        self.decide_again(|| async move {
            let refused = |refusal: TagRefusal| OpsError::Tags(refusal);
            let change = match self.tagged(realm, arn).await? {
                Tagged::Vault(vault, expect) => {
                    let kind = EventKind::VaultTagged { vault: vault.name.clone() };
                    let tags = sexton_core::check_tags(change(vault.tags)).map_err(refused)?;
                    let writes = vec![Write::PutVault(Vault { tags, ..vault })];
                    let event = Some(event(now, by, realm, kind));
                    Change { expects: vec![expect], writes, event, ..Change::default() }
                }
                // Nobody but the eraser changes what is being erased.
                Tagged::Point(backup, _) if backup.state.erasing().is_some() => {
                    return Err(OpsError::NoResource(arn.clone()));
                }
                Tagged::Point(backup, expects) => {
                    let kind = EventKind::BackupTagged { backup: backup.name.clone() };
                    let tags =
                        sexton_core::check_tags(change(backup.tags.clone())).map_err(refused)?;
                    let writes = vec![Write::PutBackup(Backup { tags, ..*backup })];
                    Change {
                        expects,
                        writes,
                        event: Some(event(now, by, realm, kind)),
                        ..Change::default()
                    }
                }
            };
            Ok(Decided::commit(change, ()))
        })
        .await
    }

    async fn tagged(&self, realm: &Realm, arn: &ResourceArn) -> Result<Tagged, OpsError> {
        let missing = || OpsError::NoResource(arn.clone());
        let vault = arn.resource().strip_prefix("backup-vault:");
        if let Some(name) = vault.filter(|_| arn.service() == "backup") {
            let name: VaultName = name.parse().map_err(|_| missing())?;
            // A vault of another region or account is missing here, like any other.
            if realm.vault_arn(&name) != arn.as_str() {
                return Err(OpsError::NoVault(name));
            }
            let found = self.vault(&realm.with(name)).await?;
            return Ok(Tagged::Vault(found.vault, found.expect));
        }
        if !arn.may_be_recovery_point() {
            return Err(missing());
        }
        let name: BackupName = arn.as_str().parse().map_err(|_| missing())?;
        let found = self.store.backup(&realm.with(name)).await?.ok_or(OpsError::NoBackup)?;
        Ok(Tagged::Point(Box::new(found.backup), found.expects))
    }
}
