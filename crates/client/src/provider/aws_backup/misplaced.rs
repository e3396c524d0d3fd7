//! ARNs that cannot name a point of the vault that is asked.
//!
//! A service that is asked about one truthfully says that it does not know it, and a
//! point of another region would count as gone. So they are told apart by their text, as
//! far as it says where the point is. Pure.

use sexton_core::{BackupArn, Realm};

use crate::provider::Target;

/// Why an ARN cannot name a point of the vault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// It names something else: what was backed up, or a vault.
    #[error("names no recovery point")]
    NoBackup,
    /// Its end is missing.
    #[error("is cut off")]
    CutOff,
    /// The region of the vault is not of this partition.
    #[error("is in partition {there}, and the vault in {here}")]
    Partition {
        /// The partition of the ARN.
        there: String,
        /// The partition that the vault's region belongs to.
        here: &'static str,
    },
    /// The point is in another region.
    #[error("is in region {there}, and the vault in {here}")]
    Region {
        /// The region of the ARN.
        there: String,
        /// The region of the vault.
        here: String,
    },
    /// The point belongs to another account.
    #[error("belongs to account {there}, and the vault to {here}")]
    Account {
        /// The account of the ARN.
        there: String,
        /// The account of the vault.
        here: String,
    },
}

/// Says why `arn` cannot name a point of a vault in `region` and `account`, if it cannot.
/// An ARN without region or account may be anywhere; so may any, where the account is not
/// known.
pub fn misplaced(arn: &BackupArn, region: &str, account: Option<&str>) -> Option<Misplaced> {
    if names_no_point(arn) {
        return Some(Misplaced::NoBackup);
    }
    if is_cut_off(arn) {
        return Some(Misplaced::CutOff);
    }
    let there = arn.region();
    if !there.is_empty() && there != region {
        return Some(Misplaced::Region { there: there.to_owned(), here: region.to_owned() });
    }
    let (there, here) = (arn.partition(), Realm::new(region, "").partition());
    if there != here {
        return Some(Misplaced::Partition { there: there.to_owned(), here });
    }
    let (there, here) = (arn.account(), account?);
    (!there.is_empty() && there != here)
        .then(|| Misplaced::Account { there: there.to_owned(), here: here.to_owned() })
}

impl Target {
    /// The point that `arn` names, in a vault that was seen to be of `account`. Whoever asks in
    /// one account for a point of another is told "not found", which proves nothing.
    pub fn point(arn: &BackupArn, account: Option<&str>) -> Self {
        let named = arn.account();
        let confirmed = named.is_empty() || account == Some(named);
        let doubt = (!confirmed).then(|| {
            format!(
                "not found, and the vault was not seen to be of account {named}: permit \
                 backup:DescribeBackupVault, which tells"
            )
        });
        Self::unseen(arn.as_str(), doubt)
    }
}

/// Whether this is a name of something that is known never to be a recovery point. What is
/// not known may be one.
fn names_no_point(arn: &BackupArn) -> bool {
    let begins = |names: &[&str]| names.iter().any(|name| arn.resource().starts_with(name));
    match arn.service() {
        "backup" => !begins(&["recovery-point:"]),
        "ec2" => begins(&["volume/", "instance/"]),
        "rds" => begins(&["db:", "cluster:"]),
        "fsx" => begins(&["file-system/", "volume/"]),
        "dynamodb" => !arn.resource().contains("/backup/"),
        // Points of the first two have ARNs of AWS Backup; the others have none.
        "elasticfilesystem" | "s3" | "iam" | "kms" | "sts" => true,
        _ => false,
    }
}

/// Whether the end of the name is missing, where the form of that service is known.
fn is_cut_off(arn: &BackupArn) -> bool {
    let resource = arn.resource();
    let after = |start: &str| resource.split_once(start).map(|(_, rest)| rest);
    let hex = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match (arn.service(), resource) {
        // The ids of EC2 have 17 digits, those from before 2016 have 8.
        ("ec2", text) if text.starts_with("snapshot/") => {
            !after("snapshot/snap-").is_some_and(|id| hex(id, &[8, 17]))
        }
        ("ec2", text) if text.starts_with("image/") => {
            !after("image/ami-").is_some_and(|id| hex(id, &[8, 17]))
        }
        ("fsx", text) if text.starts_with("backup/") => {
            !after("backup/backup-").is_some_and(|id| hex(id, &[8, 17]))
        }
        ("backup", _) => after("recovery-point:").is_some_and(ends_early),
        ("dynamodb", _) => after("/backup/").is_some_and(|name| {
            // "01489602797149-73d8d5bc"
            let (time, rest) = name.split_once('-').unwrap_or((name, "00000000"));
            let numbered = time.bytes().all(|byte| byte.is_ascii_digit());
            name.is_empty() || (numbered && rest.len() < 8)
        }),
        ("rds" | "redshift", _) => after(":").is_some_and(|name| {
            let name = name.rsplit('/').next().unwrap_or(name);
            name.is_empty() || name.strip_prefix("awsbackup").is_some_and(names_no_job)
        }),
        _ => false,
    }
}

/// Whether what follows `awsbackup` in the name of a snapshot is not all of it.
fn names_no_job(rest: &str) -> bool {
    let Some(job) = rest.strip_prefix(':') else { return rest.is_empty() };
    match job.split_once("job-") {
        Some((_, id)) => ends_early(id),
        None => "job-".starts_with(job) || "copyjob-".starts_with(job),
    }
}

/// Whether this is the beginning of a UUID and no more than that, or nothing.
fn ends_early(id: &str) -> bool {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    const UUID_LEN: usize = 36;
    let begins_as_one = id.bytes().enumerate().all(|(place, byte)| {
        if DASHES.contains(&place) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    });
    id.is_empty() || id.ends_with('-') || (begins_as_one && (9..UUID_LEN).contains(&id.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(arn: &str) -> Option<Misplaced> {
        misplaced(&arn.parse().unwrap(), "us-east-1", Some("123456789012"))
    }

    #[test]
    fn every_form_that_the_arn_of_a_point_has_is_let_through() {
        for arn in [
            "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0",
            "arn:aws:ec2:us-east-1::snapshot/snap-01234567",
            "arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:copyjob-0190163f9acb00112",
            "arn:aws:rds:us-east-1:123456789012:snapshot:before-the-move",
            "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:awsbackup:job-\
             1eb3b5e7-9eb0-435a-a80b-108b488b0d45",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t/backup/01489602797149-73d8d5bc",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t/backup/0190163f9acb00112",
            "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0",
            "arn:aws:redshift:us-east-1:123456789012:snapshot:cluster/awsbackup:1",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:1",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:\
             1EB3B5E7-9EB0-435A-A80B-108B488B0D45",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:deadbeef-5ec207d0",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:composite:eks/name-1",
            "arn:aws:something-new:::thing",
        ] {
            assert_eq!(told(arn), None, "{arn}");
        }
    }

    /// Asked for, each of these was truthfully not found, and so counted as gone.
    #[test]
    fn an_arn_whose_end_is_missing_names_nothing() {
        for arn in [
            "arn:aws:ec2:us-east-1::snapshot/",
            "arn:aws:ec2:us-east-1::snapshot/snap-",
            "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef",
            "arn:aws:ec2:us-east-1::image/ami-012",
            "arn:aws:fsx:us-east-1:123456789012:backup/backup-",
            "arn:aws:rds:us-east-1:123456789012:snapshot:",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:jo",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:copyjob-",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1eb3b5e7-9eb0-435a-a8",
            "arn:aws:redshift:us-east-1:123456789012:snapshot:cluster/awsbackup:",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t/backup/",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t/backup/01489602797149-73d8",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:bucket-",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:1EB3B5E7-9EB0-435A-A80B-108B",
        ] {
            assert_eq!(told(arn), Some(Misplaced::CutOff), "{arn}");
        }
    }

    #[test]
    fn what_cannot_be_in_the_vault_is_told_apart() {
        for arn in [
            "arn:aws:ec2:us-east-1:123456789012:volume/vol-1",
            "arn:aws:backup:us-east-1:123456789012:backup-vault:v",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::123456789012:role/r",
        ] {
            assert_eq!(told(arn), Some(Misplaced::NoBackup), "{arn}");
        }
        let region = told("arn:aws:ec2:eu-west-1::snapshot/snap-01234567").unwrap();
        assert_eq!(region.to_string(), "is in region eu-west-1, and the vault in us-east-1");
        let partition = told("arn:aws-cn:ec2:us-east-1::snapshot/snap-01234567").unwrap();
        assert_eq!(partition.to_string(), "is in partition aws-cn, and the vault in aws");
        let other = "arn:aws:backup:us-east-1:210987654321:recovery-point:1";
        assert!(matches!(told(other), Some(Misplaced::Account { .. })));
        assert_eq!(misplaced(&other.parse().unwrap(), "us-east-1", None), None);
    }
}
