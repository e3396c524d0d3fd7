//! Backup plans: each call to its operation, each result to its reply.

use jiff::Timestamp;
use sexton_core::{
    InRealm, Plan, PlanId, PlanRefusal, PlanSelection, PlanVersion, SelectionId, VersionId,
};
use sexton_store::Cursor;
use sexton_wire::aws::backup::{Planning, encode};
use sexton_wire::aws::paging::Paging;
use sexton_wire::aws::{Reply, WireError};

use super::{cursor, token};
use crate::auth::Caller;
use crate::error::OpsError;
use crate::service::Service;

/// Answers a call.
pub(super) async fn answer(
    service: &Service,
    call: Planning,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    match call {
        Planning::Create(order) => {
            let plan = service.create_plan(realm, &order, by, now).await?;
            Ok(encode::create_backup_plan(&plan))
        }
        Planning::Get { plan, version, runs } => {
            get_plan(service, &realm.with(plan), version, runs, now).await
        }
        Planning::Update { plan, order } => {
            let plan = service.update_plan(&realm.with(plan), &order, by, now).await?;
            Ok(encode::update_backup_plan(&plan))
        }
        Planning::Delete { plan } => {
            let plan = service.delete_plan(&realm.with(plan), by, now).await?;
            Ok(encode::delete_backup_plan(&plan))
        }
        Planning::List { deleted, page } => {
            let (after, limit) = (cursor(service, realm, &page)?, page.items_max);
            let found = service.store.list_plans(realm, deleted, after.as_ref(), limit).await?;
            let token = token(service, realm, &page, found.next);
            Ok(encode::list_backup_plans(&found.items, token))
        }
        Planning::ListVersions { plan, page } => {
            list_versions(service, &realm.with(plan), &page).await
        }
        Planning::Select { plan, order } => {
            let key = realm.with(plan);
            // The operation declares no `ResourceNotFoundException`.
            match service.add_selection(&key, &order, by, now).await {
                Err(OpsError::Plan(PlanRefusal::NoPlan)) => {
                    Err(WireError::no_such_plan(&plan.to_string()).into())
                }
                made => made.map(|(plan, it)| encode::create_backup_selection(&plan, &it)),
            }
        }
        Planning::GetSelection { plan, selection } => {
            let plan = service.plan(&realm.with(plan)).await?.value;
            let selection = selection_of(&plan, selection)?;
            Ok(encode::get_backup_selection(&plan, selection))
        }
        Planning::Unselect { plan, selection } => {
            service.remove_selection(&realm.with(plan), selection, by, now).await?;
            Ok(encode::delete_backup_selection())
        }
        Planning::ListSelections { plan, page } => {
            list_selections(service, &realm.with(plan), &page).await
        }
    }
}

fn selection_of(plan: &Plan, id: SelectionId) -> Result<&PlanSelection, OpsError> {
    Ok(plan.selection(id).ok_or(PlanRefusal::NoSelection)?)
}

/// A plan that was deleted is shown to whoever names a version of it, and else is none.
async fn get_plan(
    service: &Service,
    key: &InRealm<PlanId>,
    version: Option<VersionId>,
    runs: usize,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    let Some(version) = version else {
        let plan = service.plan(key).await?.value;
        return Ok(encode::get_backup_plan(&plan, &plan.version, &plan.next_runs(now, runs)));
    };
    let plan = service.store.plan(key).await?.ok_or(PlanRefusal::NoPlan)?.value;
    let found = service.store.list_plan_versions(key, Some(version), None, 1).await?;
    let found: PlanVersion = found.items.into_iter().next().ok_or(PlanRefusal::NoPlan)?;
    let is_newest = found.id == plan.version.id && plan.deleted.is_none();
    let runs = if is_newest { plan.next_runs(now, runs) } else { Vec::new() };
    Ok(encode::get_backup_plan(&plan, &found, &runs))
}

async fn list_versions(
    service: &Service,
    key: &InRealm<PlanId>,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let (realm, limit) = (&key.realm, page.items_max);
    let plan = service.plan(key).await?.value;
    let after = cursor(service, realm, page)?;
    let found = service.store.list_plan_versions(key, None, after.as_ref(), limit).await?;
    let token = token(service, realm, page, found.next);
    Ok(encode::list_backup_plan_versions(&plan, &found.items, token))
}

/// Selections are few, so a page is cut out of all of them; the cursor is the last id.
async fn list_selections(
    service: &Service,
    key: &InRealm<PlanId>,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let plan = service.plan(key).await?.value;
    let after = cursor(service, &key.realm, page)?;
    let mut all: Vec<&PlanSelection> = plan.selections.iter().collect();
    all.sort_by_key(|selection| selection.id);
    if let Some(Cursor(after)) = after {
        all.retain(|selection| selection.id.as_bytes().as_slice() > after.as_slice());
    }
    let is_more = all.len() > page.items_max;
    all.truncate(page.items_max);
    let last = all.last().filter(|_| is_more).map(|it| Cursor(it.id.as_bytes().to_vec()));
    let token = token(service, &key.realm, page, last);
    Ok(encode::list_backup_selections(&plan, &all, token))
}
