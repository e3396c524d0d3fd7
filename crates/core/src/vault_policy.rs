//! The access policy of a vault: its text, and what was understood of it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::VaultAction;
use crate::policy::{
    Asker, Context, Identity, Kind, MalformedPolicy, Policy, Request, SureDenials,
};

/// The access policy of a vault. It is read when somebody first asks for what it means, and its
/// copies share that: every deletion asks.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct VaultPolicy(Arc<Kept>);

struct Kept {
    text: String,
    /// Nothing for a text that cannot be understood.
    meaning: OnceLock<Option<Policy>>,
}

impl VaultPolicy {
    /// Reads a policy, and refuses one that it does not understand.
    pub fn parse(text: &str) -> Result<Self, MalformedPolicy> {
        let meaning = Policy::parse(text, Kind::Vault)?;
        let kept = Kept { text: text.to_owned(), meaning: OnceLock::from(Some(meaning)) };
        Ok(Self(Arc::new(kept)))
    }

    /// The policy as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What it says; nothing if it was kept by another program and cannot be understood.
    pub fn meaning(&self) -> Option<&Policy> {
        let read = || Policy::parse(&self.0.text, Kind::Vault).ok();
        self.0.meaning.get_or_init(read).as_ref()
    }
}

impl VaultPolicy {
    /// Whether it denies the deletion of a recovery point to everybody, whoever they are and
    /// whatever the circumstances. What cannot be understood is not known to.
    pub fn denies_deletion_to_everybody(&self, point: &str) -> bool {
        let (by, context) = (&Identity::anybody(), &Context::default());
        let action = VaultAction::DeleteRecoveryPoint.name();
        let request = Request { by, action, resource: point, context };
        self.meaning().is_some_and(|policy| policy.denies_everybody(&request))
    }

    /// Whether it may deny the deletion of recovery points, in a vault of the account `owner`, to
    /// some and not to all, by nothing but who they are: then it is worth to find out who asks.
    pub fn denies_deletion_to_some(&self, owner: &str) -> bool {
        let action = VaultAction::DeleteRecoveryPoint.name();
        self.meaning().is_some_and(|policy| policy.denies_some(action, owner))
    }

    /// Of which recovery points it surely denies the deletion to `asker`, in a vault of the account
    /// `owner`. Whoever is of another account asks for nothing there: then it is not known who
    /// asks, and nothing is sure.
    pub fn deletions_denied_to(&self, asker: &Asker, owner: &str) -> SureDenials<'_> {
        let action = VaultAction::DeleteRecoveryPoint.name();
        let policy = self.meaning().filter(|_| asker.account() == owner);
        policy.map_or_else(SureDenials::default, |policy| policy.sure_denials(asker, action))
    }
}

impl From<String> for VaultPolicy {
    fn from(text: String) -> Self {
        Self(Arc::new(Kept { text, meaning: OnceLock::new() }))
    }
}

impl From<VaultPolicy> for String {
    fn from(policy: VaultPolicy) -> Self {
        policy.0.text.clone()
    }
}

impl PartialEq for VaultPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for VaultPolicy {}

impl fmt::Debug for VaultPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VaultPolicy").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests;
