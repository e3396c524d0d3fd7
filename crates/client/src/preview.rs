//! What stands behind the names that are to be deleted: how many there are, of which types, how
//! large and how old. For whoever is asked, before saying yes. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::order::Order;
use crate::provider::{Facts, State};
use crate::sight::Sight;
use crate::survey::hindrance;

/// What some of the targets that are in the place come to. What is not told is counted, and never
/// taken for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many they are.
    pub points: u64,
    /// Their sizes, as far as they are told.
    pub bytes: u64,
    /// Those whose size is not told.
    pub sizeless: u64,
    /// When the oldest was made, as far as that is told.
    pub oldest: Option<Timestamp>,
    /// When the newest was made, as far as that is told.
    pub newest: Option<Timestamp>,
    /// Those of which it is not told when they were made.
    pub ageless: u64,
}

impl Sum {
    fn add(&mut self, facts: &Facts) {
        self.points += 1;
        self.bytes = self.bytes.saturating_add(facts.size.unwrap_or(0));
        self.sizeless += u64::from(facts.size.is_none());
        self.oldest = self.oldest.into_iter().chain(facts.created).min();
        self.newest = self.newest.into_iter().chain(facts.created).max();
        self.ageless += u64::from(facts.created.is_none());
    }
}

/// What was seen of all targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Those that are in the place.
    pub present: Sum,
    /// The same by type; under nothing those whose type is not told.
    pub kinds: BTreeMap<Option<Cow<'static, str>>, Sum>,
    /// Those that are not in the place.
    pub absent: u64,
    /// Those of which nobody knows.
    pub unread: u64,
    /// Why the first of them could not be read.
    pub unread_because: Option<String>,
    /// Those of the present whose deletion is under way already.
    pub leaving: u64,
    /// Those of the present whose deletion would be refused, by what stands in the way.
    pub refused: BTreeMap<String, u64>,
}

impl Preview {
    /// What `sights` of the targets of `order`, in its order, come to. `locked`: the place has a
    /// lock.
    pub fn of(order: &Order, sights: &[Sight], locked: bool) -> Self {
        let mut preview = Self::default();
        for (target, sight) in order.targets.iter().zip(sights) {
            match sight {
                Sight::Present(facts) => {
                    preview.present.add(facts);
                    preview.kinds.entry(facts.kind.clone()).or_default().add(facts);
                    if let Some(hindrance) = hindrance(facts, order, target, locked) {
                        let words = hindrance.reason.unwrap_or(hindrance.words).to_owned();
                        *preview.refused.entry(words).or_default() += 1;
                    } else if facts.state == State::Leaving {
                        preview.leaving += 1;
                    }
                }
                Sight::Absent => preview.absent += 1,
                Sight::Unread(cause) | Sight::Blind(cause) => {
                    preview.unread += 1;
                    preview.unread_because.get_or_insert_with(|| cause.clone());
                }
            }
        }
        preview
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Class;
    use crate::provider::{ProviderError, Target};
    use sexton_core::{BackupArn, Obstacle};

    fn arn(number: usize) -> BackupArn {
        format!("arn:aws:backup:us-east-1:123456789012:recovery-point:{number}").parse().unwrap()
    }

    fn order(targets: usize) -> Order {
        let targets = (0..targets).map(|number| Target::point(&arn(number), None)).collect();
        let class = Class::Refused(Obstacle::KeptByVault);
        let kept = ProviderError::local(class, "KeptByAwsBackup", "a vault has it");
        Order { refused: [(arn(3).to_string(), kept)].into(), ..Order::of(targets, None) }
    }

    fn present(state: State, told: Option<(&'static str, u64, i64)>) -> Sight {
        let created = told.map(|(_, _, seconds)| Timestamp::from_second(seconds).unwrap());
        let (kind, size) = (told.map(|it| it.0.into()), told.map(|it| it.1));
        Sight::Present(Facts { state, status: "COMPLETED".into(), created, size, kind, form: None })
    }

    #[test]
    fn what_is_not_told_is_counted_and_not_taken_for_nothing() {
        let kept = State::Kept { source: None };
        let sights = [
            present(State::Standing, Some(("EBS", 5, 30))),
            present(State::Making, Some(("EBS", u64::MAX, 10))),
            present(State::Leaving, None),
            present(kept, Some(("AWS_BACKUP", 1, 20))),
            Sight::Absent,
            Sight::Unread("late".to_owned()),
            Sight::Blind("forbidden".to_owned()),
        ];
        let sum = |points, bytes, told: Option<(i64, i64)>| {
            let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
            let untold = u64::from(told.is_none() || points == 4);
            let (oldest, newest) = (told.map(|it| at(it.0)), told.map(|it| at(it.1)));
            Sum { points, bytes, sizeless: untold, oldest, newest, ageless: untold }
        };
        let expected = Preview {
            present: sum(4, u64::MAX, Some((10, 30))),
            kinds: [
                (None, sum(1, 0, None)),
                (Some("AWS_BACKUP".into()), sum(1, 1, Some((20, 20)))),
                (Some("EBS".into()), sum(2, u64::MAX, Some((10, 30)))),
            ]
            .into(),
            absent: 1,
            unread: 2,
            unread_because: Some("late".to_owned()),
            leaving: 1,
            refused: [("a vault has it".to_owned(), 1), ("it is still being made".to_owned(), 1)]
                .into(),
        };
        assert_eq!(Preview::of(&order(7), &sights, false), expected);
        let locked = Preview::of(&order(7), &sights, true);
        assert_eq!(locked.refused.values().sum::<u64>(), 3);
    }

    /// A run that is asked about holds one for each target, and there may be two million.
    #[test]
    fn what_is_kept_of_a_target_is_a_small_record() {
        assert!(size_of::<Sight>() <= 128, "{}", size_of::<Sight>());
    }
}
