//! Finds which recovery points the access policy of their vault denies, to everybody or to whoever
//! runs this, before their deletion is asked for.
//!
//! Who that is STS tells. The circumstances that a condition may ask for are not known here, nor is
//! all that the service knows of somebody: it refuses what is not sure.

use std::collections::HashMap;
use std::time::Duration;

use sexton_core::policy::Asker;
use sexton_core::{Obstacle, VaultName, VaultPolicy};
use tokio::time::timeout;

use crate::caller::Caller;
use crate::classify::Class;
use crate::holds::{WAIT, once};
use crate::options::Options;
use crate::order::Order;
use crate::provider::aws_backup::AwsBackup;
use crate::provider::{ProviderError, Target};
use crate::stop::Stop;
use crate::sts::Sts;

/// Our name for the refusal of what a vault's policy denies.
const DENIED: &str = "DeniedByVaultPolicy";

/// How the service would refuse those targets of `order` that the policy of `vault` denies, by
/// their names. The vault is of the account `owner`, if that is known. A policy that cannot be read
/// keeps nobody from anything, nor does one that denies to some if nobody tells who asks.
pub(crate) async fn denied(
    (backup, sts): (&AwsBackup, &Sts),
    (vault, owner): (&VaultName, Option<&str>),
    order: &Order,
    options: &Options,
) -> HashMap<String, ProviderError> {
    let (_handle, stop) = Stop::new();
    let caller = Caller::new(stop, &once(options));
    let read = timeout(WAIT, caller.look(|| backup.vault_policy(vault))).await;
    let Ok(Ok(Some(policy))) = read else { return HashMap::new() };
    let policy = VaultPolicy::from(policy);
    let names = || order.targets.iter().map(Target::name);
    let of_all = names().filter(|name| policy.denies_deletion_to_everybody(name));
    let mut denied = refused(of_all, &refusal(vault, "everybody"));
    let is_more = denied.len() < order.targets.len();
    let owner = owner.filter(|owner| is_more && policy.denies_deletion_to_some(owner));
    if let Some(owner) = owner
        && let Some(asker) = in_time(Box::pin(sts.asker())).await
    {
        let sure = policy.deletions_denied_to(&asker, owner);
        let more = names().filter(|name| !denied.contains_key(*name) && sure.include(name));
        let more = refused(more, &refusal(vault, asker.arn()));
        denied.extend(more);
    }
    denied
}

/// How long it may take to learn who asks: nothing is lost without it but calls that must fail.
const ASKER_WAIT: Duration = Duration::from_secs(10);

/// Gives up on what takes too long.
async fn in_time(asked: impl Future<Output = Option<Asker>>) -> Option<Asker> {
    timeout(ASKER_WAIT, asked).await.ok().flatten()
}

fn refused<'a>(
    names: impl Iterator<Item = &'a str>,
    refusal: &ProviderError,
) -> HashMap<String, ProviderError> {
    names.map(|name| (name.to_owned(), refusal.clone())).collect()
}

fn refusal(vault: &VaultName, whom: &str) -> ProviderError {
    let message = format!("the access policy of the vault {vault} denies it to {whom}");
    ProviderError::local(Class::Refused(Obstacle::Denied), DENIED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_asks_keeps_no_deletion_waiting_for_ever() {
        assert_eq!(in_time(std::future::pending()).await, None);
        let ann = Asker::parse("arn:aws:iam::123456789012:user/ann", None).unwrap();
        assert_eq!(in_time(async { Some(ann.clone()) }).await.as_ref(), Some(&ann));
    }

    #[test]
    fn a_refusal_names_the_vault_and_who_is_denied() {
        let refusal = refusal(&"v".parse().unwrap(), "arn:aws:iam::123456789012:user/ann");
        assert_eq!(refusal.message, {
            "the access policy of the vault v denies it to arn:aws:iam::123456789012:user/ann"
        });
        assert_eq!(refusal.class, Class::Refused(Obstacle::Denied));
    }
}
