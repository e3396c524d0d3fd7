//! What a policy says of one request.

use super::pattern::Filled;
use super::principal::Principal;
use super::{Context, Effect, Identity, Listed, Pattern, Policy, Statement, Truth};

/// Somebody wants something.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who.
    pub by: &'a Identity,
    /// What, such as `backup:DeleteRecoveryPoint`.
    pub action: &'a str,
    /// To what: an ARN, such as `arn:aws:ec2:us-east-1::snapshot/snap-1`.
    pub resource: &'a str,
    /// Under which circumstances.
    pub context: &'a Context<'a>,
}

/// What a policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what is denied must not happen"]
pub enum Ruling {
    /// It is denied explicitly, whatever any other policy says.
    Denies,
    /// It is allowed.
    Allows,
    /// Nothing is said of it.
    Silent,
}

/// What several policies say together: one that denies is enough, then one that allows.
pub fn rule<'a>(policies: impl IntoIterator<Item = &'a Policy>, request: &Request<'_>) -> Ruling {
    let rulings = policies.into_iter().map(|policy| policy.rule(request));
    together(rulings)
}

fn together(rulings: impl Iterator<Item = Ruling>) -> Ruling {
    rulings.fold(Ruling::Silent, |before, next| match (before, next) {
        (Ruling::Denies, _) | (_, Ruling::Denies) => Ruling::Denies,
        (Ruling::Allows, _) | (_, Ruling::Allows) => Ruling::Allows,
        (Ruling::Silent, Ruling::Silent) => Ruling::Silent,
    })
}

impl Policy {
    /// What this policy says of a request.
    pub fn rule(&self, request: &Request<'_>) -> Ruling {
        together(self.statements.iter().map(|statement| statement.rule(request)))
    }

    /// Whether it denies a request by what is known of it alone.
    pub fn surely_denies(&self, request: &Request<'_>) -> bool {
        let mut statements = self.statements.iter();
        statements.any(|it| it.effect == Effect::Deny && it.is_about(request) == Truth::Yes)
    }

    /// Whether it denies this to everybody, under whatever circumstances: so nobody has to be told
    /// who asks.
    pub fn denies_everybody(&self, request: &Request<'_>) -> bool {
        let mut statements = self.statements.iter();
        statements.any(|it| {
            it.effect == Effect::Deny
                && it.conditions.is_empty()
                && it.is_for_everybody()
                && it.is_about(request) == Truth::Yes
                // Of two readings the one that denies less.
                && it.reads_resource(request, it.resources.not) == Truth::Yes
        })
    }

    /// Whether one statement allows all of these requests, which differ in what stands for any
    /// name. One with `NotResource` does not: what it leaves out may be what is asked about.
    pub fn allows_all(&self, requests: &[Request<'_>]) -> bool {
        let mut statements = self.statements.iter();
        statements.any(|it| {
            it.effect == Effect::Allow
                && !it.resources.not
                && requests.iter().all(|request| it.is_about(request) == Truth::Yes)
        })
    }

    /// Whether a deny of this policy may be about a resource that `all` describes, with `*` for
    /// what is not known of it and has no colon. The requests differ in nothing but what stands
    /// there: what spares all of them spares every one.
    pub fn denies_somewhere(&self, requests: &[Request<'_>], all: &str) -> bool {
        let all = Filled::of_wildcards(all);
        let may = |it: &Statement| requests.iter().any(|request| it.may_be_about(request, &all));
        self.statements.iter().any(|it| it.effect == Effect::Deny && may(it))
    }
}

impl Statement {
    fn rule(&self, request: &Request<'_>) -> Ruling {
        match (self.effect, self.is_about(request)) {
            (Effect::Deny, Truth::Yes | Truth::Unknown) => Ruling::Denies,
            (Effect::Allow, Truth::Yes) => Ruling::Allows,
            (Effect::Deny, Truth::No) | (Effect::Allow, Truth::No | Truth::Unknown) => {
                Ruling::Silent
            }
        }
    }

    /// Whether all of its elements fit. The cheap ones come first.
    fn is_about(&self, request: &Request<'_>) -> Truth {
        let mut about = Truth::from(self.is_for(request.by));
        let later: [&dyn Fn() -> Truth; 3] =
            [&|| self.has_action(request), &|| self.has_resource(request), &|| {
                Truth::all(self.conditions.iter().map(|it| it.holds(request.context)))
            }];
        for element in later {
            if about == Truth::No {
                return Truth::No;
            }
            about = about.and(element());
        }
        about
    }

    /// Whether all of its elements fit, or may: the resource, if it can be one of `all`.
    fn may_be_about(&self, request: &Request<'_>, all: &Filled) -> bool {
        let conditions = || Truth::all(self.conditions.iter().map(|it| it.holds(request.context)));
        let meets = |pattern: &Pattern| {
            pattern.fill(request.context).is_none_or(|filled| filled.meets(all))
        };
        let resources = || {
            if self.resources.not {
                self.has_resource(request) != Truth::No
            } else {
                self.resources.items.iter().any(meets)
            }
        };
        self.is_for(request.by)
            && self.has_action(request) != Truth::No
            && conditions() != Truth::No
            && resources()
    }

    fn is_for(&self, by: &Identity) -> bool {
        let Some(Listed { not, items }) = &self.principals else { return true };
        match (not, self.effect) {
            (false, Effect::Allow) => by.is_allowed_by(items),
            (false, Effect::Deny) => by.is_meant_by(items),
            (true, Effect::Deny) => !by.is_spared_by(items),
            (true, Effect::Allow) => by.is_left_by(items),
        }
    }

    /// Whether it says so of everybody by name; what it leaves out may be whoever asks.
    pub(super) fn is_for_everybody(&self) -> bool {
        let named = self.principals.as_ref().filter(|principals| !principals.not);
        named.is_some_and(|principals| principals.items.contains(&Principal::Everyone))
    }

    fn has_action(&self, request: &Request<'_>) -> Truth {
        listed(&self.actions, request.context, |pattern| pattern.matches_folded(request.action))
    }

    fn has_resource(&self, request: &Request<'_>) -> Truth {
        // Of two readings the one that denies more and allows less.
        self.reads_resource(request, (self.effect == Effect::Deny) != self.resources.not)
    }

    fn reads_resource(&self, request: &Request<'_>, wide: bool) -> Truth {
        listed(&self.resources, request.context, |pattern| {
            if wide {
                pattern.matches(request.resource)
            } else {
                pattern.matches_arn(request.resource)
            }
        })
    }
}

pub(super) fn listed(
    list: &Listed<Pattern>,
    context: &Context<'_>,
    matches: impl Fn(&Filled) -> bool,
) -> Truth {
    let found = list.items.iter().map(|pattern| match pattern.fill(context) {
        Some(filled) => matches(&filled).into(),
        None => Truth::Unknown,
    });
    Truth::any(found).unless(list.not)
}
