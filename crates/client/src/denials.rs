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

/// The targets of a run that the policy of their vault surely denies.
#[derive(Debug, Default)]
pub(crate) struct Denials {
    /// How the service would refuse each of them, by its name.
    pub(crate) refused: HashMap<String, ProviderError>,
    /// Why there may be more than these, if there may.
    pub(crate) gap: Option<DenialsUnread>,
}

/// Why the policy of a vault may deny more than is known before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DenialsUnread {
    /// The policy could not be read.
    Policy(ProviderError),
    /// It was read, and says what is not understood.
    Meaning,
    /// It denies something to some, and nobody told who asks, for this reason.
    Asker(String),
}

/// Finds those targets of `order` that the policy of `vault` surely denies. The vault is of the
/// account `owner`, if that is known. A policy that cannot be read keeps nobody from anything, nor
/// does one that denies to some if nobody tells who asks.
pub(crate) async fn denied(
    (backup, sts): (&AwsBackup, &Sts),
    (vault, owner): (&VaultName, Option<&str>),
    order: &Order,
    options: &Options,
) -> Denials {
    let (_handle, stop) = Stop::new();
    let caller = Caller::new(stop, &once(options));
    let read = timeout(WAIT, caller.look(|| backup.vault_policy(vault))).await;
    let policy = match read.map_err(|_| late()).flatten() {
        Ok(Some(policy)) if !policy.trim().is_empty() => VaultPolicy::from(policy),
        Ok(_) => return Denials::default(),
        Err(failure) => return Denials::lacking(DenialsUnread::Policy(failure)),
    };
    if policy.meaning().is_none() {
        return Denials::lacking(DenialsUnread::Meaning);
    }
    let names = || order.targets.iter().map(Target::name);
    let of_all = names().filter(|name| policy.denies_deletion_to_everybody(name));
    let mut denials = Denials::of(of_all, &refusal(vault, "everybody"));
    let is_more = denials.refused.len() < order.targets.len();
    let owner = owner.filter(|owner| is_more && policy.denies_deletion_to_some(owner));
    let Some(owner) = owner else { return denials };
    match in_time(Box::pin(sts.asker())).await {
        Ok(asker) => {
            let sure = policy.deletions_denied_to(&asker, owner);
            let is_new = |name: &&str| !denials.refused.contains_key(*name) && sure.include(name);
            let more = Denials::of(names().filter(is_new), &refusal(vault, asker.arn()));
            denials.refused.extend(more.refused);
        }
        Err(cause) => denials.gap = Some(DenialsUnread::Asker(cause)),
    }
    denials
}

/// How long it may take to learn who asks: nothing is lost without it but calls that must fail.
const ASKER_WAIT: Duration = Duration::from_secs(10);

/// Why nothing is known of what did not come in time.
const LATE: &str = "the service takes too long";

/// Gives up on what takes too long.
async fn in_time(asked: impl Future<Output = Result<Asker, String>>) -> Result<Asker, String> {
    timeout(ASKER_WAIT, asked).await.map_err(|_| LATE.to_owned()).flatten()
}

fn late() -> ProviderError {
    ProviderError::local(Class::Lost, "NotRead", LATE)
}

impl Denials {
    fn of<'a>(names: impl Iterator<Item = &'a str>, refusal: &ProviderError) -> Self {
        let refused = names.map(|name| (name.to_owned(), refusal.clone())).collect();
        Self { refused, gap: None }
    }

    /// Nothing is known to be denied, for this reason.
    fn lacking(gap: DenialsUnread) -> Self {
        Self { gap: Some(gap), ..Self::default() }
    }
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
        assert_eq!(in_time(std::future::pending()).await, Err(LATE.to_owned()));
        let ann = Asker::parse("arn:aws:iam::123456789012:user/ann", None).unwrap();
        assert_eq!(in_time(async { Ok(ann.clone()) }).await.as_ref(), Ok(&ann));
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
