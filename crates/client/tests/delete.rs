//! The deletion engine against a provider that does what it is told, in paused time.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "delete/batch.rs"]
mod batch;
#[path = "delete/composite.rs"]
mod composite;
#[path = "delete/elsewhere.rs"]
mod elsewhere;
#[path = "delete/ends.rs"]
mod ends;
mod fake;
#[path = "delete/plan.rs"]
mod plan;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake::{Answer, Fake, arn, failure, survey};
use jiff::Timestamp;
use sexton_client::{
    AbsenceBy, Class, Event, Forecast, Options, Order, Pacer, Report, Stop, Target, delete,
};
use sexton_core::{Obstacle, Outcome, Totals, Verdict};

fn order(points: usize, place_known: bool) -> Order {
    let account = place_known.then_some("123456789012");
    let targets = (0..points).map(|number| Target::point(&arn(number), account)).collect();
    let held = place_known.then_some(u64::try_from(points).unwrap());
    Order::of(targets, held)
}

/// The same, of which these were seen before.
fn seen_before(mut order: Order, seen: &[usize]) -> Order {
    order.saw(|number, _| seen.contains(&number));
    order
}

fn options() -> Options {
    Options::new(7, || Timestamp::UNIX_EPOCH)
}

async fn run(fake: &Arc<Fake>, points: usize, options: Options) -> Report {
    let (_handle, stop) = Stop::new();
    delete(fake.bound(), order(points, true), options, &|_| (), stop).await
}

fn absent() -> Outcome {
    Outcome::Absent { at: Some(Timestamp::UNIX_EPOCH) }
}

fn gone(already: bool) -> Outcome {
    Outcome::Gone { at: Some(Timestamp::UNIX_EPOCH), already }
}

#[tokio::test(start_paused = true)]
async fn many_points_are_deleted_and_proven_by_listing() {
    let fake = Arc::new(Fake::new(5000));
    let report = run(&fake, 4000, options()).await;
    assert_eq!(report.verdict, Verdict::AllGone);
    assert_eq!(report.totals, Totals { gone: 4000, ..Totals::default() });
    assert_eq!(fake.count("delete"), 4000);
    assert_eq!((fake.count("list"), fake.count("describe")), (1, 0));
    assert!(fake.peak() <= 64, "{} in flight", fake.peak());
}

#[tokio::test(start_paused = true)]
async fn few_points_of_a_large_vault_are_described() {
    let fake = Arc::new(Fake::new(5000));
    let report = run(&fake, 10, options()).await;
    assert_eq!(report.totals.gone, 10);
    assert_eq!((fake.count("list"), fake.count("describe")), (0, 10));
}

#[tokio::test(start_paused = true)]
async fn a_200_that_ends_expired_is_a_failure_with_its_reason() {
    let fake = Fake::new(3).answer(1, [Answer::Expired("the role does not exist")]);
    let report = run(&Arc::new(fake), 3, options()).await;
    assert_eq!(report.verdict, Verdict::Partial);
    assert_eq!(
        report.items[1].outcome,
        Outcome::Expired {
            reason: Some("the role does not exist".to_owned()),
            obstacle: Obstacle::Role,
        }
    );
    assert_eq!(report.totals, Totals { gone: 2, expired: 1, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn throttling_delays_and_loses_nothing() {
    let throttled = || Answer::Fail(failure(Class::Throttled, "ThrottlingException"));
    let mut fake = Fake::new(50);
    for number in 0..50 {
        fake = fake.answer(number, [throttled(), throttled(), throttled()]);
    }
    let fake = Arc::new(fake);
    let report = run(&fake, 50, options()).await;
    assert_eq!(report.verdict, Verdict::AllGone);
    assert_eq!(fake.count("delete"), 200);
}

#[tokio::test(start_paused = true)]
async fn a_point_that_is_not_found_after_a_lost_reply_is_gone_only_if_somebody_saw_it() {
    let fake = || Arc::new(Fake::new(1).answer(0, [Answer::LostAfter]));
    let report = run(&fake(), 2, options()).await;
    assert_eq!(report.items[0].outcome, absent(), "nobody saw it before");
    assert_eq!(report.items[1].outcome, absent(), "never was in the vault");
    assert_eq!(report.verdict, Verdict::AllAbsent);

    let order = seen_before(order(2, true), &[0]);
    let (_handle, stop) = Stop::new();
    let report = delete(fake().bound(), order, options(), &|_| (), stop).await;
    assert_eq!(report.items[0].outcome, gone(false), "our own work");
    assert_eq!(report.items[1].outcome, absent());
}

#[tokio::test(start_paused = true)]
async fn a_request_lost_for_good_is_unknown_unless_reading_back_tells() {
    let lost = || vec![Answer::LostBefore; 10];
    let fake = Arc::new(Fake::new(2).answer(0, lost()));
    let report = run(&fake, 2, options()).await;
    assert!(matches!(report.items[0].outcome, Outcome::Unknown { .. }));
    assert_eq!(report.verdict, Verdict::NotProven);
    assert_eq!(fake.count("delete"), 6);
}

#[tokio::test(start_paused = true)]
async fn deleting_at_the_deadline_is_unknown_and_never_gone() {
    let fake = Fake::new(1).answer(0, [Answer::Deleting(u32::MAX)]);
    let timeout = Duration::from_mins(1);
    let started = tokio::time::Instant::now();
    let report = run(&Arc::new(fake), 1, Options { timeout, ..options() }).await;
    let Outcome::Unknown { cause, seen: Some(_) } = &report.items[0].outcome else {
        panic!("{:?}", report.items)
    };
    assert!(cause.contains("DELETING"), "{cause}");
    assert_eq!(report.verdict, Verdict::NotProven);
    assert!(started.elapsed() < Duration::from_secs(62));
}

#[tokio::test(start_paused = true)]
async fn deleting_is_waited_for() {
    let fake = Arc::new(Fake::new(1).answer(0, [Answer::Deleting(5)]));
    let report = run(&fake, 1, options()).await;
    assert_eq!(report.items[0].outcome, gone(false));
}

#[tokio::test(start_paused = true)]
async fn a_point_that_is_being_deleted_by_another_is_watched() {
    let mut fake = Fake::new(1);
    fake = fake.answer(0, [Answer::Deleting(9)]);
    let fake = Arc::new(fake);
    let without = Options { wait: false, ..options() };
    assert_eq!(run(&fake, 1, without).await.items[0].outcome, Outcome::Accepted);
    let report = run(&fake, 1, options()).await;
    assert_eq!(report.items[0].outcome, gone(false));
}

#[tokio::test(start_paused = true)]
async fn a_point_in_use_is_refused() {
    let busy = failure(Class::Busy(Obstacle::InUse), "InvalidResourceStateException");
    let fake = Fake::new(1).answer(0, [Answer::Fail(busy)]);
    let report = run(&Arc::new(fake), 1, options()).await;
    assert!(matches!(report.items[0].outcome, Outcome::Refused { obstacle: Obstacle::InUse, .. }));
    assert_eq!(report.verdict, Verdict::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_vault_never_proves_that_anything_is_gone() {
    let forbidden = failure(Class::Forbidden { explicit: false }, "AccessDeniedException");
    let fake = Fake::new(3)
        .fail_vault(forbidden.clone())
        .fail_list(forbidden.clone())
        .fail_describe(forbidden);
    let report = run(&Arc::new(fake), 3, options()).await;
    assert_eq!(report.totals, Totals { unknown: 3, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn not_found_proves_nothing_while_the_vault_may_be_what_is_missing() {
    let forbidden = failure(Class::Forbidden { explicit: false }, "AccessDeniedException");
    let missing = failure(Class::NotFound { target: false }, "ResourceNotFoundException");
    let fake = Fake::new(0).answer(0, [Answer::Fail(missing)]).fail_vault(forbidden.clone());
    let fake = Arc::new(fake.fail_list(forbidden));
    let (_handle, stop) = Stop::new();
    let report = delete(fake.bound(), order(1, false), options(), &|_| (), stop).await;
    assert!(matches!(report.items[0].outcome, Outcome::Unknown { .. }));
}

/// Where the vault could not be read, a point of another account counted as gone already.
#[tokio::test(start_paused = true)]
async fn not_found_proves_nothing_of_a_point_of_an_account_that_nobody_confirmed() {
    let forbidden = failure(Class::Forbidden { explicit: false }, "AccessDeniedException");
    let fake = Arc::new(Fake::new(1).answer(0, [Answer::LostAfter]).fail_vault(forbidden));
    let (_handle, stop) = Stop::new();
    let points = survey(&fake, &order(2, false), &options()).await.points;
    assert!(matches!(points[1].forecast, Forecast::Unknown { .. }), "{points:?}");
    let report = delete(fake.bound(), order(2, false), options(), &|_| (), stop).await;
    for item in &report.items {
        let Outcome::Unknown { cause, seen: None } = &item.outcome else { panic!("{item:?}") };
        assert!(cause.contains("account 123456789012: permit backup:Desc"), "{cause}");
    }
}

/// It was reported as never asked for.
#[tokio::test(start_paused = true)]
async fn a_request_whose_worker_dies_is_unknown() {
    let fake = Arc::new(Fake::new(3).answer(0, [Answer::Crash]));
    let report = run(&fake, 3, Options { concurrency: 2, ..options() }).await;
    assert!(matches!(report.items[0].outcome, Outcome::Unknown { .. }), "{report:?}");
    assert_eq!(report.totals, Totals { gone: 2, unknown: 1, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_list_describes_and_the_other_way_round() {
    let forbidden = || failure(Class::Forbidden { explicit: false }, "AccessDeniedException");
    let fake = Arc::new(Fake::new(100).fail_list(forbidden()));
    assert_eq!(run(&fake, 100, options()).await.verdict, Verdict::AllGone);
    assert_eq!((fake.count("list"), fake.count("describe")), (1, 100));

    let mut fake = Fake::new(2).fail_describe(forbidden());
    fake.claimed_points = Some(1_000_000);
    let fake = Arc::new(fake);
    assert_eq!(run(&fake, 2, options()).await.verdict, Verdict::AllGone);
    assert_eq!((fake.count("list"), fake.count("describe")), (1, 2));
}

/// A service that answers 200 to everything and lists nothing had everything proven gone.
#[tokio::test(start_paused = true)]
async fn a_listing_that_shows_nothing_proves_nothing_while_one_stands() {
    let mut fake = (0..20).fold(Fake::new(20), |fake, n| {
        fake.answer(n, [Answer::Expired("the role cannot delete it")])
    });
    fake.shows_nothing = true;
    let fake = Arc::new(fake);
    let report = run(&fake, 20, options()).await;
    assert_eq!(report.totals, Totals { expired: 20, ..Totals::default() });
    // One that is right is asked for one target more.
    let fake = Arc::new(Fake::new(20));
    assert_eq!(run(&fake, 20, options()).await.verdict, Verdict::AllGone);
    assert_eq!((fake.count("list"), fake.count("describe")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_listing_counts_only_when_it_is_complete() {
    let mut fake = Fake::new(3000).answer(2999, [Answer::Deleting(2)]);
    fake.page = 10;
    fake.claimed_points = Some(1);
    let report = run(&Arc::new(fake), 3000, options()).await;
    assert_eq!(report.totals.gone, 3000);

    let failing = failure(Class::Server, "InternalFailure");
    let mut fake = Fake::new(100).fail_list(failing);
    fake.claimed_points = Some(1);
    let timeout = Duration::from_secs(20);
    let report = run(&Arc::new(fake), 100, Options { timeout, ..options() }).await;
    assert_eq!(report.totals.unknown, 100);
}

#[tokio::test(start_paused = true)]
async fn another_point_of_the_same_name_proves_nothing_and_is_told() {
    let fake = Fake::new(1).answer(0, [Answer::Remade]);
    let report = run(&Arc::new(fake), 1, options()).await;
    let Outcome::Unknown { cause, .. } = &report.items[0].outcome else { panic!("{report:?}") };
    assert!(cause.contains("another backup has this name"), "{cause}");
    assert_eq!(report.verdict, Verdict::NotProven);
}

/// Every one that was not shown by its name had the whole place listed for itself.
#[tokio::test(start_paused = true)]
async fn a_place_is_listed_once_for_all_that_only_its_listing_proves_absent() {
    let mut fake = Fake::new(10);
    fake.manner.absence = AbsenceBy::Listing;
    let fake = Arc::new(fake);
    let report = run(&fake, 3, options()).await;
    assert_eq!(report.totals, Totals { gone: 3, ..Totals::default() });
    assert_eq!((fake.count("describe"), fake.count("list")), (3, 1));

    // By its name none is shown, and no listing says that they are not there.
    let mut fake = Fake::new(10).fail_list(failure(Class::Forbidden { explicit: true }, "Denied"));
    fake.manner.absence = AbsenceBy::Listing;
    let report = run(&Arc::new(fake), 3, options()).await;
    assert_eq!(report.totals, Totals { unknown: 3, ..Totals::default() });
}

/// Twenty points of a vault so large that each is looked at by itself, one a second: the
/// deletions are done after 20 s, the vault is seen after 21 s, the first point after 22 s.
fn looked_at_one_by_one() -> (Arc<Fake>, Options) {
    let mut fake = Fake::new(20);
    fake.latency = Duration::from_secs(1);
    fake.claimed_points = Some(1_000_000);
    (Arc::new(fake), Options { concurrency: 1, ..options() })
}

#[tokio::test(start_paused = true)]
async fn a_point_is_settled_as_soon_as_it_is_seen() {
    let (fake, options) = looked_at_one_by_one();
    let (started, settled) = (tokio::time::Instant::now(), Mutex::new(Vec::new()));
    let events = |event: Event<'_>| {
        if let Event::Settled { .. } = event {
            settled.lock().unwrap().push(started.elapsed().as_secs());
        }
    };
    let (_handle, stop) = Stop::new();
    delete(fake.bound(), order(20, true), options, &events, stop).await;
    assert_eq!(settled.into_inner().unwrap(), (22..42).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn no_more_is_in_flight_than_was_asked_for() {
    for concurrency in [1, 3, 17] {
        let fake = Arc::new(Fake::new(2_000));
        run(&fake, 2_000, Options { concurrency, ..options() }).await;
        assert_eq!(fake.peak(), concurrency);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_was_asked_for_is_kept() {
    let fake = Arc::new(Fake::new(100));
    let started = tokio::time::Instant::now();
    run(&fake, 100, Options { pacer: Pacer::new(Some(10)), ..options() }).await;
    assert!(started.elapsed() >= Duration::from_millis(9_900), "{:?}", started.elapsed());
}

/// A run that was killed is run again. Being told that points are gone did not count as an
/// answer, so that the second run never became faster than it began.
#[tokio::test(start_paused = true)]
async fn the_rate_grows_also_when_no_point_is_there() {
    let fake = Arc::new(Fake::new(0));
    let started = tokio::time::Instant::now();
    let report = run(&fake, 10_000, options()).await;
    assert_eq!(report.totals.absent, 10_000);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn every_point_is_settled_exactly_once() {
    let fake = Fake::new(30).answer(3, [Answer::Expired("x")]).answer(4, [Answer::Deleting(3)]);
    let settled = Mutex::new(Vec::new());
    let events = |event: Event<'_>| {
        if let Event::Settled { target, .. } = event {
            settled.lock().unwrap().push(target.name().to_owned());
        }
    };
    let (_handle, stop) = Stop::new();
    delete(Arc::new(fake).bound(), order(40, true), options(), &events, stop).await;
    let mut settled = settled.into_inner().unwrap();
    settled.sort();
    assert_eq!(settled, (0..40).map(|number| arn(number).to_string()).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_survey_deletes_nothing() {
    let fake = Arc::new(Fake::new(2));
    let points = survey(&fake, &seen_before(order(4, true), &[2]), &options()).await.points;
    let there = Forecast::WouldDelete { status: "COMPLETED".into() };
    let expected = [there.clone(), there, Forecast::AlreadyGone, Forecast::Absent];
    assert_eq!(points.iter().map(|it| it.forecast.clone()).collect::<Vec<_>>(), expected);
    let sizes: Vec<Option<u64>> = points.iter().map(|it| it.size).collect();
    assert_eq!(sizes, [Some(1 << 20), Some(1 << 20), None, None]);
    assert_eq!(fake.count("delete"), 0);
}
