//! Backup plans in the store in memory.

use jiff::Timestamp;
use sexton_core::{InRealm, Plan, PlanId, Realm, VersionId};

use super::listing::{Placed, due_cursor};
use super::state::State;
use crate::query::SOURCE_DUE_AHEAD;
use crate::{Row, Thing};

/// A plan, as it is read.
pub(super) fn a_plan(found: &(u64, Plan)) -> Thing {
    Thing::Plan(Box::new(found.1.clone()))
}

impl State {
    /// The plans of a realm; with the records of those that were deleted, or without.
    pub(super) fn plans_of(
        &self,
        realm: &Realm,
        deleted: bool,
    ) -> impl Iterator<Item = &(u64, Plan)> {
        let all = self.plans.values().filter(move |(_, plan)| plan.realm == *realm);
        all.filter(move |(_, plan)| deleted || plan.deleted.is_none())
    }

    pub(super) fn plan_of_token(&self, token: &InRealm<String>) -> Option<&(u64, Plan)> {
        let mut plans = self.plans_of(&token.realm, false);
        plans.find(|(_, plan)| plan.token.as_ref() == Some(&token.name))
    }

    pub(super) fn plan_alike(&self, document: &InRealm<String>) -> Option<&(u64, Plan)> {
        let mut plans = self.plans_of(&document.realm, false);
        plans.find(|(_, plan)| plan.document() == document.name)
    }

    pub(super) fn put_plan(&mut self, plan: Plan) {
        self.begin_realm(&plan.realm);
        self.plan_versions.insert((plan.key(), plan.version.id), plan.version.clone());
        self.plans.insert(plan.key(), (self.generation, plan));
    }

    pub(super) fn remove_plan(&mut self, key: &InRealm<PlanId>) {
        self.plans.remove(key);
        self.plan_versions.retain(|(of, _), _| of != key);
    }

    pub(super) fn list_plans(&self, realm: &Realm, deleted: bool) -> Vec<Placed> {
        let placed = |(_, plan): &(u64, Plan)| {
            (plan.id.as_bytes().to_vec(), Row::Plan(Box::new(plan.clone())))
        };
        self.plans_of(realm, deleted).map(placed).collect()
    }

    pub(super) fn list_plan_versions(
        &self,
        plan: &InRealm<PlanId>,
        one: Option<VersionId>,
    ) -> Vec<Placed> {
        let is_wanted =
            |of: &InRealm<PlanId>, id| of == plan && one.is_none_or(|one: VersionId| one == id);
        let of = self.plan_versions.iter().filter(|((of, id), _)| is_wanted(of, *id));
        let placed = of.map(|((_, id), version)| {
            (id.as_bytes().to_vec(), Row::PlanVersion(Box::new(version.clone())))
        });
        placed.collect()
    }

    pub(super) fn due_plans(&self, now: Timestamp) -> Vec<Placed> {
        let late = now.saturating_add(SOURCE_DUE_AHEAD).unwrap_or(Timestamp::MAX);
        let due = self.plans.iter().filter_map(|(key, (_, plan))| {
            let due = plan.due.filter(|due| *due <= now || *due > late)?;
            let realm = self.realms.iter().position(|realm| *realm == key.realm)?;
            let place = due_cursor(due, i64::try_from(realm).ok()?);
            let place = [place, key.name.as_bytes().to_vec()].concat();
            Some((place, Row::PlanKey(key.clone())))
        });
        due.collect()
    }
}
