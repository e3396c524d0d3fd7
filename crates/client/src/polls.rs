//! When to look at what is being deleted, and when a glance will do. Pure.
//!
//! A look reads where every target stands. It may be hundreds of requests, and only the one
//! that finds nothing any more ends the run. A glance is one request: how many targets the
//! place holds. It proves nothing, and only says when a look may be worth what it costs: when
//! the place holds as few as it should in the end, or when it does not get emptier. So a run is
//! over soon after its last target has gone, and the service is not asked more for it.

use std::time::Duration;

/// The shortest wait before a glance.
const GLANCE_WAIT: Duration = Duration::from_millis(20);
/// The wait after the first look that settled nothing is twice this.
const LOOK_WAIT: Duration = Duration::from_millis(50);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Glances come at intervals of this part of the time that they have gone on for.
const GLANCES: u32 = 8;

/// Glances in a row that show the same: erasures end by the hundred, with pauses between.
const STILL_MAX: u32 = 2;

/// So few targets are looked at after every glance: their look is over as soon as the glance is.
const FEW: usize = 64;

/// The longest between two looks while the place gets emptier: what has gone is to be told, and
/// must not be unknown because the run is ended.
const LOOKS_APART_MAX: Duration = Duration::from_secs(10);

/// What to do in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// Nothing more than the glance that the round began with.
    Glance,
    /// Look at everything.
    Look,
}

/// How often to look: instants come in as time since the watch began.
#[derive(Debug)]
pub(crate) struct Polls {
    looks_apart_max: Duration,
    /// What the place holds once all that is watched has gone, as far as is known.
    goal: Option<u64>,
    /// What it held at the last glance, and when the round of that glance had ended.
    held: Option<u64>,
    before: Duration,
    /// By how much it had become emptier since the glance before.
    fell: u64,
    /// Glances in a row that saw nothing go.
    still: u32,
    /// Looks in a row that settled nothing.
    idle: u32,
    /// When the last look had ended.
    looked: Duration,
}

impl Polls {
    /// For a watch that goes on for `timeout` at most, over `watched` targets of a place that
    /// `held` so many before the first deletion, if that is known.
    pub(crate) fn new(held: Option<u64>, watched: usize, timeout: Duration) -> Self {
        Self {
            looks_apart_max: LOOKS_APART_MAX.min(timeout / 4),
            goal: held.map(|held| held.saturating_sub(count(watched))),
            held: None,
            before: Duration::ZERO,
            fell: 0,
            still: 0,
            idle: 0,
            looked: Duration::ZERO,
        }
    }

    /// Decides what to do after a glance at `now` that showed so many targets in the place, if
    /// it showed that, while so many are watched.
    pub(crate) fn next(&mut self, now: Duration, holds: Option<u64>, watched: usize) -> Round {
        let held = std::mem::replace(&mut self.held, holds);
        let Some(holds) = holds else { return Round::Look };
        self.fell = held.map_or(0, |held| held.saturating_sub(holds));
        self.still = if held.is_some() && self.fell == 0 { self.still + 1 } else { 0 };
        let all_may_be_gone = self.goal.is_none_or(|goal| holds <= goal);
        let looked_long_ago = now.saturating_sub(self.looked) >= self.looks_apart_max;
        if watched <= FEW || all_may_be_gone || self.still >= STILL_MAX || looked_long_ago {
            Round::Look
        } else {
            Round::Glance
        }
    }

    /// The wait after a glance that took `took` and ended at `now`: an eighth of the time that
    /// has gone by, or less if the rest should be gone sooner at the pace of the last two.
    pub(crate) fn after_glance(&mut self, now: Duration, took: Duration) -> Duration {
        let since = now.saturating_sub(self.before);
        self.before = now;
        let left = self.held.unwrap_or(0).saturating_sub(self.goal.unwrap_or(0));
        let wait = (now / GLANCES).min(time_for(left, self.fell, since));
        bounded(wait, took, GLANCE_WAIT)
    }

    /// The wait after a look that took `took` and ended at `now`, settled so many targets and
    /// left so many. While targets are being settled, about as long as the rest should take at
    /// this pace, but not longer than it took until now, or until a glance; otherwise twice as
    /// long each time.
    pub(crate) fn after_look(
        &mut self,
        now: Duration,
        took: Duration,
        settled: usize,
        left: usize,
    ) -> Duration {
        let since = now.saturating_sub(self.before);
        (self.before, self.looked) = (now, now);
        self.goal = self.held.map(|held| held.saturating_sub(count(left)));
        if settled == 0 {
            self.idle += 1;
            let wait = LOOK_WAIT.saturating_mul(1 << self.idle.min(10));
            return bounded(wait, took, LOOK_WAIT);
        }
        (self.idle, self.still) = (0, 0);
        let wait = time_for(count(left), count(settled), since).min(now);
        if left <= FEW || self.held.is_none() {
            bounded(wait, took, LOOK_WAIT)
        } else {
            bounded(wait.min(now / GLANCES), took, GLANCE_WAIT)
        }
    }
}

/// Two thirds of the time are always left to the service to work in.
fn bounded(wait: Duration, took: Duration, least: Duration) -> Duration {
    wait.max(took.saturating_mul(2)).clamp(least, WAIT_MAX)
}

/// How long `left` take if `gone` took `time`.
fn time_for(left: u64, gone: u64, time: Duration) -> Duration {
    let part = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    time.saturating_mul(part(left)).checked_div(part(gone)).unwrap_or(Duration::MAX)
}

fn count(targets: usize) -> u64 {
    u64::try_from(targets).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
