//! Realms: begun with the first thing that is stored of them.

use jiff::Timestamp;
use sexton_core::{EventKind, Principal, REALMS_MAX, Realm};
use sexton_store::{Change, Expect, Generation, Subject, Tally, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// Has a realm begin with its vault `Default`, if it has one and has not begun. To be called
    /// before something of the realm is written.
    pub async fn begin_realm(
        &self,
        realm: &Realm,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        if self.realms.has_begun(realm) {
            return Ok(());
        }
        let Some(vault) = &self.realms.default_vault(realm) else { return Ok(()) };
        let decide = || async move {
            if self.store.list_realms().await?.contains(realm) {
                return Ok(Decided::Answer(()));
            }
            let subject = Subject::Vault(vault.key());
            let created = EventKind::VaultCreated { vault: vault.name.clone(), lock: None };
            let change = Change {
                expects: vec![Expect { subject, generation: Generation(0) }],
                requires: vec![self.room_for(realm).await?],
                writes: vec![Write::PutVault(vault.clone())],
                event: Some(event(now, by, realm, created)),
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        };
        let begun: Result<(), OpsError> = self.decide_again(decide).await;
        begun.inspect(|()| self.realms.note_begun(realm))
    }

    /// What a change requires that may be the first of its realm.
    pub(crate) async fn room_for(&self, realm: &Realm) -> Result<(Tally, u64), OpsError> {
        if !self.realms.has_begun(realm) {
            let full = self.store.tally(&Tally::Realms).await? >= REALMS_MAX;
            if full && !self.store.list_realms().await?.contains(realm) {
                return Err(OpsError::TooManyRealms);
            }
        }
        Ok((Tally::Realms, REALMS_MAX))
    }
}
