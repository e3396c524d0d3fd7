//! The pace against services with a limit: text scripts that draw its rate, and the bounds
//! that it is held to. `UPDATE=1` writes the drawings anew, so that the diff is the review.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use sexton_client::Pace;

use limiter::{Limiter, Outcome, Window, run, u64_to_f64};

#[path = "pace/limiter.rs"]
mod limiter;

const CALLERS: u64 = 64;

fn limiter(per_second: f64, burst: f64) -> Limiter {
    let latency = Duration::from_millis(20);
    Limiter { per_second, burst, changes: [].into(), others: 0.0, latency, window: None }
}

/// Reads a question such as `limit 50 burst 50 requests 2000; at 10 limit 20`.
fn question(text: &str) -> (Limiter, u64) {
    let mut asked = limiter(0.0, 0.0);
    let mut requests = 0;
    for (place, part) in text.split(';').enumerate() {
        let words: Vec<&str> = part.split_whitespace().collect();
        let mut at = Duration::ZERO;
        for pair in words.chunks(2) {
            let [name, value] = pair else { panic!("a word without a value: {part}") };
            let value: f64 = value.parse().unwrap();
            match *name {
                "at" => at = Duration::from_secs_f64(value),
                "limit" if place == 0 => asked.per_second = value,
                "limit" => asked.changes.push_back((at, value)),
                "burst" => asked.burst = value,
                "others" => asked.others = value,
                "latency" => asked.latency = Duration::from_secs_f64(value / 1000.0),
                "window" => {
                    let length = Duration::from_secs_f64(value);
                    asked.window = Some(Window { length, next: length });
                }
                "requests" => requests = pair[1].parse().unwrap(),
                other => panic!("no such word: {other}"),
            }
        }
    }
    (asked, requests)
}

/// At most forty lines, one for each second or so.
fn drawing(outcome: &Outcome) -> String {
    let mut text = String::new();
    let step = outcome.seconds.len().div_ceil(40);
    let highest = outcome.seconds.iter().map(|second| second.0).fold(1.0, f64::max);
    for (place, seconds) in outcome.seconds.chunks(step).enumerate() {
        let rate = seconds.last().unwrap().0;
        let accepted: u64 = seconds.iter().map(|second| second.1).sum();
        let refused: u64 = seconds.iter().map(|second| second.2).sum();
        let bar: String = (0_u32..40)
            .map(|mark| if f64::from(mark) * highest / 40.0 < rate { '#' } else { ' ' })
            .collect();
        let line = format!(
            "{:>4} s {rate:>7.1}/s |{bar}| {accepted:>5} accepted {refused:>3} refused",
            place * step,
        );
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    let (took, used) = (outcome.took.as_secs_f64(), outcome.used() * 100.0);
    let throttled = outcome.throttled() * 100.0;
    writeln!(text, "{took:.1} s, {used:.1} % of the limit used, {throttled:.2} % refused").unwrap();
    text
}

#[test]
fn the_rates_are_as_they_are_drawn() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pace/rates.txt");
    let script = fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    for block in script.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let asked = block.split("\n----").next().unwrap().trim();
        let last = asked.lines().last().unwrap();
        let (limiter, requests) = question(last);
        let outcome = run(Pace::new(None), limiter, requests, CALLERS, 1);
        writeln!(actual, "{asked}\n----\n{}", drawing(&outcome)).unwrap();
    }
    let actual = format!("{}\n", actual.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).unwrap();
    } else {
        assert_eq!(script, actual, "UPDATE=1 draws the rates anew");
    }
}

/// 2,000 requests used 79 % of a limit of 50 a second and had 15 % refused; a script around
/// boto3's adaptive mode used 91 % and had 1.3 % refused.
#[test]
fn a_limit_is_used_and_seldom_touched() {
    for per_second in [2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0] {
        for burst in [50.0, per_second] {
            for seed in 1..=3 {
                let requests = if per_second > 100.0 { 20_000 } else { 2_000 };
                let limiter = limiter(per_second, burst);
                let outcome = run(Pace::new(None), limiter, requests, CALLERS, seed);
                let (used, throttled) = (outcome.used(), outcome.throttled());
                assert!(used >= 0.95, "{per_second}/s, burst {burst}: {used} used");
                assert!(throttled <= 0.02, "{per_second}/s, burst {burst}: {throttled} refused");
            }
        }
    }
}

/// So many in a minute, wherever in it. The first burst took all of them, and after that half of
/// each minute was lost: the rate came back from next to nothing.
#[test]
fn a_limit_that_is_counted_anew_each_minute_is_used() {
    for (seconds, least) in [(1, 0.7), (10, 0.85), (60, 0.95)] {
        for limit in [60_u32, 120, 300, 600, 1200, 3000] {
            for first in [1.0, 0.75, 0.33, 0.1] {
                let length = Duration::from_secs(seconds);
                let window = Some(Window { length, next: length.mul_f64(first) });
                let (per_second, burst) =
                    (f64::from(limit) / length.as_secs_f64(), f64::from(limit));
                let limiter = Limiter { window, ..limiter(per_second, burst) };
                let outcome = run(Pace::new(None), limiter, u64::from(limit) * 10, CALLERS, 1);
                let (used, throttled) = (outcome.used(), outcome.throttled());
                let case =
                    format!("{limit} in {seconds} s, from {first}: {used:.3}, {throttled:.3}");
                assert!(used >= least && throttled <= 0.16, "{case}");
            }
        }
    }
}

/// The first quarter of ten thousand deletions took a second: fifty in the first second was
/// where every service began, and one that answers in milliseconds has borne more by then.
#[test]
fn a_service_that_answers_soon_is_not_begun_with_slowly() {
    for (millis, seconds) in [(1, 0.3), (2, 0.6), (5, 1.2)] {
        let latency = Duration::from_millis(millis);
        let limiter = Limiter { latency, ..limiter(1e9, 1e9) };
        let outcome = run(Pace::new(None), limiter, 10_000, CALLERS, 1);
        let took = outcome.took.as_secs_f64();
        assert!(took < seconds, "{millis} ms: {took} s");
    }
}

#[test]
fn a_service_without_a_limit_is_not_slowed_down() {
    let limiter = limiter(1e9, 1e9);
    let outcome = run(Pace::new(None), limiter, 100_000, CALLERS, 1);
    // 64 callers of 20 ms, less what is spread: 3,200 to 6,400 a second.
    let per_second = u64_to_f64(outcome.accepted) / outcome.took.as_secs_f64();
    assert!(per_second > 3_000.0, "{per_second}");
    assert_eq!(outcome.refused, 0);
}
