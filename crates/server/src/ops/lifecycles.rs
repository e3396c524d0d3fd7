//! What becomes of a recovery point that stays: `UpdateRecoveryPointLifecycle`, and what would take
//! it out of a continuous or composite backup.

use std::convert::Infallible;

use jiff::Timestamp;
use sexton_core::{
    Association, Backup, BackupName, EventKind, InRealm, Lifecycle, Principal, VaultAction,
    VaultName, decide_lifecycle, refuse_disassociation,
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

    /// Refuses to take a recovery point out of what it could be a part of: here it is a part of
    /// nothing.
    pub async fn disassociate(
        &self,
        vault: &InRealm<VaultName>,
        name: &BackupName,
        from: Association,
        asked: (&Principal, Timestamp),
    ) -> Result<Infallible, OpsError> {
        let action = match from {
            Association::Continuous => VaultAction::DisassociateRecoveryPoint,
            Association::Parent => VaultAction::DisassociateRecoveryPointFromParent,
        };
        let found = self.asked_of(vault, name, action, asked).await?;
        Err(refuse_disassociation(&found.backup, from).into())
    }
}
