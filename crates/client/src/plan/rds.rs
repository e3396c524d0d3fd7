//! Backup sets of RDS: what is found out of their instance before anything is deleted.
//!
//! Each is looked at first. So it is known which of them RDS shows as staying (those are not asked
//! for, because one of them would keep all of a request), and what is missing afterwards was seen
//! before.

use std::sync::Arc;

use sexton_core::Obstacle;

use super::{Plan, Unplanned, or_gap};
use crate::apsara::connect::ConnectedRds;
use crate::classify::Class;
use crate::document::Intent;
use crate::options::Options;
use crate::order::Order;
use crate::provider::apsara_rds::set::RdsRules;
use crate::provider::apsara_rds::{RdsBackupSetId, RdsInstanceId};
use crate::provider::{Provider, ProviderError, Target};
use crate::survey::inspect;

/// Finds out all that is needed to delete the sets with these `ids` of `instance`. `intent` says
/// what is known already.
pub async fn plan_sets(
    connected: ConnectedRds,
    instance: &RdsInstanceId,
    ids: &[RdsBackupSetId],
    options: Options,
    intent: Intent,
) -> Result<Plan, Unplanned> {
    let ConnectedRds { rds, region, endpoint } = connected;
    let mut unread = None;
    let read = or_gap(rds.inspect(instance, &options).await, &mut unread)?;
    let rules = read.map(|(facts, policy)| RdsRules { instance: facts.facts, policy });
    let known = rules.as_ref().and_then(|rules| rules.instance.as_ref());
    let is_locked = known.is_some_and(|instance| instance.is_locked);
    let sets = rds.sets(instance.clone(), rules.unwrap_or_default(), options.clock);
    let provider: Arc<dyn Provider> = Arc::new(sets);
    let facts = or_gap(inspect(&*provider, &options).await, &mut unread)?;
    let held = facts.as_ref().map(|facts| facts.holds.unwrap_or(0));
    let intent = Intent {
        account: rds.account(&options).await,
        region: Some(region),
        endpoint,
        points_in_vault: held,
        ..intent
    };
    let targets = ids.iter().map(Target::backup_set).collect();
    let mut order = Order::of(targets, held);
    if is_locked {
        let refused = |target: &Target| (target.name().to_owned(), locked(instance));
        order.refused = order.targets.iter().map(refused).collect();
    }
    let (holds_unread, denials_unread) = (None, None);
    Ok(Plan { provider, order, options, intent, facts, unread, holds_unread, denials_unread })
}

/// The refusal of every set of an instance that is locked.
fn locked(instance: &RdsInstanceId) -> ProviderError {
    let class = Class::Refused(Obstacle::InstanceLock);
    ProviderError::local(
        class,
        "InstanceLocked",
        format!("the instance {} is locked", instance.as_str()),
    )
}
