//! Continuous points, and composite ones: which are asked for, and in which order.

use std::sync::Arc;
use std::time::Duration;

use sexton_client::{Class, Connection, Options, Plan, Report, Stop};
use sexton_core::{Obstacle, Outcome};

use crate::fake::{Answer, Fake, failure};
use crate::plan::{carry_out, plan};
use crate::{gone, options};

/// The outcomes of a run, each in a word, with what stood in the way.
fn words(report: &Report) -> Vec<String> {
    let word = |outcome: &Outcome| {
        if let Outcome::Refused { obstacle, message, .. } = outcome {
            return format!("{obstacle:?}: {message}");
        }
        outcome.word().to_owned()
    };
    report.items.iter().map(|item| word(&item.outcome)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_continuous_point_is_deleted_only_by_whoever_says_so() {
    let fake = Arc::new(Fake::new(2).continuous(1));
    let report = carry_out(plan(&fake, 2)).await;
    let refused = "Continuous: it is a continuous backup: without it, nobody can restore to a \
                   point in time";
    assert_eq!(words(&report), ["gone", refused]);
    assert_eq!((fake.count("delete"), fake.holds()), (1, 1));

    let fake = Arc::new(Fake::new(2).continuous(1));
    let options = Options { continuous: true, ..options() };
    let report = carry_out(Plan { options, ..plan(&fake, 2) }).await;
    assert_eq!((words(&report), fake.holds()), (vec!["gone".to_owned(); 2], 0));
}

/// The composite is first in the order, and its parts are slow to go.
#[tokio::test(start_paused = true)]
async fn what_is_nested_is_proven_gone_before_its_parent_is_asked_for() {
    let slow = |fake: Fake, number| fake.answer(number, [Answer::Deleting(3)]);
    let fake = Fake::new(6).composite(0, &[1, 3]).composite(3, &[4]);
    let fake = Arc::new([1, 3, 4].into_iter().fold(fake, slow));
    let options = Options { concurrency: 64, ..options() };
    let report = carry_out(Plan { options, ..plan(&fake, 6) }).await;
    assert_eq!(words(&report), ["gone"; 6]);
    // Nobody was refused: each was asked for once.
    assert_eq!((fake.count("delete"), fake.count("nested")), (6, 2));
    let deletions = fake.log();
    let at: Vec<usize> = (0..deletions.len()).filter(|&at| deletions[at] == "delete").collect();
    let looked =
        |from: usize, to: usize| deletions[at[from]..at[to]].iter().any(|it| it != "delete");
    assert!(looked(3, 4) && looked(4, 5), "{deletions:?}");
}

#[tokio::test(start_paused = true)]
async fn a_composite_is_not_asked_for_while_something_in_it_is_to_stay() {
    let fake = Arc::new(Fake::new(5).composite(0, &[1, 4]));
    let report = carry_out(plan(&fake, 4)).await;
    let name = crate::fake::arn(4);
    let refused = format!("Nested: {name} is nested in it, and is not among what is to be deleted");
    assert_eq!(words(&report), [&*refused, "gone", "gone", "gone"]);
    assert_eq!((fake.count("delete"), fake.holds()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_composite_is_not_asked_for_when_something_in_it_did_not_go() {
    let role = "the role is missing";
    let fake = Fake::new(3).composite(2, &[0, 1]).answer(1, [Answer::Expired(role)]);
    let fake = Arc::new(fake);
    let report = carry_out(plan(&fake, 3)).await;
    let left = format!(
        "Nested: 1 of the 2 points that are nested in it did not go, such as {}",
        crate::fake::arn(1)
    );
    assert_eq!(words(&report), ["gone", "expired", &left]);
    assert_eq!((fake.count("delete"), fake.holds()), (2, 2));
}

/// Of an EKS composite, the part with the state of the cluster goes when the others have gone, and
/// nothing tells which it is.
#[tokio::test(start_paused = true)]
async fn a_part_that_waits_for_the_others_is_asked_for_once_more() {
    let state =
        || Answer::Fail(failure(Class::Refused(Obstacle::Nested), "InvalidRequestException"));
    let fake = Arc::new(Fake::new(3).composite(2, &[0, 1]).answer(0, [state()]));
    let report = carry_out(plan(&fake, 3)).await;
    assert_eq!((words(&report), fake.count("delete")), (vec!["gone".to_owned(); 3], 4));
    // Where nothing else went it is not asked for again.
    let fake = Arc::new(Fake::new(2).answer(0, [state(), state()]).answer(1, [state(), state()]));
    let report = carry_out(plan(&fake, 2)).await;
    assert_eq!((words(&report), fake.count("delete")), (vec!["Nested: as told".to_owned(); 2], 2));
}

/// Who may not list learns from each point what it is nested in, and the service says the rest.
#[tokio::test(start_paused = true)]
async fn where_nothing_can_be_listed_the_service_decides() {
    let fake = Fake::new(4).composite(0, &[1, 3]);
    let fake =
        fake.fail_list(failure(Class::Forbidden { explicit: false }, "AccessDeniedException"));
    let fake = Arc::new(fake);
    let report = carry_out(plan(&fake, 3)).await;
    assert_eq!(words(&report)[0], "Nested: as told");
    assert_eq!(report.items[1].outcome, gone(false));
    assert_eq!(fake.holds(), 2);
}

/// It was deleted, because a look that failed showed nothing of it.
#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_may_be_continuous_and_is_not_asked_for() {
    let forbidden = || failure(Class::Forbidden { explicit: false }, "AccessDeniedException");
    let hidden = || Fake::new(2).continuous(1).fail_list(forbidden()).fail_describe(forbidden());
    let fake = Arc::new(hidden());
    let report = carry_out(plan(&fake, 2)).await;
    for words in words(&report) {
        assert!(words.starts_with("Unread: it could not be read, and may be"), "{words}");
    }
    assert_eq!((fake.count("delete"), fake.holds()), (0, 2));
    let fake = Arc::new(hidden());
    let options = Options { continuous: true, ..options() };
    carry_out(Plan { options, ..plan(&fake, 2) }).await;
    assert_eq!(fake.holds(), 0, "whoever says that they are meant");
}

/// Each was counted as stopped before it was asked for, at every run.
#[tokio::test(start_paused = true)]
async fn those_that_are_said_to_be_in_each_other_are_asked_for() {
    let fake = Arc::new(Fake::new(2).composite(0, &[1]).composite(1, &[0]));
    let report = carry_out(plan(&fake, 2)).await;
    assert_eq!(words(&report), ["Nested: as told"; 2]);
    assert_eq!(fake.holds(), 2);
}

/// The composite waited for it, and had no time left to be read back.
#[tokio::test(start_paused = true)]
async fn what_is_stuck_beside_it_keeps_no_composite_waiting() {
    let fake = Fake::new(3).composite(0, &[1]).answer(2, [Answer::Ignored]);
    let fake = Arc::new(fake);
    let report = carry_out(plan(&fake, 3)).await;
    assert_eq!(words(&report), ["gone", "gone", "unknown"]);
    let log = fake.log();
    let last = log.iter().rposition(|it| it == "delete").unwrap();
    assert!(
        last < 20,
        "it was asked for before what is stuck was given up: {last} of {}",
        log.len()
    );
}

/// The service says for a while that something is nested in it which has gone.
#[tokio::test(start_paused = true)]
async fn a_service_that_hears_late_that_all_in_it_has_gone_is_asked_again() {
    let late =
        || Answer::Fail(failure(Class::Refused(Obstacle::Nested), "InvalidRequestException"));
    let fake = Arc::new(Fake::new(2).composite(0, &[1]).answer(0, [late(), late(), late()]));
    let report = carry_out(plan(&fake, 2)).await;
    assert_eq!((words(&report), fake.count("delete")), (vec!["gone".to_owned(); 2], 5));
}

/// It was refused, since what was nested in it was only accepted.
#[tokio::test(start_paused = true)]
async fn what_is_nested_is_read_back_also_where_nobody_waits_for_the_rest() {
    let fake = Fake::new(3).composite(0, &[1]).answer(1, [Answer::Deleting(2)]);
    let fake = Arc::new(fake);
    let options = Options { wait: false, ..options() };
    let report = carry_out(Plan { options, ..plan(&fake, 3) }).await;
    assert_eq!(words(&report), ["accepted", "gone", "accepted"]);
}

/// Its old refusal was told, although nobody knows what the second deletion did.
#[tokio::test(start_paused = true)]
async fn what_is_out_for_the_second_time_when_the_run_ends_is_unknown() {
    let late = Answer::Fail(failure(Class::Refused(Obstacle::Nested), "InvalidRequestException"));
    let fake = Arc::new(Fake::new(2).answer(0, [late, Answer::Crash]));
    let report = carry_out(plan(&fake, 2)).await;
    assert_eq!(words(&report), ["unknown", "gone"]);
}

/// One that nobody asked for had the run go on, where all that was asked for was denied.
#[tokio::test(start_paused = true)]
async fn what_nobody_asked_for_tells_nothing_of_the_place() {
    let denied = || Answer::Fail(failure(Class::Forbidden { explicit: true }, "AccessDenied"));
    let mut fake = Fake::new(200).continuous(0);
    for number in 1..200 {
        fake = fake.answer(number, [denied()]);
    }
    let fake = Arc::new(fake);
    carry_out(plan(&fake, 200)).await;
    assert!(fake.count("delete") < 50, "{}", fake.count("delete"));
}

/// It waited for what is stuck, and had no time left to be read back when it was asked for again.
#[tokio::test(start_paused = true)]
async fn what_is_stuck_beside_it_keeps_no_composite_waiting_that_is_asked_for_again() {
    let late =
        || Answer::Fail(failure(Class::Refused(Obstacle::Nested), "InvalidRequestException"));
    let fake = Fake::new(3).composite(0, &[1]).answer(0, [late(), late()]);
    let fake = Arc::new(fake.answer(2, [Answer::Ignored]));
    let report = carry_out(plan(&fake, 3)).await;
    assert_eq!(words(&report), ["gone", "gone", "unknown"]);
}

/// It was "never asked for" where nobody came to it before the run ended.
#[tokio::test(start_paused = true)]
async fn what_is_refused_without_a_request_is_told_also_when_the_run_ends_early() {
    let denied = || Answer::Fail(failure(Class::Forbidden { explicit: true }, "AccessDenied"));
    let mut fake = Fake::new(200).continuous(199);
    for number in 0..199 {
        fake = fake.answer(number, [denied()]);
    }
    let fake = Arc::new(fake);
    let report = carry_out(plan(&fake, 200)).await;
    assert!(words(&report)[199].starts_with("Continuous: "), "{report:?}");
}

/// Nobody asked for the second time: that the first time was refused is what is known.
#[tokio::test(start_paused = true)]
async fn what_waits_to_be_asked_for_again_when_the_run_is_stopped_is_refused() {
    let late =
        || Answer::Fail(failure(Class::Refused(Obstacle::Nested), "InvalidRequestException"));
    let fake = Arc::new(Fake::new(2).composite(0, &[1]).answer(0, [late(), late(), late()]));
    let (handle, stop) = Stop::new();
    // The first pause is of a second, and everything before it takes a tenth of one.
    let stops = async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        handle.drain();
        std::future::pending::<()>().await;
    };
    let (plan, connection) = (plan(&fake, 2), Connection::default());
    let report = tokio::select! {
        report = Box::pin(plan.carry_out(&connection, &|_| (), stop)) => report,
        () = stops => unreachable!("it has no end"),
    };
    assert_eq!(words(&report), ["Nested: as told", "gone"]);
    assert_eq!(fake.count("delete"), 2);
}
