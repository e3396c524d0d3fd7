//! Services that delete many targets with one request, all or nothing, and such as have done it
//! by the time they answer.

use std::sync::Arc;
use std::time::Duration;

use sexton_client::{Class, Event, Options, Order, Settles, State, Stop, Unheard, delete};
use sexton_core::{Obstacle, Outcome, Totals, Verdict};

use crate::fake::{Answer, Fake, arn, failure, survey};
use crate::{gone, options, order, run, seen_before};

/// A service that takes a hundred at a time, and has deleted them when it answers.
fn by_the_hundred(points: usize) -> Fake {
    let mut fake = Fake::new(points);
    fake.manner.batch_max = 100;
    fake.manner.settles = Settles::AtOnce;
    fake
}

fn held() -> Vec<Answer> {
    vec![Answer::Fail(failure(Class::Refused(Obstacle::LegalHold), "Held")); 20]
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_a_hundred_at_a_time_is_asked_for_a_hundred() {
    let fake = Arc::new(by_the_hundred(950));
    let report = run(&fake, 950, options()).await;
    assert_eq!(report.totals, Totals { gone: 950, ..Totals::default() });
    assert_eq!((fake.count("delete"), fake.count("list")), (10, 1));
}

#[tokio::test(start_paused = true)]
async fn the_one_that_stands_in_the_way_of_a_hundred_is_found_in_halves() {
    let fake = Arc::new(by_the_hundred(200).answer(42, held()));
    let report = run(&fake, 200, options()).await;
    assert_eq!(report.totals, Totals { gone: 199, refused: 1, ..Totals::default() });
    assert_eq!(report.items[42].outcome.word(), "refused");
    assert!(fake.count("delete") <= 16, "{}", fake.count("delete"));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_takes_nothing_from_the_others() {
    let fake = Arc::new(by_the_hundred(90));
    let report = run(&fake, 100, options()).await;
    assert_eq!(report.totals, Totals { gone: 90, absent: 10, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_done_without_an_answer_is_found_done_by_its_halves() {
    let fake = Arc::new(by_the_hundred(3).answer(1, [Answer::LostAfter]));
    let (_handle, stop) = Stop::new();
    let order = seen_before(order(3, true), &[0, 1, 2]);
    let report = delete(fake.bound(), order, options(), &|_| (), stop).await;
    assert!(report.items.iter().all(|item| item.outcome == gone(false)), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_throttled_is_asked_for_again_as_a_whole() {
    let throttled = Answer::Fail(failure(Class::Throttled, "Throttling"));
    let fake = Arc::new(by_the_hundred(100).answer(7, vec![throttled; 3]));
    let report = run(&fake, 100, options()).await;
    assert_eq!((report.totals.gone, fake.count("delete")), (100, 4));
}

#[tokio::test(start_paused = true)]
async fn halves_that_nobody_asks_for_any_more_are_unattempted() {
    let fake = (0..8).fold(by_the_hundred(8), |fake, number| fake.answer(number, held()));
    let (handle, stop) = Stop::new();
    let events = |event: Event<'_>| {
        if let Event::Answered { .. } = event {
            handle.drain();
        }
    };
    let report = delete(Arc::new(fake).bound(), order(8, true), options(), &events, stop).await;
    assert_eq!(report.verdict, Verdict::Interrupted);
    assert!(report.totals.refused >= 1 && report.totals.unattempted >= 1, "{:?}", report.totals);
    assert_eq!(report.totals.refused + report.totals.unattempted, 8);
}

/// Where a deletion takes its time it is waited for to the deadline.
#[tokio::test(start_paused = true)]
async fn what_still_stands_after_a_deletion_at_once_is_not_waited_for() {
    let left = Totals { gone: 1, expired: 1, ..Totals::default() };
    let unknown = Totals { gone: 1, unknown: 1, ..Totals::default() };
    for (settles, totals, least, most) in
        [(Settles::AtOnce, left, 30, 40), (Settles::Later, unknown, 300, 310)]
    {
        let mut fake = by_the_hundred(2).answer(1, [Answer::Ignored]);
        fake.manner.settles = settles;
        let started = tokio::time::Instant::now();
        let timeout = Duration::from_mins(5);
        let report = run(&Arc::new(fake), 2, Options { timeout, ..options() }).await;
        assert_eq!(report.totals, totals);
        let took = started.elapsed().as_secs();
        assert!((least..most).contains(&took), "{settles:?}: {took} s");
    }
}

/// What is known to be refused is not asked for, and keeps none of its batch from going.
#[tokio::test(start_paused = true)]
async fn a_target_that_is_known_to_be_refused_is_not_asked_for() {
    for batch_max in [1, 100] {
        let mut fake = Fake::new(10);
        fake.manner.batch_max = batch_max;
        let fake = Arc::new(fake);
        let kept = failure(Class::Refused(Obstacle::KeptByVault), "KeptByVault");
        let refused = [(arn(3).to_string(), kept)].into();
        let (_handle, stop) = Stop::new();
        let order = Order { refused, ..order(10, true) };
        let looked = survey(&fake, &order, &options()).await;
        assert_eq!(looked.points[3].forecast.word(), "would_be_refused");
        let report = delete(fake.bound(), order, options(), &|_| (), stop).await;
        assert_eq!(report.totals, Totals { gone: 9, refused: 1, ..Totals::default() });
        let outcome = &report.items[3].outcome;
        let Outcome::Refused { obstacle, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(*obstacle, Obstacle::KeptByVault);
        assert_eq!(fake.holds(), 1);
    }
}

fn stays() -> State {
    let reason = Some("too young: it can be deleted from 2026-12-04 10:31 UTC on".into());
    State::Stays { obstacle: Obstacle::TooYoung, reason }
}

/// Halving alone asked for it in fourteen requests, and for ten of them in sixty.
#[tokio::test(start_paused = true)]
async fn what_stays_by_the_word_of_the_service_is_found_by_one_look_and_keeps_nothing_else() {
    let fake = (40..50).fold(by_the_hundred(100), |fake, number| fake.standing(number, stays()));
    let fake = Arc::new(fake);
    let report = run(&fake, 100, options()).await;
    assert_eq!(report.totals, Totals { gone: 90, refused: 10, ..Totals::default() });
    let Outcome::Refused { obstacle, message, .. } = &report.items[42].outcome else { panic!() };
    assert_eq!(*obstacle, Obstacle::TooYoung);
    assert!(message.contains("from 2026-12-04 10:31 UTC"), "{message}");
    assert_eq!((fake.count("delete"), fake.holds()), (2, 10));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_refused_alone_is_told_with_the_reason_that_a_look_shows() {
    let fake = Arc::new(by_the_hundred(1).standing(0, stays()));
    let report = run(&fake, 1, options()).await;
    let outcome = &report.items[0].outcome;
    let Outcome::Refused { code, obstacle, message, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((&**code, *obstacle), ("NotSupport", Obstacle::TooYoung));
    assert!(message.starts_with("as told (too young: "), "{message}");
}

/// A refusal that holds for the whole place was asked for again in two hundred parts.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_refused_for_its_place_is_not_asked_for_in_parts() {
    let stopped = failure(Class::Refused(Obstacle::InstanceState), "IncorrectDBInstanceState");
    let fake = Arc::new(by_the_hundred(100).answer(7, vec![Answer::Fail(stopped); 300]));
    let report = run(&fake, 100, options()).await;
    assert_eq!(report.totals, Totals { refused: 100, ..Totals::default() });
    assert_eq!(fake.count("delete"), 1);
}

/// A service that knows no deletion again.
fn forgetful(points: usize) -> Fake {
    let mut fake = by_the_hundred(points);
    fake.manner.unheard = Unheard::LookFirst;
    fake
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_reply_is_lost_is_settled_by_a_look_and_not_sent_again() {
    let fake = Arc::new(forgetful(3).answer(1, [Answer::LostAfter]));
    let (_handle, stop) = Stop::new();
    let order = seen_before(order(3, true), &[0, 1, 2]);
    let report = delete(fake.bound(), order, options(), &|_| (), stop).await;
    assert!(report.items.iter().all(|item| item.outcome == gone(false)), "{report:?}");
    assert_eq!(fake.count("delete"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_still_stands_after_a_lost_request_is_asked_for_again_once_that_was_seen() {
    let lost = vec![Answer::LostBefore; 2];
    let fake = Arc::new(forgetful(100).answer(7, lost));
    let report = run(&fake, 100, options()).await;
    assert_eq!((report.totals.gone, fake.count("delete")), (100, 3));
    assert!(fake.count("list") >= 2, "{}", fake.count("list"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_deletion_is_never_sent_again_while_nothing_can_be_seen() {
    let blind = failure(Class::Refused(Obstacle::Other), "Unreadable");
    let fake = forgetful(3).answer(1, [Answer::LostAfter]).fail_list(blind.clone());
    let fake = Arc::new(fake.fail_describe(blind));
    let report = run(&fake, 3, options()).await;
    assert_eq!(report.totals, Totals { unknown: 3, ..Totals::default() });
    assert_eq!((fake.count("delete"), fake.holds()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_is_asked_a_few_times_and_no_more() {
    let fake = Arc::new(forgetful(1).answer(0, vec![Answer::LostBefore; 50]));
    let report = run(&fake, 1, options()).await;
    assert_eq!(report.totals, Totals { unknown: 1, ..Totals::default() });
    assert_eq!(fake.count("delete"), 5);
}
