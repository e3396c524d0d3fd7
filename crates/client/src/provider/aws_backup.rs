//! AWS Backup, through the official SDK.
//!
//! A reply counts only if it is whole and says what it is about. Whatever else answers at
//! the address (a proxy, a stub, a web server) answers `200` to anything, and an empty
//! listing would prove every point gone; so would the listing of another vault, and a
//! refusal that was cut off.

pub(crate) mod holding;
pub(crate) mod jobs;
pub(crate) mod misplaced;
mod protecting;
mod readings;
mod reply;
pub(crate) mod stock;
mod table;

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::Client;
use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{RecoveryPointStatus, VaultType};
use jiff::Timestamp;
use sexton_core::VaultName;

use self::readings::listed_as;
use self::reply::{failure, unreadable};
use self::table::expired_obstacle;
use super::{
    AbsenceBy, Facts, Form, Listed, Manner, Named, Place, PlaceFacts, Provider, ProviderError,
    Settles, State, Target, Unheard,
};
use crate::list::Narrow;

/// The most bytes of one reply. The longest is a page of a thousand points, with about a
/// kilobyte for each.
pub(crate) const REPLY_BYTES_MAX: usize = 16 << 20;

/// The most points, or vaults, that one page of a listing can hold.
const LIST_PAGE_MAX: u16 = 1000;

/// The types that AWS Backup has, as it writes them.
const TYPES: [&str; 17] = [
    "Aurora",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "S3",
    "SAP HANA on Amazon EC2",
    "Storage Gateway",
    "Timestream",
    "VirtualMachine",
];

/// AWS Backup, or a server that speaks its API.
#[derive(Debug, Clone)]
pub struct AwsBackup {
    client: Client,
}

impl AwsBackup {
    /// Wraps a client. Its own retries should be off: the sweep retries.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads one page of the recovery points of `resource`: the ARN of each, and its vault.
    pub(crate) async fn points_of(
        &self,
        resource: &str,
        token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        let request = self.client.list_recovery_points_by_resource().resource_arn(resource);
        let request = request.max_results(i32::from(LIST_PAGE_MAX)).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.recovery_points.ok_or_else(|| unreadable("it lists nothing"))?;
        let named = listed.into_iter().map(|point| {
            let arn = point.recovery_point_arn.ok_or_else(|| unreadable("a point has no ARN"))?;
            let vault = point.backup_vault_name;
            Ok((arn, vault.ok_or_else(|| unreadable("it does not name the vault of a point"))?))
        });
        listed_as(named, reply.next_token)
    }

    /// One vault of it.
    pub fn vault(&self, vault: VaultName) -> AwsVault {
        AwsVault { backup: self.clone(), vault }
    }
}

/// A vault of AWS Backup.
#[derive(Debug, Clone)]
pub struct AwsVault {
    backup: AwsBackup,
    vault: VaultName,
}

#[async_trait]
impl Provider for AwsVault {
    fn manner(&self) -> Manner {
        Manner {
            batch_max: 1,
            settles: Settles::Later,
            unheard: Unheard::SendAgain,
            describe_max: 1,
            absence: AbsenceBy::Name,
            list_page_max: LIST_PAGE_MAX,
            // As many as the quota of a vault permits.
            holds_usually: 1_000_000,
            place_noun: "vault",
        }
    }

    fn name(&self) -> &str {
        self.vault.as_str()
    }

    async fn place(&self) -> Result<PlaceFacts, ProviderError> {
        let reply = self.backup.described(&self.vault).await?;
        let air_gapped = reply.vault_type == Some(VaultType::LogicallyAirGappedBackupVault);
        Ok(PlaceFacts {
            account: reply.backup_vault_arn.as_deref().and_then(account),
            holds: Some(u64::try_from(reply.number_of_recovery_points).unwrap_or(0)),
            locked: reply.locked.unwrap_or(false) || air_gapped,
            air_gapped,
            lock_date: reply.lock_date.and_then(timestamp),
        })
    }

    async fn delete(&self, batch: &[Target]) -> Result<(), ProviderError> {
        // There is one, as `manner` says.
        for target in batch {
            let request = self.backup.client.delete_recovery_point();
            let request = request.backup_vault_name(self.vault.as_str());
            let request = request.recovery_point_arn(target.name());
            request.send().await.map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    async fn describe(&self, batch: &[&Target]) -> Result<Vec<Named>, ProviderError> {
        // There is one, as `manner` says.
        let Some(target) = batch.first() else { return Ok(Vec::new()) };
        let request = self.backup.client.describe_recovery_point();
        let request = request.backup_vault_name(self.vault.as_str());
        let request = request.recovery_point_arn(target.name());
        let reply = request.send().await.map_err(|error| failure(&error))?;
        if reply.recovery_point_arn.as_deref() != Some(target.name()) {
            return Err(unreadable("it does not name the recovery point"));
        }
        of_vault(&self.vault, reply.backup_vault_name.as_deref())?;
        let facts = Facts {
            size: bytes(reply.backup_size_in_bytes),
            kind: reply.resource_type.map(kind),
            form: form(reply.status.as_ref(), reply.is_parent, reply.parent_recovery_point_arn),
            ..facts(reply.status.as_ref(), reply.status_message, reply.creation_date)
        };
        Ok(vec![Named { name: target.name().to_owned(), facts }])
    }

    async fn list(&self, token: Option<String>) -> Result<Listed<Named>, ProviderError> {
        let Listed { items, next } =
            self.backup.points(&self.vault, &Narrow::default(), token).await?;
        let items = items.into_iter().map(|(name, point)| {
            let facts = Facts {
                size: bytes(point.backup_size_in_bytes),
                kind: point.resource_type.map(kind),
                form: form(point.status.as_ref(), point.is_parent, point.parent_recovery_point_arn),
                ..facts(point.status.as_ref(), point.status_message, point.creation_date)
            };
            Named { name, facts }
        });
        Ok(Listed { items: items.collect(), next })
    }

    async fn nested(
        &self,
        parent: &str,
        token: Option<String>,
    ) -> Result<Listed<String>, ProviderError> {
        let narrow = Narrow { parent: Some(parent.to_owned()), ..Narrow::default() };
        let Listed { items, next } = self.backup.points(&self.vault, &narrow, token).await?;
        // A server that does not know this filter lists everything.
        let items = items.into_iter().filter(|(name, point)| {
            name != parent && point.parent_recovery_point_arn.as_deref() == Some(parent)
        });
        Ok(Listed { items: items.map(|(name, _)| name).collect(), next })
    }

    async fn places(&self, token: Option<String>) -> Result<Listed<Place>, ProviderError> {
        let Listed { items, next } = self.backup.vaults(token).await?;
        let items = items.into_iter().map(|(name, _)| {
            let vault = |name| -> Arc<dyn Provider> { Arc::new(self.backup.vault(name)) };
            let provider = name.parse().ok().map(vault);
            Place { name, provider }
        });
        Ok(Listed { items: items.collect(), next })
    }
}

/// What is known of a point, but for its size and type.
fn facts(
    status: Option<&RecoveryPointStatus>,
    message: Option<String>,
    created: Option<DateTime>,
) -> Facts {
    let status = status.map_or("without a status", RecoveryPointStatus::as_str);
    let (state, status) = state(status, message);
    let created = created.and_then(timestamp);
    Facts { state, status, created, size: None, kind: None, form: None }
}

/// Whether a point is a continuous one: `AVAILABLE` while it goes on, `STOPPED` when it does no
/// more. What is complete is `COMPLETED`; one without a status may be anything.
fn is_continuous(status: Option<&RecoveryPointStatus>) -> bool {
    let is = |word: &str| ["AVAILABLE", "STOPPED"].iter().any(|it| it.eq_ignore_ascii_case(word));
    status.is_none_or(|it| is(it.as_str()))
}

/// How a point hangs together with others.
fn form(
    status: Option<&RecoveryPointStatus>,
    composite: bool,
    parent: Option<String>,
) -> Option<Box<Form>> {
    let parent = parent.map(String::into_boxed_str);
    let form = Form { continuous: is_continuous(status), composite, parent };
    (form != Form::default()).then(|| Box::new(form))
}

/// A size as the service tells it.
fn bytes(told: Option<i64>) -> Option<u64> {
    told.and_then(|bytes| u64::try_from(bytes).ok())
}

/// A type as the service tells it, which takes no room where it is one that is known.
fn kind(told: String) -> Cow<'static, str> {
    TYPES.into_iter().find(|it| *it == told).map_or(Cow::Owned(told), Cow::Borrowed)
}

/// What a status means, and the status itself.
fn state(status: &str, message: Option<String>) -> (State, Cow<'static, str>) {
    let (state, name) = match status {
        "CREATING" => (State::Making, "CREATING"),
        "AVAILABLE" => (State::Standing, "AVAILABLE"),
        "COMPLETED" => (State::Standing, "COMPLETED"),
        "PARTIAL" => (State::Standing, "PARTIAL"),
        "STOPPED" => (State::Standing, "STOPPED"),
        "DELETING" => (State::Leaving, "DELETING"),
        "EXPIRED" => {
            let obstacle = expired_obstacle(message.as_deref());
            (State::Left { reason: message, obstacle }, "EXPIRED")
        }
        // One that the service has and we do not know.
        other => return (State::Standing, other.to_owned().into()),
    };
    (state, name.into())
}

/// The account that a vault belongs to, from its ARN.
fn account(arn: &str) -> Option<String> {
    arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned)
}

/// Refuses what is told of a point of another vault than was asked for.
fn of_vault(asked: &VaultName, named: Option<&str>) -> Result<(), ProviderError> {
    match named {
        Some(name) if name == asked.as_str() => Ok(()),
        Some(_) => Err(unreadable("it tells of another vault")),
        None => Err(unreadable("it does not name the vault of a point")),
    }
}

fn timestamp(at: DateTime) -> Option<Timestamp> {
    Timestamp::from_nanosecond(at.as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Class;
    use sexton_core::Obstacle;

    #[test]
    fn what_is_told_of_a_point_of_another_vault_is_an_error() {
        let asked: VaultName = "nightly".parse().unwrap();
        assert_eq!(of_vault(&asked, Some("nightly")), Ok(()));
        for named in [None, Some("Nightly"), Some("")] {
            assert_eq!(of_vault(&asked, named).unwrap_err().class, Class::Lost, "{named:?}");
        }
    }

    #[test]
    fn a_status_is_kept_as_the_service_names_it_and_only_two_say_that_a_point_goes() {
        for (name, expected) in [
            ("CREATING", State::Making),
            ("AVAILABLE", State::Standing),
            ("STOPPED", State::Standing),
            ("SOMETHING_NEW", State::Standing),
            ("DELETING", State::Leaving),
            ("EXPIRED", State::Left { reason: None, obstacle: Obstacle::Other }),
        ] {
            assert_eq!(state(name, None), (expected, name.into()));
        }
    }

    #[test]
    fn the_account_comes_from_the_arn_of_the_vault() {
        let arn = "arn:aws:backup:us-east-1:123456789012:backup-vault:v";
        assert_eq!(account(arn).as_deref(), Some("123456789012"));
        assert_eq!(account("arn:aws:backup:us-east-1::backup-vault:v"), None);
    }
}
