//! What is not in the vault is looked for in the others, before anything is said of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use sexton_client::{
    Class, Event, Forecast, Options, Order, ProviderError, Report, Stop, Unread, delete,
};
use sexton_core::{Outcome, Totals, Verdict};
use tokio::time::Instant;

use crate::fake::{Answer, Fake, failure, survey, target};
use crate::seen_before;

fn order(numbers: std::ops::Range<usize>) -> Order {
    let targets = numbers.map(target).collect();
    Order::of(targets, Some(0))
}

fn options() -> Options {
    Options::new(7, || Timestamp::UNIX_EPOCH)
}

async fn run(fake: &Arc<Fake>, order: Order, options: Options) -> Report {
    let (_handle, stop) = Stop::new();
    delete(fake.bound(), order, options, &|_| (), stop).await
}

fn forbidden() -> ProviderError {
    failure(Class::Forbidden { explicit: false }, "AccessDeniedException")
}

fn unread(place: &str, cause: &str) -> Unread {
    Unread { place: place.to_owned(), cause: cause.to_owned() }
}

/// A run against the wrong vault said of three thousand living points that they had gone.
#[tokio::test(start_paused = true)]
async fn points_that_are_alive_in_another_vault_are_never_gone() {
    let fake = Arc::new(Fake::new(0).other("nightly", Ok(0..3000)).other("weekly", Ok(5000..6000)));
    let report = run(&fake, order(0..3000), options()).await;
    let there = Outcome::Elsewhere { vault: "nightly".to_owned(), status: "COMPLETED".to_owned() };
    assert!(report.items.iter().all(|item| item.outcome == there), "{:?}", report.totals);
    assert_eq!(report.verdict, Verdict::NotProven);
    // One listing for all of them, and none of the vault that needs none any more.
    assert_eq!((fake.count("list"), fake.count("describe")), (1, 0));

    let looked = survey(&fake, &order(0..3000), &options()).await;
    let there = Forecast::Elsewhere { vault: "nightly".to_owned(), status: "COMPLETED".to_owned() };
    assert!(looked.points.iter().all(|it| it.forecast == there));
    assert_eq!(looked.searched.unwrap().unread, []);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_no_vault_is_absent_and_what_could_not_be_read_is_named() {
    let fake = Fake::new(2).other("hidden", Err(forbidden())).other("nightly", Ok(7..9));
    let report = run(&Arc::new(fake), order(0..8), options()).await;
    let totals = Totals { gone: 2, elsewhere: 1, absent: 5, ..Totals::default() };
    assert_eq!(report.totals, totals);
    let searched = report.searched.unwrap();
    assert_eq!(searched.vaults, ["nightly"]);
    let [Unread { place, cause }] = &searched.unread[..] else { panic!("{searched:?}") };
    assert!(place == "hidden" && cause.contains("AccessDenied"), "{searched:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_list_the_vaults_is_told_so() {
    let fake = Arc::new(Fake::new(1).fail_vaults(forbidden()));
    let report = run(&fake, order(0..2), options()).await;
    assert_eq!(report.totals, Totals { gone: 1, absent: 1, ..Totals::default() });
    assert_eq!(report.verdict, Verdict::AllAbsent);
    let named = unread("the list of vaults", "AccessDeniedException: as told");
    assert_eq!(report.searched.unwrap().unread, [named]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_found_every_point_searches_nowhere() {
    let fake = Arc::new(Fake::new(9).other("nightly", Ok(20..30)));
    let report = run(&fake, order(0..9), options()).await;
    assert_eq!((report.verdict, report.searched), (Verdict::AllGone, None));
    assert_eq!(fake.count("vaults"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_run_saw_in_the_vault_has_gone() {
    let fake = Arc::new(Fake::new(0).other("nightly", Ok(0..1)));
    let report = run(&fake, seen_before(order(1..4), &[0, 1]), options()).await;
    assert_eq!(report.totals, Totals { already_gone: 2, absent: 1, ..Totals::default() });
}

/// What a look has seen of a point before it went is as good as what an answer says.
#[tokio::test(start_paused = true)]
async fn a_point_that_a_look_saw_before_it_went_is_gone() {
    let lost = vec![Answer::LostBefore; 5];
    let fake = Fake::new(1).answer(0, lost.into_iter().chain([Answer::Gone]));
    let report = run(&Arc::new(fake), order(0..1), options()).await;
    let Outcome::Unknown { seen, .. } = &report.items[0].outcome else { panic!("{report:?}") };
    assert!(seen.is_some() && report.items[0].outcome.was_there());
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_does_not_answer_in_time_is_named_and_stops_nobody() {
    let mut fake = Fake::new(0).other("a", Ok(5..6)).other("b", Ok(0..1));
    fake.latency = Duration::from_secs(10);
    let timeout = Duration::from_secs(35);
    let report = run(&Arc::new(fake), order(0..1), Options { timeout, ..options() }).await;
    assert_eq!(report.items[0].outcome.word(), "absent");
    let searched = report.searched.unwrap();
    assert_eq!(searched.vaults, ["a"]);
    assert_eq!(searched.unread, [unread("b", "the deadline has come")]);
}

/// A run that waited for the whole timeout searched for as long again.
#[tokio::test(start_paused = true)]
async fn reading_back_and_the_search_share_one_timeout() {
    let mut fake = Fake::new(1).answer(0, [Answer::Deleting(u32::MAX)]).other("a", Ok(5..6));
    fake.latency = Duration::from_secs(1);
    let timeout = Duration::from_secs(35);
    let (_handle, stop) = Stop::new();
    let watching = Mutex::new(None);
    let events = |event: Event<'_>| {
        if let Event::Watching { .. } = event {
            *watching.lock().unwrap() = Some(Instant::now());
        }
    };
    let options = Options { timeout, ..options() };
    let report = delete(Arc::new(fake).bound(), order(0..2), options, &events, stop).await;
    assert_eq!(report.totals, Totals { unknown: 1, absent: 1, ..Totals::default() });
    let began = watching.lock().unwrap().unwrap();
    assert_eq!(began.elapsed().as_secs(), 35);
    let late = unread("the list of vaults", "the deadline has come");
    assert_eq!(report.searched.unwrap().unread, [late]);
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_the_search_and_claims_nothing() {
    let mut fake = Fake::new(0).other("nightly", Ok(0..1));
    fake.latency = Duration::from_secs(10);
    let (handle, stop) = Stop::new();
    let events = |event: Event<'_>| {
        if let Event::Searching { missing } = event {
            assert_eq!(missing, 1);
            handle.abort();
        }
    };
    let report = delete(Arc::new(fake).bound(), order(0..1), options(), &events, stop).await;
    assert_eq!(report.verdict, Verdict::Interrupted);
    assert_eq!(report.items[0].outcome.word(), "absent");
    let named = unread("the list of vaults", "the run was aborted");
    assert_eq!(report.searched.unwrap().unread, [named]);
}
