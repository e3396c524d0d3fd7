//! Selections of plans: what is backed up, and with which role.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{PlanRefusal, SelectionId};
use crate::policy::fits;
use crate::{ResourceArn, RoleArn, Tags};

/// The most selections of one plan: AWS Backup's own limit.
pub const SELECTIONS_MAX: usize = 100;

/// The most ARNs that all selections of a plan name together.
pub const SELECTED_MAX: usize = 1000;

/// The most ARNs without wildcards in one list of a selection: AWS Backup's own limit.
const ARNS_MAX: usize = 500;

/// The most with wildcards: AWS Backup's own limit, too.
const PATTERNS_MAX: usize = 30;

/// The most conditions of one selection: AWS Backup's own limit.
const CONDITIONS_MAX: usize = 30;

/// The longest ARN or pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 640;

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectionOrder {
    /// What people call it.
    pub name: String,
    /// The role that backups are made with.
    pub role: RoleArn,
    /// What is backed up: ARNs, with wildcards or without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_resources: Vec<String>,
    /// What has one of these tags is backed up too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// What is backed up must meet all of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<TagCondition>,
    /// A repeat of the same token makes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// What a tag of a resource must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagCondition {
    /// How it is compared.
    pub test: TagTest,
    /// `aws:ResourceTag/` and the key of the tag.
    pub key: String,
    /// What it is compared with.
    pub value: String,
}

/// How a tag is compared. The two that say `not` are met by a resource without the tag, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the tests")]
pub enum TagTest {
    Equals,
    NotEquals,
    Like,
    NotLike,
}

/// Before the key of a tag in a condition.
const TAG_PREFIX: &str = "aws:ResourceTag/";

impl TagCondition {
    fn tag(&self) -> Option<&str> {
        self.key.strip_prefix(TAG_PREFIX).filter(|key| !key.is_empty())
    }

    fn is_met(&self, tags: &Tags) -> bool {
        let value = self.tag().and_then(|key| tags.get(key));
        match self.test {
            TagTest::Equals => value.is_some_and(|value| *value == self.value),
            TagTest::NotEquals => value.is_none_or(|value| *value != self.value),
            TagTest::Like => value.is_some_and(|value| fits(&self.value, value)),
            TagTest::NotLike => value.is_none_or(|value| !fits(&self.value, value)),
        }
    }
}

impl SelectionOrder {
    /// Refuses what could never be backed up, and what would be everything because nothing is said.
    pub(super) fn check(&self) -> Result<(), PlanRefusal> {
        let Self { name: _, role, resources, not_resources, tags, conditions, token: _ } = self;
        if !role.is_role() {
            return Err(PlanRefusal::NotARole { arn: role.clone() });
        }
        if resources.is_empty() && tags.is_empty() && conditions.is_empty() {
            return Err(PlanRefusal::NothingSelected);
        }
        check_patterns("Resources", resources)?;
        check_patterns("NotResources", not_resources)?;
        for resource in resources.iter().filter(|it| !has_wildcard(it)) {
            // Checked just now.
            let arn: ResourceArn = resource.parse().map_err(|_| bad_pattern(resource))?;
            if arn.resource_type().is_none() {
                return Err(PlanRefusal::UnsupportedResource { arn });
            }
        }
        if tags.len() + conditions.len() > CONDITIONS_MAX {
            return Err(PlanRefusal::TooManyConditions);
        }
        let is_long = |key: &str, value: &str| {
            key.chars().count() > 128 + TAG_PREFIX.len() || value.chars().count() > 256
        };
        for (key, value) in tags {
            if key.is_empty() || is_long(key, value) {
                return Err(PlanRefusal::BadCondition { key: key.clone() });
            }
        }
        for condition in conditions {
            if condition.tag().is_none() || is_long(&condition.key, &condition.value) {
                return Err(PlanRefusal::BadCondition { key: condition.key.clone() });
            }
        }
        Ok(())
    }

    /// How many ARNs, tags and conditions it has: a plan is one row, which each backup writes.
    pub(super) fn named(&self) -> usize {
        let arns = self.resources.len() + self.not_resources.len();
        arns + self.tags.len() + self.conditions.len()
    }

    /// Whether a resource with these tags is backed up.
    pub fn selects(&self, arn: &ResourceArn, tags: &Tags) -> bool {
        let named = |patterns: &[String]| patterns.iter().any(|it| fits(it, arn.as_str()));
        let says_which = !(self.resources.is_empty() && self.tags.is_empty());
        let tagged = self.tags.iter().any(|(key, value)| tags.get(key) == Some(value));
        (!says_which || named(&self.resources) || tagged)
            && !named(&self.not_resources)
            && self.conditions.iter().all(|condition| condition.is_met(tags))
    }
}

/// A selection of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSelection {
    /// Its name.
    pub id: SelectionId,
    /// When it was made.
    pub created: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub order: SelectionOrder,
}

/// What `selections` have backed up, and which of them says so: the first, if several do. Of what
/// is there these are the ARNs and tags. What a selection names by its whole ARN is backed up
/// whether it is there or not: that it is not there is found out, and said, by its job.
pub fn selected<'a>(
    selections: &'a [PlanSelection],
    there: impl IntoIterator<Item = (&'a ResourceArn, &'a Tags)>,
) -> BTreeMap<ResourceArn, &'a PlanSelection> {
    let there: BTreeMap<_, _> = there.into_iter().collect();
    let mut found = BTreeMap::new();
    for selection in selections {
        for (arn, tags) in &there {
            if arn.resource_type().is_some() && selection.order.selects(arn, tags) {
                found.entry((*arn).clone()).or_insert(selection);
            }
        }
        let whole = selection.order.resources.iter().filter(|it| !has_wildcard(it));
        for arn in whole.filter_map(|it| it.parse::<ResourceArn>().ok()) {
            let is_there = there.contains_key(&arn);
            if !is_there && selection.order.selects(&arn, &Tags::new()) {
                found.entry(arn).or_insert(selection);
            }
        }
    }
    found
}

fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

fn bad_pattern(text: &str) -> PlanRefusal {
    PlanRefusal::BadPattern { text: text.chars().take(200).collect() }
}

fn check_patterns(list: &'static str, patterns: &[String]) -> Result<(), PlanRefusal> {
    let wild = patterns.iter().filter(|it| has_wildcard(it)).count();
    if wild > PATTERNS_MAX || patterns.len() - wild > ARNS_MAX {
        return Err(PlanRefusal::TooManyArns { list });
    }
    for pattern in patterns {
        let is_arn = match pattern.as_str() {
            "*" => true,
            wild if has_wildcard(wild) => wild.starts_with("arn:"),
            whole => whole.parse::<ResourceArn>().is_ok(),
        };
        if !is_arn || pattern.len() > PATTERN_BYTES_MAX {
            return Err(bad_pattern(pattern));
        }
    }
    Ok(())
}
