//! AWS Backup, through the official SDK.
//!
//! A reply counts only if it is whole and says what it is about. Whatever else answers at
//! the address (a proxy, a stub, a web server) answers `200` to anything, and an empty
//! listing would prove every point gone; so would the listing of another vault, and a
//! refusal that was cut off.

pub(crate) mod jobs;
pub(crate) mod misplaced;
mod reply;
pub(crate) mod stock;
mod table;

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::Client;
use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::RecoveryPointStatus;
use jiff::Timestamp;
use sexton_core::VaultName;

use self::reply::{failure, unreadable};
use self::table::expired_obstacle;
use super::{
    Facts, Listed, Manner, Place, PlaceFacts, Provider, ProviderError, Settles, State, Target,
};

/// The most bytes of one reply. The longest is a page of a thousand points, with about a
/// kilobyte for each.
pub(crate) const REPLY_BYTES_MAX: usize = 16 << 20;

/// The most points, or vaults, that one page of a listing can hold.
const LIST_PAGE_MAX: u16 = 1000;

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
        let next = reply.next_token.filter(|token| !token.is_empty());
        Ok(Listed { items: named.collect::<Result<_, _>>()?, next })
    }

    /// One vault of it.
    pub fn vault(&self, vault: VaultName) -> AwsVault {
        AwsVault { client: self.client.clone(), vault }
    }
}

/// A vault of AWS Backup.
#[derive(Debug, Clone)]
pub struct AwsVault {
    client: Client,
    vault: VaultName,
}

#[async_trait]
impl Provider for AwsVault {
    fn manner(&self) -> Manner {
        Manner {
            batch_max: 1,
            settles: Settles::Later,
            describe_max: 1,
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
        let request = self.client.describe_backup_vault().backup_vault_name(self.vault.as_str());
        let reply = request.send().await.map_err(|error| failure(&error))?;
        if reply.backup_vault_name.as_deref() != Some(self.vault.as_str()) {
            return Err(unreadable("it does not name the vault"));
        }
        Ok(PlaceFacts {
            account: reply.backup_vault_arn.as_deref().and_then(account),
            holds: Some(u64::try_from(reply.number_of_recovery_points).unwrap_or(0)),
            locked: reply.locked.unwrap_or(false),
            lock_date: reply.lock_date.and_then(timestamp),
        })
    }

    async fn delete(&self, batch: &[Target]) -> Result<(), ProviderError> {
        // There is one, as `manner` says.
        for target in batch {
            let request = self.client.delete_recovery_point();
            let request = request.backup_vault_name(self.vault.as_str());
            let request = request.recovery_point_arn(target.name());
            request.send().await.map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    async fn describe(&self, batch: &[&Target]) -> Result<Vec<Facts>, ProviderError> {
        // There is one, as `manner` says.
        let Some(target) = batch.first() else { return Ok(Vec::new()) };
        let request = self.client.describe_recovery_point();
        let request = request.backup_vault_name(self.vault.as_str());
        let request = request.recovery_point_arn(target.name());
        let reply = request.send().await.map_err(|error| failure(&error))?;
        if reply.recovery_point_arn.as_deref() != Some(target.name()) {
            return Err(unreadable("it does not name the recovery point"));
        }
        of_vault(&self.vault, reply.backup_vault_name.as_deref())?;
        let created = reply.creation_date;
        let name = target.name().to_owned();
        Ok(vec![facts(name, reply.status.as_ref(), reply.status_message, created)])
    }

    async fn list(&self, token: Option<String>) -> Result<Listed<Facts>, ProviderError> {
        let request = self.client.list_recovery_points_by_backup_vault();
        let request = request.backup_vault_name(self.vault.as_str());
        let request = request.max_results(i32::from(LIST_PAGE_MAX)).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.recovery_points.ok_or_else(|| unreadable("it lists nothing"))?;
        let mut items = Vec::with_capacity(listed.len());
        for point in listed {
            of_vault(&self.vault, point.backup_vault_name.as_deref())?;
            let name = point.recovery_point_arn.ok_or_else(|| unreadable("a point has no ARN"))?;
            items.push(facts(
                name,
                point.status.as_ref(),
                point.status_message,
                point.creation_date,
            ));
        }
        Ok(Listed { items, next: reply.next_token.filter(|token| !token.is_empty()) })
    }

    async fn places(&self, token: Option<String>) -> Result<Listed<Place>, ProviderError> {
        let request = self.client.list_backup_vaults();
        let request = request.max_results(i32::from(LIST_PAGE_MAX)).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.backup_vault_list.ok_or_else(|| unreadable("it lists no vaults"))?;
        let mut items = Vec::with_capacity(listed.len());
        for vault in listed {
            let name = vault.backup_vault_name.ok_or_else(|| unreadable("a vault has no name"))?;
            let client = self.client.clone();
            let provider: Option<Arc<dyn Provider>> = match name.parse() {
                Ok(vault) => Some(Arc::new(Self { client, vault })),
                Err(_) => None,
            };
            items.push(Place { name, provider });
        }
        Ok(Listed { items, next: reply.next_token.filter(|token| !token.is_empty()) })
    }
}

/// What is known of a point.
fn facts(
    name: String,
    status: Option<&RecoveryPointStatus>,
    message: Option<String>,
    created: Option<DateTime>,
) -> Facts {
    let status = status.map_or("without a status", RecoveryPointStatus::as_str);
    let (state, status) = state(status, message);
    Facts { name, state, status, created: created.and_then(timestamp) }
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
