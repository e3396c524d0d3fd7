//! The access policy of a vault: put, removed, and asked before anything is done.
//!
//! Every access key belongs to the root identity of its account, which may do everything that no
//! policy of a vault denies. So a policy of a vault takes away here, and gives nothing.

use jiff::Timestamp;

use crate::policy::{Context, Identity, MalformedPolicy, Problem, Request, Ruling};
use crate::{BackupName, Guard, Principal, Realm, VaultName, VaultPolicy};

/// What is asked of a vault or of a recovery point in it, as policies call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the actions")]
pub enum VaultAction {
    DeleteBackupVault,
    DeleteBackupVaultAccessPolicy,
    DeleteBackupVaultLockConfiguration,
    DeleteRecoveryPoint,
    PutBackupVaultAccessPolicy,
    PutBackupVaultLockConfiguration,
    StartBackupJob,
    StartRestoreJob,
    TagResource,
    UntagResource,
    UpdateRecoveryPointLifecycle,
}

impl VaultAction {
    /// The name of the action.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeleteBackupVault => "backup:DeleteBackupVault",
            Self::DeleteBackupVaultAccessPolicy => "backup:DeleteBackupVaultAccessPolicy",
            Self::DeleteBackupVaultLockConfiguration => "backup:DeleteBackupVaultLockConfiguration",
            Self::DeleteRecoveryPoint => "backup:DeleteRecoveryPoint",
            Self::PutBackupVaultAccessPolicy => "backup:PutBackupVaultAccessPolicy",
            Self::PutBackupVaultLockConfiguration => "backup:PutBackupVaultLockConfiguration",
            Self::StartBackupJob => "backup:StartBackupJob",
            Self::StartRestoreJob => "backup:StartRestoreJob",
            Self::TagResource => "backup:TagResource",
            Self::UntagResource => "backup:UntagResource",
            Self::UpdateRecoveryPointLifecycle => "backup:UpdateRecoveryPointLifecycle",
        }
    }
}

/// Somebody asks for something.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// Who.
    pub by: &'a Principal,
    /// In which realm.
    pub realm: &'a Realm,
    /// When.
    pub at: Timestamp,
    /// For what.
    pub action: VaultAction,
}

/// A policy denies it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy of the vault denies {} to {} on {resource}", action.name(), by.0)]
pub struct Denied {
    /// Who asked.
    pub by: Principal,
    /// For what.
    pub action: VaultAction,
    /// The ARN of what it was asked of.
    pub resource: String,
}

impl Access<'_> {
    /// Refuses what `guard`, that of the vault, denies to be done with the vault itself.
    pub fn check_vault(&self, guard: &Guard, vault: &VaultName) -> Result<(), Denied> {
        match &guard.policy {
            None => Ok(()),
            Some(policy) => self.check(policy, self.realm.vault_arn(vault)),
        }
    }

    /// Refuses what `guard`, that of the vault, denies to be done with a recovery point, whether
    /// there is such a point or not.
    pub fn check_point(&self, guard: &Guard, point: &BackupName) -> Result<(), Denied> {
        match &guard.policy {
            None => Ok(()),
            Some(policy) => self.check(policy, point.as_str().to_owned()),
        }
    }

    /// A policy that cannot be read, and one who asks and cannot be told, are no reason to allow.
    fn check(&self, policy: &VaultPolicy, resource: String) -> Result<(), Denied> {
        let denies = match (policy.meaning(), Identity::parse(&self.by.0)) {
            (Some(policy), Ok(by)) => {
                let (action, context) = (self.action.name(), &self.context());
                policy.rule(&Request { by: &by, action, resource: &resource, context })
                    == Ruling::Denies
            }
            (Some(_) | None, _) => true,
        };
        if !denies {
            return Ok(());
        }
        Err(Denied { by: self.by.clone(), action: self.action, resource })
    }

    /// Whether only what is not known here would keep whoever asks from changing or removing this
    /// policy, if it were that of the vault.
    fn is_locked_out(&self, policy: &VaultPolicy, vault: &VaultName) -> bool {
        let (Some(policy), Ok(by)) = (policy.meaning(), Identity::parse(&self.by.0)) else {
            return true;
        };
        let (resource, context) = (&self.realm.vault_arn(vault), &self.context());
        let changes =
            [VaultAction::PutBackupVaultAccessPolicy, VaultAction::DeleteBackupVaultAccessPolicy];
        let asked = changes.map(|it| Request { by: &by, action: it.name(), resource, context });
        asked.iter().all(|request| policy.rule(request) == Ruling::Denies)
            && !asked.iter().all(|request| policy.surely_denies(request))
    }

    /// What is known of the request. Tags, the address that it came from and whether it was
    /// encrypted are not: a deny that asks for them denies.
    fn context(&self) -> Context {
        let (by, account) = (self.by.0.as_str(), self.realm.account.as_str());
        let known = Context::default()
            .with("aws:CurrentTime", self.at.to_string())
            .with("aws:EpochTime", self.at.as_second().to_string())
            .with("aws:PrincipalAccount", account)
            .with("aws:PrincipalArn", by)
            .with("aws:PrincipalIsAWSService", "false")
            .with("aws:PrincipalType", "Account")
            .with("aws:RequestedRegion", self.realm.region.as_str())
            .with("aws:ResourceAccount", account)
            .with("aws:userid", account)
            .with("aws:ViaAWSService", "false");
        ABSENT.iter().fold(known, |known, key| known.without(key))
    }
}

/// What no request of a root identity has.
const ABSENT: [&str; 19] = [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalTag/",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:username",
    "aws:VpcSourceIp",
];

/// Gives `vault` this policy. Nothing if it has that already.
///
/// A policy may keep everybody from ever changing it, whoever gives it too. But not by a condition
/// on something that is not known here: nobody means that.
pub fn decide_put_policy(
    policy: &str,
    guard: &Guard,
    access: &Access<'_>,
    vault: &VaultName,
) -> Result<Option<Guard>, MalformedPolicy> {
    let policy = VaultPolicy::parse(policy)?;
    if access.is_locked_out(&policy, vault) {
        return Err(MalformedPolicy { place: String::new(), problem: Problem::LocksOut });
    }
    let policy = Some(policy);
    Ok((guard.policy != policy).then(|| Guard { policy, ..guard.clone() }))
}

/// Takes the policy of a vault away. Nothing if it has none.
pub fn decide_remove_policy(guard: &Guard) -> Option<Guard> {
    guard.policy.is_some().then(|| Guard { policy: None, ..guard.clone() })
}
