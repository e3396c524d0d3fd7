//! Continuous recovery points, and composite ones: what is nested in a composite one goes first.
//!
//! Without a continuous one nobody can restore to a point in time, so nobody deletes it without
//! having said so. A composite one is refused by the service while others are nested in it. So
//! what is nested in it is read before the first deletion: if something is that is not to be
//! deleted, the composite one is not asked for.

use std::collections::HashMap;
use std::ops::ControlFlow;

use futures::StreamExt as _;
use sexton_core::Obstacle;
use tokio::time::{Instant, timeout_at};

use crate::caller::Caller;
use crate::classify::Class;
use crate::holds::{WAIT, each_page, once};
use crate::options::Options;
use crate::order::Order;
use crate::provider::{Facts, Provider, ProviderError, Target};
use crate::sight::Sight;
use crate::stop::Stop;

/// The most pages that what is nested in one is followed for.
const PAGES_MAX: usize = 20;

/// Composites are nested in one another no deeper than this. Deeper ones are asked for together.
const DEPTH_MAX: usize = 8;

/// Our names for the refusals.
const CONTINUOUS: &str = "ContinuousBackup";
pub(crate) const UNREAD: &str = "NotRead";
const NESTED_LEFT: &str = "NestedLeft";

/// Notes in `order` which of its targets are refused because of what they are, and which go
/// before others, as `sights` of them show.
pub(crate) async fn tie(
    order: &mut Order,
    sights: &[Sight],
    provider: &dyn Provider,
    options: &Options,
) {
    let mut composites = Vec::new();
    for (number, sight) in sights.iter().enumerate() {
        let refused = match sight {
            Sight::Present(Facts { form, .. }) => {
                composites.extend(form.iter().filter(|it| it.composite).map(|_| number));
                form.as_ref().filter(|it| it.continuous).map(|_| continuous())
            }
            // It may be one. Nobody said that it is meant.
            Sight::Unread(cause) | Sight::Blind(cause) => Some(maybe_continuous(cause)),
            Sight::Absent => None,
        };
        if let Some(refused) = refused.filter(|_| !options.continuous) {
            let name = order.targets[number].name().to_owned();
            order.refused.entry(name).or_insert(refused);
        }
    }
    if composites.is_empty() {
        return;
    }
    let inside = seen_nested(order, &composites, sights);
    let read = read_nested(order, &composites, provider, options).await;
    compose(order, &read, inside);
}

/// Reads what is nested in each of `composites`, as far as that is told in time. Of the others the
/// service decides.
async fn read_nested(
    order: &Order,
    composites: &[usize],
    provider: &dyn Provider,
    options: &Options,
) -> Vec<(usize, Vec<String>)> {
    let (_handle, stop) = Stop::new();
    let caller = &Caller::new(stop, &once(options));
    let read = |&number: &usize| async move {
        let (name, mut nested) = (order.targets[number].name(), Vec::new());
        let mut pages = PAGES_MAX;
        let ask = |token| provider.nested(name, token);
        let read = each_page(caller, &mut pages, ask, |page| {
            nested.extend(page);
            ControlFlow::Continue(())
        });
        read.await.is_ok().then_some((number, nested))
    };
    let mut reads = futures::stream::iter(composites.iter().map(read))
        .buffer_unordered(options.in_flight_max());
    let (mut found, end) = (Vec::new(), Instant::now() + WAIT);
    while let Ok(Some(read)) = timeout_at(end, reads.next()).await {
        found.extend(read);
    }
    found
}

/// The targets that were seen to be nested in each of `composites`, by its number.
fn seen_nested(
    order: &Order,
    composites: &[usize],
    sights: &[Sight],
) -> HashMap<usize, Vec<usize>> {
    let by_name = |&number: &usize| (order.targets[number].name(), number);
    let parents: HashMap<&str, usize> = composites.iter().map(by_name).collect();
    let mut inside: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, sight) in sights.iter().enumerate() {
        let Sight::Present(Facts { form: Some(form), .. }) = sight else { continue };
        let parent = form.parent.as_deref().and_then(|name| parents.get(name));
        if let Some(&parent) = parent.filter(|&&parent| parent != number) {
            inside.entry(parent).or_default().push(number);
        }
    }
    inside
}

/// Decides which composites are refused, and what goes before the others. `read`: what is nested
/// in those of which it is known; `inside`: the targets that were seen to be nested.
fn compose(order: &mut Order, read: &[(usize, Vec<String>)], inside: HashMap<usize, Vec<usize>>) {
    order.nested = inside;
    let Order { targets, refused, nested, .. } = order;
    let numbers: HashMap<&str, usize> =
        targets.iter().enumerate().map(|(number, target)| (target.name(), number)).collect();
    for (number, names) in read {
        let (mut left, mut more) = (None, 0);
        for name in names {
            match numbers.get(&**name) {
                Some(it) if it != number => nested.entry(*number).or_default().push(*it),
                Some(_) => (),
                None if left.is_none() => left = Some(name),
                None => more += 1,
            }
        }
        if let Some(first) = left {
            let name = targets[*number].name().to_owned();
            refused.entry(name).or_insert_with(|| refusal(left_outside(first, more)));
        }
    }
    for inside in nested.values_mut() {
        inside.sort_unstable();
        inside.dedup();
    }
    // What stays keeps what it is nested in, and so on.
    for _ in 0..DEPTH_MAX {
        let keeps = |&&number: &&usize| refused.contains_key(targets[number].name());
        let kept: Vec<(String, ProviderError)> = nested
            .iter()
            .filter(|(number, _)| !keeps(number))
            .filter_map(|(&number, inside)| {
                let stays = targets[*inside.iter().find(keeps)?].name();
                let message = format!("{stays}, which is nested in it, stays");
                Some((targets[number].name().to_owned(), refusal(message)))
            })
            .collect();
        if kept.is_empty() {
            break;
        }
        refused.extend(kept);
    }
}

/// In which order the targets are asked for: those of one stage when those before it are settled.
pub(crate) fn stages(order: &Order) -> Vec<Vec<usize>> {
    let mut depths: HashMap<usize, usize> = HashMap::new();
    for _ in 0..DEPTH_MAX {
        let depth = |inside: &Vec<usize>| {
            inside.iter().map(|it| depths.get(it).copied().unwrap_or(0)).max().unwrap_or(0) + 1
        };
        let deeper: HashMap<usize, usize> =
            order.nested.iter().map(|(&number, inside)| (number, depth(inside))).collect();
        if deeper == depths {
            break;
        }
        depths = deeper;
    }
    let deepest = depths.values().copied().max().unwrap_or(0);
    let mut stages = vec![Vec::new(); deepest + 1];
    for number in 0..order.targets.len() {
        stages[depths.get(&number).copied().unwrap_or(0)].push(number);
    }
    stages
}

/// The refusal of a composite one in which so many of `of` are left, the first of them `first`.
pub(crate) fn left_inside(first: &Target, left: usize, of: usize) -> ProviderError {
    let first = first.name();
    refusal(format!("{left} of the {of} points that are nested in it did not go, such as {first}"))
}

fn left_outside(first: &str, more: usize) -> String {
    match more {
        0 => format!("{first} is nested in it, and is not among what is to be deleted"),
        more => format!(
            "{first} and {more} more are nested in it, and are not among what is to be deleted"
        ),
    }
}

fn refusal(message: String) -> ProviderError {
    ProviderError::local(Class::Refused(Obstacle::Nested), NESTED_LEFT, message)
}

fn maybe_continuous(cause: &str) -> ProviderError {
    let message = format!("it could not be read, and may be a continuous backup ({cause})");
    ProviderError::local(Class::Refused(Obstacle::Unread), UNREAD, message)
}

fn continuous() -> ProviderError {
    let message = "it is a continuous backup: without it, nobody can restore to a point in time";
    ProviderError::local(Class::Refused(Obstacle::Continuous), CONTINUOUS, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sexton_core::BackupArn;

    fn name(number: usize) -> String {
        format!("arn:aws:backup:us-east-1:123456789012:recovery-point:{number}")
    }

    fn order(targets: usize) -> Order {
        let target = |number| Target::point(&name(number).parse::<BackupArn>().unwrap(), None);
        Order::of((0..targets).map(target).collect(), Some(9))
    }

    /// Which of them are refused, in words, where this is nested in what.
    fn refused(
        mut order: Order,
        inside: &[(usize, &[usize])],
        read: &[(usize, &[usize])],
    ) -> Vec<String> {
        let inside = inside.iter().map(|&(number, nested)| (number, nested.to_vec())).collect();
        let read = read
            .iter()
            .map(|&(number, nested)| (number, nested.iter().copied().map(name).collect()));
        compose(&mut order, &read.collect::<Vec<_>>(), inside);
        let words = |number| {
            let refused = order.refused.get(&name(number))?;
            Some(format!(
                "{number}: {}",
                refused.message.replace(&name(0)[..name(0).len() - 1], "#")
            ))
        };
        (0..order.targets.len()).filter_map(words).collect()
    }

    #[test]
    fn a_composite_is_asked_for_only_if_all_that_is_nested_in_it_goes_too() {
        let whole: &[(usize, &[usize])] = &[(2, &[0, 1])];
        assert_eq!(refused(order(3), whole, whole), Vec::<String>::new());
        let more: &[(usize, &[usize])] = &[(2, &[0, 7, 1])];
        let stays = "2: #7 is nested in it, and is not among what is to be deleted".to_owned();
        assert_eq!(refused(order(3), whole, more), [stays]);
        let stays =
            "2: #7 and 1 more are nested in it, and are not among what is to be deleted".to_owned();
        assert_eq!(refused(order(3), whole, &[(2, &[7, 8])]), [stays]);
        // What could not be read keeps nothing: the service decides.
        assert_eq!(refused(order(3), whole, &[]), Vec::<String>::new());
    }

    #[test]
    fn what_stays_keeps_whatever_it_is_nested_in() {
        let mut order = order(4);
        order.refused.insert(name(0), continuous());
        let deep: &[(usize, &[usize])] = &[(1, &[0]), (2, &[1]), (3, &[])];
        let stays = |number, inside| format!("{number}: #{inside}, which is nested in it, stays");
        let continuous = format!("0: {}", continuous().message);
        assert_eq!(refused(order, deep, deep), [continuous, stays(1, 0), stays(2, 1)]);
    }

    fn inside() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::vec(0_usize..6, 0..4)
    }

    proptest! {
        /// Also where a service says that two are nested in each other.
        #[test]
        fn each_has_one_stage_and_what_is_nested_comes_first(
            nested in prop::collection::hash_map(0_usize..6, inside(), 0..6),
        ) {
            let mut order = order(6);
            order.nested.clone_from(&nested);
            let stages = stages(&order);
            let mut all: Vec<usize> = stages.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..6).collect::<Vec<_>>());
            prop_assert!(stages.len() <= DEPTH_MAX + 1);
            let at = |number| stages.iter().position(|stage| stage.contains(&number)).unwrap();
            for (&number, inside) in &nested {
                for &it in inside.iter().filter(|_| stages.len() <= DEPTH_MAX) {
                    prop_assert!(at(it) < at(number), "{it} before {number} in {stages:?}");
                }
            }
        }
    }
}
