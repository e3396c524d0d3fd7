//! ARNs that cannot name a point of the vault at hand.
//!
//! A service that is asked about one truthfully says that it does not know it, and a
//! point of another region would count as gone. So they are told apart by their text, as
//! far as it says where the point is. Pure.

use sexton_core::RecoveryPointArn;

/// Why an ARN cannot name a point of the vault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// It names something else: what was backed up, or a vault.
    #[error("names no recovery point")]
    NoPoint,
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
pub fn misplaced(arn: &RecoveryPointArn, region: &str, account: Option<&str>) -> Option<Misplaced> {
    if names_no_point(arn) {
        return Some(Misplaced::NoPoint);
    }
    let there = arn.region();
    if !there.is_empty() && there != region {
        return Some(Misplaced::Region { there: there.to_owned(), here: region.to_owned() });
    }
    let (there, here) = (arn.account(), account?);
    (!there.is_empty() && there != here)
        .then(|| Misplaced::Account { there: there.to_owned(), here: here.to_owned() })
}

/// What "not found" amounts to where the vault was not seen to be of the account of `arn`.
pub(crate) fn unconfirmed(arn: &RecoveryPointArn) -> String {
    format!(
        "not found, and the vault was not seen to be of account {}: permit \
         backup:DescribeBackupVault, which tells",
        arn.account()
    )
}

/// Whether this is a name of something that is known never to be a recovery point. What is
/// not known may be one.
fn names_no_point(arn: &RecoveryPointArn) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(arn: &str) -> Option<Misplaced> {
        misplaced(&arn.parse().unwrap(), "us-east-1", Some("123456789012"))
    }

    #[test]
    fn every_form_that_the_arn_of_a_point_has_is_let_through() {
        for arn in [
            "arn:aws:ec2:us-east-1::snapshot/snap-1",
            "arn:aws:ec2:us-east-1::image/ami-1",
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1",
            "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:awsbackup:job-1",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t/backup/1",
            "arn:aws:fsx:us-east-1:123456789012:backup/backup-1",
            "arn:aws:redshift:us-east-1:123456789012:snapshot:cluster/awsbackup:1",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:1",
            "arn:aws:backup:us-east-1:123456789012:recovery-point:composite:eks/name-1",
            "arn:aws:something-new:::thing",
        ] {
            assert_eq!(told(arn), None, "{arn}");
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
            assert_eq!(told(arn), Some(Misplaced::NoPoint), "{arn}");
        }
        let region = told("arn:aws:ec2:eu-west-1::snapshot/snap-1").unwrap();
        assert_eq!(region.to_string(), "is in region eu-west-1, and the vault in us-east-1");
        let other = "arn:aws:backup:us-east-1:210987654321:recovery-point:1";
        assert!(matches!(told(other), Some(Misplaced::Account { .. })));
        assert_eq!(misplaced(&other.parse().unwrap(), "us-east-1", None), None);
    }
}
