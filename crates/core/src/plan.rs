//! Backup plans: backups that are made by themselves.
//!
//! A plan has rules, which say when and where to, and selections, which say of what and with which
//! role. What a look at a plan comes to is decided here ([`Plan::look`]); the backups that follow
//! are begun one by one, each in one commit with the note that it was ([`Run`]).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{InRealm, InvalidLifecycle, Realm, ResourceArn, RoleArn, TagRefusal, Tags};

mod cron;
mod due;
mod ids;
mod rule;
mod run;
mod schedule;
mod selection;

pub use due::{DueRun, PlanLook};
pub use ids::{OtherSpelling, PlanId, RuleId, SelectionId, VersionId};
pub use rule::{
    COPY_ACTIONS_MAX, CopyAction, PLAN_COMPLETE_MINUTES, PLAN_START_MINUTES, Rule, RuleOrder,
};
pub use run::{
    CreatedBy, Run, planned_copy, planned_copy_failure, planned_failure, planned_order,
    planned_principal,
};
pub use schedule::{InvalidSchedule, PlanSchedule, SCHEDULE_DEFAULT, TIMEZONE_DEFAULT};
pub use selection::{
    PlanSelection, SELECTED_MAX, SELECTIONS_MAX, SelectionOrder, TagCondition, TagTest, selected,
};

/// The most plans of a realm: AWS Backup's own limit.
pub const PLANS_MAX: u64 = 300;

/// The most versions of a plan: AWS Backup's own limit.
pub const VERSIONS_MAX: u64 = 2000;

/// The most rules of a plan.
pub const RULES_MAX: usize = 10;

/// The most plans of a realm, with the records of those that were deleted.
pub const PLAN_RECORDS_MAX: u64 = 3000;

/// So many plans and records leave room for every plan that may be made. The record of one that is
/// deleted beyond that is not kept.
const PLAN_RECORDS_KEPT_MAX: u64 = PLAN_RECORDS_MAX - PLANS_MAX;

/// For how many days the record of a plan is kept that was deleted.
pub const PLAN_RECORD_DAYS: i64 = 30;

/// One version of a plan. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVersion {
    /// Its name.
    pub id: VersionId,
    /// When it was made.
    pub created: Timestamp,
    /// What people call the plan.
    pub name: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A backup plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub id: PlanId,
    /// Where it is.
    pub realm: Realm,
    /// When it was made.
    pub created: Timestamp,
    /// When it was deleted; nothing while it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
    /// The caller's token of the request that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Its newest version.
    pub version: PlanVersion,
    /// How many versions it has had.
    pub versions: u64,
    /// What is backed up by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selections: Vec<PlanSelection>,
    /// Up to when it was decided what is run.
    pub settled: Timestamp,
    /// When it ran last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<Timestamp>,
    /// What was decided to be run, and is not begun whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// When the scheduler is to look at it; nothing if it need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl Plan {
    /// What it is found by.
    pub fn key(&self) -> InRealm<PlanId> {
        self.realm.with(self.id)
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        self.id.arn(&self.realm)
    }

    /// What it says, as a text that is the same for every plan that says the same. There is one
    /// plan of each in a realm.
    pub fn document(&self) -> String {
        document(&self.version.name, self.version.rules.iter().map(|rule| &rule.order))
    }

    /// Its selection of that name.
    pub fn selection(&self, id: SelectionId) -> Option<&PlanSelection> {
        self.selections.iter().find(|it| it.id == id)
    }

    /// The next times at which its rules make backups, after `after`: the first `most` of them.
    pub fn next_runs(&self, after: Timestamp, most: usize) -> Vec<(Timestamp, RuleId)> {
        let mut found = Vec::new();
        for rule in &self.version.rules {
            let mut last = after;
            for _run in 0..most {
                let Some(next) = rule.next(last) else { break };
                found.push((next, rule.id));
                last = next;
            }
        }
        found.sort();
        found.truncate(most);
        found
    }
}

fn document<'a>(name: &str, rules: impl Iterator<Item = &'a RuleOrder>) -> String {
    // Nothing of it can be no JSON.
    serde_json::to_string(&(name, rules.collect::<Vec<_>>())).unwrap_or_default()
}

/// The plan that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOrder {
    /// What people call it.
    pub name: String,
    /// Its rules.
    pub rules: Vec<RuleOrder>,
    /// Its tags; those of a plan that is there stay.
    pub tags: Tags,
    /// A repeat of the same token makes nothing.
    pub token: Option<String>,
}

/// Why a plan or selection was not made, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// There is no such plan, or no such version of it.
    #[error("Failed reading Backup plan with provided version")]
    NoPlan,
    /// The plan has no such selection.
    #[error("Cannot find backup selection with provided id")]
    NoSelection,
    /// The name is not one.
    #[error("BackupPlanName must be 1 to 50 letters, digits, '-', '_' or '.'")]
    Name,
    /// It has no rules, or too many.
    #[error("a backup plan must have 1 to {RULES_MAX} rules")]
    Rules,
    /// Its schedule is none.
    #[error(transparent)]
    Schedule(#[from] InvalidSchedule),
    /// A lifecycle contradicts itself.
    #[error("rule {rule}: {source}")]
    Lifecycle {
        /// Which rule.
        rule: String,
        /// How.
        source: InvalidLifecycle,
    },
    /// It would have to be complete before it must begin.
    #[error("rule {rule}: CompletionWindowMinutes must not be less than StartWindowMinutes")]
    Windows {
        /// Which rule.
        rule: String,
    },
    /// It copies to too many vaults.
    #[error("rule {rule}: there can be at most {COPY_ACTIONS_MAX} copy actions")]
    TooManyCopies {
        /// Which rule.
        rule: String,
    },
    /// The tags are not acceptable.
    #[error(transparent)]
    Tags(#[from] TagRefusal),
    /// There are as many plans as there may be.
    #[error("there are {PLANS_MAX} backup plans already")]
    TooManyPlans,
    /// The plan has as many versions as it may have.
    #[error("the backup plan has {VERSIONS_MAX} versions already")]
    TooManyVersions,
    /// Another plan says the same, or the token stands for another one.
    #[error("Backup plan with the same plan document already exists")]
    AlreadyExists {
        /// Its ARN.
        arn: String,
        /// The token that made it.
        token: Option<String>,
    },
    /// The token stands for another plan, or another selection.
    #[error("CreatorRequestId {token:?} is that of another request")]
    TokenUsed {
        /// The ARN of the plan.
        arn: String,
        /// The token.
        token: String,
    },
    /// It has selections.
    #[error("Related backup plan selections must be deleted prior to backup plan deletion")]
    HasSelections,
    /// The plan has as many selections as it may have.
    #[error("a backup plan can have at most {SELECTIONS_MAX} selections")]
    TooManySelections,
    /// All selections together name too much.
    #[error(
        "the selections of a backup plan can have at most {SELECTED_MAX} ARNs, tags and conditions \
         together"
    )]
    TooManySelected,
    /// A list of a selection is too long.
    #[error("{list} can have at most 500 ARNs without wildcards, and 30 with")]
    TooManyArns {
        /// Which list.
        list: &'static str,
    },
    /// It has too many conditions.
    #[error("a selection can have at most 30 tags and conditions")]
    TooManyConditions,
    /// It selects nothing.
    #[error("Invalid selection: it must have Resources, ListOfTags or Conditions")]
    NothingSelected,
    /// What is to act is no role.
    #[error("IamRoleArn must be the ARN of a role, not {arn}")]
    NotARole {
        /// What was given.
        arn: RoleArn,
    },
    /// AWS Backup has no such kind of resource.
    #[error("unsupported resource type: {arn}")]
    UnsupportedResource {
        /// The resource.
        arn: ResourceArn,
    },
    /// A text of a list is no ARN.
    #[error("{text:?} is neither an ARN, with `*` and `?` or without, nor `*`")]
    BadPattern {
        /// The text.
        text: String,
    },
    /// A condition asks for no tag.
    #[error("condition key {key:?} is none; keys of Conditions begin with aws:ResourceTag/")]
    BadCondition {
        /// The key.
        key: String,
    },
}

/// Ten random bytes for each id that a decision makes, which all stem from one draw.
#[derive(Debug, Clone, Copy)]
pub struct PlanNames {
    now: Timestamp,
    random: [u8; 10],
    count: u8,
}

impl PlanNames {
    /// Names that are made at `now`.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self { now, random, count: 0 }
    }

    fn draw(&mut self) -> [u8; 10] {
        let mut random = self.random;
        let [.., last] = &mut random;
        *last = last.wrapping_add(self.count);
        self.count = self.count.wrapping_add(1);
        random
    }
}

/// What becomes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewPlan {
    /// This plan.
    Made(Box<Plan>),
    /// The same request made this one before.
    Repeated(Box<Plan>),
}

/// What is there when a plan is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanFacts<'a> {
    /// The plan that the token of the order made.
    pub of_token: Option<&'a Plan>,
    /// The plan that says the same.
    pub alike: Option<&'a Plan>,
    /// How many plans the realm has.
    pub plans: u64,
}

/// The document that an order comes to at `now`, to look for a plan that says the same.
pub fn plan_document(order: &PlanOrder, now: Timestamp) -> Result<String, PlanRefusal> {
    let rules = checked_rules(&order.name, order.rules.clone(), now)?;
    Ok(document(&order.name, rules.iter()))
}

/// Decides whether `order` makes a plan at `now`.
pub fn decide_create_plan(
    order: PlanOrder,
    facts: PlanFacts<'_>,
    realm: &Realm,
    mut names: PlanNames,
) -> Result<NewPlan, PlanRefusal> {
    let now = names.now;
    let rules = checked_rules(&order.name, order.rules, now)?;
    crate::tags::check(&order.tags)?;
    let arn = |plan: &Plan| plan.arn();
    if let (Some(made), Some(token)) = (facts.of_token, &order.token) {
        let document = document(&order.name, rules.iter());
        if made.document() == document && made.tags == order.tags {
            return Ok(NewPlan::Repeated(Box::new(made.clone())));
        }
        return Err(PlanRefusal::TokenUsed { arn: arn(made), token: token.clone() });
    }
    if let Some(made) = facts.alike {
        return Err(PlanRefusal::AlreadyExists { arn: arn(made), token: made.token.clone() });
    }
    if facts.plans >= PLANS_MAX {
        return Err(PlanRefusal::TooManyPlans);
    }
    let id = PlanId::new(now, names.draw());
    let version = version_of(order.name, rules, &[], &mut names);
    Ok(NewPlan::Made(Box::new(Plan {
        id,
        realm: realm.clone(),
        created: now,
        deleted: None,
        token: order.token,
        tags: order.tags,
        version,
        versions: 1,
        selections: Vec::new(),
        settled: now,
        ran: None,
        runs: Vec::new(),
        due: None,
    })))
}

/// Decides whether a plan says this from now on. Another one that says the same is no obstacle.
pub fn decide_update_plan(
    plan: Plan,
    order: PlanOrder,
    mut names: PlanNames,
) -> Result<Plan, PlanRefusal> {
    let now = names.now;
    if plan.deleted.is_some() {
        return Err(PlanRefusal::NoPlan);
    }
    if plan.versions >= VERSIONS_MAX {
        return Err(PlanRefusal::TooManyVersions);
    }
    let rules = checked_rules(&order.name, order.rules, now)?;
    let version = version_of(order.name, rules, &plan.version.rules, &mut names);
    let versions = plan.versions + 1;
    Ok(Plan { version, versions, ..plan }.with_due(now))
}

/// Decides whether a plan goes. Its record stays for a while; nothing if there are too many, of
/// `records` in its realm.
pub fn decide_delete_plan(
    plan: Plan,
    records: u64,
    now: Timestamp,
) -> Result<(Plan, bool), PlanRefusal> {
    if plan.deleted.is_some() {
        return Err(PlanRefusal::NoPlan);
    }
    if !plan.selections.is_empty() {
        return Err(PlanRefusal::HasSelections);
    }
    // What was begun is gone on with, if there are copies to be made.
    let is_kept = records <= PLAN_RECORDS_KEPT_MAX || !plan.runs.is_empty();
    Ok((Plan { deleted: Some(now), ..plan }.with_due(now), is_kept))
}

/// What becomes of an order for a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewSelection {
    /// The plan with the selection.
    Made(Box<Plan>, SelectionId),
    /// The same request made this one before.
    Repeated(PlanSelection),
}

/// Decides whether a plan has this selection from now on.
pub fn decide_add_selection(
    mut plan: Plan,
    order: SelectionOrder,
    mut names: PlanNames,
) -> Result<NewSelection, PlanRefusal> {
    let now = names.now;
    if plan.deleted.is_some() {
        return Err(PlanRefusal::NoPlan);
    }
    order.check()?;
    if let Some(token) = &order.token {
        let of_token = plan.selections.iter().find(|it| it.order.token.as_ref() == Some(token));
        if let Some(made) = of_token {
            if made.order == order {
                return Ok(NewSelection::Repeated(made.clone()));
            }
            return Err(PlanRefusal::TokenUsed { arn: plan.arn(), token: token.clone() });
        }
    }
    if plan.selections.len() >= SELECTIONS_MAX {
        return Err(PlanRefusal::TooManySelections);
    }
    let before: usize = plan.selections.iter().map(|it| it.order.named()).sum();
    if before + order.named() > SELECTED_MAX {
        return Err(PlanRefusal::TooManySelected);
    }
    if plan.selections.is_empty() {
        // What was before there was anything to back up is not made up for. Whoever asked long ago
        // takes nothing back that is settled.
        plan.settled = plan.settled.max(now);
    }
    let id = SelectionId::new(now, names.draw());
    plan.selections.push(PlanSelection { id, created: now, order });
    Ok(NewSelection::Made(Box::new(plan.with_due(now)), id))
}

/// Decides whether a plan has this selection no more.
pub fn decide_remove_selection(
    mut plan: Plan,
    selection: SelectionId,
    now: Timestamp,
) -> Result<Plan, PlanRefusal> {
    if plan.deleted.is_some() {
        return Err(PlanRefusal::NoPlan);
    }
    let before = plan.selections.len();
    plan.selections.retain(|it| it.id != selection);
    if plan.selections.len() == before {
        return Err(PlanRefusal::NoSelection);
    }
    Ok(plan.with_due(now))
}

fn checked_rules(
    name: &str,
    rules: Vec<RuleOrder>,
    now: Timestamp,
) -> Result<Vec<RuleOrder>, PlanRefusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !(1..=50).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(PlanRefusal::Name);
    }
    if !(1..=RULES_MAX).contains(&rules.len()) {
        return Err(PlanRefusal::Rules);
    }
    rules.into_iter().map(|rule| rule.checked(now)).collect()
}

/// A version that follows one with the rules of `before`. A rule keeps its id if its name stays,
/// and since when it counts if its schedule stays too.
fn version_of(
    name: String,
    rules: Vec<RuleOrder>,
    before: &[Rule],
    names: &mut PlanNames,
) -> PlanVersion {
    let created = names.now;
    let id = VersionId::new(created, names.draw());
    let mut left: Vec<&Rule> = before.iter().collect();
    let rule = |order: RuleOrder| {
        let place = left.iter().position(|it| it.order.name == order.name);
        let earlier = place.map(|place| left.remove(place));
        let same = earlier.filter(|it| it.order.schedule == order.schedule);
        let id = earlier.map_or_else(|| RuleId::new(created, names.draw()), |it| it.id);
        Rule { id, since: same.map_or(created, |it| it.since), order }
    };
    let rules = rules.into_iter().map(rule).collect();
    PlanVersion { id, created, name, rules }
}

/// How far ahead a plan is looked at, at the most: what is due later was written by a clock that
/// has been set back since.
pub const PLAN_DUE_AHEAD: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests;
