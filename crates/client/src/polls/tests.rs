//! Text scripts of whole watches, in time that is simulated. `UPDATE=1` writes them anew, so
//! that the diff is the review.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A service from which targets go at a steady pace, once it begins.
#[derive(Debug, Clone, Copy)]
struct Service {
    targets: u64,
    /// What the vault holds beside them.
    others: u64,
    /// When the first goes, counted from the beginning of the watch.
    begins: Duration,
    per_second: u64,
    /// How many go together.
    together: u64,
    /// How many never go.
    stay: u64,
    request: Duration,
    page: Duration,
    /// Whether it says how many targets it holds.
    tells: bool,
    timeout: Duration,
}

impl Service {
    /// Reads a question such as `targets 10000 others 1000 per-second 5000 page 12`.
    fn asked(text: &str) -> Self {
        let mut asked = Self {
            targets: 0,
            others: 0,
            begins: Duration::ZERO,
            per_second: 1,
            together: 1,
            stay: 0,
            request: millis(1),
            page: millis(1),
            tells: true,
            timeout: Duration::from_mins(15),
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.chunks(2) {
            let [name, value] = pair else { panic!("a word without a value: {text}") };
            let value: u64 = value.parse().unwrap();
            match *name {
                "targets" => asked.targets = value,
                "others" => asked.others = value,
                "begins" => asked.begins = millis(value),
                "per-second" => asked.per_second = value,
                "together" => asked.together = value,
                "stay" => asked.stay = value,
                "request" => asked.request = millis(value),
                "page" => asked.page = millis(value),
                "tells" => asked.tells = value == 1,
                "timeout" => asked.timeout = Duration::from_secs(value),
                other => panic!("no such word: {other}"),
            }
        }
        asked
    }

    /// How many targets are there at `now`.
    fn left(&self, now: Duration) -> u64 {
        let worked = now.saturating_sub(self.begins).as_millis();
        let gone = u64::try_from(worked).unwrap() * self.per_second / 1000;
        let gone = gone / self.together * self.together;
        // The last of them are fewer.
        let whole = self.targets - self.stay;
        self.targets - if gone + self.together > whole { whole } else { gone.min(whole) }
    }

    /// When the last of those that go has gone.
    fn last_gone(&self) -> Duration {
        let gone = |now: &Duration| self.left(*now) == self.stay;
        (0..u64::from(u32::MAX)).map(millis).find(gone).unwrap()
    }
}

/// What a watch came to.
#[derive(Debug, Default)]
struct Watched {
    lines: Vec<String>,
    looks: u64,
    requests: u64,
    ended: Duration,
    left: u64,
}

fn watch(service: Service) -> Watched {
    let held = service.tells.then_some(service.targets + service.others);
    let watched = usize::try_from(service.targets).unwrap();
    let mut polls = Polls::new(held, watched, service.timeout);
    let (mut now, mut left, mut seen) = (Duration::ZERO, service.targets, Watched::default());
    loop {
        let (began, all) = (now, left);
        let there = service.left(now);
        let holds = service.tells.then_some(there + service.others);
        now += service.request;
        seen.requests += 1;
        let round = polls.next(began, holds, usize::try_from(left).unwrap());
        let wait = match round {
            Round::Glance => polls.after_glance(now, now.saturating_sub(began)),
            Round::Look => {
                let pages = (there + service.others).div_ceil(1000).max(1);
                seen.looks += 1;
                seen.requests += pages;
                left = service.left(now).min(left);
                now += service.page * u32::try_from(pages).unwrap();
                let [settled, left] = [all - left, left].map(|it| usize::try_from(it).unwrap());
                polls.after_look(now, now.saturating_sub(began), settled, left)
            }
        };
        let what = match round {
            Round::Glance => format!("a glance: {there} are there"),
            Round::Look => format!("a look: {} settled, {left} left", all - left),
        };
        seen.lines.push(format!("{:>8.3} s  {what}", began.as_secs_f64()));
        if left == 0 || now + wait >= service.timeout {
            (seen.ended, seen.left) = (now, left);
            return seen;
        }
        now += wait;
    }
}

/// The beginning and the end, and what it cost.
fn told(service: Service) -> String {
    let seen = watch(service);
    let (mut text, rounds) = (String::new(), seen.lines.len());
    for (place, line) in seen.lines.iter().enumerate() {
        match place {
            12 if rounds > 20 => writeln!(text, "          …").unwrap(),
            12.. if rounds > 20 && place < rounds - 6 => (),
            _ => writeln!(text, "{line}").unwrap(),
        }
    }
    let (looks, requests, ended) = (seen.looks, seen.requests, seen.ended.as_secs_f64());
    let glances = u64::try_from(rounds).unwrap() - looks;
    if seen.left == 0 {
        let late = seen.ended.saturating_sub(service.last_gone()).as_secs_f64();
        writeln!(text, "ends at {ended:.3} s, {late:.3} s after the last had gone").unwrap();
    } else {
        writeln!(text, "ends at {ended:.3} s with {} left", seen.left).unwrap();
    }
    writeln!(text, "{looks} looks, {glances} glances, {requests} requests").unwrap();
    text
}

#[test]
fn the_watches_are_as_they_are_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/polls/watches.txt");
    let script = std::fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    for block in script.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let asked = block.split("\n----").next().unwrap().trim();
        let service = Service::asked(asked.lines().last().unwrap());
        writeln!(actual, "{asked}\n----\n{}", told(service)).unwrap();
    }
    let actual = format!("{}\n", actual.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, actual).unwrap();
    } else {
        assert_eq!(script, actual, "UPDATE=1 writes the watches anew");
    }
}

/// Ten thousand erasures that end within two seconds were seen to have ended a second later:
/// only a look told how far they were, and looks are too dear to come often.
#[test]
fn a_watch_is_over_soon_after_the_last_target_has_gone() {
    for per_second in [100, 1000, 5000, 20_000, 100_000] {
        for together in [1, 256] {
            let text = format!("targets 10000 others 1000 per-second {per_second} page 12");
            let service = Service { together, ..Service::asked(&text) };
            let (seen, last) = (watch(service), service.last_gone());
            assert_eq!(seen.left, 0);
            let late = seen.ended.saturating_sub(last);
            assert!(late <= millis(60) + last / 20, "{per_second}/s: {late:?} after {last:?}");
            assert!(seen.looks <= 2 + last.as_secs() / 5, "{seen:?}");
        }
    }
}

/// What the real service takes minutes for is asked about as seldom as before there were
/// glances: a look every five seconds, which is a glance and eleven pages.
#[test]
fn what_takes_minutes_is_not_asked_about_more_often() {
    for per_second in [1, 5, 20, 100] {
        for begins in [0, 60_000, 300_000] {
            let text = format!("targets 10000 others 1000 per-second {per_second} begins {begins}");
            let (request, page) = (millis(40), millis(150));
            let timeout = Duration::from_hours(4);
            let seen = watch(Service { request, page, timeout, ..Service::asked(&text) });
            let before = 12 * (seen.ended.as_secs() / 5);
            assert_eq!(seen.left, 0);
            assert!(seen.requests <= before, "{} of {before}", seen.requests);
        }
    }
}

#[test]
fn looks_that_settle_nothing_become_rare() {
    let mut polls = Polls::new(None, 7, Duration::from_mins(15));
    let waits = [100, 200, 400, 800, 1600, 3200, 5000, 5000].map(millis);
    for wait in waits {
        assert_eq!(polls.next(Duration::ZERO, Some(7), 7), Round::Look);
        assert_eq!(polls.after_look(Duration::ZERO, Duration::ZERO, 0, 7), wait);
    }
}

proptest! {
    #[test]
    fn a_wait_has_bounds_and_leaves_the_service_time_to_work(
        held in proptest::option::of(0_u64..90),
        rounds in proptest::collection::vec(
            (0_u64..100_000, 0_u64..9000, proptest::option::of(0_u64..90), 0_usize..9, 1_usize..90),
            1..40,
        ),
    ) {
        let (mut polls, mut now) = (Polls::new(held, 80, Duration::from_mins(15)), Duration::ZERO);
        for (passed, took, holds, settled, left) in rounds {
            now += millis(passed);
            let round = polls.next(now, holds, left);
            now += millis(took);
            let wait = match round {
                Round::Glance => polls.after_glance(now, millis(took)),
                Round::Look => polls.after_look(now, millis(took), settled, left),
            };
            prop_assert!((GLANCE_WAIT..=WAIT_MAX).contains(&wait));
            prop_assert!(wait >= millis(2 * took).min(WAIT_MAX));
            prop_assert!(round == Round::Look || (holds.is_some() && left > FEW));
        }
    }

    #[test]
    fn no_counts_make_it_panic(
        passed: u32, held: Option<u64>, holds: [Option<u64>; 2], settled: usize, left: usize,
    ) {
        let mut polls = Polls::new(held, left, Duration::MAX);
        for now in [Duration::from_secs(u64::MAX), millis(passed.into())] {
            for holds in holds {
                let _: Round = polls.next(now, holds, left);
                polls.after_glance(now, Duration::MAX);
                polls.after_look(now, Duration::MAX, settled, left);
            }
        }
    }
}
