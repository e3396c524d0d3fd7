//! A service with a limit, its callers, and time that passes only here.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use sexton_client::{Class, Jitter, Pace, RetryPolicy, Turn};

/// A bucket that fills at a limit and is emptied by what is accepted; or one that is filled
/// anew at the beginning of each window, and in between not at all.
#[derive(Debug, Clone)]
pub(crate) struct Limiter {
    pub(crate) per_second: f64,
    pub(crate) burst: f64,
    /// When the limit becomes another.
    pub(crate) changes: VecDeque<(Duration, f64)>,
    /// What somebody else takes out of the same bucket, per second.
    pub(crate) others: f64,
    pub(crate) latency: Duration,
    pub(crate) window: Option<Window>,
}

/// When the bucket is filled anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) length: Duration,
    /// When the next one begins.
    pub(crate) next: Duration,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) took: Duration,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// Requests that the limit would have allowed in that time, without the burst.
    pub(crate) allowed: f64,
    /// For each second: the rate at its end, what was accepted and what was refused in it.
    pub(crate) seconds: Vec<(f64, u64, u64)>,
}

impl Outcome {
    pub(crate) fn used(&self) -> f64 {
        u64_to_f64(self.accepted) / self.allowed
    }

    pub(crate) fn throttled(&self) -> f64 {
        u64_to_f64(self.refused) / u64_to_f64(self.accepted + self.refused)
    }
}

pub(crate) fn u64_to_f64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// The first in line asks for its turn again.
    Line,
    /// A request that was sent then, for so many times, reaches the service.
    Arrive { sent: Duration, attempt: u32, back: Duration },
    /// Its answer reaches the caller.
    Answer { sent: Duration, attempt: u32, accepted: bool },
    /// It has waited, and asks for a turn again.
    Again { attempt: u32 },
}

#[derive(Debug)]
struct Run {
    pace: Pace,
    limiter: Limiter,
    filled: (Duration, f64),
    steps: BinaryHeap<Reverse<(Duration, u64, Step)>>,
    order: u64,
    /// Who waits for a turn: how often it will have been sent.
    line: VecDeque<u32>,
    asked: bool,
    left: u64,
    random: Jitter,
    outcome: Outcome,
}

/// Sends `requests` by `callers` that share `pace`, until all are accepted.
pub(crate) fn run(pace: Pace, limiter: Limiter, requests: u64, callers: u64, seed: u64) -> Outcome {
    let outcome = Outcome {
        took: Duration::ZERO,
        accepted: 0,
        refused: 0,
        allowed: 0.0,
        seconds: Vec::new(),
    };
    let filled = (Duration::ZERO, limiter.burst);
    let mut run = Run {
        pace,
        limiter,
        filled,
        steps: BinaryHeap::new(),
        order: 0,
        line: VecDeque::new(),
        asked: false,
        left: requests,
        random: Jitter::new(seed),
        outcome,
    };
    (0..callers).for_each(|_| run.begin());
    run.serve_line(Duration::ZERO);
    while run.outcome.accepted < requests {
        let Reverse((now, _, step)) = run.steps.pop().unwrap();
        run.draw(now);
        run.step(now, step);
        run.outcome.took = now;
    }
    run.fill(run.outcome.took);
    run.outcome
}

impl Run {
    fn begin(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            self.line.push_back(1);
        }
    }

    fn after(&mut self, at: Duration, step: Step) {
        self.order += 1;
        self.steps.push(Reverse((at, self.order, step)));
    }

    /// Somewhere in `whole`, from `part` of it on.
    fn spread(&self, whole: Duration, part: f64) -> Duration {
        let random = f64::from(u32::try_from(self.random.next() >> 32).unwrap());
        whole.mul_f64(part + (1.0 - part) * random / f64::from(u32::MAX))
    }

    /// Lets those in line go whose turn it is.
    fn serve_line(&mut self, now: Duration) {
        while let Some(attempt) = self.line.front().copied() {
            match self.pace.take(now) {
                Turn::Now => {
                    self.line.pop_front();
                    let there = self.spread(self.limiter.latency, 0.5) / 2;
                    let back = self.spread(self.limiter.latency, 0.5) / 2;
                    self.after(now + there, Step::Arrive { sent: now, attempt, back });
                }
                Turn::After(wait) => {
                    if !self.asked {
                        self.asked = true;
                        // A timer is up to a millisecond late.
                        let late = self.spread(Duration::from_millis(1), 0.0);
                        self.after(now + wait + late, Step::Line);
                    }
                    return;
                }
            }
        }
    }

    fn step(&mut self, now: Duration, step: Step) {
        match step {
            Step::Line => self.asked = false,
            Step::Arrive { sent, attempt, back } => {
                let accepted = self.accept(now);
                self.after(now + back, Step::Answer { sent, attempt, accepted });
            }
            Step::Answer { sent, accepted: true, .. } => {
                self.outcome.accepted += 1;
                self.outcome.seconds.last_mut().unwrap().1 += 1;
                self.pace.answered(sent, now);
                self.begin();
            }
            Step::Answer { sent, attempt, accepted: false } => {
                self.outcome.refused += 1;
                self.outcome.seconds.last_mut().unwrap().2 += 1;
                self.pace.refused(sent, now);
                let policy = RetryPolicy { throttled_attempts_max: 1000, ..RetryPolicy::default() };
                let wait = policy.wait(Class::Throttled, attempt, self.random.next()).unwrap();
                self.after(now + wait, Step::Again { attempt: attempt + 1 });
            }
            Step::Again { attempt } => self.line.push_back(attempt),
        }
        self.serve_line(now);
    }

    fn accept(&mut self, now: Duration) -> bool {
        self.fill(now);
        if self.filled.1 < 1.0 {
            return false;
        }
        self.filled.1 -= 1.0;
        true
    }

    fn fill(&mut self, now: Duration) {
        while let Some((at, per_second)) = self.limiter.changes.front().copied()
            && at <= now
        {
            self.limiter.changes.pop_front();
            self.fill_until(at);
            self.limiter.per_second = per_second;
        }
        self.fill_until(now);
    }

    fn fill_until(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.filled.0).as_secs_f64();
        let ours = (self.limiter.per_second - self.limiter.others).max(0.0) * seconds;
        self.outcome.allowed += ours;
        if let Some(window) = &mut self.limiter.window {
            while window.next <= now {
                window.next += window.length;
                self.filled.1 = self.limiter.burst;
            }
            self.filled.0 = now.max(self.filled.0);
            return;
        }
        self.filled = (now.max(self.filled.0), (self.filled.1 + ours).min(self.limiter.burst));
    }

    fn draw(&mut self, now: Duration) {
        let wanted = usize::try_from(now.as_secs()).unwrap() + 1;
        while self.outcome.seconds.len() < wanted {
            self.outcome.seconds.push((self.pace.rate(), 0, 0));
        }
        self.outcome.seconds.last_mut().unwrap().0 = self.pace.rate();
    }
}
