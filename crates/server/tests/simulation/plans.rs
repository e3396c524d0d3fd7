//! Backup plans in a simulated world: made, changed and run, and that each time of a rule begins
//! each backup once, whoever crashes, and copies it once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    BackupJob, BackupJobState, CopyAction, CopyJob, Event, EventKind, JobId, Lifecycle, Plan,
    PlanChange, PlanId, PlanOrder, PlanSchedule, PlannedRun, ResourceArn, RuleId, RuleOrder,
    SelectionOrder, Tags, Windows, forgotten_until,
};
use sexton_server::scheduler::Scheduler;
use sexton_server::service::Service;
use sexton_store::Wanted;

use crate::calls::{Answer, by};
use crate::parts::EVERYTHING;
use crate::report::Happened;
use crate::roles::role_arn;
use crate::seen::realms;
use crate::world::Simulation;

/// The most plans of a world: every one of them is looked at again and again.
const PLANS_MAX: usize = 4;

/// Looks after which every run has ended.
const LOOKS_MAX: u32 = 1000;

const NAMES: [&str; 2] = ["first", "second"];
/// The last one has a time at which its start window is over early.
const SCHEDULES: [(&str, Option<u32>); 3] =
    [("rate(1 hour)", None), ("rate(1 day)", None), ("cron(0 5 * * ? *)", Some(60))];
const SELECTED: [&str; 4] = [
    "arn:aws:s3:::bucket-0",
    "arn:aws:s3:::bucket-1",
    "arn:aws:fsx:*:*:file-system/*",
    "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-gone",
];

/// A time of a rule.
type Time = (PlanId, RuleId, Timestamp);

/// What is known of plans.
#[derive(Debug, Default)]
pub(crate) struct KnownPlans {
    judged: usize,
    /// Times that were to run, and how often a person had set the clock when that was decided.
    due: BTreeMap<Time, usize>,
    /// Of these, those that have not begun all of their backups.
    running: BTreeSet<Time>,
    /// How many jobs the runs of a rule have begun that have begun all.
    begun: BTreeMap<(PlanId, RuleId), u64>,
    /// Jobs of plans, those that are forgotten too.
    jobs: BTreeMap<JobId, (PlanId, RuleId, ResourceArn)>,
    /// Of these, those that have made a backup.
    done: BTreeSet<JobId>,
    /// Copies that were asked for, by their tokens.
    copies: BTreeMap<String, JobId>,
}

impl KnownPlans {
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events are not about plans")]
    fn judge(&mut self, event: &Event, confirmed: usize) -> Option<Happened> {
        match &event.kind {
            EventKind::PlanDue { plan, runs } => {
                assert!(!runs.is_empty(), "nothing is due, and that is told");
                let mut missed = None;
                for PlannedRun { rule, at, missed: is_missed } in runs {
                    let time = (*plan, *rule, *at);
                    if *is_missed {
                        missed = Some(Happened::PlanMissed);
                        continue;
                    }
                    // A time comes again only if somebody takes it back.
                    let before = self.due.insert(time, confirmed);
                    assert!(before.is_none_or(|it| it < confirmed), "{time:?} runs twice");
                    self.running.insert(time);
                }
                missed
            }
            EventKind::PlanRan { plan, rule, at, jobs } => {
                let time = (*plan, *rule, *at);
                assert!(self.running.remove(&time), "{time:?} ran, and was not to");
                *self.begun.entry((*plan, *rule)).or_default() += jobs;
                Some(if *jobs == 0 { Happened::PlanRanOnNothing } else { Happened::PlanRan })
            }
            EventKind::PlannedJobFailed { reason, .. } => {
                assert!(!reason.is_empty());
                Some(Happened::PlannedJobFailed)
            }
            EventKind::PlanChanged { change, .. } => match change {
                PlanChange::Updated { .. } => Some(Happened::PlanUpdated),
                PlanChange::Deleted => Some(Happened::PlanDeleted),
                PlanChange::SelectionRemoved { .. } => Some(Happened::SelectionRemoved),
                PlanChange::Created { .. }
                | PlanChange::SelectionAdded { .. }
                | PlanChange::Tagged { .. } => None,
            },
            _ => None,
        }
    }
}

impl Simulation {
    /// Every plan that is not deleted.
    fn plans(&self) -> Vec<Plan> {
        let of = |realm| self.ask(self.store.list_plans(realm, false, None, EVERYTHING));
        realms().iter().flat_map(|realm| of(realm).unwrap().items).collect()
    }

    /// Begins one call about plans, or a look at what is due.
    pub(crate) fn call_of_plans(&mut self) {
        let plan = self.dice.pick(&self.plans()).cloned();
        let has_selections = plan.as_ref().is_some_and(|it| !it.selections.is_empty());
        match (self.dice.roll(100), plan) {
            (0..45, Some(_)) => self.look_at_what_is_due(),
            (45..60, Some(plan)) => self.update_plan(plan),
            (60..75, Some(plan)) => self.add_selection(plan),
            (75..85, Some(plan)) if has_selections => self.remove_selection(plan),
            (85..90, Some(plan)) => self.delete_plan(plan),
            _ => self.create_plan(),
        }
    }

    fn plan_order(&mut self) -> PlanOrder {
        let count = 1 + self.dice.roll(2);
        let rules = (0..count).map(|number| self.rule(&format!("rule-{number}"))).collect();
        let name = (*self.dice.pick(&NAMES).unwrap()).to_owned();
        PlanOrder { name, rules, tags: Tags::new(), token: None }
    }

    fn rule(&mut self, name: &str) -> RuleOrder {
        let (schedule, start_minutes) = *self.dice.pick(&SCHEDULES).unwrap();
        let days = *self.dice.pick(&[None, Some(1), Some(2)]).unwrap();
        let lifecycle = Lifecycle { delete_after_days: days, ..Lifecycle::default() };
        let copies = if self.dice.percent(40) { 1 + self.dice.roll(2) } else { 0 };
        let copy = |world: &mut Self| {
            let to = world.vault();
            CopyAction { realm: to.realm, vault: to.name, lifecycle: Lifecycle::default() }
        };
        RuleOrder {
            name: name.to_owned(),
            vault: self.vault().name,
            schedule: PlanSchedule::parse(schedule, "Etc/UTC").unwrap(),
            windows: Windows { start_minutes, ..Windows::default() },
            lifecycle,
            tags: Tags::new(),
            copies: (0..copies).map(|_| copy(self)).collect(),
        }
    }

    fn create_plan(&mut self) {
        if self.plans().len() >= PLANS_MAX {
            return self.look_at_what_is_due();
        }
        let realm = self.dice.pick(&realms()).unwrap().clone();
        let order = self.plan_order();
        let selection = self.selection();
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let made = service.create_plan(&realm, &order, &by(), now).await;
            let Ok(plan) = made else { return Answer::Other };
            Answer::of(&service.add_selection(&plan.key(), &selection, &by(), now).await)
        });
    }

    fn selection(&mut self) -> SelectionOrder {
        let count = 1 + self.dice.roll(2);
        let resources: BTreeSet<_> =
            (0..count).map(|_| (*self.dice.pick(&SELECTED).unwrap()).to_owned()).collect();
        SelectionOrder {
            name: "these".to_owned(),
            role: role_arn("steady"),
            resources: resources.into_iter().collect(),
            not_resources: Vec::new(),
            tags: Vec::new(),
            conditions: Vec::new(),
            token: None,
        }
    }

    fn update_plan(&mut self, plan: Plan) {
        let (order, now) = (self.plan_order(), self.now());
        self.ask_of_plan(plan, async move |service, plan| {
            Answer::of(&service.update_plan(&plan.key(), &order, &by(), now).await)
        });
    }

    fn add_selection(&mut self, plan: Plan) {
        let (order, now) = (self.selection(), self.now());
        self.ask_of_plan(plan, async move |service, plan| {
            Answer::of(&service.add_selection(&plan.key(), &order, &by(), now).await)
        });
    }

    fn remove_selection(&mut self, plan: Plan) {
        let (id, now) = (self.dice.pick(&plan.selections).unwrap().id, self.now());
        self.ask_of_plan(plan, async move |service, plan| {
            Answer::of(&service.remove_selection(&plan.key(), id, &by(), now).await)
        });
    }

    /// With its selections, as whoever wants it gone does it.
    fn delete_plan(&mut self, plan: Plan) {
        let now = self.now();
        self.ask_of_plan(plan, async move |service, plan| {
            for selection in &plan.selections {
                service.remove_selection(&plan.key(), selection.id, &by(), now).await.ok();
            }
            Answer::of(&service.delete_plan(&plan.key(), &by(), now).await)
        });
    }

    fn ask_of_plan<F>(&mut self, plan: Plan, ask: impl FnOnce(Arc<Service>, Plan) -> F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let asked = ask(Arc::clone(self.service()), plan);
        self.start(asked);
    }

    /// Notes what a crash cuts off.
    pub(crate) fn note_cuts_of_plans(&mut self) {
        for run in self.plans().iter().flat_map(|plan| &plan.runs) {
            if !run.begun && run.jobs > 0 {
                self.report.note(Happened::PlanCut);
            }
        }
    }

    /// Deletes every plan, and lets time pass until what was due is done.
    pub(crate) fn end_plans(&mut self) {
        if self.time.jumped() {
            self.confirm();
        }
        for plan in self.plans() {
            self.delete_plan(plan);
            self.finish();
        }
        assert_eq!(self.plans(), [], "they are deleted");
        let (service, mut scheduler) = (Arc::clone(self.service()), Scheduler::default());
        for looks in 0.. {
            if self.every_plan().iter().all(|plan| plan.runs.is_empty()) {
                break;
            }
            assert!(looks < LOOKS_MAX, "a run never ends: {:?}", self.every_plan());
            self.tick(10);
            self.runtime().block_on(scheduler.look(&service));
            self.drain();
        }
    }

    /// Those that are deleted too.
    fn every_plan(&self) -> Vec<Plan> {
        let of = |realm| self.ask(self.store.list_plans(realm, true, None, EVERYTHING));
        realms().iter().flat_map(|realm| of(realm).unwrap().items).collect()
    }

    fn learn_of_planned_jobs(&mut self) {
        for realm in realms() {
            let all: Wanted<BackupJob> = Arc::new(|_| true);
            let jobs = self.ask(self.store.list_backup_jobs(&realm, all, None, EVERYTHING));
            for job in jobs.unwrap().items {
                let Some(made_by) = job.created_by else { continue };
                let known = (made_by.plan, made_by.rule, job.resource);
                self.plans.jobs.insert(job.id, known);
                if let BackupJobState::Completed { .. } = job.state
                    && self.plans.done.insert(job.id)
                {
                    self.report.note(Happened::PlannedJobDone);
                }
            }
            let all: Wanted<CopyJob> = Arc::new(|_| true);
            let copies = self.ask(self.store.list_copy_jobs(&realm, all, None, EVERYTHING));
            for copy in copies.unwrap().items.into_iter().filter(|it| it.created_by.is_some()) {
                let token = copy.idempotency_token.expect("a plan gives each a token");
                match self.plans.copies.insert(token.clone(), copy.id) {
                    // A token is forgotten with its job, and a look may last longer than that.
                    Some(first) => {
                        let ended = self.ended.get(&first);
                        let gone = ended.is_some_and(|it| *it <= forgotten_until(self.latest()));
                        assert!(first == copy.id || gone, "{token} is copied twice");
                    }
                    None => self.report.note(Happened::PlanCopied),
                }
            }
        }
    }
}

/// What holds at every moment: a rule has made as many jobs as its runs say, and none of them at a
/// time that was not to run.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event]) {
    for event in &events[world.plans.judged..] {
        if let Some(happened) = world.plans.judge(event, world.report.confirmed) {
            world.report.note(happened);
        }
        world.plans.judged += 1;
    }
    world.learn_of_planned_jobs();
    let mut said = world.plans.begun.clone();
    let mut running = BTreeSet::new();
    for plan in world.every_plan() {
        for run in plan.runs.iter().filter(|run| !run.begun) {
            *said.entry((plan.id, run.rule.id)).or_default() += run.jobs;
            running.insert((plan.id, run.rule.id, run.at));
        }
    }
    assert_eq!(running, world.plans.running, "what runs, as the trail and as the plans have it");
    let mut made: BTreeMap<_, u64> = BTreeMap::new();
    let mut of: BTreeMap<_, usize> = BTreeMap::new();
    for (plan, rule, resource) in world.plans.jobs.values() {
        *made.entry((*plan, *rule)).or_default() += 1;
        *of.entry((*plan, *rule, resource)).or_default() += 1;
    }
    said.retain(|_, jobs| *jobs > 0);
    assert_eq!(made, said, "jobs that there are, and jobs that runs have begun");
    for ((plan, rule, resource), jobs) in of {
        let runs = world.plans.due.keys().filter(|it| (it.0, it.1) == (plan, rule)).count();
        // A time that was taken back counts once, and runs twice.
        let runs = runs + world.report.confirmed * usize::from(world.clock_jumps);
        assert!(jobs <= runs, "{resource} is backed up {jobs} times in {runs} runs of {rule}");
    }
}

/// What holds when everything has ended.
pub(crate) fn at_the_end(world: &Simulation) {
    assert_eq!(world.every_plan(), [], "their records are forgotten");
}
