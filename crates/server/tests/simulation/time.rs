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
use crate::invariants_rds::nothing_that_is_over_is_kept;
use crate::parts::Sabotage;
use crate::world::Simulation;

/// When a world begins.
const BEGINNING: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Looks after which nothing more is due.
const LOOKS_MAX: u32 = 10_000;

/// How far ahead a clock may be that is believed while a server runs.
const SUSPENDED_SECONDS_MAX: i64 = 86_400;

/// The same when it starts.
const DOWNTIME_SECONDS_MAX: i64 = 7 * SUSPENDED_SECONDS_MAX;

/// Time in seconds, as nobody in the world knows it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Passed {
    /// What has passed, whatever the clock says.
    counted: i64,
    /// By how much the clock was rightly ahead of that, all in all.
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

    /// Notes when something is asked for that has an end. A look that began before a person set
    /// the clock back may still go by what it showed then.
    pub(crate) fn note(&mut self) {
        let set_back = self.latest.duration_since(self.told).as_secs();
        let slack = self.passed.slack - set_back;
        self.asked.entry(self.told).or_insert(Passed { slack, ..self.passed });
    }

    /// What it tells goes on, unless a person took it back. `counted` has passed since the last
    /// look, and the clock may be ahead of that by so much.
    fn look(&mut self, counted: i64, ahead_max: i64, taken_back: bool) {
        let now = self.clock.now();
        assert!(now >= self.told || taken_back, "time runs backwards: {} to {now}", self.told);
        let told = now.duration_since(self.told).as_millis();
        let ahead = i64::try_from((told + 999).div_euclid(1000)).unwrap() - counted;
        self.passed.counted += counted;
        self.passed.slack += ahead.clamp(0, ahead_max);
        self.told = now;
        self.latest = self.latest.max(now);
        // Whatever ends now is kept from now on.
        self.note();
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
        self.time.look(seconds.into(), SUSPENDED_SECONDS_MAX, self.credulous());
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
        self.time.clock.jump(SignedDuration::from_hours(hours));
        // A little is believed: the machine may have been suspended.
        self.time.look(0, SUSPENDED_SECONDS_MAX, self.credulous());
    }

    /// A person says that the clock is right although it jumped.
    pub(crate) fn confirm(&mut self) {
        if !self.seal() {
            return;
        }
        self.report.confirmed += 1;
        self.time.clock.confirm();
        self.time.look(0, i64::MAX, true);
    }

    /// A server starts on what was written: more may have passed meanwhile than was counted.
    pub(crate) fn resume(&mut self) {
        if !self.credulous() {
            self.time.clock.resume(Some(self.time.told));
            self.time.look(0, DOWNTIME_SECONDS_MAX, false);
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
        for looks in 0.. {
            let look = self.runtime().block_on(scheduler.look(&service));
            if !self.drain() && look == Look::default() {
                break;
            }
            assert!(looks < LOOKS_MAX, "there is always more to do: {look:?}");
        }
        automatic_backups_have_gone(self);
        nothing_that_is_over_is_kept(self);
    }
}
