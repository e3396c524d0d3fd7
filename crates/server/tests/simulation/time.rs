//! The time of a simulated world: it passes, and the wall clock jumps both ways.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sexton_core::ClockTrust;
use sexton_server::scheduler::{self, Look, Scheduler};
use sexton_store::clock::Clock;
use tokio::sync::watch;

use crate::invariants_fsx::automatic_backups_have_gone;
use crate::parts::Sabotage;
use crate::world::Simulation;

/// When a world begins.
const BEGINNING: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// How far off a clock may be that is believed while a server runs, either way.
const SUSPENDED_SECONDS_MAX: i64 = 2 * 86_400;

/// The same when it starts.
const DOWNTIME_SECONDS_MAX: i64 = 7 * SUSPENDED_SECONDS_MAX;

/// Time in seconds, as nobody in the world knows it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Passed {
    /// What has passed, whatever the clock says.
    counted: i64,
    /// By how much the clock may have been off from that, all in all.
    slack: i64,
}

/// See the module.
pub(crate) struct Time {
    pub(crate) clock: Arc<Clock>,
    passed: Passed,
    /// How much had passed when backups were asked for, by what the clock told then.
    pub(crate) asked: BTreeMap<Timestamp, Passed>,
    told: Timestamp,
    latest: Timestamp,
}

impl Default for Time {
    fn default() -> Self {
        Self::of(Arc::new(Clock::with_hands(BEGINNING)))
    }
}

impl Time {
    /// The time that a clock tells whose world begins.
    pub(crate) fn of(clock: Arc<Clock>) -> Self {
        let (passed, asked) = (Passed::default(), BTreeMap::new());
        Self { clock, passed, asked, told: BEGINNING, latest: BEGINNING }
    }

    pub(crate) fn jumped(&self) -> bool {
        self.clock.trust() != ClockTrust::Trusted
    }

    /// The most that a clock may have counted since.
    pub(crate) fn since(&self, then: Passed) -> i64 {
        self.passed.counted - then.counted + self.passed.slack - then.slack
    }

    /// Notes when something is asked for that has an end.
    pub(crate) fn note(&mut self) {
        self.asked.entry(self.told).or_insert(self.passed);
    }

    /// What it tells goes on, unless a person took it back.
    fn look(&mut self, taken_back: bool) {
        let now = self.clock.now();
        assert!(now >= self.told || taken_back, "time runs backwards: {} to {now}", self.told);
        self.told = now;
        self.latest = self.latest.max(now);
    }
}

#[test]
fn a_scheduler_that_is_told_to_stop_waits_for_no_look() {
    // A world in which reading waits.
    let world = Simulation::with(6, Sabotage::None);
    let service = Arc::clone(world.service());
    let (stop, stopped) = watch::channel(false);
    let reads = || world.waiting().iter().any(|(label, _)| label.starts_with("read due_expiries"));
    world.runtime().block_on(async {
        let running = tokio::spawn(scheduler::run(service, stopped));
        while !reads() {
            tokio::task::yield_now().await;
        }
        stop.send_replace(true);
        tokio::time::timeout(Duration::from_mins(5), running).await.unwrap().unwrap();
        assert!(reads(), "nobody has answered it");
    });
}

impl Simulation {
    /// Time passes; none passes otherwise, so that how long things really take decides
    /// nothing.
    pub(crate) fn tick(&mut self, seconds: u32) {
        self.time.clock.pass(Duration::from_secs(seconds.into()));
        self.time.passed.counted += i64::from(seconds);
        self.time.look(self.credulous());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.time.told
    }

    /// The latest that it has ever been.
    pub(crate) fn latest(&self) -> Timestamp {
        self.time.latest
    }

    fn credulous(&self) -> bool {
        self.sabotage == Sabotage::CredulousClock
    }

    /// The wall clock jumps, back or forth.
    pub(crate) fn jump(&mut self) {
        let hours = [-24 * 800, -24 * 40, -1, 1, 24 * 40, 24 * 800];
        let hours = *self.dice.pick(&hours).unwrap();
        self.report.jumps += 1;
        let before = self.time.told;
        self.time.clock.jump(SignedDuration::from_hours(hours));
        self.time.look(self.credulous());
        // A little is believed: the machine may have been suspended.
        let believed = self.time.told.duration_since(before).as_secs();
        self.time.passed.slack += believed.clamp(0, SUSPENDED_SECONDS_MAX);
    }

    /// A person says that the clock is right although it jumped.
    pub(crate) fn confirm(&mut self) {
        self.report.confirmed += 1;
        let before = self.time.told;
        self.time.clock.confirm();
        self.time.look(true);
        let by = self.time.told.duration_since(before).as_secs().abs();
        self.time.passed.slack += by + SUSPENDED_SECONDS_MAX;
    }

    /// A server starts on what was written: more may have passed meanwhile than was counted.
    pub(crate) fn resume(&mut self) {
        if !self.credulous() {
            self.time.clock.resume(Some(self.time.told));
            self.time.passed.slack += DOWNTIME_SECONDS_MAX + SUSPENDED_SECONDS_MAX;
        }
        self.tick(1);
    }

    /// Whatever the clock said before: it is later than that, a person says so, and the
    /// scheduler finds time.
    pub(crate) fn let_everything_expire(&mut self) {
        let late = self.time.latest + SignedDuration::from_hours(24 * 1000);
        let clock = &self.time.clock;
        clock.jump(late.duration_since(clock.system()));
        self.confirm();
        self.time.note();
        let service = Arc::clone(self.service());
        let mut scheduler = Scheduler::default();
        while self.runtime().block_on(scheduler.look(&service)) != Look::default() || self.drain() {
        }
        automatic_backups_have_gone(self);
    }
}
