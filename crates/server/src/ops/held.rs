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
            let is_kept = hold.cancelled.as_ref().is_some_and(|end| end.kept_until > now);
            let mut writes = vec![Write::PutHold(hold)];
            if !is_kept {
                writes.push(Write::RemoveHold(key.clone()));
            }
            let change = Change {
                expects: vec![expect],
                writes,
                event: Some(event(now, by, &key.realm, cancelled)),
                ..Change::default()
            };
            Ok::<_, OpsError>(Decided::commit(change, ()))
        })
        .await?;
        self.tell_released();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sexton_core::{Selection, Tags};

    use super::*;

    /// Whoever places and cancels holds all the time keeps nobody from placing one: a record that
    /// is not to be kept goes with the hold, and not when the scheduler finds it.
    #[tokio::test]
    async fn a_record_that_is_not_kept_takes_no_room() {
        let service = Service::in_memory();
        let (realm, by) = (&Realm::new("us-east-1", "123456789012"), &Principal::server());
        let (title, now) = ("case".to_owned(), Timestamp::UNIX_EPOCH);
        let order = HoldOrder {
            description: title.clone(),
            title,
            token: None,
            selection: Selection::default(),
            tags: Tags::new(),
        };
        for (days, left) in [(0, 0), (1, 1), (0, 1)] {
            let hold = service.place_hold(realm, &order, by, now).await.unwrap();
            service.cancel_hold(&hold.key(), "settled", Some(days), by, now).await.unwrap();
            let tally = Tally::Holds(realm.clone());
            assert_eq!(service.store.tally(&tally).await.unwrap(), left);
        }
    }
}
