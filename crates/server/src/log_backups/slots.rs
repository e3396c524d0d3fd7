//! Replication slots that are owed: databases are told to drop them until they say that they are
//! gone. A slot is forgotten then, and not before, unless somebody gives it up.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sexton_core::{InRealm, OwedSlot, Principal, ResourceArn, Source, chain, is_news, owed_wait};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::received_as;
use crate::databases::SlotOrder;
use crate::service::Service;

/// How long a stop waits for what is being dropped: it is written down, and the next start goes on.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// The tasks that have slots dropped, each of one slot.
#[derive(Debug, Default)]
pub(super) struct Drops(HashMap<(InRealm<ResourceArn>, u32), AbortOnDropHandle<()>>);

impl Drops {
    /// Sees to it that each slot that is owed has a task, but for those whose receiver has not
    /// ended.
    pub(super) fn reconcile(
        &mut self,
        service: &Arc<Service>,
        sources: &[Source],
        stop: &watch::Receiver<bool>,
        ends: impl Fn(&InRealm<ResourceArn>) -> bool,
    ) {
        self.0.retain(|_, work| !work.is_finished());
        let mut owed = 0;
        for source in sources {
            let key = source.key();
            for slot in source.offered.instance().map_or(&[][..], |it| &it.owed) {
                owed += 1;
                if ends(&key) {
                    continue;
                }
                self.0.entry((key.clone(), slot.number)).or_insert_with(|| {
                    let (service, key, stop) = (Arc::clone(service), key.clone(), stop.clone());
                    let work = give_back(service, key, slot.clone(), stop);
                    AbortOnDropHandle::new(tokio::spawn(work))
                });
            }
        }
        service.logs.owed.store(owed, Ordering::Relaxed);
    }

    /// Waits a little for what is being dropped.
    pub(super) async fn stop(self) {
        let all = async {
            for work in self.0.into_values() {
                if let Err(error) = work.await {
                    tracing::error!(%error, "the drop of a replication slot panicked");
                }
            }
        };
        drop(tokio::time::timeout(STOP_WAIT, all).await);
    }
}

/// Has one slot dropped, however often that fails.
async fn give_back(
    service: Arc<Service>,
    key: InRealm<ResourceArn>,
    slot: OwedSlot,
    mut stop: watch::Receiver<bool>,
) {
    let mut failures = 0;
    let mut said: Option<String> = None;
    while let Err(reason) = attempt(&service, &key, slot.number).await {
        failures += 1;
        let wait = owed_wait(failures);
        let last = said.as_deref().map(|said| (said, Duration::ZERO));
        if is_news(&reason, last) {
            tracing::warn!(
                instance = %key.name,
                since = %slot.since,
                database = slot.identity,
                reason,
                "a replication slot that nobody needs may fill the disk of its database: it is \
                 dropped once that can be reached. Drop it there, and give it up with `sexton \
                 source set ARN --forget-slots`, if that will never be"
            );
            said = Some(reason);
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => (),
            _ = stop.changed() => return,
        }
    }
    // Somebody counts them.
    service.logs.changed.notify_one();
}

/// Has a slot dropped, and forgets it; well if it is owed no more. While this lasts its instance
/// begins no receiver: that would want the slot.
async fn attempt(service: &Service, key: &InRealm<ResourceArn>, number: u32) -> Result<(), String> {
    let lock = service.logs.slot_of(key);
    let _held = lock.lock().await;
    let (source, _) = service.store.source(key).await.map_err(|error| chain(&error))?;
    let Some(database) = source.as_ref().and_then(|source| source.offered.instance()) else {
        return Ok(());
    };
    let Some(slot) = database.owed.iter().find(|slot| slot.number == number) else {
        return Ok(());
    };
    let kept = key.realm.with(database.id.owed_arn(number, &key.realm));
    let connection = service.settings(&kept).await?;
    let used = if database.may_use(slot) { Some(service.settings(key).await?) } else { None };
    let name = received_as(database.id.as_str(), &service.logs.mark);
    let (databases, identity) = (Arc::clone(&service.databases), slot.identity.clone());
    let work = move || {
        databases.drop_slot(&SlotOrder {
            connection: &connection,
            name: &name,
            identity: identity.as_deref(),
            used: used.as_ref().map(|used| used.as_str()),
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())??;
    let (by, now) = (Principal::server(), service.clock.now());
    let forgotten = service.forget_slots(key, Some(number), &by, now).await;
    forgotten.map_err(|error| chain(&error))?;
    tracing::info!(instance = %key.name, "the database keeps no replication slot any more");
    Ok(())
}
