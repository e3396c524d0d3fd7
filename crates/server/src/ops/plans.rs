//! Backup plans: made, changed, deleted. How they run is in `runs`.

mod runs;

use jiff::Timestamp;
use sexton_core::{
    EventKind, InRealm, NewPlan, NewSelection, PLAN_RECORDS_MAX, PLANS_MAX, Plan, PlanChange,
    PlanFacts, PlanId, PlanNames, PlanOrder, PlanRefusal, PlanSelection, Principal, Realm,
    SelectionId, SelectionOrder, decide_add_selection, decide_create_plan, decide_delete_plan,
    decide_remove_selection, decide_update_plan, plan_document,
};
use sexton_store::{Change, Expect, Follow, Subject, Tally, Versioned, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

/// A plan that changes, and what is told of it.
fn change_of(
    plan: &Plan,
    change: PlanChange,
    expects: Vec<Expect>,
    (by, now): (&Principal, Timestamp),
) -> Change {
    let kind = EventKind::PlanChanged { plan: plan.id, change };
    Change {
        expects,
        writes: vec![Write::PutPlan(Box::new(plan.clone()))],
        event: Some(event(now, by, &plan.realm, kind)),
        ..Change::default()
    }
}

impl Service {
    /// Makes a backup plan, or answers with the one that the same request made before.
    pub async fn create_plan(
        &self,
        realm: &Realm,
        order: &PlanOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Plan, OpsError> {
        self.begin_realm(realm, by, now).await?;
        let document = plan_document(order, now)?;
        let alike = Subject::PlanAlike(realm.with(document));
        let token = order.token.clone().map(|token| Subject::PlanOfToken(realm.with(token)));
        let (alike, token) = (&alike, &token);
        self.decide_again(|| async move {
            let subjects: Vec<_> = [alike.clone()].into_iter().chain(token.clone()).collect();
            let reading = self.store.read(&subjects, Follow::Nothing).await?;
            let facts = PlanFacts {
                of_token: token.as_ref().and_then(|token| reading.plan_at(token)),
                alike: reading.plan_at(alike),
                plans: self.store.tally(&Tally::Plans(realm.clone())).await?,
            };
            let names = PlanNames::new(now, self.entropy.bytes());
            let plan = match decide_create_plan(order.clone(), facts, realm, names)? {
                NewPlan::Made(plan) => *plan,
                NewPlan::Repeated(plan) => return Ok(Decided::Answer(*plan)),
            };
            let created = PlanChange::Created { version: plan.version.id };
            let mut change = change_of(&plan, created, reading.expects(), (by, now));
            change.requires = vec![
                (Tally::Plans(realm.clone()), PLANS_MAX),
                (Tally::PlanRecords(realm.clone()), PLAN_RECORDS_MAX),
                self.room_for(realm).await?,
            ];
            Ok(Decided::commit(change, plan))
        })
        .await
    }

    /// A backup plan that was not deleted.
    pub async fn plan(&self, key: &InRealm<PlanId>) -> Result<Versioned<Plan>, OpsError> {
        let found = self.store.plan(key).await?;
        let found = found.filter(|found| found.value.deleted.is_none());
        Ok(found.ok_or(PlanRefusal::NoPlan)?)
    }

    /// Has a backup plan say something else.
    pub async fn update_plan(
        &self,
        key: &InRealm<PlanId>,
        order: &PlanOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Plan, OpsError> {
        let plan = self
            .decide_again(|| async move {
                let Versioned { value: plan, expect } = self.plan(key).await?;
                let names = PlanNames::new(now, self.entropy.bytes());
                let plan = decide_update_plan(plan, order.clone(), names)?;
                let updated = PlanChange::Updated { version: plan.version.id };
                let change = change_of(&plan, updated, vec![expect], (by, now));
                Ok::<_, OpsError>(Decided::commit(change, plan))
            })
            .await?;
        self.due.notify_one();
        Ok(plan)
    }

    /// Deletes a backup plan, which has no selections any more.
    pub async fn delete_plan(
        &self,
        key: &InRealm<PlanId>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Plan, OpsError> {
        self.decide_again(|| async move {
            let Versioned { value: plan, expect } = self.plan(key).await?;
            let records = self.store.tally(&Tally::PlanRecords(key.realm.clone())).await?;
            let (plan, is_kept) = decide_delete_plan(plan, records, now)?;
            let mut change = change_of(&plan, PlanChange::Deleted, vec![expect], (by, now));
            if !is_kept {
                change.writes.push(Write::RemovePlan(key.clone()));
            }
            Ok(Decided::commit(change, plan))
        })
        .await
    }

    /// Has a backup plan back something up, or answers with what the same request made before.
    pub async fn add_selection(
        &self,
        key: &InRealm<PlanId>,
        order: &SelectionOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(Plan, PlanSelection), OpsError> {
        let made = self
            .decide_again(|| async move {
                let Versioned { value: plan, expect } = self.plan(key).await?;
                let names = PlanNames::new(now, self.entropy.bytes());
                let (plan, id) = match decide_add_selection(plan.clone(), order.clone(), names)? {
                    NewSelection::Made(plan, id) => (*plan, id),
                    NewSelection::Repeated(found) => return Ok(Decided::Answer((plan, found))),
                };
                let found = plan.selection(id).cloned().ok_or(PlanRefusal::NoSelection)?;
                let added = PlanChange::SelectionAdded { selection: id };
                let change = change_of(&plan, added, vec![expect], (by, now));
                Ok::<_, OpsError>(Decided::commit(change, (plan, found)))
            })
            .await?;
        self.due.notify_one();
        Ok(made)
    }

    /// Has a backup plan back something up no more.
    pub async fn remove_selection(
        &self,
        key: &InRealm<PlanId>,
        selection: SelectionId,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        self.decide_again(|| async move {
            let Versioned { value: plan, expect } = self.plan(key).await?;
            let plan = decide_remove_selection(plan, selection, now)?;
            let removed = PlanChange::SelectionRemoved { selection };
            let change = change_of(&plan, removed, vec![expect], (by, now));
            Ok(Decided::commit(change, ()))
        })
        .await
    }
}
