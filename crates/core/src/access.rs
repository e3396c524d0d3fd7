//! The access policy of a vault: put, removed, and asked before anything is done.
//!
//! Here a policy takes away: what it denies is decided from the same reading as what is asked for.
//! One thing it gives here, to copy into a vault of another account.
//! What it gives to those who have no policy of their own is in [`crate::Asking`].

use std::sync::Arc;

use jiff::Timestamp;

use crate::policy::{Context, Identity, MalformedPolicy, Problem, Request, Ruling};
use crate::rights::{RESOURCE_BYTES_MAX, circumstances, identity, known};
use crate::stated::add_stated;
use crate::{
    BackupName, Because, Connection, Denied, Guard, InRealm, Principal, Realm, RoleArn, Stated,
    Tags, VaultName, VaultPolicy,
};

/// What is asked of a vault or of a recovery point in it, as policies call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the actions")]
pub enum VaultAction {
    CopyFromBackupVault,
    CopyIntoBackupVault,
    DeleteBackupVault,
    DeleteBackupVaultAccessPolicy,
    DeleteBackupVaultLockConfiguration,
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    PutBackupVaultAccessPolicy,
    PutBackupVaultLockConfiguration,
    StartBackupJob,
    StartCopyJob,
    StartRestoreJob,
    TagResource,
    UntagResource,
    UpdateRecoveryPointLifecycle,
}

impl VaultAction {
    /// The name of the action.
    pub fn name(self) -> &'static str {
        match self {
            Self::CopyFromBackupVault => "backup:CopyFromBackupVault",
            Self::CopyIntoBackupVault => "backup:CopyIntoBackupVault",
            Self::DeleteBackupVault => "backup:DeleteBackupVault",
            Self::DeleteBackupVaultAccessPolicy => "backup:DeleteBackupVaultAccessPolicy",
            Self::DeleteBackupVaultLockConfiguration => "backup:DeleteBackupVaultLockConfiguration",
            Self::DeleteRecoveryPoint => "backup:DeleteRecoveryPoint",
            Self::DisassociateRecoveryPoint => "backup:DisassociateRecoveryPoint",
            Self::DisassociateRecoveryPointFromParent => {
                "backup:DisassociateRecoveryPointFromParent"
            }
            Self::PutBackupVaultAccessPolicy => "backup:PutBackupVaultAccessPolicy",
            Self::PutBackupVaultLockConfiguration => "backup:PutBackupVaultLockConfiguration",
            Self::StartBackupJob => "backup:StartBackupJob",
            Self::StartCopyJob => "backup:StartCopyJob",
            Self::StartRestoreJob => "backup:StartRestoreJob",
            Self::TagResource => "backup:TagResource",
            Self::UntagResource => "backup:UntagResource",
            Self::UpdateRecoveryPointLifecycle => "backup:UpdateRecoveryPointLifecycle",
        }
    }
}

/// Somebody asks for something.
#[derive(Debug, Clone)]
pub struct Access<'a> {
    /// Who.
    pub by: &'a Principal,
    /// The role, if it is a session of one.
    pub role: Option<RoleArn>,
    /// The tags of that role, if they are known.
    pub role_tags: Option<Arc<Tags>>,
    /// In which realm.
    pub realm: &'a Realm,
    /// When.
    pub at: Timestamp,
    /// Over which connection; nothing if no request is being answered.
    pub connection: Option<Connection>,
    /// For what.
    pub action: VaultAction,
    /// What the request says; nothing if none is being answered.
    pub stated: Option<Arc<Stated>>,
}

impl Access<'_> {
    /// Refuses what `guard`, that of the vault, denies to be done with the vault itself, which has
    /// these tags.
    pub fn check_vault(
        &self,
        guard: &Guard,
        vault: &VaultName,
        tags: Option<&Tags>,
    ) -> Result<(), Denied> {
        match &guard.policy {
            None => Ok(()),
            Some(policy) => self.check(policy, self.realm.vault_arn(vault), tags),
        }
    }

    /// Refuses what `guard`, that of the vault, denies to be done with a recovery point, whether
    /// there is such a point or not. If there is one, it has these tags: then a policy that asks
    /// for tags denies less, and in the same words.
    pub fn check_point(
        &self,
        guard: &Guard,
        point: &BackupName,
        tags: Option<&Tags>,
    ) -> Result<(), Denied> {
        match &guard.policy {
            None => Ok(()),
            Some(policy) => self.check(policy, point.as_str().to_owned(), tags),
        }
    }

    /// Refuses what `guard`, that of the vault `into`, denies to be copied into it. A vault of
    /// another account than that of whoever asks must allow it, and nobody there is told whether
    /// there is such a vault.
    pub fn check_into(
        &self,
        guard: &Guard,
        into: &InRealm<VaultName>,
        tags: Option<&Tags>,
    ) -> Result<(), Denied> {
        let (resource, owner) = (into.realm.vault_arn(&into.name), &into.realm.account);
        let policy = guard.policy.as_ref();
        let ruling = policy.map_or(Ruling::Silent, |it| self.ruling(it, (&resource, owner), tags));
        match ruling {
            Ruling::Denies => Err(self.denied(resource, Because::ResourceDenies)),
            Ruling::Silent if *owner != self.realm.account => {
                Err(self.denied(resource, Because::NoResourceAllows))
            }
            Ruling::Silent | Ruling::Allows => Ok(()),
        }
    }

    fn check(
        &self,
        policy: &VaultPolicy,
        resource: String,
        tags: Option<&Tags>,
    ) -> Result<(), Denied> {
        match self.ruling(policy, (&resource, &self.realm.account), tags) {
            Ruling::Denies => Err(self.denied(resource, Because::ResourceDenies)),
            Ruling::Allows | Ruling::Silent => Ok(()),
        }
    }

    /// What a policy of a vault says of this, done to `resource`, which is of the account `owner`.
    /// A policy that cannot be read, and one who asks and cannot be told, are no reason to allow.
    fn ruling(
        &self,
        policy: &VaultPolicy,
        (resource, owner): (&str, &str),
        tags: Option<&Tags>,
    ) -> Ruling {
        let by = self.identity().filter(|_| resource.len() <= RESOURCE_BYTES_MAX);
        match (policy.meaning(), by) {
            (Some(policy), Some(by)) => {
                let context = &self.context(&by, owner, tags);
                policy.rule(&Request { by: &by, action: self.action.name(), resource, context })
            }
            (Some(_) | None, _) => Ruling::Denies,
        }
    }

    fn denied(&self, resource: String, because: Because) -> Denied {
        let (by, action) = (self.by.clone(), self.action.name().to_owned());
        Denied { by, action, resource, because }
    }

    fn identity(&self) -> Option<Identity> {
        identity(self.by, self.role.as_ref().map(RoleArn::as_str))
    }

    /// Whether only what is not known here, or how this request came, would keep whoever asks, or
    /// the root identity of the account, from changing or removing this policy, if it were that of
    /// the vault.
    fn locks_out(&self, policy: &VaultPolicy, vault: &VaultName, tags: Option<&Tags>) -> bool {
        let root = Principal(self.realm.root_principal());
        let root = Access { by: &root, role: None, role_tags: None, ..self.clone() };
        self.is_locked_out(policy, vault, tags) || root.is_locked_out(policy, vault, tags)
    }

    fn is_locked_out(&self, policy: &VaultPolicy, vault: &VaultName, tags: Option<&Tags>) -> bool {
        let (Some(policy), Some(by)) = (policy.meaning(), self.identity()) else {
            return true;
        };
        let (resource, account) = (&self.realm.vault_arn(vault), &self.realm.account);
        let changes =
            [VaultAction::PutBackupVaultAccessPolicy, VaultAction::DeleteBackupVaultAccessPolicy];
        let ever = Access { connection: None, stated: None, role_tags: None, ..self.clone() };
        // Nobody means to let in sessions alone, of roles that have a tag or not.
        let ever = &ever.context(&by, account, None).unsure("aws:PrincipalTag/");
        let now = &self.context(&by, account, tags);
        let asked =
            |context| changes.map(|it| Request { by: &by, action: it.name(), resource, context });
        asked(now).iter().all(|request| policy.rule(request) == Ruling::Denies)
            && !asked(ever).iter().all(|request| policy.surely_denies(request))
    }

    /// What is known of the request, made of something of the account `owner`.
    fn context<'c>(
        &'c self,
        by: &'c Identity,
        owner: &'c str,
        tags: Option<&'c Tags>,
    ) -> Context<'c> {
        let role = self.role.as_ref().map(RoleArn::as_str);
        let asks = (by, self.by, role, self.role_tags.as_deref());
        let known = known(asks, (self.realm, owner), self.at);
        let known = circumstances(known, self.connection, tags);
        add_stated(known, self.stated.as_deref(), self.action.name())
    }
}

/// Gives `vault` this policy. Nothing if it has that already.
///
/// A policy may keep everybody from ever changing it, whoever gives it too. But not by a condition
/// on something that is not known here, or on a connection or on tags that may be others later, of
/// the vault or of the role of whoever asks: nobody means that. The vault has these tags.
pub fn decide_put_policy(
    policy: &str,
    guard: &Guard,
    access: &Access<'_>,
    (vault, tags): (&VaultName, Option<&Tags>),
) -> Result<Option<Guard>, MalformedPolicy> {
    let policy = VaultPolicy::parse(policy)?;
    if access.locks_out(&policy, vault, tags) {
        return Err(MalformedPolicy { place: String::new(), problem: Problem::LocksOut });
    }
    let policy = Some(policy);
    Ok((guard.policy != policy).then(|| Guard { policy, ..guard.clone() }))
}

/// Takes the policy of a vault away. Nothing if it has none.
pub fn decide_remove_policy(guard: &Guard) -> Option<Guard> {
    guard.policy.is_some().then(|| Guard { policy: None, ..guard.clone() })
}
