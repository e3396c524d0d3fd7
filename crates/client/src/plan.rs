//! From names to an [`Order`]: what is found out before anything is deleted.
//!
//! Nothing is changed here. The place is read, names that cannot be in it are refused, and what
//! the service shows as staying is noted in the order, so that nobody asks for it. Whoever runs a
//! deletion for somebody may show what is found, and ask, between the steps; whoever does not
//! calls [`Plan::carry_out`].

pub(crate) mod fsx;
pub(crate) mod points;
pub(crate) mod rds;

use std::sync::Arc;

use sexton_core::{BackupArn, Obstacle, Service, Totals, verdict};

use crate::classify::Class;
use crate::composite::tie;
use crate::connect::Connection;
use crate::delete::delete;
use crate::denials::DenialsUnread;
use crate::document::Intent;
use crate::options::Options;
use crate::order::Order;
use crate::provider::{PlaceFacts, Provider, ProviderError, Target};
use crate::report::{Event, Item, Report};
use crate::sight::Sight;
use crate::stop::Stop;
use crate::survey::{look_at, refused_as_shown};

/// All that is needed to delete what was asked for.
#[derive(Debug)]
pub struct Plan {
    /// The place.
    pub provider: Arc<dyn Provider>,
    /// What is to be deleted there.
    pub order: Order,
    /// How it is to be done.
    pub options: Options,
    /// What is intended, with all that was found out of it.
    pub intent: Intent,
    /// What is told of the place, if it could be read.
    pub facts: Option<PlaceFacts>,
    /// Why it could not be read, where going on may still work.
    pub unread: Option<ProviderError>,
    /// Why legal holds may keep more of the targets than is known, where the service has any.
    pub holds_unread: Option<ProviderError>,
    /// Why the policy of the place may deny more of them than is known, where places have any.
    pub denials_unread: Option<DenialsUnread>,
}

/// Nothing can be planned, and nothing was deleted.
#[derive(Debug, thiserror::Error)]
pub enum Unplanned {
    /// These cannot be in the place, each for its reason: asked for there, they would count as
    /// absent.
    #[error("{} of the ARNs cannot be in the place", .0.len())]
    Misplaced(Vec<(BackupArn, String)>),
    /// The place could not be read.
    #[error(transparent)]
    Unread(#[from] ProviderError),
}

impl Unplanned {
    /// Fails if there are any that cannot be in the place.
    fn if_any(misplaced: Vec<(BackupArn, String)>) -> Result<(), Self> {
        if misplaced.is_empty() { Ok(()) } else { Err(Self::Misplaced(misplaced)) }
    }
}

/// Takes a failure to read the place for no more than a gap, where going on may still work.
fn or_gap<T>(
    read: Result<T, ProviderError>,
    gap: &mut Option<ProviderError>,
) -> Result<Option<T>, ProviderError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(failure) if goes_on_without(&failure) => {
            gap.get_or_insert(failure);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Whether deletions may work although the place could not be read.
pub(crate) fn goes_on_without(failure: &ProviderError) -> bool {
    match failure.class {
        Class::Forbidden { .. } | Class::Refused(Obstacle::Unsupported) => !failure.is_nameless(),
        Class::NotFound { .. }
        | Class::Credentials
        | Class::Unreachable
        | Class::Lost
        | Class::Throttled
        | Class::Server
        | Class::Busy(_)
        | Class::Refused(_) => false,
    }
}

/// Notes in `order` what a look at its targets in `provider`'s place has shown: which were seen
/// there, which would be refused, and which have to go before others. `connection` leads to AWS
/// Backup, which tells what it keeps of FSx.
pub async fn note_sights(
    order: &mut Order,
    sights: &[Sight],
    provider: &dyn Provider,
    service: Service,
    connection: &Connection,
    options: &Options,
) {
    order.saw(|number, _| matches!(sights[number], Sight::Present(_)));
    order.misses(|number| sights[number] == Sight::Absent);
    match service {
        Service::AwsBackup => tie(order, sights, provider, options).await,
        Service::Fsx => {
            let kept = fsx::kept(order, sights, connection, options).await;
            order.refused.extend(kept);
        }
        Service::ApsaraRds => {
            let shown = refused_as_shown(order, sights);
            order.refused.extend(shown);
        }
    }
}

impl Plan {
    /// How every deletion would be refused because the place has a lock, if it has one.
    pub fn refused_by_lock(&self) -> Option<ProviderError> {
        let facts = self.facts.as_ref().filter(|facts| facts.locked)?;
        let (noun, name) = (self.provider.manner().place_noun, self.provider.name());
        let since = match facts.lock_date {
            _ if facts.air_gapped => " for ever, as it is logically air-gapped".to_owned(),
            Some(date) if date <= (self.options.clock)() => format!("; immutable since {date}"),
            Some(date) => format!("; immutable from {date} on"),
            None => String::new(),
        };
        let message = format!("the {noun} {name} is locked{since}: nothing in it can be deleted");
        Some(ProviderError::local(Class::Refused(Obstacle::VaultLock), "VaultLocked", message))
    }

    /// Looks at the targets, deletes them and reads back: what was seen, and is not there
    /// afterwards, is proven gone also where the reply to its deletion was lost. Nothing is asked
    /// for in a place that has a lock: all of it counts as refused.
    /// `connection` is the one that the place was found with.
    pub async fn carry_out(
        self,
        connection: &Connection,
        events: &(dyn Fn(Event<'_>) + Send + Sync),
        stop: Stop,
    ) -> Report {
        if let Some(refused) = self.refused_by_lock() {
            return all_refused(&self.order, &refused, events);
        }
        let Self { provider, mut order, options, intent, .. } = self;
        let sights = look_at(&*provider, &order, &options, events, stop.clone()).await;
        // Of a run that is to stop nothing more is read.
        if !stop.is_draining() {
            let (service, place) = (intent.service, &*provider);
            note_sights(&mut order, &sights, place, service, connection, &options).await;
        }
        delete(provider, order, options, events, stop).await
    }
}

/// The report of a run in which nothing was asked for, because all would be refused so.
fn all_refused(
    order: &Order,
    refused: &ProviderError,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
) -> Report {
    let item = |target: &Target| {
        let outcome = refused.clone().refused(refused.class.obstacle());
        events(Event::Settled { target, outcome: &outcome });
        Item { target: target.clone(), outcome }
    };
    let items: Vec<Item> = order.targets.iter().map(item).collect();
    let totals: Totals = items.iter().map(|item| &item.outcome).collect();
    Report { items, totals, stopped: None, searched: None, verdict: verdict(&totals, false) }
}
