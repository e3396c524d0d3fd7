//! Runs that end before everything was asked for or seen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sexton_client::{Class, Event, Options, Pacer, Stop, StopCause, delete};
use sexton_core::{Obstacle, Totals, Verdict};

use crate::fake::{Answer, Fake, failure};
use crate::{looked_at_one_by_one, options, order, run};

#[tokio::test(start_paused = true)]
async fn bad_credentials_end_the_run() {
    let expired = failure(Class::Credentials, "ExpiredTokenException");
    let mut fake = Fake::new(1000);
    for number in 500..1000 {
        fake = fake.answer(number, [Answer::Fail(expired.clone())]);
    }
    let report = run(&Arc::new(fake), 1000, Options { concurrency: 4, ..options() }).await;
    assert!(matches!(report.stopped, Some(StopCause::Credentials(_))));
    assert_eq!(report.totals.gone, 500);
    assert!(report.totals.refused <= 4 && report.totals.unattempted >= 496);
    assert_eq!(report.verdict, Verdict::Partial);
}

#[tokio::test(start_paused = true)]
async fn refusals_that_hold_for_the_whole_vault_end_the_run_only_at_its_beginning() {
    let locked = failure(Class::Refused(Obstacle::VaultLock), "InvalidRequestException");
    let refuse = |mut fake: Fake, numbers: std::ops::Range<usize>| {
        for number in numbers {
            fake = fake.answer(number, [Answer::Fail(locked.clone())]);
        }
        Arc::new(fake)
    };
    let concurrency = 4;
    let fake = refuse(Fake::new(100), 0..100);
    let report = run(&fake, 100, Options { concurrency, ..options() }).await;
    assert!(matches!(report.stopped, Some(StopCause::Futile(_))));
    assert_eq!(report.verdict, Verdict::Refused);
    assert!(fake.count("delete") <= 24);

    let fake = refuse(Fake::new(100), 1..100);
    let report = run(&fake, 100, Options { concurrency, ..options() }).await;
    assert_eq!((report.stopped, fake.count("delete")), (None, 100));
}

#[tokio::test(start_paused = true)]
async fn draining_finishes_what_is_in_flight_and_reads_it_back() {
    let fake = Arc::new(Fake::new(1000));
    let (handle, stop) = Stop::new();
    let answered = Mutex::new(0);
    let events = |event: Event<'_>| {
        if let Event::Answered { .. } = event {
            let mut answered = answered.lock().unwrap();
            *answered += 1;
            if *answered == 100 {
                handle.drain();
            }
        }
    };
    let report = delete(fake.bound(), order(1000, true), options(), &events, stop).await;
    assert_eq!(report.verdict, Verdict::Interrupted);
    assert_eq!(report.stopped, Some(StopCause::Interrupted));
    let deleted = u64::try_from(fake.count("delete")).unwrap();
    assert!((100..=164).contains(&deleted), "{deleted}");
    assert_eq!(report.totals.gone, deleted);
    assert_eq!(report.totals.unattempted, 1000 - deleted);
}

#[tokio::test(start_paused = true)]
async fn aborting_waits_for_nothing_and_claims_nothing() {
    let fake = Arc::new(Fake::new(10).answer(0, [Answer::Deleting(u32::MAX)]));
    let (handle, stop) = Stop::new();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        handle.drain();
        tokio::time::sleep(Duration::from_secs(5)).await;
        handle.abort();
    });
    let started = tokio::time::Instant::now();
    let report = delete(fake.bound(), order(10, true), options(), &|_| (), stop).await;
    assert!(started.elapsed() < Duration::from_secs(11));
    assert_eq!(report.totals, Totals { gone: 9, unknown: 1, ..Totals::default() });
    assert_eq!(report.verdict, Verdict::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_before_the_deadline_is_kept() {
    let (fake, options) = looked_at_one_by_one();
    let timeout = Duration::from_millis(10_500);
    let report = run(&fake, 20, Options { timeout, ..options }).await;
    assert_eq!(report.totals, Totals { gone: 9, unknown: 11, ..Totals::default() });
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_before_an_abort_is_kept() {
    let (fake, options) = looked_at_one_by_one();
    let (handle, stop) = Stop::new();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(30_500)).await;
        handle.abort();
    });
    let report = delete(fake.bound(), order(20, true), options, &|_| (), stop).await;
    assert_eq!(report.totals, Totals { gone: 9, unknown: 11, ..Totals::default() });
    assert_eq!(report.verdict, Verdict::Interrupted);
}

/// It went on for the whole of its timeout, whoever told it to stop, and said nothing.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_does_not_wait_for_a_service_that_is_gone() {
    let fake = Arc::new(Fake::new(5));
    let (handle, stop) = Stop::new();
    let service = Arc::clone(&fake);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        service.set_down(true);
        tokio::time::sleep(Duration::from_mins(1)).await;
        handle.drain();
    });
    let told = Mutex::new(Vec::new());
    let events = |event: Event<'_>| match event {
        Event::Silent { cause, left } => told.lock().unwrap().push((cause.to_owned(), left)),
        Event::AnswersAgain => panic!("it does not"),
        Event::Looked
        | Event::Answered { .. }
        | Event::Watching { .. }
        | Event::Searching { .. }
        | Event::Settled { .. } => {}
    };
    let options = Options { concurrency: 1, pacer: Pacer::new(Some(1)), ..options() };
    let started = tokio::time::Instant::now();
    let report = delete(fake.bound(), order(5, true), options, &events, stop).await;
    let took = started.elapsed().as_secs();
    assert!((62..70).contains(&took), "{took}");
    assert_eq!(report.totals.unknown + report.totals.unattempted, 5, "{:?}", report.totals);
    assert!(report.totals.unknown > 0 && report.totals.unattempted > 0, "{:?}", report.totals);
    assert!(matches!(report.stopped, Some(StopCause::Unreachable(_))));
    let told = told.into_inner().unwrap();
    let [(cause, Some(left))] = &*told else { panic!("{told:?}") };
    assert!(cause.contains("NoConnection"), "{cause}");
    assert!((800..=900).contains(&left.as_secs()), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_does_not_wait_for_answers_that_never_come() {
    let mut fake = Fake::new(3);
    fake.latency = Duration::from_hours(1);
    let fake = Arc::new(fake);
    let (handle, stop) = Stop::new();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        handle.drain();
    });
    let started = tokio::time::Instant::now();
    let report = delete(fake.bound(), order(3, true), options(), &|_| (), stop).await;
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(report.totals, Totals { unknown: 3, ..Totals::default() });
    assert_eq!(report.verdict, Verdict::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn an_outage_while_reading_back_is_told_once_and_so_is_its_end() {
    let fake = Arc::new(Fake::new(1).answer(0, [Answer::Deleting(10)]));
    let (_handle, stop) = Stop::new();
    let service = Arc::clone(&fake);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        service.set_down(true);
        tokio::time::sleep(Duration::from_mins(1)).await;
        service.set_down(false);
    });
    let told = Mutex::new(Vec::new());
    let events = |event: Event<'_>| match event {
        Event::Silent { .. } => told.lock().unwrap().push("silent"),
        Event::AnswersAgain => told.lock().unwrap().push("answers again"),
        Event::Looked
        | Event::Answered { .. }
        | Event::Watching { .. }
        | Event::Searching { .. }
        | Event::Settled { .. } => {}
    };
    let report = delete(fake.bound(), order(1, true), options(), &events, stop).await;
    assert_eq!((report.verdict, report.stopped), (Verdict::AllGone, None));
    assert_eq!(told.into_inner().unwrap(), ["silent", "answers again"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_back_because_the_service_is_gone_says_so() {
    let fake = Arc::new(Fake::new(1).answer(0, [Answer::Deleting(u32::MAX)]));
    let service = Arc::clone(&fake);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        service.set_down(true);
    });
    let timeout = Duration::from_secs(20);
    let report = run(&fake, 1, Options { timeout, ..options() }).await;
    assert_eq!(report.totals, Totals { unknown: 1, ..Totals::default() });
    assert!(matches!(report.stopped, Some(StopCause::Unreachable(_))), "{:?}", report.stopped);
}
