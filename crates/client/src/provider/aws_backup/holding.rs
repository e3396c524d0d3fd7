//! What keeps recovery points, beside the lock of their vault: legal holds, and the points of each;
//! the access policy of a vault.

use aws_sdk_backup::types::LegalHoldStatus;
use sexton_core::VaultName;

use super::readings::listed_as;
use super::reply::{failure, unreadable};
use super::{AwsBackup, LIST_PAGE_MAX};
use crate::provider::{Listed, ProviderError};

/// A legal hold that keeps what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LegalHold {
    /// Its id.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) title: Option<String>,
}

/// Whether a hold of this status keeps anything. One that is being cancelled does until it is.
fn keeps(status: Option<&LegalHoldStatus>) -> bool {
    status != Some(&LegalHoldStatus::Canceled)
}

impl AwsBackup {
    /// Reads one page of the legal holds that are not cancelled.
    pub(crate) async fn legal_holds(
        &self,
        token: Option<String>,
    ) -> Result<Listed<LegalHold>, ProviderError> {
        let request = self.client.list_legal_holds().max_results(i32::from(LIST_PAGE_MAX));
        let reply = request.set_next_token(token).send().await.map_err(|error| failure(&error))?;
        let listed = reply.legal_holds.ok_or_else(|| unreadable("it lists no legal holds"))?;
        let holds = listed.into_iter().filter(|hold| keeps(hold.status.as_ref())).map(|hold| {
            let id = hold.legal_hold_id.ok_or_else(|| unreadable("a legal hold has no id"))?;
            Ok(LegalHold { id, title: hold.title.filter(|title| !title.is_empty()) })
        });
        listed_as(holds, reply.next_token)
    }

    /// Reads the access policy of a vault, if it has one.
    pub(crate) async fn vault_policy(
        &self,
        vault: &VaultName,
    ) -> Result<Option<String>, ProviderError> {
        let request = self.client.get_backup_vault_access_policy();
        let reply = request.backup_vault_name(vault.as_str()).send().await;
        Ok(reply.map_err(|error| failure(&error))?.policy)
    }

    /// Reads one page of the ARNs of the recovery points that a hold keeps.
    pub(crate) async fn points_held(
        &self,
        hold: &str,
        token: Option<String>,
    ) -> Result<Listed<String>, ProviderError> {
        let request = self.client.list_recovery_points_by_legal_hold().legal_hold_id(hold);
        let request = request.max_results(i32::from(LIST_PAGE_MAX)).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.recovery_points.ok_or_else(|| unreadable("it lists nothing"))?;
        let arns = listed
            .into_iter()
            .map(|point| point.recovery_point_arn.ok_or_else(|| unreadable("a point has no ARN")));
        listed_as(arns, reply.next_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hold_that_is_cancelled_keeps_nothing() {
        for status in [LegalHoldStatus::Active, LegalHoldStatus::Creating] {
            assert!(keeps(Some(&status)));
        }
        assert!(keeps(Some(&LegalHoldStatus::Canceling)) && keeps(None));
        assert!(!keeps(Some(&LegalHoldStatus::Canceled)));
    }
}
