//! Finds which recovery points the access policy of their vault denies to everybody, before their
//! deletion is asked for.
//!
//! Who asks is not known here, and neither are the circumstances that a condition asks for: the
//! service refuses what a policy denies to some.

use std::collections::HashMap;

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

/// Our name for the refusal of what a vault's policy denies to everybody.
const DENIED: &str = "DeniedByVaultPolicy";

/// How the service would refuse those targets of `order` that the policy of `vault` denies to
/// everybody, by their names. A policy that cannot be read keeps nobody from anything.
pub(crate) async fn denied(
    backup: &AwsBackup,
    vault: &VaultName,
    order: &Order,
    options: &Options,
) -> HashMap<String, ProviderError> {
    let (_handle, stop) = Stop::new();
    let caller = Caller::new(stop, &once(options));
    let read = timeout(WAIT, caller.look(|| backup.vault_policy(vault))).await;
    let Ok(Ok(Some(policy))) = read else { return HashMap::new() };
    let policy = VaultPolicy::from(policy);
    let names = order.targets.iter().map(Target::name);
    let denied = names.filter(|name| policy.denies_deletion_to_everybody(name));
    denied.map(|name| (name.to_owned(), refusal(vault))).collect()
}

fn refusal(vault: &VaultName) -> ProviderError {
    let message = format!("the access policy of the vault {vault} denies it to everybody");
    ProviderError::local(Class::Refused(Obstacle::Denied), DENIED, message)
}
