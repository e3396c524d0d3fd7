//! Conditions of a statement.

use std::net::IpAddr;

use jiff::Timestamp;

use super::Truth;
use super::compare::{Decimal, Network, Order, boolean, instant};
use super::context::{Context, Found, folded};
use super::malformed::Problem;
use super::pattern::{Pattern, Reading};

/// One key that is compared by one operator with some values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    operator: Operator,
    /// In lower case.
    key: String,
    wanted: Wanted,
}

/// What is written over a block of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    test: Test,
    negated: bool,
    /// Which of the values in the request are looked at.
    over: Over,
    /// Whether it holds for what is not in the request.
    if_exists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// The only one.
    One,
    /// All must do.
    All,
    /// One must do.
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Text { wildcards: bool, folded: bool },
    Number(Order),
    Instant(Order),
    Bool,
    Address,
    Arn,
    Null,
}

/// What the values of a request are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Texts(Vec<Pattern>),
    Numbers(Vec<Decimal>),
    Instants(Vec<Timestamp>),
    Bools(Vec<bool>),
    Networks(Vec<Network>),
}

const fn text(wildcards: bool, folded: bool) -> Test {
    Test::Text { wildcards, folded }
}

/// Every operator: its name, what it compares, and whether it holds where that does not.
const OPERATORS: [(&str, Test, bool); 26] = [
    ("StringEquals", text(false, false), false),
    ("StringNotEquals", text(false, false), true),
    ("StringEqualsIgnoreCase", text(false, true), false),
    ("StringNotEqualsIgnoreCase", text(false, true), true),
    ("StringLike", text(true, false), false),
    ("StringNotLike", text(true, false), true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Test::Instant(Order::Equal), false),
    ("DateNotEquals", Test::Instant(Order::Equal), true),
    ("DateLessThan", Test::Instant(Order::Less), false),
    ("DateLessThanEquals", Test::Instant(Order::LessOrEqual), false),
    ("DateGreaterThan", Test::Instant(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Instant(Order::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("IpAddress", Test::Address, false),
    ("NotIpAddress", Test::Address, true),
    // The two of each pair do the same, wildcards included.
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

impl Operator {
    pub(super) fn parse(name: &str) -> Result<Self, Problem> {
        let (over, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Over::All, rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Over::Any, rest)
        } else {
            (Over::One, name)
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let found = OPERATORS.iter().find(|(known, _, _)| *known == base);
        match found {
            // Whether something is there is all that this one asks.
            Some((_, Test::Null, _)) if if_exists || over != Over::One => {
                Err(Problem::form(name, "an operator: Null stands alone"))
            }
            Some((_, test, negated)) => {
                Ok(Self { test: *test, negated: *negated, over, if_exists })
            }
            None => Err(Problem::unknown(name, OPERATORS.iter().map(|(known, _, _)| *known))),
        }
    }
}

impl Condition {
    /// Reads the values of one key.
    pub(super) fn parse(
        operator: Operator,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, Problem> {
        let wanted = match operator.test {
            Test::Text { wildcards, .. } => {
                let reading = Reading { wildcards, variables };
                Wanted::Texts(each(values, |it| Pattern::parse(it, reading))?)
            }
            Test::Arn => Wanted::Texts(each(values, |it| arn_pattern(it, variables))?),
            Test::Number(_) => Wanted::Numbers(each(values, |it| {
                Decimal::parse(it).ok_or_else(|| Problem::form(it, "a number in decimal"))
            })?),
            Test::Instant(_) => Wanted::Instants(each(values, |it| {
                let form = "a date such as 2026-01-31T12:00:00Z";
                instant(it).ok_or_else(|| Problem::form(it, form))
            })?),
            Test::Bool | Test::Null => Wanted::Bools(each(values, |it| {
                boolean(it).ok_or_else(|| Problem::form(it, "true or false"))
            })?),
            Test::Address => Wanted::Networks(each(values, |it| {
                let form = "an address or a network such as 10.0.0.0/8";
                Network::parse(it).ok_or_else(|| Problem::form(it, form))
            })?),
        };
        Ok(Self { operator, key: folded(key), wanted })
    }

    /// Whether it asks for one of these keys, given in lower case.
    pub(super) fn asks_for(&self, keys: &[&str]) -> bool {
        keys.contains(&&*self.key)
    }

    /// Whether it holds of a request.
    pub(super) fn holds(&self, context: &Context<'_>) -> Truth {
        let Operator { test, negated, over, if_exists } = self.operator;
        let found = context.find(&self.key);
        if test == Test::Null {
            return match found {
                Found::Unknown => Truth::Unknown,
                Found::Absent => self.wants(true),
                Found::Values(_) => self.wants(false),
            };
        }
        match (found, over) {
            (Found::Absent, _) if if_exists => Truth::Yes,
            (Found::Absent, Over::One) => negated.into(),
            (Found::Absent, Over::All) => Truth::Yes,
            (Found::Absent, Over::Any) => Truth::No,
            (Found::Values([value]), Over::One) => self.holds_of(value, context),
            // Nobody says which of several is meant.
            (Found::Unknown, _) | (Found::Values(_), Over::One) => Truth::Unknown,
            (Found::Values(values), Over::All) => {
                Truth::all(values.iter().map(|value| self.holds_of(value, context)))
            }
            (Found::Values(values), Over::Any) => {
                Truth::any(values.iter().map(|value| self.holds_of(value, context)))
            }
        }
    }

    fn wants(&self, absent: bool) -> Truth {
        match &self.wanted {
            Wanted::Bools(wanted) => wanted.contains(&absent).into(),
            Wanted::Texts(_) | Wanted::Numbers(_) | Wanted::Instants(_) | Wanted::Networks(_) => {
                Truth::Unknown
            }
        }
    }

    /// Whether one of the wanted values is that of the request; none of them if negated.
    fn holds_of(&self, value: &str, context: &Context<'_>) -> Truth {
        let found = match (&self.wanted, self.operator.test) {
            (Wanted::Texts(patterns), Test::Text { folded, .. }) => {
                Truth::any(patterns.iter().map(|pattern| match pattern.fill(context) {
                    None => Truth::Unknown,
                    Some(filled) if folded => filled.matches_folded(value).into(),
                    Some(filled) => filled.matches(value).into(),
                }))
            }
            (Wanted::Texts(patterns), Test::Arn) => Truth::any(patterns.iter().map(|pattern| {
                pattern.fill(context).map_or(Truth::Unknown, |it| it.is_of_arn(value))
            })),
            (Wanted::Numbers(wanted), Test::Number(order)) => {
                some(Decimal::parse(value), wanted, |own, it| order.holds(own.compare(it)))
            }
            (Wanted::Instants(wanted), Test::Instant(order)) => {
                some(instant(value), wanted, |own, it| order.holds(own.cmp(it)))
            }
            (Wanted::Bools(wanted), Test::Bool) => {
                some(boolean(value), wanted, |own, it| own == it)
            }
            (Wanted::Networks(wanted), Test::Address) => {
                some(value.parse::<IpAddr>().ok(), wanted, |own, it| it.contains(*own))
            }
            // What is wanted is read by the test that is made.
            (
                Wanted::Texts(_)
                | Wanted::Numbers(_)
                | Wanted::Instants(_)
                | Wanted::Bools(_)
                | Wanted::Networks(_),
                _,
            ) => Truth::Unknown,
        };
        found.unless(self.operator.negated)
    }
}

/// Whether the value of a request, if it is one, does for one of those that are wanted.
fn some<T, W>(own: Option<T>, wanted: &[W], does: impl Fn(&T, &W) -> bool) -> Truth {
    own.map_or(Truth::Unknown, |own| wanted.iter().any(|it| does(&own, it)).into())
}

fn each<T>(
    values: &[String],
    read: impl Fn(&str) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    values.iter().map(|value| read(value)).collect()
}

/// The pattern of an ARN: six fields, five for Alibaba's, or fewer that end with `*`.
pub(super) fn arn_pattern(text: &str, variables: bool) -> Result<Pattern, Problem> {
    let fields = text.split(':').count();
    let whole = if text.starts_with("acs:") { fields >= 5 } else { fields >= 6 };
    let begins = ["arn:", "acs:"].iter().any(|prefix| text.starts_with(prefix));
    let may_be = text.starts_with(['*', '?', '$']) || begins;
    if may_be && (whole || text.ends_with('*') || (variables && text.ends_with('}'))) {
        return Pattern::parse(text, Reading { wildcards: true, variables });
    }
    Err(Problem::form(text, "* or an ARN, in which * and ? stand for other letters"))
}
