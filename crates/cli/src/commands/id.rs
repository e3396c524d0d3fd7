//! What a backup is named by, wherever a command takes the name of one.

use std::str::FromStr;

use sexton_client::{FsxBackupId, RdsBackupSetId};
use sexton_core::{BackupArn, chain};

/// The name of a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// An ARN, of whatever service.
    Arn(BackupArn),
    /// The id of an FSx backup, without an ARN.
    Fsx(FsxBackupId),
    /// The id of a backup set of RDS.
    Set(RdsBackupSetId),
}

impl Id {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Arn(arn) => arn.as_str(),
            Self::Fsx(id) => id.as_str(),
            Self::Set(id) => id.as_str(),
        }
    }

    /// Whether `arn` is the ARN of what this names, wherever that is.
    pub(crate) fn names(&self, arn: &BackupArn) -> bool {
        match self {
            Self::Arn(own) => own == arn,
            Self::Fsx(id) => {
                let named = arn.as_str().parse::<FsxBackupId>();
                named.is_ok_and(|named| named.as_str() == id.as_str())
            }
            Self::Set(_) => false,
        }
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("backup-") {
            text.parse().map(Self::Fsx).map_err(|error| chain(&error))
        } else if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map(Self::Set).map_err(|error| chain(&error))
        } else {
            text.parse().map(Self::Arn).map_err(|error| chain(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_the_backup_whose_arn_ends_in_it_and_an_arn_only_itself() {
        let id: Id = "backup-0123456789abcdef0".parse().unwrap();
        let arn = |region: &str, rest: &str| -> BackupArn {
            format!("arn:aws:fsx:{region}:123456789012:backup/backup-{rest}").parse().unwrap()
        };
        let there = arn("us-east-1", "0123456789abcdef0");
        assert!(id.names(&there) && id.names(&arn("eu-west-1", "0123456789abcdef0")));
        assert!(!id.names(&arn("us-east-1", "0123456789abcdef1")));
        assert!(!id.names(&"arn:aws:backup:r:1:recovery-point:0123456789abcdef0".parse().unwrap()));
        let named = Id::Arn(there.clone());
        assert!(named.names(&there) && !named.names(&arn("eu-west-1", "0123456789abcdef0")));
    }
}
