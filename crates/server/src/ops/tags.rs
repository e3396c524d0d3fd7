//! Tags of vaults, backups, backup plans, legal holds, file systems and volumes.

use jiff::Timestamp;
use sexton_core::{
    Access, Backup, BackupName, EventKind, FileSystemId, FsxBackupId, FsxRefusal, Hold, HoldId,
    InRealm, Plan, PlanChange, PlanId, Principal, Realm, ResourceArn, Source, State, TagKeys, Tags,
    Vault, VaultAction, VaultName,
};
use sexton_store::{Change, Expect, Follow, Subject, Versioned, Write};

use super::decide::Decided;
use crate::authorize::access;
use crate::error::OpsError;
use crate::service::{Service, event};

/// What carries tags.
enum Tagged {
    Vault(Vault, Expect),
    Plan(Box<Plan>, Expect),
    Hold(Box<Hold>, Expect),
    Backup(Box<Backup>, Vec<Expect>),
    Source(Box<Source>, Expect),
}

/// Whose tags are asked for: each service knows what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Vaults, backup plans, legal holds and recovery points.
    Backup,
    /// Backups, file systems and volumes.
    Fsx,
}

impl Service {
    /// The tags of what has this ARN.
    pub async fn tags(
        &self,
        door: Door,
        realm: &Realm,
        arn: &ResourceArn,
    ) -> Result<Tags, OpsError> {
        Ok(match self.tagged(door, realm, arn).await? {
            Tagged::Vault(vault, _) => vault.tags,
            Tagged::Plan(plan, _) => plan.tags,
            Tagged::Hold(hold, _) => hold.tags,
            Tagged::Backup(backup, _) => backup.tags,
            Tagged::Source(source, _) => source.offered.tags().clone(),
        })
    }

    /// The tags of what has this ARN, if there is such a thing, in the vault that is named.
    pub(crate) async fn tags_in(
        &self,
        door: Door,
        realm: &Realm,
        arn: &ResourceArn,
        vault: Option<&InRealm<VaultName>>,
    ) -> Result<Option<Tags>, OpsError> {
        match self.tagged(door, realm, arn).await {
            Ok(Tagged::Vault(vault, _)) => Ok(Some(vault.tags)),
            Ok(Tagged::Plan(plan, _)) => Ok(Some(plan.tags)),
            Ok(Tagged::Hold(hold, _)) => Ok(Some(hold.tags)),
            Ok(Tagged::Source(source, _)) => Ok(Some(source.offered.tags().clone())),
            Ok(Tagged::Backup(backup, _)) => {
                let kept = backup.in_vault().map(|kept| realm.with(kept.vault.clone()));
                let is_named = vault.is_none_or(|vault| kept.as_ref() == Some(vault));
                Ok(is_named.then_some(backup.tags))
            }
            Err(OpsError::Store(error)) => Err(error.into()),
            // Nothing that could be told apart here is told.
            Err(_) => Ok(None),
        }
    }

    /// Lays tags over those that are there.
    pub async fn tag(
        &self,
        door: Door,
        realm: &Realm,
        arn: &ResourceArn,
        tags: &Tags,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let what = (door, realm, arn, VaultAction::TagResource);
        self.change_tags(what, by, now, |mut before| {
            before.extend(tags.clone());
            before
        })
        .await
    }

    /// Removes the tags of these keys.
    pub async fn untag(
        &self,
        door: Door,
        realm: &Realm,
        arn: &ResourceArn,
        keys: &[String],
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let what = (door, realm, arn, VaultAction::UntagResource);
        self.change_tags(what, by, now, |mut before| {
            before.retain(|key, _| !keys.contains(key));
            before
        })
        .await
    }

    async fn change_tags(
        &self,
        (door, realm, arn, action): (Door, &Realm, &ResourceArn, VaultAction),
        by: &Principal,
        now: Timestamp,
        change: impl Fn(Tags) -> Tags,
    ) -> Result<(), OpsError> {
        let change = &change;
        let access = &access((by, now), realm, action);
        self.begin_realm(realm, by, now).await?;
        self.decide_again(|| async move {
            let (expects, write, kind) = match self.tagged(door, realm, arn).await? {
                Tagged::Vault(vault, expect) => {
                    let tags = &vault.tags;
                    let mut expects = self.check_tagger(access, &vault.key(), None, tags).await?;
                    expects.push(expect);
                    let (after, tags) = changed(tags, change)?;
                    let kind = EventKind::VaultTagged { vault: vault.name.clone(), tags };
                    (expects, Write::PutVault(Vault { tags: after, ..vault }), kind)
                }
                Tagged::Plan(plan, expect) => {
                    let (after, tags) = changed(&plan.tags, change)?;
                    let change = PlanChange::Tagged { tags };
                    let kind = EventKind::PlanChanged { plan: plan.id, change };
                    let write = Write::PutPlan(Box::new(Plan { tags: after, ..*plan }));
                    (vec![expect], write, kind)
                }
                Tagged::Hold(hold, expect) => {
                    let (after, tags) = changed(&hold.tags, change)?;
                    let kind = EventKind::HoldTagged { hold: hold.id, tags };
                    (vec![expect], Write::PutHold(Hold { tags: after, ..*hold }), kind)
                }
                // Nobody but the eraser changes what is being erased.
                Tagged::Backup(backup, _) if backup.state.erasing().is_some() => {
                    return Err(OpsError::NoResource(arn.clone()));
                }
                Tagged::Source(source, expect) => {
                    let mut source = *source;
                    let (after, tags) = changed(source.offered.tags(), change)?;
                    *source.offered.tags_mut() = after;
                    let (of, snapshots, locked) = (source.arn.clone(), None, None);
                    let kind = EventKind::SourceChanged { source: of, snapshots, locked, tags };
                    (vec![expect], Write::PutSource(source), kind)
                }
                Tagged::Backup(backup, mut expects) => {
                    // Through FSx too: its tags are what the policy of the vault may go by.
                    if let Some(kept) = backup.in_vault() {
                        let vault = realm.with(kept.vault.clone());
                        let (point, tags) = (Some(&backup.name), &backup.tags);
                        expects.extend(self.check_tagger(access, &vault, point, tags).await?);
                    }
                    let (after, tags) = changed(&backup.tags, change)?;
                    let kind = EventKind::BackupTagged { backup: backup.name.clone(), tags };
                    (expects, Write::PutBackup(Backup { tags: after, ..*backup }), kind)
                }
            };
            let event = Some(event(now, by, realm, kind));
            let change = Change { expects, writes: vec![write], event, ..Change::default() };
            Ok(Decided::commit(change, ()))
        })
        .await
    }

    /// Refuses if the policy of the vault denies to change the tags of a recovery point in it, or
    /// its own. Gives what the commit is to expect of that.
    async fn check_tagger(
        &self,
        access: &Access<'_>,
        vault: &InRealm<VaultName>,
        point: Option<&BackupName>,
        tags: &Tags,
    ) -> Result<Vec<Expect>, OpsError> {
        let subject = Subject::Guard(vault.clone());
        let reading = self.store.read(std::slice::from_ref(&subject), Follow::Nothing).await?;
        let guard = reading.guard(vault);
        match point {
            Some(point) => access.check_point(&guard, point, Some(tags))?,
            None => access.check_vault(&guard, &vault.name, Some(tags))?,
        }
        Ok(reading.expects())
    }

    async fn tagged(
        &self,
        door: Door,
        realm: &Realm,
        arn: &ResourceArn,
    ) -> Result<Tagged, OpsError> {
        match door {
            Door::Backup => self.tagged_of_backup(realm, arn).await,
            Door::Fsx => self.tagged_of_fsx(realm, arn).await,
        }
    }

    /// What is of another realm is not there: an ARN is the name of one thing.
    async fn tagged_of_fsx(&self, realm: &Realm, arn: &ResourceArn) -> Result<Tagged, OpsError> {
        let missing = || FsxRefusal::ResourceNotFound { arn: arn.clone() };
        if FileSystemId::of(arn).is_some() {
            let (source, expect) = self.store.source(&realm.with(arn.clone())).await?;
            let source = source.ok_or_else(missing)?;
            return Ok(Tagged::Source(Box::new(source), expect));
        }
        let name: BackupName = arn.as_str().parse().map_err(|_| missing())?;
        FsxBackupId::of(&name).ok_or_else(missing)?;
        let found = self.store.backup(&realm.with(name)).await?;
        let shown = found.filter(|found| !matches!(found.backup.state, State::Deleting { .. }));
        let found = shown.ok_or_else(missing)?;
        Ok(Tagged::Backup(Box::new(found.backup), found.expects))
    }

    async fn tagged_of_backup(&self, realm: &Realm, arn: &ResourceArn) -> Result<Tagged, OpsError> {
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
        if let Some(id) = PlanId::of_arn(arn.as_str(), realm) {
            let found = self.store.plan(&realm.with(id)).await?;
            let found = found.filter(|found| found.value.deleted.is_none());
            let Versioned { value, expect } = found.ok_or_else(missing)?;
            return Ok(Tagged::Plan(Box::new(value), expect));
        }
        if let Some(id) = HoldId::of_arn(arn.as_str(), realm) {
            let found = self.store.hold(&realm.with(id)).await?;
            let Versioned { value, expect } = found.ok_or_else(missing)?;
            return Ok(Tagged::Hold(Box::new(value), expect));
        }
        if !arn.may_be_recovery_point() {
            return Err(missing());
        }
        let name: BackupName = arn.as_str().parse().map_err(|_| missing())?;
        let found = self.store.backup(&realm.with(name)).await?;
        let kept = found.filter(|found| found.backup.in_vault().is_some());
        let found = kept.ok_or(OpsError::NoBackup)?;
        Ok(Tagged::Backup(Box::new(found.backup), found.expects))
    }
}

/// The tags that a change makes of these, and which of them it is about.
fn changed(before: &Tags, change: impl Fn(Tags) -> Tags) -> Result<(Tags, TagKeys), OpsError> {
    let after = sexton_core::check_tags(change(before.clone())).map_err(OpsError::Tags)?;
    let keys = TagKeys::between(before, &after);
    Ok((after, keys))
}
