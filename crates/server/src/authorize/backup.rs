//! What a call of AWS Backup asks for: the action of its name, on the resource that it names.

use sexton_core::{CopyOrder, InRealm, LockOrder, Realm, ResourceArn, Stated, Tags, VaultName};
use sexton_wire::aws::backup::{Call, Copying, Planning, Protect};

use super::Want;

/// What a call asks for. A role that AWS Backup is given to act with is passed to it.
pub(crate) fn of_backup(call: &Call, realm: &Realm) -> Vec<Want> {
    let action = format!("backup:{}", call.operation());
    let want = |resource: String| Want::new(action.clone(), resource);
    let vault =
        |name: &VaultName| vec![want(realm.vault_arn(name)).in_vault(realm.with(name.clone()))];
    let point = |name: &VaultName, point: &dyn std::fmt::Display| {
        vec![want(point.to_string()).in_vault(realm.with(name.clone()))]
    };
    let any = || vec![want("*".to_owned())];
    match call {
        Call::CreateBackupVault { name, tags, .. } => with_tags(vault(name), tags),
        Call::DescribeBackupVault { vault: name, .. }
        | Call::DeleteBackupVault { vault: name }
        | Call::ListRecoveryPointsByBackupVault { vault: name, .. } => vault(name),
        Call::StartBackupJob(order) => {
            let mut wants = vault(&order.vault);
            wants.push(Want::new("iam:PassRole", order.role.as_str()));
            with_tags(wants, &order.tags)
        }
        Call::DescribeRecoveryPoint { vault: name, point: of, .. }
        | Call::DeleteRecoveryPoint { vault: name, point: of }
        | Call::GetRecoveryPointRestoreMetadata { vault: name, point: of, .. } => point(name, of),
        Call::StartRestoreJob(order) => {
            let mut wants = vec![want(order.backup.as_str().to_owned())];
            wants.extend(order.role.iter().map(|it| Want::new("iam:PassRole", it.as_str())));
            wants
        }
        Call::Copy(Copying::Start(order)) => of_copy(order, realm),
        Call::Plan(call) => of_plans(call, realm, want),
        Call::TagResource { resource, .. }
        | Call::UntagResource { resource, .. }
        | Call::ListTags { resource, .. } => {
            vec![of_resource(want(resource.to_string()), resource, realm)]
        }
        Call::ListBackupVaults { .. }
        | Call::DescribeBackupJob { .. }
        | Call::ListBackupJobs { .. }
        | Call::StopBackupJob { .. }
        | Call::ListRecoveryPointsByResource { .. }
        | Call::DescribeRestoreJob { .. }
        | Call::ListRestoreJobs { .. }
        | Call::Copy(Copying::Describe { .. } | Copying::List { .. }) => any(),
        Call::Protect(call) => match call {
            Protect::LockVault { vault: name, .. }
            | Protect::UnlockVault { vault: name }
            | Protect::PutPolicy { vault: name, .. }
            | Protect::GetPolicy { vault: name }
            | Protect::DeletePolicy { vault: name }
            | Protect::GetNotifications { vault: name } => vault(name),
            Protect::ChangeLifecycle { vault: name, point: of, .. }
            | Protect::Disassociate { vault: name, point: of, .. } => point(name, of),
            Protect::GetHold { hold }
            | Protect::CancelHold { hold, .. }
            | Protect::ListHeld { hold, .. } => {
                vec![want(realm.arn("backup", &format!("legal-hold:{hold}")))]
            }
            Protect::CreateHold(order) => {
                let new = want(realm.arn("backup", "legal-hold:*")).of_new();
                with_tags(vec![new], &order.tags)
            }
            Protect::ListHolds { .. } => any(),
        },
    }
}

/// What a call says of which policies may ask.
pub(crate) fn stated_to_backup(call: &Call) -> Stated {
    match call {
        Call::CreateBackupVault { tags, gap, .. } => Stated {
            tags: tags.clone(),
            min_days: gap.map(|gap| gap.min_days),
            max_days: gap.map(|gap| gap.max_days),
            ..Stated::default()
        },
        Call::Plan(Planning::Create(order)) => {
            Stated { tags: order.tags.clone(), ..Stated::default() }
        }
        Call::Protect(Protect::CreateHold(order)) => {
            Stated { tags: order.tags.clone(), ..Stated::default() }
        }
        Call::StartBackupJob(order) => Stated { tags: order.tags.clone(), ..Stated::default() },
        Call::TagResource { tags, .. } => Stated { tags: tags.clone(), ..Stated::default() },
        Call::UntagResource { keys, .. } => Stated { untagged: keys.clone(), ..Stated::default() },
        Call::Copy(Copying::Start(order)) => {
            let into = &order.destination;
            Stated { copied_into: Some(into.realm.vault_arn(&into.name)), ..Stated::default() }
        }
        Call::Protect(Protect::LockVault { order, .. }) => {
            let LockOrder { min_days, max_days, changeable_days } = *order;
            Stated { min_days, max_days, changeable_days, ..Stated::default() }
        }
        Call::DescribeBackupVault { .. }
        | Call::ListBackupVaults { .. }
        | Call::DeleteBackupVault { .. }
        | Call::DescribeBackupJob { .. }
        | Call::ListBackupJobs { .. }
        | Call::StopBackupJob { .. }
        | Call::DescribeRecoveryPoint { .. }
        | Call::ListRecoveryPointsByBackupVault { .. }
        | Call::ListRecoveryPointsByResource { .. }
        | Call::GetRecoveryPointRestoreMetadata { .. }
        | Call::DeleteRecoveryPoint { .. }
        | Call::StartRestoreJob(_)
        | Call::DescribeRestoreJob { .. }
        | Call::ListRestoreJobs { .. }
        | Call::ListTags { .. }
        | Call::Copy(Copying::Describe { .. } | Copying::List { .. })
        | Call::Plan(
            Planning::Get { .. }
            | Planning::Update { .. }
            | Planning::Delete { .. }
            | Planning::List { .. }
            | Planning::ListVersions { .. }
            | Planning::Select { .. }
            | Planning::GetSelection { .. }
            | Planning::Unselect { .. }
            | Planning::ListSelections { .. },
        )
        | Call::Protect(
            Protect::UnlockVault { .. }
            | Protect::PutPolicy { .. }
            | Protect::GetPolicy { .. }
            | Protect::DeletePolicy { .. }
            | Protect::ChangeLifecycle { .. }
            | Protect::Disassociate { .. }
            | Protect::GetNotifications { .. }
            | Protect::GetHold { .. }
            | Protect::ListHolds { .. }
            | Protect::CancelHold { .. }
            | Protect::ListHeld { .. },
        ) => Stated::default(),
    }
}

/// What is asked for of a plan; a selection passes its role too.
fn of_plans(call: &Planning, realm: &Realm, want: impl Fn(String) -> Want) -> Vec<Want> {
    match call {
        Planning::Create(order) => {
            let new = want(realm.arn("backup", "backup-plan:*")).of_new();
            with_tags(vec![new], &order.tags)
        }
        Planning::Select { plan, order } => {
            vec![want(plan.arn(realm)), Want::new("iam:PassRole", order.role.as_str())]
        }
        Planning::Get { plan, .. }
        | Planning::Update { plan, .. }
        | Planning::Delete { plan }
        | Planning::ListVersions { plan, .. }
        | Planning::GetSelection { plan, .. }
        | Planning::Unselect { plan, .. }
        | Planning::ListSelections { plan, .. } => vec![want(plan.arn(realm))],
        Planning::List { .. } => vec![want("*".to_owned())],
    }
}

/// What is asked for of the recovery point, of its vault, of the vault that its copy goes to, and
/// of the role. What a vault of another account says is no right of anybody here.
fn of_copy(order: &CopyOrder, realm: &Realm) -> Vec<Want> {
    let (source, into) = (realm.with(order.vault.clone()), &order.destination);
    let out_of = realm.vault_arn(&source.name);
    let copied_in = Want::new("backup:CopyIntoBackupVault", into.realm.vault_arn(&into.name));
    let is_ours = into.realm.account == realm.account;
    vec![
        Want::new("backup:StartCopyJob", order.original.as_str()).in_vault(source.clone()),
        Want::new("backup:CopyFromBackupVault", out_of).in_vault(source),
        if is_ours { copied_in.in_vault(into.clone()) } else { copied_in },
        Want::new("iam:PassRole", order.role.as_str()),
    ]
}

/// With the action that puts tags on what the first of these is asked of, if there are some.
fn with_tags(mut wants: Vec<Want>, tags: &Tags) -> Vec<Want> {
    let first = wants.first().filter(|_| !tags.is_empty()).cloned();
    wants.extend(first.map(|first| Want { action: "backup:TagResource".to_owned(), ..first }));
    wants
}

/// A vault that is named by its ARN may allow it itself.
fn of_resource(want: Want, resource: &ResourceArn, realm: &Realm) -> Want {
    let named = resource.as_str().strip_prefix(&realm.arn("backup", "backup-vault:"));
    match named.and_then(|name| name.parse().ok()) {
        Some(name) => want.in_vault(InRealm { realm: realm.clone(), name }),
        None => want,
    }
}
