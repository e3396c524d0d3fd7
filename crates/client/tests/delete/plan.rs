//! What a plan does before the first deletion: it looks, and asks for nothing in a place that has a
//! lock.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_client::document::Intent;
use sexton_client::{
    Class, Connection, Event, Options, PlaceFacts, Plan, ProviderError, Report, Stop, is_released,
};
use sexton_core::{Obstacle, Outcome, Service, Totals, Verdict};

use crate::fake::{Answer, Fake, failure, survey, target};
use crate::{absent, gone, options, order, seen_before};

pub(crate) fn plan(fake: &Arc<Fake>, points: usize) -> Plan {
    Plan {
        provider: fake.bound(),
        order: order(points, true),
        options: Options { concurrency: 1, ..options() },
        intent: Intent::new(Service::AwsBackup, Timestamp::UNIX_EPOCH),
        facts: None,
        unread: None,
        holds_unread: None,
        denials_unread: None,
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

/// It was refused, although a dry run said of the same point that it is not there.
#[tokio::test(start_paused = true)]
async fn what_would_be_refused_and_is_not_in_the_place_is_not_there() {
    let fake = Arc::new(Fake::new(1).other("w", Ok(1..2)));
    let mut plan = plan(&fake, 4);
    let denied = failure(Class::Refused(Obstacle::Denied), "DeniedByVaultPolicy");
    let names = plan.order.targets.iter().map(|target| target.name().to_owned());
    plan.order.refused = names.map(|name| (name, denied.clone())).collect();
    plan.order = seen_before(plan.order, &[3]);
    let looked = survey(&fake, &plan.order, &plan.options).await;
    let words: Vec<&str> = looked.points.iter().map(|it| it.forecast.word()).collect();
    assert_eq!(words, ["would_be_refused", "elsewhere", "absent", "already_gone"]);
    let asked = fake.log().len();

    let report = carry_out(plan).await;
    let outcomes: Vec<Outcome> = report.items.into_iter().map(|item| item.outcome).collect();
    let elsewhere = Outcome::Elsewhere { vault: "w".to_owned(), status: "COMPLETED".to_owned() };
    assert!(matches!(outcomes[0], Outcome::Refused { obstacle: Obstacle::Denied, .. }));
    assert_eq!(outcomes[1..], [elsewhere, absent(), gone(true)]);
    assert_eq!(report.searched, looked.searched);
    assert_eq!(fake.count("delete"), 0, "nobody asks for what is denied");
    assert_eq!(fake.log().len(), 2 * asked, "it costs what the dry run cost");
}

#[test]
fn somebody_has_something_to_confirm_unless_all_is_surely_refused() {
    let mut order = order(3, true);
    let name = |number: usize| target(number).name().to_owned();
    let refused = |obstacle| failure(Class::Refused(obstacle), "Refused");
    let is_held = |refused: &ProviderError| is_released(refused.class.obstacle());
    order.refused.insert(name(0), refused(Obstacle::Denied));
    order.missing.insert(1);
    assert!(order.asks_for_something(|_| false), "the last one is open");
    order.refused.insert(name(2), refused(Obstacle::LegalHold));
    assert!(!order.asks_for_something(|_| false));
    assert!(order.asks_for_something(is_held), "the service is asked to wait for the hold");
    order.refused.insert(name(2), refused(Obstacle::Denied));
    assert!(!order.asks_for_something(is_held), "and for no policy");
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
