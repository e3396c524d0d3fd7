//! What a look at a plan comes to.

use jiff::{SignedDuration, Timestamp};

use super::{PLAN_DUE_AHEAD, PLAN_RECORD_DAYS, Plan, RuleId, Run};

/// How soon a plan is looked at again of which copies are to be begun once backups are complete.
const SOON: SignedDuration = SignedDuration::from_secs(5);

/// The most runs of a plan that are not begun whole. One more is missed.
const RUNS_MAX: usize = 100;

/// A time of a rule that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRun {
    /// Of which rule.
    pub rule: RuleId,
    /// The time.
    pub at: Timestamp,
    /// Whether backups are made of it; otherwise it was missed.
    pub runs: bool,
}

/// What a look at a plan comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanLook {
    /// Nothing is due.
    NotYet,
    /// Its record was kept for long enough, and goes.
    Forget,
    /// It is as this from now on.
    Settled(Box<Plan>, Vec<DueRun>),
}

impl Plan {
    /// A look at `now`. Of the times of a rule that have come since the last look the latest one is
    /// run, if its start window has not passed: what is older was missed, and a clock that was set
    /// forward brings one run and no more.
    pub fn look(&self, now: Timestamp) -> PlanLook {
        let farthest = now.saturating_add(PLAN_DUE_AHEAD).unwrap_or(Timestamp::MAX);
        match self.due {
            None => return PlanLook::NotYet,
            Some(due) if due > now && due <= farthest => return PlanLook::NotYet,
            Some(_) => (),
        }
        if let Some(deleted) = self.deleted
            && self.runs.is_empty()
            && deleted.saturating_add(record_time()).is_ok_and(|until| until <= now)
        {
            return PlanLook::Forget;
        }
        let mut plan = self.clone();
        // What was settled by a clock that has been set back far since is not. A little is: no time
        // is run twice because of it.
        let settled = if self.settled > farthest { now } else { self.settled };
        plan.settled = settled.max(now);
        // So was a rule that is new.
        let rules = plan.version.rules.iter_mut();
        for rule in rules.filter(|rule| rule.since > farthest) {
            rule.since = now;
        }
        let mut due = Vec::new();
        if self.runs_by_itself() {
            for rule in plan.version.rules.clone() {
                let Some(at) = rule.latest(settled, now) else { continue };
                let runs = rule.may_begin(at, now) && plan.runs.len() < RUNS_MAX;
                due.push(DueRun { rule: rule.id, at, runs });
                if runs {
                    plan.ran = Some(at);
                    plan.runs.push(Run::new(rule.clone(), &self.version, at));
                }
            }
        }
        PlanLook::Settled(Box::new(plan.with_due(now)), due)
    }

    fn runs_by_itself(&self) -> bool {
        self.deleted.is_none() && !self.selections.is_empty()
    }

    /// Looked at again when something is next to be done.
    #[must_use]
    pub fn with_due(self, now: Timestamp) -> Self {
        let later = |by: SignedDuration| now.saturating_add(by).unwrap_or(Timestamp::MAX);
        let mut due = None;
        if self.deleted.is_some() {
            due = Some(later(PLAN_DUE_AHEAD));
        }
        if self.runs_by_itself() {
            let next = |rule: &super::Rule| rule.next(self.settled);
            let next = self.version.rules.iter().filter_map(next).min();
            due = next.map(|next| next.min(later(PLAN_DUE_AHEAD)));
        }
        if !self.runs.is_empty() {
            let is_begun = self.runs.iter().all(|run| run.begun);
            let go_on = if is_begun { later(SOON) } else { now };
            due = Some(due.unwrap_or(Timestamp::MAX).min(go_on));
        }
        Self { due, ..self }
    }
}

fn record_time() -> SignedDuration {
    SignedDuration::from_hours(24 * PLAN_RECORD_DAYS)
}
