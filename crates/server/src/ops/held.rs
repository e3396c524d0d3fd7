//! Legal holds: placed, cancelled, forgotten.

use jiff::Timestamp;
use sexton_core::{
    EventKind, HOLDS_MAX, Hold, HoldId, HoldOrder, InRealm, NewHold, Principal, Realm,
    decide_cancel, decide_hold,
};
use sexton_store::{Change, Follow, Subject, Tally, Versioned, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// Places a legal hold, or answers with the one that the same request placed before. Once this
    /// returns, nothing that it is of is decided for deletion.
    pub async fn place_hold(
        &self,
        realm: &Realm,
        order: &HoldOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Hold, OpsError> {
        self.begin_realm(realm, by, now).await?;
        self.decide_again(|| async move {
            let holds = Subject::Holds(realm.clone());
            let reading = self.store.read(std::slice::from_ref(&holds), Follow::Nothing).await?;
            let id = HoldId::new(now, self.entropy.bytes());
            let hold = match decide_hold(order.clone(), &reading.holds(realm), realm, now, id)? {
                NewHold::Made(hold) => hold,
                NewHold::Repeated(hold) => return Ok(Decided::Answer(hold)),
            };
            let selection = hold.selection.clone();
            let change = Change {
                expects: reading.expects(),
                requires: vec![(Tally::Holds(realm.clone()), HOLDS_MAX)],
                writes: vec![Write::PutHold(hold.clone())],
                event: Some(event(now, by, realm, EventKind::HoldPlaced { hold: id, selection })),
                ..Change::default()
            };
            Ok(Decided::commit(change, hold))
        })
        .await
    }

    /// A legal hold.
    pub async fn hold(&self, key: &InRealm<HoldId>) -> Result<Versioned<Hold>, OpsError> {
        self.store.hold(key).await?.ok_or(OpsError::NoHold(key.name))
    }

    /// Cancels a legal hold. Its record is kept for so many days.
    pub async fn cancel_hold(
        &self,
        key: &InRealm<HoldId>,
        description: &str,
        record_days: Option<i64>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        self.decide_again(|| async move {
            let Versioned { value: hold, expect } = self.hold(key).await?;
            let kept = self.store.tally(&Tally::Holds(key.realm.clone())).await?;
            let description = description.to_owned();
            let hold = decide_cancel(hold, description, record_days, kept, now)?;
            let cancelled = EventKind::HoldCancelled { hold: hold.id };
            let change = Change {
                expects: vec![expect],
                writes: vec![Write::PutHold(hold)],
                event: Some(event(now, by, &key.realm, cancelled)),
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        })
        .await
    }
}
