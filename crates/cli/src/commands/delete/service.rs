//! Which service a run is for: told by the ids, unless somebody says. Pure.
//!
//! The ARN of an FSx backup names a recovery point as well, if a vault keeps it: `--vault` says
//! that it is meant so.

use sexton_client::{FsxBackupId, RdsBackupSetId, RdsInstanceId};
use sexton_core::{BackupArn, Service, VaultName};

use super::ids::Complaints;
use crate::commands::id::Id;
use crate::exit::{Exit, Failure};

/// What is to be deleted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Recovery points of a vault.
    Points(VaultName, Vec<BackupArn>),
    /// Backups of FSx, and how many were given again under another name.
    Backups(Vec<FsxBackupId>, usize),
    /// Backup sets of an instance of RDS.
    Sets(RdsInstanceId, Vec<RdsBackupSetId>),
    /// Nothing.
    Nothing(Service),
}

impl Wanted {
    /// The service that has it.
    pub(super) fn service(&self) -> Service {
        match self {
            Self::Points(..) => Service::AwsBackup,
            Self::Backups(..) => Service::Fsx,
            Self::Sets(..) => Service::ApsaraRds,
            Self::Nothing(service) => *service,
        }
    }
}

/// Decides what `ids` name, for whoever said `service`, `vault` and `instance`, or did not.
pub(super) fn choose(
    service: Option<Service>,
    vault: Option<&VaultName>,
    instance: Option<&RdsInstanceId>,
    ids: Vec<Id>,
) -> Result<Wanted, Failure> {
    match (service, instance) {
        (Some(Service::ApsaraRds), _) | (None, Some(_)) => of_rds(vault, instance, ids),
        (Some(service @ (Service::AwsBackup | Service::Fsx)), Some(instance)) => {
            let (id, word) = (instance.as_str(), service.word());
            let text =
                format!("--instance {id} is of ApsaraDB RDS, and cannot be meant for {word}");
            Err(usage(text).hint("leave --instance out, or give --service apsara-rds"))
        }
        (Some(Service::AwsBackup | Service::Fsx) | None, None) => of_aws(service, vault, ids),
    }
}

/// The same where no instance is named.
fn of_aws(
    service: Option<Service>,
    vault: Option<&VaultName>,
    ids: Vec<Id>,
) -> Result<Wanted, Failure> {
    match (service, vault) {
        (Some(Service::ApsaraRds), _) => of_rds(vault, None, ids),
        (Some(Service::Fsx), Some(vault)) => {
            let text = format!("FSx has no vaults: --vault {vault} cannot be meant for it");
            Err(usage(text).hint(
                "leave --vault out; to delete what that vault keeps, leave --service fsx out",
            ))
        }
        (Some(Service::Fsx), None) => of_fsx(ids),
        (Some(Service::AwsBackup) | None, Some(vault)) => points(vault, ids),
        (Some(Service::AwsBackup), None) if ids.is_empty() => {
            Ok(Wanted::Nothing(Service::AwsBackup))
        }
        (Some(Service::AwsBackup), None) => Err(no_vault(&ids[0])),
        (None, None) => {
            let set = ids.iter().find(|id| matches!(id, Id::Set(_)));
            let fsx = ids.iter().find(|id| may_be_of_fsx(id));
            let other = ids.iter().find(|id| !may_be_of_fsx(id) && !matches!(id, Id::Set(_)));
            if let Some(set) = set {
                return Err(fsx.or(other).map_or_else(|| no_instance(set), |aws| two(set, aws)));
            }
            match (fsx, other) {
                (None, None) => Ok(Wanted::Nothing(Service::AwsBackup)),
                (Some(_), None) => of_fsx(ids),
                (None, Some(other)) => Err(no_vault(other)),
                (Some(fsx), Some(other)) => Err(mixed(fsx, other)),
            }
        }
    }
}

/// Whether FSx may have a backup of this name.
fn may_be_of_fsx(id: &Id) -> bool {
    match id {
        Id::Fsx(_) => true,
        Id::Arn(arn) => arn.service() == "fsx",
        Id::Set(_) => false,
    }
}

fn usage(text: String) -> Failure {
    Failure::text(Exit::Usage, text)
}

fn no_vault(id: &Id) -> Failure {
    usage(format!("{} is a recovery point, and no vault is named", id.as_str()))
        .hint("give --vault with the name of the vault that holds it")
}

fn mixed(fsx: &Id, other: &Id) -> Failure {
    let (fsx, other) = (fsx.as_str(), other.as_str());
    usage(format!("the ids are of two services: {fsx} is of FSx, and {other} of AWS Backup"))
        .hint("nothing was sent; delete them in two runs, those of AWS Backup with --vault")
}

fn no_instance(set: &Id) -> Failure {
    let text =
        format!("{} is a backup set of ApsaraDB RDS, and no instance is named", set.as_str());
    usage(text).hint("give --instance with the id of the instance that it is of")
}

fn two(set: &Id, other: &Id) -> Failure {
    let (set, other) = (set.as_str(), other.as_str());
    usage(format!("the ids are of two services: {set} is of ApsaraDB RDS, and {other} of AWS"))
        .hint("nothing was sent; delete them in two runs, those of RDS with --instance")
}

/// Backup sets of an instance, and nothing else.
fn of_rds(
    vault: Option<&VaultName>,
    instance: Option<&RdsInstanceId>,
    ids: Vec<Id>,
) -> Result<Wanted, Failure> {
    if let Some(vault) = vault {
        let text = format!("ApsaraDB RDS has no vaults: --vault {vault} cannot be meant for it");
        return Err(usage(text).hint("leave --vault out, or --instance and --service apsara-rds"));
    }
    let (mut sets, mut complaints) = (Vec::with_capacity(ids.len()), Complaints::default());
    for id in ids {
        match id {
            Id::Set(id) => sets.push(id),
            Id::Arn(_) | Id::Fsx(_) => {
                let why = "it is no id of a backup set, which is a number";
                complaints.add(format_args!("{:?}", id.as_str()), &why);
            }
        }
    }
    if !complaints.is_empty() {
        return Err(usage(complaints.to_string()).in_lines().hint(
            "nothing was sent; `aliyun rds DescribeBackups` tells the ids of backup sets \
             (BackupId)",
        ));
    }
    match (sets.first(), instance) {
        (None, _) => Ok(Wanted::Nothing(Service::ApsaraRds)),
        (Some(first), None) => Err(no_instance(&Id::Set(first.clone()))),
        (Some(_), Some(instance)) => Ok(Wanted::Sets(instance.clone(), sets)),
    }
}

fn points(vault: &VaultName, ids: Vec<Id>) -> Result<Wanted, Failure> {
    let mut arns = Vec::with_capacity(ids.len());
    for id in ids {
        match id {
            Id::Arn(arn) => arns.push(arn),
            Id::Set(id) => {
                let text = format!(
                    "{} is the id of a backup set of ApsaraDB RDS, and --vault {vault} is for \
                     recovery points",
                    id.as_str()
                );
                return Err(usage(text).hint(
                    "nothing was sent; give --instance instead of --vault to delete backup sets",
                ));
            }
            Id::Fsx(id) => {
                let text = format!(
                    "{} is the id of an FSx backup, and --vault {vault} is for recovery points",
                    id.as_str()
                );
                return Err(usage(text).hint(
                    "nothing was sent; leave --vault out to delete it with FSx; if that vault \
                     keeps it, give its ARN",
                ));
            }
        }
    }
    if arns.is_empty() {
        return Ok(Wanted::Nothing(Service::AwsBackup));
    }
    Ok(Wanted::Points(vault.clone(), arns))
}

fn of_fsx(ids: Vec<Id>) -> Result<Wanted, Failure> {
    let (mut backups, mut complaints) = (Vec::<FsxBackupId>::new(), Complaints::default());
    let given = ids.len();
    let mut seen = std::collections::HashSet::with_capacity(given);
    for id in ids {
        let parsed = match id {
            Id::Fsx(id) => Ok(id),
            Id::Arn(arn) => arn.as_str().parse(),
            Id::Set(id) => id.as_str().parse(),
        };
        match parsed {
            Ok(id) if seen.insert(id.as_str().to_owned()) => backups.push(id),
            Ok(_) => {}
            Err(error) => complaints.add(format_args!("FSx"), &error),
        }
    }
    if !complaints.is_empty() {
        return Err(usage(complaints.to_string()).in_lines().hint(
            "nothing was sent; the id of an FSx backup looks like backup-0123456789abcdef0, and \
             its ARN like arn:aws:fsx:REGION:ACCOUNT:backup/backup-0123456789abcdef0",
        ));
    }
    if backups.is_empty() {
        return Ok(Wanted::Nothing(Service::Fsx));
    }
    let duplicates = given - backups.len();
    Ok(Wanted::Backups(backups, duplicates))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "backup-0123456789abcdef0";
    const FSX: &str = "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0";
    const POINT: &str = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";

    fn ids(texts: &[&str]) -> Vec<Id> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn chosen(
        service: Option<Service>,
        vault: Option<&str>,
        texts: &[&str],
    ) -> Result<Wanted, String> {
        let vault = vault.map(|name| name.parse().unwrap());
        choose(service, vault.as_ref(), None, ids(texts)).map_err(|failure| failure.message)
    }

    #[test]
    fn backup_sets_are_of_the_instance_that_is_named_and_of_nothing_else() {
        let (rm, vault): (RdsInstanceId, VaultName) =
            ("rm-1".parse().unwrap(), "v".parse().unwrap());
        let sets = |texts: &[&str]| {
            let sets = texts.iter().map(|text| text.parse().unwrap()).collect();
            Wanted::Sets("rm-1".parse().unwrap(), sets)
        };
        let (rds, fsx) = (Some(Service::ApsaraRds), Some(Service::Fsx));
        for service in [None, rds] {
            let wanted = choose(service, None, Some(&rm), ids(&["1", "2"])).unwrap();
            assert_eq!((wanted.service(), &wanted), (Service::ApsaraRds, &sets(&["1", "2"])));
            let nothing = choose(service, None, Some(&rm), ids(&[])).unwrap();
            assert_eq!(nothing, Wanted::Nothing(Service::ApsaraRds));
        }
        for (service, named, instance, texts, said) in [
            (None, None, None, &["7"][..], "7 is a backup set of ApsaraDB RDS, and no instance"),
            (rds, None, None, &["7"], "no instance is named"),
            (None, None, None, &["7", BARE], "of two services: 7 is of ApsaraDB RDS, and backup-"),
            (None, None, None, &[POINT, "7"], "of two services: 7 is of ApsaraDB RDS, and arn:aws"),
            (None, None, Some(&rm), &["7", BARE], "\"backup-0123456789abcdef0\": it is no id of a"),
            (rds, Some(&vault), Some(&rm), &["7"], "RDS has no vaults: --vault v cannot be meant"),
            (None, Some(&vault), None, &["7"], "7 is the id of a backup set of ApsaraDB RDS, and"),
            (fsx, None, Some(&rm), &[BARE], "--instance rm-1 is of ApsaraDB RDS, and cannot be"),
            (fsx, None, None, &["7"], "is no id of an FSx backup"),
        ] {
            let refused = choose(service, named, instance, ids(texts)).unwrap_err().message;
            assert!(refused.contains(said), "{texts:?}: {refused}");
        }
    }

    #[test]
    fn the_ids_tell_the_service() {
        let backup = |text: &str| text.parse::<FsxBackupId>().unwrap();
        let point = |text: &str| text.parse::<BackupArn>().unwrap();
        let vault: VaultName = "v".parse().unwrap();
        for (service, named, texts, wanted) in [
            (None, None, &[BARE][..], Wanted::Backups(vec![backup(BARE)], 0)),
            (None, None, &[FSX, BARE], Wanted::Backups(vec![backup(FSX)], 1)),
            (Some(Service::Fsx), None, &[FSX], Wanted::Backups(vec![backup(FSX)], 0)),
            (None, Some("v"), &[FSX, POINT], {
                Wanted::Points(vault.clone(), vec![point(FSX), point(POINT)])
            }),
            (Some(Service::AwsBackup), Some("v"), &[FSX], {
                Wanted::Points(vault.clone(), vec![point(FSX)])
            }),
            (None, None, &[], Wanted::Nothing(Service::AwsBackup)),
            (Some(Service::Fsx), None, &[], Wanted::Nothing(Service::Fsx)),
            (None, Some("v"), &[], Wanted::Nothing(Service::AwsBackup)),
        ] {
            assert_eq!(chosen(service, named, texts).unwrap(), wanted, "{texts:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_said_with_one_of_each() {
        let volume = "arn:aws:fsx:us-east-1:123456789012:volume/fs-1/fsvol-1";
        for (service, vault, texts, said) in [
            (None, None, &[BARE, POINT][..], "of two services: backup-0123456789abcdef0 is of FSx"),
            (
                None,
                None,
                &[POINT, FSX],
                "arn:aws:backup:us-east-1:123456789012:recovery-point:1 of",
            ),
            (None, None, &[POINT], "no vault is named"),
            (Some(Service::AwsBackup), None, &[FSX], "no vault is named"),
            (Some(Service::Fsx), Some("v"), &[BARE], "FSx has no vaults"),
            (None, Some("v"), &[POINT, BARE], "is the id of an FSx backup, and --vault v"),
            (Some(Service::Fsx), None, &[POINT], "is no id of an FSx backup"),
            (None, None, &[volume, BARE], "is no id of an FSx backup"),
        ] {
            let refused = chosen(service, vault, texts).unwrap_err();
            assert!(refused.contains(said), "{texts:?}: {refused}");
        }
    }
}
