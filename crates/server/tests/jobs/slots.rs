//! Replication slots that are owed: written down with what makes them so, dropped however long that
//! takes, and taken back.

use std::sync::Arc;

use sexton_core::{Edition, Engine, EventKind, InstanceKind, OWED_SLOTS_MAX, OwedSlot, Source};
use sexton_server::OpsError;
use sexton_server::ops::rds::InstanceOrder;
use sexton_server::scheduler::Scheduler;

use crate::bench::{Bench, by, realm};
use crate::logs::{Asked, beside, receiving, until, with_logs};

const FIRST: &str = "engine = \"postgresql\"";

impl Bench {
    /// Registers a database that is reached in this way.
    pub(crate) async fn add(&self, name: &str, connection: &str) -> Source {
        self.add_as(name, connection, None).await
    }

    pub(crate) async fn add_as(
        &self,
        name: &str,
        connection: &str,
        identity: Option<&str>,
    ) -> Source {
        self.try_add(name, connection, identity).await.unwrap()
    }

    pub(crate) async fn try_add(
        &self,
        name: &str,
        connection: &str,
        identity: Option<&str>,
    ) -> Result<Source, OpsError> {
        let order = InstanceOrder {
            name: name.to_owned(),
            engine: Engine::PostgreSql,
            version: "15.0".to_owned(),
            edition: Edition::HighAvailability,
            kind: InstanceKind::Primary,
            primary: None,
            identity: identity.map(str::to_owned),
            connection: connection.to_owned().into(),
        };
        let now = self.service.clock.now();
        self.service.add_instance(&order, &by(), &realm(), now).await
    }
}

async fn source(bench: &Bench, of: &Source) -> Option<Source> {
    bench.service.store.source(&of.key()).await.unwrap().0
}

async fn owed(bench: &Bench, of: &Source) -> Vec<OwedSlot> {
    let source = source(bench, of).await;
    source.map(|it| it.offered.instance().unwrap().owed.clone()).unwrap_or_default()
}

/// How the database of a slot is reached, as it is kept.
async fn kept(bench: &Bench, of: &Source, slot: &OwedSlot) -> Option<String> {
    let arn = of.offered.instance().unwrap().id.owed_arn(slot.number, &realm());
    let secret = bench.service.store.secret(&realm().with(arn)).await.unwrap();
    secret.map(|secret| String::from_utf8(secret.to_vec()).unwrap())
}

async fn remove(bench: &Bench, of: &Source) {
    let now = bench.service.clock.now();
    bench.service.detach_instance(&of.key(), &by(), now).await.unwrap();
}

/// Waits until no slot is owed, which nobody knows at once.
async fn none_is_owed(bench: &Bench, of: &Source) {
    until(|| bench.service.logs.owed() == 0).await;
    while !owed(bench, of).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_slot_is_dropped_by_the_next_start_though_the_server_was_killed_at_once() {
    for removes in [false, true] {
        let (bench, of, _) = with_logs(&Arc::default()).await;
        // Nobody is there to drop it.
        if removes {
            remove(&bench, &of).await;
        } else {
            bench.logs(of.offered.id(), false).await;
        }
        let asked = Arc::<Asked>::default();
        let bench = receiving(bench.restarted(), &asked);
        let slots = owed(&bench, &of).await;
        assert_eq!(kept(&bench, &of, &slots[0]).await.as_deref(), Some(FIRST));
        beside(&bench, async {
            assert_eq!(asked.dropped(1).await, [FIRST]);
            none_is_owed(&bench, &of).await;
        })
        .await;
        assert_eq!(kept(&bench, &of, &slots[0]).await, None, "the password is of no use any more");
        assert_eq!(asked.dropped.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_slot_is_tried_until_it_is_gone_and_its_instance_stays_for_so_long() {
    let asked = Arc::<Asked>::default();
    let (bench, of, _) = with_logs(&asked).await;
    *asked.keeps.lock().unwrap() = Some("nobody answers");
    beside(&bench, async {
        asked.received(1).await;
        remove(&bench, &of).await;
        asked.dropped(2).await;
        assert_eq!(bench.service.logs.owed(), 1);
    })
    .await;
    Scheduler::default().look(&bench.service).await;
    assert_eq!(owed(&bench, &of).await.len(), 1, "nothing else is left of it, and it stays");
    let before = asked.dropped.lock().unwrap().len();
    beside(&bench, async {
        asked.dropped(before + 1).await;
        *asked.keeps.lock().unwrap() = None;
        none_is_owed(&bench, &of).await;
    })
    .await;
    Scheduler::default().look(&bench.service).await;
    assert_eq!(source(&bench, &of).await, None);
}

#[tokio::test]
async fn log_backup_that_is_switched_on_again_takes_its_slot_back() {
    let asked = Arc::<Asked>::default();
    let (bench, of, _) = with_logs(&asked).await;
    let id = of.offered.id();
    bench.logs(id, false).await;
    let slot = owed(&bench, &of).await.remove(0);
    bench.logs(id, true).await;
    assert!(owed(&bench, &of).await.is_empty());
    assert_eq!(kept(&bench, &of, &slot).await, None);
    // Removed, and registered again with another password.
    remove(&bench, &of).await;
    assert_eq!(owed(&bench, &of).await.len(), 1);
    let new = format!("{FIRST} # password");
    bench.add("orders", &new).await;
    beside(&bench, async { assert_eq!(asked.received(1).await, [new]) }).await;
    assert!(asked.dropped.lock().unwrap().is_empty() && owed(&bench, &of).await.is_empty());
}

#[tokio::test]
async fn a_server_that_is_exchanged_for_another_one_drops_its_slot_and_the_new_one_keeps_it() {
    let asked = Arc::<Asked>::default();
    let (bench, of, _) = with_logs(&asked).await;
    bench.add_as("orders", FIRST, Some("one")).await;
    bench.add_as("orders", "second", Some("two")).await;
    assert_eq!(owed(&bench, &of).await[0].identity.as_deref(), Some("one"));
    beside(&bench, async {
        assert_eq!(asked.received(1).await, ["second"]);
        assert_eq!(asked.dropped(1).await, [FIRST]);
        none_is_owed(&bench, &of).await;
    })
    .await;
    let first = (FIRST.to_owned(), Some("one".to_owned()), None);
    assert_eq!(*asked.dropped.lock().unwrap(), [first]);
}

#[tokio::test]
async fn a_server_that_says_the_same_at_another_address_has_moved_or_is_a_copy() {
    for moved in [true, false] {
        let asked = Arc::<Asked>::default();
        *asked.same.lock().unwrap() = moved;
        let (bench, of, _) = with_logs(&asked).await;
        bench.add_as("orders", FIRST, Some("one")).await;
        bench.add_as("orders", "second", Some("one")).await;
        assert_eq!(owed(&bench, &of).await.is_empty(), moved);
        if !moved {
            beside(&bench, none_is_owed(&bench, &of)).await;
            // Whoever drops it is told how the one in use is reached: they may be the same now.
            let told = (FIRST.to_owned(), Some("one".to_owned()), Some("second".to_owned()));
            assert_eq!(*asked.dropped.lock().unwrap(), [told]);
        }
    }
}

#[tokio::test]
async fn a_new_address_of_a_server_that_owes_a_slot_is_where_it_is_dropped() {
    let asked = Arc::<Asked>::default();
    *asked.same.lock().unwrap() = true;
    let (bench, of, _) = with_logs(&asked).await;
    bench.add_as("orders", FIRST, Some("one")).await;
    *asked.keeps.lock().unwrap() = Some("nobody answers");
    beside(&bench, async {
        bench.logs(of.offered.id(), false).await;
        asked.dropped(1).await;
        bench.add_as("orders", "second", Some("one")).await;
        *asked.keeps.lock().unwrap() = None;
        none_is_owed(&bench, &of).await;
    })
    .await;
    let dropped = asked.dropped.lock().unwrap();
    assert_eq!(dropped.last().map(|it| it.0.as_str()), Some("second"), "{dropped:?}");
}

#[tokio::test]
async fn a_slot_that_somebody_gives_up_is_forgotten_with_its_settings() {
    let asked = Arc::<Asked>::default();
    let (bench, of, _) = with_logs(&asked).await;
    *asked.keeps.lock().unwrap() = Some("nobody answers");
    bench.logs(of.offered.id(), false).await;
    let slot = owed(&bench, &of).await.remove(0);
    beside(&bench, async {
        asked.dropped(1).await;
        until(|| bench.service.logs.owed() == 1).await;
        let now = bench.service.clock.now();
        let forgotten = bench.service.forget_slots(&of.key(), None, &by(), now).await.unwrap();
        assert_eq!(forgotten, 1);
        none_is_owed(&bench, &of).await;
    })
    .await;
    assert_eq!(kept(&bench, &of, &slot).await, None);
    assert!(asked.received.lock().unwrap().is_empty());
    // The trail says which, and nothing of how their database is reached.
    let events = bench.service.store.events(0, 1000).await.unwrap();
    let given_up = events.iter().find_map(|event| {
        let EventKind::SlotsGivenUp { source, slots } = &event.kind else { return None };
        Some((source, &slots[..], &event.by))
    });
    assert_eq!(given_up, Some((&of.arn, &[slot][..], &by())));
    assert!(!serde_json::to_string(&events).unwrap().contains("engine ="));
}

#[tokio::test]
async fn a_database_that_owes_too_many_slots_is_not_exchanged_until_some_are_dropped_or_given_up() {
    let (bench, of, _) = with_logs(&Arc::default()).await;
    let exchange = async |number: usize| {
        let (connection, identity) = (format!("server {number}"), format!("id {number}"));
        bench.try_add("orders", &connection, Some(&identity)).await
    };
    for number in 0..OWED_SLOTS_MAX {
        exchange(number).await.unwrap();
    }
    let before = source(&bench, &of).await;
    assert_eq!(owed(&bench, &of).await.len(), OWED_SLOTS_MAX);
    let refused = exchange(OWED_SLOTS_MAX).await.unwrap_err().to_string();
    assert!(refused.contains("16 databases may hold a replication slot"), "{refused}");
    assert_eq!(source(&bench, &of).await, before, "nothing has changed");
    let now = bench.service.clock.now();
    bench.service.forget_slots(&of.key(), None, &by(), now).await.unwrap();
    exchange(OWED_SLOTS_MAX).await.unwrap();
    assert_eq!(owed(&bench, &of).await.len(), 1);
}

#[tokio::test]
async fn a_slot_is_dropped_though_the_disk_has_no_room_to_receive() {
    let (asked, free) = (Arc::<Asked>::default(), crate::bench::Disk::with_room());
    let bench = receiving(free.bench().await, &asked);
    let of = bench.add("orders", FIRST).await;
    bench.logs(of.offered.id(), true).await;
    beside(&bench, async {
        asked.received(1).await;
        free.fill();
        asked.stopped(1).await;
        bench.logs(of.offered.id(), false).await;
        asked.dropped(1).await;
        none_is_owed(&bench, &of).await;
    })
    .await;
}
