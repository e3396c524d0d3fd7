//! Ids of FSx backups, as people give them: `backup-…`, or the ARN of one.

use std::str::FromStr;

use sexton_core::{BackupArn, Realm};

use crate::provider::Target;

/// The name of one FSx backup.
///
/// Invariant: the id is `backup-` and at least 8 hexadecimal digits in lower case; an ARN, where
/// it was given, is one of FSx and ends in that id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FsxBackupId {
    id: String,
    arn: Option<BackupArn>,
}

/// The text is no name of an FSx backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no id of an FSx backup")]
pub struct ParseFsxBackupIdError {
    /// What was given, cut to a length fit for a message.
    pub text: String,
}

impl FsxBackupId {
    /// The id, which begins with `backup-`.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// Why the ARN cannot name a backup of `region` and `account`, if it cannot. An id alone may
    /// be of any; so may any ARN, where the account is not known.
    pub fn misplaced(&self, region: &str, account: Option<&str>) -> Option<String> {
        let arn = self.arn.as_ref()?;
        if arn.region() != region {
            return Some(format!("is in region {}, and this is {region}", arn.region()));
        }
        let (there, here) = (arn.partition(), Realm::new(region, "").partition());
        if there != here {
            return Some(format!("is in partition {there}, and this is {here}"));
        }
        let account = account.filter(|account| *account != arn.account())?;
        Some(format!("belongs to account {}, and the credentials to {account}", arn.account()))
    }

    /// The ARN, if that was given.
    pub fn arn(&self) -> Option<&BackupArn> {
        self.arn.as_ref()
    }
}

impl From<FsxBackupId> for String {
    fn from(id: FsxBackupId) -> Self {
        id.id
    }
}

impl FromStr for FsxBackupId {
    type Err = ParseFsxBackupIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ParseFsxBackupIdError { text: text.chars().take(200).collect() };
        if !text.starts_with("arn:") {
            return if is_id(text) {
                Ok(Self { id: text.to_owned(), arn: None })
            } else {
                Err(bad())
            };
        }
        let arn: BackupArn = text.parse().map_err(|_| bad())?;
        let id = arn.resource().strip_prefix("backup/").filter(|id| is_id(id));
        match id {
            Some(id) if arn.service() == "fsx" => Ok(Self { id: id.to_owned(), arn: Some(arn) }),
            Some(_) | None => Err(bad()),
        }
    }
}

/// Whether `text` has the form of an id.
fn is_id(text: &str) -> bool {
    text.parse::<sexton_core::FsxBackupId>().is_ok()
}

impl Target {
    /// The backup that `id` names, in a region of `account`, if that is known. Whoever asks in
    /// one account for a backup of another is told "not found", which proves nothing.
    pub fn backup(id: &FsxBackupId, account: Option<&str>) -> Self {
        let named = id.arn().map_or("", BackupArn::account);
        let confirmed = named.is_empty() || account == Some(named);
        let doubt = (!confirmed).then(|| {
            format!("not found, and these are not known to be the credentials of account {named}")
        });
        Self::unseen(id.as_str(), doubt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_and_the_arn_that_ends_in_it_name_the_same_backup() {
        let id: FsxBackupId = "backup-0123456789abcdef0".parse().unwrap();
        let arn = "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0";
        let of_arn: FsxBackupId = arn.parse().unwrap();
        assert_eq!(id.as_str(), of_arn.as_str());
        assert_eq!((id.arn(), of_arn.arn().unwrap().as_str()), (None, arn));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "backup-",
            "backup-0123456",
            "backup-0123456789ABCDEF0",
            "backup-0123456789abcdef0,",
            "backup-0123456789abcdefg",
            "backup-01234567/../x",
            "fs-0123456789abcdef0",
            "arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0",
            "arn:aws:backup:us-east-1:123456789012:backup/backup-0123456789abcdef0",
            "arn:aws:fsx:us-east-1:123456789012:backup/backup-",
        ] {
            assert_eq!(text.parse::<FsxBackupId>().unwrap_err().text, text);
        }
    }

    #[test]
    fn not_found_proves_nothing_of_a_backup_of_an_account_that_nobody_confirmed() {
        let arn = "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0";
        let id = arn.parse().unwrap();
        for (account, doubtful) in
            [(None, true), (Some("210987654321"), true), (Some("123456789012"), false)]
        {
            assert_eq!(Target::backup(&id, account).doubt().is_some(), doubtful, "{account:?}");
        }
        let bare = "backup-0123456789abcdef0".parse().unwrap();
        assert_eq!(Target::backup(&bare, None).doubt(), None);
    }

    #[test]
    fn an_arn_of_another_region_or_account_is_told() {
        let arn = "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0";
        let id: FsxBackupId = arn.parse().unwrap();
        for (region, account, told) in [
            ("us-east-1", None, None),
            ("us-east-1", Some("123456789012"), None),
            ("eu-west-1", None, Some("is in region us-east-1, and this is eu-west-1")),
            (
                "us-east-1",
                Some("210987654321"),
                Some("belongs to account 123456789012, and the credentials to 210987654321"),
            ),
        ] {
            assert_eq!(id.misplaced(region, account).as_deref(), told);
        }
        let id: FsxBackupId = arn.replace("arn:aws:", "arn:aws-cn:").parse().unwrap();
        let told = id.misplaced("us-east-1", None);
        assert_eq!(told.as_deref(), Some("is in partition aws-cn, and this is aws"));
        let bare: FsxBackupId = "backup-0123456789abcdef0".parse().unwrap();
        assert_eq!(bare.misplaced("eu-west-1", Some("1")), None);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_the_id(
            text in ".{0,40}", likely in "backup-[0-9a-f]{0,20}",
        ) {
            drop(text.parse::<FsxBackupId>());
            if let Ok(id) = likely.parse::<FsxBackupId>() {
                prop_assert_eq!(id.as_str(), likely);
            }
        }
    }
}
