//! Legal holds: what must stay whatever anybody asks for, until the hold is cancelled.
//!
//! A hold says which recovery points it is of, and not which they are: those that come later and
//! match are held as well. So every decision to delete reads all holds of its realm, and expects
//! that none has come or gone.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Backup, InRealm, JobId, Realm, ResourceArn, State, TagRefusal, Tags, VaultName};

/// The name of a legal hold. Later ones sort after earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldId(JobId);

impl HoldId {
    /// Makes an id from the instant and ten random bytes.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(JobId::new(now, random))
    }

    /// The id that [`HoldId::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(JobId::from_bytes(bytes))
    }

    /// The id as sixteen bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The ARN of the hold of this id in a realm.
    pub fn arn(&self, realm: &Realm) -> String {
        realm.arn("backup", &format!("legal-hold:{self}"))
    }

    /// The id of the hold of this ARN, if it is that of a hold of the realm.
    pub fn of_arn(arn: &str, realm: &Realm) -> Option<Self> {
        let text = arn.strip_prefix(&realm.arn("backup", "legal-hold:"))?;
        // One thing has one name: an id can be written in several ways.
        text.parse().ok().filter(|id: &Self| id.to_string() == text)
    }
}

impl fmt::Display for HoldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for HoldId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Which recovery points a hold is of: those in one of the vaults or of one of the resources, that
/// were made in the range of dates. What is left out narrows nothing, so that a hold which says
/// nothing is of all recovery points of its realm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Their vaults.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub vaults: BTreeSet<VaultName>,
    /// What they are backups of.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub resources: BTreeSet<ResourceArn>,
    /// When they were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
}

/// A range of dates, both of them in it. They count in seconds, as callers see and send them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    /// The first instant.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
}

impl Dates {
    fn hold(&self, created: Timestamp) -> bool {
        let whole = |instant: Timestamp| instant.as_millisecond().div_euclid(1000);
        (whole(self.from)..=whole(self.to)).contains(&whole(created))
    }
}

impl Selection {
    /// Whether it is of this backup, in the realm that it is in itself.
    pub fn is_of(&self, backup: &Backup) -> bool {
        let Some(kept) = backup.in_vault() else { return false };
        let anywhere = self.vaults.is_empty() && self.resources.is_empty();
        let named = anywhere
            || self.vaults.contains(&kept.vault)
            || self.resources.contains(&backup.source);
        named && self.dates.is_none_or(|dates| dates.hold(backup.created))
    }
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name.
    pub id: HoldId,
    /// Where it is.
    pub realm: Realm,
    /// What people call it.
    pub title: String,
    /// What people say of it.
    pub description: String,
    /// The caller's token of the request that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Which recovery points it is of.
    pub selection: Selection,
    /// When it was made.
    pub created: Timestamp,
    /// When it was cancelled; nothing while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Cancelled>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// The end of a legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// When.
    pub at: Timestamp,
    /// Why, in the words of who did it.
    pub description: String,
    /// Until when its record is kept.
    pub kept_until: Timestamp,
}

impl Hold {
    /// Whether it keeps this backup, in the realm that it is in itself: nothing keeps what is
    /// being erased, and one that is being made goes if its job is stopped.
    pub fn keeps(&self, backup: &Backup) -> bool {
        let is_kept = match backup.state {
            State::Completed { .. } | State::Expired { .. } => true,
            State::Creating | State::Failed { .. } | State::Deleting { .. } => false,
        };
        is_kept && self.cancelled.is_none() && self.selection.is_of(backup)
    }

    /// The same without its tags, which protect nothing.
    #[must_use]
    pub fn untagged(self) -> Self {
        Self { tags: Tags::new(), ..self }
    }

    /// What it is found by.
    pub fn key(&self) -> InRealm<HoldId> {
        self.realm.with(self.id)
    }
}

/// The legal holds of a realm that were not cancelled.
///
/// Every deletion asks all of them, and each may name a thousand vaults and resources: so it is
/// noted which of them may be of what. They have no tags here: whoever tags a hold moves nothing
/// that a deletion was decided from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    all: Vec<Hold>,
    /// The places of those that name a vault, by its name.
    of_vault: HashMap<VaultName, Vec<usize>>,
    /// The same by resource.
    of_resource: HashMap<ResourceArn, Vec<usize>>,
    /// The places of those that name neither.
    anywhere: Vec<usize>,
}

impl Holds {
    /// All of a realm.
    pub fn new(all: Vec<Hold>) -> Self {
        let all: Vec<Hold> = all.into_iter().map(Hold::untagged).collect();
        let mut holds = Self::default();
        for (place, hold) in all.iter().enumerate() {
            let Selection { vaults, resources, dates: _ } = &hold.selection;
            if vaults.is_empty() && resources.is_empty() {
                holds.anywhere.push(place);
            }
            for vault in vaults {
                holds.of_vault.entry(vault.clone()).or_default().push(place);
            }
            for resource in resources {
                holds.of_resource.entry(resource.clone()).or_default().push(place);
            }
        }
        Self { all, ..holds }
    }

    /// All of them.
    pub fn all(&self) -> &[Hold] {
        &self.all
    }

    /// Refuses what one of them is of.
    pub fn check(&self, backup: &Backup) -> Result<(), Held> {
        let Some(kept) = backup.in_vault() else { return Ok(()) };
        let named = [self.of_vault.get(&kept.vault), self.of_resource.get(&backup.source)];
        let may_be = named.into_iter().flatten().flatten().chain(&self.anywhere);
        let of = |place: &&usize| self.all[**place].selection.is_of(backup);
        // The first of all is told.
        match may_be.filter(of).min() {
            Some(place) => Err(Held { hold: self.all[*place].id }),
            None => Ok(()),
        }
    }
}

/// A legal hold keeps the recovery point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recovery point cannot be deleted because legal hold {hold} is of it")]
pub struct Held {
    /// One of those that do.
    pub hold: HoldId,
}

/// The most holds of one realm that were not cancelled: AWS Backup's own limit.
pub const HOLDS_ACTIVE_MAX: usize = 50;

/// The most holds of one realm, with the records of those that were cancelled.
pub const HOLDS_MAX: u64 = 10_000;

/// So many holds and records of a realm leave room for every hold that may be placed. The record
/// of one that is cancelled beyond that is not kept.
const HOLDS_KEPT_MAX: u64 = 9950;

/// The most vaults and resources that one hold names.
pub const HOLD_NAMES_MAX: usize = 1000;

/// The longest title or description, in characters.
pub const HOLD_TEXT_MAX: usize = 1000;

/// For how many days the record of a hold is kept that was cancelled, unless it is said.
pub const HOLD_RECORD_DAYS: i64 = 180;

/// The most days that a record is kept.
const RECORD_DAYS_MAX: i64 = 36_500;

/// The hold that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldOrder {
    /// What people call it.
    pub title: String,
    /// What people say of it.
    pub description: String,
    /// A repeat of the same token makes nothing.
    pub token: Option<String>,
    /// Which recovery points it is of.
    pub selection: Selection,
    /// Its tags. Those of a hold that the same request placed before stay as they are: they may
    /// have changed since.
    pub tags: Tags,
}

/// Why no hold was made, or it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    /// A text is too long.
    #[error("{which} must have at most {HOLD_TEXT_MAX} characters")]
    Text {
        /// Which.
        which: &'static str,
    },
    /// It names too much.
    #[error("a legal hold can name at most {HOLD_NAMES_MAX} vaults and resources")]
    TooManyNames,
    /// No instant is in its range.
    #[error("FromDate must not be later than ToDate")]
    NoDates,
    /// There are as many as there may be.
    #[error("there are {HOLDS_ACTIVE_MAX} legal holds already")]
    TooMany,
    /// The token stands for another order.
    #[error("token {token:?} is that of legal hold {hold}, of which the {differs} was another")]
    TokenUsed {
        /// The token.
        token: String,
        /// The hold that was made with it.
        hold: HoldId,
        /// What the two orders differ in.
        differs: &'static str,
    },
    /// It was cancelled before.
    #[error("legal hold {hold} was cancelled already")]
    Cancelled {
        /// Which.
        hold: HoldId,
    },
    /// Its record would be kept for too long, or for less than no time.
    #[error("RetainRecordInDays must be between 0 and {RECORD_DAYS_MAX}")]
    RecordDays,
    /// Its tags are not acceptable.
    #[error("{0}")]
    Tags(#[from] TagRefusal),
}

/// What becomes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewHold {
    /// This hold.
    Made(Hold),
    /// The same request made this one before.
    Repeated(Hold),
}

fn check_text(which: &'static str, text: &str) -> Result<(), HoldRefusal> {
    if text.chars().count() > HOLD_TEXT_MAX {
        return Err(HoldRefusal::Text { which });
    }
    Ok(())
}

/// Decides whether `order` makes a hold at `now`, beside the `holds` of its realm that were not
/// cancelled; `id` names it if it does.
pub fn decide_hold(
    order: HoldOrder,
    holds: &Holds,
    realm: &Realm,
    now: Timestamp,
    id: HoldId,
) -> Result<NewHold, HoldRefusal> {
    let HoldOrder { title, description, token, selection, tags } = order;
    check_text("Title", &title)?;
    check_text("Description", &description)?;
    if selection.vaults.len() + selection.resources.len() > HOLD_NAMES_MAX {
        return Err(HoldRefusal::TooManyNames);
    }
    if selection.dates.is_some_and(|dates| dates.from > dates.to) {
        return Err(HoldRefusal::NoDates);
    }
    crate::tags::check(&tags)?;
    let of_token = |hold: &&Hold| token.is_some() && hold.token == token;
    if let Some(first) = holds.all.iter().find(of_token) {
        let differs = [
            ("title", title != first.title),
            ("description", description != first.description),
            ("selection", selection != first.selection),
        ];
        let Some((differs, _)) = differs.into_iter().find(|(_, differs)| *differs) else {
            return Ok(NewHold::Repeated(first.clone()));
        };
        let (token, hold) = (token.unwrap_or_default(), first.id);
        return Err(HoldRefusal::TokenUsed { token, hold, differs });
    }
    if holds.all.len() >= HOLDS_ACTIVE_MAX {
        return Err(HoldRefusal::TooMany);
    }
    let (realm, created, cancelled) = (realm.clone(), now, None);
    Ok(NewHold::Made(Hold {
        id,
        realm,
        title,
        description,
        token,
        selection,
        created,
        cancelled,
        tags,
    }))
}

/// Decides whether a hold is cancelled at `now`, with these words, and its record kept for so many
/// days: beside `kept` holds and records of its realm, itself included.
pub fn decide_cancel(
    hold: Hold,
    description: String,
    record_days: Option<i64>,
    kept: u64,
    now: Timestamp,
) -> Result<Hold, HoldRefusal> {
    if hold.cancelled.is_some() {
        return Err(HoldRefusal::Cancelled { hold: hold.id });
    }
    check_text("CancelDescription", &description)?;
    let days = record_days.unwrap_or(HOLD_RECORD_DAYS);
    if !(0..=RECORD_DAYS_MAX).contains(&days) {
        return Err(HoldRefusal::RecordDays);
    }
    let time = SignedDuration::from_hours(24 * days);
    let kept_until = match now.saturating_add(time) {
        // A hold that is needed comes before the record of another.
        _ if kept > HOLDS_KEPT_MAX => now,
        Ok(until) => until,
        Err(_) => Timestamp::MAX,
    };
    Ok(Hold { cancelled: Some(Cancelled { at: now, description, kept_until }), ..hold })
}
