//! `ApsaraDB` RDS: the backup sets of one instance, through signed RPC requests.
//!
//! Up to a hundred sets go with one request, all of them or none, and a reply says nothing of any
//! one of them. RDS knows no deletion again: one that got no answer is settled by a look. Whether a
//! set may go, the service says beside it (`StoreStatus`); what it shows as staying is told apart
//! ([`State::Stays`](super::State)), because one of them would keep ninety-nine others.
//!
//! That a set is not there is believed only of a listing that was read whole, and whose every item
//! is of this instance; of one that shows nothing, only when the instance itself answers.

pub(crate) mod instance;
mod pages;
pub(crate) mod reply;
pub(crate) mod set;
pub(crate) mod stock;
mod table;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::Obstacle;
use sexton_wire::apsara::model::value::{InstanceId, Value as _};
use sexton_wire::apsara::model::{delete_backup, describe_backups};

use self::instance::RdsInstance;
use self::pages::{Cursor, Page};
use self::set::{RdsBackupSet, RdsRules};
use super::{
    AbsenceBy, Listed, Manner, Named, Place, PlaceFacts, Provider, ProviderError, Settles, Target,
    Unheard,
};
use crate::apsara::ApsaraClient;
use crate::caller::Caller;
use crate::classify::Class;
use crate::options::Options;
use crate::stop::Stop;

/// The most sets that one page holds. More is not documented.
const PAGE_SIZE: u16 = 100;

/// The fewest sets that a page can be asked for.
const PAGE_SIZE_MIN: u16 = 30;

/// The most sets that one request deletes.
const SETS_MAX: usize = 100;

/// RDS in one region, or a server that speaks its API.
#[derive(Debug, Clone)]
pub struct ApsaraRds(pub(crate) Arc<ApsaraClient>);

/// The id of an instance, such as `rm-uf6wjk5xxxxxxx`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RdsInstanceId(InstanceId);

/// A text is no id of an instance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no id of an instance: it looks like rm-uf6wjk5xxxxxxx")]
pub struct ParseRdsInstanceIdError {
    text: String,
}

impl RdsInstanceId {
    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl std::str::FromStr for RdsInstanceId {
    type Err = ParseRdsInstanceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = InstanceId::read(text).ok().map(Self);
        id.ok_or_else(|| ParseRdsInstanceIdError { text: text.to_owned() })
    }
}

/// The id of a backup set, such as `324909958`: a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RdsBackupSetId(String);

/// A text is no id of a backup set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no id of a backup set, which is a number of at most {SET_DIGITS_MAX} digits")]
pub struct ParseRdsBackupSetIdError {
    text: String,
}

/// The longest id of a backup set, in digits.
const SET_DIGITS_MAX: usize = 20;

impl RdsBackupSetId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RdsBackupSetId {
    type Err = ParseRdsBackupSetIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && (1..=SET_DIGITS_MAX).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseRdsBackupSetIdError { text: text.to_owned() })
        }
    }
}

impl Target {
    /// A backup set of an instance.
    pub fn backup_set(id: &RdsBackupSetId) -> Self {
        Self::unseen(id.as_str(), None)
    }
}

impl ApsaraRds {
    /// The region.
    pub fn region(&self) -> &str {
        self.0.region()
    }

    /// The account that the credentials are of; nothing where nobody tells it, as servers do that
    /// are not Alibaba's own.
    pub async fn account(&self, options: &Options) -> Option<String> {
        let (_handle, stop) = Stop::new();
        Caller::new(stop, options).look(|| self.0.account()).await.ok()
    }

    /// The sets of one instance. `rules` is what is known of it, and `clock` tells the time by
    /// which reasons are given.
    pub fn sets(&self, id: RdsInstanceId, rules: RdsRules, clock: fn() -> Timestamp) -> RdsSets {
        RdsSets { rds: self.clone(), id, rules, clock }
    }
}

/// The backup sets of one instance.
#[derive(Debug, Clone)]
pub struct RdsSets {
    rds: ApsaraRds,
    id: RdsInstanceId,
    rules: RdsRules,
    clock: fn() -> Timestamp,
}

/// What one `DescribeBackups` tells.
#[derive(Debug)]
struct Told {
    sets: Vec<RdsBackupSet>,
    number: Option<u64>,
    total: Option<u64>,
    count: Option<u64>,
}

impl RdsSets {
    /// Asks for sets of the instance, and what `more` says.
    async fn describe_backups(
        &self,
        more: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Told, ProviderError> {
        let instance = ("DBInstanceId", self.id.as_str().to_owned());
        let asked = more.into_iter().chain([instance]);
        let told: describe_backups::Response = self.rds.0.call(asked).await?;
        let items = told.items.and_then(|items| items.backup).unwrap_or_default();
        let sets = items.into_iter().map(|item| RdsBackupSet::read(item, self.id.as_str()));
        Ok(Told {
            sets: sets.collect::<Result<_, _>>()?,
            number: told.page_number.map(|it| it.0),
            total: told.total_record_count.map(|it| it.0),
            count: told.page_record_count.map(|it| it.0),
        })
    }

    /// Reads one page of the sets, from the start or from where `token` says. What is read a
    /// second time, to see that it is still so, is not told again.
    pub(super) async fn page(
        &self,
        token: Option<&str>,
    ) -> Result<Listed<RdsBackupSet>, ProviderError> {
        let cursor = Cursor::at(token)?;
        let asked = self.describe_backups(cursor.asks(PAGE_SIZE)).await?;
        let Told { sets, number, total, count } = asked;
        let ids = sets.iter().map(|set| set.id.as_str()).collect();
        let next = cursor.after(&Page { number, total, count, ids }, u64::from(PAGE_SIZE))?;
        let items = if cursor.is_second_reading() { Vec::new() } else { sets };
        Ok(Listed { items, next: next.map(Cursor::write) })
    }
}

#[async_trait]
impl Provider for RdsSets {
    fn manner(&self) -> Manner {
        Manner {
            batch_max: SETS_MAX,
            // Not documented: another service of the same family takes minutes.
            settles: Settles::Later,
            unheard: Unheard::LookFirst,
            describe_max: 1,
            absence: AbsenceBy::Listing,
            list_page_max: PAGE_SIZE,
            // Sets are kept for two years at the most, and usually made once a day.
            holds_usually: 100,
            place_noun: "instance",
        }
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    /// Asks for the first sets of the instance; where there are none, the instance itself.
    async fn place(&self) -> Result<PlaceFacts, ProviderError> {
        let asked = [("PageSize", PAGE_SIZE_MIN.to_string())];
        let told = self.describe_backups(asked).await.map_err(missing)?;
        if told.sets.is_empty() {
            self.rds.instance(&self.id).await.map_err(missing)?;
        }
        Ok(PlaceFacts { holds: told.total, ..PlaceFacts::default() })
    }

    async fn delete(&self, batch: &[Target]) -> Result<(), ProviderError> {
        let ids: Vec<&str> = batch.iter().map(Target::name).collect();
        let asked = [("DBInstanceId", self.id.as_str().to_owned()), ("BackupId", ids.join(","))];
        self.rds.0.call::<delete_backup::Response>(asked).await?;
        Ok(())
    }

    /// Nothing that is told is not the same as being told of nothing: whether the instance exists
    /// is for whoever has read it to say.
    async fn describe(&self, batch: &[&Target]) -> Result<Vec<Named>, ProviderError> {
        // There is one, as `manner` says.
        let Some(target) = batch.first() else { return Ok(Vec::new()) };
        let told = self.describe_backups([("BackupId", target.name().to_owned())]).await?;
        // That nothing is found by its id proves nothing, as `manner` says.
        let found = told.sets.into_iter().find(|set| set.id == target.name());
        let found = found.ok_or_else(|| {
            let (class, id) = (Class::NotFound { target: false }, target.name());
            let message = format!("the instance shows no backup set {id}");
            ProviderError::local(class, "NotShown", message)
        })?;
        Ok(vec![found.named(&self.rules, (self.clock)())])
    }

    async fn list(&self, token: Option<String>) -> Result<Listed<Named>, ProviderError> {
        let Listed { items, next } = self.page(token.as_deref()).await?;
        let now = (self.clock)();
        let items = items.into_iter().map(|set| set.named(&self.rules, now)).collect();
        Ok(Listed { items, next })
    }

    async fn places(&self, token: Option<String>) -> Result<Listed<Place>, ProviderError> {
        let Listed { items, next } = self.rds.instances(token.as_deref()).await?;
        let place = |instance: RdsInstance| {
            let provider = instance.id.parse().ok().map(|id| {
                let sets = self.rds.sets(id, RdsRules::default(), self.clock);
                let sets: Arc<dyn Provider> = Arc::new(sets);
                sets
            });
            Place { name: instance.id, provider }
        };
        Ok(Listed { items: items.into_iter().map(place).collect(), next })
    }
}

/// That there is no such instance, from whoever asked for the instance.
fn missing(failure: ProviderError) -> ProviderError {
    match failure.class {
        Class::Refused(Obstacle::NoInstance) => {
            ProviderError { class: Class::NotFound { target: false }, ..failure }
        }
        Class::Refused(_)
        | Class::NotFound { .. }
        | Class::Busy(_)
        | Class::Forbidden { .. }
        | Class::Credentials
        | Class::Throttled
        | Class::Server
        | Class::Lost
        | Class::Unreachable => failure,
    }
}
