//! Instances, as RDS tells of them, and what it backs up of each.

use sexton_core::{BackupPolicy, Edition, Engine, Instance, InstanceKind, LogBackup};
use sexton_wire::apsara::model::{
    describe_backup_policy, describe_db_instance_attribute, describe_db_instances,
};

use super::pages::{Cursor, Page};
use super::reply::unreadable;
use super::{ApsaraRds, RdsInstanceId};
use crate::caller::Caller;
use crate::classify::Class;
use crate::options::Options;
use crate::provider::{Listed, ProviderError};
use crate::stop::Stop;

/// The most instances that one page holds.
const PAGE_SIZE: u16 = 100;

/// One instance. What is nothing the service did not tell, or in a word that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RdsInstance {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub region: Option<String>,
    /// `Running`, or another word.
    pub status: Option<String>,
    /// `MySQL`, `PostgreSQL` and others.
    pub engine: Option<String>,
    /// What decides about its sets, if all of that is known.
    pub facts: Option<Instance>,
}

/// The words that tell of an instance.
struct Words {
    region: Option<String>,
    engine: Option<String>,
    category: Option<String>,
    kind: Option<String>,
    status: Option<String>,
    lock: Option<String>,
}

/// The words of an item of either listing, whose types have the same members.
macro_rules! words {
    ($told:expr) => {
        Words {
            region: $told.region_id,
            engine: $told.engine,
            category: $told.category,
            kind: $told.db_instance_type,
            status: $told.db_instance_status,
            lock: $told.lock_mode,
        }
    };
}

impl Words {
    /// The instance with this id of which they tell.
    fn of(self, id: String) -> RdsInstance {
        let facts = self.facts();
        let region = self.region.filter(|region| !region.is_empty());
        RdsInstance { id, region, status: self.status, engine: self.engine, facts }
    }

    fn facts(&self) -> Option<Instance> {
        Some(Instance {
            engine: match self.engine.as_deref()? {
                "MySQL" => Engine::MySql,
                "PostgreSQL" => Engine::PostgreSql,
                "MariaDB" => Engine::MariaDb,
                "SQLServer" => Engine::SqlServer,
                _ => return None,
            },
            edition: match self.category.as_deref()? {
                "Basic" => Edition::Basic,
                "HighAvailability" => Edition::HighAvailability,
                "cluster" | "Cluster" | "AlwaysOn" | "Finance" => Edition::Cluster,
                _ => return None,
            },
            kind: match self.kind.as_deref()? {
                "Primary" => InstanceKind::Primary,
                "Readonly" => InstanceKind::ReadOnly,
                "Guard" => InstanceKind::Guard,
                "Temp" => InstanceKind::Temporary,
                _ => return None,
            },
            is_running: self.status.as_deref()? == "Running",
            is_locked: !matches!(self.lock.as_deref().unwrap_or("Unlock"), "Unlock" | ""),
        })
    }
}

/// How a failure is called that says that an instance is in another region than was asked for.
pub const ANOTHER_REGION: &str = "InstanceOfAnotherRegion";

impl RdsInstance {
    /// Fails if the service says that it is in another region than the one that was asked for. A
    /// server may answer for a region that it does not serve, and all that is told of the sets
    /// would have the wrong one.
    fn must_be_in(self, asked: &str) -> Result<Self, ProviderError> {
        let Some(found) = self.region.as_deref().filter(|found| *found != asked) else {
            return Ok(self);
        };
        let class = Class::NotFound { target: false };
        let id = &self.id;
        let message =
            format!("the instance {id:.100} is in region {found:.100}, and {asked} was asked for");
        Err(ProviderError::local(class, ANOTHER_REGION, message))
    }
}

impl ApsaraRds {
    /// Reads the instance with this id. Anything but the instance itself is an error, and so is one
    /// that is in another region.
    pub(crate) async fn instance(&self, id: &RdsInstanceId) -> Result<RdsInstance, ProviderError> {
        let asked = [("DBInstanceId", id.as_str().to_owned())];
        let told: describe_db_instance_attribute::Response = self.0.call(asked).await?;
        let items = told.items.and_then(|items| items.db_instance_attribute).unwrap_or_default();
        let own = |it: &describe_db_instance_attribute::DbInstanceAttribute| {
            it.db_instance_id.as_deref() == Some(id.as_str())
        };
        let told = items.into_iter().find(own);
        let told = told.ok_or_else(|| unreadable("it does not name the instance"))?;
        words!(told).of(id.as_str().to_owned()).must_be_in(self.region())
    }

    /// What is backed up of the instance with this id, and how long it is kept; nothing where that
    /// is not told whole.
    async fn policy(&self, id: &RdsInstanceId) -> Result<Option<BackupPolicy>, ProviderError> {
        let asked = [("DBInstanceId", id.as_str().to_owned())];
        let told: describe_backup_policy::Response = self.0.call(asked).await?;
        let days = |told: Option<i64>| told.and_then(|days| u16::try_from(days).ok());
        let is_on = match (told.enable_backup_log.as_deref(), told.backup_log.as_deref()) {
            (Some("1" | "True" | "true" | "Enable"), _) | (None, Some("Enable")) => Some(true),
            (Some("0" | "False" | "false" | "Disabled"), _) | (None, Some("Disabled")) => {
                Some(false)
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        let log = match is_on {
            Some(true) => days(told.log_backup_retention_period).map(|days| LogBackup::On { days }),
            Some(false) => Some(LogBackup::Off),
            None => None,
        };
        let days = days(told.backup_retention_period);
        Ok(days.zip(log).map(|(days, log)| BackupPolicy { days, log }))
    }

    /// Reads the instance with this id and its policy, trying again where that may help. Whoever
    /// may not read the policy is told no reasons.
    pub async fn inspect(
        &self,
        id: &RdsInstanceId,
        options: &Options,
    ) -> Result<(RdsInstance, Option<BackupPolicy>), ProviderError> {
        let (_handle, stop) = Stop::new();
        let caller = Caller::new(stop, options);
        let instance = caller.look(|| self.instance(id)).await.map_err(super::missing)?;
        let policy = caller.look(|| self.policy(id)).await;
        Ok((instance, policy.ok().flatten()))
    }

    /// Reads one page of the instances of the account in the region, from the start or from where
    /// `token` says.
    pub(crate) async fn instances(
        &self,
        token: Option<&str>,
    ) -> Result<Listed<RdsInstance>, ProviderError> {
        let cursor = Cursor::at(token)?;
        // The region is asked for with every request.
        let told: describe_db_instances::Response = self.0.call(cursor.asks(PAGE_SIZE)).await?;
        let counted = |told: Option<i64>| told.and_then(|count| u64::try_from(count).ok());
        let items = told.items.and_then(|items| items.db_instance).unwrap_or_default();
        let instances = items.into_iter().map(|told| {
            let id = told.db_instance_id.clone().filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| unreadable("an instance has no DBInstanceId"))?;
            words!(told).of(id).must_be_in(self.region())
        });
        let instances: Vec<RdsInstance> = instances.collect::<Result<_, ProviderError>>()?;
        let page = Page {
            number: counted(told.page_number),
            total: counted(told.total_record_count),
            count: counted(told.page_record_count),
            ids: instances.iter().map(|it| it.id.as_str()).collect(),
        };
        let next = cursor.after(&page, u64::from(PAGE_SIZE))?;
        let items = if cursor.is_second_reading() { Vec::new() } else { instances };
        Ok(Listed { items, next: next.map(Cursor::write) })
    }
}
