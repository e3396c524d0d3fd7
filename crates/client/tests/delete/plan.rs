//! What a plan does before the first deletion: it looks, and asks for nothing in a place that has a
//! lock.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_client::document::Intent;
use sexton_client::{Connection, Event, Options, PlaceFacts, Plan, Report, Stop};
use sexton_core::{Obstacle, Outcome, Service, Totals, Verdict};

use crate::fake::{Answer, Fake};
use crate::{absent, gone, options, order};

pub(crate) fn plan(fake: &Arc<Fake>, points: usize) -> Plan {
    Plan {
        provider: fake.bound(),
        order: order(points, true),
        options: Options { concurrency: 1, ..options() },
        intent: Intent::new(Service::AwsBackup, Timestamp::UNIX_EPOCH),
        facts: None,
        unread: None,
        holds_unread: None,
    }
}

pub(crate) async fn carry_out(plan: Plan) -> Report {
    let (_handle, stop) = Stop::new();
    Box::pin(plan.carry_out(&Connection::default(), &|_| (), stop)).await
}

/// It was absent, which is no proof, although the run could have known.
#[tokio::test(start_paused = true)]
async fn what_was_looked_at_first_is_gone_also_when_the_reply_was_lost() {
    let fake = Arc::new(Fake::new(3).answer(1, [Answer::LostAfter]));
    // The last is not there: nobody saw it, and it stays unproven.
    let report = carry_out(plan(&fake, 4)).await;
    let outcomes: Vec<Outcome> = report.items.into_iter().map(|item| item.outcome).collect();
    assert_eq!(outcomes, [gone(false), gone(false), gone(false), absent()]);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_has_a_lock_is_asked_for_nothing_and_refuses_all() {
    let fake = Arc::new(Fake::new(50));
    let facts = PlaceFacts { locked: true, ..PlaceFacts::default() };
    let report = carry_out(Plan { facts: Some(facts), ..plan(&fake, 50) }).await;
    assert_eq!(report.totals, Totals { refused: 50, ..Totals::default() });
    assert_eq!(report.verdict, Verdict::Refused);
    let Outcome::Refused { obstacle, message, .. } = &report.items[49].outcome else {
        panic!("{report:?}")
    };
    assert_eq!((*obstacle, &**message), {
        (Obstacle::VaultLock, "the vault v is locked: nothing in it can be deleted")
    });
    assert_eq!(["vault", "list", "describe", "delete"].map(|kind| fake.count(kind)), [0; 4]);
}

/// It went on looking at all of them, and only then deleted nothing.
#[tokio::test(start_paused = true)]
async fn a_look_ends_when_the_run_is_told_to_stop() {
    let mut fake = Fake::new(1_000);
    fake.claimed_points = Some(1_000_000);
    let fake = Arc::new(fake);
    let (handle, stop) = Stop::new();
    let events = |event: Event<'_>| {
        if let Event::Looked = event {
            handle.drain();
        }
    };
    let (plan, connection) = (plan(&fake, 1_000), Connection::default());
    let report = Box::pin(plan.carry_out(&connection, &events, stop)).await;
    assert_eq!(report.totals, Totals { unattempted: 1_000, ..Totals::default() });
    assert_eq!(report.verdict, Verdict::Interrupted);
    assert!(fake.count("describe") < 10, "{}", fake.count("describe"));
    assert_eq!(fake.count("delete"), 0);
}
