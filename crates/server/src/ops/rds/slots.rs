//! Replication slots that an instance owes: what a change of the instance makes of them is a part
//! of that change, so that a slot is either in use or written down.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Database, EventKind, InRealm, Looks, Offered, OwedSlot, Principal, Reached, ResourceArn,
    SameServer, ServerKnown, SlotChange, Source, SourceKind, slots_after,
};
use sexton_store::{Change, Sealed, StoreError, Write};
use zeroize::Zeroizing;

use super::instances::no_instance;
use crate::error::OpsError;
use crate::log_backups::received_as;
use crate::ops::decide::Decided;
use crate::service::{Service, event};

/// What an instance becomes, and how it is reached from then on, if that is said.
pub(super) struct Becomes<'a> {
    pub(super) database: &'a mut Database,
    pub(super) connection: Option<&'a Zeroizing<String>>,
}

/// A server, and how it is reached, as far as that is known.
struct Server {
    identity: Option<String>,
    address: Option<String>,
    connection: Option<Zeroizing<String>>,
}

impl Server {
    fn known(&self) -> ServerKnown<'_> {
        ServerKnown { identity: self.identity.as_deref(), address: self.address.as_deref() }
    }
}

impl Service {
    /// What has to be written of slots with a change of an instance at `now`. What it owes from
    /// then on is put into the instance.
    pub(super) async fn slot_writes(
        &self,
        before: Option<&Source>,
        becomes: Becomes<'_>,
        now: Timestamp,
    ) -> Result<Vec<Write>, OpsError> {
        let Becomes { database, connection } = becomes;
        let before = before.filter(|before| before.kind == SourceKind::Database);
        let Some((source, old)) = before.and_then(|it| Some((it, it.offered.instance()?))) else {
            return Ok(Vec::new());
        };
        if old.owed.is_empty() && !old.holds_slot() {
            return Ok(Vec::new());
        }
        let (realm, key) = (&source.realm, source.key());
        let was = self.server(old.identity.clone(), self.settings(&key).await.ok());
        let is = match connection {
            Some(new) => self.server(database.identity.clone(), Some(new.clone())),
            None => self.server(old.identity.clone(), was.connection.clone()),
        };
        let asks = connection.is_some();
        let renewed = match connection {
            Some(_) => Some(self.is_same(&was, &is, asks, &old.id).await),
            None => None,
        };
        let mut at_its_server = Vec::with_capacity(old.owed.len());
        for slot in &old.owed {
            let kept = realm.with(old.id.owed_arn(slot.number, realm));
            let at = self.server(slot.identity.clone(), self.settings(&kept).await.ok());
            at_its_server.push(self.is_same(&at, &is, asks, &old.id).await);
        }
        let number = u32::from_be_bytes(self.entropy.bytes());
        let at_its_server = &at_its_server[..];
        let change = SlotChange { before: old, after: database, renewed, at_its_server };
        let slots = slots_after(&change, number, now);
        database.owed = slots.owed;
        let kept_of = |number| realm.with(old.id.owed_arn(number, realm));
        let mut writes: Vec<Write> =
            slots.removed.into_iter().map(|number| Write::RemoveSecret(kept_of(number))).collect();
        if let Some((number, reached)) = slots.added {
            let (of, kept) = (
                kept_of(number),
                match reached {
                    Reached::AsBefore => was.connection,
                    Reached::AsFromNowOn => is.connection,
                },
            );
            // One that cannot be read is owed all the same, and whoever looks is told.
            if let Some(kept) = kept {
                let sealed = Sealed::of(&of, kept.as_bytes(), &*self.entropy);
                writes.push(Write::PutSecret(of, sealed.map_err(StoreError::NotDone)?));
            }
        }
        Ok(writes)
    }

    fn server(&self, identity: Option<String>, connection: Option<Zeroizing<String>>) -> Server {
        let address = connection.as_ref().and_then(|it| self.databases.address(it));
        Server { identity, address, connection }
    }

    /// Whether two servers are one. If it `asks`, those that may be are asked.
    async fn is_same(
        &self,
        old: &Server,
        new: &Server,
        asks: bool,
        id: &sexton_core::InstanceId,
    ) -> bool {
        match (old.known().is(new.known()), &old.connection, &new.connection) {
            (SameServer::Yes, _, _) => true,
            (SameServer::Ask, Some(old), Some(new)) if asks => {
                let (old, new) = (old.clone(), new.clone());
                let name = received_as(id.as_str(), &self.logs.mark);
                let databases = Arc::clone(&self.databases);
                let ask = move || databases.is_same_server(&old, &new, &name).unwrap_or(false);
                tokio::task::spawn_blocking(ask).await.unwrap_or(false)
            }
            (SameServer::Ask | SameServer::No, _, _) => false,
        }
    }

    /// Forgets slots that an instance owes, all of them if none is named: they are gone, or
    /// somebody gives them up. Gives how many went.
    pub async fn forget_slots(
        &self,
        key: &InRealm<ResourceArn>,
        which: Option<u32>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<usize, OpsError> {
        let decide = || async move {
            let (source, expect) = self.store.source(key).await?;
            let source = source.ok_or_else(|| no_instance(key.name.as_str()))?;
            let Some(database) = source.offered.instance() else {
                return Err(no_instance(key.name.as_str()));
            };
            let goes = |slot: &OwedSlot| which.is_none_or(|number| slot.number == number);
            let (going, owed): (Vec<_>, Vec<_>) = database.owed.iter().cloned().partition(goes);
            let count = going.len();
            if count == 0 {
                return Ok(Decided::Answer(0));
            }
            let kept = |number| key.realm.with(database.id.owed_arn(number, &key.realm));
            let removed = going.iter().map(|slot| Write::RemoveSecret(kept(slot.number)));
            let mut writes: Vec<Write> = removed.collect();
            let mut after = Database { owed, ..database.clone() };
            if after.detached.is_some() {
                // With the last of them it may go.
                after.looks = Looks { due: now, ..after.looks };
            }
            let kind = EventKind::SlotsGivenUp { source: source.arn.clone(), slots: going };
            let event = which.is_none().then(|| event(now, by, &source.realm, kind));
            writes.push(Write::PutSource(Source {
                offered: Offered::Instance(Box::new(after)),
                ..source
            }));
            let (expects, background) = (vec![expect], which.is_some());
            let change = Change { expects, writes, event, background, ..Change::default() };
            Ok::<_, OpsError>(Decided::commit(change, count))
        };
        let count = self.decide_again(decide).await?;
        self.due.notify_one();
        self.logs.changed.notify_one();
        Ok(count)
    }
}
