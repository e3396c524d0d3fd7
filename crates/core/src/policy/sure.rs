//! What a policy surely denies to somebody of whom little is known.
//!
//! Where a request is decided, a deny that is not understood denies. Here it does not: whoever goes
//! by this asks for nothing, although the service could have said yes.

use std::borrow::Cow;

use super::asker::{Asker, KEYS};
use super::evaluate::listed;
use super::pattern::Filled;
use super::principal::Principal;
use super::{Context, Effect, Policy, Statement, Truth};

/// What a policy surely denies to somebody who does one thing: it is asked for each resource.
#[derive(Debug, Clone, Default)]
pub struct SureDenials<'a>(Vec<Denied<'a>>);

/// The resources of one statement.
#[derive(Debug, Clone)]
struct Denied<'a> {
    /// Whether it is all but these.
    not: bool,
    /// Nothing for a pattern with a variable that has no value.
    patterns: Vec<Option<Cow<'a, Filled>>>,
}

impl Policy {
    /// Whether a deny of `action` may be of some in the account `owner`, and not of everybody, by
    /// nothing but who they are.
    pub fn denies_some(&self, action: &str, owner: &str) -> bool {
        self.statements.iter().any(|it| it.surely_denies(action) && it.is_for_some(owner))
    }

    /// What it surely denies to `asker` who does `action`, whatever the circumstances.
    pub fn sure_denials(&self, asker: &Asker, action: &str) -> SureDenials<'_> {
        let context = asker.context();
        let sure = self.statements.iter().filter(|it| {
            it.surely_denies(action)
                && it.is_surely_for(asker)
                && it.conditions.iter().all(|it| it.holds(&context) == Truth::Yes)
        });
        SureDenials(sure.map(|it| Denied::of(it, &context)).collect())
    }
}

impl Statement {
    fn surely_denies(&self, action: &str) -> bool {
        // No action has a variable in it.
        let is_named = listed(&self.actions, &Context::default(), |it| it.matches_folded(action));
        self.effect == Effect::Deny && is_named == Truth::Yes
    }

    fn is_for_some(&self, owner: &str) -> bool {
        if !self.conditions.iter().all(|it| it.asks_for(&KEYS)) {
            return false;
        }
        let Some(principals) = &self.principals else { return false };
        let all = self.is_for_everybody() && self.conditions.is_empty();
        let may_be = |it: &Principal| match it {
            Principal::Everyone => true,
            Principal::Account { account, .. } | Principal::Named { account, .. } => {
                account == owner
            }
            Principal::Service(_) | Principal::Nobody => false,
        };
        let is_some = if principals.not {
            // What is for all but everybody is for nobody.
            !principals.items.contains(&Principal::Everyone)
        } else {
            principals.items.iter().any(may_be)
        };
        !all && is_some
    }

    fn is_surely_for(&self, asker: &Asker) -> bool {
        self.principals.as_ref().is_some_and(|principals| {
            if principals.not {
                !asker.may_be_among(&principals.items)
            } else {
                asker.is_surely_among(&principals.items)
            }
        })
    }
}

impl<'a> Denied<'a> {
    fn of(statement: &'a Statement, context: &Context<'_>) -> Self {
        let resources = &statement.resources;
        let patterns = resources.items.iter().map(|pattern| pattern.fill(context)).collect();
        Self { not: resources.not, patterns }
    }

    /// Of two readings of a pattern the one that denies less.
    fn includes(&self, resource: &str) -> bool {
        if self.not {
            let spares = |it: &Option<Cow<'_, Filled>>| {
                it.as_ref().is_none_or(|pattern| pattern.matches(resource))
            };
            !self.patterns.iter().any(spares)
        } else {
            self.patterns.iter().flatten().any(|pattern| pattern.matches_arn(resource))
        }
    }
}

impl SureDenials<'_> {
    /// Whether there is nothing that is surely denied.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the resource with this ARN is one of those that it is surely denied of.
    pub fn include(&self, resource: &str) -> bool {
        self.0.iter().any(|it| it.includes(resource))
    }
}
