//! Rules of plans: when backups are made, where to, how long they stay, and where copies go.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{InvalidSchedule, PlanRefusal, PlanSchedule, RuleId};
use crate::tags::check;
use crate::{InRealm, Lifecycle, Realm, Tags, VaultName, Windows};

/// For how many minutes a backup may wait to begin, unless a rule says it: AWS Backup's own.
pub const PLAN_START_MINUTES: u32 = 8 * 60;

/// In how many minutes a backup must be complete, unless a rule says it: AWS Backup's own.
pub const PLAN_COMPLETE_MINUTES: u32 = 7 * 24 * 60;

/// The most copies that one rule makes of each of its backups.
pub const COPY_ACTIONS_MAX: usize = 10;

/// What a rule says, without what it is called here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleOrder {
    /// What people call it.
    pub name: String,
    /// The vault that its backups are kept in, in the realm of the plan.
    pub vault: VaultName,
    /// When.
    pub schedule: PlanSchedule,
    /// How long a backup may wait, from its time on, and take.
    pub windows: Windows,
    /// The lifecycle of its backups.
    pub lifecycle: Lifecycle,
    /// The tags of its backups.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// The copies that are made of each backup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopyAction>,
}

/// A copy that is made of each backup of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyAction {
    /// The account and region that it goes to.
    pub realm: Realm,
    /// The vault there.
    pub vault: VaultName,
    /// The lifecycle of the copy.
    pub lifecycle: Lifecycle,
}

impl CopyAction {
    /// The vault that it goes to.
    pub fn destination(&self) -> InRealm<VaultName> {
        self.realm.with(self.vault.clone())
    }
}

/// A rule of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// Since when it has its schedule: nothing is made up for that was before.
    pub since: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub order: RuleOrder,
}

impl RuleOrder {
    /// Refuses what contradicts itself, and a schedule that never comes. With the windows that a
    /// rule has which names none.
    pub(super) fn checked(self, now: Timestamp) -> Result<Self, PlanRefusal> {
        let name = self.name.clone();
        let lifecycle = |it: Lifecycle| {
            it.checked().map_err(|source| PlanRefusal::Lifecycle { rule: name.clone(), source })
        };
        let Windows { start_minutes: start, complete_minutes: complete } = self.windows;
        if start.zip(complete).is_some_and(|(start, complete)| complete < start) {
            return Err(PlanRefusal::Windows { rule: name });
        }
        let windows = Windows {
            start_minutes: start.or(Some(PLAN_START_MINUTES)),
            complete_minutes: complete.or(Some(PLAN_COMPLETE_MINUTES)),
        };
        check(&self.tags)?;
        if self.copies.len() > COPY_ACTIONS_MAX {
            return Err(PlanRefusal::TooManyCopies { rule: name });
        }
        if self.schedule.next(now, now).is_none() {
            let expression = self.schedule.expression().to_owned();
            let problem = "it never comes".to_owned();
            return Err(InvalidSchedule::Expression { expression, problem }.into());
        }
        let copy = |it: CopyAction| Ok(CopyAction { lifecycle: lifecycle(it.lifecycle)?, ..it });
        let copies = self.copies.into_iter().map(copy).collect::<Result<_, PlanRefusal>>()?;
        Ok(Self { windows, lifecycle: lifecycle(self.lifecycle)?, copies, ..self })
    }
}

impl Rule {
    /// Its first time after `after`.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        self.order.schedule.next(self.since, after.max(self.since))
    }

    /// Its last time that is after `after` and not after `by`.
    pub(super) fn latest(&self, after: Timestamp, by: Timestamp) -> Option<Timestamp> {
        self.order.schedule.latest(self.since, after.max(self.since), by)
    }

    /// Whether a backup of `at` may still begin at `now`.
    pub(super) fn may_begin(&self, at: Timestamp, now: Timestamp) -> bool {
        self.order.windows.start_by(at).is_none_or(|end| now < end)
    }

    /// The windows of a backup of `at` that is begun at `now`: it waits for no longer because it
    /// was begun late.
    pub(super) fn windows_of(&self, at: Timestamp, now: Timestamp) -> Windows {
        let late = now.duration_since(at).max(SignedDuration::ZERO).as_mins();
        let late = u32::try_from(late).unwrap_or(u32::MAX);
        let start_minutes =
            self.order.windows.start_minutes.map(|it| it.saturating_sub(late).max(1));
        Windows { start_minutes, ..self.order.windows }
    }
}
