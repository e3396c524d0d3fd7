//! One rate that a whole run shares, learned from what the service accepts.
//!
//! AWS does not publish the request quotas of its backup service, so the limit is measured.
//! A limiter is a bucket: it fills at the limit, each accepted request takes one out, and a
//! refusal says that it is empty. Between two refusals, therefore, what was accepted divided
//! by the time *is* the limit (or less, where the bucket was full in between). So:
//!
//! - Until the first refusal the rate grows with every answer. Where answers come within
//!   milliseconds it is never lower than that of a script that sends one request after the other.
//! - A refusal sets the rate just under what was measured since earlier ones. From there it
//!   comes back slowly, stays near the limit, and then grows ever faster, as CUBIC does for
//!   TCP (RFC 9438): a limit that was raised is found, and one that stands is seldom touched.
//! - Refusals that follow each other with hardly an answer between say that the limit has
//!   fallen, or was never known: the rate is halved until something is accepted again.
//! - Some services count by the minute instead: all is refused until a new minute begins. When
//!   something is accepted after a drought, what was accepted since the drought before it,
//!   divided by the time, is the limit, and the rate starts from there.
//!
//! Pure: instants come in as time since the run began.

use std::collections::VecDeque;
use std::time::Duration;

/// Requests per second at the start.
const START: f64 = 50.0;
/// The rate never falls below one request in two seconds.
const RATE_MIN: f64 = 0.5;
/// Faster than this, pacing is noise.
const RATE_MAX: f64 = 100_000.0;
/// Waits below the resolution of timers are not worth a sleep.
const WAIT_MIN: Duration = Duration::from_millis(1);
/// Turns that a late timer has missed may be made up for, up to this much time.
const LATE_MAX: Duration = Duration::from_millis(5);
/// Seconds within which a service answers that is not far away.
const NEAR: f64 = 0.01;
/// Before the first refusal, what is in flight grows by this part of a request an answer.
const START_GROWTH: f64 = 0.06;
/// What is left of a known limit when the service refuses.
const UNDER_LIMIT: f64 = 0.98;
/// What is left of a rate when the service refuses and its limit is not known.
const UNKNOWN_LIMIT: f64 = 0.5;
/// The same, when it had accepted that rate for a while before.
const UNSURE_LIMIT: f64 = 0.8;
/// Fewer answers than this measure nothing.
const MEASURED_MIN: u64 = 8;
/// Refusals that are remembered for measuring.
const CUTS_MAX: usize = 32;
/// Answers after which the rate is back at a limit that was measured.
const RETURN_ANSWERS: f64 = 60.0;
/// The same, when it was not measured.
const RETURN_ANSWERS_UNKNOWN: f64 = 20.0;
/// The least number of answers in which the rate comes back.
const RETURN_ANSWERS_MIN: f64 = 10.0;
/// Nobody asked for longer than this: the bucket may have filled, and measures begin anew.
const IDLE: f64 = 0.25;

/// After so many refusals with no answer between them, and no less than this time, what is
/// accepted shows that the service has begun to count anew.
const DROUGHT_REFUSALS_MIN: u32 = 3;
const DROUGHT_MIN: Duration = Duration::from_millis(100);

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a turn that was taken is counted"]
pub enum Turn {
    /// It goes now.
    Now,
    /// Ask again after this long; nothing was taken.
    After(Duration),
}

/// The pace of a run.
#[derive(Debug, Clone)]
pub struct Pace {
    rate: f64,
    cap: f64,
    /// When the next request may go.
    free: Duration,
    /// Whether requests have had to wait since the rate last grew. A rate that nobody
    /// uses up does not grow: else it would have to fall many times to be felt.
    pressed: bool,
    /// Requests that were accepted.
    accepted: u64,
    /// Seconds from sending a request to its answer, smoothed.
    latency: f64,
    /// When the rate was cut, and how many requests had been accepted by then.
    cuts: VecDeque<(Duration, u64)>,
    /// How the rate comes back; nothing until the service first refuses.
    course: Option<Course>,
    /// The refusals since the last answer; nothing if there were none.
    drought: Option<Drought>,
    /// When the last long drought ended, and how many requests had been accepted by then.
    renewed: (Duration, u64),
}

/// Refusals that follow each other with no answer between.
#[derive(Debug, Clone, Copy)]
struct Drought {
    began: Duration,
    refusals: u32,
}

/// How the rate comes back after a cut: through `low` of `plateau`, flat where it reaches
/// the plateau, and steeper the farther it is beyond.
#[derive(Debug, Clone, Copy)]
struct Course {
    plateau: f64,
    low: f64,
    /// Answers from the cut to the plateau.
    length: f64,
    /// Answers since the cut.
    answers: f64,
}

impl Course {
    fn rate(&self) -> f64 {
        let place = (self.answers - self.length) / self.length;
        self.plateau * (1.0 + (1.0 - self.low) * place.powi(3))
    }
}

/// A limit, as far as it was measured.
#[derive(Debug, Clone, Copy)]
struct Measured {
    limit: f64,
    answers: u64,
}

impl Pace {
    /// A pace that never exceeds `cap` requests per second.
    pub fn new(cap: Option<u32>) -> Self {
        let cap = cap.map_or(RATE_MAX, |cap| f64::from(cap.max(1)).min(RATE_MAX));
        Self {
            rate: START.min(cap),
            cap,
            free: Duration::ZERO,
            pressed: false,
            accepted: 0,
            latency: 0.02,
            cuts: VecDeque::with_capacity(CUTS_MAX),
            course: None,
            drought: None,
            renewed: (Duration::ZERO, 0),
        }
    }

    /// Takes the next turn if there is one at `now`.
    pub fn take(&mut self, now: Duration) -> Turn {
        let wait = self.free.saturating_sub(now);
        if wait > WAIT_MIN {
            self.pressed = true;
            return Turn::After(wait);
        }
        let idle = now.saturating_sub(self.free).as_secs_f64();
        if idle > IDLE.max(4.0 / self.rate) {
            self.cuts.clear();
        }
        let turn = self.free.max(now.saturating_sub(LATE_MAX));
        self.free = turn.saturating_add(Duration::from_secs_f64(1.0 / self.rate));
        Turn::Now
    }

    /// A request that was sent at `sent` has been answered at `now`, and not because there
    /// are too many of them.
    pub fn answered(&mut self, sent: Duration, now: Duration) {
        self.accepted += 1;
        let latency = now.saturating_sub(sent).as_secs_f64();
        self.latency += (latency - self.latency) * 0.1;
        if let Some(drought) = self.drought.take() {
            self.renew(drought, now);
        }
        if !std::mem::take(&mut self.pressed) {
            return;
        }
        let rate = match &mut self.course {
            None => {
                let alone = if latency < NEAR { 1.0 / latency.max(0.001) } else { 0.0 };
                let latency = self.latency.max(0.001);
                let grown = self.rate + (START_GROWTH / latency).max((0.5 / latency).min(1.0));
                grown.max(alone)
            }
            Some(course) => {
                course.answers += 1.0;
                course.rate()
            }
        };
        self.rate = rate.max(self.rate).min(self.cap);
    }

    /// Something was accepted after a drought: if it was a long one, the service has begun to
    /// count anew, and its limit is what it accepted from one such beginning to the next.
    fn renew(&mut self, drought: Drought, now: Duration) {
        let dry = now.saturating_sub(drought.began);
        if drought.refusals < DROUGHT_REFUSALS_MIN || dry < DROUGHT_MIN {
            return;
        }
        let (since, before) = self.renewed;
        // This answer is the first of the new count.
        let accepted = self.accepted - 1;
        self.renewed = (now, accepted);
        let (answers, seconds) = (accepted - before, now.saturating_sub(since).as_secs_f64());
        if answers < MEASURED_MIN || seconds <= 0.0 {
            return;
        }
        let limit = f64::from(u32::try_from(answers).unwrap_or(u32::MAX)) / seconds;
        self.rate = self.rate.max(limit).min(self.cap);
        self.free = self.free.min(now);
        self.cuts.clear();
        let length = RETURN_ANSWERS.max(3.0 * self.rate * self.latency);
        self.course =
            Some(Course { plateau: self.rate, low: UNDER_LIMIT, length, answers: length });
    }

    /// The service refused a request that was sent at `sent`: there are too many of them.
    pub fn refused(&mut self, sent: Duration, now: Duration) {
        let drought = self.drought.get_or_insert(Drought { began: now, refusals: 0 });
        let last_cut = self.cuts.back().copied();
        if last_cut.is_some_and(|(at, _)| sent <= at) {
            // The echo of what was sent before the rate was cut.
            return;
        }
        drought.refusals += 1;
        let in_flight = self.rate * self.latency;
        let unknown_length = RETURN_ANSWERS_UNKNOWN.max(3.0 * in_flight);
        let at_once = last_cut.is_some_and(|(_, accepted)| self.accepted - accepted < MEASURED_MIN);
        let known = if at_once { None } else { self.measure(now) };
        let mut course = match known {
            Some(Measured { limit, answers }) => {
                let limit = if self.course.is_none() { limit } else { limit.min(self.rate) };
                let answers = f64::from(u32::try_from(answers / 2).unwrap_or(u32::MAX));
                let length = RETURN_ANSWERS.max(3.0 * in_flight).min(answers);
                Course {
                    plateau: limit.max(self.rate * UNKNOWN_LIMIT),
                    low: UNDER_LIMIT,
                    length: length.max(RETURN_ANSWERS_MIN),
                    answers: 0.0,
                }
            }
            None => Course {
                plateau: self.rate,
                low: if at_once || self.course.is_none() { UNKNOWN_LIMIT } else { UNSURE_LIMIT },
                length: unknown_length,
                answers: 0.0,
            },
        };
        course.plateau = course.plateau.clamp(RATE_MIN, self.cap);
        self.rate = course.rate().clamp(RATE_MIN, self.cap);
        self.course = Some(course);
        if self.cuts.len() == CUTS_MAX {
            self.cuts.pop_front();
        }
        self.cuts.push_back((now, self.accepted));
        self.free = self.free.max(now);
        if known.is_some() {
            // The bucket is empty: without a little in it, the next request that comes a
            // bit early would be refused again.
            let cushion = 0.5 + (self.rate * self.latency).sqrt();
            self.free += Duration::from_secs_f64(cushion / self.rate);
        }
    }

    /// The limit, from what was accepted between earlier refusals and now: the longest
    /// time that agrees with the latest.
    fn measure(&self, now: Duration) -> Option<Measured> {
        let mut latest: Option<Measured> = None;
        let mut longest: Option<Measured> = None;
        for (at, accepted) in self.cuts.iter().rev() {
            let answers = self.accepted - accepted;
            let seconds = now.saturating_sub(*at).as_secs_f64();
            if answers < MEASURED_MIN || seconds <= 0.0 {
                continue;
            }
            let count = f64::from(u32::try_from(answers).unwrap_or(u32::MAX));
            let measured = Measured { limit: count / seconds, answers };
            let first = *latest.get_or_insert(measured);
            let first_count = f64::from(u32::try_from(first.answers).unwrap_or(u32::MAX));
            let tolerance = first.limit * (0.05 + 2.0 / first_count);
            if (measured.limit - first.limit).abs() > tolerance {
                break;
            }
            longest = Some(measured);
        }
        longest
    }

    /// Requests per second, at present.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}

#[cfg(test)]
mod tests;
