//! `UpdateRecoveryPointLifecycle`.

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupName, EventKind, InRealm, Lifecycle, Principal, VaultAction, VaultName,
    decide_lifecycle,
};
use sexton_store::{Change, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// Gives a recovery point another lifecycle, unless the policy of its vault or a lock is
    /// against it.
    pub async fn change_lifecycle(
        &self,
        vault: &InRealm<VaultName>,
        name: &BackupName,
        wanted: Lifecycle,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Backup, OpsError> {
        self.decide_again(|| async move {
            let action = VaultAction::UpdateRecoveryPointLifecycle;
            let found = self.asked_of(vault, name, action, (by, now)).await?;
            let backup = decide_lifecycle(found.backup, &found.guard, wanted, now)?;
            let lifecycle = backup.in_vault().map(|kept| kept.lifecycle).unwrap_or_default();
            let changed = EventKind::LifecycleChanged { backup: name.clone(), lifecycle };
            let change = Change {
                expects: found.expects,
                writes: vec![Write::PutBackup(backup.clone())],
                event: Some(event(now, by, &vault.realm, changed)),
                ..Change::default()
            };
            Ok(Decided::commit(change, backup))
        })
        .await
    }
}
