//! The life of one simulated world.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sexton_core::JOB_DAYS;

use crate::gate::{Verdict, judge};
use crate::invariants;
use crate::parts::EVERYTHING;
use crate::report::{Report, log};
use crate::world::{About, Epochs, ROUNDS_MAX, Simulation};

/// Steps of one world before its faults stop.
const STEPS: usize = 750;

/// Calls in flight at a time.
const CALLS_MAX: usize = 5;

/// Erasure passes after which everything that can end has ended.
const PASSES_MAX: usize = 60;

impl Simulation {
    fn step(&mut self) {
        self.tick(1);
        if let Epochs::Last(memory) = &self.epochs
            && self.dice.percent(2)
        {
            memory.end_epoch(self.now());
        }
        let is_full = self.full.load(Ordering::Relaxed);
        if self.disk_fills && self.dice.percent(if is_full { 25 } else { 2 }) {
            self.report.full += usize::from(!is_full);
            self.set_full(!is_full);
        }
        if self.clock_jumps && self.dice.percent(2) {
            self.jump();
        }
        if self.time.jumped() && self.dice.percent(5) {
            self.confirm();
        }
        let waiting = self.gate.waiting();
        match self.dice.roll(100) {
            0 => self.crash(),
            1..4 => self.tick(1000),
            4 => self.tick(86_400 * (u32::try_from(JOB_DAYS).unwrap() + 1)),
            5..60 if !waiting.is_empty() => {
                let who = self.dice.pick(&waiting).unwrap();
                let verdict = judge(&mut self.dice);
                self.report.faults += usize::from(verdict != Verdict::Go);
                self.gate.release(who, verdict);
            }
            _ if self.calls.len() < CALLS_MAX => {
                self.call();
            }
            _ => (),
        }
        self.settle();
        invariants::at_every_step(self);
    }

    /// Lives through it, and tells what happened.
    pub(crate) fn run(mut self) -> Report {
        if self.about != About::Policies {
            self.begin_instances();
        }
        for _ in 0..STEPS {
            self.step();
        }
        self.set_full(false);
        // One after the other still: chance decides nothing at the end either.
        for rounds in 0.. {
            let waiting = self.gate.waiting();
            let Some(who) = waiting.first() else { break };
            assert!(rounds < ROUNDS_MAX, "somebody never ends: {waiting:?}");
            self.gate.release(who, Verdict::Go);
            self.settle();
            invariants::at_every_step(&mut self);
        }
        // From here on what runs beside each other ends as the disk has it.
        self.report.log = log(&self.ask(self.store.events(0, EVERYTHING)).unwrap());
        self.gate.open(None);
        self.mend_instances();
        self.end_restores_of_sets();
        self.end_automatic_sets();
        invariants::at_every_step(&mut self);
        assert_eq!(self.live() + self.calls.len(), 0, "something never ends");
        self.open_everything();
        self.report.restored += invariants::what_was_restored_is_what_was_captured(&self);
        self.cancel_every_hold();
        self.end_plans();
        self.let_everything_expire();
        if let Epochs::Last(memory) = &self.epochs {
            memory.end_epoch(self.now());
        }
        for _ in 0..PASSES_MAX {
            self.tick(4000);
            let service = Arc::clone(self.service());
            let pass = self.runtime().block_on(service.erase_pass()).unwrap();
            if pass.due == 0 {
                break;
            }
        }
        invariants::at_every_step(&mut self);
        invariants::at_the_end(&mut self);
        std::mem::take(&mut self.report)
    }
}
