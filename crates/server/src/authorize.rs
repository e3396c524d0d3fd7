//! Whether whoever asks may: users and sessions of roles, by their policies. The root identity may
//! do everything that the policy of a vault does not deny, which is decided with the rest.

mod backup;
mod sexton;

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Access, Asking, BackupName, Because, Guard, InRealm, Principal, Realm, ResourceArn, Rights,
    RoleArn, RoleName, Stated, Tags, VaultAction, VaultName,
};
use sexton_store::{Follow, Reading, StoreError, Subject};
use sexton_wire::apsara::model::Call as RdsCall;
use sexton_wire::aws::fsx::Call as FsxCall;

use crate::auth::{Caller, Who};
use crate::behalf;
use crate::error::OpsError;
use crate::identities::Holder;
use crate::ops::tags::Door;
use crate::service::Service;

pub(crate) use backup::{of_backup, stated_to_backup};
pub(crate) use sexton::of_sexton;

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Want {
    /// Such as `backup:DeleteRecoveryPoint`.
    pub(crate) action: String,
    /// The ARN of what it is asked of; `*` if it is of nothing that has one.
    pub(crate) resource: String,
    /// The vault whose access policy may allow it.
    pub(crate) vault: Option<InRealm<VaultName>>,
    /// Whether that is made only now: what is there already of this ARN is something else.
    pub(crate) is_new: bool,
}

impl Want {
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), vault: None, is_new: false }
    }

    /// Of what is not there yet.
    pub(crate) fn of_new(self) -> Self {
        Self { is_new: true, ..self }
    }

    pub(crate) fn in_vault(self, vault: InRealm<VaultName>) -> Self {
        Self { vault: Some(vault), ..self }
    }
}

impl Caller {
    /// The role, if it is a session of one.
    pub(crate) fn role(&self) -> Option<&str> {
        self.session().map(|session| session.role.as_str())
    }

    /// Asks for something, with what the request says.
    pub(crate) fn asking<'a>(
        &'a self,
        want: &'a Want,
        stated: Option<&'a Stated>,
        at: Timestamp,
    ) -> Asking<'a> {
        let Want { action, resource, vault: _, is_new: _ } = want;
        let (by, role, realm, connection) =
            (&self.by, self.role(), &self.realm, behalf::connection());
        Asking { by, role, realm, at, connection, action, resource, tags: None, stated }
    }
}

/// Whoever asks for something of a vault, as its policy is asked about them.
pub(crate) fn access<'a>(
    (by, at): (&'a Principal, Timestamp),
    realm: &'a Realm,
    action: VaultAction,
) -> Access<'a> {
    let (role, role_tags) = (behalf::role(), behalf::role_tags());
    let (connection, stated) = (behalf::connection(), behalf::stated());
    Access { by, role, role_tags, realm, at, connection, action, stated }
}

/// The tags of a role that was read, if they are known.
pub(crate) fn role_tags(reading: &Reading, role: &RoleArn) -> Option<Arc<Tags>> {
    let made = reading.whole_role(role)?.made.as_deref()?;
    Some(Arc::new(made.tags.clone()))
}

impl Service {
    /// What whoever asks may do, as of now; nothing for a session of a role that is gone. The tags
    /// of the role are noted for the policies of vaults, which are asked later.
    pub(crate) async fn rights(&self, caller: &Caller) -> Result<Option<Rights>, StoreError> {
        let session = match &caller.who {
            Who::Root => return Ok(Some(Rights::All)),
            Who::Holder(Holder::User(known)) => return Ok(Some(known.rights.clone())),
            Who::Holder(Holder::Session(session)) => session,
        };
        let Some(key) = RoleName::of(&session.role) else { return Ok(None) };
        let reading = self.store.read(&[Subject::RoleNamed(key.clone())], Follow::Nothing).await?;
        let rights = session.rights(reading.role_named(&key));
        behalf::note_role_tags(rights.as_ref().and_then(Rights::role_tags).cloned());
        Ok(rights)
    }

    /// Refuses a deletion of a recovery point that whoever asks may not ask for.
    pub async fn authorize_deletion(
        &self,
        caller: &Caller,
        vault: &InRealm<VaultName>,
        point: &BackupName,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let want = Want::new(VaultAction::DeleteRecoveryPoint.name(), point.as_str())
            .in_vault(vault.clone());
        self.authorize(caller, || vec![want], now).await
    }

    /// Refuses what whoever asks may not do. All of it has to be allowed.
    ///
    /// What is asked of is looked for only if it is refused without its tags, and what is refused
    /// is refused in the same words whether it is there or not.
    pub(crate) async fn authorize(
        &self,
        caller: &Caller,
        wants: impl FnOnce() -> Vec<Want>,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let wants = wants();
        if let Some(first) = wants.first() {
            behalf::note_call(&first.action, &first.resource);
        }
        if caller.who == Who::Root {
            return Ok(());
        }
        let (rights, stated) = (self.rights(caller).await?, behalf::stated());
        for want in wants {
            let asking = caller.asking(&want, stated.as_deref(), now);
            let Some(rights) = &rights else {
                return Err(asking.denied(Because::NothingAllows).into());
            };
            if asking.check(rights, None).is_ok() {
                continue;
            }
            let guard = match &want.vault {
                None => Guard::default(),
                Some(vault) => {
                    let guard = [Subject::Guard(vault.clone())];
                    self.store.read(&guard, Follow::Nothing).await?.guard(vault)
                }
            };
            let own = guard.policy.as_ref();
            if asking.check(rights, own).is_ok() {
                continue;
            }
            let tags = self.tags_of(&want, &caller.realm).await?;
            Asking { tags: tags.as_ref(), ..asking }.check(rights, own)?;
        }
        Ok(())
    }

    /// The tags of what something is asked of; nothing if there is no such thing, or if the vault
    /// that is named does not hold it.
    async fn tags_of(&self, want: &Want, realm: &Realm) -> Result<Option<Tags>, OpsError> {
        if want.is_new {
            return Ok(None);
        }
        let door = match want.action.split_once(':') {
            Some(("backup", _)) => Door::Backup,
            Some(("fsx", _)) => Door::Fsx,
            // Whether the tags of a role decide to whom it may be passed IAM does not say for sure.
            Some(("iam", action)) if action != "PassRole" => {
                return Ok(self.tags_of_role(&want.resource).await?);
            }
            Some(_) | None => return Ok(None),
        };
        let Ok(resource) = want.resource.parse::<ResourceArn>() else { return Ok(None) };
        self.tags_in(door, realm, &resource, want.vault.as_ref()).await
    }

    /// The tags of the role of this ARN, if there is one.
    async fn tags_of_role(&self, arn: &str) -> Result<Option<Tags>, StoreError> {
        let Ok(arn) = arn.parse::<RoleArn>() else { return Ok(None) };
        let Some(key) = RoleName::of(&arn) else { return Ok(None) };
        let reading = self.store.read(&[Subject::RoleNamed(key.clone())], Follow::Nothing).await?;
        let role = reading.role_named(&key).filter(|role| role.arn == arn);
        Ok(role.map(|role| role.tags.clone()))
    }
}

/// What a call of `FSx` asks for, with what it does beside: tags are put, and a last backup made.
pub(crate) fn of_fsx(call: &FsxCall, action: &str, caller: &Caller) -> Vec<Want> {
    let mut wants = named_by_fsx(call, action, caller);
    let all = |kind: &str| caller.realm.arn("fsx", &format!("{kind}/*"));
    let last = |skip: Option<bool>| match skip {
        Some(true) => None,
        Some(false) | None => Some(Want::new("fsx:CreateBackup", all("backup"))),
    };
    let tagged = |tags: &Tags, kind: &str| {
        (!tags.is_empty()).then(|| Want::new("fsx:TagResource", all(kind)))
    };
    let beside = match call {
        FsxCall::CreateFileSystem(order) | FsxCall::CreateFileSystemFromBackup { order, .. } => {
            [tagged(&order.tags, "file-system"), None]
        }
        FsxCall::CreateVolume(order) => [tagged(&order.tags, "volume"), None],
        FsxCall::CreateBackup { tags, .. } => [tagged(tags, "backup"), None],
        FsxCall::CopyBackup(order) => [tagged(&order.tags, "backup"), None],
        FsxCall::DeleteFileSystem { order, .. } => {
            [last(order.skip_final), tagged(&order.final_tags, "backup")]
        }
        FsxCall::DeleteVolume { order, .. } => {
            [last(order.skip_final), tagged(&order.final_tags, "backup")]
        }
        FsxCall::DescribeFileSystems { .. }
        | FsxCall::UpdateFileSystem { .. }
        | FsxCall::DescribeVolumes { .. }
        | FsxCall::DescribeStorageVirtualMachines { .. }
        | FsxCall::DescribeS3AccessPointAttachments
        | FsxCall::DescribeBackups { .. }
        | FsxCall::DeleteBackup { .. }
        | FsxCall::TagResource { .. }
        | FsxCall::UntagResource { .. }
        | FsxCall::ListTagsForResource { .. } => [None, None],
    };
    wants.extend(beside.into_iter().flatten());
    wants
}

/// What a call of `FSx` says of which policies may ask.
pub(crate) fn stated_to_fsx(call: &FsxCall) -> Stated {
    let (tags, untagged) = match call {
        FsxCall::CreateFileSystem(order) | FsxCall::CreateFileSystemFromBackup { order, .. } => {
            (order.tags.clone(), Vec::new())
        }
        FsxCall::CreateVolume(order) => (order.tags.clone(), Vec::new()),
        FsxCall::CreateBackup { tags, .. } | FsxCall::TagResource { tags, .. } => {
            (tags.clone(), Vec::new())
        }
        FsxCall::CopyBackup(order) => (order.tags.clone(), Vec::new()),
        FsxCall::DeleteFileSystem { order, .. } => (order.final_tags.clone(), Vec::new()),
        FsxCall::DeleteVolume { order, .. } => (order.final_tags.clone(), Vec::new()),
        FsxCall::UntagResource { keys, .. } => (Tags::new(), keys.clone()),
        FsxCall::DescribeFileSystems { .. }
        | FsxCall::UpdateFileSystem { .. }
        | FsxCall::DescribeVolumes { .. }
        | FsxCall::DescribeStorageVirtualMachines { .. }
        | FsxCall::DescribeS3AccessPointAttachments
        | FsxCall::DescribeBackups { .. }
        | FsxCall::DeleteBackup { .. }
        | FsxCall::ListTagsForResource { .. } => (Tags::new(), Vec::new()),
    };
    Stated { tags, untagged, ..Stated::default() }
}

/// What a call of `FSx` asks for by its name.
fn named_by_fsx(call: &FsxCall, action: &str, caller: &Caller) -> Vec<Want> {
    let realm = &caller.realm;
    let want = |resource: String| Want::new(format!("fsx:{action}"), resource);
    let of =
        |kind: &str, id: &dyn std::fmt::Display| want(realm.arn("fsx", &format!("{kind}/{id}")));
    let all = |kind: &str, ids: &[String]| match ids {
        [] => vec![want(realm.arn("fsx", &format!("{kind}/*")))],
        ids => ids.iter().map(|id| of(kind, id)).collect(),
    };
    let texts = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>();
    match call {
        FsxCall::CreateFileSystem(_) => all("file-system", &[]),
        FsxCall::CreateFileSystemFromBackup { backup, .. } => {
            vec![of("backup", backup), want(realm.arn("fsx", "file-system/*"))]
        }
        FsxCall::DescribeFileSystems { ids, .. } => {
            all("file-system", &texts(&mut ids.iter().map(ToString::to_string)))
        }
        FsxCall::UpdateFileSystem { file_system, .. }
        | FsxCall::DeleteFileSystem { file_system, .. } => vec![of("file-system", file_system)],
        FsxCall::CreateVolume(_) => all("volume", &[]),
        FsxCall::DescribeVolumes { ids, .. } => {
            all("volume", &texts(&mut ids.iter().map(ToString::to_string)))
        }
        FsxCall::DescribeStorageVirtualMachines { ids, .. } => all("storage-virtual-machine", ids),
        FsxCall::DescribeS3AccessPointAttachments => vec![want("*".to_owned())],
        FsxCall::DeleteVolume { volume, .. } => vec![of("volume", volume)],
        FsxCall::CreateBackup { of: backed_up, tags: _ } => {
            let source = match backed_up {
                sexton_wire::aws::fsx::BackedUp::FileSystem(id) => of("file-system", id),
                sexton_wire::aws::fsx::BackedUp::Volume(id) => of("volume", id),
            };
            vec![source, want(realm.arn("fsx", "backup/*"))]
        }
        FsxCall::CopyBackup(order) => {
            let InRealm { realm: of, name } = &order.original;
            let original = of.arn("fsx", &format!("backup/{name}"));
            vec![want(original), want(realm.arn("fsx", "backup/*"))]
        }
        FsxCall::DescribeBackups { ids, .. } => {
            all("backup", &texts(&mut ids.iter().map(ToString::to_string)))
        }
        FsxCall::DeleteBackup { backup } => vec![of("backup", backup)],
        FsxCall::TagResource { resource, .. }
        | FsxCall::UntagResource { resource, .. }
        | FsxCall::ListTagsForResource { resource, .. } => vec![want(resource.to_string())],
    }
}

/// What a call of RDS asks for, in the words of Alibaba's RAM.
pub(crate) fn of_rds(call: &RdsCall, caller: &Caller) -> Vec<Want> {
    let action = call.action().name();
    let instance = match call {
        RdsCall::CreateBackup(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DeleteBackup(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeBackupPolicy(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeBackupTasks(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeBackups(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeBinlogFiles(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeDBInstanceAttribute(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeLogBackupFiles(request) => Some(request.db_instance_id.as_str()),
        RdsCall::ModifyBackupPolicy(request) => Some(request.db_instance_id.as_str()),
        RdsCall::DescribeDBInstances(_)
        | RdsCall::DescribeDetachedBackups(_)
        | RdsCall::DescribeRegions(_) => None,
    };
    let realm = &caller.realm;
    let (region, account, id) = (&realm.region, &realm.account, instance.unwrap_or("*"));
    let resource = format!("acs:rds:{region}:{account}:dbinstance/{id}");
    vec![Want::new(format!("rds:{action}"), resource)]
}
