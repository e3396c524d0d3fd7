//! Lists backups, to the end or with an error: never a shorter list that looks whole.
//!
//! A [`Stock`] is what a service lists in one go: the recovery points of a vault, or the backups
//! of the file systems of a region. It is read page by page, and nothing is kept of a page that
//! was handed on, so that a million backups take no more memory than a thousand. What cannot be
//! read to its end is an [`Unfinished`] listing, which names the place and how much of it was
//! read. What a filter means is decided by [`Filter::judge`], purely.

mod entry;
mod filter;
mod sort;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::ControlFlow;

use async_trait::async_trait;
use futures::StreamExt as _;
use sexton_core::counted;

pub use self::entry::{Entry, Protection};
pub use self::filter::{Filter, Judged, Narrow, Property};
pub use self::sort::{SortKey, Sorted};
pub use self::words::{InvalidWord, age, bytes, moment, tag};

use crate::caller::Caller;
use crate::classify::Class;
use crate::options::Options;
use crate::plan::goes_on_without;
use crate::provider::apsara_rds::{ApsaraRds, RdsInstanceId};
use crate::provider::aws_backup::AwsBackup;
use crate::provider::aws_backup::stock::AwsStock;
use crate::provider::{Listed, ProviderError};
use crate::report::Event;
use crate::stop::Stop;

/// The most pages that one listing is followed for; far above any quota.
const PAGES_MAX: u32 = 1_000_000;

/// The most pages that the tags of one backup can have; the quota is fifty tags.
const TAG_PAGES_MAX: u32 = 100;

/// What a service lists in one go.
#[async_trait]
pub trait Stock: fmt::Debug + Send + Sync {
    /// What it is called in messages: `vault nightly`.
    fn name(&self) -> String;

    /// Reads one page, from the start or from where `token` says. The service may leave out
    /// what `narrow` leaves out, and nothing else.
    async fn page(
        &self,
        narrow: &Narrow,
        token: Option<String>,
    ) -> Result<Listed<Entry>, ProviderError>;

    /// Reads one page of the tags of a backup of which a listing does not tell them.
    async fn tags(
        &self,
        entry: &Entry,
        token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError>;
}

/// What is to be listed.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Which backups.
    pub filter: Filter,
    /// Whether the tags of each are wanted.
    pub tags: bool,
}

/// What was read, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Backups that the service has listed.
    pub listed: u64,
    /// Those of them that the filter takes.
    pub taken: u64,
    /// The sizes of those, as far as they are told.
    pub bytes: u64,
    /// Those that have no size.
    pub sizeless: u64,
    /// Those that the filter could not judge, by what they lack. They are not among the taken.
    pub lacking: BTreeMap<Property, u64>,
    /// Those that were taken and whose tags were wanted, but are not told.
    pub untold_tags: u64,
}

/// A listing that could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list is not whole: {place} broke off after {}", counted(*after, "backup"))]
pub struct Unfinished {
    /// What was being read: a vault, the list of vaults.
    pub place: String,
    /// How many backups of it had been listed.
    pub after: u64,
    /// Why there were no more.
    #[source]
    pub failure: ProviderError,
}

/// Reads stocks of one account and service, under one pace.
#[derive(Debug)]
pub struct Lister {
    caller: Caller,
    in_flight_max: usize,
}

impl Lister {
    /// One that reads as `options` say.
    pub fn new(options: &Options) -> Self {
        let (_handle, stop) = Stop::new();
        Self { caller: Caller::new(stop, options), in_flight_max: options.in_flight_max() }
    }

    /// Does `work`, and tells meanwhile how the service answers.
    pub async fn telling<T>(
        &self,
        events: &(dyn Fn(Event<'_>) + Send + Sync),
        work: impl Future<Output = T>,
    ) -> T {
        tokio::select! {
            biased;
            done = work => done,
            never = self.caller.keep_telling(events) => match never {},
        }
    }

    /// Every vault of the account and region.
    pub async fn vaults(
        &self,
        backup: &AwsBackup,
        region: &str,
    ) -> Result<Vec<AwsStock>, Unfinished> {
        let mut vaults = Vec::new();
        let unfinished =
            |failure| Unfinished { place: LIST_OF_VAULTS.to_owned(), after: 0, failure };
        let (mut token, mut begun) = (None, Begun::default());
        for _ in 0..PAGES_MAX {
            let page = self
                .caller
                .look(|| backup.stocks(region, token.clone()))
                .await
                .map_err(unfinished)?;
            vaults.extend(page.items);
            match begun.following(page.next) {
                Ok(None) => return Ok(vaults),
                Ok(next) => token = next,
                Err(failure) => return Err(unfinished(failure)),
            }
        }
        Err(unfinished(endless()))
    }

    /// Every instance of the account and region, with its id. Those whose id is none are an error:
    /// their sets would be missing without a word.
    pub async fn instances(&self, rds: &ApsaraRds) -> Result<Vec<RdsInstanceId>, Unfinished> {
        let mut instances = Vec::new();
        let unfinished =
            |failure| Unfinished { place: LIST_OF_INSTANCES.to_owned(), after: 0, failure };
        let (mut token, mut begun) = (None, Begun::default());
        for _ in 0..PAGES_MAX {
            let asked = self.caller.look(|| rds.instances(token.as_deref())).await;
            let page = asked.map_err(unfinished)?;
            for instance in page.items {
                let id = instance.id.parse();
                let id = id.map_err(|_| unfinished(unreadable("an id of an instance is none")))?;
                instances.push(id);
            }
            match begun.following(page.next) {
                Ok(None) => return Ok(instances),
                Ok(next) => token = next,
                Err(failure) => return Err(unfinished(failure)),
            }
        }
        Err(unfinished(endless()))
    }

    /// Fails if one of these instances is in another region than the one that is asked for. Whoever
    /// may not read instances may still list their sets.
    pub async fn look_for(&self, rds: &ApsaraRds, ids: &[RdsInstanceId]) -> Result<(), Unfinished> {
        for id in ids {
            match self.caller.look(|| rds.instance(id)).await {
                Err(failure) if !goes_on_without(&failure) => {
                    let place = format!("instance {}", id.as_str());
                    return Err(Unfinished { place, after: 0, failure });
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// The vault that `stock` is, with what the service tells of it. Whoever may not describe it
    /// may still list it: its account and its lock are then not known.
    pub async fn described(&self, stock: AwsStock) -> Result<AwsStock, Unfinished> {
        match self.caller.look(|| stock.described()).await {
            Ok(described) => Ok(described),
            Err(failure) => match failure.class {
                Class::Forbidden { .. } if !failure.is_nameless() => Ok(stock),
                Class::Forbidden { .. }
                | Class::NotFound { .. }
                | Class::Busy(_)
                | Class::Credentials
                | Class::Throttled
                | Class::Refused(_)
                | Class::Server
                | Class::Lost
                | Class::Unreachable => Err(Unfinished { place: stock.name(), after: 0, failure }),
            },
        }
    }

    /// Reads `stock` to its end, and hands what `query` asks for to `sink`, in the order of the
    /// service, until that wants no more. `tally` counts on.
    pub async fn read(
        &self,
        stock: &dyn Stock,
        query: &Query,
        tally: &mut Tally,
        sink: &mut (dyn FnMut(Entry) -> ControlFlow<()> + Send),
    ) -> Result<ControlFlow<()>, Unfinished> {
        let begun_at = tally.listed;
        let (narrow, mut token, mut begun) = (query.filter.narrow(), None, Begun::default());
        let mut before = HashSet::new();
        for _ in 0..PAGES_MAX {
            let after = tally.listed - begun_at;
            let unfinished = |failure| Unfinished { place: stock.name(), after, failure };
            let asked = self.caller.look(|| stock.page(&narrow, token.clone())).await;
            let Listed { items, next } = asked.map_err(unfinished)?;
            let next = begun.following(next).map_err(unfinished)?;
            let items = not_again(items, &mut before);
            if self.page(stock, query, items, tally, sink).await.map_err(unfinished)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if next.is_none() {
                return Ok(ControlFlow::Continue(()));
            }
            token = next;
        }
        let after = tally.listed - begun_at;
        Err(Unfinished { place: stock.name(), after, failure: endless() })
    }

    /// Judges what is on a page, and hands on what is taken.
    async fn page(
        &self,
        stock: &dyn Stock,
        query: &Query,
        items: Vec<Entry>,
        tally: &mut Tally,
        sink: &mut (dyn FnMut(Entry) -> ControlFlow<()> + Send),
    ) -> Result<ControlFlow<()>, ProviderError> {
        let judged = items.into_iter().map(|entry| self.judged(stock, query, entry));
        let mut judged = futures::stream::iter(judged).buffered(self.in_flight_max);
        while let Some(one) = judged.next().await {
            let (entry, judged) = one?;
            tally.count(&entry, judged, query.tags);
            if judged == Judged::Takes && sink(entry).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What the filter makes of `entry`, whose tags are read where they matter.
    async fn judged(
        &self,
        stock: &dyn Stock,
        query: &Query,
        mut entry: Entry,
    ) -> Result<(Entry, Judged), ProviderError> {
        let judged = query.filter.judge(&entry);
        let matter = match judged {
            Judged::Takes => query.tags,
            Judged::Lacks(lack) => lack == Property::Tags,
            Judged::Leaves => false,
        };
        if !matter || entry.tags.is_some() {
            return Ok((entry, judged));
        }
        entry.tags = self.tags(stock, &entry).await?;
        let judged = query.filter.judge(&entry);
        Ok((entry, judged))
    }

    /// The tags of one backup; nothing where the service says that it tells none of this one, as
    /// AWS Backup does of a snapshot that another service keeps.
    async fn tags(
        &self,
        stock: &dyn Stock,
        entry: &Entry,
    ) -> Result<Option<BTreeMap<String, String>>, ProviderError> {
        let (mut tags, mut token, mut begun) = (BTreeMap::new(), None, Begun::default());
        for _ in 0..TAG_PAGES_MAX {
            match self.caller.look(|| stock.tags(entry, token.clone())).await {
                Ok(page) => {
                    tags.extend(page.items);
                    token = begun.following(page.next)?;
                    if token.is_none() {
                        return Ok(Some(tags));
                    }
                }
                Err(failure) if says_nothing_of_this_one(&failure) => return Ok(None),
                Err(failure) => return Err(failure),
            }
        }
        Err(endless())
    }
}

/// How the list of instances is called where it could not be read.
const LIST_OF_INSTANCES: &str = "the list of instances";

/// How the list of vaults is called where it could not be read.
const LIST_OF_VAULTS: &str = "the list of vaults";

/// The places at which pages began, as hashes. A service that leads back to one of them would be
/// asked for ever.
#[derive(Default)]
struct Begun(HashSet<u64>);

impl Begun {
    /// Where the next page begins.
    fn following(&mut self, next: Option<String>) -> Result<Option<String>, ProviderError> {
        let Some(next) = next else { return Ok(None) };
        let mut hasher = DefaultHasher::new();
        next.hash(&mut hasher);
        if self.0.insert(hasher.finish()) {
            Ok(Some(next))
        } else {
            Err(unreadable("the listing repeats itself"))
        }
    }
}

fn endless() -> ProviderError {
    unreadable("the listing has no end")
}

/// What of a page was not on the page `before`, which this one takes the place of. A service tells
/// something twice where a page ends, if a backup is made or deleted while its list is read. What
/// was on pages further back is not kept: a list takes no more memory for being long.
fn not_again(page: Vec<Entry>, before: &mut HashSet<String>) -> Vec<Entry> {
    let mut now = HashSet::with_capacity(page.len());
    let fresh = page.into_iter().filter(|it| now.insert(it.id.clone()) && !before.contains(&it.id));
    let fresh = fresh.collect();
    *before = now;
    fresh
}

/// A listing that makes no sense, whichever service it is of.
fn unreadable(what: &str) -> ProviderError {
    ProviderError::local(Class::Lost, "UnreadableListing", what)
}

/// Whether a refusal is about one backup alone. Anything else says that tags cannot be read.
fn says_nothing_of_this_one(failure: &ProviderError) -> bool {
    match failure.class {
        Class::NotFound { .. } | Class::Refused(_) => !failure.is_nameless(),
        Class::Busy(_)
        | Class::Forbidden { .. }
        | Class::Credentials
        | Class::Throttled
        | Class::Server
        | Class::Lost
        | Class::Unreachable => false,
    }
}

impl Tally {
    fn count(&mut self, entry: &Entry, judged: Judged, tags_wanted: bool) {
        self.listed += 1;
        match judged {
            Judged::Takes => {
                self.taken += 1;
                self.bytes = self.bytes.saturating_add(entry.size.unwrap_or(0));
                self.sizeless += u64::from(entry.size.is_none());
                self.untold_tags += u64::from(tags_wanted && entry.tags.is_none());
            }
            Judged::Leaves => {}
            Judged::Lacks(property) => *self.lacking.entry(property).or_default() += 1,
        }
    }
}
