//! What a world begins with. A seed is checked as a whole before anything of it is
//! written, and a world counts as begun only when all of it is there.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use sexton_core::{
    BackupOrder, FileSystemOrder, FileSystemType, Principal, Realm, ResourceArn, Role, RoleArn,
    RoleStatus, SourceKind, Tags, VAULTS_MAX, Vault, VaultName, check_tags, decide_backup,
};

use super::WorldError;
use super::instances::SeedInstance;
use crate::api::admin::SOURCES_MAX;
use crate::api::admin::roles::set_role;
use crate::api::dev;
use crate::config::Settings;
use crate::error::OpsError;
use crate::ops::fsx::Asked;
use crate::realms::DEFAULT_VAULT;
use crate::service::Service;

/// The role of the default world whose recovery points end `EXPIRED`.
pub const EXPIRED_ROLE: &str = "role/SextonExpired";

/// Recovery points of one seed: what a vault of AWS Backup can hold.
const POINTS_MAX: u64 = 1_000_000;

/// What a world begins with, beside the vault `Default`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Seed {
    vaults: Vec<SeedVault>,
    roles: Vec<Role>,
    recovery_points: Vec<SeedPoints>,
    file_systems: Vec<SeedFileSystem>,
    instances: Vec<SeedInstance>,
}

/// A file system of `FSx`, with an empty directory of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFileSystem {
    #[serde(rename = "type")]
    kind: FileSystemType,
    /// GiB.
    #[serde(default = "small")]
    storage_capacity: u32,
    #[serde(default)]
    tags: Tags,
}

fn small() -> u32 {
    64
}

impl SeedFileSystem {
    fn order(self) -> FileSystemOrder {
        let shown = json!({ "StorageType": "SSD", "SubnetIds": ["subnet-0123456789abcdef0"] });
        let configuration = match self.kind {
            FileSystemType::OpenZfs => {
                json!({ "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 64 })
            }
            FileSystemType::Windows => {
                json!({ "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 8 })
            }
            FileSystemType::Lustre => {
                json!({ "DeploymentType": "PERSISTENT_2", "PerUnitStorageThroughput": 125 })
            }
            FileSystemType::Ontap => {
                json!({ "DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 128 })
            }
        };
        let members = |value: Value| value.as_object().cloned().unwrap_or_default();
        FileSystemOrder {
            kind: Some(self.kind),
            storage_capacity: Some(self.storage_capacity),
            shown: members(shown),
            configuration: members(configuration),
            // Whoever tests wants to see what they made themselves.
            retention_days: Some(0),
            daily_start: None,
            copy_tags: false,
            tags: self.tags,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedVault {
    name: String,
    #[serde(default)]
    tags: Tags,
}

/// Recovery points that are really made, of generated payloads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedPoints {
    vault: VaultName,
    resource: ResourceArn,
    role: Option<RoleArn>,
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

/// A seed in which nothing is wrong, in the order in which it is planted.
#[derive(Debug)]
pub(super) struct Planting {
    realm: Realm,
    vaults: Vec<(VaultName, Tags)>,
    roles: Vec<Role>,
    points: Vec<(BackupOrder, u32)>,
    file_systems: Vec<SeedFileSystem>,
    instances: Vec<SeedInstance>,
}

impl Seed {
    /// What a world that begins with `begin` begins with, checked.
    pub(super) fn of(
        settings: &Settings,
        begin: dev::Beginning,
        now: Timestamp,
    ) -> Result<Planting, WorldError> {
        let realm = &settings.realm;
        let file = settings.dev.as_ref().and_then(|dev| dev.seed.as_deref());
        let (seed, path) = match (begin, file) {
            (dev::Beginning::Empty, _) => return Ok(Planting::nothing_in(realm)),
            (dev::Beginning::Default, Some(path)) => (Self::load(path)?, path),
            (dev::Beginning::Default, None) => (Self::default_world(realm), Path::new("")),
        };
        seed.checked(realm, now)
            .map_err(|reason| WorldError::Seed { path: PathBuf::from(path), reason })
    }

    fn load(path: &Path) -> Result<Self, WorldError> {
        let text = fs::read(path)
            .map_err(|source| WorldError::SeedUnreadable { path: path.to_owned(), source })?;
        serde_json::from_slice(&text)
            .map_err(|error| WorldError::Seed { path: path.to_owned(), reason: error.to_string() })
    }

    fn default_world(realm: &Realm) -> Self {
        let arn = format!("arn:{}:iam::{}:{EXPIRED_ROLE}", realm.partition(), realm.account);
        let roles = arn.parse().map(|arn| Role::told(arn, RoleStatus::Denied));
        let (storage_capacity, tags) = (small(), Tags::new());
        let kind = FileSystemType::OpenZfs;
        let file_systems = vec![SeedFileSystem { kind, storage_capacity, tags }];
        let instances = SeedInstance::default_one().into_iter().collect();
        let roles = roles.into_iter().collect();
        Self { roles, file_systems, instances, ..Self::default() }
    }

    fn checked(self, realm: &Realm, now: Timestamp) -> Result<Planting, String> {
        let mut vaults = Vec::new();
        let mut names = HashSet::new();
        for SeedVault { name, tags } in self.vaults {
            let name = VaultName::for_new_vault(&name).map_err(|error| error.to_string())?;
            if !names.insert(name.clone()) {
                return Err(format!("vault {name} is there twice"));
            }
            let tags = check_tags(tags).map_err(|error| format!("vault {name}: {error}"))?;
            vaults.push((name, tags));
        }
        let default = VaultName::for_new_vault(DEFAULT_VAULT).map_err(|error| error.to_string())?;
        if names.insert(default.clone()) {
            vaults.insert(0, (default, Tags::new()));
        }
        if u64::try_from(vaults.len()).is_ok_and(|count| count > VAULTS_MAX) {
            return Err(format!("{} vaults are more than {VAULTS_MAX}", vaults.len()));
        }
        if let Some(role) = self.roles.iter().find(|role| !role.arn.is_role()) {
            return Err(format!("{} is not the ARN of a role", role.arn));
        }
        let statuses = self.roles.iter().map(|role| (&role.arn, role.status)).collect();
        let mut points = Vec::new();
        for wanted in self.recovery_points {
            if !names.contains(&wanted.vault) {
                return Err(format!("there is no vault {} for its recovery points", wanted.vault));
            }
            let count = wanted.count;
            points.push((wanted.order(realm, &statuses, now)?, count));
        }
        let count: u64 = points.iter().map(|(_, count)| u64::from(*count)).sum();
        if count > POINTS_MAX {
            return Err(format!("{count} recovery points are more than {POINTS_MAX}"));
        }
        let file_systems = self.file_systems;
        if u64::try_from(file_systems.len()).is_ok_and(|count| count > SOURCES_MAX) {
            return Err(format!("{} file systems are more than {SOURCES_MAX}", file_systems.len()));
        }
        for file_system in &file_systems {
            check_tags(file_system.tags.clone())
                .map_err(|error| format!("file system: {error}"))?;
        }
        let mut ids = HashSet::new();
        for instance in &self.instances {
            instance.check()?;
            if !ids.insert(instance.id()) {
                return Err(format!("instance {} is there twice", instance.id()));
            }
        }
        let (roles, instances) = (self.roles, self.instances);
        Ok(Planting { realm: realm.clone(), vaults, roles, points, file_systems, instances })
    }
}

impl SeedPoints {
    /// The order that makes one of them, if it is one that would be taken.
    fn order(
        self,
        realm: &Realm,
        statuses: &HashMap<&RoleArn, RoleStatus>,
        now: Timestamp,
    ) -> Result<BackupOrder, String> {
        let usual = || {
            let (partition, account) = (realm.partition(), &realm.account);
            format!("arn:{partition}:iam::{account}:role/service-role/AWSBackupDefaultServiceRole")
        };
        let role = match self.role {
            Some(role) => role,
            None => usual().parse().map_err(|_| "the account has no default role".to_owned())?,
        };
        let status = statuses.get(&role).copied().unwrap_or(RoleStatus::Permitted);
        let order = BackupOrder::new(self.vault, self.resource, role);
        let source = Some((SourceKind::Generated, None));
        decide_backup(order.clone(), source, status, realm, now, [0; 34])
            .map_err(|refusal| refusal.to_string())?;
        Ok(order)
    }
}

impl Planting {
    fn nothing_in(realm: &Realm) -> Self {
        let (vaults, roles, points) = (Vec::new(), Vec::new(), Vec::new());
        let (file_systems, instances) = (Vec::new(), Vec::new());
        Self { realm: realm.clone(), vaults, roles, points, file_systems, instances }
    }

    /// Makes all of it and waits until every backup has ended.
    pub(super) async fn plant(self, service: &Arc<Service>) -> Result<(), WorldError> {
        let by = Principal::server();
        let now = service.clock.now();
        for (name, tags) in self.vaults {
            let vault = Vault {
                creator_request_id: Some("seed".to_owned()),
                tags,
                ..Vault::new(self.realm.clone(), name, now)
            };
            service.create_vault(vault, &by, now).await?;
        }
        for role in self.roles {
            let set = set_role(service, &role.arn, role.status, &by, now).await;
            set.map_err(|refused| WorldError::Seed {
                path: PathBuf::from("roles"),
                reason: format!("{refused:?}"),
            })?;
        }
        for file_system in self.file_systems {
            let asked = Asked { by: &by, realm: &self.realm, now, token: None };
            service.create_file_system(file_system.order(), &asked).await?;
        }
        for instance in self.instances {
            instance.plant(service, &self.realm.account, &by).await?;
        }
        for (order, count) in self.points {
            for _point in 0..count {
                start(service, &self.realm, &order, &by).await?;
            }
        }
        service.jobs.settled().await;
        Ok(())
    }
}

/// Starts one backup, when there is room for it.
async fn start(
    service: &Arc<Service>,
    realm: &Realm,
    order: &BackupOrder,
    by: &Principal,
) -> Result<(), WorldError> {
    loop {
        match service.start_backup(realm, order.clone(), by, service.clock.now()).await {
            Ok(_) => return Ok(()),
            Err(OpsError::TooManyJobs(_)) => service.jobs.settled().await,
            Err(failure) => return Err(failure.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text of a seed with something of each kind in it, or any text.
    fn seed() -> impl Strategy<Value = String> {
        let name = r#""(nightly|Default|\.\.|[a-zA-Z_/-]{0,4})""#;
        let arn = r#""(arn:aws:(ec2|fsx|iam|s3):[a-z]?:[0-9]?:(volume/|role/|/)[a-z]?|x)""#;
        let count = r#"(0|7|1000001|4294967295|4294967296|-1|"1"|null)"#;
        let seed = (name, name, arn, arn, count).prop_map(|(vault, other, arn, role, count)| {
            format!(
                r#"{{"vaults": [{{"name": {vault}}}],
                "roles": [{{"arn": {role}, "status": "denied"}}],
                "recovery_points": [{{"vault": {other}, "resource": {arn}, "count": {count}}},
                    {{"vault": {vault}, "resource": {arn}, "role": {role}}}]}}"#
            )
        });
        prop_oneof![1 => any::<String>(), 9 => seed]
    }

    proptest! {
        #[test]
        fn no_seed_makes_it_panic_and_a_checked_one_is_within_bounds(text in seed()) {
            let realm = Realm::new("r", "123456789012");
            let read = serde_json::from_str::<Seed>(&text).map_err(|error| error.to_string());
            let checked = read.and_then(|seed| seed.checked(&realm, Timestamp::UNIX_EPOCH));
            if let Ok(planting) = checked {
                let count: u64 = planting.points.iter().map(|(_, count)| u64::from(*count)).sum();
                prop_assert!(count <= POINTS_MAX);
                let default = |(name, _): &(VaultName, Tags)| name.as_str() == DEFAULT_VAULT;
                prop_assert_eq!(planting.vaults.iter().filter(|it| default(it)).count(), 1);
            }
        }
    }
}
