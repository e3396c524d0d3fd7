//! Recovery points of AWS Backup: what is found out of their vault before anything is deleted.

use std::sync::Arc;

use sexton_core::{BackupArn, VaultName};

use super::{Plan, Unplanned, or_gap};
use crate::connect::Connected;
use crate::denials::denied;
use crate::document::Intent;
use crate::holds::{Held, held};
use crate::options::Options;
use crate::order::Order;
use crate::provider::aws_backup::misplaced::misplaced;
use crate::provider::{Provider, ProviderError, Target};
use crate::survey::inspect;

/// Those of `arns` that cannot name a point of a vault in `region` and `account`, and why.
pub fn misplaced_points(
    arns: &[BackupArn],
    region: &str,
    account: Option<&str>,
) -> Vec<(BackupArn, String)> {
    let why = |arn: &BackupArn| Some((arn.clone(), misplaced(arn, region, account)?.to_string()));
    arns.iter().filter_map(why).collect()
}

/// Finds out all that is needed to delete `arns` from `vault`. `intent` says what is known
/// already. That the vault is locked stands in the plan: nothing could be deleted.
pub async fn plan_points(
    connected: Connected,
    vault: &VaultName,
    arns: &[BackupArn],
    options: Options,
    intent: Intent,
) -> Result<Plan, Unplanned> {
    let Connected { backup, sts, region, endpoint } = connected;
    Unplanned::if_any(misplaced_points(arns, &region, None))?;
    let provider: Arc<dyn Provider> = Arc::new(backup.vault(vault.clone()));
    let mut unread = None;
    let facts = or_gap(inspect(&*provider, &options).await, &mut unread)?;
    let account = facts.as_ref().and_then(|facts| facts.account.clone());
    let account = account.as_deref();
    Unplanned::if_any(misplaced_points(arns, &region, account))?;
    let targets = arns.iter().map(|arn| Target::point(arn, account)).collect();
    let mut order = Order::of(targets, facts.as_ref().map(|facts| facts.holds.unwrap_or(0)));
    let (mut holds_unread, mut denials_unread) = (None, None);
    // Whoever does not let the vault be read is asked nothing more, and all of a locked one stays.
    if facts.as_ref().is_some_and(|facts| !facts.locked) {
        let Held { refused, gap } = Box::pin(held(&backup, &order, &options)).await;
        (order.refused, holds_unread) = (refused, gap);
        let owned = (vault, account);
        let found = Box::pin(denied((&backup, &sts), owned, &order, &options)).await;
        denials_unread = found.gap;
        for (name, denial) in found.refused {
            let both = |held: &mut ProviderError| *held = also(&denial, held);
            order.refused.entry(name).and_modify(both).or_insert_with(|| denial.clone());
        }
    }
    let intent = Intent {
        account: account.map(str::to_owned),
        region: Some(region),
        endpoint,
        points_in_vault: facts.as_ref().and_then(|facts| facts.holds),
        ..intent
    };
    Ok(Plan { provider, order, options, intent, facts, unread, holds_unread, denials_unread })
}

/// The refusal of what is denied and held. It is denied whether the hold is there or not, and so
/// nobody waits for the end of the hold alone.
fn also(denial: &ProviderError, held: &ProviderError) -> ProviderError {
    let message = format!("{}; and {}", denial.message, held.message);
    ProviderError { message, ..denial.clone() }
}
