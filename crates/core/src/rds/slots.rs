//! Replication slots: a database keeps its log for whoever receives it, until its disk is full. One
//! that nobody needs any more is *owed*: the database is to be told so, however long it cannot be.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Database, Engine, LogBackup};

/// So many slots may be owed of an instance before its database may be exchanged for another one.
pub const OWED_SLOTS_MAX: usize = 16;

/// The longest wait before a slot that is owed is tried again.
const WAIT_MAX: Duration = Duration::from_hours(1);

/// How long nothing new has to be said of what is told again and again.
const SAID_FOR: Duration = Duration::from_hours(1);

/// A slot that a database may hold for nobody. How that is reached is kept sealed beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedSlot {
    /// Tells it from others of its instance.
    pub number: u32,
    /// What tells its database from others, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Since when it is of no use.
    pub since: Timestamp,
}

/// What is known of a database server, to tell it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerKnown<'a> {
    /// What it said of itself.
    pub identity: Option<&'a str>,
    /// Where it is, if that could be read.
    pub address: Option<&'a str>,
}

/// Whether two ways lead to the same server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameServer {
    /// They do.
    Yes,
    /// They do not, as far as anybody can tell.
    No,
    /// It may have moved, or the other may be a copy of it: they have to be asked.
    Ask,
}

impl ServerKnown<'_> {
    /// Whether the other one is the same.
    pub fn is(self, other: Self) -> SameServer {
        let differs = |(one, other)| one != other;
        let at_one_place = self.address.is_some() && self.address == other.address;
        match (self.identity.zip(other.identity).map(differs), at_one_place) {
            (Some(true), _) | (None, false) => SameServer::No,
            (Some(false) | None, true) => SameServer::Yes,
            (Some(false), false) => SameServer::Ask,
        }
    }
}

impl Database {
    /// Whether its server keeps a slot for the log backup of this instance.
    pub fn holds_slot(&self) -> bool {
        let is_on = matches!(self.policy.log, LogBackup::On { .. });
        is_on && self.detached.is_none() && self.engine == Engine::PostgreSql
    }

    /// Whether the slot that log backup uses now may be this one, reached in another way.
    pub fn may_use(&self, owed: &OwedSlot) -> bool {
        let other = owed.identity.as_ref().zip(self.identity.as_ref());
        self.holds_slot() && other.is_none_or(|(one, other)| one == other)
    }
}

/// How an instance changes, as far as its slots ask for that.
#[derive(Debug, Clone, Copy)]
pub struct SlotChange<'a> {
    /// The instance before.
    pub before: &'a Database,
    /// The instance from now on.
    pub after: &'a Database,
    /// Whether it is reached in another way from now on, and if so, whether that leads to the same
    /// server as before.
    pub renewed: Option<bool>,
    /// Of each slot that is owed, whether it is at the server of the instance from now on.
    pub at_its_server: &'a [bool],
}

/// Which connection settings are kept with a slot that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// Those that the instance had.
    AsBefore,
    /// Those that it has from now on.
    AsFromNowOn,
}

/// What a change of an instance makes of the slots that it owes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotsAfter {
    /// All that it owes.
    pub owed: Vec<OwedSlot>,
    /// The one of these that is new, with the settings to be kept.
    pub added: Option<(u32, Reached)>,
    /// Those whose settings are of no use any more.
    pub removed: Vec<u32>,
}

/// What a change of an instance makes of its slots at `now`; `number` names one that is new. What
/// it has in use from now on is not owed any more, and what it had and does not use is.
pub fn slots_after(change: &SlotChange<'_>, number: u32, now: Timestamp) -> SlotsAfter {
    let SlotChange { before, after, renewed, at_its_server } = *change;
    let here = |index: usize| at_its_server.get(index).copied().unwrap_or(false);
    let holds = after.holds_slot();
    let moved = renewed == Some(false);
    let leaves = before.holds_slot() && (!holds || moved);
    // Somebody has said how a server is reached at which a slot is owed.
    let is_reached = renewed.is_some() && (0..before.owed.len()).any(here);
    let added = match (leaves, is_reached && !holds) {
        (true, _) => Some(Reached::AsBefore),
        (false, true) => Some(Reached::AsFromNowOn),
        (false, false) => None,
    };
    let of = if leaves { before } else { after };
    // Of one server one slot is owed at the most.
    let is_again = added.is_some() && !(leaves && moved);
    let goes = |index: usize| here(index) && (holds || is_again);
    let (going, mut owed): (Vec<_>, Vec<_>) =
        before.owed.iter().cloned().enumerate().partition(|(index, _)| goes(*index));
    let removed = going.iter().map(|(_, slot)| slot.number).collect();
    if added.is_some() {
        owed.push((0, OwedSlot { number, identity: of.identity.clone(), since: now }));
    }
    let owed = owed.into_iter().map(|(_, slot)| slot).collect();
    SlotsAfter { owed, added: added.map(|reached| (number, reached)), removed }
}

/// How long to wait before a slot is tried again of which so many tries have failed.
pub fn owed_wait(failures: u32) -> Duration {
    let doubled = 2_u64.saturating_pow(failures.saturating_sub(1).min(32));
    Duration::from_secs(doubled).min(WAIT_MAX)
}

/// Whether something is worth saying, if the `last` words were said so long ago.
pub fn is_news(words: &str, last: Option<(&str, Duration)>) -> bool {
    last.is_none_or(|(said, ago)| said != words || ago >= SAID_FOR)
}

#[cfg(test)]
mod tests;
